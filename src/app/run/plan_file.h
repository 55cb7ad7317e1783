/* A plan as a file: what would run, a trial a line, for sweeps over many machines.
 *
 * JSON lines: a planned-run record (script, version, settings, checksums of the datasets, plan),
 * then a planned-trial record for each trial in the order in which they would run. The id of a
 * trial is a checksum of all that decides what it does: two trials with one id are the same
 * trial.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_PLAN_FILE_H
#define WATTLE_APP_PLAN_FILE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "lab/plan.h"

#define PLAN_ID_MAX 33 /* bytes of a trial's id, with its end */

/* The trials of a plan, one after the other: all 0 but the plan at the beginning. */
typedef struct PlanWalk {
	const Plan *plan;
	size_t at; /* of the next one */
	size_t block, condition, arm;
	uint32_t conditions[PLAN_CONDITIONS_MAX], arms[PLAN_ARMS_MAX];
} PlanWalk;
/* Fills block (0 is the first warm-up), condition and arm; false behind the last one. */
bool plan_walk(PlanWalk *walk);
size_t plan_trials(const Plan *plan);

/* The planned-run record; new reference. Texts and JSON are borrowed; of the settings what does not
 * change a trial is left out. */
json_t *plan_file_head(const char *script, const char *sha256, const char *version,
		       const json_t *settings, const json_t *plan_record);
/* The planned-trial record at the walk's place; new reference. */
json_t *plan_file_trial(const json_t *head, const PlanWalk *walk);

/* A plan that was read. */
typedef struct PlanFile {
	json_t *head; /* owned */
	Plan *plan;   /* owned */
	PlanWalk walk;
} PlanFile;

/* Takes the next record of a file (borrowed); all 0 before the first. ERR_FORMAT: it is not what it
 * should be there, or was changed. */
bool plan_file_take(PlanFile *file, const json_t *record, Err *err);
/* Behind the last one: ERR_FORMAT when trials are missing. */
bool plan_file_end(const PlanFile *file, Err *err);
/* Reads a whole file; ERR_NEED when there is none. plan_file_done also after a failure. */
bool plan_file_read(PlanFile *file, const char *path, Err *err);
void plan_file_done(PlanFile *file);

/* The script's path as it was given then. */
const char *plan_file_script(const PlanFile *file);
/* ERR_NEED, saying what, unless script and version are those of the file; … */
bool plan_file_is_of(const PlanFile *file, const char *sha256, const char *version, Err *err);
/* … and unless a worker's plan record, with its datasets, is. */
bool plan_file_fits(const PlanFile *file, const json_t *plan_record, Err *err);

#endif
