/* Figures of inspect steps, from a real worker: they come before the run's end, and what cannot be
 * shown ends nothing.
 * SPDX-License-Identifier: MIT */
#include "lesson_host.h"

enum {
	RACE = 1,
	HISTOGRAM,
	PRUNED,
	SPARSITY,
	CONFUSION,
	FILTERS,
	ACTIVATIONS,
	TREE,
	ARM,
	LAYER,
	NUMBERS,
	NO_ARMS,
	CLOSED,
	NO_MODEL
};

#define TEST_ROWS 450

/* The figure of that step; what comes before it is let by. */
static const json_t *figure(int step)
{
	const json_t *record = await("figure");

	assert_int_equal(integer(record, "step"), step);
	return record;
}

static double sum(const json_t *list)
{
	double total = 0;
	size_t i;
	json_t *value;

	json_array_foreach((json_t *)(uintptr_t)list, i, value) total +=
		json_is_array(value) ? sum(value) : json_number_value(value);
	return total;
}

static void check_figures(void)
{
	const json_t *record = figure(HISTOGRAM);

	assert_int_equal(integer(record, "total"), 64 * 24);
	assert_int_equal((int)sum(json_object_get(record, "counts")) + integer(record, "zeros"),
			 64 * 24);
	assert_int_equal(json_array_size(json_object_get(record, "layers")), 2);
	record = figure(PRUNED);
	assert_int_equal(integer(record, "layer"), 2);
	assert_int_equal(integer(record, "total"), 24 * 10);
	assert_in_range(integer(record, "zeros"), 100, 239);
	record = figure(SPARSITY);
	assert_int_equal(integer(record, "width"), 24);
	assert_int_equal(integer(record, "height"), 64);
	assert_int_equal((int)sum(json_object_get(record, "share")), integer(record, "nonzero"));
	record = figure(CONFUSION);
	assert_int_equal(json_array_size(json_object_get(record, "classes")), 10);
	assert_int_equal((int)sum(json_object_get(record, "counts")), TEST_ROWS);
	assert_int_equal(integer(record, "rows"), TEST_ROWS);
	record = figure(FILTERS);
	assert_int_equal(integer(record, "width"), 8);
	assert_int_equal(json_array_size(json_object_get(record, "images")), 16);
	record = figure(ACTIVATIONS);
	assert_int_equal(integer(record, "units"), 24);
	assert_true(sum(json_object_get(record, "share")) > 1);
}

/* An error of the lesson's file, with the line of the step. */
static void fails(int line, const char *text)
{
	json_t *record;
	char place[32];

	snprintf(place, sizeof place, "inspect.lua:%d: inspect: ", line);
	while ((record = next()) && !json_object_get(record, "code"))
		json_decref(record);
	assert_non_null(record);
	const char *got = json_string_value(json_object_get(record, "text"));

	if (strncmp(got, place, strlen(place)) != 0 || !strstr(got, text))
		fail_msg("'%s' with '%s' is not: %s", place, text, got);
	json_decref(record);
}

static void test_figures(void **state)
{
	(void)state;
	start_job(JOB_LESSON, "inspect.lua", true);
	await("lesson");
	command("step", HISTOGRAM);
	assert_string_equal(json_string_value(json_object_get(await("step"), "view")), "histogram");
	reads("First run: step 1.");
	command("run", RACE);
	check_figures();
	fails(25, "the model (tree) has no layer for the view histogram");
	fails(26, "the run 'race' has no arm 'pruend' (did you mean 'pruned'?)");
	fails(27, "there is no layer 2: the view activations shows 1 to 1 of it");
	step_end(true);
	command("step", TREE);
	reads("There is nothing to show: the model (tree) has no layer for the view histogram.");
	command("run", NUMBERS);
	fails(29, "the run 'numbers' returned no comparison, so it has no arms");
	step_end(true);
	put_back(NUMBERS, json_pack("[{s:s, s:b, s:{s:i}}]", "type", "step-end", "ok", 1, "numbers",
				    "one", 1));
	says("step-end", "restored");
	command("step", NO_ARMS);
	reads("There is nothing to show: no figure of it was kept; run step 11 again.");
	command("run", CLOSED);
	fails(36, "the model of arm 'net' was closed");
	step_end(true);
	command("skip", NO_MODEL);
	says("step", "skipped");
	assert_int_equal(finish(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_figures) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
