/* The student's side of a round: a script of its own, called with copies.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "script/experiment/job.h"
#include "script/round/round.h"

#define LOAD_SECONDS 2
#define RESULTS_MAX 16
#define FUNCTIONS_TOLD 64
/* Results beyond are computed again when they are asked for again: the same ones. */
#define KEPT_MAX 1024
/* A call that took this share of a check's time took the whole of it. */
#define LATE_SHARE 0.9

/* --- the file --------------------------------------------------------------------------------- */

/* A place, and what loading means by it. */
static void explain_late(Err *err)
{
	char *reached = strstr(err->text, "time limit reached");

	if (reached)
		text_format(reached, sizeof err->text - (size_t)(reached - err->text),
			    "time limit (%d s): the file does not come to its end", LOAD_SECONDS);
}

void round_open(Round *round, const char *name, const char *text)
{
	Script *lesson = round->serve.script;
	ScriptOptions options = lesson->options;

	options.name = name;
	options.text = text;
	options.len = strlen(text);
	options.seed_given = true;
	options.seed = lesson_pick(round->seed, name, UINT32_MAX);
	options.load_limit_ns = LOAD_SECONDS * CLOCK_NS_PER_S;
	options.lesson = false;
	options.host = lesson;
	int64_t began_ns = clock_now_ns();

	round->broken.code = ERR_NONE;
	if (options.len > EXERCISE_TEXT_MAX)
		err_set(&round->broken, ERR_LIMIT, "%s: %zu bytes; at most %d are taken", name,
			options.len, EXERCISE_TEXT_MAX);
	else
		round->student = script_open(&options, &round->broken);
	round->broken_late = round->broken.code == ERR_LIMIT &&
			     clock_now_ns() - began_ns >= options.load_limit_ns;
	if (round->broken_late)
		explain_late(&round->broken);
}

/* --- a call, in the student's state ----------------------------------------------------------- */

typedef struct Call {
	Round *round;
	const char *name;
} Call;

noreturn static void fail_function(lua_State *S, const char *name)
{
	const char *names[FUNCTIONS_TOLD + 1] = { NULL };
	char hint[TEXT_HINT_MAX];
	size_t n = 0;

	for (lua_pushnil(S); lua_next(S, 2) && n < FUNCTIONS_TOLD; lua_pop(S, 1))
		if (lua_type(S, -2) == LUA_TSTRING && lua_type(S, -1) == LUA_TFUNCTION)
			names[n++] = lua_tostring(S, -2);
	script_fail(S, "the table that it returns has no function '%s'%s", name,
		    text_did_you_mean(hint, name, names));
}

static int call_body(lua_State *S)
{
	const Call *call = lua_touserdata(S, 1);
	const Script *student = script_of(S);
	char what[LESSON_NAME_MAX + 16], place[SCRIPT_NAME_MAX];

	lua_rawgeti(S, LUA_REGISTRYINDEX, student->experiment);
	if (values_field(S, 2, call->name) != LUA_TFUNCTION)
		fail_function(S, call->name);
	lua_pushvalue(S, 3);
	if (lua_iscfunction(S, -1)) {
		lua_pop(S, 1);
		text_format(place, sizeof place, "%s", student->name);
	} else {
		job_place(S, place, sizeof place);
	}
	lua_call(S, parcel_unpack(&call->round->parcel, S), LUA_MULTRET);
	int count = lua_gettop(S) - 2;

	if (count > RESULTS_MAX)
		script_fail(S, "%s() returned %d values; at most %d are taken", call->name, count,
			    RESULTS_MAX);
	text_format(what, sizeof what, "%s: %s(): result", place, call->name);
	parcel_pack(&call->round->parcel, S, 3, count, what, false);
	return 0;
}

/* A call finds the file as it was loaded: nothing that an earlier one left behind, so that what it
 * answers hangs on its arguments alone. */
static bool begin_afresh(Round *round)
{
	Script *student = round->student;
	uint64_t refused = student->refused; /* what loading adds was counted the first time */
	bool fine = true;

	if (round->called) {
		student->options.deadline_ns = round->serve.script->deadline_ns;
		student->engine_bytes = 0;
		random_init(&student->random, student->seed, RANDOM_SCRIPT);
		fine = script_load(student, &round->call.err);
		student->refused = refused;
	}
	round->called = true;
	return fine;
}

/* Time or memory ended the call, so that its error is no answer. */
static bool is_stop(const Script *student, const Err *err)
{
	return student->stop.code != ERR_NONE || err->code == ERR_LIMIT || err->code == ERR_MEMORY;
}

/* Without results when it fails: then round->call.err says why. */
static bool run_call(Round *round, const char *name, const unsigned char *key)
{
	Script *student = round->student, *lesson = round->serve.script;
	Call call = { round, name };
	uint64_t own = 0;

	round->stopped = false;
	if (!begin_afresh(round)) {
		round->stopped = is_stop(student, &round->call.err);
		return false;
	}
	student->deadline_ns = lesson->deadline_ns;
	if (key)
		memcpy(&own, key, sizeof own);
	random_init(&student->random, student->options.seed ^ own, RANDOM_SCRIPT);
	lua_pushcfunction(student->lua, call_body);
	lua_pushlightuserdata(student->lua, &call);
	if (script_call(student, 1, 0, &round->call.err)) {
		round->call.err.code = ERR_NONE;
		return true;
	}
	round->stopped = is_stop(student, &round->call.err);
	/* What it hoarded goes now, not with the next call: it may be all that the worker has. */
	lua_close(student->lua);
	student->lua = NULL;
	return false;
}

/* --- in the lesson's state -------------------------------------------------------------------- */

static bool is_model(lua_State *L, int index)
{
	return handle_object(L, index, MODEL_HANDLE) || handle_object(L, index, PROGRAM_HANDLE);
}

static void push_round(lua_State *L, const Round *round, int which)
{
	lua_rawgeti(L, LUA_REGISTRYINDEX, round->table);
	lua_rawgeti(L, -1, which);
	lua_replace(L, -2);
}

/* The values from index first on into a new table at the memo's key. */
static void keep_results(lua_State *L, const Round *round, int first, const char *key)
{
	int count = lua_gettop(L) - first + 1;

	lua_createtable(L, count, 1);
	for (int i = 0; i < count; i++) {
		lua_pushvalue(L, first + i);
		lua_rawseti(L, -2, i + 1);
	}
	lua_pushinteger(L, count);
	lua_setfield(L, -2, "n");
	push_round(L, round, ROUND_MEMO);
	lua_pushlstring(L, key, PARCEL_KEY_BYTES);
	lua_pushvalue(L, -3);
	lua_rawset(L, -3);
	lua_pop(L, 2);
}

static void keep_model(lua_State *L, const Round *round, int first)
{
	lua_rawgeti(L, LUA_REGISTRYINDEX, round->table);
	if (lua_rawgeti(L, -1, ROUND_MODEL) == LUA_TNIL)
		for (int i = first; i < lua_gettop(L) - 1; i++)
			if (is_model(L, i)) {
				lua_pushvalue(L, i);
				lua_rawseti(L, -3, ROUND_MODEL);
				break;
			}
	lua_pop(L, 2);
}

static void note_call(lua_State *L, Round *round, const char *name, int first)
{
	text_format(round->call.name, sizeof round->call.name, "%s", name);
	text_format(round->call.gave, sizeof round->call.gave, "%s",
		    lua_isnoneornil(L, first) ? "nothing"
		    : is_model(L, first)      ? "model"
					      : luaL_typename(L, first));
	keep_model(L, round, first);
}

/* The results of an earlier call with that key; 0: there was none. Raises its error again. */
static bool push_known(lua_State *L, Round *round, const char *key)
{
	push_round(L, round, ROUND_MEMO);
	lua_pushlstring(L, key, PARCEL_KEY_BYTES);
	int type = lua_rawget(L, -2);

	lua_replace(L, -2);
	if (type == LUA_TNIL) {
		lua_pop(L, 1);
		return false;
	}
	int table = lua_gettop(L);

	if (values_field(L, table, "error") == LUA_TSTRING) {
		err_set(&round->call.err, ERR_SCRIPT, "%s", lua_tostring(L, -1));
		script_raise_placed(L, &round->call.err);
	}
	lua_pop(L, 1);
	values_field(L, table, "n");
	int count = (int)lua_tointeger(L, -1);

	lua_pop(L, 1);
	luaL_checkstack(L, count, "results");
	for (int i = 1; i <= count; i++)
		lua_rawgeti(L, table, i);
	lua_remove(L, table);
	return true;
}

/* A function that took a check's whole time would do so again, whatever it is given. */
static void keep_late(lua_State *L, const Round *round, const char *name)
{
	push_round(L, round, ROUND_LATE);
	lua_createtable(L, 0, 2);
	lua_pushnumber(L, round->seconds);
	lua_setfield(L, -2, "seconds");
	lua_pushstring(L, round->check->id);
	lua_setfield(L, -2, "check");
	lua_setfield(L, -2, name);
	lua_pop(L, 1);
}

/* Raises, unless there is more time now than then. */
static void refuse_late(lua_State *L, Round *round, const char *name)
{
	push_round(L, round, ROUND_LATE);
	if (values_field(L, -1, name) == LUA_TTABLE) {
		values_field(L, -1, "seconds");
		values_field(L, -2, "check");
		double seconds = lua_tonumber(L, -2);

		round->call.late = round->seconds <= seconds;
		err_set(&round->call.err, ERR_SCRIPT,
			"%s: %s() took the whole time (%g s) of check '%s', and is not called "
			"again in this round",
			round->student->name, name, seconds, lua_tostring(L, -1));
		if (round->call.late)
			script_raise_placed(L, &round->call.err);
		round->call.err.code = ERR_NONE;
		lua_pop(L, 2);
	}
	lua_pop(L, 2);
}

/* A stop of the check or the worker is met at once; anything else is an error of the student's. */
noreturn static void fail_call(lua_State *L, Round *round, const char *name, const char *key,
			       int64_t began_ns)
{
	Script *lesson = round->serve.script;
	double spent_s = (double)(clock_now_ns() - began_ns) / CLOCK_NS_PER_S;

	if (round->stopped && spent_s >= LATE_SHARE * round->seconds)
		keep_late(L, round, name);
	if (key && !round->in_property && !round->stopped) {
		push_round(L, round, ROUND_MEMO);
		lua_pushlstring(L, key, PARCEL_KEY_BYTES);
		lua_createtable(L, 0, 2);
		lua_pushstring(L, round->call.err.text);
		lua_setfield(L, -2, "error");
		lua_rawset(L, -3);
	}
	script_check(lesson, false); /* a stop goes before the call's own error */
	script_raise_placed(L, &round->call.err);
}

int round_call(lua_State *L)
{
	Round *round = round_of(L);
	const char *name = luaL_checkstring(L, 1);
	unsigned char digest[PARCEL_KEY_BYTES];
	int first = lua_gettop(L) + 1;
	int64_t began_ns = clock_now_ns();

	round->call = (RoundCall){ .err = { .code = ERR_NONE } };
	parcel_pack(&round->parcel, L, 2, first - 2, "t.call: argument", true);
	bool keyed = parcel_key(&round->parcel, name, digest);
	const char *key = keyed ? (const char *)digest : NULL;

	if (!keyed || !push_known(L, round, key)) {
		refuse_late(L, round, name);
		if (!run_call(round, name, keyed ? digest : NULL))
			fail_call(L, round, name, key, began_ns);
		parcel_unpack(&round->parcel, L);
		if (keyed && !round->in_property && round->kept++ < KEPT_MAX)
			keep_results(L, round, first, key);
	}
	note_call(L, round, name, first);
	return lua_gettop(L) - first + 1;
}
