/* What the files of the plan share; for src/lab/plan*.c alone.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_LAB_PLAN_INTERNAL_H
#define WATTLE_LAB_PLAN_INTERNAL_H

#include "lab/plan.h"

/* Records are UTF-8; a Lua string may hold any bytes. */
bool plan_check_text(const char *what, const char *text, Err *err);
/* Names, numbers of levels and of conditions; that no level is there twice; threads and
 * datasets. */
bool plan_check_factors(const Plan *plan, Err *err);
/* {"dataset":["digits"],"threads":[1,2]}; new reference. */
json_t *plan_factors_json(const Plan *plan);
bool plan_factors_from_json(Plan *plan, const json_t *json, Err *err);

#endif
