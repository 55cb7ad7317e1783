/* Base functions that differ from Lua's own: those that could catch a stop, load code, or reach
 * outside.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/text.h"
#include "script/inside.h"

#define PRINT_LINES_MAX 1000 /* of one script; the rest is dropped, with a notice */
#define CLOSING_MAX 8 /* coroutines closed inside one another: each may use a whole C stack */
#define RANGE_MAX 100000

/* --- protected calls -------------------------------------------------------------------------- */

/* As in Lua's own pcall, but a stop goes on. */
static int finish_pcall(lua_State *L, int status, lua_KContext extra)
{
	script_check_stop(L);
	if (status != LUA_OK && status != LUA_YIELD) {
		lua_pushboolean(L, false);
		lua_pushvalue(L, -2);
		return 2;
	}
	return lua_gettop(L) - (int)extra;
}

static int base_pcall(lua_State *L)
{
	luaL_checkany(L, 1);
	lua_pushboolean(L, true);
	lua_insert(L, 1);
	return finish_pcall(L, lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, finish_pcall),
			    0);
}

/* Stands before the script's handler: Lua runs handlers with the hook off when the hook raised the
 * error. */
static int handle_error(lua_State *L)
{
	if (script_of(L)->stop.code != ERR_NONE)
		return 1;
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_insert(L, 1);
	lua_call(L, lua_gettop(L) - 1, 1);
	return 1;
}

static int base_xpcall(lua_State *L)
{
	int args = lua_gettop(L) - 2;

	luaL_checktype(L, 2, LUA_TFUNCTION);
	lua_pushvalue(L, 2);
	lua_pushcclosure(L, handle_error, 1);
	lua_replace(L, 2);
	lua_pushboolean(L, true);
	lua_pushvalue(L, 1);
	lua_rotate(L, 3, 2); /* f, handler, true, f, arguments */
	return finish_pcall(L, lua_pcallk(L, args, LUA_MULTRET, 2, 2, finish_pcall), 2);
}

/* --- loading ---------------------------------------------------------------------------------- */

/* Replaces the function at 1 by the text that it gives piece by piece. */
static void load_pieces(lua_State *L)
{
	size_t total = 0;
	int pieces = 0;
	luaL_Buffer text;

	lua_newtable(L);
	for (;;) {
		lua_pushvalue(L, 1);
		lua_call(L, 0, 1);
		if (lua_isnil(L, -1) || (lua_type(L, -1) == LUA_TSTRING && lua_rawlen(L, -1) == 0))
			break;
		if (lua_type(L, -1) != LUA_TSTRING)
			luaL_error(L, "reader function must return a string");
		total += lua_rawlen(L, -1);
		luaL_argcheck(L, total <= SCRIPT_BYTES_MAX, 1, "over 1 MiB of text");
		script_charge(L, 100);
		lua_rawseti(L, -2, ++pieces);
	}
	lua_pop(L, 1);
	int list = lua_gettop(L);

	luaL_buffinit(L, &text);
	for (int i = 1; i <= pieces; i++) {
		lua_rawgeti(L, list, i);
		luaL_addvalue(&text);
	}
	luaL_pushresult(&text);
	lua_replace(L, 1);
	lua_settop(L, list - 1);
}

static int base_load(lua_State *L)
{
	size_t len;

	lua_settop(L, lua_isnone(L, 4) ? 3 : 4);
	if (lua_type(L, 1) != LUA_TSTRING) {
		luaL_checktype(L, 1, LUA_TFUNCTION);
		load_pieces(L);
	}
	const char *text = lua_tolstring(L, 1, &len);
	const char *name = luaL_optstring(L, 2, "=(load)");

	luaL_argcheck(L, len <= SCRIPT_BYTES_MAX, 1, "over 1 MiB of text");
	script_charge(L, len * 8 + 1000);
	/* Whatever mode was asked for: compiled code can crash Lua. */
	if (luaL_loadbufferx(L, text, len, name, "t") != LUA_OK) {
		script_check_stop(L);
		luaL_pushfail(L);
		lua_insert(L, -2);
		return 2;
	}
	if (lua_gettop(L) == 5) { /* an environment was given */
		lua_pushvalue(L, 4);
		if (!lua_setupvalue(L, 5, 1))
			lua_pop(L, 1);
	}
	return 1;
}

/* --- print, setmetatable, require ------------------------------------------------------------- */

static int base_print(lua_State *L)
{
	Script *script = script_of(L);
	int n = lua_gettop(L);
	luaL_Buffer line;
	Err err;

	luaL_buffinit(L, &line);
	for (int i = 1; i <= n; i++) {
		if (i > 1)
			luaL_addchar(&line, '\t');
		luaL_tolstring(L, i, NULL);
		luaL_addvalue(&line);
	}
	luaL_pushresult(&line);
	if (!script->options.trial || script->printed > PRINT_LINES_MAX)
		return 0;
	const char *text = lua_tostring(L, -1);

	if (script->printed++ == PRINT_LINES_MAX)
		text = "(print: this script wrote 1,000 lines; further ones are dropped)";
	if (!trial_script_log(script->options.trial, text, &err))
		script_raise(L, &err);
	return 0;
}

/* Finalizers run with the hook off, also while the state is closed: there are none. */
static int base_setmetatable(lua_State *L)
{
	int type = lua_type(L, 2);

	luaL_checktype(L, 1, LUA_TTABLE);
	luaL_argexpected(L, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table");
	if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL)
		script_fail(L, "cannot change a protected metatable");
	if (type == LUA_TTABLE) {
		lua_pushliteral(L, "__gc");
		if (lua_rawget(L, 2) != LUA_TNIL)
			script_fail(L, "setmetatable: __gc is not there in scripts; use __close");
	}
	lua_settop(L, 2);
	lua_setmetatable(L, 1);
	return 1;
}

/* w.range(first, last, step) → list */
static int wattle_range(lua_State *L)
{
	lua_Integer first = luaL_checkinteger(L, 1), last = luaL_checkinteger(L, 2);
	lua_Integer by = luaL_optinteger(L, 3, 1);
	double count = by == 0 ? 0 : ((double)last - (double)first) / (double)by + 1;

	luaL_argcheck(L, by != 0, 3, "a step of 0");
	luaL_argcheck(L, count <= RANGE_MAX, 2, "a range has at most 100,000 numbers");
	lua_createtable(L, count > 0 ? (int)count : 0, 0);
	for (int i = 1; i <= (int)count; i++) {
		lua_pushinteger(L, first + (i - 1) * by);
		lua_rawseti(L, -2, i);
	}
	return 1;
}

void library_open(lua_State *L)
{
	lua_createtable(L, 0, 16);
	lua_pushinteger(L, 1);
	lua_setfield(L, -2, "api");
	data_open(L);
	lua_setfield(L, -2, "data");
	model_open(L);
	lua_setfield(L, -2, "model");
	technique_open(L);
	lua_setfield(L, -2, "technique");
	lua_pushcfunction(L, wattle_range);
	lua_setfield(L, -2, "range");
	if (!script_of(L)->options.host) {
		lesson_functions(L);
		experiment_open(L);
		lua_setfield(L, -2, "experiment");
		lua_pushcfunction(L, experiment_combine);
		lua_setfield(L, -2, "combine");
	}
	values_strict(L, "wattle");
}

static int base_require(lua_State *L)
{
	const char *name = luaL_checkstring(L, 1);

	if (strcmp(name, "wattle") != 0)
		script_fail(L, "no module '%.60s': a script can require \"wattle\" only", name);
	library_open(L);
	return 1;
}

/* --- coroutines ------------------------------------------------------------------------------- */

static lua_State *coroutine_check(lua_State *L)
{
	lua_State *co = lua_tothread(L, 1);

	luaL_argexpected(L, co, 1, "coroutine");
	return co;
}

/* Moves `args` values over and runs. The number of results on L, or −1 and an error value on L. */
static int resume(lua_State *L, lua_State *co, int args)
{
	int results;

	if (!lua_checkstack(co, args)) {
		lua_pushliteral(L, "too many arguments to resume");
		return -1;
	}
	lua_xmove(L, co, args);
	int status = lua_resume(co, L, args, &results);

	script_check_stop(L);
	if (status != LUA_OK && status != LUA_YIELD) {
		lua_xmove(co, L, 1);
		return -1;
	}
	if (!lua_checkstack(L, results + 1)) {
		lua_pop(co, results);
		lua_pushliteral(L, "too many results to resume");
		return -1;
	}
	lua_xmove(co, L, results);
	return results;
}

static int coroutine_resume(lua_State *L)
{
	int n = resume(L, coroutine_check(L), lua_gettop(L) - 1);

	lua_pushboolean(L, n >= 0);
	if (n < 0)
		n = 1;
	lua_insert(L, -(n + 1));
	return n + 1;
}

/* Runs pending __close handlers, in the coroutine. Its count of C calls began when it was last
 * resumed, so that Lua's own limit does not see a chain of these; ours does. */
static int close_coroutine(lua_State *L, lua_State *co)
{
	Script *script = script_of(L);

	if (script->closing >= CLOSING_MAX)
		script_fail(L, "too many coroutines closed inside one another");
	script->closing++;
	int status = lua_resetthread(co); /* protected: it returns */
	script->closing--;
	script_check_stop(L);
	return status;
}

static int wrapped(lua_State *L)
{
	lua_State *co = lua_tothread(L, lua_upvalueindex(1));
	int n = resume(L, co, lua_gettop(L));

	if (n >= 0)
		return n;
	int status = lua_status(co);

	if (status != LUA_OK && status != LUA_YIELD) { /* it died: close its variables */
		close_coroutine(L, co);
		lua_xmove(co, L, 1);
	}
	if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
		luaL_where(L, 1);
		lua_insert(L, -2);
		lua_concat(L, 2);
	}
	return lua_error(L);
}

static int coroutine_wrap(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TFUNCTION);
	lua_State *co = lua_newthread(L);

	lua_pushvalue(L, 1);
	lua_xmove(L, co, 1);
	lua_pushcclosure(L, wrapped, 1);
	return 1;
}

static int coroutine_close(lua_State *L)
{
	lua_State *co = coroutine_check(L);
	int status = lua_status(co);
	lua_Debug frame;

	if (co == L || (status == LUA_OK && lua_getstack(co, 0, &frame)))
		script_fail(L, "cannot close a %s coroutine", co == L ? "running" : "normal");
	if (close_coroutine(L, co) == LUA_OK) {
		lua_pushboolean(L, true);
		return 1;
	}
	lua_pushboolean(L, false);
	lua_xmove(co, L, 1);
	return 2;
}

/* --- random ----------------------------------------------------------------------------------- */

/* As math.random of Lua 5.4: a float in [0, 1), an integer in 1 … m or m … n, or all bits for
 * random(0). */
int library_random(lua_State *L, Random *random, int first)
{
	lua_Integer low = 1, high;

	switch (lua_gettop(L) - first + 1) {
	case 0:
		lua_pushnumber(L, random_unit(random));
		return 1;
	case 1:
		high = luaL_checkinteger(L, first);
		if (high == 0) {
			lua_pushinteger(L, (lua_Integer)random_u64(random));
			return 1;
		}
		break;
	case 2:
		low = luaL_checkinteger(L, first);
		high = luaL_checkinteger(L, first + 1);
		break;
	default:
		return luaL_error(L, "wrong number of arguments");
	}
	luaL_argcheck(L, low <= high, lua_gettop(L), "interval is empty");
	uint64_t span = (uint64_t)high - (uint64_t)low;
	uint64_t drawn = span == UINT64_MAX ? random_u64(random) : random_below(random, span + 1);

	lua_pushinteger(L, (lua_Integer)((uint64_t)low + drawn));
	return 1;
}

static int math_random(lua_State *L)
{
	return library_random(L, &script_of(L)->random, 1);
}

/* Without a seed: the run's own again, never the clock. */
static int math_randomseed(lua_State *L)
{
	Script *script = script_of(L);
	uint64_t seed = script->seed;

	if (!lua_isnoneornil(L, 1)) {
		lua_Number number = luaL_checknumber(L, 1);

		if (lua_isinteger(L, 1))
			seed = (uint64_t)lua_tointeger(L, 1);
		else
			memcpy(&seed, &number, sizeof seed);
	}
	random_init(&script->random, seed, RANDOM_SCRIPT);
	return 0;
}

/* --- tables ----------------------------------------------------------------------------------- */

static const luaL_Reg base_functions[] = {
	{ "load", base_load },       { "pairs", library_pairs },
	{ "pcall", base_pcall },     { "print", base_print },
	{ "require", base_require }, { "setmetatable", base_setmetatable },
	{ "xpcall", base_xpcall },   { NULL, NULL },
};

static const luaL_Reg coroutine_functions[] = {
	{ "close", coroutine_close },
	{ "resume", coroutine_resume },
	{ "wrap", coroutine_wrap },
	{ NULL, NULL },
};

static const luaL_Reg math_functions[] = {
	{ "random", math_random },
	{ "randomseed", math_randomseed },
	{ NULL, NULL },
};

void library_base(lua_State *L)
{
	luaL_setfuncs(L, base_functions, 0);
}

void library_coroutine(lua_State *L)
{
	luaL_setfuncs(L, coroutine_functions, 0);
}

void library_math(lua_State *L)
{
	luaL_setfuncs(L, math_functions, 0);
}
