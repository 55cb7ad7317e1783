/* String functions that Lua's own library cannot stop: patterns, plain search, and repetition. Each
 * counts its steps.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "script/inside.h"
#include "script/sandbox/pattern.h"

static bool poll_script(void *user)
{
	return script_check(user, false);
}

static void start(lua_State *L, Pattern *m, const char *s, size_t s_len, const char *p,
		  size_t p_len)
{
	pattern_init(m, s, s_len, p, p_len);
	m->poll = poll_script;
	m->user = script_of(L);
}

/* Raises what the matcher found wrong. */
static void check(lua_State *L, const Pattern *m)
{
	script_check_stop(L);
	if (m->error[0])
		luaL_error(L, "%s", m->error);
}

/* Pushes capture i of the match from begin to end. */
static void push_capture(lua_State *L, Pattern *m, unsigned i, const char *begin, const char *end)
{
	const char *text;
	size_t len, position;

	if (!pattern_capture(m, i, begin, end, &text, &len, &position))
		check(L, m);
	if (text)
		lua_pushlstring(L, text, len);
	else
		lua_pushinteger(L, (lua_Integer)position);
}

/* All captures; the whole match where there are none and whole says so. Returns their number. */
static int push_captures(lua_State *L, Pattern *m, const char *begin, const char *end, bool whole)
{
	unsigned n = m->captures == 0 && whole ? 1 : m->captures;

	luaL_checkstack(L, (int)n, "too many captures");
	for (unsigned i = 0; i < n; i++)
		push_capture(L, m, i, begin, end);
	return (int)n;
}

/* Where a search begins, counted from 0; more than len when it is past the end. */
static size_t begin_at(lua_State *L, int arg, size_t len)
{
	lua_Integer at = luaL_optinteger(L, arg, 1);

	if (at > 0)
		return (size_t)at - 1;
	if (at == 0 || at < -(lua_Integer)len)
		return 0;
	return len + (size_t)at;
}

static bool is_plain(const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i] && strchr("^$*+?.([%-", p[i]))
			return false;
	return true;
}

static int find_plain(lua_State *L, const char *s, size_t s_len, const char *p, size_t p_len,
		      size_t begin)
{
	/* glibc's search is linear in the sum. */
	script_charge(L, s_len - begin + p_len);
	const char *found = p_len ? memmem(s + begin, s_len - begin, p, p_len) : s + begin;

	if (!found) {
		luaL_pushfail(L);
		return 1;
	}
	lua_pushinteger(L, found - s + 1);
	lua_pushinteger(L, found - s + (lua_Integer)p_len);
	return 2;
}

static int find_or_match(lua_State *L, bool find)
{
	size_t s_len, p_len, begin;
	const char *s = luaL_checklstring(L, 1, &s_len), *p = luaL_checklstring(L, 2, &p_len);
	Pattern m;

	begin = begin_at(L, 3, s_len);
	if (begin > s_len) {
		luaL_pushfail(L);
		return 1;
	}
	if (find && (lua_toboolean(L, 4) || is_plain(p, p_len)))
		return find_plain(L, s, s_len, p, p_len, begin);
	bool anchored = *p == '^';

	start(L, &m, s, s_len, p + anchored, p_len - anchored);
	for (const char *at = s + begin; at <= s + s_len; at++) {
		const char *end = pattern_match(&m, at);

		check(L, &m);
		if (end) {
			script_charge(L, m.steps);
			if (!find)
				return push_captures(L, &m, at, end, true);
			lua_pushinteger(L, at - s + 1);
			lua_pushinteger(L, end - s);
			return push_captures(L, &m, at, end, false) + 2;
		}
		if (anchored)
			break;
	}
	script_charge(L, m.steps);
	luaL_pushfail(L);
	return 1;
}

static int string_find(lua_State *L)
{
	return find_or_match(L, true);
}

static int string_match(lua_State *L)
{
	return find_or_match(L, false);
}

/* --- gmatch ----------------------------------------------------------------------------------- */

typedef struct Gmatch {
	const char *at, *last; /* where to look next; where the last match ended */
	Pattern m;
} Gmatch;

static int gmatch_next(lua_State *L)
{
	Gmatch *g = lua_touserdata(L, lua_upvalueindex(3));

	g->m.steps = 0;
	g->m.steps_poll = 65536;
	for (; g->at <= g->m.text_end; g->at++) {
		const char *begin = g->at, *end = pattern_match(&g->m, begin);

		check(L, &g->m);
		if (end && end != g->last) {
			g->at = g->last = end;
			script_charge(L, g->m.steps);
			return push_captures(L, &g->m, begin, end, true);
		}
	}
	script_charge(L, g->m.steps);
	return 0;
}

static int string_gmatch(lua_State *L)
{
	size_t s_len, p_len;
	const char *s = luaL_checklstring(L, 1, &s_len), *p = luaL_checklstring(L, 2, &p_len);
	size_t begin = begin_at(L, 3, s_len);

	lua_settop(L, 2); /* the closure keeps both strings */
	Gmatch *g = lua_newuserdatauv(L, sizeof *g, 0);

	start(L, &g->m, s, s_len, p, p_len);
	g->at = s + (begin > s_len ? s_len + 1 : begin);
	g->last = NULL;
	lua_pushcclosure(L, gmatch_next, 3);
	return 1;
}

/* --- gsub ------------------------------------------------------------------------------------- */

/* The replacement text at index 3, with %0 … %9 filled in. */
static void add_text(lua_State *L, Pattern *m, luaL_Buffer *out, const char *begin, const char *end)
{
	size_t len;
	const char *text = lua_tolstring(L, 3, &len), *stop = text + len, *p;

	while ((p = memchr(text, '%', (size_t)(stop - text))) != NULL) {
		luaL_addlstring(out, text, (size_t)(p - text));
		p++;
		if (*p == '%') {
			luaL_addchar(out, '%');
		} else if (*p == '0') {
			luaL_addlstring(out, begin, (size_t)(end - begin));
		} else if (*p >= '1' && *p <= '9') {
			push_capture(L, m, (unsigned)(*p - '1'), begin, end);
			luaL_tolstring(L, -1, NULL);
			lua_remove(L, -2);
			luaL_addvalue(out);
		} else {
			luaL_error(L, "invalid use of '%%' in replacement string");
		}
		text = p + 1;
	}
	luaL_addlstring(out, text, (size_t)(stop - text));
}

/* Adds what replaces the match; false when it stays as it is. */
static bool add_value(lua_State *L, Pattern *m, luaL_Buffer *out, const char *begin,
		      const char *end)
{
	switch (lua_type(L, 3)) {
	case LUA_TFUNCTION: {
		lua_pushvalue(L, 3);
		int n = push_captures(L, m, begin, end, true);

		lua_call(L, n, 1);
		break;
	}
	case LUA_TTABLE:
		push_capture(L, m, 0, begin, end);
		lua_gettable(L, 3);
		break;
	default:
		add_text(L, m, out, begin, end);
		return true;
	}
	if (!lua_toboolean(L, -1)) {
		lua_pop(L, 1);
		luaL_addlstring(out, begin, (size_t)(end - begin));
		return false;
	}
	if (!lua_isstring(L, -1))
		luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
	luaL_addvalue(out);
	return true;
}

static int string_gsub(lua_State *L)
{
	size_t s_len, p_len;
	const char *s = luaL_checklstring(L, 1, &s_len), *p = luaL_checklstring(L, 2, &p_len);
	int type = lua_type(L, 3);
	lua_Integer n = 0, most = luaL_optinteger(L, 4, (lua_Integer)s_len + 1);
	const char *at = s, *last = NULL;
	bool anchored = *p == '^', changed = false;
	luaL_Buffer out;
	Pattern m;

	luaL_argexpected(L,
			 type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TTABLE ||
				 type == LUA_TFUNCTION,
			 3, "string/function/table");
	start(L, &m, s, s_len, p + anchored, p_len - anchored);
	luaL_buffinit(L, &out);
	while (n < most) {
		const char *end = pattern_match(&m, at);

		check(L, &m);
		if (end && end != last) {
			n++;
			changed |= add_value(L, &m, &out, at, end);
			at = last = end;
		} else if (at < m.text_end) {
			luaL_addchar(&out, *at++);
		} else {
			break;
		}
		if (anchored)
			break;
	}
	script_charge(L, m.steps);
	if (changed) {
		luaL_addlstring(&out, at, (size_t)(m.text_end - at));
		luaL_pushresult(&out);
	} else {
		lua_pushvalue(L, 1);
	}
	lua_pushinteger(L, n);
	return 2;
}

/* --- rep -------------------------------------------------------------------------------------- */

static int string_rep(lua_State *L)
{
	size_t s_len, sep_len, total;
	const char *s = luaL_checklstring(L, 1, &s_len);
	lua_Integer n = luaL_checkinteger(L, 2);
	const char *sep = luaL_optlstring(L, 3, "", &sep_len);
	luaL_Buffer out;

	/* Nothing, however often, is nothing: Lua's own loop would count to n. */
	if (n <= 0 || s_len + sep_len == 0) {
		lua_pushliteral(L, "");
		return 1;
	}
	if (__builtin_mul_overflow(s_len + sep_len, (size_t)n, &total) ||
	    total > script_of(L)->options.memory_bytes)
		return luaL_error(L, "resulting string too large");
	total -= sep_len;
	script_charge(L, total);
	char *to = luaL_buffinitsize(L, &out, total);
	size_t done = s_len + sep_len < total ? s_len + sep_len : total;

	memcpy(to, s, s_len);
	memcpy(to + s_len, sep, done - s_len);
	for (size_t more; done < total; done += more) { /* whole periods, twice as many each time */
		more = done < total - done ? done : total - done;
		memcpy(to + done, to, more);
	}
	luaL_pushresultsize(&out, total);
	return 1;
}

static const luaL_Reg string_functions[] = {
	{ "find", string_find },   { "gmatch", string_gmatch }, { "gsub", string_gsub },
	{ "match", string_match }, { "rep", string_rep },       { NULL, NULL },
};

void library_strings(lua_State *L)
{
	luaL_setfuncs(L, string_functions, 0);
}
