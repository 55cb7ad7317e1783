/* The sandbox's patterns give what Lua's own give: a stock Lua writes a script of cases and their
 * results (tests/lua/ patterns.lua), the sandbox runs it. And the matcher's own limits.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script/sandbox/pattern.h"
#include "script/script.h"

/* Lua's text in pieces that fit a script: the helper on top of each. */
static void run_piece(const char *head, size_t head_len, const char *piece, size_t len)
{
	Err err = { .code = ERR_NONE };
	char *text = malloc(head_len + len);

	assert_non_null(text);
	memcpy(text, head, head_len);
	memcpy(text + head_len, piece, len);
	ScriptOptions options = { .name = "cases.lua", .text = text, .len = head_len + len };
	Script *script = script_open(&options, &err);

	assert_null(script); /* it returns no experiment */
	free(text);
	if (!strstr(err.text, "this one returned nothing"))
		fail_msg("%s", err.text);
}

static void test_conformance(void **state)
{
	const char *top = getenv("top_srcdir");
	char path[4096];
	lua_State *L = luaL_newstate();
	size_t len;

	(void)state;
	assert_non_null(L);
	luaL_openlibs(L);
	snprintf(path, sizeof path, "%s/tests/lua/patterns.lua", top ? top : ".");
	if (luaL_dofile(L, path))
		fail_msg("%s", lua_tostring(L, -1));
	const char *text = lua_tolstring(L, -1, &len), *end = text + len;
	const char *cases = strstr(text, "string.all = all\n");

	assert_non_null(cases);
	size_t head = (size_t)(cases - text) + strlen("string.all = all\n"), pieces = 0;

	for (const char *at = text + head; at < end; pieces++) {
		size_t most = 300000, rest = (size_t)(end - at);

		if (rest > most) { /* up to the last whole case */
			rest = most;
			while (rest > 0 && strncmp(at + rest - 7, ")\nsame(", 7) != 0)
				rest--;
			rest -= 5;
		}
		run_piece(text, head, at, rest);
		at += rest;
	}
	assert_true(pieces > 0);
	lua_close(L);
}

static bool stop(void *user)
{
	++*(int *)user;
	return false;
}

static void test_steps(void **state)
{
	static char text[5001];
	int polls = 0;
	Pattern m;

	(void)state;
	memset(text, 'a', sizeof text - 1);
	pattern_init(&m, text, sizeof text - 1, ".-.-.-.-b", 9);
	m.steps_max = 1000000;
	assert_null(pattern_match(&m, text));
	assert_non_null(strstr(m.error, "1000000 steps"));
	assert_false(m.stopped);
	assert_true(m.steps < 1100000);

	pattern_init(&m, text, sizeof text - 1, ".-.-.-.-b", 9);
	m.poll = stop;
	m.user = &polls;
	assert_null(pattern_match(&m, text));
	assert_true(m.stopped);
	assert_int_equal(polls, 1);
}

static void test_captures(void **state)
{
	const char *text = "ab", *out;
	size_t len, position;
	Pattern m;

	(void)state;
	pattern_init(&m, text, 2, "(a)()", 5);
	const char *end = pattern_match(&m, text);

	assert_ptr_equal(end, text + 1);
	assert_int_equal(m.captures, 2);
	assert_true(pattern_capture(&m, 0, text, end, &out, &len, &position));
	assert_ptr_equal(out, text);
	assert_int_equal(len, 1);
	assert_true(pattern_capture(&m, 1, text, end, &out, &len, &position));
	assert_null(out);
	assert_int_equal(position, 2);
	assert_false(pattern_capture(&m, 2, text, end, &out, &len, &position));
	assert_string_equal(m.error, "invalid capture index %3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conformance),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_captures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
