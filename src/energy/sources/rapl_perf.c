/* Package energy through perf events of the PMU "power". Measured; 64 bits, so that it does not
 * wrap; needs cap_perfmon or perf_event_paranoid 0.
 *
 * Encodings come from libpfm4 where its tables know the processor, accepted only when they are for
 * this PMU: asked for an absent one it can answer with type 4 (raw), which counts something else.
 * Its tables end (AMD at Zen 3, Intel before Tiger Lake), so the event texts of sysfs come second.
 * The unit is that of the .scale file, else 2^-32 J.
 * SPDX-License-Identifier: MIT */
#include "energy/energy.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "energy/sysfs.h"

#define RAPL_PMU "/sys/bus/event_source/devices/power"
#define ABSENT_FIX "no RAPL PMU: a virtual machine hides it; on hardware: modprobe rapl"
#define EACCES_FIX                                                                   \
	"groupadd -r wattle; usermod -aG wattle YOU; chgrp wattle M; chmod 0750 M; " \
	"setcap cap_perfmon=ep M   (M = .../wattle-meter; this order)"
/* Kernels show 2^-32 J; what is far from it is no unit of a counter. */
#define SCALE_LEAST_J 1e-12
#define SCALE_MOST_J 1e-2
#define UNIT_J 61e-6 /* the coarsest hardware unit; perf shows it in finer steps */

typedef struct RaplEvent {
	const char *sysfs, *pfm; /* name under events/; name behind "rapl::" */
	EnergyScope scope;
	bool once;    /* one for the whole machine */
	double max_w; /* assumed: beyond all that is sold */
} RaplEvent;

/* In headline order. */
static const RaplEvent events[] = {
	{ "energy-pkg", "RAPL_ENERGY_PKG", ENERGY_PKG, false, 1000 },
	{ "energy-psys", "RAPL_ENERGY_PSYS", ENERGY_BOARD, true, 4000 },
	{ "energy-ram", "RAPL_ENERGY_DRAM", ENERGY_DRAM, false, 400 },
	{ "energy-cores", "RAPL_ENERGY_CORES", ENERGY_CORE, false, 1000 },
	{ "energy-gpu", "RAPL_ENERGY_GPU", ENERGY_IGPU, false, 300 },
};
#define EVENTS (sizeof events / sizeof *events)

typedef struct RaplCounter {
	int fd;
	EnergyDomain domain;
	EnergyCount count;
} RaplCounter;

typedef struct Rapl {
	const EnergyOs *os;
	uint32_t type;                     /* of the PMU */
	int cpus, cpu[ENERGY_DOMAINS_MAX]; /* one per package */
	bool stale; /* libpfm4 does not know the packages' event; sysfs does */
	int counters;
	RaplCounter counter[ENERGY_DOMAINS_MAX];
} Rapl;

static bool rapl_pmu(Rapl *r, Why *why)
{
	char text[256];
	uint64_t type;

	if (!sysfs_text(r->os, RAPL_PMU "/type", text, sizeof text, why)) {
		if (why->error == ENOENT)
			text_format(why->fix, sizeof why->fix, ABSENT_FIX);
		return false;
	}
	if (!sysfs_u64(text, &type) || type > UINT32_MAX)
		return why_set(why, EINVAL, "", "parse(" RAPL_PMU "/type)");
	r->type = (uint32_t)type;
	if (!sysfs_text(r->os, RAPL_PMU "/cpumask", text, sizeof text, why))
		return false;
	r->cpus = sysfs_cpus(text, r->cpu, ENERGY_DOMAINS_MAX);
	if (r->cpus < 1)
		return why_set(why, EINVAL, "", "parse(" RAPL_PMU "/cpumask)");
	return true;
}

/* The event's config, by libpfm4 or by sysfs. */
static bool rapl_config(Rapl *r, const RaplEvent *event, uint64_t *config, Why *why)
{
	static const char *const pmus[] = { "rapl", "amd64_rapl" };
	char name[96], text[64];

	for (size_t i = 0; i < sizeof pmus / sizeof *pmus; i++) {
		struct perf_event_attr attr;
		text_format(name, sizeof name, "%s::%s", pmus[i], event->pfm);
		if (r->os->pfm_encode(r->os, name, &attr) && attr.type == r->type) {
			*config = attr.config;
			return true;
		}
	}
	text_format(name, sizeof name, RAPL_PMU "/events/%s", event->sysfs);
	if (!sysfs_text(r->os, name, text, sizeof text, why))
		return false;
	r->stale |= event == events;
	return sysfs_event(text, config) || why_set(why, EINVAL, "", "parse(%s)", name);
}

/* Joules of one count: of the .scale file where there is one, which must then be of joules. */
static bool rapl_scale(const Rapl *r, const RaplEvent *event, double *scale_j, Why *why)
{
	char path[96], text[64];
	Why ignored;

	*scale_j = 0x1p-32;
	text_format(path, sizeof path, RAPL_PMU "/events/%s.unit", event->sysfs);
	if (sysfs_text(r->os, path, text, sizeof text, &ignored) && strcmp(text, "Joules") != 0)
		return why_set(why, EINVAL, "", "unit of %s is not Joules", path);
	text_format(path, sizeof path, RAPL_PMU "/events/%s.scale", event->sysfs);
	if (!sysfs_text(r->os, path, text, sizeof text, &ignored))
		return ignored.error == ENOENT || (*why = ignored, false);
	if (sysfs_scale(text, scale_j) && *scale_j >= SCALE_LEAST_J && *scale_j <= SCALE_MOST_J)
		return true;
	return why_set(why, EINVAL, "", "parse(%s)", path);
}

static EnergyHandle rapl_counter_handle(const RaplCounter *c)
{
	return (EnergyHandle){ .fd = c->fd, .kind = ENERGY_HANDLE_PERF };
}

static bool rapl_value(const Rapl *r, const RaplCounter *c, uint64_t *value)
{
	EnergyHandle handle = rapl_counter_handle(c);

	return energy_handle_read(r->os, &handle, value);
}

static bool rapl_open_failed(const Rapl *r, const RaplEvent *event, int cpu, Why *why)
{
	int error = errno;
	char level[16];
	Why ignored;

	if (!sysfs_text(r->os, "/proc/sys/kernel/perf_event_paranoid", level, sizeof level,
			&ignored))
		text_format(level, sizeof level, "?");
	why_set(why, error, error == EACCES || error == EPERM ? EACCES_FIX : "",
		"perf_event_open(power/%s, cpu %d), perf_event_paranoid=%s", event->sysfs, cpu,
		level);
	return false;
}

static bool rapl_counter_open(Rapl *r, const RaplEvent *event, int package, uint64_t config,
			      double scale_j, Why *why)
{
	struct perf_event_attr attr = {
		.type = r->type,
		.size = sizeof attr,
		.config = config,
		.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
	};
	RaplCounter *c = &r->counter[r->counters];
	uint64_t value;

	if (r->counters == ENERGY_DOMAINS_MAX)
		return why_set(why, E2BIG, "", "more than %d energy counters", ENERGY_DOMAINS_MAX);
	c->fd = r->os->perf_event_open(r->os, &attr, -1, r->cpu[package], -1, PERF_FLAG_FD_CLOEXEC);
	if (c->fd < 0)
		return rapl_open_failed(r, event, r->cpu[package], why);
	r->counters++;
	if (!rapl_value(r, c, &value))
		return why_set(why, errno, "", "read(power/%s, cpu %d)", event->sysfs,
			       r->cpu[package]);
	c->domain = (EnergyDomain){
		.scope = event->scope,
		.parent = -1,
		.unit_j = UNIT_J,
		.update_s = 1e-3,
		.max_w = event->max_w,
		.scale_err = energy_rapl_scale_err(r->os),
	};
	text_format(c->domain.id, sizeof c->domain.id, "%s-%d",
		    event->scope == ENERGY_PKG ? "package" : energy_scope_name(event->scope),
		    package);
	energy_count_start(&c->count, value, 0, 0, scale_j, r->os->now_ns(r->os));
	return true;
}

/* psys holds the packages, package i holds the cores and graphics of the same CPU; DRAM stands
 * beside. */
static void rapl_contain(Rapl *r)
{
	int psys = -1;

	for (int i = 0; i < r->counters; i++)
		if (r->counter[i].domain.scope == ENERGY_BOARD)
			psys = i;
	for (int i = 0; i < r->counters; i++) {
		EnergyDomain *domain = &r->counter[i].domain;
		if (domain->scope == ENERGY_PKG)
			domain->parent = psys;
		else if (domain->scope == ENERGY_CORE || domain->scope == ENERGY_IGPU)
			domain->parent = atoi(strchr(domain->id, '-') + 1);
	}
}

static void rapl_close(void *state)
{
	Rapl *r = state;

	if (!r)
		return;
	for (int i = 0; i < r->counters; i++)
		r->os->close(r->os, r->counter[i].fd);
	free(r);
}

/* Opens an event on every package. Only the packages are needed: of the others a machine has
 * some, or none. */
static bool rapl_event_open(Rapl *r, const RaplEvent *event, Why *why)
{
	uint64_t config;
	double scale_j;
	int had = r->counters;

	if (!rapl_config(r, event, &config, why) || !rapl_scale(r, event, &scale_j, why))
		return false;
	for (int i = 0; i < (event->once ? 1 : r->cpus); i++) {
		if (rapl_counter_open(r, event, i, config, scale_j, why))
			continue;
		while (r->counters > had)
			r->os->close(r->os, r->counter[--r->counters].fd);
		return false;
	}
	return true;
}

static Rapl *rapl_new(const EnergyOs *os, Why *why)
{
	Rapl *r = calloc(1, sizeof *r);
	Why ignored;

	if (!r) {
		why_set(why, ENOMEM, "", "calloc");
		return NULL;
	}
	r->os = os;
	if (!rapl_pmu(r, why) || !rapl_event_open(r, &events[0], why)) {
		rapl_close(r);
		return NULL;
	}
	if (r->stale)
		why_set(why, 0, "", "libpfm4's tables are too old for this processor; by sysfs");
	for (size_t i = 1; i < EVENTS; i++)
		rapl_event_open(r, &events[i], &ignored);
	rapl_contain(r);
	return r;
}

static bool rapl_probe(const EnergyOs *os, Why *why)
{
	Rapl *r = rapl_new(os, why);

	rapl_close(r);
	return r != NULL;
}

static void *rapl_open(const EnergyOs *os, const char *arg, Why *why, Err *err)
{
	Rapl *r = rapl_new(os, why);
	char text[192];

	(void)arg;
	if (!r)
		err_set(err, ERR_NEED, "rapl-perf: %s", why_text(why, text));
	return r;
}

static int rapl_domains(void *state, EnergyDomain *out, int max)
{
	const Rapl *r = state;
	int n = r->counters < max ? r->counters : max;

	for (int i = 0; i < n; i++)
		out[i] = r->counter[i].domain;
	return n;
}

static bool rapl_read(void *state, Reading *out, Err *err)
{
	Rapl *r = state;
	int lost = 0;

	for (int i = 0; i < r->counters; i++) {
		RaplCounter *c = &r->counter[i];
		int64_t before = r->os->now_ns(r->os), after;
		uint64_t value;
		bool ok = rapl_value(r, c, &value);
		int error = errno;
		after = r->os->now_ns(r->os);
		energy_reading(&out[i], before, after);
		if (ok) {
			energy_count_step(&c->count, &c->domain, value, out[i].t_ns);
			energy_count_reading(&c->count, &c->domain, &out[i]);
		}
		if (!ok && lost++ == 0)
			err_set(err, ERR_FILE, "rapl-perf: read(%s): %s (%d)", c->domain.id,
				energy_errno_name(error), error);
	}
	return lost < r->counters;
}

static void rapl_handle(void *state, int i, EnergyHandle *out, EnergyCount *count)
{
	const Rapl *r = state;

	*out = rapl_counter_handle(&r->counter[i]);
	*count = r->counter[i].count;
}

const EnergySource energy_rapl_perf = {
	.info = { .name = "rapl-perf",
		  .title = "RAPL (perf)",
		  .about = "Energy counters of the CPU package, memory and board, read through "
			   "perf events." },
	.place = ENERGY_IN_METER,
	.privileged = true,
	.probe = rapl_probe,
	.open = rapl_open,
	.domains = rapl_domains,
	.read = rapl_read,
	.handle = rapl_handle,
	.close = rapl_close,
};
