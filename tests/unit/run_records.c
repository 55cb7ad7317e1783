/* Records of a run as progress keeps them: folded they are small, unfolded they are what they were.
 * SPDX-License-Identifier: MIT */
#include "unit.h"

#include <string.h>

#include "app/lesson/run_records.h"
#include "base/record.h"

static json_t *window(const char *arm, int block, double time_s)
{
	return json_pack("{s:i, s:s, s:i, s:s, s:i, s:f, s:n, s:s, s:{s:i}, s:{s:i}, s:[s]}", "v",
			 1, "type", "window", "t_ns", block * 7, "arm", arm, "block", block,
			 "time_s", time_s, "energy", "energy_why", "no meter", "counters", "cycles",
			 block, "work", "bytes", 8, "flags", "CONTENDED");
}

static json_t *trial(const char *arm, int block, const char *hits)
{
	json_t *record = json_pack("{s:i, s:s, s:s, s:i, s:f, s:s}", "v", 1, "type", "trial", "arm",
				   arm, "block", block, "accuracy", 0.75, "dataset", "digits");

	if (hits)
		json_object_set_new(record, "hits", json_string(hits));
	return record;
}

static void add(json_t *run, json_t *record)
{
	assert_int_equal(json_array_append_new(run, record), 0);
}

static json_t *a_run(const char *hits)
{
	json_t *run = json_array();

	add(run, json_pack("{s:s, s:{}}", "type", "plan", "plan"));
	add(run, json_pack("{s:s, s:s, s:i}", "type", "epoch", "arm", "a", "epoch", 1));
	for (int block = -1; block < 4; block++) {
		add(run, window("a", block, 0.5));
		add(run, trial("a", block, hits));
		add(run, window("b", block, 0.25 + block));
		add(run, trial("b", block, block == 2 ? NULL : hits)); /* diverged */
	}
	add(run, json_pack("{s:s, s:b}", "type", "step-end", "ok", true));
	return run;
}

static void drop_unshown(json_t *run)
{
	size_t i;
	json_t *record;

	json_array_foreach(run, i, record)
	{
		json_object_del(record, "counters");
		json_object_del(record, "work");
	}
}

static void what_is_folded_comes_back(void **state)
{
	json_t *run = a_run("AAEC"), *before = json_deep_copy(run), *folded = run_records_fold(run),
	       *back = run_records_unfold(folded), *again = run_records_unfold(back);

	(void)state;
	assert_true(json_equal(run, before));
	drop_unshown(before);
	assert_true(json_equal(back, before));
	assert_true(json_equal(again, before));
	/* Of the second block of an arm only what differs is there. */
	json_t *second = json_array_get(folded, 6);
	assert_true(record_is(second, "type", "window") && record_is(second, "arm", "a"));
	assert_true(json_is_true(json_object_get(second, "as_before")));
	assert_null(json_object_get(second, "flags"));
	assert_null(json_object_get(second, "energy"));
	assert_int_equal(json_integer_value(json_object_get(second, "block")), 0);
	json_decref(run);
	json_decref(before);
	json_decref(folded);
	json_decref(back);
	json_decref(again);
}

static void hits_are_kept_once_an_arm(void **state)
{
	char hits[4001];

	(void)state;
	memset(hits, 'A', sizeof hits - 1);
	hits[sizeof hits - 1] = '\0';
	json_t *run = a_run(hits), *folded = run_records_fold(run);
	size_t whole = json_dumpb(run, NULL, 0, JSON_COMPACT),
	       small = json_dumpb(folded, NULL, 0, JSON_COMPACT);

	/* a: once; b: before and behind the block without any. */
	assert_true(whole > 9 * 4000 && small > 3 * 4000 && small < 3 * 4000 + 4000);
	json_decref(run);
	json_decref(folded);
}

/* Neither what is too long to be sent to a worker, nor little that becomes much. */
static void there_is_a_limit(void **state)
{
	static char hits[300001];
	json_t *run = a_run(""), *bomb = json_array();

	(void)state;
	memset(hits, 'A', sizeof hits - 1);
	add(bomb, trial("a", 0, hits));
	for (int i = 0; i < 10000; i++)
		add(bomb, json_pack("{s:s, s:s, s:b}", "type", "trial", "arm", "a", "as_before",
				    true));
	assert_null(run_records_unfold(bomb));
	for (int i = 0; i < 4; i++)
		add(run, json_pack("{s:s, s:s}", "type", "figure", "share", hits));
	assert_null(run_records_fold(run));
	json_decref(run);
	json_decref(bomb);
}

static void what_refers_to_nothing_is_refused(void **state)
{
	json_t *run = json_array();

	(void)state;
	add(run, trial("a", 0, "AAEC"));
	add(run, json_pack("{s:s, s:s, s:b}", "type", "trial", "arm", "b", "as_before", true));
	assert_null(run_records_unfold(run));
	json_array_clear(run);
	add(run, json_integer(5));
	add(run, json_array());
	json_t *odd = run_records_unfold(run);
	assert_true(json_equal(odd, run));
	json_decref(odd);
	json_decref(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_folded_comes_back),
		cmocka_unit_test(hits_are_kept_once_an_arm),
		cmocka_unit_test(there_is_a_limit),
		cmocka_unit_test(what_refers_to_nothing_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
