/* wattle run --plan: what would run, in which order, before anything does.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_RUN_PLAN_H
#define WATTLE_APP_RUN_PLAN_H

#include "app/experiment.h"

/* Loads the script of the options and prints its plan: a line a block, or, to json, a planned-block
 * record a block. False: *err. */
bool run_plan(const ExperimentOptions *options, RecordOut *json, Err *err);

#endif
