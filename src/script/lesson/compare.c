/* w.compare: the comparison of a lesson's run, whole inside the worker: a plan, interleaved blocks,
 * verdicts, and a handle that tells the results.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/record.h"
#include "base/text.h"
#include "lab/verdict.h"
#include "script/experiment/job.h"
#include "script/lesson/lesson_inside.h"

#define COMPARE_WINDOW_S 0.5
#define COMPARE_IDLE_S 2 /* only where a sensor measures */
#define PREDICTIONS 10000

/* Stack of the constructor. */
enum { TABLE = 1, SELF, ARMS };

static const Key compare_keys[], work_keys[];

/* --- the table -------------------------------------------------------------------------------- */

static size_t whole_number(lua_State *L, int table, const char *what, const char *key,
			   size_t otherwise, double maximum)
{
	size_t value = otherwise;

	if (values_field(L, table, key) != LUA_TNIL) {
		double number = lua_tonumber(L, -1);

		if (!(number >= 1 && number <= maximum) || number != floor(number))
			script_fail_key(L, key, "%s: %s must be a whole number from 1 to %.0f",
					what, key, maximum);
		value = (size_t)number;
	}
	lua_pop(L, 1);
	return value;
}

/* Copies the arms' values into the list at ARMS; true when one of them is a function. */
static bool read_arms(lua_State *L, Plan *plan)
{
	bool functions = false;
	char what[64];

	values_field(L, TABLE, "arms");
	plan->arms = lua_rawlen(L, -1);
	if (plan->arms < 2 || plan->arms > PLAN_ARMS_MAX)
		script_fail_key(L, "arms", "compare: arms must be a list of 2 to %d",
				PLAN_ARMS_MAX);
	for (size_t i = 0; i < plan->arms; i++) {
		if (lua_rawgeti(L, -1, (lua_Integer)i + 1) != LUA_TTABLE || lua_rawlen(L, -1) != 2)
			script_fail_key(L, "arms", "compare: arms[%zu] must be { \"name\", model }",
					i + 1);
		text_format(what, sizeof what, "compare: arms[%zu]: the name", i + 1);
		lua_rawgeti(L, -1, 1);
		values_text(L, -1, "arms", what, plan->arm[i], PLAN_NAME_MAX);
		if (strcmp(plan->arm[i], "none") == 0)
			script_fail_key(L, "arms", "%s 'none' is kept for no difference", what);
		lua_rawgeti(L, -2, 2);
		if (lua_type(L, -1) == LUA_TFUNCTION)
			functions = true;
		else if (!handle_object(L, -1, MODEL_HANDLE) &&
			 !handle_object(L, -1, PROGRAM_HANDLE))
			script_fail_key(L, "arms",
					"compare: arm '%s' must be a model, a program or a "
					"function, not a %s",
					plan->arm[i], luaL_typename(L, -1));
		lua_rawseti(L, ARMS, (lua_Integer)i + 1);
		lua_pop(L, 2);
	}
	lua_settop(L, ARMS);
	return functions;
}

static void read_limits(lua_State *L, Plan *plan, const Script *script)
{
	unsigned run = script->options.trial ? pool_threads(script->options.trial->pool) : 1;

	blocks_read(L, plan, TABLE);
	if (script->caps.blocks > 0 && plan->blocks_max > (size_t)script->caps.blocks)
		plan->blocks_max = (size_t)script->caps.blocks;
	if (plan->blocks_min > plan->blocks_max)
		plan->blocks_min = plan->blocks_max;
	plan->window_s = COMPARE_WINDOW_S;
	if (script->caps.window_s > 0 && plan->window_s > script->caps.window_s)
		plan->window_s = script->caps.window_s;
	if (whole_number(L, TABLE, "compare", "threads", run, 256) != run)
		script_fail_key(L, "threads",
				"compare: this run has %u thread%s; start it with --threads", run,
				run == 1 ? "" : "s");
}

static void read_plan(lua_State *L, Comparison *self, const Step *run, bool functions)
{
	const Script *script = script_of(L);
	Plan *plan = &self->plan;
	Err err;

	text_format(plan->name, sizeof plan->name, "%s.%s", lesson_of(script)->id, run->id);
	text_format(plan->question, sizeof plan->question, "%s", run->title);
	plan->build = functions ? PLAN_BUILD_BLOCK : PLAN_BUILD_ONCE;
	read_limits(L, plan, script);
	plan->idle_s = lesson_of(script)->fixed_cost == METRIC_ENERGY ? COMPARE_IDLE_S : 0;
	plan->seeds = functions ? plan->blocks_max : 1;
	for (size_t i = 0; i < plan->seeds; i++)
		plan->seed[i] = script->seed + i;
	if (run->wants)
		memcpy(plan->wanted, run->wanted, sizeof plan->wanted);
	analysis_metrics(L, plan, "metrics");
	lua_pushvalue(L, TABLE);
	analysis_margin(L, plan);
	lua_pop(L, 1);
	if (values_field(L, TABLE, "versus") != LUA_TNIL)
		plan->versus = analysis_arm(L, plan, "versus", lua_tostring(L, -1));
	lua_pop(L, 1);
	if (!plan_check(plan, &err))
		script_raise(L, &err);
}

/* --- running ---------------------------------------------------------------------------------- */

static void put(lua_State *L, json_t *record)
{
	Err err;

	if (!record_out_put(script_of(L)->options.trial->out, record, &err))
		script_raise(L, &err);
}

static json_t *new_record(lua_State *L, const char *type)
{
	return record_new(type, record_out_origin(script_of(L)->options.trial->out));
}

static bool take(void *user, const json_t *record, Err *err)
{
	return results_take(user, record, err);
}

/* The plan goes out, and what is measured from now on comes into the results. */
static void begin(lua_State *L, Comparison *self)
{
	Lesson *lesson = lesson_of(script_of(L));
	json_t *record = new_record(L, "plan");
	Err err;

	json_object_set_new(record, "plan", plan_json(&self->plan));
	if (lesson->reader) /* not in a check, whose figures nobody keeps */
		json_object_set_new(record, "receipt", lesson->reader->receipt(lesson->reader));
	json_object_set_new(record, "seed", json_integer((json_int_t)self->plan.seed[0]));
	for (size_t i = 0; i < lesson->steps; i++)
		if (lesson->step[i] == lesson->running)
			json_object_set_new(record, "step", json_integer((json_int_t)i + 1));
	put(L, record);
	if (!comparison_begin(self, &err))
		script_raise(L, &err);
	lesson->watched = self->results;
	record_out_watch(script_of(L)->options.trial->out, take, self->results);
}

/* Function arms are built afresh with the block's seed; models were put in place once. */
static void build_block(lua_State *L, Job *job, int block)
{
	size_t batch = (size_t)lua_tointeger(L, JOB_CONTEXT);

	job->seed = job->plan->seed[block < 0 ? 0 : block];
	for (size_t arm = 0; arm < job->plan->arms; arm++) {
		lua_rawgeti(L, JOB_FUNCTIONS, (lua_Integer)arm + 1);
		if (lua_type(L, -1) == LUA_TFUNCTION) {
			Err err;

			if (!trial_arm_begin(job->script->options.trial, job->plan->arm[arm], &err))
				script_raise(L, &err);
			lua_pushinteger(L, (lua_Integer)job->seed);
			lua_call(L, 1, 1);
			if (!job_put_arm(L, job, arm, batch))
				script_fail(L,
					    "compare: the function of arm '%s' returned a %s; it "
					    "must return a model or a program",
					    job->plan->arm[arm], luaL_typename(L, -1));
			job_try_arm(L, job, arm);
		}
		lua_settop(L, JOB_PROGRAMS);
	}
}

static void put_models(lua_State *L, Job *job)
{
	size_t batch = (size_t)lua_tointeger(L, JOB_CONTEXT);

	for (size_t arm = 0; arm < job->plan->arms; arm++) {
		lua_rawgeti(L, JOB_FUNCTIONS, (lua_Integer)arm + 1);
		if (lua_type(L, -1) != LUA_TFUNCTION) {
			Err err;

			if (!trial_arm_begin(job->script->options.trial, job->plan->arm[arm], &err))
				script_raise(L, &err);
			if (!job_put_arm(L, job, arm, batch))
				script_fail(L, "compare: arm '%s' was closed", job->plan->arm[arm]);
			job_try_arm(L, job, arm);
		}
		lua_settop(L, JOB_PROGRAMS);
	}
}

/* A function of its own, so that the stack is laid out as job.h says. */
static int measure(lua_State *L)
{
	Job *job = lua_touserdata(L, JOB_SELF);
	Trial *trial = job->script->options.trial;
	Err err;

	job->begin_ns = clock_now_ns();
	put_models(L, job);
	if (!trial_idle(trial, job->plan->idle_s, &err))
		script_raise(L, &err);
	job_blocks(L, job);
	return 0;
}

static void put_verdicts(lua_State *L, const Comparison *self)
{
	Verdict *verdicts = lua_newuserdatauv(L, VERDICTS_MAX * sizeof *verdicts, 0);
	size_t n = verdict_make_all(verdicts, self->results);

	for (size_t i = 0; i < n; i++) {
		json_t *record = new_record(L, "verdict");

		json_object_update_new(record, verdict_json(&verdicts[i], self->results));
		put(L, record);
	}
	lua_pop(L, 1);
}

/* Calls measure with the rows that lie behind ARMS. */
static void run_blocks(lua_State *L, Comparison *self, bool functions, size_t batch)
{
	Job job = {
		.script = script_of(L),
		.plan = &self->plan,
		.seed = self->plan.seed[0],
		.prepare = functions ? build_block : NULL,
		.results = self->results,
	};
	lua_pushcfunction(L, measure);
	lua_pushlightuserdata(L, &job);
	lua_pushvalue(L, ARMS);
	lua_pushinteger(L, (lua_Integer)batch);
	lua_createtable(L, 0, 1); /* the state of job_measure_default: { data = { test = on } } */
	lua_createtable(L, 0, 1);
	lua_pushvalue(L, ARMS + 1);
	lua_setfield(L, -2, "test");
	lua_setfield(L, -2, "data");
	lua_pushcfunction(L, job_measure_default);
	lua_newtable(L);
	lua_pushvalue(L, -1);
	lua_setiuservalue(L, SELF, COMPARISON_PROGRAMS);
	lua_pushvalue(L, ARMS + 1);
	lua_setiuservalue(L, SELF, COMPARISON_ROWS);
	lua_call(L, JOB_PROGRAMS, 0);
}

/* Which run is asking; raises outside one. */
static Step *running(lua_State *L)
{
	const Script *script = script_of(L);
	Lesson *lesson = lesson_of(script);

	if (!lesson || !lesson->running)
		script_fail(L, "compare works inside the body of a run, or a check that requires "
			       "\"measured\", only");
	if (L != script->lua)
		script_fail(L, "compare does not work inside a coroutine");
	if (lesson->compared)
		script_fail(
			L,
			"compare: one comparison in a run or check; make a second one for another");
	lesson->compared = true;
	return lesson->running;
}

static int compare_new(lua_State *L)
{
	if (!lua_istable(L, TABLE))
		script_fail(L, "compare takes a table: w.compare { arms = …, on = … }");
	lua_settop(L, TABLE);
	values_keys(L, TABLE, "compare", compare_keys);
	const Step *run = running(L);
	Comparison *self = comparison_push(L);

	lua_newtable(L);
	bool functions = read_arms(L, &self->plan);

	read_plan(L, self, run, functions);
	size_t batch = whole_number(L, TABLE, "compare", "batch", 64, 65536);

	self->predictions = PREDICTIONS;
	if (values_field(L, TABLE, "work") == LUA_TTABLE) {
		values_keys(L, -1, "work", work_keys);
		self->predictions = (double)whole_number(L, lua_gettop(L), "work", "predictions",
							 PREDICTIONS, 1e12);
	}
	lua_settop(L, ARMS);
	if (values_field(L, TABLE, "on") != LUA_TUSERDATA || !handle_object(L, -1, ROWS_HANDLE))
		script_fail_key(L, "on", "compare: on must be rows, as in on = d.test");
	begin(L, self);

	run_blocks(L, self, functions, batch);
	put_verdicts(L, self);
	lua_settop(L, SELF);
	return 1;
}

void compare_open(lua_State *L)
{
	comparison_open(L);
	lua_pushcfunction(L, compare_new);
}

static const Key compare_keys[] = {
	{ "arms", LUA_TTABLE, true, "a list of { \"name\", model or program or function(seed) }" },
	{ "on", LUA_TUSERDATA, true, "the rows to predict" },
	{ "work", LUA_TTABLE, false, "{ predictions = 10000 }: what costs are told for." },
	{ "batch", LUA_TNUMBER, false, "Rows of a batch, for arms that are models; 64." },
	{ "versus", LUA_TSTRING, false, "The baseline; the first arm." },
	{ "metrics", LUA_TTABLE, false, "Metrics that are shown." },
	{ "margin", LUA_TTABLE, false, "{ time = 0.02, energy = 0.04, accuracy_pt = 1 }." },
	{ "blocks", LUA_TNONE, false, "{ min = 10, max = 30 }, or a number." },
	{ "threads", LUA_TNUMBER, false, "Must be the run's own number." },
	{ NULL, LUA_TNONE, false, NULL },
};

static const Key work_keys[] = {
	{ "predictions", LUA_TNUMBER, true, "how many" },
	{ NULL, LUA_TNONE, false, NULL },
};
