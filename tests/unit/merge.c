/* Parts of an experiment: put together in any order they are the same run; what is no part is
 * refused; what is missing or there twice is counted.
 * SPDX-License-Identifier: MIT */
#include "lab/merge.h"

#include "unit.h"

#include "lab.h"

#define PARTS 3

typedef struct Fixture {
	Plan plan;
	json_t *records[PARTS], *asked[PARTS];
	Merged merged;
	Err err;
} Fixture;

static void add(json_t *records, json_t *record)
{
	assert_non_null(record);
	json_object_set_new(record, "t_ns", json_integer((json_int_t)json_array_size(records)));
	json_array_append_new(records, record);
}

static json_t *part_new(const Plan *plan, const char *id, const char *cpu)
{
	json_t *records = json_array();

	add(records, json_pack("{s:i, s:s, s:s, s:i, s:s, s:s, s:o, s:{s:{s:s}}}", "v", 1, "type",
			       "run-begin", "run", id, "seed", 1, "script_sha256", "abc", "shard", "1/3",
			       "plan", plan_json(plan), "receipt", "cpu", "model", cpu));
	add(records, json_pack("{s:i, s:s, s:s}", "v", 1, "type", "meter", "from", id));
	add(records, json_pack("{s:i, s:s}", "v", 1, "type", "usage"));
	return records;
}

/* Both arms of a block, each a job of its own. */
static void add_block(json_t *records, int block, double accuracy)
{
	for (int arm = 0; arm < 2; arm++) {
		const char *name = arm ? "B" : "A";

		add(records, json_pack("{s:i, s:s, s:s, s:s}", "v", 1, "type", "arm-begin", "arm", name,
				       "v2", ""));
		add(records, json_pack("{s:i, s:s, s:s, s:i, s:i, s:i, s:f, s:[], s:n, s:s}", "v", 1,
				       "type", "window", "arm", name, "block", block, "attempt", 0,
				       "items", 100, "time_s", 1.0 + block, "flags", "energy",
				       "energy_why", "none"));
		add(records, json_pack("{s:i, s:s, s:s, s:i, s:i, s:i, s:f, s:i}", "v", 1, "type",
				       "trial", "arm", name, "block", block, "attempt", 0, "seed",
				       block + 1, "accuracy", accuracy, "test_rows", 100));
		add(records, json_pack("{s:i, s:s}", "v", 1, "type", "usage"));
	}
}

static int setup(void **state)
{
	Fixture *f = calloc(1, sizeof *f);

	assert_non_null(f);
	lab_plan(&f->plan);
	f->plan.blocks_min = f->plan.blocks_max = 6;
	for (int i = 0; i < PARTS; i++) {
		f->records[i] = part_new(&f->plan, (const char *[]){ "c1", "a2", "b3" }[i], "one");
		add_block(f->records[i], -1, .5);
		add_block(f->records[i], i, .75);
		add_block(f->records[i], i + PARTS, .75);
	}
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	Fixture *f = *state;

	for (int i = 0; i < PARTS; i++)
{		json_decref(f->records[i]);
 json_decref(f->asked[i]);}
	merged_done(&f->merged);
	free(f);
	return 0;
}

static bool merge(Fixture *f, size_t a, size_t b, size_t c)
{
	MergePart parts[PARTS] = { { f->records[a], "first", f->asked[a] },
				   { f->records[b], "second", f->asked[b] },
				   { f->records[c], "third", f->asked[c] } };

	merged_done(&f->merged);
	return merge_parts(&f->merged, parts, PARTS, &f->err);
}

/* Blocks of the trials, in order; the run's clock never goes back. */
static void assert_blocks(const Fixture *f, const char *want)
{
	char blocks[200] = "";
	json_int_t before = -1;
	json_t *record;
	size_t i;

	json_array_foreach(f->merged.records, i, record)
	{
		json_int_t t_ns = json_integer_value(json_object_get(record, "t_ns"));

		assert_true(t_ns >= before);
		before = t_ns;
		if (strcmp(json_string_value(json_object_get(record, "type")), "trial") == 0)
			snprintf(blocks + strlen(blocks), sizeof blocks - strlen(blocks), "%d%s ",
				 (int)json_integer_value(json_object_get(record, "block")),
				 json_string_value(json_object_get(record, "arm")));
	}
	assert_string_equal(blocks, want);
}

static void parts_in_any_order_are_one_run(void **state)
{
	Fixture *f = *state;
	json_t *first;

	if (!merge(f, 0, 1, 2))
		fail_msg("%s", f->err.text);
	assert_blocks(f, "-1A -1B 0A 0B 1A 1B 2A 2B 3A 3B 4A 4B 5A 5B ");
	assert_int_equal(f->merged.dropped, 0);
	assert_int_equal(f->merged.missing, 0);
	const json_t *begin = json_array_get(f->merged.records, 0);

	assert_null(json_object_get(begin, "shard"));
	assert_int_equal(json_array_size(json_object_get(begin, "parts")), PARTS);
	first = json_incref(f->merged.records);
	assert_true(merge(f, 2, 0, 1));
	assert_true(json_equal(first, f->merged.records));
	json_decref(first);
}

static void it_has_verdicts_and_an_end(void **state)
{
	Fixture *f = *state;
	size_t verdicts = 0, i;
	json_t *record = NULL;

	assert_true(merge(f, 0, 1, 2));
	json_array_foreach(f->merged.records, i, record)
	{
		verdicts += strcmp(json_string_value(json_object_get(record, "type")), "verdict") == 0;
	}
	assert_int_equal(verdicts, f->plan.primaries);
	assert_string_equal(json_string_value(json_object_get(record, "type")), "run-end");
	assert_int_equal(json_integer_value(json_object_get(record, "exit")), 6);
}

static void twice_and_missing_are_counted(void **state)
{
	Fixture *f = *state;

	assert_true(merge(f, 0, 0, 1));
	assert_blocks(f, "-1A -1B 0A 0B 1A 1B 3A 3B 4A 4B ");
	assert_int_equal(f->merged.dropped, 2);
	assert_int_equal(f->merged.missing, 2);
	assert_int_equal(f->merged.first_missing, 2);
}

static void what_was_broken_off_is_missing(void **state)
{
	Fixture *f = *state;

	while (json_array_size(f->records[2]) > 15) /* behind arm A of block 2 */
		json_array_remove(f->records[2], json_array_size(f->records[2]) - 1);
	assert_true(merge(f, 0, 1, 2));
	assert_int_equal(f->merged.missing, 2);
	assert_int_equal(f->merged.first_missing, 2);
}

static void refused(Fixture *f, const char *words)
{
	assert_false(merge(f, 0, 1, 2));
	assert_int_equal(f->err.code, ERR_ARGUMENT);
	if (!strstr(f->err.text, words))
		fail_msg("not '%s', but '%s'", words, f->err.text);
}

static void strangers_are_refused(void **state)
{
	Fixture *f = *state;

	json_decref(f->records[1]);
	f->records[1] = part_new(&f->plan, "a2", "another");
	refused(f, "another processor");
	json_object_set_new(json_array_get(f->records[1], 0), "seed", json_integer(2));
	refused(f, "no part of the same experiment");
	json_array_remove(f->records[1], 0);
	refused(f, "does not begin with a run-begin");
	json_decref(f->records[1]);
	f->records[1] = json_array();
	refused(f, "does not begin with a run-begin");
}

/* The first part by its id has arm A alone of block 2, and the third one has all of it. */
static void whole_blocks_go_before_torn_ones(void **state)
{
	Fixture *f = *state;

	add_block(f->records[1], 2, .25);
	for (int i = 0; i < 4; i++)
		json_array_remove(f->records[1], json_array_size(f->records[1]) - 1);
	assert_true(merge(f, 0, 1, 2));
	assert_blocks(f, "-1A -1B 0A 0B 1A 1B 2A 2B 3A 3B 4A 4B 5A 5B ");
	assert_int_equal(f->merged.missing, 0);
	assert_int_equal(f->merged.dropped, 1);
}

static void parts_of_another_way_are_refused(void **state)
{
	Fixture *f = *state;
	json_t *receipt = json_object_get(json_array_get(f->records[1], 0), "receipt");

	for (int i = 0; i < PARTS; i++)
		f->asked[i] = json_pack("{s:i, s:s, s:{s:i}}", "batch", 0, "shard",
					(const char *[]){ "1/3", "2/3", "3/3" }[i], "set", "epochs", 1);
	assert_true(merge(f, 0, 1, 2));
	json_object_set_new(json_object_get(f->asked[2], "set"), "epochs", json_integer(50));
	refused(f, "its set is not that of");
	json_object_set_new(json_object_get(f->asked[2], "set"), "epochs", json_integer(1));
	json_object_set_new(f->asked[0], "kernel", json_string("scalar"));
	refused(f, "its kernel is not that of");
	json_object_del(f->asked[0], "kernel");
	json_object_set_new(receipt, "version", json_string("0.0.1"));
	refused(f, "its version is not that of");
}

/* Times that no run has do not run over. */
static void wild_times_are_refused(void **state)
{
	Fixture *f = *state;
	json_t *record = json_array_get(f->records[1], 5);

	json_object_set_new(record, "t_ns", json_integer(-5));
	assert_false(merge(f, 0, 1, 2));
	assert_int_equal(f->err.code, ERR_FORMAT);
	json_object_set_new(record, "t_ns", json_integer(((json_int_t)1 << 53) - 1));
	assert_false(merge(f, 0, 1, 2));
	assert_non_null(strstr(f->err.text, "no time of a run"));
}

static void what_is_built_once_has_no_parts(void **state)
{
	Fixture *f = *state;

	f->plan.build = PLAN_BUILD_ONCE;
	for (int i = 0; i < PARTS; i++) {
		json_decref(f->records[i]);
		f->records[i] = part_new(&f->plan, (const char *[]){ "c1", "a2", "b3" }[i], "one");
	}
	refused(f, "builds its arms once");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(parts_in_any_order_are_one_run),  TEST(it_has_verdicts_and_an_end),
		TEST(twice_and_missing_are_counted),   TEST(what_was_broken_off_is_missing),
		TEST(strangers_are_refused),           TEST(what_is_built_once_has_no_parts),
		TEST(whole_blocks_go_before_torn_ones), TEST(parts_of_another_way_are_refused),
		TEST(wild_times_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
