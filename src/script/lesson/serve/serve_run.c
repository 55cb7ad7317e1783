/* Serving a lesson: its runs. The body gets its context, what it returns is kept by the step.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "script/experiment/job.h"
#include "script/lesson/serve/serve.h"

void serve_push_context(lua_State *L, const Lesson *lesson)
{
	Script *script = script_of(L);

	lua_createtable(L, 0, 9);
	lua_pushinteger(L, (lua_Integer)script->seed);
	lua_setfield(L, -2, "seed");
	lua_pushinteger(L, pool_threads(script->options.trial->pool));
	lua_setfield(L, -2, "threads");
	lua_pushboolean(L, script->caps.epochs > 0);
	lua_setfield(L, -2, "fast");
	lua_pushstring(L, metric_name(lesson->fixed_cost));
	lua_setfield(L, -2, "cost");
	lua_pushcfunction(L, job_log);
	lua_setfield(L, -2, "log");
	lua_pushcfunction(L, serve_chart);
	lua_setfield(L, -2, "chart");
	const char *dataset = job_needs(L, &lesson->needs);

	if (dataset) {
		lua_pushstring(L, dataset);
		lua_setfield(L, -2, "dataset");
	}
	lua_newtable(L);
	for (size_t i = 0; i < lesson->varies; i++) {
		const VaryValue *value = &lesson->vary[i].value[lesson->vary[i].picked];

		if (!value->is_number)
			lua_pushstring(L, value->text);
		else if (value->number == floor(value->number) && fabs(value->number) <= 0x1p53)
			lua_pushinteger(L, (lua_Integer)value->number);
		else
			lua_pushnumber(L, value->number);
		lua_setfield(L, -2, lesson->vary[i].name);
	}
	values_strict(L, "c.param");
	lua_setfield(L, -2, "param");
	values_strict(L, "c");
}

/* Room for a number of that name, by their order: a table has none that would stay. */
static size_t number_at(Step *step, const char *name)
{
	size_t at = 0;

	while (at < step->numbers && strcmp(step->number_name[at], name) < 0)
		at++;
	memmove(step->number_name[at + 1], step->number_name[at],
		(step->numbers - at) * sizeof *step->number_name);
	memmove(&step->number[at + 1], &step->number[at],
		(step->numbers - at) * sizeof *step->number);
	step->numbers++;
	return at;
}

/* The table of numbers there; false stands for one that is not measured here. */
static void take_numbers(lua_State *L, int table, Step *step)
{
	for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
		const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
		double number = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : NAN;
		bool absent = lua_isboolean(L, -1) && !lua_toboolean(L, -1);

		if (step->numbers == LESSON_NUMBERS_MAX || !*name ||
		    strlen(name) >= LESSON_NAME_MAX || (!isfinite(number) && !absent))
			script_fail(
				L,
				"run '%s': a table that its body returns holds at most %d finite "
				"numbers, or false, by short names",
				step->id, LESSON_NUMBERS_MAX);
		size_t at = number_at(step, name);

		text_format(step->number_name[at], LESSON_NAME_MAX, "%s", name);
		step->number[at] = number;
	}
}

/* What the body returned, from `result` on: a comparison, a table of numbers, or both. */
static Comparison *take_result(lua_State *L, int result, Step *step, const char *place)
{
	Comparison *comparison = luaL_testudata(L, result, COMPARISON_HANDLE);
	int numbers = comparison ? result + 1 : result;
	Err err;

	if (lua_istable(L, numbers))
		take_numbers(L, numbers, step);
	else if (!comparison || !lua_isnil(L, numbers)) {
		err_set(&err, ERR_SCRIPT,
			"%s: run '%s': body returned %s%s%s; it must return a comparison, a table "
			"of numbers, or both",
			place, step->id, comparison ? "a comparison and " : "",
			lua_isnil(L, numbers) ? "" : "a ",
			lua_isnil(L, numbers) ? "nothing" : luaL_typename(L, numbers));
		script_raise(L, &err);
	}
	return comparison;
}

static int run_body(lua_State *L)
{
	Step *step = lua_touserdata(L, 1);
	Script *script = script_of(L);
	Lesson *lesson = lesson_of(script);
	char place[SCRIPT_NAME_MAX];
	Err err;

	script->seed = lesson->run_seed;
	random_init(&script->random, script->seed, RANDOM_SCRIPT);
	lesson->running = step;
	lesson->drawn = (Drawn){ 0 };
	lesson->compared = false;
	if (!trial_arm_begin(script->options.trial, "setup", &err))
		script_raise(L, &err);
	serve_push_step(L, lesson, step, STEP_FUNCTION);
	lua_pushvalue(L, -1);
	job_place(L, place, sizeof place);
	serve_push_context(L, lesson);
	lua_call(L, 1, 2);
	int result = lua_gettop(L) - 1;

	step->comparison = take_result(L, result, step, place);
	lua_settop(L, result);
	serve_keep_result(L, step);
	return 0;
}

void serve_keep_result(lua_State *L, const Step *step)
{
	const Script *script = script_of(L);

	lua_rawgeti(L, LUA_REGISTRYINDEX, script->experiment);
	lua_getiuservalue(L, -1, LESSON_STEPS);
	lua_rawgeti(L, -1, (lua_Integer)lesson_step_number(lesson_of(script), step));
	lua_pushvalue(L, -4);
	lua_setiuservalue(L, -2, STEP_RESULT);
	lua_pop(L, 3);
}

void serve_forget(Lesson *lesson, Step *run)
{
	run->done = run->restored = false;
	run->comparison = NULL;
	run->numbers = 0;
	for (size_t i = 0; i < lesson->steps; i++)
		if (lesson->step[i]->run_step == run) {
			lesson->step[i]->revealed = false;
			lesson->step[i]->nothing[0] = '\0';
		}
}

/* A stop keeps the blocks that are whole; without one there is no result. */
static bool stopped(const Serve *serve, const Step *step, char *why, size_t cap)
{
	const Comparison *comparison = step->comparison;

	*why = '\0';
	if (!control_stopping(serve->script->options.trial->control))
		return false;
	size_t blocks = comparison ? results_blocks(comparison->results) : 0;

	if (comparison && blocks == 0)
		text_format(why, cap, "stopped before the first block was whole");
	else if (comparison)
		text_format(why, cap, "stopped after %zu blocks", blocks);
	return comparison && blocks == 0;
}

bool serve_run(const Serve *serve, size_t number, Err *err)
{
	Step *step = serve->lesson->step[number - 1];
	char why[ERR_TEXT_MAX];
	Err failed;

	serve_forget(serve->lesson, step);
	script_saves_begin(serve->script);
	bool fine = serve_call(serve, run_body, step, step->seconds, &failed, err);

	serve->lesson->running = NULL;
	if (err->code != ERR_NONE)
		return false;
	if (fine && !fill_check_arms(serve->script, serve->lesson, step, &failed))
		fine = false;
	if (!fine) {
		serve_forget(serve->lesson, step);
		return tell_step_end(serve, number, false, failed.text, err);
	}
	step->done = !stopped(serve, step, why, sizeof why);
	if (!step->done)
		serve_forget(serve->lesson, step);
	else if (!serve_figures(serve, step, err))
		return false;
	return tell_step_end(serve, number, step->done, why, err);
}
