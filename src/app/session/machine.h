/* What makes figures of this machine worse than they could be: the BLAS and what was forced on it,
 * other work, stolen time, held-down frequency. Each is a row of a table, for wattle doctor.
 *
 * Files of /sys and /proc are read through an EnergyOs; what only a worker can tell (the BLAS that
 * it is linked with, its clock) comes as its receipt record.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_MACHINE_H
#define WATTLE_APP_MACHINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "energy/edge.h"
#include "energy/energy.h"

typedef struct MachineLook {
	const EnergyOs *os;
	/* {"receipt":{"cpu","blas",…},"clock_ghz":[number,…]}, borrowed. */
	const json_t *record;
	/* Around a span in which this process took own_cpu_s of CPU time. */
	EdgeMachine before, after;
	double own_cpu_s;
	/* Of wattle-meter: "privileges" of its record, borrowed, NULL when it told none; whether
	 * its file carries a capability; whether it lies where such are ignored. */
	const json_t *rights;
	bool capable, nosuid;
} MachineLook;

/* One line of doctor. state "ok": works; "warn": works, but figures suffer; "no": not here. */
typedef struct MachineFinding {
	const char *state;
	char cause[512];
	char fix[256]; /* "": nothing to mend */
} MachineFinding;

typedef struct MachineCheck {
	const char *name;
	/* The at-th finding, from 0; false: there are no more. */
	bool (*find)(const MachineLook *look, size_t at, MachineFinding *out);
} MachineCheck;

/* The table; ends with a NULL name. */
extern const MachineCheck machine_checks[];

/* Looks at /proc/stat, sleeps until EDGE_TICKS_MIN ticks have gone by (half a second at least) and
 * looks again: fills before, after and own_cpu_s. To be called while nothing of ours runs. */
void machine_watch(MachineLook *look);
/* Looks at the file of wattle-meter: fills capable and nosuid. */
void machine_meter(MachineLook *look, const char *path);

#endif
