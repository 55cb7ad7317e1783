/* A machine made of text: an EnergyOs whose files, perf events, clock and processor the test
 * writes.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_ENERGY_FAKE_H
#define WATTLE_TESTS_ENERGY_FAKE_H

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>

#include "energy/energy.h"

#define FAKE_FILES 96
#define FAKE_EVENTS 24
#define FAKE_FILE_FD 100
#define FAKE_EVENT_FD 1000

typedef struct Fake {
	EnergyOs os;
	struct FakeFile {
		char path[128], text[160];
		int open_error, read_error;
		size_t at;
	} file[FAKE_FILES];
	int files;
	struct FakeEvent {
		struct perf_event_attr attr;
		pid_t pid;
		int cpu;
		uint64_t in[3]; /* value, enabled, running */
		ssize_t size;   /* that a read gives; -1: fails */
	} event[FAKE_EVENTS];
	int events, perf_error, perf_error_after;
	const char *pfm_prefix; /* names that begin so are known; NULL: none */
	uint32_t pfm_type;
	uint64_t pfm_config;
	EnergyCpu cpu;
	int64_t now_ns, step_ns;        /* each look at the clock moves it */
	int64_t slept_ns;               /* in suspend */
	void (*on_wait)(struct Fake *); /* half a second passes, and this happens */
	const void *lib;                /* the shared library that there is */
	EnergyFunction *(*find)(const char *name);
	struct {
		off_t address;
		uint64_t value;
	} msr[8]; /* of every file /dev/cpu/ */
	int open; /* descriptors not yet closed */
} Fake;

static Fake *fake_of(const EnergyOs *os)
{
	return os->user;
}

static struct FakeFile *fake_file(Fake *fake, const char *path)
{
	for (int i = 0; i < fake->files; i++)
		if (strcmp(fake->file[i].path, path) == 0)
			return &fake->file[i];
	return NULL;
}

/* Writes a file; again, over it. */
static void fake_put(Fake *fake, const char *path, const char *text)
{
	struct FakeFile *file = fake_file(fake, path);

	if (!file)
		file = &fake->file[fake->files++];
	memset(file, 0, sizeof *file);
	snprintf(file->path, sizeof file->path, "%s", path);
	snprintf(file->text, sizeof file->text, "%s", text);
}

static inline void fake_remove(Fake *fake, const char *path)
{
	struct FakeFile *file = fake_file(fake, path);

	if (file)
		file->path[0] = '\0';
}

static int fake_open(const EnergyOs *os, const char *path, int flags)
{
	Fake *fake = fake_of(os);
	struct FakeFile *file = fake_file(fake, path);

	(void)flags;
	errno = file ? file->open_error : ENOENT;
	if (errno)
		return -1;
	file->at = 0;
	fake->open++;
	return FAKE_FILE_FD + (int)(file - fake->file);
}

static ssize_t fake_pread(const EnergyOs *os, int fd, void *buffer, size_t size, off_t at)
{
	const Fake *fake = fake_of(os);
	const struct FakeFile *file = &fake->file[fd - FAKE_FILE_FD];
	size_t len = strlen(file->text), from = (size_t)at < len ? (size_t)at : len;

	if (file->read_error) {
		errno = file->read_error;
		return -1;
	}
	if (strncmp(file->path, "/dev/cpu/", 9) == 0) {
		for (int i = 0; i < 8; i++)
			if (fake->msr[i].address == at && at) {
				memcpy(buffer, &fake->msr[i].value, 8);
				return 8;
			}
		errno = EIO;
		return -1;
	}
	size = size < len - from ? size : len - from;
	memcpy(buffer, file->text + from, size);
	return (ssize_t)size;
}

static ssize_t fake_read(const EnergyOs *os, int fd, void *buffer, size_t size)
{
	struct FakeFile *file;
	ssize_t n;

	if (fd >= FAKE_EVENT_FD) {
		struct FakeEvent *event = &fake_of(os)->event[fd - FAKE_EVENT_FD];
		if (event->size < 0)
			errno = EIO;
		else
			memcpy(buffer, event->in, (size_t)event->size);
		return event->size;
	}
	file = &fake_of(os)->file[fd - FAKE_FILE_FD];
	n = fake_pread(os, fd, buffer, size, (off_t)file->at);
	file->at += n > 0 ? (size_t)n : 0;
	return n;
}

static int fake_close(const EnergyOs *os, int fd)
{
	(void)fd;
	fake_of(os)->open--;
	return 0;
}

/* Children of path among the files, each once, in the order in which they were written. */
static int fake_list(const EnergyOs *os, const char *path, char *out, size_t cap)
{
	Fake *fake = fake_of(os);
	size_t len = strlen(path), used = 0;

	out[0] = '\0';
	for (int i = 0; i < fake->files; i++) {
		const char *child = fake->file[i].path + len + 1;
		char name[64], line[66];
		if (strncmp(fake->file[i].path, path, len) != 0 || fake->file[i].path[len] != '/')
			continue;
		snprintf(name, sizeof name, "%.*s", (int)strcspn(child, "/"), child);
		snprintf(line, sizeof line, "%s\n", name);
		if (!strstr(out, line) && used + strlen(line) < cap) {
			memcpy(out + used, line, strlen(line) + 1);
			used += strlen(line);
		}
	}
	errno = ENOENT;
	return used ? 0 : -1;
}

static int fake_perf_event_open(const EnergyOs *os, struct perf_event_attr *attr, pid_t pid,
				int cpu, int group, unsigned long flags)
{
	Fake *fake = fake_of(os);
	struct FakeEvent *event = &fake->event[fake->events];

	(void)group;
	(void)flags;
	if (fake->perf_error && fake->events >= fake->perf_error_after) {
		errno = fake->perf_error;
		return -1;
	}
	*event = (struct FakeEvent){
		.attr = *attr, .pid = pid, .cpu = cpu, .in = { 0, 1, 1 }, .size = 24
	};
	fake->open++;
	return FAKE_EVENT_FD + fake->events++;
}

static bool fake_pfm_encode(const EnergyOs *os, const char *name, struct perf_event_attr *attr)
{
	Fake *fake = fake_of(os);

	memset(attr, 0, sizeof *attr);
	if (!fake->pfm_prefix || strncmp(name, fake->pfm_prefix, strlen(fake->pfm_prefix)) != 0)
		return false;
	attr->type = fake->pfm_type;
	attr->config = fake->pfm_config;
	attr->exclude_hv = 1; /* as libpfm4 sets; the PMU refuses it */
	return true;
}

static void fake_cpu(const EnergyOs *os, EnergyCpu *out)
{
	*out = fake_of(os)->cpu;
}

static int64_t fake_now_ns(const EnergyOs *os)
{
	Fake *fake = fake_of(os);

	return fake->now_ns += fake->step_ns;
}

static int64_t fake_boot_ns(const EnergyOs *os)
{
	return fake_of(os)->now_ns + fake_of(os)->slept_ns;
}

static bool fake_wait(const EnergyOs *os, int fd, int timeout_ms)
{
	Fake *fake = fake_of(os);
	bool comes = fd >= 0 && fake->on_wait;

	fake->now_ns += comes ? 500000000 : timeout_ms * 1000000LL;
	if (comes)
		fake->on_wait(fake);
	return comes;
}

static void *fake_lib_open(const EnergyOs *os, const char *name)
{
	Fake *fake = fake_of(os);

	(void)name;
	fake->open += fake->lib != NULL;
	return (void *)(uintptr_t)fake->lib;
}

static EnergyFunction *fake_lib_find(const EnergyOs *os, void *lib, const char *name)
{
	(void)lib;
	return fake_of(os)->find(name);
}

static void fake_lib_close(const EnergyOs *os, void *lib)
{
	(void)lib;
	fake_of(os)->open--;
}

/* An empty machine with an Intel processor of an unknown model. */
static void fake_init(Fake *fake)
{
	memset(fake, 0, sizeof *fake);
	fake->now_ns = 1000000000;
	fake->step_ns = 1000;
	fake->cpu = (EnergyCpu){ .vendor = "GenuineIntel", .family = 6, .model = 0xff };
	fake->os = (EnergyOs){
		.root = "",
		.open = fake_open,
		.pread = fake_pread,
		.read = fake_read,
		.close = fake_close,
		.list = fake_list,
		.perf_event_open = fake_perf_event_open,
		.pfm_encode = fake_pfm_encode,
		.cpu = fake_cpu,
		.now_ns = fake_now_ns,
		.boot_ns = fake_boot_ns,
		.wait = fake_wait,
		.lib_open = fake_lib_open,
		.lib_find = fake_lib_find,
		.lib_close = fake_lib_close,
		.user = fake,
	};
}

#define FAKE_PMU "/sys/bus/event_source/devices/power"
#define FAKE_CAP "/sys/class/powercap"

/* A RAPL PMU of type 18 with one package. */
static inline void fake_rapl(Fake *fake)
{
	fake_put(fake, FAKE_PMU "/type", "18\n");
	fake_put(fake, FAKE_PMU "/cpumask", "0\n");
	fake_put(fake, FAKE_PMU "/events/energy-pkg", "event=0x02\n");
	fake_put(fake, FAKE_PMU "/events/energy-pkg.scale", "2.3283064365386962890625e-10\n");
	fake_put(fake, FAKE_PMU "/events/energy-pkg.unit", "Joules\n");
	fake_put(fake, "/proc/sys/kernel/perf_event_paranoid", "2\n");
}

static inline void fake_zone(Fake *fake, const char *folder, const char *name,
			     const char *energy_uj)
{
	char path[128];

	snprintf(path, sizeof path, FAKE_CAP "/%s/name", folder);
	fake_put(fake, path, name);
	snprintf(path, sizeof path, FAKE_CAP "/%s/max_energy_range_uj", folder);
	fake_put(fake, path, "262143328850\n");
	snprintf(path, sizeof path, FAKE_CAP "/%s/energy_uj", folder);
	fake_put(fake, path, energy_uj);
}

#endif
