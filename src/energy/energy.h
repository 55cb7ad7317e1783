/* Energy: sensors, or a model where there is none, as joules that say where they came from.
 *
 * Each source is a const EnergySource in a file of its own (src/energy/sources/), listed in
 * sources.am in probe order. Sources of place ENERGY_IN_METER run in wattle-meter only; models run
 * in the worker, which has the counts that they price. Nothing falls back in silence, and no source
 * is switched during a run.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_ENERGY_ENERGY_H
#define WATTLE_ENERGY_ENERGY_H

#include <dirent.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/info.h"

#define ENERGY_DOMAINS_MAX 16

/* Ordered: the provenance of a sum or a ratio is the lowest of its parts. */
typedef enum EnergyProv {
	ENERGY_NONE,
	ENERGY_MODELLED,
	ENERGY_ATTRIBUTED,
	ENERGY_MEASURED
} EnergyProv;

typedef enum EnergyScope {
	ENERGY_CORE,
	ENERGY_IGPU,
	ENERGY_PKG,
	ENERGY_DRAM,
	ENERGY_GPU,
	ENERGY_BOARD,
	ENERGY_SYSTEM,
} EnergyScope;

/* Flags of a reading, and of the joules made from it. X(NAME): the name is what records show. */
#define ENERGY_FLAG_LIST(X) \
	X(WRAPPED)          \
	X(MULTIWRAP)        \
	X(RESET)            \
	X(SUSPENDED)        \
	X(STALE)            \
	X(DUPLICATE)        \
	X(FILTERED)         \
	X(EXTRAPOLATED)     \
	X(CONTENDED)        \
	X(REPLAYED)         \
	X(LOST)

enum {
#define X(name) ENERGY_BIT_##name,
	ENERGY_FLAG_LIST(X)
#undef X
};
enum {
#define X(name) ENERGY_##name = 1 << ENERGY_BIT_##name,
	ENERGY_FLAG_LIST(X)
#undef X
};

typedef struct EnergyDomain {
	char id[32]; /* "package-0" */
	EnergyScope scope;
	int parent;       /* index of the domain that contains this one; -1: a root */
	double unit_j;    /* resolution */
	double range_j;   /* the counter wraps here; 0: unknown */
	double update_s;  /* time between updates of the counter */
	double max_w;     /* no more than this is believed */
	double scale_err; /* one sigma, relative */
} EnergyDomain;

typedef struct Reading {
	double energy_j; /* since open; NaN: none */
	double u_j;      /* one sigma of it, without scale_err */
	int64_t t_ns;    /* when it was read (CLOCK_MONOTONIC), middle of the call */
	int64_t read_ns; /* how long the call took */
	EnergyProv prov;
	uint32_t flags; /* of the domain now: DUPLICATE, EXTRAPOLATED, LOST */
	/* Events since open. They are counted, not flagged, so that a window sees all that
	 * happened between its edges however often the counter was read meanwhile. */
	uint32_t wraps, multiwraps, resets;
} Reading;

/* A counter that may wrap, followed from open. A source keeps one per domain. */
typedef struct EnergyCount {
	uint64_t raw, modulo; /* last raw value; it counts modulo this (0: unknown) */
	double raw_j;         /* joules of one raw unit */
	uint64_t sum;         /* raw units since open */
	int64_t t_ns;         /* of the last value */
	uint32_t wraps, multiwraps, resets;
} EnergyCount;

/* Why a source does not work: the call that failed, its path and errno, and a one-line remedy. A
 * probe that succeeds may leave a remark in step ("unknown model, …") with error 0. */
typedef struct Why {
	char step[128]; /* "open(/sys/class/powercap/intel-rapl:0/energy_uj)" */
	int error;      /* errno; 0: not an errno */
	char fix[256];  /* "" when there is none */
} Why;

/* Sets *why; always returns false. */
bool why_set(Why *why, int error, const char *fix, const char *step, ...)
	__attribute__((format(printf, 4, 5)));
/* "perf_event_open(power/energy-pkg, cpu 0): EACCES (13)"; out: at least 192 bytes; returned. */
char *why_text(const Why *why, char out[192]);
/* "EACCES"; "errno" for the rare ones. */
const char *energy_errno_name(int error);

struct perf_event_attr;
typedef struct Joules Joules;

/* What CPUID says of the processor; vendor is "" where there is no such instruction. */
typedef struct EnergyCpu {
	char vendor[13]; /* "GenuineIntel" */
	unsigned family, model, stepping;
} EnergyCpu;

/* Every call that leaves the process, so that tests can supply fakes. The real table is
 * energy_os. Paths given to these are absolute; root is put before those under /sys and /proc
 * ("" in real use). */
typedef struct EnergyOs {
	const char *root;
	int (*open)(const struct EnergyOs *, const char *path, int flags);
	ssize_t (*pread)(const struct EnergyOs *, int fd, void *buffer, size_t size, off_t at);
	ssize_t (*read)(const struct EnergyOs *, int fd, void *buffer, size_t size);
	int (*close)(const struct EnergyOs *, int fd);
	/* Names of a folder's entries, sorted, joined by newlines, into out (cap bytes). -1 and
	 * errno. */
	int (*list)(const struct EnergyOs *, const char *path, char *out, size_t cap);
	int (*perf_event_open)(const struct EnergyOs *, struct perf_event_attr *, pid_t, int cpu,
			       int group, unsigned long flags);
	/* libpfm4's encoding of name into *attr; false when it knows no such event. */
	bool (*pfm_encode)(const struct EnergyOs *, const char *name, struct perf_event_attr *attr);
	void (*cpu)(const struct EnergyOs *, EnergyCpu *out);
	int64_t (*now_ns)(const struct EnergyOs *);
	int64_t (*boot_ns)(const struct EnergyOs *);
	void *user; /* for fakes */
} EnergyOs;

extern const EnergyOs energy_os;

/* What a model may price; plain numbers, filled by the worker at each window. */
typedef struct EnergyWork {
	double time_s, cpu_s; /* elapsed; CPU time of this process */
	unsigned threads;     /* hardware threads of the machine */
	double foreign_cpu_s; /* CPU time of all else meanwhile; NaN: unknown */
} EnergyWork;

typedef enum EnergyPlace { ENERGY_IN_METER, ENERGY_IN_WORKER } EnergyPlace;

typedef struct EnergySource {
	Info info;
	EnergyPlace place;
	/* Could it work here? Fills *why when not. Never changes anything. */
	bool (*probe)(const EnergyOs *, Why *);
	/* ENERGY_IN_METER: opens the descriptors and keeps them open. The state is owned by the
	 * caller until close. */
	void *(*open)(const EnergyOs *, Why *, Err *);
	/* In the order of what is summed as the headline: packages first. A parent index is
	 * within this list. */
	int (*domains)(void *state, EnergyDomain *out, int max);
	/* out: one per domain. A domain that cannot be read any more is LOST with a NaN; false
	 * only when all are. */
	bool (*read)(void *state, Reading *out, Err *);
	void (*close)(void *state);
	/* ENERGY_IN_WORKER: the joules of this work. */
	bool (*model)(const EnergyOs *, const EnergyWork *, Joules *out, Err *);
} EnergySource;

#define ENERGY_Z95 1.959964 /* half-width of the 95 % interval in sigmas */
/* A window with one of these carries no joules: value is NaN. */
#define ENERGY_VOID (ENERGY_MULTIWRAP | ENERGY_RESET | ENERGY_SUSPENDED | ENERGY_LOST)

/* Joules as every record shows them:
 * {"value","low","high","provenance","scope","source","flags"}. low and high are the 95 %
 * interval, all error parts included. */
struct Joules {
	double value, low, high; /* NaN value: absent */
	/* The part of the error that is common to all joules of the source, one sigma, relative:
	 * it cancels in a ratio. 0 for models, whose bar is a whole. */
	double scale_err;
	EnergyProv prov;
	EnergyScope scope;
	char source[32];
	uint32_t flags;
};

/* The table, in probe order; ends with NULL. */
extern const EnergySource *const energy_sources[];
const EnergySource *energy_source_find(const char *name);

const char *energy_prov_name(EnergyProv prov);
const char *energy_scope_name(EnergyScope scope);

/* Starts following a counter at raw. range_raw: the largest value it shows; unit_raw: one step
 * of the hardware in raw units; it counts modulo their sum. range_raw 0: unknown, then going
 * backwards is a reset. */
void energy_count_start(EnergyCount *count, uint64_t raw, uint64_t range_raw, uint64_t unit_raw,
			double raw_j, int64_t t_ns);
/* Follows it to raw, read at t_ns. More than 1.5·max_w in the time (plus one update) is a reset
 * and adds nothing; so long a time that max_w could have gone a whole round is a multiwrap.
 * Never goes backwards. */
void energy_count_step(EnergyCount *count, const EnergyDomain *domain, uint64_t raw, int64_t t_ns);
/* A reading that took from before to after, LOST until it is filled; then filled from a counter,
 * measured. */
void energy_reading(Reading *out, int64_t before_ns, int64_t after_ns);
void energy_count_reading(const EnergyCount *count, const EnergyDomain *domain, Reading *out);
/* The longest time between two reads at which no wrap is missed: min(60 s, range/(4·max_w)). */
double energy_poll_s(const EnergyDomain *domain);

/* One sigma, relative, of RAPL against a wall meter: 5 % for Intel, 15 % for AMD and all else
 * (both assumed). */
double energy_rapl_scale_err(const EnergyOs *os);

/* Value NaN, provenance none. */
void joules_none(Joules *out);
/* The lower of two, of a sum or a ratio. */
static inline EnergyProv energy_prov_min(EnergyProv a, EnergyProv b)
{
	return a < b ? a : b;
}

/* New reference, NULL when memory is short. A NaN value: value, low and high are null
 * (record_absent's "…_why" is the caller's business). */
json_t *joules_json(const Joules *joules);
/* False when json is not such an object; *out is then joules_none. */
bool joules_from_json(Joules *out, const json_t *json);
/* The badge of the design: "MEASURED pkg ±5 %", "MODELLED ±40 %", "NONE: time only". A measured
 * badge shows one sigma (the stated accuracy of the sensor), a modelled one its bar. out: at
 * least 48 bytes; returned. */
char *joules_badge(const Joules *joules, char out[48]);
/* New array of flag names, NULL when memory is short. */
json_t *energy_flags_json(uint32_t flags);

#endif
