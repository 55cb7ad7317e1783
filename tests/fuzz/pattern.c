/* Fuzzes the pattern matcher: the first byte is the length of the pattern, which follows; the rest
 * is the text. A match lies inside the text, captures lie inside it too, and the count of steps
 * holds. Where both end, Lua's own answer is the same.
 * SPDX-License-Identifier: MIT */
#include "script/sandbox/pattern.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define TEXT_MAX 40 /* of what Lua gets, whose matcher does not stop */

static void check_captures(Pattern *m, const char *begin, const char *end)
{
	for (unsigned i = 0; i < m->captures; i++) {
		const char *out;
		size_t len, position;

		if (!pattern_capture(m, i, begin, end, &out, &len, &position))
			continue;
		if (out)
			require(out >= m->text && out + len <= m->text_end);
		else
			require(position >= 1 && position <= (size_t)(m->text_end - m->text) + 1);
	}
}

/* An anchored find in stock Lua: 0 when it fails, −1 on an error, else the end of the match. */
static lua_Integer stock_find(const char *text, size_t text_len, const char *pattern,
			      size_t pattern_len)
{
	static lua_State *L;
	lua_Integer end = 0;

	if (!L) {
		L = luaL_newstate();
		require(L);
		luaL_openlibs(L);
	}
	lua_settop(L, 0);
	lua_getglobal(L, "string");
	lua_getfield(L, -1, "find");
	lua_pushlstring(L, text, text_len);
	lua_pushliteral(L, "^");
	lua_pushlstring(L, pattern, pattern_len);
	lua_concat(L, 2);
	if (lua_pcall(L, 2, 2, 0) != LUA_OK)
		return -1;
	if (!lua_isnil(L, -2))
		end = lua_tointeger(L, -1) + 1;
	return end;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1 || size > 4096)
		return 0;
	size_t pattern_len = data[0] < size - 1 ? data[0] : size - 1,
	       text_len = size - 1 - pattern_len;
	char *pattern = calloc(1, pattern_len + 1), *text = calloc(1, text_len + 1);
	Pattern m;

	require(pattern && text);
	memcpy(pattern, data + 1, pattern_len);
	memcpy(text, data + 1 + pattern_len, text_len);
	pattern_init(&m, text, text_len, pattern, pattern_len);
	m.steps_max = 200000;

	const char *end = pattern_match(&m, text);

	require(!end || (!m.error[0] && end >= text && end <= text + text_len));
	require(m.steps < m.steps_max + 70000 + text_len);
	if (end)
		check_captures(&m, text, end);
	/* Captures that Lua would push may fail there after a match; so only plain answers are
	 * compared. */
	if (text_len <= TEXT_MAX && m.steps < 60000) {
		lua_Integer stock = stock_find(text, text_len, pattern, pattern_len);
		const char *out;
		size_t len, position;
		bool fine = !m.error[0];

		for (unsigned i = 0; end && i < m.captures; i++)
			fine = fine && pattern_capture(&m, i, text, end, &out, &len, &position);
		require(fine ? stock == (end ? end - text + 1 : 0) : stock == -1);
	}
	free(pattern);
	free(text);
	return 0;
}
