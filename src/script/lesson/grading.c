/* w.grading: the table of a grading file, checked key by key, and held against its lesson.
 * SPDX-License-Identifier: MIT */
#include "script/lesson/grading.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "script/lesson/serve/serve.h"
#include "script/lesson/steps.h"

#define LOAD_SECONDS 10

static const Key grading_keys[];

/* --- the table -------------------------------------------------------------------------------- */

static void read_weight(lua_State *L, Grading *self)
{
	GradingWeight *weight = &self->weight[self->weights];

	if (self->weights++ == LESSON_STEPS_MAX)
		script_fail_key(L, "weights", "grading: weights: at most %d", LESSON_STEPS_MAX);
	if (lua_type(L, -2) != LUA_TSTRING)
		script_fail_key(L, "weights", "grading: weights: write ID = points or \"manual\"");
	step_id(L, "weights", "grading: weights", lua_tostring(L, -2), weight->id);
	weight->manual =
		lua_type(L, -1) == LUA_TSTRING && strcmp(lua_tostring(L, -1), "manual") == 0;
	weight->points = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : -1;
	if (!weight->manual && !(weight->points >= 0 && weight->points <= STEP_POINTS_MAX))
		script_fail_key(L, weight->id,
				"grading: the weight of %s must be 0 to %d points, or \"manual\"",
				weight->id, STEP_POINTS_MAX);
}

/* The list of checks on top of the stack; functions: table of the tables of functions. */
static void read_extra(lua_State *L, Grading *self, int functions)
{
	GradingExtra *extra = &self->extra[self->extras];
	char what[64];

	if (self->extras++ == GRADING_EXTRAS_MAX)
		script_fail_key(L, "extra", "grading: extra: at most %d exercises",
				GRADING_EXTRAS_MAX);
	if (lua_type(L, -2) != LUA_TSTRING || !lua_istable(L, -1))
		script_fail_key(L, "extra", "grading: extra: write EXERCISE = { checks }");
	step_id(L, "extra", "grading: extra", lua_tostring(L, -2), extra->exercise);
	text_format(what, sizeof what, "extra.%s", extra->exercise);
	lua_newtable(L);
	lua_pushvalue(L, -1);
	lua_setfield(L, functions, extra->exercise);
	lua_insert(L, -2);
	extra->checks = step_checks(L, extra->exercise, what, extra->exercise, lua_gettop(L) - 1,
				    extra->check);
	lua_remove(L, -2);
}

/* Both begin with the id. */
static int by_id(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int grading_new(lua_State *L)
{
	char place[SCRIPT_NAME_MAX];

	if (!lua_istable(L, STEP_TABLE))
		script_fail(L, "grading takes a table: w.grading { … }");
	lua_settop(L, STEP_TABLE);
	values_keys(L, STEP_TABLE, "grading", grading_keys);
	Grading *self = lua_newuserdatauv(L, sizeof *self, 2);

	memset(self, 0, sizeof *self);
	luaL_setmetatable(L, GRADING_HANDLE);
	self->line = script_place(L, place, sizeof place);
	lua_newtable(L);
	lua_pushvalue(L, -1);
	lua_setiuservalue(L, STEP_SELF, 1);
	lua_newtable(L);
	lua_pushvalue(L, -1);
	lua_setiuservalue(L, STEP_SELF, 2);
	int functions = lua_gettop(L);

	lesson_read_id(L, "grading", "lesson", self->lesson);
	self->allow_skip = step_flag(L, "allow_skip");
	self->seconds = step_number(L, "grading", "seconds", 0, 0.01, CHECK_SECONDS_MAX);
	if (values_field(L, STEP_TABLE, "weights") == LUA_TTABLE)
		for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
			read_weight(L, self);
	lua_pop(L, 1);
	if (values_field(L, STEP_TABLE, "extra") == LUA_TTABLE)
		for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
			read_extra(L, self, functions);
	qsort(self->weight, self->weights, sizeof *self->weight, by_id);
	qsort(self->extra, self->extras, sizeof *self->extra, by_id);
	return step_done(L);
}

/* --- in a lesson's state ---------------------------------------------------------------------- */

noreturn static void fail_grading(lua_State *L, const Grading *self, const char *text)
{
	Err err;

	err_set(&err, ERR_SCRIPT, "%s:%d: grading: %s", script_of(L)->name, self->line, text);
	script_raise(L, &err);
}

/* The id must be that of a step; exercise: of an exercise. */
static void check_step(lua_State *L, const Grading *self, const char *id, bool exercise)
{
	const Lesson *lesson = lesson_of(script_of(L));
	const char *names[LESSON_STEPS_MAX + 1] = { NULL };
	char text[200], hint[TEXT_HINT_MAX];
	size_t n = 0;

	for (size_t i = 0; i < lesson->steps; i++) {
		const Step *step = lesson->step[i];

		if (!step->id[0] || (exercise && !step->exercise))
			continue;
		if (strcmp(step->id, id) == 0)
			return;
		names[n++] = step->id;
	}
	text_format(text, sizeof text, "the lesson has no %s '%s'%s",
		    exercise ? "exercise" : "step", id, text_did_you_mean(hint, id, names));
	fail_grading(L, self, text);
}

/* Ids of checks are told apart in one list of results. */
static void check_extra(lua_State *L, const Grading *self, const GradingExtra *extra)
{
	const Lesson *lesson = lesson_of(script_of(L));
	char text[200];

	check_step(L, self, extra->exercise, true);
	for (size_t i = 0; i < lesson->steps; i++) {
		const Step *step = lesson->step[i];

		if (strcmp(step->id, extra->exercise) != 0)
			continue;
		for (size_t k = 0; k < step->exercise->checks; k++)
			for (size_t e = 0; e < extra->checks; e++) {
				if (strcmp(step->exercise->check[k].id, extra->check[e].id) != 0)
					continue;
				text_format(text, sizeof text,
					    "the exercise %s has a check '%s' of its own",
					    extra->exercise, extra->check[e].id);
				fail_grading(L, self, text);
			}
	}
}

static int load_grading(lua_State *L)
{
	Script *script = script_of(L);
	char text[160];

	script_load_text(L);
	const Grading *self = luaL_testudata(L, -1, GRADING_HANDLE);

	if (!self)
		return luaL_error(L,
				  "%s: a grading file returns one table (return w.grading {…}); "
				  "this one returned %s%s",
				  script->name, lua_isnil(L, -1) ? "" : "a ",
				  lua_isnil(L, -1) ? "nothing" : luaL_typename(L, -1));
	if (strcmp(self->lesson, lesson_of(script)->id) != 0) {
		text_format(text, sizeof text, "it is of the lesson %s, not of %s", self->lesson,
			    lesson_of(script)->id);
		fail_grading(L, self, text);
	}
	for (size_t i = 0; i < self->weights; i++)
		check_step(L, self, self->weight[i].id, false);
	for (size_t i = 0; i < self->extras; i++)
		check_extra(L, self, &self->extra[i]);
	script->grading = self;
	script->grading_ref = luaL_ref(L, LUA_REGISTRYINDEX);
	return 0;
}

const Grading *grading_open(Script *script, const char *name, const char *text, Err *err)
{
	const Serve serve = { .script = script,
			      .lesson = lesson_of(script),
			      .out = script->options.trial->out };
	char *lesson_text = script->text, lesson_name[SCRIPT_NAME_MAX];
	size_t lesson_len = script->len;
	Err failed;

	if (strlen(text) > SCRIPT_BYTES_MAX) {
		err_set(err, ERR_LIMIT, "%s: a script has at most %u bytes", name,
			SCRIPT_BYTES_MAX);
		return NULL;
	}
	/* Places and the lines of keys are those of this file while it is loaded. */
	text_format(lesson_name, sizeof lesson_name, "%s", script->name);
	text_format(script->name, LUA_IDSIZE - 1, "%s", name);
	text_format(script->grading_name, sizeof script->grading_name, "%s", script->name);
	script->text = (char *)(uintptr_t)text + source_mark(text, strlen(text));
	script->len = strlen(script->text);
	bool fine = serve_call(&serve, load_grading, NULL, LOAD_SECONDS, &failed, err);

	text_format(script->name, sizeof script->name, "%s", lesson_name);
	script->text = lesson_text;
	script->len = lesson_len;
	if (fine)
		return script->grading;
	if (err->code == ERR_NONE)
		*err = failed;
	return NULL;
}

const GradingExtra *grading_extra(const Grading *grading, const char *exercise)
{
	for (size_t i = 0; grading && i < grading->extras; i++)
		if (strcmp(grading->extra[i].exercise, exercise) == 0)
			return &grading->extra[i];
	return NULL;
}

void grading_push_function(lua_State *L, const char *exercise, size_t number)
{
	lua_rawgeti(L, LUA_REGISTRYINDEX, script_of(L)->grading_ref);
	lua_getiuservalue(L, -1, 2);
	lua_getfield(L, -1, exercise);
	lua_rawgeti(L, -1, (lua_Integer)number);
	lua_replace(L, -4);
	lua_pop(L, 2);
}

void grading_functions(lua_State *L)
{
	static const luaL_Reg none[] = { { NULL, NULL } };

	values_handle(L, GRADING_HANDLE, none, none, NULL);
	lua_pushcfunction(L, grading_new);
	lua_setfield(L, -2, "grading");
}

static const Key grading_keys[] = {
	{ "api", LUA_TNUMBER, true, "write api = 1" },
	{ "lesson", LUA_TSTRING, true, "the lesson's id, as in lesson = \"green.05\"" },
	{ "allow_skip", LUA_TBOOLEAN, false, "What was skipped leaves the maximum; false." },
	{ "seconds", LUA_TNUMBER, false, "How long each extra check may take; as the exercise." },
	{ "weights", LUA_TTABLE, false, "{ ID = points or \"manual\" }, by the ids of steps." },
	{ "extra", LUA_TTABLE, false, "{ EXERCISE = { checks } }: checks beyond the lesson's." },
	{ NULL, LUA_TNONE, false, NULL },
};
