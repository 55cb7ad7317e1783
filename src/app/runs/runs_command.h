/* The parts of wattle runs; for this folder and the command alone.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_RUNS_COMMAND_H
#define WATTLE_APP_RUNS_COMMAND_H

#include "app/command.h"
#include "app/runs/run_store.h"
#include "base/record.h"
#include "lab/results.h"

typedef struct Runs {
	const Cli *cli;
	Store *store;
	RecordOut *json; /* NULL: text */
	int status;      /* what the command exits with when nothing went wrong */
} Runs;

/* The runs that are wanted, a line each, in groups where that is asked for. (runs_list.c) */
bool runs_list(void *user, Err *err);
/* Runs for other programs and for papers; a file appears whole or not at all. (runs_export.c) */
bool runs_export(void *user, Err *err);

/* Runs a stored run again: its script, seed and settings; the new run is stored beside it. */
bool runs_rerun(void *user, Err *err);
/* Two runs: in what they were run alike, and what came of them. They were not interleaved, so there is
 * no verdict; status 1 when accuracies differ although nothing else does. */
bool runs_diff(void *user, Err *err);
/* The same as records, run-difference and run-arms, to take (borrowed). */
typedef bool RunsDiffTake(void *user, const json_t *record, Err *err);
bool runs_diff_records(Store *store, const char *first, const char *second, RunsDiffTake *take,
		       void *user, Err *err);

/* Parts of an experiment (--shard) become one stored run. Status 1 when blocks are missing. */
bool runs_merge(void *user, Err *err);

#endif
