/* Scripts: Lua from strangers, loaded and run inside the worker. The language is the first wall (an
 * environment built from an empty one, bounded library functions, a count hook, a capped
 * allocator); the operating system is the second (src/app).
 *
 * One fresh state a script. A script file returns one table made by the `wattle` module: an
 * experiment, or a lesson (lesson.h). Every key is checked: "race.lua:17: unknown key 'confidance'
 * in experiment (did you mean 'confidence'?)", ERR_SCRIPT.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_SCRIPT_SCRIPT_H
#define WATTLE_SCRIPT_SCRIPT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/control.h"
#include "base/err.h"
#include "base/info.h"
#include "data/dataset.h"
#include "lab/plan.h"
#include "trial/trial.h"

#define SCRIPT_BYTES_MAX (1u << 20)
#define SCRIPT_MEMORY_DEFAULT ((size_t)64 << 20)

typedef struct ScriptOptions {
	const char *name; /* what errors call the file: "scripts/race.lua" */
	const char *text; /* the source; text chunks only */
	size_t len;
	bool seed_given;
	uint64_t seed;       /* --seed: first seed instead of the script's */
	const json_t *set;   /* {"epochs":"3","design.window":"0.1"} of --set, or NULL */
	size_t memory_bytes; /* cap of the Lua state */
	int64_t deadline_ns; /* monotonic; 0: none. Raises an error that pcall cannot swallow */
	double call_limit_s; /* of the user: what any call into a lesson has; 0: what the lesson gives */
	int64_t load_limit_ns; /* for loading the file, before any job of it; 0: none */
	size_t batch;          /* --batch; 0: the script's */
	size_t condition;      /* of the plan, for what runs; 0 without factors */
	const DataPaths *data;
	Trial *trial; /* measures and writes records */
	bool known;   /* another process loaded it for this run, and told what was to be said */
	/* {name: saved record} of the models that other workers of this run saved; NULL: none. */
	const json_t *saved;
	bool lesson;  /* the file must return a lesson; set by lesson_open */
	bool grading; /* … or a grading file */
	/* A student's file, which must return a table of functions: it gets data, models and
	 * techniques, no test rows, and its datasets lie with the host. NULL: it is no such file. */
	struct Script *host;
} ScriptOptions;

typedef struct Script Script;

/* The methods of models that take a table, for lists; ends with NULL. */
extern const Info *const script_methods[];

/* Loads, runs the chunk, checks the returned table and fills the plan (with --seed and --set
 * applied). NULL and *err: ERR_SCRIPT for a mistake of the script, ERR_LIMIT for time or memory,
 * ERR_USAGE for a --set that names nothing. */
Script *script_open(const ScriptOptions *options, Err *err);
void script_close(Script *script);
const Plan *script_plan(const Script *script);

/* {"digits": SHA-256, …} of the datasets that the experiment names: those of its factor, else the
 * first that is here of those that it needs. Loads them. New reference; NULL and *err. */
json_t *script_dataset_sums(Script *script, Err *err);

/* build = "once": sets up, builds all arms, measures interleaved blocks until the plan's maximum or
 * a stop, writing arm-begin, epoch, lowering, window and trial records. A gated block is
 * repeated, at most plan.repeats times. */
bool script_run_once(Script *script, Err *err);

/* build = "block": set-up with the block's seed, one arm, one window, one trial record; where
 * training diverges, no window and a trial record that says so. */
bool script_run_trial(Script *script, int block, int attempt, size_t arm, Err *err);

#endif
