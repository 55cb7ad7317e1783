/* wattle.experiment: the table of an experiment, checked key by key, as a plan.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "script/inside.h"

#define TABLE 1 /* stack: the script's table … */
#define SELF 2  /* … and the experiment made of it */
#define BLOCKS "blocks"
#define FACTORS "factors"

static const Key experiment_keys[], needs_keys[], blocks_keys[];
static const Info design_info;

/* The text field `name` into out; "" when absent. */
static void text_field(lua_State *L, const char *name, char *out, size_t cap)
{
	char what[64];

	out[0] = '\0';
	text_format(what, sizeof what, "experiment: %s", name);
	if (values_field(L, TABLE, name) != LUA_TNIL)
		values_text(L, -1, name, what, out, cap);
	lua_pop(L, 1);
}

/* One of two words; the first one is the default. */
static bool second_word(lua_State *L, const char *name, const char *first, const char *second)
{
	bool is_second = false;

	if (values_field(L, TABLE, name) != LUA_TNIL) {
		const char *word = lua_tostring(L, -1);

		is_second = strcmp(word, second) == 0;
		if (!is_second && strcmp(word, first) != 0)
			script_fail_key(L, name,
					"experiment: %s is '%.40s', but must be \"%s\" or \"%s\"",
					name, word, first, second);
	}
	lua_pop(L, 1);
	return is_second;
}

/* --- --set ------------------------------------------------------------------------------------ */

/* Every key of --set must be a parameter or a key of the design. */
static void check_set(lua_State *L)
{
	const json_t *set = script_of(L)->options.set;
	const char *names[64] = { "design." BLOCKS }, *key;
	char design[16][32], factors[PLAN_FACTORS_MAX][PLAN_NAME_MAX + 16];
	const Plan *plan = &((const Experiment *)lua_touserdata(L, SELF))->plan;
	size_t n = 1, rows = 0;
	json_t *value;
	Err err;

	for (const Param *row = design_info.params; row->name && rows < 16; row++, rows++) {
		text_format(design[rows], sizeof design[rows], "design.%s", row->name);
		names[n++] = design[rows];
	}
	for (size_t f = 0; f < plan->factors; f++) {
		text_format(factors[f], sizeof factors[f], "factors.%s", plan->factor[f].name);
		names[n++] = factors[f];
	}
	lua_getiuservalue(L, SELF, EXPERIMENT_PARAMS);
	for (lua_pushnil(L); lua_next(L, -2) && n < 63; lua_pop(L, 1))
		names[n++] = lua_tostring(L, -2);
	lua_settop(L, SELF);
	names[n] = NULL;
	json_object_foreach((json_t *)set, key, value)
	{
		size_t i = 0;

		while (names[i] && strcmp(names[i], key) != 0)
			i++;
		if (names[i])
			continue;
		char hint[TEXT_HINT_MAX];

		if (*text_did_you_mean(hint, key, names))
			err_set(&err, ERR_USAGE, "--set %s: no such parameter%s", key, hint);
		else
			err_set(&err, ERR_USAGE, "--set %s: %s has no such parameter", key,
				script_of(L)->name);
		script_raise(L, &err);
	}
}

static bool parse_number(const char *text, double *out)
{
	char *end;

	*out = strtod(text, &end);
	return *text && !*end && isfinite(*out);
}

/* Replaces the default on top of the stack by the text, in the default's type. */
static void set_param(lua_State *L, const char *key, const char *text)
{
	double number;

	if (lua_isboolean(L, -1)) {
		bool yes = strcmp(text, "true") == 0;

		if (!yes && strcmp(text, "false") != 0)
			set_refuse(L, key, text, "true or false");
		lua_pushboolean(L, yes);
	} else if (lua_type(L, -1) == LUA_TNUMBER) {
		if (!parse_number(text, &number))
			set_refuse(L, key, text, "a number");
		if (number == floor(number) && fabs(number) <= 0x1p53 && !strpbrk(text, ".eE"))
			lua_pushinteger(L, (lua_Integer)number);
		else
			lua_pushnumber(L, number);
	} else {
		lua_pushstring(L, text);
	}
	lua_replace(L, -2);
}

/* --- parts ------------------------------------------------------------------------------------ */

static void read_params(lua_State *L)
{
	lua_newtable(L);
	int out = lua_gettop(L);

	if (values_field(L, TABLE, "params") == LUA_TTABLE) {
		for (lua_pushnil(L); lua_next(L, out + 1); lua_pop(L, 1)) {
			char text[PARAM_TEXT_MAX];

			if (lua_type(L, -2) != LUA_TSTRING)
				script_fail_key(L, "params",
						"params: a value has no name; write NAME = VALUE");
			const char *name = lua_tostring(L, -2);

			if (!lua_isboolean(L, -1) && lua_type(L, -1) != LUA_TNUMBER &&
			    lua_type(L, -1) != LUA_TSTRING)
				script_fail_key(L, name,
						"params: %.60s must be a number, a text, true or "
						"false, not a %s",
						name, luaL_typename(L, -1));
			lua_pushvalue(L, -1);
			if (set_given(L, name, text, sizeof text))
				set_param(L, name, text);
			lua_setfield(L, out, name);
		}
	}
	lua_pop(L, 1);
	lua_setiuservalue(L, SELF, EXPERIMENT_PARAMS);
}

static void add_dataset(lua_State *L, Needs *self, int value)
{
	const char *name = lua_type(L, value) == LUA_TSTRING ? lua_tostring(L, value) : NULL;
	const DataPaths *paths = script_of(L)->options.data;

	if (!name)
		script_fail_key(L, "dataset", "needs: dataset must be a name or a list of names");
	if (self->datasets == SCRIPT_DATASETS_MAX)
		script_fail_key(L, "dataset", "needs: more than %d datasets", SCRIPT_DATASETS_MAX);
	if (!dataset_known(name, paths)) {
		char hint[TEXT_HINT_MAX];

		script_fail_key(L, "dataset", "needs: there is no dataset '%.60s'%s", name,
				dataset_hint(hint, name, paths));
	}
	text_format(self->dataset[self->datasets++], DATASET_NAME_MAX, "%s", name);
}

void needs_read(lua_State *L, int index, Needs *self)
{
	int top = lua_gettop(L);

	if (values_field(L, index, "needs") == LUA_TTABLE) {
		int needs = lua_gettop(L);

		values_keys(L, needs, "needs", needs_keys);
		if (values_field(L, needs, "threads") != LUA_TNIL) {
			lua_Integer threads = lua_tointeger(L, -1);

			if (threads < 1 || threads > 256)
				script_fail_key(
					L, "threads",
					"needs: threads must be a whole number from 1 to 256");
			self->threads = (unsigned)threads;
		}
		int type = values_field(L, needs, "dataset");

		if (type == LUA_TTABLE) {
			int list = lua_gettop(L);

			for (size_t i = 1; i <= lua_rawlen(L, list); i++) {
				lua_rawgeti(L, list, (lua_Integer)i);
				add_dataset(L, self, -1);
				lua_pop(L, 1);
			}
		} else if (type != LUA_TNIL) {
			add_dataset(L, self, -1);
		}
	}
	lua_settop(L, top);
}

void blocks_read(lua_State *L, Plan *plan, int design)
{
	int top = lua_gettop(L);
	char text[64], *rest;
	int type = values_field(L, design, BLOCKS);
	size_t *const ends[2] = { &plan->blocks_min, &plan->blocks_max };

	if (type == LUA_TTABLE) {
		values_keys(L, -1, BLOCKS, blocks_keys);
		values_field(L, -1, "min");
		values_field(L, -2, "max");
	} else if (type != LUA_TNIL) {
		lua_pushvalue(L, -1);
		lua_pushvalue(L, -1);
	} else {
		lua_settop(L, lua_gettop(L) + 2);
	}
	for (int i = 0; i < 2; i++) {
		int at = i - 2, whole;
		lua_Integer n = lua_tointegerx(L, at, &whole);

		if (lua_isnil(L, at))
			continue;
		if (lua_type(L, at) != LUA_TNUMBER || !whole || n < 1 || n > PLAN_SEEDS_MAX)
			script_fail_key(L, BLOCKS,
					"design: blocks must be a whole number from 1 to %d, or "
					"{ min = …, max = … } of them",
					PLAN_SEEDS_MAX);
		*ends[i] = (size_t)n;
	}
	if (set_given(L, "design." BLOCKS, text, sizeof text)) {
		long n = strtol(text, &rest, 10),
		     most = *rest == ':' ? strtol(rest + 1, &rest, 10) : n;

		if (*rest || n < 1 || most < n || most > PLAN_SEEDS_MAX)
			set_refuse(L, "design." BLOCKS, text,
				   "a number of blocks, or MIN:MAX, up to 1000");
		plan->blocks_min = (size_t)n;
		plan->blocks_max = (size_t)most;
	}
	lua_settop(L, top);
}

static void read_design(lua_State *L, Plan *plan)
{
	static const char *const skip[] = { BLOCKS, NULL };
	char key[64], text[PARAM_TEXT_MAX];
	Params params;
	Err err;

	if (values_field(L, TABLE, "design") == LUA_TNIL) {
		lua_pop(L, 1);
		lua_newtable(L);
	}
	values_params(L, -1, &design_info, &params, skip, 0);
	for (const Param *row = design_info.params; row->name; row++) {
		text_format(key, sizeof key, "design.%s", row->name);
		if (set_given(L, key, text, sizeof text) &&
		    !params_set_text(&params, row->name, text, &err)) {
			err.code = ERR_USAGE;
			err_prefix(&err, "--set");
			script_raise(L, &err);
		}
	}
	plan->warmup = (size_t)params_get(&params, "warmup")->integer;
	plan->window_s = params_get(&params, "window")->number;
	plan->idle_s = params_get(&params, "idle")->number;
	plan->budget_s = params_get(&params, "budget")->number;
	plan->aa = params_get(&params, "aa")->flag;
	plan->blocked = params_get(&params, "order")->choice == 1;
	blocks_read(L, plan, lua_gettop(L));
	lua_settop(L, SELF);
}

/* --seed N replaces the first seed, the others follow: N, N + 1, … */
static void read_seeds(lua_State *L, Plan *plan)
{
	const ScriptOptions *options = &script_of(L)->options;

	if (values_field(L, TABLE, "seeds") == LUA_TTABLE) {
		plan->seeds = lua_rawlen(L, -1);
		if (plan->seeds < 1 || plan->seeds > PLAN_SEEDS_MAX)
			script_fail_key(L, "seeds", "seeds: give 1 to %d whole numbers",
					PLAN_SEEDS_MAX);
		for (size_t i = 0; i < plan->seeds; i++) {
			int whole;

			lua_rawgeti(L, -1, (lua_Integer)i + 1);
			lua_Integer seed = lua_tointegerx(L, -1, &whole);

			if (lua_type(L, -1) != LUA_TNUMBER || !whole || seed < 0 ||
			    seed > RECORD_INTEGER_MAX)
				script_fail_key(
					L, "seeds",
					"seeds: seeds[%zu] must be a whole number from 0 to 2^53",
					i + 1);
			plan->seed[i] = (uint64_t)seed;
			lua_pop(L, 1);
		}
	} else {
		plan->seeds = plan->build == PLAN_BUILD_ONCE ? 1 : plan->blocks_max;
		for (size_t i = 0; i < plan->seeds; i++)
			plan->seed[i] = i + 1;
	}
	for (size_t i = 0; options->seed_given && i < plan->seeds; i++)
		plan->seed[i] = options->seed + i;
	lua_settop(L, SELF);
}

/* Arm i, on top of the stack: its name into the plan, its function, or nil for a command, into the
 * table at index functions. */
static void read_arm(lua_State *L, Plan *plan, size_t i, int functions)
{
	char what[64];
	bool table = lua_istable(L, -1);
	size_t len = table ? lua_rawlen(L, -1) : 0;
	bool command = table && values_field(L, lua_gettop(L), "command") != LUA_TNIL;

	lua_settop(L, functions + 2);
	bool fine = table && len == (command ? 1 : 2) &&
		    lua_rawgeti(L, functions + 2, 1) == LUA_TSTRING;
	if (fine && !command)
		fine = lua_rawgeti(L, functions + 2, 2) == LUA_TFUNCTION;
	if (!fine)
		script_fail_key(L, "arms",
				"arms[%zu] must be { \"name\", function(s, c) … end } or "
				"{ \"name\", command = { \"program\", … } }",
				i + 1);
	text_format(what, sizeof what, "arms[%zu]: the name", i + 1);
	values_text(L, functions + 3, "arms", what, plan->arm[i], PLAN_NAME_MAX);
	if (command)
		command_read(L, functions + 2, plan, i);
	else
		lua_rawseti(L, functions, (lua_Integer)i + 1);
	lua_settop(L, functions + 1);
}

/* Arms and the other functions, kept in a table of the experiment. */
static void read_functions(lua_State *L, Plan *plan)
{
	lua_newtable(L);
	int functions = lua_gettop(L);

	values_field(L, TABLE, "setup");
	lua_setfield(L, functions, "setup");
	values_field(L, TABLE, "measure");
	lua_setfield(L, functions, "measure");
	values_field(L, TABLE, "arms");
	plan->arms = lua_rawlen(L, -1);
	if (plan->arms > PLAN_ARMS_MAX)
		script_fail_key(L, "arms", "arms: %zu arms; an experiment compares 2 to %d",
				plan->arms, PLAN_ARMS_MAX);
	for (size_t i = 0; i < plan->arms; i++) {
		lua_rawgeti(L, functions + 1, (lua_Integer)i + 1);
		read_arm(L, plan, i, functions);
	}
	lua_pop(L, 1);
	lua_setiuservalue(L, SELF, EXPERIMENT_FUNCTIONS);
}

/* design.aa: the baseline's function once more, as the last arm. */
static void add_twin(lua_State *L, Plan *plan)
{
	char name[PLAN_NAME_MAX + 2];

	if (!plan->aa || plan->versus >= plan->arms)
		return;
	text_format(name, sizeof name, "%s'", plan->arm[plan->versus]);
	if (plan->arms == PLAN_ARMS_MAX || strlen(name) >= PLAN_NAME_MAX)
		script_fail_key(L, "aa",
				"design: aa runs the baseline twice, and there is no room for %s",
				name);
	memcpy(plan->arm[plan->arms], name, strlen(name) + 1);
	lua_getiuservalue(L, SELF, EXPERIMENT_FUNCTIONS);
	lua_rawgeti(L, -1, (lua_Integer)plan->versus + 1);
	plan->command[plan->arms] = plan->command[plan->versus];
	plan->arms++;
	lua_rawseti(L, -2, (lua_Integer)plan->arms);
	lua_pop(L, 1);
}

/* --- the whole -------------------------------------------------------------------------------- */

static void check_plan(lua_State *L, const Plan *plan)
{
	Err err;

	if (plan_check(plan, &err))
		return;
	/* A plan that is off only because of the command line is not the script's mistake. */
	if (json_object_size(script_of(L)->options.set) > 0 || script_of(L)->options.seed_given)
		err_prefix(&err, "with the --set and --seed of this run");
	if (strncmp(err.text, FACTORS ":", strlen(FACTORS ":")) == 0)
		script_raise_key(L, FACTORS, &err);
	script_raise(L, &err);
}

static int experiment_new(lua_State *L)
{
	luaL_checktype(L, TABLE, LUA_TTABLE);
	lua_settop(L, TABLE);
	values_keys(L, TABLE, "experiment", experiment_keys);
	Experiment *self = lua_newuserdatauv(L, sizeof *self, EXPERIMENT_VALUES);
	Plan *plan = &self->plan;

	memset(self, 0, sizeof *self);
	luaL_setmetatable(L, EXPERIMENT_HANDLE);
	plan_init(plan);
	values_field(L, TABLE, "api");
	if (lua_tonumber(L, -1) != 1)
		script_fail_key(L, "api", "experiment: api is %s, but this version knows 1",
				lua_tostring(L, -1));
	lua_pop(L, 1);
	text_field(L, "name", plan->name, sizeof plan->name);
	text_field(L, "question", plan->question, sizeof plan->question);
	plan->build = second_word(L, "build", "block", "once") ? PLAN_BUILD_ONCE : PLAN_BUILD_BLOCK;
	plan->charge_build = second_word(L, "charge_build", "separate", "include");
	needs_read(L, TABLE, &self->needs);
	factors_read(L, plan, &self->needs);
	read_params(L);
	check_set(L);
	read_design(L, plan);
	read_seeds(L, plan);
	read_functions(L, plan);
	analysis_read(L, plan);
	add_twin(L, plan);
	check_plan(L, plan);
	return 1;
}

void experiment_open(lua_State *L)
{
	static const luaL_Reg none[] = { { NULL, NULL } };

	values_handle(L, EXPERIMENT_HANDLE, none, none, NULL);
	lua_pushcfunction(L, experiment_new);
}

static const Key experiment_keys[] = {
	{ "api", LUA_TNUMBER, true, "write api = 1" },
	{ "name", LUA_TSTRING, true, "a short name for lists and files" },
	{ "question", LUA_TSTRING, false, "The one question that the experiment answers." },
	{ "needs", LUA_TTABLE, false,
	  "{ dataset = name, or a list: the first one that is there is c.dataset }." },
	{ "params", LUA_TTABLE, false,
	  "Names with defaults, read as c.param.NAME, changed by --set NAME=VALUE." },
	{ "factors", LUA_TTABLE, false,
	  "Names with lists of levels, read as c.NAME; every combination is a comparison." },
	{ "seeds", LUA_TTABLE, false, "One seed for each block; w.range(1, 30)." },
	{ "build", LUA_TSTRING, false,
	  "\"block\": arms are built afresh in each block; \"once\": once." },
	{ "setup", LUA_TFUNCTION, false, "function(c) → s, not measured." },
	{ "arms", LUA_TTABLE, true,
	  "a list of { \"name\", function(s, c) … end }, the baseline first" },
	{ "measure", LUA_TFUNCTION, false, "function(m, s): one pass of the measured work." },
	{ "metrics", LUA_TTABLE, false, "Metrics that are shown." },
	{ "charge_build", LUA_TSTRING, false,
	  "\"separate\" or \"include\": training is part of the cost." },
	{ "design", LUA_TTABLE, false, "Blocks, windows, pauses." },
	{ "analysis", LUA_TTABLE, false, "Baseline, primary metrics, margins." },
	{ "claims", LUA_TTABLE, false, "Statements that the run confirms or refutes." },
	{ "report", LUA_TTABLE, false, "What wattle report makes of it." },
	{ NULL, LUA_TNONE, false, NULL },
};

static const Key needs_keys[] = {
	{ "dataset", LUA_TNONE, false, "A name or a list of names." },
	{ "threads", LUA_TNUMBER, false, "The fewest threads it makes sense with." },
	{ NULL, LUA_TNONE, false, NULL },
};

static const Key blocks_keys[] = {
	{ "max", LUA_TNUMBER, false, "Most blocks." },
	{ "min", LUA_TNUMBER, false, "Fewest blocks." },
	{ NULL, LUA_TNONE, false, NULL },
};

static const Info design_info = {
	.name = "design",
	.params =
		(const Param[]){
			{ .name = "order",
			  .type = PARAM_CHOICE,
			  .value = "interleaved",
			  .choices = "interleaved|blocked",
			  .help = "interleaved: arms take turns in every block, in random order; "
				  "blocked: one after the other, which shows why not, and no "
				  "verdict." },
			{ .name = "aa",
			  .type = PARAM_FLAG,
			  .value = "false",
			  .help = "The baseline runs twice in every block: does it differ from "
				  "itself?" },
			{ .name = "warmup",
			  .type = PARAM_INT,
			  .value = "1",
			  .maximum = 1000,
			  .unit = "blocks",
			  .help = "Blocks that are run first and not counted." },
			{ .name = "window",
			  .type = PARAM_NUMBER,
			  .value = "10",
			  .minimum = 1e-3,
			  .maximum = 86400,
			  .unit = "s",
			  .help = "Length of one measurement." },
			{ .name = "idle",
			  .type = PARAM_NUMBER,
			  .value = "10",
			  .maximum = 86400,
			  .unit = "s",
			  .help = "Time for which idle power is measured first." },
			{ .name = "budget",
			  .type = PARAM_NUMBER,
			  .value = "0",
			  .maximum = 1e9,
			  .unit = "s",
			  .help = "No block begins after so long; 0: no limit." },
			{ .name = NULL },
		},
};
