/* An experiment from the reader's side: workers are started, their records kept and passed on,
 * blocks counted, the end decided and the verdicts drawn.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_EXPERIMENT_H
#define WATTLE_APP_EXPERIMENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "app/run/given_files.h"
#include "app/session/job.h"
#include "app/paths.h"
#include "app/run/plan_file.h"
#include "app/session/session.h"
#include "app/program/trust.h"
#include "base/err.h"
#include "energy/trace.h"
#include "lab/results.h"

typedef struct ExperimentOptions {
	const Paths *paths;
	Job job; /* what the flags said; the kind is filled in */
	ScriptFile script;
	const GivenFile *files; /* that its workers get; NULL: none */
	size_t file_count;
	const char *energy;
	double time_limit_s;
	const char *trust_name; /* what the script is called when it is not; NULL: its name */
	void (*mend)(Err *err); /* an error of a script that was made; NULL: as it is */
	Trust trust;            /* whether the script's commands may run */
	const char *models;     /* folder for the models that the script saves */
	bool require_measured;  /* nothing runs unless a sensor measures */
	TraceOut *record;       /* takes the trace of the run; NULL: none */
	/* The records of a run that was broken off (an array, run-begin first), which this one goes
	 * on with: they are counted and passed to take again. NULL: none. */
	const json_t *past;
	/* Of the blocks, only shard (0 …), shard + shards, …: the others run elsewhere. Then none is
	 * left out because the intervals are narrow. shards 0: all. */
	size_t shard, shards;
	/* The plan must be that of this file, and so must script, data and version; NULL: none. */
	const PlanFile *from;
	const Trace *replay; /* its joules stand for those of the windows; NULL: none */
	/* Takes every record of the run in order, run-begin first and run-end last (borrowed).
	 * False ends the run. */
	bool (*take)(void *user, const json_t *record, Err *err);
	void *user;
	const SessionHook *hook; /* the screen, or NULL */
} ExperimentOptions;

/* Runs it. results was made by results_new and is filled; the exit status is that of the run's end
 * record. *err holds what went wrong, if anything did (ERR_NONE otherwise). */
int experiment_run(const ExperimentOptions *options, Results *results, Err *err);

#endif
