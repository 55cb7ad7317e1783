/* What a worker tells of a lesson's file to whoever looks over it.
 * SPDX-License-Identifier: MIT */
#include "lesson_host.h"

static char lines[400][512];

static int read_lines(const char *name)
{
	char path[4096];
	int n = 0;

	snprintf(path, sizeof path, "%s/tests/run/%s", source_folder(), name);
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	while (n < 400 && fgets(lines[n], sizeof *lines, file))
		n++;
	fclose(file);
	return n;
}

/* Each text begins on the line that is told. */
static size_t check_texts(const json_t *texts, int count)
{
	size_t i;
	json_t *text;

	json_array_foreach((json_t *)(uintptr_t)texts, i, text)
	{
		const char *what = json_string_value(json_object_get(text, "text"));
		int line = integer(text, "line");
		char begin[24];

		snprintf(begin, sizeof begin, "%.*s", (int)strcspn(what, "\n\"'\\"), what);
		assert_in_range(line, 1, count);
		if (!strstr(lines[line - 1], begin))
			fail_msg("'%s' does not stand on line %d: %s", begin, line,
				 lines[line - 1]);
	}
	return i;
}

static void test_source(void **state)
{
	static const char *const kinds[] = { "text", "predict", "predict", "run",
					     "reveal", "quiz", "run", "run",
					     "run", "run", "reflect", "exercise" };
	size_t count = (size_t)read_lines("lesson.lua"), i, texts = 0;
	json_t *step;

	(void)state;
	start_job(JOB_DESCRIBE, "lesson.lua", false);
	const json_t *source = await("lesson-source"), *steps = json_object_get(source, "steps");
	const json_t *data = json_array_get(json_object_get(source, "datasets"), 0);

	assert_string_equal(json_string_value(json_object_get(source, "id")), "test.01");
	assert_string_equal(json_string_value(json_object_get(data, "name")), "digits");
	assert_int_equal(integer(data, "test_rows"), 450);
	assert_int_equal(integer(json_object_get(source, "fast"), "rows"), 400);
	assert_int_equal(json_array_size(steps), sizeof kinds / sizeof *kinds);
	check_texts(json_object_get(source, "texts"), (int)count);
	json_array_foreach((json_t *)(uintptr_t)steps, i, step)
	{
		assert_string_equal(json_string_value(json_object_get(step, "kind")), kinds[i]);
		assert_non_null(strstr(lines[integer(step, "line") - 1], kinds[i]));
		texts += check_texts(json_object_get(step, "texts"), (int)count);
	}
	assert_int_equal(texts, 24); /* six titles, seven texts, seven of choices, four of checks */
	assert_int_equal(json_array_size(json_object_get(json_array_get(steps, 5), "choices")), 2);
	assert_int_equal(finish(), 0);
}

static void test_planned(void **state)
{
	(void)state;
	start_job(JOB_DESCRIBE, "planned.lua", false);
	const json_t *source = await("lesson-source");

	assert_string_equal(json_string_value(json_object_get(source, "question")), "Why?");
	assert_null(json_object_get(source, "steps"));
	assert_int_equal(finish(), 0);
}

static void test_grading(void **state)
{
	(void)state;
	start_job(JOB_DESCRIBE, "grading.lua", false);
	const json_t *source = await("grading-source"),
		     *checks = json_object_get(json_object_get(source, "extra"), "ex1");

	assert_string_equal(json_string_value(json_object_get(source, "lesson")), "test.01");
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(source, "weights"), "r1")),
		"manual");
	assert_int_equal(json_array_size(checks), 1);
	assert_int_equal(integer(json_array_get(checks, 0), "points"), 3);
	assert_int_equal(finish(), 0);
	start_job(JOB_LESSON, "grading.lua", false);
	json_t *error = next();

	assert_non_null(strstr(json_string_value(json_object_get(error, "text")),
			       "this is a grading file: use it by wattle grade --with"));
	json_decref(error);
	assert_int_equal(finish(), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_source),
		cmocka_unit_test(test_planned),
		cmocka_unit_test(test_grading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
