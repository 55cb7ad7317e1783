/* Stored runs side by side: what each arm cost and scored, with intervals, what nothing else beats,
 * and what pays back. Arms of different runs did not take turns on the machine: between them no word
 * is given, and what else differs (machine, build, dataset, energy source) is named.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_COMPARE_RUNS_H
#define WATTLE_APP_COMPARE_RUNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "lab/store.h"
#include "lab/table.h"
#include "lab/tabulate.h"

#define COMPARE_RUNS_MAX 32

typedef struct CompareRuns {
	const char *const *run; /* each the id of a run or its beginning, a tag, or "last" */
	size_t runs;            /* 1 … COMPARE_RUNS_MAX */
	ParetoPair pareto; /* of pareto_pair_parse; zeroed: tabulate_front chooses, and there is no
			    * front over all runs */
	TableFormat format;
} CompareRuns;

/* Writes them to a stream, the verdicts within each run too. Programs' formats get the rows of
 * tabulate.h, each with its run. ERR_ARGUMENT: there is no such run, or it measured nothing; as
 * store.h has it otherwise. Nothing is written unless every run was found and read. */
bool compare_runs(Store *store, const CompareRuns *ask, FILE *to, Err *err);

#endif
