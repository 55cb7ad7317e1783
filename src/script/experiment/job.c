/* Running an experiment: set-up, arms, and their measured windows.
 *
 * A job is one C function that the host calls protected; errors inside it jump to there. What runs
 * inside a window is called protected once more, because the trial's functions below it may not be
 * jumped over.
 * SPDX-License-Identifier: MIT */
#include "script/experiment/job.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "lab/plan.h"
#include "lab/verdict.h"

static Trial *trial_of(const Job *job)
{
	return job->script->options.trial;
}

static void check(lua_State *L, bool fine, const Err *err)
{
	if (!fine)
		script_raise(L, err);
}

/* Which of the experiment's conditions runs here. */
static size_t condition_of(const Job *job)
{
	return job->script->options.condition;
}

/* --- context ---------------------------------------------------------------------------------- */

int job_log(lua_State *L)
{
	Script *script = script_of(L);
	const char *text = luaL_checkstring(L, 2);
	Err err;

	check(L, trial_script_log(script->options.trial, text, &err), &err);
	return 0;
}

const char *job_needs(lua_State *L, const Needs *needs)
{
	Err err, first = { .code = ERR_NONE };
	char names[256] = "";
	size_t len = 0;
	unsigned threads = pool_threads(script_of(L)->options.trial->pool);

	if (needs->threads > threads) {
		err_set(&err, ERR_NEED, "this script needs %u threads; start it with --threads %u",
			needs->threads, needs->threads);
		script_raise(L, &err);
	}
	for (size_t i = 0; i < needs->datasets; i++) {
		if (data_get(script_of(L), needs->dataset[i], NULL, &err))
			return needs->dataset[i];
		if (err.code != ERR_NEED)
			script_raise(L, &err);
		if (i == 0)
			first = err;
		len += text_format(names + len, sizeof names - len, "%s%s", i ? ", " : "",
				   needs->dataset[i]);
	}
	if (needs->datasets > 1)
		err_prefix(&first, "none of the datasets %s is here", names);
	if (needs->datasets > 0)
		script_raise(L, &first);
	return NULL;
}

/* The levels of the condition, as c.NAME. */
static void push_levels(lua_State *L, const Job *job)
{
	const Plan *plan = job->plan;

	for (size_t f = 0; f < plan->factors; f++) {
		const PlanLevel *level = plan_level(plan, condition_of(job), f);

		switch (level->kind) {
		case LEVEL_INTEGER:
			lua_pushinteger(L, (lua_Integer)level->number);
			break;
		case LEVEL_NUMBER:
			lua_pushnumber(L, level->number);
			break;
		case LEVEL_FLAG:
			lua_pushboolean(L, level->number != 0);
			break;
		default:
			lua_pushstring(L, level->text);
		}
		lua_setfield(L, -2, plan->factor[f].name);
	}
}

/* What the script needs, here: of its datasets the condition's own. */
static const char *needs_here(lua_State *L, const Job *job, const Needs *needs)
{
	const PlanLevel *dataset = plan_level_named(job->plan, condition_of(job), "dataset");
	Needs here = *needs;

	if (dataset) {
		here.datasets = 1;
		text_format(here.dataset[0], sizeof here.dataset[0], "%s", dataset->text);
	}
	const char *found = job_needs(L, dataset ? &here : needs);

	return dataset ? dataset->text : found;
}

void job_push_params(lua_State *L, int experiment)
{
	experiment = lua_absindex(L, experiment);
	lua_newtable(L);
	lua_getiuservalue(L, experiment, EXPERIMENT_PARAMS);
	for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
		lua_pushvalue(L, -2);
		lua_pushvalue(L, -2);
		lua_rawset(L, -6);
	}
	lua_pop(L, 1);
	values_strict(L, "c.param");
}

static void push_context(lua_State *L, const Job *job)
{
	lua_rawgeti(L, LUA_REGISTRYINDEX, job->script->experiment);
	const Experiment *self = lua_touserdata(L, -1);

	lua_createtable(L, 0, 8);
	lua_pushinteger(L, (lua_Integer)job->seed);
	lua_setfield(L, -2, "seed");
	lua_pushinteger(L, pool_threads(trial_of(job)->pool));
	lua_setfield(L, -2, "threads");
	lua_pushcfunction(L, job_log);
	lua_setfield(L, -2, "log");
	const char *dataset = needs_here(L, job, &self->needs);

	if (dataset) {
		lua_pushstring(L, dataset);
		lua_setfield(L, -2, "dataset");
	}
	push_levels(L, job);
	job_push_params(L, -2);
	lua_setfield(L, -2, "param");
	values_strict(L, "c");
	lua_replace(L, -2);
}

/* measure when the script gives none: predicts s.data.test. */
int job_measure_default(lua_State *L)
{
	bool found = lua_istable(L, 2) && lua_getfield(L, 2, "data") == LUA_TTABLE;

	if (found) {
		lua_pushliteral(L, "test");
		lua_rawget(L, -2);
	}
	if (!found || !luaL_testudata(L, -1, ROWS_HANDLE))
		script_fail(L, "the experiment has no measure, and setup returned no { data = … } "
			       "to predict the test rows "
			       "of; give measure = function(m, s) … end");
	program_predict_rows(L, 1, lua_gettop(L));
	return 1;
}

/* --- building --------------------------------------------------------------------------------- */

void job_charged_call(lua_State *L, const Job *job, int args, TrialBuild *build)
{
	TrialMark mark;
	Err err;

	check(L, trial_build_begin(trial_of(job), &mark, &err), &err);
	job->script->building = true;
	lua_call(L, args, 1);
	job->script->building = false;
	check(L, trial_build_end(trial_of(job), &mark, build, &err), &err);
}

/* Fills the stack from JOB_FUNCTIONS to JOB_PROGRAMS. */
static void set_up(lua_State *L, Job *job)
{
	Err err;

	job->begin_ns = clock_now_ns();
	job->script->seed = job->seed;
	job->script->model_loaded = false;
	random_init(&job->script->random, job->seed, RANDOM_SCRIPT);
	check(L, trial_arm_begin(trial_of(job), PLAN_SETUP, &err), &err);
	lua_rawgeti(L, LUA_REGISTRYINDEX, job->script->experiment);
	lua_getiuservalue(L, -1, EXPERIMENT_FUNCTIONS);
	lua_replace(L, -2);
	push_context(L, job);
	if (lua_getfield(L, JOB_FUNCTIONS, "setup") == LUA_TFUNCTION) {
		lua_pushvalue(L, JOB_CONTEXT);
		job_charged_call(L, job, 1, &job->set_up);
	}
	if (lua_getfield(L, JOB_FUNCTIONS, "measure") != LUA_TFUNCTION) {
		lua_pop(L, 1);
		lua_pushcfunction(L, job_measure_default);
	}
	lua_newtable(L);
}

void job_place(lua_State *L, char *out, size_t cap)
{
	lua_Debug about;

	lua_getinfo(L, ">S", &about);
	text_format(out, cap, "%s:%d", about.short_src, about.linedefined);
}

bool job_put_arm(lua_State *L, const Job *job, size_t arm, size_t batch)
{
	bool is_model = handle_object(L, -1, MODEL_HANDLE) != NULL;

	if (!is_model && !handle_object(L, -1, PROGRAM_HANDLE))
		return false;
	if (is_model)
		program_lower(L, -1, "auto", batch ? batch : program_default_batch(job->script),
			      false);
	lua_rawseti(L, JOB_PROGRAMS, (lua_Integer)arm + 1);
	lua_settop(L, JOB_PROGRAMS);
	return true;
}

void job_build_arm(lua_State *L, Job *job, size_t arm)
{
	const char *name = job->plan->arm[arm];
	bool all_loaded = job->script->model_loaded;
	char place[SCRIPT_NAME_MAX];
	Err err;

	check(L, trial_arm_begin(trial_of(job), name, &err), &err);
	lua_rawgeti(L, JOB_FUNCTIONS, (lua_Integer)arm + 1);
	lua_pushvalue(L, JOB_STATE);
	lua_pushvalue(L, JOB_CONTEXT);
	job->build[arm] = job->set_up; /* every arm needs what it made */
	job_charged_call(L, job, 2, &job->build[arm]);
	/* What was paid here is the reading of a file, not the making of the model. */
	if (job->script->model_loaded)
		job->build[arm] = (TrialBuild){ .why = "the model was loaded, not built" };
	job->script->model_loaded = all_loaded;
	if (job_put_arm(L, job, arm, 0))
		return;
	lua_rawgeti(L, JOB_FUNCTIONS, (lua_Integer)arm + 1);
	job_place(L, place, sizeof place);
	err_set(&err, ERR_SCRIPT, "%s: arm '%s' returned %s%s; it must return a model or a program",
		place, name, lua_isnil(L, -1) ? "" : "a ",
		lua_isnil(L, -1) ? "nothing" : luaL_typename(L, -1));
	script_raise(L, &err);
}

/* Pushes the arm's program, which the script may have closed. */
static ProgramBox *push_program(lua_State *L, const Job *job, size_t arm)
{
	lua_rawgeti(L, JOB_PROGRAMS, (lua_Integer)arm + 1);
	ProgramBox *box = lua_touserdata(L, -1);

	if (!box->program)
		script_fail(L, "the program of arm '%s' was closed", job->plan->arm[arm]);
	return box;
}

/* The rows that the program at the top predicted last. */
static const Rows *last_rows(lua_State *L, const char *arm)
{
	lua_getiuservalue(L, -1, PROGRAM_ROWS);
	const Rows *rows = luaL_testudata(L, -1, ROWS_HANDLE);

	lua_pop(L, 1);
	if (!rows || !rows->set)
		script_fail(L, "measure predicted nothing with arm '%s'", arm);
	return rows;
}

void job_try_arm(lua_State *L, Job *job, size_t arm)
{
	Err err;

	lua_pushvalue(L, JOB_MEASURE);
	lua_rawgeti(L, JOB_PROGRAMS, (lua_Integer)arm + 1);
	lua_pushvalue(L, JOB_STATE);
	lua_call(L, 2, 0);
	const ProgramBox *box = push_program(L, job, arm);
	const Rows *rows = last_rows(L, job->plan->arm[arm]);

	lua_getiuservalue(L, -1, PROGRAM_MODEL);
	const Model *model = handle_object(L, -1, MODEL_HANDLE);

	if (!model)
		script_fail(L, "the model of arm '%s' was closed", job->plan->arm[arm]);
	check(L,
	      trial_saved_size(trial_of(job), model, box->program, rows, &job->size_bytes[arm],
			       &err),
	      &err);
	/* Once an arm, not once a block: the first block that counts. */
	if (job->block == 0 && job->attempt == 0)
		check(L, trial_speed(trial_of(job), model, box->program, rows, &err), &err);
	lua_settop(L, JOB_PROGRAMS);
}

/* --- windows ---------------------------------------------------------------------------------- */

typedef struct Pass {
	Script *script;
	const ProgramBox *box;
	const char *arm;
	int program; /* stack index */
} Pass;

/* One pass of measure. May not jump: it runs below trial_window. */
static bool run_pass(void *user, uint64_t *items, Err *err)
{
	const Pass *pass = user;
	lua_State *L = pass->script->lua;
	uint64_t before = pass->box->items;

	if (!lua_checkstack(L, 8))
		return err_set(err, ERR_MEMORY, "%s: no memory for a call", pass->script->name);
	lua_pushvalue(L, JOB_MEASURE);
	lua_pushvalue(L, pass->program);
	lua_pushvalue(L, JOB_STATE);
	if (!script_call(pass->script, 2, 0, err))
		return false;
	*items = pass->box->items - before;
	return *items > 0 || err_set(err, ERR_SCRIPT, "%s: measure predicted nothing with arm '%s'",
				     pass->script->name, pass->arm);
}

/* One window of one arm and its trial record; the window's flags. */
static uint32_t run_window(lua_State *L, const Job *job, size_t arm, int block, int attempt)
{
	const Plan *plan = job->plan;
	Trial *trial = trial_of(job);
	TrialWindow window = {
		.arm = plan->arm[arm],
		.block = block,
		.attempt = attempt,
		.window_s = plan->window_s,
		.build = &job->build[arm],
	};
	uint32_t flags = 0;
	Err err;

	text_format(trial->arm, sizeof trial->arm, "%s", plan->arm[arm]);
	Pass pass = {
		.script = job->script,
		.box = push_program(L, job, arm),
		.arm = plan->arm[arm],
		.program = JOB_PROGRAMS + 1,
	};

	EnergyItem item;

	check(L, trial_item(pass.box->program, &item, &err), &err);
	window.item = &item;
	lua_gc(L, LUA_GCCOLLECT, 0); /* every window begins with the same clean heap */
	check(L, trial_window(trial, &window, run_pass, &pass, &flags, &err), &err);
	const ProgramBox *box = push_program(L, job, arm);
	const Rows *rows = last_rows(L, plan->arm[arm]);

	check(L,
	      trial_score(trial, &window, job->seed, box->program, rows, job->size_bytes[arm],
			  &err),
	      &err);
	lua_settop(L, JOB_PROGRAMS);
	return flags;
}

/* True when the block is to be repeated. */
static bool run_block(lua_State *L, const Job *job, int block, int attempt)
{
	uint32_t order[PLAN_ARMS_MAX], flags = 0;

	plan_order(job->plan, job->plan->seed[0], (size_t)(block + (int)job->plan->warmup),
		   condition_of(job), order);
	for (size_t i = 0; i < job->plan->arms; i++)
		flags |= run_window(L, job, order[i], block, attempt);

	if (block < 0 || !flags)
		return false;
	json_t *names = energy_flags_json(flags);
	bool again = plan_gated(names);

	json_decref(names);
	return again;
}

static bool over(const Job *job)
{
	double spent_s = (double)(clock_now_ns() - job->begin_ns) / CLOCK_NS_PER_S;

	return control_stopping(trial_of(job)->control) ||
	       (job->results && verdict_stop(job->results)) ||
	       (job->plan->budget_s > 0 && spent_s >= job->plan->budget_s);
}

/* Idle power behind windows, also of a run that is to stop: it makes their net joules good. */
static void idle_again(lua_State *L, const Job *job)
{
	Err err;

	check(L, trial_idle_again(trial_of(job), job->plan->idle_s, &err), &err);
}

void job_blocks(lua_State *L, Job *job)
{
	const Plan *plan = job->plan;

	for (int block = -(int)plan->warmup; block < (int)plan->blocks_max && !over(job); block++) {
		if (job->prepare)
			job->prepare(L, job, block);
		for (int attempt = 0; attempt <= (int)plan->repeats; attempt++)
			if (!run_block(L, job, block, attempt) || over(job))
				break;
		if (job->report && trial_idle_due(trial_of(job), plan->idle_s) && !over(job))
			idle_again(L, job);
	}
}

/* The others are one of them once more. */
static size_t built_arms(const Plan *plan)
{
	return plan->again ? 1 : plan_twin(plan);
}

/* The baseline's second arm is the same program: the claim is of these models. */
static void repeat_baseline(lua_State *L, Job *job)
{
	const Plan *plan = job->plan;
	size_t from = plan->again ? 0 : plan->versus;

	for (size_t arm = built_arms(plan); arm < plan->arms; arm++) {
		lua_rawgeti(L, JOB_PROGRAMS, (lua_Integer)from + 1);
		lua_rawseti(L, JOB_PROGRAMS, (lua_Integer)arm + 1);
		job->size_bytes[arm] = job->size_bytes[from];
		job->build[arm] = job->build[from];
	}
}

/* One arm after the other, each in all its blocks; nothing is repeated. */
static void blocks_apart(lua_State *L, const Job *job)
{
	const Plan *plan = job->plan;

	for (size_t arm = 0; arm < plan->arms; arm++)
		for (int block = -(int)plan->warmup; block < (int)plan->blocks_max && !over(job);
		     block++)
			run_window(L, job, arm, block, 0);
}

static int once(lua_State *L)
{
	Job *job = lua_touserdata(L, JOB_SELF);
	const Plan *plan = job->plan;
	Err err;

	set_up(L, job);
	for (size_t arm = 0; arm < built_arms(plan); arm++) {
		job_build_arm(L, job, arm);
		job_try_arm(L, job, arm);
	}
	repeat_baseline(L, job);
	check(L, trial_idle(trial_of(job), plan->idle_s, &err), &err);
	if (plan->blocked)
		blocks_apart(L, job);
	else
		job_blocks(L, job);
	idle_again(L, job);
	return 0;
}

static int single(lua_State *L)
{
	Job *job = lua_touserdata(L, JOB_SELF);
	Err err;

	set_up(L, job);
	job_build_arm(L, job, job->arm);
	job_try_arm(L, job, job->arm);
	if (!isfinite(trial_of(job)->idle.watts))
		check(L, trial_idle(trial_of(job), job->plan->idle_s, &err), &err);
	run_window(L, job, job->arm, job->block, job->attempt);
	idle_again(L, job);
	return 0;
}

/* --- the host's side -------------------------------------------------------------------------- */

static bool run(Job *job, lua_CFunction body, Err *err)
{
	lua_State *L = job->script->lua;

	if (!trial_of(job))
		return err_set(err, ERR_INTERNAL, "%s: there is no trial to run in",
			       job->script->name);
	if (condition_of(job) >= plan_conditions(job->plan))
		return err_set(err, ERR_ARGUMENT, "%s: there is no condition %zu",
			       job->script->name, condition_of(job));
	if (!lua_checkstack(L, LUA_MINSTACK))
		return err_set(err, ERR_MEMORY, "%s: no memory for a call", job->script->name);
	trial_of(job)->condition = job->plan->factors ? (int)condition_of(job) : -1;
	lua_pushcfunction(L, body);
	lua_pushlightuserdata(L, job);
	return script_call(job->script, 1, 0, err);
}

bool script_run_once(Script *script, Err *err)
{
	Job job = { .script = script,
		    .plan = script->plan,
		    .seed = script->plan->seed[0],
		    .report = true };

	return run(&job, once, err);
}

/* A seed at which training diverges is a result of that block, not the end of the run. */
static bool put_diverged(const Job *job, Err *err)
{
	TrialWindow window = { .arm = job->plan->arm[job->arm],
			       .block = job->block,
			       .attempt = job->attempt };
	char why[ERR_TEXT_MAX];

	text_format(why, sizeof why, "%s", err->text);
	err->code = ERR_NONE;
	return trial_log(trial_of(job), err, "%s diverged: %s", window.arm, why) &&
	       trial_diverged(trial_of(job), &window, job->seed, err);
}

bool script_run_trial(Script *script, int block, int attempt, size_t arm, Err *err)
{
	const Plan *plan = script->plan;
	size_t seed = block < 0 ? 0 : (size_t)block;
	Job job = {
		.script = script, .plan = plan, .block = block, .attempt = attempt, .arm = arm
	};

	if (arm >= plan->arms || seed >= plan->seeds)
		return err_set(err, ERR_ARGUMENT, "%s: there is no arm %zu or no block %d",
			       script->name, arm, block);
	job.seed = plan->seed[seed];
	if (run(&job, single, err))
		return true;
	return err->code == ERR_DIVERGED && put_diverged(&job, err);
}
