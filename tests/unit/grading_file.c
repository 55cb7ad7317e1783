/* Grading files held against a lesson.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../lua/host.h"
#include "script/lesson/grading.h"

static const char lesson_text[] =
	"local w = require 'wattle'\n"
	"return w.lesson { api = 1, id = 't.01', title = 'T', minutes = 1, goals = { 'g' },\n"
	"  w.reflect { id = 'r1', ask = '?' },\n"
	"  w.exercise { id = 'ex1', title = 'E', points = 1, file = 'a.lua', solution = 'b.lua',\n"
	"    ask = '?', checks = { { 'one', function() return true end, id = 'one', points = 1 } } } }\n";

static struct {
	Host host;
	Script *script;
	Err err;
} tested;

static const Grading *open_file(const char *rest)
{
	char text[1024];
	ScriptOptions options = { .name = "t.lua",
				  .text = lesson_text,
				  .len = sizeof lesson_text - 1,
				  .memory_bytes = SCRIPT_MEMORY_DEFAULT,
				  .data = &tested.host.paths,
				  .trial = &tested.host.trial };

	assert_true(host_begin(&tested.host, open("/dev/null", O_WRONLY | O_CLOEXEC)));
	tested.err.text[0] = '\0';
	tested.script = lesson_open(&options, "", false, &tested.err);
	if (!tested.script)
		fail_msg("%s", tested.err.text);
	snprintf(text, sizeof text, "local w = require 'wattle'\n\nreturn %s\n", rest);
	return grading_open(tested.script, "g.lua", text, &tested.err);
}

static void close_file(void)
{
	script_close(tested.script);
	close(tested.host.file);
	host_end(&tested.host);
}

static void refused(const char *rest, const char *text)
{
	assert_null(open_file(rest));
	if (!strstr(tested.err.text, text))
		fail_msg("'%s' is not in: %s", text, tested.err.text);
	assert_string_equal(tested.script->name, "t.lua");
	close_file();
}

static void test_good(void **state)
{
	(void)state;
	const Grading *grading = open_file(
		"w.grading { api = 1, lesson = 't.01', allow_skip = true, seconds = 3,\n"
		"  weights = { r1 = 'manual', ex1 = 4 },\n"
		"  extra = { ex1 = { { 'more', function() return 42 end, id = 'more', points = 2,\n"
		"    show = 'never' }, { 'last', function() return 43 end, id = 'z', points = 0 } } } }");

	if (!grading)
		fail_msg("%s", tested.err.text);
	assert_true(grading->allow_skip && grading->seconds == 3);
	assert_int_equal(grading->weights, 2);
	assert_string_equal(grading->weight[0].id, "ex1");
	assert_true(grading->weight[0].points == 4 && grading->weight[1].manual);
	const GradingExtra *extra = grading_extra(grading, "ex1");

	assert_int_equal(extra->checks, 2);
	assert_int_equal(extra->check[0].show, SHOW_NEVER);
	assert_null(grading_extra(grading, "ex2"));
	lua_State *L = tested.script->lua;

	for (int i = 1; i <= 2; i++) {
		grading_push_function(L, "ex1", (size_t)i);
		assert_int_equal(lua_pcall(L, 0, 1, 0), LUA_OK);
		assert_int_equal(lua_tointeger(L, -1), 41 + i);
		lua_pop(L, 1);
	}
	close_file();
}

static void test_refusals(void **state)
{
	(void)state;
	refused("w.grading { api = 1, lesson = 't.02' }",
		"g.lua:3: grading: it is of the lesson t.02, not of t.01");
	refused("w.grading { api = 1, lesson = 't.01', weights = { r2 = 1 } }",
		"g.lua:3: grading: the lesson has no step 'r2' (did you mean 'r1'?)");
	refused("w.grading { api = 1, lesson = 't.01',\n"
		"  extra = { r1 = { { 'x', function() end, id = 'x', points = 1 } } } }",
		"g.lua:3: grading: the lesson has no exercise 'r1'");
	refused("w.grading { api = 1, lesson = 't.01',\n"
		"  extra = { ex1 = { { 'x', function() end, id = 'one', points = 1 } } } }",
		"g.lua:3: grading: the exercise ex1 has a check 'one' of its own");
	refused("w.grading { api = 1, lesson = 't.01',\n  secnods = 3 }",
		"g.lua:4: unknown key 'secnods' in grading (did you mean 'seconds'?)");
	refused("3", "g.lua: a grading file returns one table (return w.grading {…}); this one "
		     "returned a number");
	refused("w.grading {", "g.lua:4:");
	refused("error('at once')", "g.lua:3: at once");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
