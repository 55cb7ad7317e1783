/* The pilot: goes through a lesson by itself. It answers from a JSON object, runs what is to be
 * run, and has the exercises checked.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_PILOT_H
#define WATTLE_APP_PILOT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "app/lesson/sitting.h"

#define PILOT_STEPS_MAX 64

/* RAN: in an earlier sitting. */
typedef enum PilotRun { PILOT_NOT, PILOT_RUNS, PILOT_RAN } PilotRun;

typedef struct Pilot {
	const json_t *answers; /* {id: {"choice":2,…}}; borrowed */
	const char *folder;    /* that files in the answers are relative to; borrowed */
	size_t step, steps;    /* step: where it is, or is on the way to; 0: nowhere yet */
	PilotRun run[PILOT_STEPS_MAX + 1];
	double points[PILOT_STEPS_MAX + 1], of[PILOT_STEPS_MAX + 1];
	size_t skipped;    /* steps that were */
	size_t checking;   /* the exercise whose round goes on; 0: none */
	bool done, failed; /* failed: a check did not pass */
} Pilot;

/* Feed it every record of the sitting. False and *err when an answer is missing or refused, and
 * when a run fails. */
bool pilot_take(Pilot *pilot, Sitting *sitting, const json_t *record, bool recalled, Err *err);
/* What was reached, and what there was to reach. */
void pilot_sum(const Pilot *pilot, double *points, double *of);

#endif
