/* Fuzzes the reader of plan files: each line is a record; what is read whole is walked and asked.
 * SPDX-License-Identifier: MIT */
#include "app/run/plan_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "fuzz.h"

#define LINES_MAX 64 /* of one input: a plan of a million trials only costs time */

/* Every trial of the plan that was read is one. */
static void walk_all(const Plan *plan)
{
	PlanWalk walk = { .plan = plan };
	char name[PLAN_CONDITION_MAX];

	for (int i = 0; i < LINES_MAX && plan_walk(&walk); i++) {
		require(walk.arm < plan->arms && walk.condition < plan_conditions(plan) &&
			walk.block < plan->warmup + plan->blocks_max);
		require(strlen(plan_condition_name(plan, walk.condition, name)) <
			PLAN_CONDITION_MAX);
		(void)plan_seed(plan, walk.block);
	}
}

static bool take_line(PlanFile *file, const uint8_t *data, size_t len)
{
	Err err = { .code = ERR_NONE };
	json_t *record = record_parse((const char *)data, len, &err);
	bool fine = record && plan_file_take(file, record, &err);

	require(fine || err.code != ERR_NONE);
	json_decref(record);
	return fine;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	PlanFile file = { .head = NULL };
	Err err = { .code = ERR_NONE };
	bool fine = true;

	for (int lines = 0; size && fine && lines < LINES_MAX; lines++) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t len = end ? (size_t)(end - data) : size;

		fine = take_line(&file, data, len);
		data += len + (end != NULL);
		size -= len + (end != NULL);
	}
	if (fine && file.plan && file.head && file.walk.plan) {
		walk_all(file.plan);
		(void)plan_file_end(&file, &err);
		(void)plan_file_is_of(&file, "x", "y", &err);
		(void)plan_file_fits(&file, file.head, &err);
	}
	plan_file_done(&file);
	return 0;
}
