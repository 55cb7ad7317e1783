/* The round: set-up, one check after the other, a record for each, and what was measured.
 * SPDX-License-Identifier: MIT */
#include "script/round/round.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/record.h"
#include "base/text.h"

#define SETUP_SECONDS 300

Round *round_of(lua_State *L)
{
	return lua_touserdata(L, lua_upvalueindex(1));
}

static Exercise *exercise_of(const Round *round)
{
	return round->step->exercise;
}

/* --- the wish --------------------------------------------------------------------------------- */

static bool find_exercise(Round *round, const char *id, Err *err)
{
	const Lesson *lesson = round->serve.lesson;
	const char *names[LESSON_STEPS_MAX + 1] = { NULL };
	char hint[TEXT_HINT_MAX];
	size_t n = 0;

	for (size_t i = 0; i < lesson->steps; i++) {
		if (!lesson->step[i]->exercise)
			continue;
		names[n++] = lesson->step[i]->id;
		if (strcmp(lesson->step[i]->id, id) != 0)
			continue;
		round->step = lesson->step[i];
		round->number = i + 1;
		return true;
	}
	return err_set(err, ERR_USAGE, "the lesson %s has no exercise '%.60s'%s", lesson->id, id,
		       n ? text_did_you_mean(hint, id, names) : ": it has none at all");
}

static bool is_wanted(const json_t *only, const char *id)
{
	const json_t *name;
	size_t i;

	if (!only)
		return true;
	json_array_foreach((json_t *)(uintptr_t)only, i, name)
	{
		if (json_is_string(name) && strcmp(json_string_value(name), id) == 0)
			return true;
	}
	return false;
}

/* Each name in "only" is that of a check. */
static bool check_only(const Round *round, const json_t *only, Err *err)
{
	const Exercise *exercise = exercise_of(round);
	const char *names[2 * EXERCISE_CHECKS_MAX + 1] = { NULL };
	const json_t *name;
	size_t i, n = 0;

	for (i = 0; i < exercise->checks; i++)
		names[n++] = exercise->check[i].id;
	for (i = 0; round->extra && i < round->extra->checks; i++)
		names[n++] = round->extra->check[i].id;
	json_array_foreach((json_t *)(uintptr_t)only, i, name)
	{
		const char *id = json_string_value(name);
		const char *const *known = names;
		char hint[TEXT_HINT_MAX];

		while (id && *known && strcmp(*known, id) != 0)
			known++;
		if (!id || !*known)
			return err_set(err, ERR_USAGE, "the exercise %s has no check '%.60s'%s",
				       round->step->id, id ? id : "?",
				       text_did_you_mean(hint, id ? id : "", names));
	}
	return true;
}

/* The grading file's own checks of this exercise. */
static bool take_grading(Round *round, const json_t *file, Err *err)
{
	const char *name = json_string_value(json_object_get(file, "name")),
		   *text = json_string_value(json_object_get(file, "text"));

	if (!file || json_is_null(file))
		return true;
	if (!name || !*name || !text)
		return err_set(err, ERR_USAGE, "a grading file needs a name and a text");
	const Grading *grading = grading_open(round->serve.script, name, text, err);

	if (grading)
		round->extra = grading_extra(grading, round->step->id);
	return grading != NULL;
}

static bool take_wish(Round *round, const json_t *wish, Err *err)
{
	const json_t *seed = json_object_get(wish, "run_seed");
	const char *file = json_string_value(json_object_get(wish, "file"));

	if (!find_exercise(round, record_text(wish, "exercise"), err) ||
	    !take_grading(round, json_object_get(wish, "grading"), err) ||
	    !check_only(round, json_object_get(wish, "only"), err))
		return false;
	if (!file || !*file || strpbrk(file, "/\n") || strlen(file) > EXERCISE_FILE_MAX ||
	    !json_is_string(json_object_get(wish, "text")))
		return err_set(err, ERR_USAGE, "a round of checks needs a file's name and text");
	round->seed = round->serve.lesson->seed;
	if (json_is_integer(seed) && json_integer_value(seed) >= 0)
		round->seed = (uint64_t)json_integer_value(seed);
	round->attempts = json_integer_value(json_object_get(wish, "attempts"));
	round->seconds_max = json_number_value(json_object_get(wish, "seconds"));
	if (!(round->seconds_max > 0))
		round->seconds_max = HUGE_VAL;
	return true;
}

/* --- set-up ----------------------------------------------------------------------------------- */

/* What the function at the top makes of the context c with that seed. */
static void make_setup(lua_State *L, const Round *round, size_t offset)
{
	Script *script = round->serve.script;

	script->seed = round->seed + offset;
	random_init(&script->random, script->seed, RANDOM_SCRIPT);
	serve_push_context(L, round->serve.lesson);
	lua_call(L, 1, 1);
	script->seed = round->seed;
	if (!lua_istable(L, -1))
		script_fail(L, "exercise '%s': setup returned %s%s; it must return a table",
			    round->step->id, lua_isnil(L, -1) ? "" : "a ",
			    lua_isnil(L, -1) ? "nothing" : luaL_typename(L, -1));
}

void round_push_setup(lua_State *L, Round *round, size_t offset)
{
	luaL_checkstack(L, LUA_MINSTACK, "setup");
	lua_rawgeti(L, LUA_REGISTRYINDEX, round->table);
	lua_rawgeti(L, -1, ROUND_SETUPS);
	lua_replace(L, -2);
	int setups = lua_gettop(L);

	if (lua_rawgeti(L, setups, (lua_Integer)offset + 1) == LUA_TNIL) {
		lua_pop(L, 1);
		serve_push_step(L, round->serve.lesson, round->step, STEP_FUNCTION);
		if (values_field(L, -1, "setup") == LUA_TFUNCTION)
			make_setup(L, round, offset);
		else
			lua_newtable(L);
		lua_pushvalue(L, -1);
		lua_rawseti(L, setups, (lua_Integer)offset + 1);
	}
	lua_replace(L, setups);
	lua_settop(L, setups);
}

static int setup_body(lua_State *L)
{
	Round *round = lua_touserdata(L, 1);

	lua_newtable(L);
	for (int i = ROUND_SETUPS; i <= ROUND_LATE; i++) {
		lua_newtable(L);
		lua_rawseti(L, -2, i);
	}
	round->table = luaL_ref(L, LUA_REGISTRYINDEX);
	if (round->broken.code == ERR_NONE)
		round_push_setup(L, round, 0);
	return 0;
}

/* --- one check -------------------------------------------------------------------------------- */

static const char *const status_names[] = {
	[ROUND_PASS] = "pass",       [ROUND_FAIL] = "fail",       [ROUND_ERROR] = "error",
	[ROUND_TIMEOUT] = "timeout", [ROUND_SKIPPED] = "skipped",
};

/* The function has returned: no line of it is at work. */
noreturn static void fail_answer(lua_State *L, const Round *round)
{
	const Script *script = round->serve.script;
	bool nothing = lua_isnil(L, -2);
	Err err;

	err_set(&err, ERR_SCRIPT,
		"%s:%d: check '%s' returned %s%s; it must return true, or false and a text",
		script_file_at_work(script), round->check->line, round->check->id,
		nothing ? "" : "a ", nothing ? "nothing" : luaL_typename(L, -2));
	script_raise_placed(L, &err);
}

static int check_body(lua_State *L)
{
	Round *round = lua_touserdata(L, 1);
	Script *script = round->serve.script;

	script->seed = round->seed;
	random_init(&script->random, round->seed, RANDOM_SCRIPT);
	if (round->is_extra) {
		grading_push_function(L, round->step->id, round->index);
	} else {
		serve_push_step(L, round->serve.lesson, round->step, STEP_FUNCTION);
		lua_rawgeti(L, -1, (lua_Integer)round->index);
	}
	round_push_t(L, round);
	/* What it measures it compares, as a run does. */
	round->serve.lesson->running = round->check->measured ? round->step : NULL;
	round->serve.lesson->compared = false;
	lua_call(L, 1, 2);
	if (!lua_isboolean(L, -2))
		fail_answer(L, round);
	round->status = lua_toboolean(L, -2) ? ROUND_PASS : ROUND_FAIL;
	if (round->status == ROUND_FAIL)
		text_format(round->message, sizeof round->message, "%s",
			    lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1)
							   : "it does not hold");
	return 0;
}

/* Behind "FILE:LINE: ", which may hold any word. */
static const char *words_of(const char *message)
{
	const char *at = message;

	while ((at = strstr(at, ": ")) && at > message && (at[-1] < '0' || at[-1] > '9'))
		at++;
	return at ? at + 2 : message;
}

/* True when what the student's function gave may explain an error in the check: objects can be
 * wrong in many ways, of plain values the error names the type. */
static bool gave_cause(const RoundCall *call, const Err *failed)
{
	bool nothing = strcmp(call->gave, "nothing") == 0,
	     object = strcmp(call->gave, "model") == 0 || strcmp(call->gave, "table") == 0;

	return *call->name &&
	       (object || strstr(words_of(failed->text), nothing ? "nil" : call->gave));
}

/* What raised in the check, or that its time was over. An error that the check caught and went on
 * from is no place that this one came from. */
static void explain_error(Round *round, const Err *failed, bool over, char text[ERR_TEXT_MAX])
{
	RoundCall *call = &round->call;
	bool students = call->err.code != ERR_NONE &&
			strncmp(failed->text, call->err.text, strlen(call->err.text)) == 0;

	round->status = over || (students && call->late) ? ROUND_TIMEOUT : ROUND_ERROR;
	if (!students && !over)
		call->err.code = ERR_NONE;
	if (over)
		text_format(text, ERR_TEXT_MAX, "time limit (%g s) in check '%s'", round->seconds,
			    round->check->id);
	else if (students)
		text_format(text, ERR_TEXT_MAX, "%s", call->err.text);
	else if (gave_cause(call, failed))
		text_format(text, ERR_TEXT_MAX, "%s() returned %s%s (%s)", call->name,
			    strcmp(call->gave, "nothing") == 0 ? "" : "a ", call->gave,
			    failed->text);
	else
		text_format(text, ERR_TEXT_MAX, "%s", failed->text);
}

/* The check raised, or its time was over. */
static void explain(Round *round, const Err *failed, bool over)
{
	const Check *check = round->check;
	char text[ERR_TEXT_MAX];
	Err ignored;

	explain_error(round, failed, over, text);
	char *said = check->on_error ? fill_text(round->serve.lesson, round->step, check->on_error,
						 &ignored)
				     : NULL;

	if (said)
		text_format(round->message, sizeof round->message, "%s (%s)", said, text);
	else
		text_format(round->message, sizeof round->message, "%s", text);
	free(said);
}

static bool run_check(Round *round, Err *err)
{
	int64_t began_ns = clock_now_ns();
	Err failed;

	round->call = (RoundCall){ .err = { .code = ERR_NONE } };
	round->message[0] = '\0';
	round->in_property = false;
	if (round->check->measured && !round->serve.lesson->measured) {
		round->status = ROUND_SKIPPED;
		text_format(round->message, sizeof round->message,
			    "no sensor measures joules here");
		return true;
	}
	if (round->broken.code != ERR_NONE) {
		round->status = round->broken_late ? ROUND_TIMEOUT : ROUND_ERROR;
		text_format(round->message, sizeof round->message, "%s", round->broken.text);
		return true;
	}
	round->serve.script->in_grading = round->is_extra;
	bool fine = serve_call(&round->serve, check_body, round, round->seconds, &failed, err);

	round->serve.script->in_grading = false;
	round->serve.lesson->running = NULL;
	if (fine)
		return true;
	bool over = (double)(clock_now_ns() - began_ns) >= round->seconds * (double)CLOCK_NS_PER_S;

	if (err->code == ERR_NONE)
		explain(round, &failed, over && failed.code == ERR_LIMIT);
	return err->code == ERR_NONE;
}

/* --- records ---------------------------------------------------------------------------------- */

/* "ex1.lua:5" of the line in the student's file that a message begins with or came from. */
static void set_place(const Round *round, const char *file, json_t *record)
{
	size_t len = strlen(file);
	const Err *err = round->broken.code != ERR_NONE ? &round->broken : &round->call.err;

	if (err->code == ERR_NONE || strncmp(err->text, file, len) != 0 || err->text[len] != ':')
		return;
	size_t digits = strspn(err->text + len + 1, "0123456789");

	if (digits && (round->status == ROUND_ERROR || round->status == ROUND_TIMEOUT))
		json_object_set_new(record, "place", json_stringn(err->text, len + 1 + digits));
}

/* A student needs no path to see which of two files is meant. */
static void strip_folder(char *text, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) + 1 : 0;

	for (char *at = text; len && (at = strstr(at, path));)
		memmove(at, at + len, strlen(at + len) + 1);
}

static bool put_check(const Round *round, const char *file, double time_s, Err *err)
{
	const Check *check = round->check;
	json_t *record = tell_record(&round->serve, "check");
	bool pass = round->status == ROUND_PASS;

	json_object_set_new(record, "step", json_integer((json_int_t)round->number));
	json_object_set_new(record, "exercise", json_string(round->step->id));
	json_object_set_new(record, "id", json_string(check->id));
	json_object_set_new(record, "status", json_string(status_names[round->status]));
	json_object_set_new(record, "pass", json_boolean(pass));
	json_object_set_new(record, "points", lesson_number(pass ? check->points : 0));
	json_object_set_new(record, "of", lesson_number(check->points));
	char message[ROUND_MESSAGE_MAX];

	text_clean(message, sizeof message, round->message, strlen(round->message));
	strip_folder(message, round->serve.script->name);
	strip_folder(message, round->serve.script->grading_name);
	json_object_set_new(record, "message", json_string(message));
	set_place(round, file, record);
	if (round->is_extra)
		json_object_set_new(record, "extra", json_true());
	json_object_set_new(record, "show", json_string(check_show_name(check->show)));
	json_object_set_new(record, "time_s", json_real(time_s));
	if (!tell_filled(&round->serve, record, "text", round->step, check->text, err)) {
		json_decref(record);
		return false;
	}
	return tell_put(&round->serve, record, err);
}

/* Of the checks so far, without those that were skipped. */
typedef struct Sum {
	double points, of;
} Sum;

static json_t *metrics_json(const double *values)
{
	json_t *json = json_object();

	for (ExerciseMetric i = EXERCISE_BYTES; i < EXERCISE_METRICS; i++)
		if (isfinite(values[i]))
			json_object_set_new(json, exercise_metric_name(i),
					    lesson_number(values[i]));
	return json;
}

static bool put_exercise(const Round *round, const Sum *sum, Err *err)
{
	json_t *record = tell_record(&round->serve, "exercise"), *reports = json_object();
	const Exercise *exercise = exercise_of(round);

	for (size_t i = 0; i < exercise->reports; i++)
		if (isfinite(round->reported[i]))
			json_object_set_new(reports, exercise->report[i],
					    lesson_number(round->reported[i]));
	json_object_set_new(record, "step", json_integer((json_int_t)round->number));
	json_object_set_new(record, "exercise", json_string(round->step->id));
	json_object_set_new(record, "points", lesson_number(sum->points));
	json_object_set_new(record, "of", lesson_number(sum->of));
	json_object_set_new(record, "metrics", metrics_json(round->metric));
	json_object_set_new(record, "base", metrics_json(round->base));
	json_object_set_new(record, "reports", reports);
	return tell_put(&round->serve, record, err);
}

/* Setup is over: from now on each check has its seconds. */
static bool put_begin(const Round *round, Err *err)
{
	json_t *record = tell_record(&round->serve, "exercise-begin");

	json_object_set_new(record, "step", json_integer((json_int_t)round->number));
	json_object_set_new(record, "exercise", json_string(round->step->id));
	return tell_put(&round->serve, record, err);
}

/* --- the whole -------------------------------------------------------------------------------- */

/* The first model that came back, and setup's base, on the test rows of setup's data. */
static int measure_body(lua_State *L)
{
	Round *round = lua_touserdata(L, 1);
	enum { ROUND = 2, MODEL, SETUP, BASE, TEST };

	lua_rawgeti(L, LUA_REGISTRYINDEX, round->table);
	lua_rawgeti(L, ROUND, ROUND_MODEL);
	round_push_setup(L, round, 0);
	values_field(L, SETUP, "base");
	if (values_field(L, SETUP, "data") == LUA_TTABLE)
		values_field(L, TEST, "test");
	else
		lua_pushnil(L);
	lua_replace(L, TEST);
	for (ExerciseMetric i = EXERCISE_BYTES; i < EXERCISE_METRICS; i++) {
		if (!lua_isnil(L, MODEL))
			round->metric[i] = round_measure(L, MODEL, i, TEST);
		if (handle_object(L, BASE, MODEL_HANDLE) || handle_object(L, BASE, PROGRAM_HANDLE))
			round->base[i] = round_measure(L, BASE, i, TEST);
	}
	return 0;
}

/* Runs and tells a check that is wanted. */
static bool take_check(Round *round, const json_t *wish, const Check *check, size_t index, Sum *sum,
		       Err *err)
{
	int64_t began_ns = clock_now_ns();

	if (!is_wanted(json_object_get(wish, "only"), check->id))
		return true;
	round->check = check;
	round->index = index;
	if (!run_check(round, err) ||
	    !put_check(round, record_text(wish, "file"),
		       (double)(clock_now_ns() - began_ns) / CLOCK_NS_PER_S, err))
		return false;
	sum->points += round->status == ROUND_PASS ? check->points : 0;
	sum->of += round->status == ROUND_SKIPPED ? 0 : check->points;
	return true;
}

static bool run_checks(Round *round, const json_t *wish, Err *err)
{
	const Exercise *exercise = exercise_of(round);
	Sum sum = { 0, 0 };
	Err failed;

	for (size_t i = 0; i < exercise->checks; i++) {
		round->seconds = serve_seconds(round->serve.script,
					       fmin(exercise->seconds, round->seconds_max));
		if (!take_check(round, wish, &exercise->check[i], i + 1, &sum, err))
			return false;
	}
	round->is_extra = true;
	for (size_t i = 0; round->extra && i < round->extra->checks; i++) {
		double own = round->serve.script->grading->seconds,
		       seconds = own > 0 ? own : exercise->seconds;

		round->seconds =
			serve_seconds(round->serve.script, fmin(seconds, round->seconds_max));
		if (!take_check(round, wish, &round->extra->check[i], i + 1, &sum, err))
			return false;
	}
	if (round->broken.code == ERR_NONE &&
	    !serve_call(&round->serve, measure_body, round, exercise->seconds, &failed, err) &&
	    err->code != ERR_NONE)
		return false;
	return put_exercise(round, &sum, err);
}

static bool run_round(Round *round, const json_t *wish, Err *err)
{
	Script *script = round->serve.script;
	Err failed;

	round->table = LUA_NOREF;
	for (int i = 0; i < EXERCISE_REPORTS_MAX; i++)
		round->reported[i] = NAN;
	for (int i = 0; i < EXERCISE_METRICS; i++)
		round->metric[i] = round->base[i] = NAN;
	if (!lua_checkstack(script->lua, LUA_MINSTACK))
		return err_set(err, ERR_MEMORY, "%s: no memory for a call", script->name);
	if (!serve_fix_cost(&round->serve, err))
		return false;
	round_open(round, record_text(wish, "file"), record_text(wish, "text"));
	if (!serve_call(&round->serve, setup_body, round, SETUP_SECONDS, &failed, err)) {
		if (err->code == ERR_NONE)
			*err = failed;
		return false;
	}
	return put_begin(round, err) && run_checks(round, wish, err);
}

bool exercise_check(Script *script, const json_t *wish, Err *err)
{
	Round round = { .serve = { .script = script,
				   .lesson = lesson_of(script),
				   .out = script->options.trial->out } };
	LowerRule rule = script->options.trial->rule;

	if (!take_wish(&round, wish, err))
		return false;
	/* What a check finds must not hang on how busy the machine is. */
	script->options.trial->rule = LOWER_TABLE;
	bool fine = run_round(&round, wish, err);

	if (!fine)
		strip_folder(err->text, script->name);
	script->options.trial->rule = rule;
	parcel_clear(&round.parcel);
	script_close(round.student);
	return fine;
}
