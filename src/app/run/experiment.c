/* Workers in, records out: built once in one worker, or one worker for each arm of each block.
 * SPDX-License-Identifier: MIT */
#include "app/run/experiment.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "app/program/command_arm.h"
#include "app/session/saved_models.h"
#include "app/session/session.h"
#include "base/clock.h"
#include "base/record.h"
#include "base/text.h"
#include "lab/verdict.h"

typedef struct Experiment {
	const ExperimentOptions *options;
	Session session;
	Results *results;
	json_t *early; /* records that came before run-begin: the meter's */
	bool begun;    /* run-begin was written, or a run that was broken off is gone on with */
	bool flagged;  /* a window of the running block was spoiled */
	bool stop_sent;
	/* Of each condition, by its number: */
	json_t *choices; /* kernels that the first trial of each arm chose */
	SavedModels saved;
	json_t *firsts; /* temperature and frequency of the first window of each arm */
} Experiment;

/* What is kept of a condition: a member of the object, made when it is not there. */
static json_t *kept_of(json_t *all, size_t condition)
{
	char key[24];
	text_format(key, sizeof key, "%zu", condition);
	if (!json_object_get(all, key))
		json_object_set_new(all, key, json_object());
	return json_object_get(all, key);
}

static size_t condition_of(const json_t *record)
{
	return (size_t)json_integer_value(json_object_get(record, "condition"));
}

static bool pass_on(Experiment *self, const json_t *record, Err *err)
{
	const ExperimentOptions *options = self->options;
	return results_take(self->results, record, err) &&
	       (!options->record || trace_out_put(options->record, record, err)) &&
	       options->take(options->user, record, err);
}

static bool put(Experiment *self, json_t *record, Err *err)
{
	if (!record)
		return err_set(err, ERR_MEMORY, "writing a record");
	bool ok = pass_on(self, record, err);
	json_decref(record);
	return ok;
}

static json_t *log_of(const Experiment *self, const char *text)
{
	json_t *record = record_new("log", self->session.origin_ns);
	json_object_set_new(record, "text", json_string(text));
	return record;
}

static bool put_log(Experiment *self, const char *text, Err *err)
{
	return put(self, log_of(self, text), err);
}

/* run-begin, then what came before it. plan and receipt may be NULL: the script never loaded. */
static bool put_begin(Experiment *self, const json_t *plan, const json_t *receipt, Err *err)
{
	size_t i;
	json_t *early;
	self->begun = true;
	json_t *begin = session_begin(&self->session, &self->options->script, plan, receipt);
	if (begin && self->options->shards)
		json_object_set_new(begin, "shard",
				    json_sprintf("%zu/%zu", self->options->shard + 1,
						 self->options->shards));
	if (!put(self, begin, err))
		return false;
	json_array_foreach(self->early, i, early) if (!pass_on(self, early, err)) return false;
	return !self->options->replay || pass_on(self, trace_head(self->options->replay), err);
}

/* The baseline's two arms are one and the same, and so are all where one is compared with itself: what
 * one chose the others run by, too. */
static void note_choice(Experiment *self, json_t *choices, const char *arm, json_t *kernels)
{
	const Plan *plan = results_plan(self->results);
	size_t twin = plan ? plan_twin(plan) : 0;
	if (plan && twin < plan->arms &&
	    (strcmp(arm, plan->arm[twin]) == 0 || strcmp(arm, plan->arm[plan->versus]) == 0)) {
		json_object_set(choices, plan->arm[twin], kernels);
		json_object_set(choices, plan->arm[plan->versus], kernels);
	}
	for (size_t i = 0; plan && plan->again && i < plan->arms; i++)
		json_object_set(choices, plan->arm[i], kernels);
	json_object_set(choices, arm, kernels);
}

static void note_lowering(Experiment *self, const json_t *record)
{
	const char *arm = json_string_value(json_object_get(record, "arm"));
	json_t *choices = kept_of(self->choices, condition_of(record));
	if (arm && *arm && !json_object_get(choices, arm))
		note_choice(self, choices, arm, json_object_get(record, "kernels"));
}

static void note_window(Experiment *self, const json_t *record)
{
	const char *arm = json_string_value(json_object_get(record, "arm"));
	json_t *firsts = kept_of(self->firsts, condition_of(record));
	if (results_window_void(record))
		self->flagged = true;
	if (arm && json_integer_value(json_object_get(record, "block")) >= 0 &&
	    !json_object_get(firsts, arm))
		json_object_set_new(firsts, arm,
				    json_pack("{s:O, s:O}", "temperature_c",
					      json_object_get(record, "temperature_c"),
					      "frequency_hz",
					      json_object_get(record, "frequency_hz")));
}

/* What later trials are told of earlier ones. */
static void note(Experiment *self, const json_t *record)
{
	const char *type = json_string_value(json_object_get(record, "type"));
	if (strcmp(type, "window") == 0)
		note_window(self, record);
	if (strcmp(type, "lowering") == 0)
		note_lowering(self, record);
}

/* --- going on with a run ---------------------------------------------------------------------- */

/* A process that held built arms is gone. What is built once more is the same, but what is left of
 * the old windows was measured in another process: the blocks begin anew. */
static bool begin_anew(Experiment *self, const Plan *plan, Err *err)
{
	for (size_t k = 0; k < results_conditions(self->results); k++) {
		if (verdict_stop(results_condition(self->results, k)))
			continue;
		json_t *record = record_new("anew", self->session.origin_ns);
		if (plan->factors)
			json_object_set_new(record, "condition", json_integer((json_int_t)k));
		if (!put(self, record, err))
			return false;
	}
	return true;
}

/* The past, then what the worker and the meter said while they were asked for the plan. Before this
 * nothing was passed on: a run that cannot be gone on with stays as it was. */
static bool take_past(Experiment *self, Err *err)
{
	size_t i;
	json_t *record;
	json_array_foreach(self->options->past, i, record)
	{
		note(self, record);
		if (!pass_on(self, record, err))
			return false;
	}
	self->begun = true;
	const Plan *plan = results_plan(self->results);
	self->session.measuring = results_measured(self->results);
	json_array_foreach(self->early, i, record) if (!pass_on(self, record, err)) return false;
	return !plan || plan->build != PLAN_BUILD_ONCE || begin_anew(self, plan, err);
}

/* When the last record of the past was written, on its run's clock. */
static int64_t past_ns(const json_t *past)
{
	size_t n = json_array_size(past);
	return n ? json_integer_value(json_object_get(json_array_get(past, n - 1), "t_ns")) : 0;
}

static const char *cpu_of(const json_t *record)
{
	const json_t *receipt = json_object_get(record, "receipt");
	return record_text(json_object_get(receipt, "cpu"), "model");
}

/* The same script, seed and settings plan the same run, unless wattle or the data changed. */
static bool can_go_on(const Experiment *self, const json_t *record, Err *err)
{
	const json_t *begin = json_array_get(self->options->past, 0);
	const json_t *plan = json_object_get(record, "plan");
	if (!json_equal(json_object_get(begin, "plan"), plan))
		return err_set(err, ERR_NEED,
			       "the run that is stored had another plan: wattle or a dataset has "
			       "changed; run it from its beginning");
	if (strcmp(cpu_of(begin), cpu_of(record)) != 0)
		return err_set(
			err, ERR_NEED,
			"the run that is stored ran on another processor (%s, not %s): times "
			"of both are not one sample; run it from its beginning",
			cpu_of(begin), cpu_of(record));
	return strcmp(record_text(plan, "order"), "blocked") != 0 ||
	       err_set(err, ERR_NEED,
		       "this experiment runs its arms one after the other: what was broken off "
		       "cannot be gone on with; run it again");
}

/* --- trust ------------------------------------------------------------------------------------ */

/* Programs start only for a script that is trusted; what is to be said of it comes early. */
static bool check_trust(Experiment *self, const json_t *plan_json, Err *err)
{
	const ScriptFile *script = &self->options->script;
	Plan *plan = malloc(sizeof *plan);
	char notice[512] = "";
	bool ok = plan ? plan_from_json(plan, plan_json, err)
		       : err_set(err, ERR_MEMORY, "no memory for a plan");
	const char *name = self->options->trust_name;
	ok = ok && trust_allows(self->options->trust, name ? name : script->name, script->sha256,
				plan, notice, err);
	free(plan);
	if (*notice && !self->begun)
		json_array_append_new(self->early, log_of(self, notice));
	else if (*notice)
		ok = put_log(self, notice, err) && ok;
	return ok;
}

static bool over_budget(const Experiment *self, const Plan *plan)
{
	return plan->budget_s > 0 &&
	       (double)(clock_now_ns() - self->session.origin_ns) / CLOCK_NS_PER_S > plan->budget_s;
}

/* --- records ---------------------------------------------------------------------------------- */

static bool take_whole(Experiment *self, const json_t *record, Err *err)
{
	const char *type = json_string_value(json_object_get(record, "type"));
	if (strcmp(type, "plan") == 0 && self->options->from &&
	    !plan_file_fits(self->options->from, record, err))
		return false;
	if (strcmp(type, "plan") == 0 && !check_trust(self, json_object_get(record, "plan"), err))
		return false;
	if (strcmp(type, "plan") == 0 && self->options->past)
		return can_go_on(self, record, err);
	if (strcmp(type, "plan") == 0)
		return self->begun || put_begin(self, json_object_get(record, "plan"),
						json_object_get(record, "receipt"), err);
	if (!self->begun && (self->options->past || strcmp(type, "error") != 0)) {
		json_array_append(self->early, (json_t *)(uintptr_t)record);
		return true;
	}
	if (!self->begun && !put_begin(self, NULL, NULL, err))
		return false;
	note(self, record);
	if (!pass_on(self, record, err))
		return false;
	if (strcmp(type, "saved") == 0)
		return saved_models_take(&self->saved, self->session.scratch, record, err);
	/* A worker of one trial needs no telling; run_blocks looks after each block. */
	const Plan *plan = results_plan(self->results);
	bool once = plan && plan->build == PLAN_BUILD_ONCE;
	if (once && strcmp(type, "trial") == 0 && !self->stop_sent &&
	    (over_budget(self, plan) ||
	     verdict_stop(results_condition(self->results, condition_of(record))))) {
		self->stop_sent = true;
		session_stop(&self->session);
	}
	return true;
}

/* Every record of worker and meter comes by here; windows get the joules that are replayed. */
static bool take_record(void *user, const json_t *record, Err *err)
{
	Experiment *self = user;
	const Trace *trace = self->options->replay;
	const char *type = json_string_value(json_object_get(record, "type"));
	if (!trace || strcmp(type, "window") != 0)
		return take_whole(self, record, err);
	json_t *window = json_copy((json_t *)(uintptr_t)record);
	bool ok = window ? trace_serve(trace, window, err) && take_whole(self, window, err)
			 : err_set(err, ERR_MEMORY, "replaying a trace");
	json_decref(window);
	return ok;
}

/* --- blocks ----------------------------------------------------------------------------------- */

/* The job of a condition: its threads, and what its earlier trials told. */
static Job condition_job(const Experiment *self, const Plan *plan, size_t condition)
{
	Job job = self->options->job;
	const PlanLevel *threads = plan_level_named(plan, condition, "threads");
	job.condition = condition;
	if (threads)
		job.threads = (unsigned)threads->number;
	job.choices = kept_of(self->choices, condition);
	job.firsts = kept_of(self->firsts, condition);
	job.saved = self->saved.list;
	return job;
}

/* What does it: a worker, or the program that the arm is. */
static bool run_arm(Experiment *self, const Plan *plan, const Job *job, Err *err)
{
	if (!plan->command[job->arm].words)
		return session_job(&self->session, job, self->options->script.fd, err);
	json_t *factors = plan->factors ? plan_condition_json(plan, job->condition) : NULL;
	const CommandTrial trial = { .plan = plan, .job = job, .factors = factors };
	bool ok = command_trial(&self->session, &trial, err);
	json_decref(factors);
	return ok;
}

/* One arm of a block in a fresh process. *whole becomes false, and nothing runs, when a signal or the
 * budget ends the run first. */
static bool run_trial(Experiment *self, Job *job, size_t arm, bool *whole, Err *err)
{
	const Plan *plan = results_plan(self->results);
	*whole = !session_interrupted(&self->session) && !over_budget(self, plan);
	job->kind = JOB_TRIAL;
	job->arm = arm;
	return !*whole || run_arm(self, plan, job, err);
}

/* All arms of one block, in the plan's order. *whole: none is missing; a signal or the budget
 * ends a block between two arms. */
static bool run_block(Experiment *self, const Plan *plan, size_t block, size_t condition,
		      int attempt, bool *whole, Err *err)
{
	uint32_t order[PLAN_ARMS_MAX];
	Job job = condition_job(self, plan, condition);
	plan_order(plan, plan->seed[0], block, condition, order);
	job.block = (int)block - (int)plan->warmup;
	job.attempt = attempt;
	self->flagged = false;
	*whole = true;
	for (size_t i = 0; *whole && i < plan->arms; i++)
		if (!run_trial(self, &job, order[i], whole, err))
			return false;
	return true;
}

/* −1: the block is through, or runs elsewhere. Warm-up is for the blocks that are still to come. */
static int first_attempt(const Experiment *self, const Plan *plan, size_t block, size_t condition)
{
	const ExperimentOptions *options = self->options;
	if (block < plan->warmup)
		return 0;
	if (options->shards && (block - plan->warmup) % options->shards != options->shard)
		return -1;
	return results_next_attempt(results_condition(self->results, condition),
				    block - plan->warmup);
}

/* A block of one condition, again where a gate spoiled it. */
static bool run_attempts(Experiment *self, const Plan *plan, size_t block, size_t condition,
			 bool *whole, Err *err)
{
	int first = first_attempt(self, plan, block, condition), tries = (int)plan->repeats + 1;
	*whole = true;
	for (int attempt = first; first >= 0 && attempt < first + tries; attempt++) {
		if (!run_block(self, plan, block, condition, attempt, whole, err))
			return false;
		if (!*whole || !self->flagged || block < plan->warmup)
			break;
	}
	return true;
}

/* Of all conditions in turn, each until its own end. What is not whole when the run ends is not
 * counted; run_all tells an interrupt. */
static bool run_blocks(Experiment *self, Err *err)
{
	const Plan *plan = results_plan(self->results);
	bool done[PLAN_CONDITIONS_MAX] = { false }, whole = true;
	size_t conditions = plan_conditions(plan), left = conditions;
	for (size_t block = 0; left && block < plan->warmup + plan->blocks_max; block++) {
		uint32_t order[PLAN_CONDITIONS_MAX];
		plan_condition_order(plan, plan->seed[0], block, order);
		for (size_t i = 0; i < conditions; i++) {
			size_t k = order[i];
			if (done[k])
				continue;
			if (!run_attempts(self, plan, block, k, &whole, err))
				return false;
			if (!whole)
				return true;
			done[k] = block >= plan->warmup && !self->options->shards &&
				  verdict_stop(results_condition(self->results, k));
			left -= done[k];
		}
	}
	return true;
}

/* One arm after the other, each through all its blocks; nothing is run again. */
static bool run_apart(Experiment *self, Err *err)
{
	const Plan *plan = results_plan(self->results);
	bool whole = true;
	for (size_t turn = 0; turn < plan_conditions(plan) * plan->arms; turn++) {
		size_t blocks = plan->warmup + plan->blocks_max;
		for (size_t block = 0; whole && block < blocks; block++) {
			Job job = condition_job(self, plan, turn / plan->arms);
			job.block = (int)block - (int)plan->warmup;
			if (!run_trial(self, &job, turn % plan->arms, &whole, err))
				return false;
		}
	}
	return true;
}

/* Conditions whose arms are built once: a worker for each that has not ended. */
static bool run_once_each(Experiment *self, Err *err)
{
	const Plan *plan = results_plan(self->results);
	for (size_t k = 0; k < plan_conditions(plan); k++) {
		Job job = condition_job(self, plan, k);
		if (session_interrupted(&self->session) || over_budget(self, plan))
			return true;
		if (verdict_stop(results_condition(self->results, k)))
			continue;
		job.kind = JOB_ONCE;
		self->stop_sent = false;
		/* While it builds, a stop has nothing of it to keep. */
		self->session.measuring = false;
		if (!session_job(&self->session, &job, self->options->script.fd, err))
			return false;
	}
	return true;
}

static bool run_planned(Experiment *self, const Plan *plan, Err *err)
{
	const ExperimentOptions *options = self->options;
	if (options->shards && plan->build == PLAN_BUILD_ONCE)
		return err_set(err, ERR_USAGE,
			       "--shard: this experiment builds its arms once, in one process");
	if (options->shards && plan->blocked)
		return err_set(err, ERR_USAGE,
			       "--shard: this experiment runs its arms one after the other, so its "
			       "blocks have no parts");
	if (plan->build == PLAN_BUILD_ONCE)
		return (!plan->factors && !options->past) || run_once_each(self, err);
	return plan->blocked ? run_apart(self, err) : run_blocks(self, err);
}

static bool run_all(Experiment *self, Err *err)
{
	const ExperimentOptions *options = self->options;
	if (!session_open(&self->session, options->paths, options->energy, options->time_limit_s,
			  err))
		return false;
	if (!given_files_place(options->files, options->file_count, self->session.scratch, err))
		return false;
	if (options->require_measured &&
	    !session_require(&self->session, ENERGY_MEASURED, "--require measured", err))
		return false;
	if (options->record && !session_require(&self->session, ENERGY_ATTRIBUTED, "--record", err))
		return false;
	Job job = options->job;
	job.kind = options->past ? JOB_PLAN : JOB_RUN;
	job.sums = options->from != NULL;
	if (!session_job(&self->session, &job, options->script.fd, err))
		return false;
	if (options->past && !take_past(self, err))
		return false;
	const Plan *plan = results_plan(self->results);
	if (!plan)
		return err_set(err, ERR_INTERNAL, "the worker ended without a plan");
	if (!run_planned(self, plan, err))
		return false;
	if (session_interrupted(&self->session))
		return err_set(err, ERR_INTERRUPTED, "interrupted after whole blocks");
	return true;
}

/* One verdict for each arm other than the baseline and each primary metric. */
static bool put_verdicts(Experiment *self, const Results *results, Err *err)
{
	Verdict verdicts[VERDICTS_MAX];
	size_t n = results_plan(results) ? verdict_make_all(verdicts, results) : 0;
	for (size_t i = 0; i < n; i++) {
		json_t *record = record_new("verdict", self->session.origin_ns);
		json_object_update_new(record, verdict_json(&verdicts[i], results));
		if (!put(self, record, err))
			return false;
	}
	return true;
}

static bool put_all_verdicts(Experiment *self, Err *err)
{
	for (size_t k = 0; k < results_conditions(self->results); k++)
		if (!put_verdicts(self, results_condition(self->results, k), err))
			return false;
	return true;
}

static int end_status(const Experiment *self, const Err *err)
{
	if (self->session.terminated)
		return 128 + self->session.terminated;
	return err->code == ERR_NONE ? verdict_exit_status(self->results)
				     : err_exit_status(err->code);
}

/* The models that the script saved are there once the run has finished, and else not. */
static void end_models(Experiment *self, Err *err)
{
	const char *scratch = self->session.scratch;
	char text[SAVED_TEXT_MAX];
	Err late;
	if (err->code == ERR_NONE)
		saved_models_keep(&self->saved, scratch, text, sizeof text, err);
	else
		saved_models_drop(&self->saved, scratch, text, sizeof text);
	if (*text && !put_log(self, text, &late) && err->code == ERR_NONE)
		*err = late;
}

/* Verdicts on what is whole, then run-end: also when the worker died. */
static int put_end(Experiment *self, Err *err)
{
	Err late = { .code = ERR_NONE };
	/* What was not gone on with stays as it was: the next try may be. */
	if (self->options->past && !self->begun)
		return end_status(self, err);
	bool ok = self->begun || put_begin(self, NULL, NULL, &late);
	if (ok)
		end_models(self, err);
	if (ok && err->code != ERR_NONE && !self->session.failed)
		ok = put(self, record_error(err, self->session.origin_ns), &late);
	if (ok && results_measured(self->results))
		ok = put_all_verdicts(self, &late);
	const SessionHook *hook = self->options->hook;
	if (ok && hook)
		ok = put(self, hook->cost(hook->user, self->session.origin_ns), &late);
	int status = end_status(self, err);
	json_t *record = record_new("run-end", self->session.origin_ns);
	json_object_set_new(record, "exit", json_integer(status));
	json_object_set_new(record, "why", json_string(err->code == ERR_NONE ? "done" : err->text));
	if (ok)
		put(self, record, &late);
	else
		json_decref(record);
	if (err->code != ERR_NONE || late.code == ERR_NONE)
		return status;
	*err = late;
	return err_exit_status(late.code);
}

int experiment_run(const ExperimentOptions *options, Results *results, Err *err)
{
	Experiment self = { .options = options,
			    .results = results,
			    .early = json_array(),
			    .choices = json_object(),
			    .firsts = json_object(),
			    .saved = { options->models, json_object() } };
	self.session.take = take_record;
	self.session.user = &self;
	self.session.hook = options->hook;
	self.session.past_ns = past_ns(options->past);
	err->code = ERR_NONE;
	run_all(&self, err);
	if (options->mend)
		options->mend(err);
	int status = put_end(&self, err);
	session_close(&self.session);
	json_decref(self.early);
	json_decref(self.choices);
	json_decref(self.firsts);
	saved_models_done(&self.saved);
	return status;
}
