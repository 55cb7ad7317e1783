/* The real EnergyOs: every call of src/energy/ that leaves the process.
 * SPDX-License-Identifier: MIT */
#include "energy/energy.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <perfmon/pfmlib_perf_event.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#include "base/clock.h"

#define PATH_BYTES 4096

/* root before a path of the system; false and ENAMETOOLONG when it does not fit. */
static bool os_path(const EnergyOs *os, const char *path, char out[PATH_BYTES])
{
	static const char *const system[] = { "/sys/", "/proc/", "/dev/cpu/" };
	bool ours = false;
	int n;

	for (size_t i = 0; i < sizeof system / sizeof *system; i++)
		ours |= strncmp(path, system[i], strlen(system[i])) == 0;
	n = snprintf(out, PATH_BYTES, "%s%s", ours && os->root ? os->root : "", path);

	if (n >= 0 && n < PATH_BYTES)
		return true;
	errno = ENAMETOOLONG;
	return false;
}

static int os_open(const EnergyOs *os, const char *path, int flags)
{
	char full[PATH_BYTES];
	int fd;

	if (!os_path(os, path, full))
		return -1;
	do
		fd = open(full, flags | O_CLOEXEC | O_NOCTTY);
	while (fd < 0 && errno == EINTR);
	return fd;
}

static ssize_t os_pread(const EnergyOs *os, int fd, void *buffer, size_t size, off_t at)
{
	ssize_t n;

	(void)os;
	do
		n = pread(fd, buffer, size, at);
	while (n < 0 && errno == EINTR);
	return n;
}

static ssize_t os_read(const EnergyOs *os, int fd, void *buffer, size_t size)
{
	ssize_t n;

	(void)os;
	do
		n = read(fd, buffer, size);
	while (n < 0 && errno == EINTR);
	return n;
}

static int os_close(const EnergyOs *os, int fd)
{
	(void)os;
	return close(fd);
}

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int os_list(const EnergyOs *os, const char *path, char *out, size_t cap)
{
	char full[PATH_BYTES];
	struct dirent **entries;
	size_t used = 0;
	int count, status = 0;

	if (!os_path(os, path, full))
		return -1;
	count = scandir(full, &entries, not_hidden, alphasort);
	if (count < 0)
		return -1;
	out[0] = '\0';
	for (int i = 0; i < count; i++) {
		size_t len = strlen(entries[i]->d_name);
		if (status == 0 && used + len + 2 > cap)
			status = -1;
		if (status == 0) {
			memcpy(out + used, entries[i]->d_name, len);
			used += len;
			out[used++] = '\n';
			out[used] = '\0';
		}
		free(entries[i]);
	}
	free(entries);
	if (status)
		errno = EOVERFLOW;
	return status;
}

static int os_perf_event_open(const EnergyOs *os, struct perf_event_attr *attr, pid_t pid, int cpu,
			      int group, unsigned long flags)
{
	(void)os;
	return (int)syscall(SYS_perf_event_open, attr, pid, cpu, group, flags);
}

static bool os_pfm_encode(const EnergyOs *os, const char *name, struct perf_event_attr *attr)
{
	pfm_perf_encode_arg_t arg = { .attr = attr, .size = sizeof arg };
	char *full_name = NULL;
	int status;

	(void)os;
	memset(attr, 0, sizeof *attr);
	arg.fstr = &full_name;
	if (pfm_initialize() != PFM_SUCCESS)
		return false;
	status = pfm_get_os_event_encoding(name, PFM_PLM0 | PFM_PLM3, PFM_OS_PERF_EVENT_EXT, &arg);
	free(full_name);
	return status == PFM_SUCCESS;
}

/* Families and models are counted as the vendors' manuals do: the extended fields included. */
static void os_cpu(const EnergyOs *os, EnergyCpu *out)
{
	(void)os;
	*out = (EnergyCpu){ .vendor = "" };
#if defined(__x86_64__) || defined(__i386__)
	unsigned a, b, c, d;

	if (!__get_cpuid(0, &a, &b, &c, &d))
		return;
	memcpy(out->vendor, &b, 4);
	memcpy(out->vendor + 4, &d, 4);
	memcpy(out->vendor + 8, &c, 4);
	if (!__get_cpuid(1, &a, &b, &c, &d))
		return;
	out->family = a >> 8 & 15;
	out->model = a >> 4 & 15;
	out->stepping = a & 15;
	if (out->family == 6 || out->family == 15)
		out->model |= a >> 12 & 0xf0;
	if (out->family == 15)
		out->family += a >> 20 & 255;
#endif
}

static int64_t os_now_ns(const EnergyOs *os)
{
	(void)os;
	return clock_now_ns();
}

static int64_t os_boot_ns(const EnergyOs *os)
{
	(void)os;
	return clock_boot_ns();
}

static bool os_wait(const EnergyOs *os, int fd, int timeout_ms)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN };

	(void)os;
	return poll(&poller, 1, timeout_ms) > 0;
}

static void *os_lib_open(const EnergyOs *os, const char *name)
{
	(void)os;
	return dlopen(name, RTLD_NOW | RTLD_LOCAL);
}

/* POSIX lets a function's address pass through void *; C wants it copied. */
static EnergyFunction *os_lib_find(const EnergyOs *os, void *lib, const char *name)
{
	void *address = dlsym(lib, name);
	EnergyFunction *function = NULL;

	(void)os;
	_Static_assert(sizeof function == sizeof address, "one kind of pointer");
	memcpy(&function, &address, sizeof function);
	return function;
}

static void os_lib_close(const EnergyOs *os, void *lib)
{
	(void)os;
	dlclose(lib);
}

const EnergyOs energy_os = {
	.root = "",
	.open = os_open,
	.pread = os_pread,
	.read = os_read,
	.close = os_close,
	.list = os_list,
	.perf_event_open = os_perf_event_open,
	.pfm_encode = os_pfm_encode,
	.cpu = os_cpu,
	.now_ns = os_now_ns,
	.boot_ns = os_boot_ns,
	.wait = os_wait,
	.lib_open = os_lib_open,
	.lib_find = os_lib_find,
	.lib_close = os_lib_close,
};
