/* The plan of a script, block by block.
 * SPDX-License-Identifier: MIT */
#include "app/run_plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "lab/plan.h"

typedef struct Planned {
	Session session; /* first: nothing else is needed from it */
	json_t *plan;
} Planned;

static bool take_plan(void *user, const json_t *record, Err *err)
{
	Planned *self = user;
	const char *type = json_string_value(json_object_get(record, "type"));

	(void)err;
	if (strcmp(type, "plan") == 0 && !self->plan)
		self->plan = json_deep_copy(json_object_get(record, "plan"));
	return true;
}

static uint64_t seed_of(const Plan *plan, size_t block)
{
	size_t at =
		plan->build == PLAN_BUILD_ONCE || block < plan->warmup ? 0 : block - plan->warmup;

	return plan->seed[at < plan->seeds ? at : plan->seeds - 1];
}

static bool put_block(const Plan *plan, size_t block, RecordOut *json, Err *err)
{
	uint32_t order[PLAN_ARMS_MAX];
	json_t *record = record_new("planned-block", 0), *arms = json_array();

	plan_order(plan, plan->seed[0], block, order);
	for (size_t i = 0; i < plan->arms; i++)
		json_array_append_new(arms, json_string(plan->arm[order[i]]));
	json_object_set_new(record, "block", json_integer((int)block - (int)plan->warmup));
	json_object_set_new(record, "seed", json_integer((json_int_t)seed_of(plan, block)));
	json_object_set_new(record, "arms", arms);
	return record_out_put(json, record, err);
}

static void print_block(const Plan *plan, size_t block)
{
	uint32_t order[PLAN_ARMS_MAX];
	char number[24], arms[PLAN_ARMS_MAX * (PLAN_NAME_MAX + 2)];
	size_t len = 0;

	plan_order(plan, plan->seed[0], block, order);
	for (size_t i = 0; i < plan->arms; i++)
		len += text_format(arms + len, sizeof arms - len, "%s%s", i ? ", " : "",
				   plan->arm[order[i]]);
	if (block < plan->warmup)
		text_format(number, sizeof number, "warm-up");
	else
		text_format(number, sizeof number, "%zu", block - plan->warmup + 1);
	text_printf(stdout, "%7s  seed %-6llu %s%s\n", number,
		    (unsigned long long)seed_of(plan, block), arms,
		    block >= plan->warmup + plan->blocks_min ? "  (if the intervals are too wide)"
							     : "");
}

static void print_head(const Plan *plan)
{
	text_printf(
		stdout,
		"%s: %s\n%zu arms, %s; %zu to %zu blocks after %zu to warm up, windows of %g s, "
		"%g s idle first\n",
		plan->name, *plan->question ? plan->question : "no question", plan->arms,
		plan->build == PLAN_BUILD_ONCE ? "built once" : "built afresh in each block",
		plan->blocks_min, plan->blocks_max, plan->warmup, plan->window_s, plan->idle_s);
}

static bool show(const Plan *plan, RecordOut *json, Err *err)
{
	if (!json)
		print_head(plan);
	for (size_t block = 0; block < plan->warmup + plan->blocks_max; block++) {
		if (!json)
			print_block(plan, block);
		else if (!put_block(plan, block, json, err))
			return false;
	}
	return true;
}

bool run_plan(const ExperimentOptions *options, RecordOut *json, Err *err)
{
	Planned self = { .plan = NULL };
	Job job = options->job;
	Plan *plan = malloc(sizeof *plan);

	job.kind = JOB_PLAN;
	self.session.take = take_plan;
	self.session.user = &self;
	bool fine = (plan || err_set(err, ERR_MEMORY, "no memory for a plan")) &&
		    session_once(&self.session, options->paths, &job, options->script.fd, err);

	if (fine && !self.plan)
		fine = err_set(err, ERR_INTERNAL, "the worker ended without a plan");
	fine = fine && plan_from_json(plan, self.plan, err) && show(plan, json, err);
	json_decref(self.plan);
	free(plan);
	return fine;
}
