/* Counters of one process through perf_event_open, their names encoded by libpfm4: task clock,
 * faults, switches, migrations, and cycles, instructions, cache misses, branches where the machine
 * lends them.
 *
 * The launcher's child opens them on itself between fork and exec (pid 0, inherit, enable_on_exec),
 * so that every thread of the program, BLAS threads too, is counted from its first instruction. The
 * worker inherits the descriptors and reads them at each edge.
 *
 * What belongs together is a group, counted over the same time and read at once: the four of the
 * kernel, and cycles with instructions. A larger group of hardware events might never find room.
 * Kernels that refuse to inherit what is read as a group (EINVAL) get one descriptor per event, as
 * does an event that its group does not take.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_ENERGY_COUNTERS_H
#define WATTLE_ENERGY_COUNTERS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "energy/energy.h"

#define COUNTERS_MAX 12

/* What was opened, in descriptor order; small enough to travel as JSON in the worker's job. */
typedef struct Counters {
	int count;
	struct Counter {
		char name[32]; /* "task_clock_ns", "page_faults", "context_switches", "cycles", … */
		int fd;        /* -1: not open */
		int error;     /* errno of the refusal */
		bool user_only; /* opened with :u because the kernel side was refused */
		bool grouped;   /* its descriptor is read as a group's */
		int leader;     /* by whose descriptor it is read; itself when alone */
		char fix[128];
	} counter[COUNTERS_MAX];
} Counters;

/* Between fork and exec: opens what it can and moves the descriptors to first_fd, first_fd + 1,
 * … without close-on-exec; what was open there is closed. Allocates through libpfm4 only. Never
 * fails as a whole: each refusal keeps its errno and a remedy. The task clock is tried again
 * with :u where the kernel's side is refused (EACCES); faults and switches are not, since :u
 * loses half of them: they come from getrusage, labelled. */
void counters_open(Counters *out, const EnergyOs *os, int first_fd);

/* In the worker: takes over the descriptors that the job names. */
bool counters_from_json(Counters *out, const json_t *json, Err *err);
json_t *counters_json(const Counters *counters);

/* Values since the process began. Counters that share hardware run part of the time: enabled and
 * running tell. */
typedef struct CounterSample {
	double value[COUNTERS_MAX]; /* as counted; NaN: not open, or it has never run */
	double enabled_ns[COUNTERS_MAX], running_ns[COUNTERS_MAX];
	int64_t cpu_ns;           /* CLOCK_PROCESS_CPUTIME_ID */
	int64_t faults, switches; /* getrusage, since the process was forked */
} CounterSample;
void counters_read(const Counters *counters, CounterSample *out);

/* Counter i between two samples, scaled up by enabled/running of that span; NaN when it did not run
 * in it. counters_scaled: whether it was scaled. */
double counters_between(const CounterSample *begin, const CounterSample *end, int i);
bool counters_scaled(const CounterSample *begin, const CounterSample *end, int i);

/* {"cpu_ns":…,"task_clock_ns":…,"page_faults":…,"cycles":null,"cycles_why":"perf_event_open:
 * ENOENT …"} of a window; "page_faults_from":"getrusage" and "task_clock_ns_from":"user" label
 * what is not the full perf count, and "…_scaled":true what was multiplexed. New reference, NULL
 * when memory is short. */
json_t *counters_window_json(const Counters *counters, const CounterSample *begin,
			     const CounterSample *end);

#endif
