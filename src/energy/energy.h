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

/* Flags of a reading, and of the joules made from it. X(NAME, "what it means"): the name is what
 * records show. */
#define ENERGY_FLAG_LIST(X)                                                           \
	X(WRAPPED, "the counter wrapped, which was put right")                        \
	X(MULTIWRAP, "the counter may have wrapped twice: no joules")                 \
	X(RESET, "the counter was reset: no joules")                                  \
	X(SUSPENDED, "the machine slept, or the run was paused: no joules")           \
	X(STALE, "the sensor was read late, or had nothing new for long")             \
	X(DUPLICATE, "counters that show the same count once")                        \
	X(FILTERED, "the sensor sees a part of the time only")                        \
	X(EXTRAPOLATED, "outside of what the model was made for: the bar is wider")   \
	X(CONTENDED, "other programs, a hypervisor, heat or the clock disturbed it")  \
	X(REPLAYED, "recorded earlier, not measured now")                             \
	X(LOST, "the sensor could not be read throughout, or stood still: no joules") \
	X(AC_CHANGED, "the mains came or went: no joules")

enum {
#define X(name, about) ENERGY_BIT_##name,
	ENERGY_FLAG_LIST(X)
#undef X
};
enum {
#define X(name, about) ENERGY_##name = 1 << ENERGY_BIT_##name,
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
	double poll_s;    /* to be read at least so often; 0: only so that no wrap is missed */
} EnergyDomain;

typedef struct Reading {
	double energy_j; /* since open; NaN: none */
	/* One sigma of it, without scale_err. Of a counter unit_j/√6. Of an integrated power the
	 * sampling error, which grows: between two readings it is √(u₂² − u₁²). */
	double u_j;
	int64_t t_ns;    /* when it was read (CLOCK_MONOTONIC), middle of the call */
	int64_t read_ns; /* how long the call took */
	EnergyProv prov;
	uint32_t flags; /* of the domain now: DUPLICATE, EXTRAPOLATED, LOST */
	/* Events since open. They are counted, not flagged, so that a window sees all that
	 * happened between its edges however often the counter was read meanwhile. */
	uint32_t wraps, multiwraps, resets;
	uint32_t gaps; /* times that nothing was known of the energy for too long */
} Reading;

/* A counter that may wrap, followed from open. A source keeps one per domain. */
typedef struct EnergyCount {
	uint64_t raw, modulo; /* last raw value; it counts modulo this (0: unknown) */
	double raw_j;         /* joules of one raw unit */
	uint64_t sum;         /* raw units since open */
	int64_t t_ns;         /* of the last value */
	uint32_t wraps, multiwraps, resets;
} EnergyCount;

/* A counter that can be read by whoever holds its descriptor: rights counted when it was opened. */
typedef struct EnergyHandle {
	int fd;
	enum EnergyHandleKind {
		ENERGY_HANDLE_TEXT, /* a file that holds a decimal number, read at 0 */
		ENERGY_HANDLE_PERF, /* a perf event: {value, enabled, running} */
		ENERGY_HANDLE_KINDS
	} kind;
} EnergyHandle;

/* A power that is integrated from open, sample by sample. */
typedef struct EnergyPower {
	double watts;    /* the last sample; NaN: none yet, or a gap since */
	double energy_j; /* since open */
	double variance; /* of energy_j, by sampling */
	double noise;    /* see energy_power_start */
	int64_t t_ns;    /* of the last sample */
	uint32_t gaps;
} EnergyPower;

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

typedef void EnergyFunction(void); /* of a shared library, of any type */

/* Every call that leaves the process, so that tests can supply fakes. The real table is
 * energy_os. root is put before paths under /sys/, /proc/ and /dev/cpu/ ("" in real use); all else
 * is a path that the user named, and taken as it is. */
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
	/* Waits until fd can be read, at most timeout_ms. */
	bool (*wait)(const struct EnergyOs *, int fd, int timeout_ms);
	/* A shared library, by the name that the loader looks for; NULL when there is none. */
	void *(*lib_open)(const struct EnergyOs *, const char *name);
	/* NULL: no such function. The caller casts it to its type. */
	EnergyFunction *(*lib_find)(const struct EnergyOs *, void *lib, const char *name);
	void (*lib_close)(const struct EnergyOs *, void *lib);
	void *user; /* for fakes */
} EnergyOs;

extern const EnergyOs energy_os;

/* Multiply-adds by the kind of kernel that runs them. X(NAME, "name in records") */
#define ENERGY_MACS_LIST(X) \
	X(F32, "f32")       \
	X(BF16, "bf16")     \
	X(INT8, "int8")     \
	X(SPARSE, "sparse")

typedef enum EnergyMacs {
#define X(name, text) ENERGY_MACS_##name,
	ENERGY_MACS_LIST(X)
#undef X
		ENERGY_MACS_KINDS
} EnergyMacs;
extern const char *const energy_macs_names[ENERGY_MACS_KINDS];

/* What one item (a row that is predicted) is, exactly. */
typedef struct EnergyItem {
	double macs[ENERGY_MACS_KINDS];
	double bytes; /* that steps read of weights and write between layouts */
} EnergyItem;

/* What a model may price; plain numbers, filled by the worker at each window. NaN: not known here;
 * energy_work_init sets all of them so. */
typedef struct EnergyWork {
	double time_s, cpu_s; /* elapsed; CPU time of this process */
	unsigned threads;     /* hardware threads of the machine */
	double foreign_cpu_s; /* CPU time of all else meanwhile */
	double macs[ENERGY_MACS_KINDS], bytes;
	double faults, switches;
	double cycles, cache_misses;         /* where the machine lends these counters */
	const struct EnergyProfile *profile; /* what the source "profile" prices by; NULL: none */
} EnergyWork;
void energy_work_init(EnergyWork *work);
/* Adds items (0 or more) of a kind to the work; the first makes known what was NaN. */
void energy_work_add(EnergyWork *work, const EnergyItem *item, double items);

typedef enum EnergyPlace { ENERGY_IN_METER, ENERGY_IN_WORKER } EnergyPlace;

typedef struct EnergySource {
	Info info;
	EnergyPlace place;
	/* The meter opens it with the rights that the program came with; all others after it has
	 * dropped them. */
	bool privileged;
	/* NULL: always opened. Else only when it is asked for by name, and this is what has to
	 * follow the name and a colon: "PATH"; "" for nothing. */
	const char *on_request;
	/* Could it work here? Fills *why when not. Never changes anything. */
	bool (*probe)(const EnergyOs *, Why *);
	/* ENERGY_IN_METER: opens the descriptors and keeps them open. arg: what followed the name,
	 * "" when nothing did. *why says why not, or may hold a remark. The state is owned by the
	 * caller until close. */
	void *(*open)(const EnergyOs *, const char *arg, Why *, Err *);
	/* In the order of what is summed as the headline. A parent index is within this list. How
	 * many there are, their ids and their order never change; figures may be refined. */
	int (*domains)(void *state, EnergyDomain *out, int max);
	/* out: one per domain. A domain that cannot be read any more is LOST with a NaN; *err
	 * names why the first is; false only when all are. */
	bool (*read)(void *state, Reading *out, Err *);
	/* NULL: only the meter can read it. Else every domain is a counter, and these are the
	 * descriptor of domain i (borrowed) and the counter as of the last read: the worker reads it
	 * itself at an edge. A descriptor by which more can be read than this counter is not given
	 * away. */
	void (*handle)(void *state, int i, EnergyHandle *out, EnergyCount *count);
	void (*close)(void *state);
	/* ENERGY_IN_WORKER: the joules of this work. */
	bool (*model)(const EnergyOs *, const EnergyWork *, Joules *out, Err *);
} EnergySource;

#define ENERGY_Z95 1.959964 /* half-width of the 95 % interval in sigmas */
/* A window with one of these carries no joules: value is NaN. */
#define ENERGY_VOID \
	(ENERGY_MULTIWRAP | ENERGY_RESET | ENERGY_SUSPENDED | ENERGY_LOST | ENERGY_AC_CHANGED)

/* The parts of the error of measured joules, one sigma each: derived in edge.h. All 0 for models,
 * whose bar is a whole. low and high are value + lag_j ∓ 1.96·√(unit² + edges² + idle² + scale²).
 */
typedef struct JouleParts {
	double unit_j;  /* quantization */
	double edges_j; /* sampling: updates that came late, power integrated from samples */
	double idle_j;  /* idle power, of idle-subtracted joules */
	double scale_j; /* of the sensor itself: scale_err·value */
	double lag_j;   /* not an error: what late updates have left out more than they took in */
} JouleParts;

/* Joules as every record shows them:
 * {"value","low","high","provenance","scope","source","flags"}, and {"u":{"unit_j","edges_j",
 * "idle_j","scale_j","lag_j"}} where they were measured. low and high are the 95 % interval, all
 * error parts included. */
struct Joules {
	double value, low, high; /* NaN value: absent */
	/* The part of the error that is common to all joules of the source, one sigma, relative:
	 * it cancels in a ratio. 0 for models, whose bar is a whole. */
	double scale_err;
	JouleParts u;
	EnergyProv prov;
	EnergyScope scope;
	char source[32];
	uint32_t flags;
};

/* The table, in probe order; ends with NULL. */
extern const EnergySource *const energy_sources[];
const EnergySource *energy_source_find(const char *name);
/* "external:/dev/ttyUSB0" is the source external with the argument "/dev/ttyUSB0"; *arg: "" when
 * there is none, else a part of wanted. NULL: no such source. */
const EnergySource *energy_source_wanted(const char *wanted, const char **arg);

/* The model that prices what no sensor measures: the one that was asked for; with "auto" the first
 * that works here. NULL for sensors. */
const EnergySource *energy_model_find(const EnergyOs *os, const char *wanted);

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
/* The same counter, read by another at raw and t_ns, shortly after the count's own last value or
 * shortly before it: what it had come to then. Judged as energy_count_step judges; what cannot be
 * told is one reset more. Such an event between the two is also in the flags, RESET or MULTIWRAP. */
void energy_count_at(const EnergyCount *count, const EnergyDomain *domain, uint64_t raw,
		     int64_t t_ns, Reading *out);
/* The raw value behind a handle. False with errno: EINVAL when it is no number, ENODATA when the
 * event has never run, or its CPU is gone. */
bool energy_handle_read(const EnergyOs *os, const EnergyHandle *handle, uint64_t *raw);
/* Starts to integrate a power. Between two samples the trapezoid is taken. Its error: noise² ·
 * (ΔP·Δt)², noise = 1/√12 where samples are averages (a step falls anywhere between two), 1/√2
 * where they are momentary (what differs from sample to sample was not there all the time). */
void energy_power_start(EnergyPower *power, bool averaged, double watts, int64_t t_ns);
/* Goes on to a sample at t_ns, not before the last one. After more than 3 polls or updates, and
 * 1 s, without one the energy between is unknown: a gap, and nothing is added. A power below 0 or
 * over max_w is not taken, and false. */
bool energy_power_step(EnergyPower *power, const EnergyDomain *domain, double watts, int64_t t_ns);
/* What was used since the last sample will not be known. */
void energy_power_gap(EnergyPower *power);
void energy_power_reading(const EnergyPower *power, EnergyProv prov, Reading *out);

/* How often it is to be read: min(60 s, range/(4·max_w)), so that no wrap is missed, and
 * poll_s; at least 10 ms apart, whatever range a sensor claims (its wraps are then missed, and
 * counted as such). */
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
/* Whether windows get modelled joules by what a meter record says that measures nothing. */
bool energy_models(const json_t *meter);
/* New array of flag names, NULL when memory is short. */
json_t *energy_flags_json(uint32_t flags);
/* What a flag means, by its name; "" for others. */
const char *energy_flag_about(const char *name);

#endif
