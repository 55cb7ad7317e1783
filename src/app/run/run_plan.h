/* wattle run --plan: what would run, in which order, before anything does.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_RUN_PLAN_H
#define WATTLE_APP_RUN_PLAN_H

#include "app/run/experiment.h"

/* Loads the script of the options and prints its plan, a line a block. With json, or into a new
 * file at path ("": none), as plan_file.h has it. settings: what it is asked with. False: *err. */
bool run_plan(const ExperimentOptions *options, const json_t *settings, const char *version,
	      RecordOut *json, const char *path, Err *err);

#endif
