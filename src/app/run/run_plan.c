/* The plan of a script, block by block for people, trial by trial for programs.
 * SPDX-License-Identifier: MIT */
#include "app/run/run_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/run/plan_file.h"
#include "base/file.h"
#include "base/text.h"
#include "lab/plan.h"

typedef struct Planned {
	Session session; /* first: nothing else is needed from it */
	json_t *record;  /* of the worker, with the plan */
} Planned;

static bool take_plan(void *user, const json_t *record, Err *err)
{
	Planned *self = user;
	const char *type = json_string_value(json_object_get(record, "type"));

	(void)err;
	if (strcmp(type, "plan") == 0 && !self->record)
		self->record = json_deep_copy(record);
	return true;
}

/* --- for people ------------------------------------------------------------------------------- */

static void print_arms(const Plan *plan, size_t block, size_t condition)
{
	uint32_t order[PLAN_ARMS_MAX];
	char number[24], name[PLAN_CONDITION_MAX];

	plan_order(plan, plan->seed[0], block, condition, order);
	if (block < plan->warmup)
		text_format(number, sizeof number, "warm-up");
	else
		text_format(number, sizeof number, "%zu", block - plan->warmup + 1);
	text_printf(stdout, "%7s  seed %-6llu ", number,
		    (unsigned long long)plan_seed(plan, block));
	if (plan->factors)
		text_printf(stdout, "%s: ", plan_condition_name(plan, condition, name));
	for (size_t i = 0; i < plan->arms; i++)
		text_printf(stdout, "%s%s", i ? ", " : "", plan->arm[order[i]]);
	text_printf(stdout, "%s\n",
		    block >= plan->warmup + plan->blocks_min && !plan->blocked
			    ? "  (if the intervals are too wide)"
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
	if (plan->factors)
		text_printf(stdout, "%zu condition%s, each a comparison of its own%s\n",
			    plan_conditions(plan), plan_conditions(plan) > 1 ? "s" : "",
			    plan->build == PLAN_BUILD_ONCE ? ", one after the other" : "");
	if (plan->left_out[0])
		text_printf(stdout, "! left out, as they are not here: %s\n", plan->left_out);
	if (plan->blocked)
		text_printf(stdout, "! one arm after the other, all blocks of each: this gives no "
				    "verdict\n");
}

/* Warm-up is for every shard. */
static bool is_ours(const ExperimentOptions *options, const Plan *plan, size_t block)
{
	return !options->shards || block < plan->warmup ||
	       (block - plan->warmup) % options->shards == options->shard;
}

/* What would be started, as one would type it. */
static void print_commands(const Plan *plan)
{
	char line[PLAN_COMMAND_MAX * 2];

	for (size_t i = 0; i < plan->arms; i++)
		if (plan->command[i].words)
			text_printf(stdout, "command of %s: %s\n", plan->arm[i],
				    plan_command_text(&plan->command[i], line, sizeof line));
}

/* Conditions that are built once run one after the other, each in its own worker. */
static void print(const ExperimentOptions *options, const Plan *plan)
{
	size_t blocks = plan->warmup + plan->blocks_max, conditions = plan_conditions(plan);
	bool apart = plan->build == PLAN_BUILD_ONCE || plan->blocked;

	print_head(plan);
	print_commands(plan);
	uint32_t order[PLAN_CONDITIONS_MAX];
	for (size_t turn = 0; turn < blocks * conditions; turn++) {
		size_t block = apart ? turn % blocks : turn / conditions;

		if (!is_ours(options, plan, block))
			continue;
		if (!apart && turn % conditions == 0)
			plan_condition_order(plan, plan->seed[0], block, order);
		print_arms(plan, block, apart ? turn / blocks : order[turn % conditions]);
	}
}

/* --- for programs ----------------------------------------------------------------------------- */

typedef bool PutRecord(void *user, json_t *record, Err *err);

static bool put_json(void *user, json_t *record, Err *err)
{
	return record_out_put(user, record, err);
}

static bool put_text(void *user, json_t *record, Err *err)
{
	bool fine = record &&
		    json_dumpf(record, user, JSON_COMPACT | JSON_REAL_PRECISION(10)) == 0 &&
		    fputc('\n', user) >= 0;

	json_decref(record);
	return fine || err_set(err, ERR_MEMORY, "no memory for a plan");
}

static bool put_all(const ExperimentOptions *options, const json_t *head, const Plan *plan,
		    PutRecord *put, void *user, Err *err)
{
	PlanWalk walk = { .plan = plan };

	if (!put(user, json_deep_copy(head), err))
		return false;
	while (plan_walk(&walk))
		if (is_ours(options, plan, walk.block) &&
		    !put(user, plan_file_trial(head, &walk), err))
			return false;
	return true;
}

static bool write_file(const ExperimentOptions *options, const json_t *head, const Plan *plan,
		       const char *path, Err *err)
{
	char *text = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&text, &len);
	bool fine = stream ? put_all(options, head, plan, put_text, stream, err)
			   : err_set(err, ERR_MEMORY, "no memory for a plan");

	if (stream && fclose(stream) != 0 && fine)
		fine = err_set(err, ERR_MEMORY, "no memory for a plan");
	fine = fine && file_write(path, "the plan", text, len, FILE_NEW, err);
	free(text);
	return fine;
}

/* --- the whole -------------------------------------------------------------------------------- */

static bool load(Planned *self, const ExperimentOptions *options, bool sums, Err *err)
{
	Job job = options->job;

	job.kind = JOB_PLAN;
	job.sums = sums;
	self->session.take = take_plan;
	self->session.user = self;
	return session_once(&self->session, options->paths, &job, options->script.fd, err) &&
	       (self->record || err_set(err, ERR_INTERNAL, "the worker ended without a plan"));
}

bool run_plan(const ExperimentOptions *options, const json_t *settings, const char *version,
	      RecordOut *json, const char *path, Err *err)
{
	Planned self = { .record = NULL };
	Plan *plan = malloc(sizeof *plan);
	json_t *head = NULL;
	bool fine = plan || err_set(err, ERR_MEMORY, "no memory for a plan");

	fine = fine && load(&self, options, json || *path, err) &&
	       plan_from_json(plan, json_object_get(self.record, "plan"), err);
	if (fine && (json || *path)) {
		head = plan_file_head(options->job.script, options->script.sha256, version,
				      settings, self.record);
		fine = head || err_set(err, ERR_MEMORY, "no memory for a plan");
	}
	fine = fine && (!*path || write_file(options, head, plan, path, err)) &&
	       (!json || put_all(options, head, plan, put_json, json, err));
	if (fine && !json && !*path)
		print(options, plan);
	json_decref(head);
	json_decref(self.record);
	free(plan);
	return fine;
}
