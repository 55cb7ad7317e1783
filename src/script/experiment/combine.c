/* wattle.combine: the arms of several experiments in the same randomised blocks, each with its own
 * set-up, parameters and measure.
 *
 * Seeds, design and analysis are those of the first. The functions of the new experiment are
 * closures over the parts: an arm sets up its part when that was not done in this process, and what
 * it returns tells measure, later, whose it is.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/text.h"
#include "script/inside.h"
#include "script/experiment/job.h"

#define TABLE 1 /* stack: what the script gave … */
#define SELF 2  /* … the experiment made of it */
#define SHARED 3
#define FUNCTIONS 4

/* What all closures share, a table: [1] the parts' experiments, [2] {state, context} of those that
 * are set up, [3] models → number of their part. */
enum { SHARED_PARTS = 1, SHARED_STATES, SHARED_MODELS };

static const Key combine_keys[];

/* --- while it runs ---------------------------------------------------------------------------- */

static const Experiment *push_part(lua_State *L, lua_Integer part)
{
	lua_rawgeti(L, lua_upvalueindex(1), SHARED_PARTS);
	lua_rawgeti(L, -1, part);
	lua_remove(L, -2);
	return lua_touserdata(L, -1);
}

/* Pushes the part's function of that key, or nil. */
static void push_function(lua_State *L, lua_Integer part, const char *name, size_t arm)
{
	push_part(L, part);
	lua_getiuservalue(L, -1, EXPERIMENT_FUNCTIONS);
	if (name)
		lua_getfield(L, -1, name);
	else
		lua_rawgeti(L, -1, (lua_Integer)arm + 1);
	lua_replace(L, -3);
	lua_pop(L, 1);
}

/* The context at index c, with the parameters and the dataset of the part. */
static void push_context(lua_State *L, int c, lua_Integer part)
{
	const Experiment *self = push_part(L, part);
	int at = lua_gettop(L);

	lua_newtable(L);
	for (lua_pushnil(L); lua_next(L, c);) {
		lua_pushvalue(L, -2);
		lua_insert(L, -2);
		lua_rawset(L, at + 1);
	}
	/* A factor of that name has said which. */
	bool factor = plan_level_named(&self->plan, 0, "dataset") != NULL;
	const char *dataset = factor ? NULL : job_needs(L, &self->needs);

	if (dataset) {
		lua_pushstring(L, dataset);
		lua_setfield(L, at + 1, "dataset");
	}
	job_push_params(L, at);
	lua_setfield(L, at + 1, "param");
	values_strict(L, "c");
	lua_replace(L, at);
	lua_settop(L, at);
}

/* Pushes {state, context} of a part, which is set up now unless it was: with the random numbers that
 * it would have alone. */
static void push_state(lua_State *L, int c, lua_Integer part)
{
	Script *script = script_of(L);

	lua_rawgeti(L, lua_upvalueindex(1), SHARED_STATES);
	if (lua_rawgeti(L, -1, part) == LUA_TTABLE) {
		lua_remove(L, -2);
		return;
	}
	lua_pop(L, 1);
	int states = lua_gettop(L);

	random_init(&script->random, script->seed, RANDOM_SCRIPT);
	lua_createtable(L, 2, 0);
	push_context(L, c, part);
	lua_pushvalue(L, -1);
	lua_rawseti(L, states + 1, 2);
	push_function(L, part, "setup", 0);
	if (lua_isfunction(L, -1)) {
		lua_insert(L, -2);
		lua_call(L, 1, 1);
		lua_rawseti(L, states + 1, 1);
	}
	lua_settop(L, states + 1);
	lua_pushvalue(L, -1);
	lua_rawseti(L, states, part);
	lua_remove(L, states);
}

/* Pushes the model of the model or program at index, nil when it is neither. */
static void push_model(lua_State *L, int index)
{
	if (handle_object(L, index, MODEL_HANDLE))
		lua_pushvalue(L, index);
	else if (handle_object(L, index, PROGRAM_HANDLE))
		lua_getiuservalue(L, index, PROGRAM_MODEL);
	else
		lua_pushnil(L);
}

/* An arm: upvalues are what is shared, the part and the arm's place in it. */
static int combined_arm(lua_State *L)
{
	lua_Integer part = lua_tointeger(L, lua_upvalueindex(2));
	size_t arm = (size_t)lua_tointeger(L, lua_upvalueindex(3));
	char place[SCRIPT_NAME_MAX];

	lua_settop(L, 2);
	push_state(L, 2, part);
	push_function(L, part, NULL, arm);
	lua_rawgeti(L, 3, 1);
	lua_rawgeti(L, 3, 2);
	lua_call(L, 2, 1);
	int result = lua_gettop(L);

	push_model(L, result);
	if (lua_isnil(L, -1)) {
		push_function(L, part, NULL, arm);
		job_place(L, place, sizeof place);
		script_fail(L, "the arm at %s returned no model and no program", place);
	}
	lua_rawgeti(L, lua_upvalueindex(1), SHARED_MODELS);
	lua_insert(L, -2);
	lua_pushinteger(L, part);
	lua_rawset(L, -3);
	lua_settop(L, result);
	return 1;
}

/* measure(program, state): the measure of the part whose arm made the program's model. */
static int combined_measure(lua_State *L)
{
	lua_settop(L, 1);
	lua_rawgeti(L, lua_upvalueindex(1), SHARED_MODELS);
	push_model(L, 1);
	lua_rawget(L, -2);
	lua_Integer part = lua_tointeger(L, -1);

	lua_settop(L, 1);
	push_function(L, part, "measure", 0);
	if (!lua_isfunction(L, -1)) {
		lua_pop(L, 1);
		lua_pushcfunction(L, job_measure_default);
	}
	lua_pushvalue(L, 1);
	lua_rawgeti(L, lua_upvalueindex(1), SHARED_STATES);
	lua_rawgeti(L, -1, part);
	lua_rawgeti(L, -1, 1);
	lua_insert(L, -3);
	lua_pop(L, 2);
	lua_call(L, 2, 0);
	return 0;
}

/* --- while it loads --------------------------------------------------------------------------- */

/* Part i, { "name", function }: calls the chunk, keeps its experiment, returns it. */
static const Experiment *load_part(lua_State *L, size_t i, char *name, size_t cap)
{
	char what[64];
	bool fine = lua_rawgeti(L, TABLE, (lua_Integer)i + 1) == LUA_TTABLE &&
		    lua_rawgeti(L, -1, 1) == LUA_TSTRING && lua_rawgeti(L, -2, 2) == LUA_TFUNCTION;

	if (!fine)
		script_fail(L,
			    "combine: part %zu must be { \"name\", function() return "
			    "w.experiment {…} end }",
			    i + 1);
	text_format(what, sizeof what, "combine: the name of part %zu", i + 1);
	values_text(L, -2, "combine", what, name, cap);
	lua_call(L, 0, 1);
	const Experiment *part = luaL_testudata(L, -1, EXPERIMENT_HANDLE);

	if (!part)
		script_fail(L, "%s returned no experiment, but %s", name, luaL_typename(L, -1));
	lua_rawgeti(L, SHARED, SHARED_PARTS);
	lua_insert(L, -2);
	lua_rawseti(L, -2, (lua_Integer)i + 1);
	lua_settop(L, FUNCTIONS);
	return part;
}

/* Adds an arm of a part under a name of at most PLAN_NAME_MAX − 1 bytes. */
static void add_arm(lua_State *L, const Experiment *part, size_t number, size_t arm,
		    const char *name)
{
	Plan *plan = &((Experiment *)lua_touserdata(L, SELF))->plan;

	if (plan->arms == PLAN_ARMS_MAX)
		script_fail(L, "combine: more than %d arms", PLAN_ARMS_MAX);
	text_format(plan->arm[plan->arms], PLAN_NAME_MAX, "%s", name);
	plan->command[plan->arms] = part->plan.command[arm];
	plan->arms++;
	if (part->plan.command[arm].words)
		return;
	lua_pushvalue(L, SHARED);
	lua_pushinteger(L, (lua_Integer)number + 1);
	lua_pushinteger(L, (lua_Integer)arm);
	lua_pushcclosure(L, combined_arm, 3);
	lua_rawseti(L, FUNCTIONS, (lua_Integer)plan->arms);
}

/* The experiment at SELF becomes the first part, without its arms. */
static Plan *take_first(lua_State *L, const Experiment *first, bool again)
{
	Plan *plan = &((Experiment *)lua_touserdata(L, SELF))->plan;

	*plan = first->plan;
	plan->arms = 0;
	memset(plan->command, 0, sizeof plan->command);
	memset(plan->arm, 0, sizeof plan->arm);
	plan->again = again;
	plan->aa = false;
	if (again) {
		plan->versus = 0;
		plan->claims = 0;
	}
	return plan;
}

static void add_again(lua_State *L, const Experiment *part)
{
	const Plan *from = &part->plan;
	char name[PLAN_NAME_MAX];

	add_arm(L, part, 0, from->versus, from->arm[from->versus]);
	text_format(name, sizeof name, "%.50s again", from->arm[from->versus]);
	add_arm(L, part, 0, from->versus, name);
}

/* Whether another part has an arm of that name. */
static bool clashes(const Experiment *const *parts, size_t count, size_t own, const char *name)
{
	for (size_t p = 0; p < count; p++)
		for (size_t a = 0; p != own && a < plan_twin(&parts[p]->plan); a++)
			if (strcmp(parts[p]->plan.arm[a], name) == 0)
				return true;
	return false;
}

static void add_parts(lua_State *L, const Experiment *const *parts, size_t count,
		      char names[][PLAN_NAME_MAX])
{
	for (size_t p = 0; p < count; p++) {
		const Plan *plan = &parts[p]->plan;

		if (plan->factors && count > 1)
			script_fail(L,
				    "combine: %s has factors: its conditions are comparisons of "
				    "their own; keep one level of each, as a parameter",
				    names[p]);
		if (plan->build != parts[0]->plan.build)
			script_fail(L,
				    "combine: %s builds its arms %s, %s %s: they cannot take turns",
				    names[0],
				    plan->build == PLAN_BUILD_ONCE ? "in each block" : "once",
				    names[p],
				    plan->build == PLAN_BUILD_ONCE ? "once" : "in each block");
		for (size_t a = 0; a < plan_twin(plan); a++) {
			char name[2 * PLAN_NAME_MAX];
			bool clash = clashes(parts, count, p, plan->arm[a]);

			text_format(name, sizeof name, clash ? "%s: %s" : "%s%s",
				    clash ? names[p] : "", plan->arm[a]);
			if (strlen(name) >= PLAN_NAME_MAX)
				script_fail(L, "combine: the name of arm '%s' is too long", name);
			add_arm(L, parts[p], p, a, name);
		}
	}
}

/* name, question, versus, primary, margin: instead of the first part's. */
static void read_rest(lua_State *L, Plan *plan)
{
	lua_settop(L, FUNCTIONS);
	if (values_field(L, TABLE, "name") != LUA_TNIL)
		values_text(L, -1, "name", "combine: name", plan->name, sizeof plan->name);
	if (values_field(L, TABLE, "question") != LUA_TNIL)
		values_text(L, -1, "question", "combine: question", plan->question,
			    sizeof plan->question);
	if (values_field(L, TABLE, "versus") != LUA_TNIL)
		plan->versus = analysis_arm(L, plan, "versus", lua_tostring(L, -1));
	lua_pushvalue(L, TABLE);
	analysis_primary(L, plan);
	if (values_field(L, TABLE, "margin") != LUA_TNIL) {
		lua_pushvalue(L, TABLE);
		analysis_margin(L, plan);
	}
	lua_settop(L, FUNCTIONS);
}

/* Claims are those of the first part, against its own baseline: against another one they would say
 * something else. */
static void drop_claims(lua_State *L, Plan *plan, const Plan *first)
{
	const ScriptOptions *options = &script_of(L)->options;
	char text[256];
	Err err;

	if (plan->claims == 0 || plan->versus == first->versus)
		return;
	plan->claims = 0;
	text_format(text, sizeof text,
		    "the claims of %.80s are left out: they are against its baseline %s, not %s",
		    first->name, first->arm[first->versus], plan->arm[plan->versus]);
	if (options->trial && !options->known && !trial_script_log(options->trial, text, &err))
		script_raise(L, &err);
}

static void make_shared(lua_State *L)
{
	lua_createtable(L, 3, 0);
	for (int i = SHARED_PARTS; i <= SHARED_MODELS; i++) {
		lua_newtable(L);
		lua_rawseti(L, SHARED, i);
	}
	lua_newtable(L);
	lua_pushvalue(L, SHARED);
	lua_pushcclosure(L, combined_measure, 1);
	lua_setfield(L, FUNCTIONS, "measure");
}

int experiment_combine(lua_State *L)
{
	const Experiment *parts[PLAN_ARMS_MAX];
	char names[PLAN_ARMS_MAX][PLAN_NAME_MAX];
	Err err;

	luaL_checktype(L, TABLE, LUA_TTABLE);
	lua_settop(L, TABLE);
	values_keys(L, TABLE, "combine", combine_keys);
	size_t count = lua_rawlen(L, TABLE);
	Experiment *self = lua_newuserdatauv(L, sizeof *self, EXPERIMENT_VALUES);

	memset(self, 0, sizeof *self);
	luaL_setmetatable(L, EXPERIMENT_HANDLE);
	make_shared(L);
	bool again = values_field(L, TABLE, "again") == LUA_TBOOLEAN && lua_toboolean(L, -1);

	lua_pop(L, 1);
	if (count < 1 || count > PLAN_ARMS_MAX || (again && count > 1))
		script_fail(L, again ? "combine: one part is compared with itself"
				     : "combine: give 1 to 16 parts");
	for (size_t i = 0; i < count; i++)
		parts[i] = load_part(L, i, names[i], sizeof names[i]);
	Plan *plan = take_first(L, parts[0], again);

	if (again)
		add_again(L, parts[0]);
	else
		add_parts(L, parts, count, names);
	read_rest(L, plan);
	if (!again)
		drop_claims(L, plan, &parts[0]->plan);
	if (!plan_check(plan, &err))
		script_raise(L, &err);
	lua_newtable(L);
	lua_setiuservalue(L, SELF, EXPERIMENT_PARAMS);
	lua_pushvalue(L, FUNCTIONS);
	lua_setiuservalue(L, SELF, EXPERIMENT_FUNCTIONS);
	lua_settop(L, SELF);
	return 1;
}

static const Key combine_keys[] = {
	{ "#", LUA_TNONE, false, "The parts." },
	{ "again", LUA_TBOOLEAN, false, "The baseline of the one part, against itself." },
	{ "name", LUA_TSTRING, false, "Instead of the first part's." },
	{ "question", LUA_TSTRING, false, "Instead of the first part's." },
	{ "versus", LUA_TSTRING, false, "The baseline." },
	{ "primary", LUA_TTABLE, false, "The metrics with a verdict." },
	{ "margin", LUA_TTABLE, false, "Margins, as in analysis." },
	{ NULL, LUA_TNONE, false, NULL },
};
