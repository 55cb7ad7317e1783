/* Rounds of checks in a real worker: what it writes of files that are right, wrong and broken, and
 * how it ends.
 * SPDX-License-Identifier: MIT */
#include "lesson_host.h"

static const char right[] = "local technique = require 'wattle'.technique\n"
			    "return { slim = function(base, data)\n"
			    "  return base:with(technique.quantize {\n"
			    "    bits = 8, data = data.train:head(64) })\n"
			    "end }\n";

static void start(const char *exercise, const char *text, json_t *more)
{
	served.check =
		json_pack("{s:s, s:s, s:s}", "exercise", exercise, "file", "ex1.lua", "text", text);
	json_object_update_new(served.check, more ? more : json_object());
	start_job(JOB_CHECK, "exercise.lua", true);
	json_decref(served.check);
	served.check = NULL;
}

static void check_is(const char *id, const char *status, const char *message, const char *place)
{
	const json_t *check = await("check");

	assert_string_equal(record_text(check, "exercise"), "ex1");
	assert_string_equal(record_text(check, "id"), id);
	assert_string_equal(record_text(check, "status"), status);
	assert_int_equal(json_is_true(json_object_get(check, "pass")), strcmp(status, "pass") == 0);
	if (!strstr(record_text(check, "message"), message))
		fail_msg("'%s' is not in: %s", message, record_text(check, "message"));
	assert_string_equal(record_text(check, "place"), place);
}

static void test_right(void **state)
{
	(void)state;
	start("ex1", right, NULL);
	check_is("small", "pass", "", "");
	check_is("kept", "pass", "% against ", "");
	const json_t *end = await("exercise");
	const json_t *metrics = json_object_get(end, "metrics");

	assert_int_equal(integer(end, "points"), 3);
	assert_int_equal(integer(end, "of"), 3);
	assert_true(2 * integer(metrics, "bytes") < integer(json_object_get(end, "base"), "bytes"));
	assert_true(json_number_value(json_object_get(metrics, "accuracy")) > 0.1);
	assert_true(json_number_value(json_object_get(json_object_get(end, "reports"), "share")) <
		    0.5);
	assert_int_equal(finish(), 0);
}

/* The caps of the fast mode hold for the student's training, too. */
static void test_fast(void **state)
{
	int epochs = 0;

	(void)state;
	start("ex1",
	      "return { slim = function(base, data)\n"
	      "  return base:fit(data.train, { epochs = 50 })\n"
	      "end }\n",
	      json_pack("{s:[s]}", "only", "kept"));
	for (json_t *record = next(); record; record = next()) {
		if (strcmp(record_text(record, "type"), "epoch") == 0) {
			assert_int_equal(integer(record, "epochs"), 2);
			epochs++;
		}
		json_decref(record);
	}
	assert_int_equal(epochs, 4); /* two of the set-up, two of the student's */
	assert_int_equal(finish(), 0);
}

static void test_only(void **state)
{
	(void)state;
	start("ex1", right, json_pack("{s:[s], s:i}", "only", "kept", "run_seed", 9));
	check_is("kept", "pass", "% against ", "");
	assert_int_equal(integer(await("exercise"), "of"), 1);
	assert_int_equal(finish(), 0);
}

static void test_wrong(void **state)
{
	(void)state;
	start("ex1", "return { slim = function(base) return base end }", NULL);
	check_is("small", "fail", "; at most ", "");
	check_is("kept", "pass", ": the same (", "");
	await("exercise");
	assert_int_equal(finish(), 0);
	start("ex1", "local e = {}\nfunction e.slin(b)\n  return b\nend\nreturn e\n", NULL);
	check_is("small", "error", "no function 'slim' (did you mean 'slin'?)", "");
	await("exercise");
	assert_int_equal(finish(), 0);
	start("ex1", "return { slim = function(b)\n  return b.bits\nend }", NULL);
	check_is("small", "error", "ex1.lua:2: unknown name 'bits' in model", "ex1.lua:2");
	await("exercise");
	assert_int_equal(finish(), 0);
}

static void test_broken(void **state)
{
	(void)state;
	start("ex1", "local e = {}\nfunction e.slim(b)\n  return b\nreturn e\n", NULL);
	check_is("small", "error", "ex1.lua:4: 'end' expected", "ex1.lua:4");
	check_is("kept", "error", "ex1.lua:4: 'end' expected", "ex1.lua:4");
	assert_int_equal(integer(await("exercise"), "points"), 0);
	assert_int_equal(finish(), 0);
	start("ex1", "return 3", NULL);
	check_is("small", "error", "as in return ex; this one returned a number", "");
	await("exercise");
	assert_int_equal(finish(), 0);
}

static void ends(const char *code, const char *text, int status)
{
	json_t *record = next();

	while (record && strcmp(record_text(record, "type"), "error") != 0) {
		json_decref(record);
		record = next();
	}
	assert_non_null(record);
	assert_string_equal(record_text(record, "code"), code);
	if (!strstr(record_text(record, "text"), text))
		fail_msg("'%s' is not in: %s", text, record_text(record, "text"));
	json_decref(record);
	assert_int_equal(finish(), status);
}

static void test_refused(void **state)
{
	(void)state;
	start("ex3", right, NULL);
	ends("usage", "the lesson test.06 has no exercise 'ex3' (did you mean 'ex1'?)", 2);
	start("ex1", right, json_pack("{s:[s]}", "only", "smal"));
	ends("usage", "the exercise ex1 has no check 'smal' (did you mean 'small'?)", 2);
	start("ex1", right, json_pack("{s:s}", "file", "../ex1.lua"));
	ends("usage", "needs a file's name and text", 2);
	start("ex1", right,
	      json_pack("{s:{s:s, s:s}}", "grading", "name", "g.lua", "text", "return 1"));
	ends("script", "g.lua: a grading file returns one table", 3);
}

static void test_abort(void **state)
{
	(void)state;
	start("ex2", "return {}", NULL);
	send_json(json_pack("{s:s}", "command", "abort"));
	ends("interrupted", "", 130);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_right),  cmocka_unit_test(test_only),
		cmocka_unit_test(test_fast),   cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_broken), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_abort),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
