/* Table functions with raw access and counted steps: no length or element comes from a metamethod,
 * so that no loop is longer than the table.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "script/inside.h"

#define UNPACK_MAX 10000
#define MOVE_MAX 10000000

static lua_Integer length(lua_State *L, int arg)
{
	luaL_checktype(L, arg, LUA_TTABLE);
	return (lua_Integer)lua_rawlen(L, arg);
}

static int table_concat(lua_State *L)
{
	lua_Integer last = length(L, 1);
	size_t sep_len;
	const char *sep = luaL_optlstring(L, 2, "", &sep_len);
	lua_Integer i = luaL_optinteger(L, 3, 1);
	luaL_Buffer out;

	last = luaL_optinteger(L, 4, last);
	luaL_buffinit(L, &out);
	while (i <= last) {
		lua_rawgeti(L, 1, i);
		if (!lua_isstring(L, -1))
			return luaL_error(L, "invalid value (at index %I) in table for 'concat'",
					  (LUAI_UACINT)i);
		script_charge(L, 1 + lua_rawlen(L, -1) + sep_len);
		luaL_addvalue(&out);
		if (i++ == last)
			break;
		luaL_addlstring(&out, sep, sep_len);
	}
	luaL_pushresult(&out);
	return 1;
}

static int table_insert(lua_State *L)
{
	lua_Integer end = length(L, 1) + 1, at = end;

	if (lua_gettop(L) == 3) {
		at = luaL_checkinteger(L, 2);
		luaL_argcheck(L, at >= 1 && at <= end, 2, "position out of bounds");
		script_charge(L, (uint64_t)(end - at));
		for (lua_Integer i = end; i > at; i--) {
			lua_rawgeti(L, 1, i - 1);
			lua_rawseti(L, 1, i);
		}
	} else if (lua_gettop(L) != 2) {
		return luaL_error(L, "wrong number of arguments to 'insert'");
	}
	lua_rawseti(L, 1, at);
	return 0;
}

static int table_remove(lua_State *L)
{
	lua_Integer size = length(L, 1), at = luaL_optinteger(L, 2, size);

	if (!lua_isnoneornil(L, 2))
		luaL_argcheck(L, (at >= 1 && at <= size + 1) || (size == 0 && at == 0), 2,
			      "position out of bounds");
	script_charge(L, at < size ? (uint64_t)(size - at) : 0);
	lua_rawgeti(L, 1, at);
	for (; at < size; at++) {
		lua_rawgeti(L, 1, at + 1);
		lua_rawseti(L, 1, at);
	}
	lua_pushnil(L);
	lua_rawseti(L, 1, at);
	return 1;
}

static int table_move(lua_State *L)
{
	lua_Integer first = luaL_checkinteger(L, 2), last = luaL_checkinteger(L, 3),
		    to = luaL_checkinteger(L, 4);
	int target = lua_isnoneornil(L, 5) ? 1 : 5;

	luaL_checktype(L, 1, LUA_TTABLE);
	luaL_checktype(L, target, LUA_TTABLE);
	if (last >= first) {
		uint64_t n = (uint64_t)last - (uint64_t)first;

		luaL_argcheck(L, n < MOVE_MAX, 3, "too many elements to move");
		luaL_argcheck(L, to <= LUA_MAXINTEGER - (lua_Integer)n, 4,
			      "destination wrap around");
		bool down =
			to > last || to <= first || (target != 1 && !lua_rawequal(L, 1, target));

		for (uint64_t k = 0; k <= n; k++) {
			lua_Integer i = (lua_Integer)(down ? k : n - k);

			script_charge(L, 2);
			lua_rawgeti(L, 1, first + i);
			lua_rawseti(L, target, to + i);
		}
	}
	lua_pushvalue(L, target);
	return 1;
}

static int table_unpack(lua_State *L)
{
	lua_Integer first = luaL_optinteger(L, 2, 1), last;

	luaL_checktype(L, 1, LUA_TTABLE);
	last = lua_isnoneornil(L, 3) ? (lua_Integer)lua_rawlen(L, 1) : luaL_checkinteger(L, 3);
	if (first > last)
		return 0;
	uint64_t n = (uint64_t)last - (uint64_t)first;

	if (n >= UNPACK_MAX || !lua_checkstack(L, (int)n + 1))
		return luaL_error(L, "too many results to unpack");
	script_charge(L, n);
	for (uint64_t k = 0; k <= n; k++)
		lua_rawgeti(L, 1, first + (lua_Integer)k);
	return (int)n + 1;
}

/* --- sort ------------------------------------------------------------------------------------- */

/* Is the value at a before the one at b (both absolute indices)? */
static bool before(lua_State *L, int a, int b)
{
	bool less;

	/* Comparing two strings takes as long as the shorter one. */
	if (lua_type(L, a) == LUA_TSTRING && lua_type(L, b) == LUA_TSTRING) {
		size_t a_len = lua_rawlen(L, a), b_len = lua_rawlen(L, b);

		script_charge(L, a_len < b_len ? a_len : b_len);
	}
	script_charge(L, 4);
	if (lua_isnil(L, 2))
		return lua_compare(L, a, b, LUA_OPLT);
	lua_pushvalue(L, 2);
	lua_pushvalue(L, a);
	lua_pushvalue(L, b);
	lua_call(L, 2, 1);
	less = lua_toboolean(L, -1);
	lua_pop(L, 1);
	return less;
}

/* Sinks the value on top of the stack into the heap below `root` of n entries, and pops it. */
static void sink(lua_State *L, lua_Integer root, lua_Integer n)
{
	int value = lua_gettop(L);

	for (;;) {
		lua_Integer child = 2 * root;

		if (child > n)
			break;
		lua_rawgeti(L, 1, child);
		if (child < n) {
			lua_rawgeti(L, 1, child + 1);
			if (before(L, value + 1, value + 2)) {
				lua_replace(L, value + 1);
				child++;
			} else {
				lua_pop(L, 1);
			}
		}
		if (!before(L, value, value + 1)) {
			lua_pop(L, 1);
			break;
		}
		lua_rawseti(L, 1, root);
		root = child;
	}
	lua_rawseti(L, 1, root);
}

/* Heapsort: n·log n steps whatever the comparison answers. */
static int table_sort(lua_State *L)
{
	lua_Integer n = length(L, 1);

	if (!lua_isnoneornil(L, 2))
		luaL_checktype(L, 2, LUA_TFUNCTION);
	lua_settop(L, 2);
	for (lua_Integer root = n / 2; root >= 1; root--) {
		lua_rawgeti(L, 1, root);
		sink(L, root, n);
	}
	for (lua_Integer end = n; end > 1; end--) {
		lua_rawgeti(L, 1, end);
		lua_rawgeti(L, 1, 1);
		lua_rawseti(L, 1, end);
		sink(L, 1, end - 1);
	}
	return 0;
}

/* --- pairs ------------------------------------------------------------------------------------ */

/* Order of keys: numbers, then texts by their bytes, then the rest as it comes. */
static int key_before(lua_State *L)
{
	int a = lua_type(L, 1), b = lua_type(L, 2);
	bool before_b;

	if (a == LUA_TNUMBER && b == LUA_TNUMBER) {
		before_b = lua_compare(L, 1, 2, LUA_OPLT);
	} else if (a == LUA_TSTRING && b == LUA_TSTRING) {
		size_t a_len, b_len;
		const char *a_text = lua_tolstring(L, 1, &a_len),
			   *b_text = lua_tolstring(L, 2, &b_len);
		size_t shorter = a_len < b_len ? a_len : b_len;
		int order = memcmp(a_text, b_text, shorter);

		script_charge(L, shorter);
		before_b = order < 0 || (order == 0 && a_len < b_len);
	} else {
		before_b = a != b && (a == LUA_TNUMBER || (a == LUA_TSTRING && b != LUA_TNUMBER));
	}
	lua_pushboolean(L, before_b);
	return 1;
}

/* Upvalues: table, list of its keys, how many were seen. Skips what was removed meanwhile. */
static int pairs_next(lua_State *L)
{
	lua_Integer i = lua_tointeger(L, lua_upvalueindex(3));

	lua_settop(L, 0);
	for (;;) {
		i++;
		if (lua_rawgeti(L, lua_upvalueindex(2), i) == LUA_TNIL)
			return 1;
		lua_pushvalue(L, 1);
		if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL)
			break;
		script_charge(L, 4);
		lua_settop(L, 0);
	}
	lua_pushinteger(L, i);
	lua_replace(L, lua_upvalueindex(3));
	return 2;
}

/* Lua's own order of keys depends on where the system put the program in memory: two runs of a
 * script, or the workers of one run, would go through a table differently. This one is sorted. */
int library_pairs(lua_State *L)
{
	bool sorted = true;
	lua_Integer n = 0;

	luaL_checkany(L, 1);
	if (luaL_getmetafield(L, 1, "__pairs") != LUA_TNIL) {
		lua_pushvalue(L, 1);
		lua_call(L, 1, 3);
		return 3;
	}
	luaL_checktype(L, 1, LUA_TTABLE);
	lua_settop(L, 1);
	lua_newtable(L);
	for (lua_pushnil(L); lua_next(L, 1); n++) {
		lua_pop(L, 1);
		sorted = sorted && lua_isinteger(L, -1) && lua_tointeger(L, -1) == n + 1;
		lua_pushvalue(L, -1);
		lua_rawseti(L, 2, n + 1);
		script_charge(L, 4);
	}
	if (!sorted) {
		lua_pushcfunction(L, table_sort);
		lua_pushvalue(L, 2);
		lua_pushcfunction(L, key_before);
		lua_call(L, 2, 0);
	}
	lua_pushinteger(L, 0);
	lua_pushcclosure(L, pairs_next, 3);
	return 1;
}

static const luaL_Reg table_functions[] = {
	{ "concat", table_concat },
	{ "insert", table_insert },
	{ "move", table_move },
	{ "remove", table_remove },
	{ "sort", table_sort },
	{ "unpack", table_unpack },
	{ NULL, NULL },
};

void library_tables(lua_State *L)
{
	luaL_setfuncs(L, table_functions, 0);
}
