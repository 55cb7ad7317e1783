/* Serving a lesson: commands come in, records go out, runs are run. A mistake in a command, a
 * run that fails or an answer() that raises is a record; only the end of the commands, of the
 * time or of the reader ends the service.
 * SPDX-License-Identifier: MIT */
#include "script/lesson/serve/serve.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "energy/edge.h"

#define ANSWER_SECONDS 5
#define EDGE_TIMEOUT_MS 2000

/* --- calls into the lesson -------------------------------------------------------------------- */

double serve_seconds(const Script *script, double seconds)
{
	double limit = script->options.call_limit_s;

	return limit > 0 && limit < seconds ? limit : seconds;
}

/* Which of the limits it was, where the user can move it. */
static void explain_limit(const Script *script, double seconds, Err *failed)
{
	size_t len = strlen(failed->text);

	if (failed->code == ERR_LIMIT && clock_now_ns() >= script->deadline_ns &&
	    serve_seconds(script, seconds) < seconds)
		text_format(failed->text + len, sizeof failed->text - len, "; --time-limit is %g s",
			    script->options.call_limit_s);
}

/* The time that a call may take, within the whole's. */
static void set_deadline(Script *script, double seconds)
{
	int64_t until_ns = clock_now_ns() + (int64_t)(seconds * (double)CLOCK_NS_PER_S);

	script->deadline_ns = script->options.deadline_ns;
	if (!script->deadline_ns || until_ns < script->deadline_ns)
		script->deadline_ns = until_ns;
}

bool serve_call(const Serve *serve, lua_CFunction body, void *data, double seconds, Err *failed,
		Err *err)
{
	Script *script = serve->script;
	int64_t whole_ns = script->options.deadline_ns;

	err->code = ERR_NONE;
	set_deadline(script, serve_seconds(script, seconds));
	script->stopping_ns = 0;
	lua_pushcfunction(script->lua, body);
	lua_pushlightuserdata(script->lua, data);
	bool fine = script_call(script, 1, 0, failed);

	record_out_watch(serve->out, NULL, NULL);
	serve->lesson->watched = NULL;
	if (!fine)
		explain_limit(script, seconds, failed);
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

void serve_push_step(lua_State *L, const Lesson *lesson, const Step *step, int value)
{
	lua_rawgeti(L, LUA_REGISTRYINDEX, script_of(L)->experiment);
	lua_getiuservalue(L, -1, LESSON_STEPS);
	lua_rawgeti(L, -1, (lua_Integer)lesson_step_number(lesson, step));
	lua_getiuservalue(L, -1, value);
	lua_replace(L, -4);
	lua_pop(L, 2);
}

/* --- reveal ----------------------------------------------------------------------------------- */

/* What is wrong with what answer() returned, with the line on which it stands. */
noreturn static void fail_answer(lua_State *L, const Step *step, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
noreturn static void fail_answer(lua_State *L, const Step *step, const char *format, ...)
{
	const Script *script = script_of(L);
	int line = source_key_line(script->text, script->len, step->line, "answer");
	va_list args;
	Err err = { .code = ERR_SCRIPT };

	va_start(args, format);
	text_vformat(err.text, sizeof err.text, format, args);
	va_end(args);
	err_prefix(&err, "%s:%d", script->name, line > 0 ? line : step->line);
	script_raise(L, &err);
}

/* The student's wording of an arm where a choice has it. */
static void name_answer(lua_State *L, Step *step, const char *arm)
{
	const Comparison *comparison = step->run_step->comparison;
	const char *text = strcmp(arm, "none") == 0 ? "no difference can be shown" : arm;

	if (strcmp(arm, "none") != 0 &&
	    (!comparison || compare_find(comparison, arm) == comparison->plan.arms))
		fail_answer(L, step,
			    "reveal: answer returned '%.60s', which is no arm of the run '%s'", arm,
			    step->run);
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

/* Pushes what the run left, and how many values that are: a comparison, numbers, or both. */
static int push_result(lua_State *L, const Lesson *lesson, const Step *run)
{
	if (run->comparison)
		serve_push_step(L, lesson, run, STEP_RESULT);
	if (run->comparison && !run->numbers)
		return 1;
	lua_newtable(L);
	for (size_t i = 0; i < run->numbers; i++) {
		if (isnan(run->number[i]))
			lua_pushboolean(L, false);
		else
			lua_pushnumber(L, run->number[i]);
		lua_setfield(L, -2, run->number_name[i]);
	}
	values_strict(L, run->comparison ? "n" : "r");
	return run->comparison ? 2 : 1;
}

static int ask_answer(lua_State *L)
{
	Step *step = lua_touserdata(L, 1);
	const Lesson *lesson = lesson_of(script_of(L));

	serve_push_step(L, lesson, step, STEP_FUNCTION);
	lua_call(L, push_result(L, lesson, step->run_step), 1);
	if (lua_type(L, -1) == LUA_TNUMBER && isfinite(lua_tonumber(L, -1)))
		name_number(step, lua_tonumber(L, -1));
	else if (lua_type(L, -1) == LUA_TSTRING)
		name_answer(L, step, lua_tostring(L, -1));
	else
		fail_answer(
			L, step,
			"reveal: answer returned a %s; it must return an arm, \"none\" or a number",
			luaL_typename(L, -1));
	step->revealed = true;
	return 0;
}

static bool put_reveal(const Serve *serve, size_t number, Step *step, Err *err)
{
	const Step *predict = step->predict_step;
	char first[160] = "";
	Err failed;

	if (!predict->answer.given && !predict->skipped)
		text_format(first, sizeof first, "First predict: step %zu.",
			    lesson_step_number(serve->lesson, predict));
	else if (!step->run_step->done)
		text_format(first, sizeof first, "First run: step %zu.",
			    lesson_step_number(serve->lesson, step->run_step));
	if (*first)
		return tell_text(serve, number, NULL, first, err);
	if (!step->revealed && !serve_call(serve, ask_answer, step, ANSWER_SECONDS, &failed, err) &&
	    (err->code != ERR_NONE || !tell_error(serve, &failed, err)))
		return false;
	return tell_text(serve, number, step, step->text, err);
}

/* Its figure came with the run. */
static bool put_inspect(const Serve *serve, size_t number, const Step *step, Err *err)
{
	const Step *run = step->run_step;

	if (run->done && !*step->nothing)
		return true;
	json_t *record = tell_record(serve, "text");

	json_object_set_new(record, "step", json_integer((json_int_t)number));
	json_object_set_new(record, "markdown",
			    run->done ? json_sprintf("There is nothing to show: %s.", step->nothing)
				      : json_sprintf("First run: step %zu.",
						     lesson_step_number(serve->lesson, run)));
	return tell_put(serve, record, err);
}

bool serve_content(const Serve *serve, size_t number, Err *err)
{
	Step *step = serve->lesson->step[number - 1];

	switch (step->kind) {
	case STEP_TEXT:
		return tell_text(serve, number, NULL, step->text, err);
	case STEP_PREDICT:
	case STEP_QUIZ:
	case STEP_REFLECT:
		return tell_prompt(serve, number, step, err);
	case STEP_REVEAL:
		return put_reveal(serve, number, step, err);
	case STEP_EXERCISE:
		return tell_text(serve, number, step, step->text, err);
	case STEP_INSPECT:
		return put_inspect(serve, number, step, err);
	case STEP_RUN:
		break;
	}
	return true;
}

/* --- the service ------------------------------------------------------------------------------ */

bool serve_fix_cost(const Serve *serve, Err *err)
{
	Trial *trial = serve->script->options.trial;
	Lesson *lesson = serve->lesson;
	EdgeReply reply;

	if (!edge_ask(trial->edge_fd, trial->next_edge++, EDGE_TIMEOUT_MS, &reply, err))
		return false;
	lesson->measured = reply.headline >= 0;
	lesson->fixed_cost =
		lesson->measured && lesson->cost[0] == METRIC_ENERGY ? METRIC_ENERGY : METRIC_TIME;
	return true;
}

bool lesson_serve(Script *script, LessonReader *reader, Err *err)
{
	Serve serve = { .script = script,
			.lesson = lesson_of(script),
			.out = script->options.trial->out };
	json_t *command;

	if (serve.lesson->question)
		return err_set(err, ERR_USAGE,
			       "%s is in preparation and cannot be opened yet; its question: %s",
			       serve.lesson->id, serve.lesson->question);
	serve.lesson->reader = reader;
	if (!lua_checkstack(script->lua, LUA_MINSTACK))
		return err_set(err, ERR_MEMORY, "%s: no memory for a call", script->name);
	if (!serve_fix_cost(&serve, err) || !tell_lesson(&serve, err))
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
		bool fine = serve_follow(&serve, command, err);

		json_decref(command);
		if (!fine)
			return false;
	}
}
