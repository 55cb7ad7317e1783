/* Serving a lesson: commands come in, records go out, runs are run. A mistake in a command, a
 * run that fails or an answer() that raises is a record; only the end of the commands, of the
 * time or of the reader ends the service.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "energy/edge.h"
#include "script/job.h"
#include "script/lesson_inside.h"
#include "script/tell.h"

#define ANSWER_SECONDS 5
#define EDGE_TIMEOUT_MS 2000

/* --- calls into the lesson -------------------------------------------------------------------- */

/* The time that a call may take, within the whole's. */
static void set_deadline(Script *script, double seconds)
{
	int64_t until_ns = clock_now_ns() + (int64_t)(seconds * (double)CLOCK_NS_PER_S);

	script->deadline_ns = script->options.deadline_ns;
	if (!script->deadline_ns || until_ns < script->deadline_ns)
		script->deadline_ns = until_ns;
}

/* Runs body(host data) protected. False and *failed: what it raised. *err is left for what ends the
 * lesson: then false, too, and err->code is set. */
static bool call(const Serve *serve, lua_CFunction body, void *data, double seconds, Err *failed,
		 Err *err)
{
	Script *script = serve->script;
	int64_t whole_ns = script->options.deadline_ns;

	err->code = ERR_NONE;
	set_deadline(script, seconds);
	lua_pushcfunction(script->lua, body);
	lua_pushlightuserdata(script->lua, data);
	bool fine = script_call(script, 1, 0, failed);

	record_out_watch(serve->out, NULL, NULL);
	serve->lesson->watched = NULL;
	script->deadline_ns = whole_ns;
	if (fine)
		return true;
	if (failed->code == ERR_INTERRUPTED || failed->code == ERR_FILE ||
	    (whole_ns && clock_now_ns() >= whole_ns)) {
		*err = *failed;
		return false;
	}
	script_revive(script);
	return false;
}

static void push_step(lua_State *L, const Lesson *lesson, const Step *step, int value)
{
	lua_rawgeti(L, LUA_REGISTRYINDEX, script_of(L)->experiment);
	lua_getiuservalue(L, -1, LESSON_STEPS);
	lua_rawgeti(L, -1, (lua_Integer)lesson_step_number(lesson, step));
	lua_getiuservalue(L, -1, value);
	lua_replace(L, -4);
	lua_pop(L, 2);
}

/* --- reveal ----------------------------------------------------------------------------------- */

/* The student's wording of an arm where a choice has it. */
static void name_answer(lua_State *L, Step *step, const char *arm)
{
	const Comparison *comparison = step->run_step->comparison;
	const char *text = strcmp(arm, "none") == 0 ? "no difference can be shown" : arm;

	if (strcmp(arm, "none") != 0 &&
	    (!comparison || compare_find(comparison, arm) == comparison->plan.arms))
		script_fail(L, "reveal: answer returned '%.60s', which is no arm of the run '%s'",
			    arm, step->run);
	for (size_t i = 0; i < step->predict_step->choices; i++)
		if (strcmp(step->predict_step->choice[i].arm, arm) == 0)
			text = step->predict_step->choice[i].text;
	text_format(step->answer_text, sizeof step->answer_text, "%s", text);
	text_format(step->answer_arm, sizeof step->answer_arm, "%s", arm);
}

static void name_number(Step *step, double number)
{
	char text[TEMPLATE_VALUE_MAX];
	const char *unit = step->predict_step->unit;

	template_number(text, number, FILTER_N);
	text_format(step->answer_text, sizeof step->answer_text, "%.60s%s%s", text, unit ? " " : "",
		    unit ? unit : "");
	text_format(step->answer_arm, sizeof step->answer_arm, "%.60s", text);
}

/* Pushes what the run left. */
static void push_result(lua_State *L, const Lesson *lesson, const Step *run)
{
	if (run->comparison) {
		push_step(L, lesson, run, STEP_RESULT);
		return;
	}
	lua_newtable(L);
	for (size_t i = 0; i < run->numbers; i++) {
		lua_pushnumber(L, run->number[i]);
		lua_setfield(L, -2, run->number_name[i]);
	}
	values_strict(L, "r");
}

static int ask_answer(lua_State *L)
{
	Step *step = lua_touserdata(L, 1);
	const Lesson *lesson = lesson_of(script_of(L));

	push_step(L, lesson, step, STEP_FUNCTION);
	push_result(L, lesson, step->run_step);
	lua_call(L, 1, 1);
	if (lua_type(L, -1) == LUA_TNUMBER && isfinite(lua_tonumber(L, -1)))
		name_number(step, lua_tonumber(L, -1));
	else if (lua_type(L, -1) == LUA_TSTRING)
		name_answer(L, step, lua_tostring(L, -1));
	else
		script_fail(
			L,
			"reveal: answer returned a %s; it must return an arm, \"none\" or a number",
			luaL_typename(L, -1));
	step->revealed = true;
	return 0;
}

static bool put_reveal(const Serve *serve, size_t number, Step *step, Err *err)
{
	char first[160] = "";
	Err failed;

	if (!step->predict_step->answer.given)
		text_format(first, sizeof first, "First predict: step %zu.",
			    lesson_step_number(serve->lesson, step->predict_step));
	else if (!step->run_step->done)
		text_format(first, sizeof first, "First run: step %zu.",
			    lesson_step_number(serve->lesson, step->run_step));
	if (*first)
		return tell_text(serve, number, NULL, first, err);
	if (!step->revealed && !call(serve, ask_answer, step, ANSWER_SECONDS, &failed, err) &&
	    (err->code != ERR_NONE || !tell_error(serve, &failed, err)))
		return false;
	return tell_text(serve, number, step, step->text, err);
}

static bool put_content(const Serve *serve, size_t number, Err *err)
{
	Step *step = serve->lesson->step[number - 1];

	switch (step->kind) {
	case STEP_TEXT:
		return tell_text(serve, number, NULL, step->text, err);
	case STEP_PREDICT:
	case STEP_QUIZ:
		return tell_prompt(serve, number, step, err);
	case STEP_REVEAL:
		return put_reveal(serve, number, step, err);
	case STEP_RUN:
		break;
	}
	return true;
}

/* --- run -------------------------------------------------------------------------------------- */

static void push_context(lua_State *L, const Lesson *lesson)
{
	Script *script = script_of(L);

	lua_createtable(L, 0, 8);
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

/* The table of numbers on top of the stack. */
static void take_numbers(lua_State *L, Step *step)
{
	for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
		const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
		double number = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : NAN;

		if (step->numbers == LESSON_NUMBERS_MAX || !*name ||
		    strlen(name) >= LESSON_NAME_MAX || !isfinite(number))
			script_fail(
				L,
				"run '%s': a table that its body returns holds at most %d finite "
				"numbers by short names",
				step->id, LESSON_NUMBERS_MAX);
		text_format(step->number_name[step->numbers], LESSON_NAME_MAX, "%s", name);
		step->number[step->numbers++] = number;
	}
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
	lesson->compared = false;
	if (!trial_arm_begin(script->options.trial, "setup", &err))
		script_raise(L, &err);
	push_step(L, lesson, step, STEP_FUNCTION);
	lua_pushvalue(L, -1);
	job_place(L, place, sizeof place);
	push_context(L, lesson);
	lua_call(L, 1, 1);
	Comparison *comparison = luaL_testudata(L, -1, COMPARISON_HANDLE);

	if (!comparison && !lua_istable(L, -1)) {
		err_set(&err, ERR_SCRIPT,
			"%s: run '%s': body returned %s%s; it must return a comparison or a table "
			"of "
			"numbers",
			place, step->id, lua_isnil(L, -1) ? "" : "a ",
			lua_isnil(L, -1) ? "nothing" : luaL_typename(L, -1));
		script_raise(L, &err);
	}
	if (!comparison)
		take_numbers(L, step);
	step->comparison = comparison;
	lua_rawgeti(L, LUA_REGISTRYINDEX, script->experiment);
	lua_getiuservalue(L, -1, LESSON_STEPS);
	lua_rawgeti(L, -1, (lua_Integer)lesson_step_number(lesson, step));
	lua_pushvalue(L, -4);
	lua_setiuservalue(L, -2, STEP_RESULT);
	return 0;
}

/* Forgets what an earlier run left, and what was revealed of it. */
static void forget_result(Lesson *lesson, Step *run)
{
	run->done = false;
	run->comparison = NULL;
	run->numbers = 0;
	for (size_t i = 0; i < lesson->steps; i++)
		if (lesson->step[i]->run_step == run)
			lesson->step[i]->revealed = false;
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

static bool do_run(const Serve *serve, size_t number, Err *err)
{
	Step *step = serve->lesson->step[number - 1];
	char why[ERR_TEXT_MAX];
	Err failed;

	forget_result(serve->lesson, step);
	bool fine = call(serve, run_body, step, step->seconds, &failed, err);

	serve->lesson->running = NULL;
	if (err->code != ERR_NONE)
		return false;
	if (fine && !fill_check_arms(serve->script, serve->lesson, step, &failed))
		fine = false;
	if (!fine) {
		forget_result(serve->lesson, step);
		return tell_step_end(serve, number, false, failed.text, err);
	}
	step->done = !stopped(serve, step, why, sizeof why);
	if (!step->done)
		forget_result(serve->lesson, step);
	return tell_step_end(serve, number, step->done, why, err);
}

/* --- commands --------------------------------------------------------------------------------- */

/* A command that cannot be followed: ERR_ARGUMENT. */
static bool take_number(const Serve *serve, const json_t *command, size_t *out, Err *bad)
{
	const json_t *step = json_object_get(command, "step");
	json_int_t number = json_integer_value(step);

	if (!json_is_integer(step) || number < 1 || (size_t)number > serve->lesson->steps)
		return err_set(bad, ERR_ARGUMENT, "there is no such step; the lesson has 1 to %zu",
			       serve->lesson->steps);
	*out = (size_t)number;
	return true;
}

/* The prediction that a run waits for. */
static const Step *open_prediction(const Lesson *lesson, const Step *run)
{
	for (size_t i = 0; i < lesson->steps; i++) {
		const Step *reveal = lesson->step[i];

		if (reveal->run_step == run && !reveal->predict_step->answer.given)
			return reveal->predict_step;
	}
	return NULL;
}

static bool command_step(const Serve *serve, const json_t *command, Err *bad, Err *err)
{
	size_t number;

	if (!take_number(serve, command, &number, bad))
		return true;
	return tell_step(serve, number, err) && put_content(serve, number, err);
}

static bool command_run(const Serve *serve, const json_t *command, Err *bad, Err *err)
{
	const json_t *seed = json_object_get(command, "seed");
	size_t number;

	if (!take_number(serve, command, &number, bad))
		return true;
	const Step *step = serve->lesson->step[number - 1],
		   *open = open_prediction(serve->lesson, step);

	if (step->kind != STEP_RUN)
		err_set(bad, ERR_ARGUMENT, "step %zu is no run", number);
	else if (open)
		err_set(bad, ERR_ARGUMENT, "first predict: step %zu",
			lesson_step_number(serve->lesson, open));
	else if (seed && (!json_is_integer(seed) || json_integer_value(seed) < 0 ||
			  json_integer_value(seed) > RECORD_INTEGER_MAX))
		err_set(bad, ERR_ARGUMENT, "the seed must be a whole number from 0 to 2^53");
	if (bad->code != ERR_NONE)
		return true;
	serve->lesson->run_seed = seed ? (uint64_t)json_integer_value(seed) : serve->lesson->seed;
	return tell_step(serve, number, err) && do_run(serve, number, err);
}

static bool take_choice(const Step *step, const json_t *command, Answer *out, Err *bad)
{
	const json_t *choice = json_object_get(command, "choice"),
		     *number = json_object_get(command, "number");
	json_int_t n = json_integer_value(choice);

	if (step->choices) {
		if (!json_is_integer(choice) || n < 1 || (size_t)n > step->choices)
			return err_set(bad, ERR_ARGUMENT, "choose 1 to %zu", step->choices);
		out->choice = (size_t)n - 1;
		return true;
	}
	out->number = json_number_value(number);
	if (!json_is_number(number) || !(out->number >= step->minimum) ||
	    !(out->number <= step->maximum))
		return err_set(bad, ERR_ARGUMENT, "give a number from %g to %g%s%s", step->minimum,
			       step->maximum, step->unit ? " " : "", step->unit ? step->unit : "");
	return true;
}

static bool take_beside(const Step *step, const json_t *command, Answer *out, Err *bad)
{
	const json_t *confidence = json_object_get(command, "confidence"),
		     *why = json_object_get(command, "why");
	json_int_t n = json_integer_value(confidence);

	if (step->confidence && confidence && !json_is_null(confidence)) {
		if (!json_is_integer(confidence) || n < 1 || n > 5)
			return err_set(bad, ERR_ARGUMENT, "the confidence is 1 to 5");
		out->confidence = (int)n;
	}
	if (step->why && why && !json_is_null(why)) {
		if (!json_is_string(why) || strchr(json_string_value(why), '\n') ||
		    json_string_length(why) >= sizeof out->why)
			return err_set(bad, ERR_ARGUMENT,
				       "the reason is one line of at most %zu bytes",
				       sizeof out->why - 1);
		text_format(out->why, sizeof out->why, "%s", json_string_value(why));
	}
	return true;
}

static bool command_answer(const Serve *serve, const json_t *command, Err *bad, Err *err)
{
	size_t number;
	Answer answer = { .given = true };

	if (!take_number(serve, command, &number, bad))
		return true;
	Step *step = serve->lesson->step[number - 1];

	if (step->kind != STEP_PREDICT && step->kind != STEP_QUIZ)
		return err_set(bad, ERR_ARGUMENT, "step %zu asks nothing", number), true;
	if (step->answer.given)
		return err_set(bad, ERR_ARGUMENT, "step %zu is answered, and locked", number), true;
	if (!take_choice(step, command, &answer, bad) || !take_beside(step, command, &answer, bad))
		return true;
	step->answer = answer;
	if (step->kind == STEP_QUIZ && !tell_check(serve, number, step, err))
		return false;
	return tell_prompt(serve, number, step, err);
}

static bool same_value(const VaryValue *value, const json_t *wanted)
{
	if (value->is_number)
		return json_is_number(wanted) && json_number_value(wanted) == value->number;
	return json_is_string(wanted) && strcmp(json_string_value(wanted), value->text) == 0;
}

/* Another value of a variant: what was run with the old one is no result of the new one. */
static bool command_set(const Serve *serve, const json_t *command, Err *bad, Err *err)
{
	Lesson *lesson = serve->lesson;
	const char *name = json_string_value(json_object_get(command, "name"));
	const json_t *wanted = json_object_get(command, "value");

	for (size_t i = 0; name && i < lesson->varies; i++) {
		Vary *vary = &lesson->vary[i];

		for (size_t k = 0; strcmp(vary->name, name) == 0 && k < vary->count; k++) {
			if (!same_value(&vary->value[k], wanted))
				continue;
			vary->picked = k;
			for (size_t s = 0; s < lesson->steps; s++)
				forget_result(lesson, lesson->step[s]);
			return tell_lesson(serve, err);
		}
	}
	err_set(bad, ERR_ARGUMENT,
		"nothing varies by that name and value; the lesson record lists what does");
	return true;
}

typedef struct LessonCommand {
	const char *name;
	/* False and *err: the lesson is over. *bad: the command was wrong. */
	bool (*run)(const Serve *serve, const json_t *command, Err *bad, Err *err);
} LessonCommand;

static const LessonCommand lesson_commands[];

static bool follow(const Serve *serve, const json_t *command, Err *err)
{
	const char *name = json_string_value(json_object_get(command, "command"));
	const char *names[8] = { NULL };
	Err bad = { .code = ERR_NONE };

	for (size_t i = 0; lesson_commands[i].name; i++) {
		names[i] = lesson_commands[i].name;
		if (name && strcmp(name, names[i]) == 0)
			return lesson_commands[i].run(serve, command, &bad, err) &&
			       (bad.code == ERR_NONE || tell_error(serve, &bad, err));
	}
	err_set(&bad, ERR_ARGUMENT,
		"a lesson follows the commands step, run, answer, set, stop, abort, pause");
	return tell_error(serve, &bad, err);
}

/* --- the service ------------------------------------------------------------------------------ */

/* The first cost that is measured here: joules only where a sensor gives them. */
static bool fix_cost(const Serve *serve, Err *err)
{
	Trial *trial = serve->script->options.trial;
	Lesson *lesson = serve->lesson;
	EdgeReply reply;

	lesson->fixed_cost = METRIC_TIME;
	for (size_t i = 0; i < lesson->costs && lesson->cost[i] == METRIC_ENERGY; i++) {
		if (!edge_ask(trial->edge_fd, trial->next_edge++, EDGE_TIMEOUT_MS, &reply, err))
			return false;
		if (reply.headline >= 0)
			lesson->fixed_cost = METRIC_ENERGY;
	}
	return true;
}

bool lesson_serve(Script *script, LessonReader *reader, Err *err)
{
	Serve serve = { .script = script,
			.lesson = lesson_of(script),
			.out = script->options.trial->out };
	json_t *command;

	serve.lesson->reader = reader;
	if (!lua_checkstack(script->lua, LUA_MINSTACK))
		return err_set(err, ERR_MEMORY, "%s: no memory for a call", script->name);
	if (!fix_cost(&serve, err) || !tell_lesson(&serve, err))
		return false;
	if (script->caps.epochs > 0 &&
	    !trial_log(script->options.trial, err,
		       "FAST: at most %d epochs, %d training rows, %d blocks; its figures are for "
		       "trying "
		       "out only",
		       (int)script->caps.epochs, (int)script->caps.rows, (int)script->caps.blocks))
		return false;
	for (;;) {
		if (!reader->next(reader, &command, err))
			return false;
		if (!command)
			return true;
		bool fine = follow(&serve, command, err);

		json_decref(command);
		if (!fine)
			return false;
	}
}

static const LessonCommand lesson_commands[] = {
	{ "step", command_step }, { "run", command_run }, { "answer", command_answer },
	{ "set", command_set },   { NULL, NULL },
};
