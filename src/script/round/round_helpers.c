/* The table t that checks get: helpers that return true, or false and a message with the numbers,
 * and the fields of what setup returned.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "script/round/round.h"

#define RANDOM_HANDLE "generator (r(m, n) draws)" /* as errors call it */
#define PROPERTY_ROUNDS_MAX 100000

/* --- numbers ---------------------------------------------------------------------------------- */

void round_numbers(char a[TEMPLATE_VALUE_MAX], char b[TEMPLATE_VALUE_MAX], double x, double y)
{
	template_number(a, x, FILTER_N);
	template_number(b, y, FILTER_N);
	if (x != y && strcmp(a, b) == 0) {
		text_format(a, TEMPLATE_VALUE_MAX, "%.15g", x);
		text_format(b, TEMPLATE_VALUE_MAX, "%.15g", y);
	}
}

/* false and a message. */
static int answer_false(lua_State *L, const char *message)
{
	lua_pushboolean(L, false);
	lua_pushstring(L, message);
	return 2;
}

static int answer(lua_State *L, bool right, const char *message)
{
	if (!right)
		return answer_false(L, message);
	lua_pushboolean(L, true);
	return 1;
}

/* What is judged comes from the student and may be anything; what it is judged by does not. False:
 * it is no number, and the answer lies on the stack. */
static bool take_number(lua_State *L, double *out)
{
	char message[96];

	luaL_checkany(L, 1);
	*out = lua_tonumber(L, 1);
	if (lua_type(L, 1) == LUA_TNUMBER && !isnan(*out))
		return true;
	if (lua_type(L, 1) == LUA_TNUMBER)
		text_format(message, sizeof message, "it is not a number (nan)");
	else
		text_format(message, sizeof message, "it is %s%s, and must be a number",
			    lua_isnil(L, 1) ? "" : "a ",
			    lua_isnil(L, 1) ? "nothing" : luaL_typename(L, 1));
	answer_false(L, message);
	return false;
}

/* An argument that the lesson gives. */
static double own_number(lua_State *L, int arg)
{
	luaL_checktype(L, arg, LUA_TNUMBER);
	luaL_argcheck(L, !isnan(lua_tonumber(L, arg)), arg, "is not a number (nan)");
	return lua_tonumber(L, arg);
}

/* The student's number against a limit of the lesson, the most or the least that is right. */
static int answer_limit(lua_State *L, bool most)
{
	char is[TEMPLATE_VALUE_MAX], limit[TEMPLATE_VALUE_MAX], message[2 * TEMPLATE_VALUE_MAX];
	double b = own_number(L, 2), a;

	if (!take_number(L, &a))
		return 2;
	round_numbers(is, limit, a, b);
	text_format(message, sizeof message,
		    most ? "it is %.64s; at most %.64s is allowed"
			 : "it is %.64s; at least %.64s is asked for",
		    is, limit);
	return answer(L, most ? a <= b : a >= b, message);
}

static int round_at_most(lua_State *L)
{
	return answer_limit(L, true);
}

static int round_at_least(lua_State *L)
{
	return answer_limit(L, false);
}

static int round_near(lua_State *L)
{
	char is[TEMPLATE_VALUE_MAX], wanted[TEMPLATE_VALUE_MAX], within[TEMPLATE_VALUE_MAX],
		message[2 * TEMPLATE_VALUE_MAX];
	double b = own_number(L, 2), tolerance = own_number(L, 3), a;

	luaL_argcheck(L, tolerance >= 0, 3, "the tolerance is below 0");
	if (!take_number(L, &a))
		return 2;
	round_numbers(is, wanted, a, b);
	template_number(within, tolerance, FILTER_N);
	text_format(message, sizeof message, "it is %.64s; %.64s is asked for, within %.64s", is,
		    wanted, within);
	return answer(L, a == b || fabs(a - b) <= tolerance, message);
}

static int round_is_model(lua_State *L)
{
	char message[96];

	lua_settop(L, 1);
	text_format(message, sizeof message, "it is %s%s, not a model", lua_isnil(L, 1) ? "" : "a ",
		    lua_isnil(L, 1) ? "nothing" : luaL_typename(L, 1));
	return answer(L, handle_object(L, 1, MODEL_HANDLE) || handle_object(L, 1, PROGRAM_HANDLE),
		      message);
}

/* --- random cases ----------------------------------------------------------------------------- */

static int random_call(lua_State *L)
{
	return library_random(L, luaL_checkudata(L, 1, RANDOM_HANDLE), 2);
}

static int random_normal_lua(lua_State *L)
{
	lua_pushnumber(L, random_normal(luaL_checkudata(L, 1, RANDOM_HANDLE)));
	return 1;
}

static const luaL_Reg random_methods[] = {
	{ "normal", random_normal_lua },
	{ NULL, NULL },
};
static const luaL_Reg random_meta[] = {
	{ "__call", random_call },
	{ NULL, NULL },
};

/* property(n, f): each case has a seed of its own, so that the numbers of one do not hang on how
 * many another drew. */
static int round_property(lua_State *L)
{
	Round *round = round_of(L);
	lua_Integer n = luaL_checkinteger(L, 1);
	char message[ROUND_MESSAGE_MAX];

	luaL_argcheck(L, n >= 1 && n <= PROPERTY_ROUNDS_MAX, 1, "must be 1 to 100,000");
	luaL_checktype(L, 2, LUA_TFUNCTION);
	round->in_property = true; /* an error ends the check, or is caught at the cost of time */
	for (lua_Integer i = 1; i <= n; i++) {
		lua_settop(L, 2);
		lua_pushvalue(L, 2);
		random_init(lua_newuserdatauv(L, sizeof(Random), 0), round->seed,
			    RANDOM_PROPERTY + ((uint64_t)i << 8));
		luaL_setmetatable(L, RANDOM_HANDLE);
		lua_call(L, 1, 2);
		if (!lua_isboolean(L, 3))
			script_fail(L,
				    "t.property: the function returned a %s; it must return true, "
				    "or false and a text",
				    luaL_typename(L, 3));
		if (lua_toboolean(L, 3))
			continue;
		text_format(message, sizeof message, "case %d of %d: %s", (int)i, (int)n,
			    lua_type(L, 4) == LUA_TSTRING ? lua_tostring(L, 4)
							  : "it does not hold");
		round->in_property = false;
		return answer_false(L, message);
	}
	round->in_property = false;
	lua_pushboolean(L, true);
	return 1;
}

/* --- the rest --------------------------------------------------------------------------------- */

static int round_refused(lua_State *L)
{
	const Round *round = round_of(L);

	if (strcmp(luaL_checkstring(L, 1), "test") != 0)
		script_fail(L, "t.refused: only \"test\" is refused to a student's file");
	lua_pushinteger(L, round->student ? (lua_Integer)round->student->refused : 0);
	return 1;
}

static int round_report(lua_State *L)
{
	Round *round = round_of(L);
	const Exercise *exercise = round->step->exercise;
	const char *name = luaL_checkstring(L, 1), *names[EXERCISE_REPORTS_MAX + 1] = { NULL };
	double number = own_number(L, 2);
	char hint[TEXT_HINT_MAX];

	for (size_t i = 0; i < exercise->reports; i++) {
		names[i] = exercise->report[i];
		if (strcmp(name, exercise->report[i]) != 0)
			continue;
		round->reported[i] = number;
		return 0;
	}
	script_fail(L, "t.report: '%.60s' is not in the list reports of the exercise%s", name,
		    text_did_you_mean(hint, name, names));
}

static const luaL_Reg helpers[] = {
	{ "at_least", round_at_least }, { "at_most", round_at_most },
	{ "call", round_call },         { "is_model", round_is_model },
	{ "near", round_near },         { "not_worse", round_not_worse },
	{ "property", round_property }, { "refused", round_refused },
	{ "report", round_report },     { NULL, NULL },
};

void round_push_t(lua_State *L, Round *round)
{
	values_handle(L, RANDOM_HANDLE, random_methods, random_meta, NULL);
	lua_newtable(L);
	int t = lua_gettop(L);

	round_push_setup(L, round, 0);
	for (lua_pushnil(L); lua_next(L, t + 1); lua_pop(L, 1)) {
		lua_pushvalue(L, -2);
		lua_pushvalue(L, -2);
		lua_rawset(L, t);
	}
	lua_settop(L, t);
	for (const luaL_Reg *row = helpers; row->name; row++) {
		if (values_field(L, t, row->name) != LUA_TNIL)
			script_fail(L,
				    "exercise '%s': setup returned a field '%s', which is a helper "
				    "of t",
				    round->step->id, row->name);
		lua_pop(L, 1);
		lua_pushlightuserdata(L, round);
		lua_pushcclosure(L, row->func, 1);
		lua_setfield(L, t, row->name);
	}
	lua_pushinteger(L, (lua_Integer)round->seed);
	lua_setfield(L, t, "seed");
	lua_pushinteger(L, round->attempts);
	lua_setfield(L, t, "attempts");
	values_strict(L, "t");
}
