/* A round of checks where memory ends, at every allocation and at every size of the Lua states: it
 * fails with a message or says so of a check, and nothing is lost or touched twice.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "alloc_fail.h"
#include "base/clock.h"
#include "script/round/exercise.h"
#include "script/lesson/lesson.h"

static const char lesson[] =
	"local w = require 'wattle'\n"
	"return w.lesson { api = 1, id = 'limits.01', title = 'L', minutes = 1, goals = { 'g' },\n"
	"  w.exercise { id = 'ex1', title = 'E', points = 2, file = 'ex1.lua',\n"
	"    solution = 's.lua', ask = 'A', reports = { 'r' },\n"
	"    setup = function(c)\n"
	"      return { base = w.model.mlp { layers = { 2, 2, 2 }, seed = c.seed },\n"
	"               list = { 1, 'two', { x = 3 } } }\n"
	"    end,\n"
	"    checks = {\n"
	"      { 'f', function(t)\n"
	"          local m, list = t.call('f', t.base, t.list)\n"
	"          t.report('r', 1)\n"
	"          return t.not_worse('bytes', m, t.base) and list[3].x == 3\n"
	"        end, id = 'f', points = 1, on_error = 'Mend {{file}}' },\n"
	"      { 'g', function(t)\n"
	"          return t.property(3, function(random)\n"
	"            return t.near(t.call('g', random(9)), 7, 0)\n"
	"          end)\n"
	"        end, id = 'g', points = 1 } } } }\n";
static const char student[] = "local ex, kept = {}, {}\n"
			      "function ex.f(base, list)\n"
			      "  kept[1] = base:lower { kernel = 'dense' }\n"
			      "  return kept[1], list\n"
			      "end\n"
			      "function ex.g(n) return 7, n end\n"
			      "return ex\n";

typedef struct Round {
	bool ran;
	Err err;
	int passed;
} Round;

static int count_passed(int file)
{
	json_t *record;
	int passed = 0;
	Err err;
	RecordIn *in = record_in_new(file, &err);

	assert_int_equal(lseek(file, 0, SEEK_SET), 0);
	while (record_in_next(in, &record, &err) == RECORD_GOT) {
		passed += strcmp(record_text(record, "type"), "check") == 0 &&
			  json_is_true(json_object_get(record, "pass"));
		json_decref(record);
	}
	record_in_free(in);
	return passed;
}

/* Of the allocations n succeed. */
static Round run(size_t n, size_t memory_bytes)
{
	Round round = { .err = { .code = ERR_NONE } };
	int file = open("/tmp", O_RDWR | O_TMPFILE, 0600);
	RecordOut *out = record_out_new(file, 0, &round.err);
	json_t *wish =
		json_pack("{s:s, s:s, s:s}", "exercise", "ex1", "file", "ex1.lua", "text", student);
	Trial trial;

	trial_init(&trial, out, NULL);
	ScriptOptions options = { .name = "limits.lua",
				  .text = lesson,
				  .len = sizeof lesson - 1,
				  .memory_bytes = memory_bytes,
				  .trial = &trial };

	alloc_fail_after(n);
	Script *script = lesson_open(&options, "", false, &round.err);

	round.ran = script && exercise_check(script, wish, &round.err);
	script_close(script);
	alloc_fail_never();
	round.passed = count_passed(file);
	record_out_free(out);
	json_decref(wish);
	close(file);
	return round;
}

static void test_allocations(void **state)
{
	Round round = { .ran = false };
	size_t n = 0;

	(void)state;
	for (; round.passed < 2; n++) {
		round = run(n, 0);
		if (!round.ran && (round.err.code != ERR_MEMORY || !round.err.text[0]))
			fail_msg("allocation %zu: %s: %s", n, err_name(round.err.code),
				 round.err.text);
		assert_true(n < 20000);
	}
	assert_true(n > 1000);
}

static void test_memory_cap(void **state)
{
	Round round = { .ran = false };

	(void)state;
	for (size_t bytes = 20000; round.passed < 2; bytes += 501) {
		round = run(SIZE_MAX, bytes);
		if (!round.ran && round.err.code != ERR_LIMIT && round.err.code != ERR_MEMORY)
			fail_msg("%zu bytes: %s: %s", bytes, err_name(round.err.code),
				 round.err.text);
		assert_true(bytes < 1000000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_allocations),
		cmocka_unit_test(test_memory_cap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
