/* Results: which records count, what a gate repeats, what is refused, and a failing allocator.
 * SPDX-License-Identifier: MIT */
#include "lab/results.h"

#include <math.h>

#include "unit.h"

#include "alloc_fail.h"
#include "lab.h"

static Plan plan;
static Results *results;
static Err err;

static int begin(void **state)
{
	(void)state;
	lab_plan(&plan);
	results = lab_results(&plan);
	return 0;
}

static int begin_once(void **state)
{
	(void)state;
	lab_plan(&plan);
	plan.build = PLAN_BUILD_ONCE;
	results = lab_results(&plan);
	return 0;
}

static int end(void **state)
{
	(void)state;
	results_free(results);
	return 0;
}

static void block(int number)
{
	lab_window(results, "A", number, 2, 20);
	lab_window(results, "B", number, 1, 10);
	lab_trial(results, "A", number, 0.9, 100, NULL);
	lab_trial(results, "B", number, 0.8, 100, NULL);
}

static void only_whole_blocks_count(void **state)
{
	(void)state;
	assert_int_equal(results_blocks(results), 0);
	lab_window(results, "A", 0, 2, 0);
	lab_window(results, "B", 0, 1, 0);
	lab_trial(results, "A", 0, 0.9, 100, NULL);
	assert_int_equal(results_blocks(results), 0);
	lab_trial(results, "B", 0, 0.8, 100, NULL);
	assert_int_equal(results_blocks(results), 1);
	block(-1);
	assert_int_equal(results_blocks(results), 1);
	block(4); /* blocks may come in any order and leave holes */
	block(2);
	assert_int_equal(results_blocks(results), 3);
	const ArmResult *b = results_arm(results, 1);
	assert_string_equal(b->name, "B");
	assert_int_equal(b->cells[1].seed, 4);
	assert_int_equal(b->cells[2].seed, 6);
	assert_true(b->cells[0].there && b->cells[0].time_s == 1 && b->cells[0].items == 1000);
	assert_true(isnan(b->cells[0].energy_j) && b->cells[1].energy_j == 10);
	assert_int_equal(b->macs, 100);
	assert_int_equal(b->size_bytes, 1000);
	assert_true(b->accuracy == 0.8);
	assert_int_equal(results_test_rows(results), 100);
	assert_int_equal(results_seed(results), 42);
	assert_null(results_arm(results, 2));
}

#define WINDOW_OF(arm, block, attempt, time_s, flags)                                         \
	"{\"type\":\"window\",\"arm\":\"" arm "\",\"block\":" #block ",\"attempt\":" #attempt \
	",\"items\":10,\"time_s\":" #time_s ",\"energy\":null,\"flags\":" flags "}"
#define TRIAL_OF(arm, block, attempt)                                                        \
	"{\"type\":\"trial\",\"arm\":\"" arm "\",\"block\":" #block ",\"attempt\":" #attempt \
	",\"accuracy\":0.5,\"test_rows\":10}"

static void flagged_blocks_wait_for_a_clean_attempt(void **state)
{
	(void)state;
	lab_take(results, WINDOW_OF("A", 0, 0, 1, "[]"));
	lab_take(results, TRIAL_OF("A", 0, 0));
	lab_take(results, WINDOW_OF("B", 0, 0, 1, "[\"CONTENDED\"]"));
	lab_take(results, TRIAL_OF("B", 0, 0));
	assert_int_equal(results_blocks(results), 0);
	assert_int_equal(results_repeated(results), 0);
	lab_take(results, WINDOW_OF("B", 0, 1, 3, "[]"));
	lab_take(results, TRIAL_OF("B", 0, 1));
	assert_int_equal(results_blocks(results), 0); /* A still belongs to the first attempt */
	lab_take(results, WINDOW_OF("A", 0, 1, 2, "[]"));
	lab_take(results, TRIAL_OF("A", 0, 1));
	assert_int_equal(results_blocks(results), 1);
	assert_int_equal(results_repeated(results), 1);
	assert_true(results_arm(results, 0)->cells[0].time_s == 2);
	lab_take(results, WINDOW_OF("A", 0, 0, 9, "[]")); /* a late record of an older attempt */
	assert_true(results_arm(results, 0)->cells[0].time_s == 2);
	lab_take(results, WINDOW_OF("A", 0, 2, 2, "[\"RESET\"]"));
	assert_int_equal(results_blocks(results), 0);
}

/* Disturbed is a block only when the plan's last attempt was spoiled too. */
static void disturbed_blocks_are_counted(void **state)
{
	(void)state;
	lab_take(results, WINDOW_OF("A", 0, 1, 1, "[\"CONTENDED\"]"));
	lab_take(results, WINDOW_OF("B", 0, 1, 1, "[]"));
	assert_int_equal(results_disturbed(results), 0);
	lab_take(results, WINDOW_OF("A", 0, 2, 1, "[\"CONTENDED\"]"));
	assert_int_equal(results_disturbed(results), 0); /* B's last attempt is still to come */
	lab_take(results, WINDOW_OF("B", 0, 2, 1, "[]"));
	assert_int_equal(results_disturbed(results), 1);
	assert_int_equal(results_repeated(results), 1);
	block(1);
	assert_int_equal(results_disturbed(results), 1);
}

static void voids_of_the_meter_count(void **state)
{
	(void)state;
	block(0);
	assert_int_equal(results_blocks(results), 1);
	lab_take(results, "{\"type\":\"window\",\"arm\":\"A\",\"block\":0,\"time_s\":1,\"energy\":"
			  "{\"value\":1,\"provenance\":\"measured\",\"scope\":\"package\","
			  "\"source\":\"fake\","
			  "\"flags\":[\"SUSPENDED\"]}}");
	assert_int_equal(results_blocks(results), 0);
}

static void built_once_needs_one_trial(void **state)
{
	(void)state;
	lab_trial(results, "A", -1, 0.9, 100, lab_hits(100, 0, 10));
	lab_trial(results, "B", 0, 0.8, 100, lab_hits(100, 5, 25));
	for (int i = 0; i < 3; i++) {
		lab_window(results, "A", i, 2, 0);
		assert_int_equal(results_blocks(results), i);
		lab_window(results, "B", i, 1, 0);
	}
	assert_int_equal(results_blocks(results), 3);
	const Cell *cell = &results_arm(results, 0)->cells[2];
	assert_true(cell->accuracy == 0.9 && cell->hits != NULL);
	assert_int_equal(cell->hits[0], 0);
	assert_int_equal(cell->hits[1], 0xfc);
	assert_int_equal(cell->hits[12], 0x0f);
}

static void diverged_arms_need_no_window(void **state)
{
	(void)state;
	lab_window(results, "A", 0, 2, 0);
	lab_trial(results, "A", 0, 0.9, 100, NULL);
	lab_take(results, "{\"type\":\"trial\",\"arm\":\"B\",\"block\":0,\"accuracy\":0.1,"
			  "\"diverged\":true}");
	assert_int_equal(results_blocks(results), 1);
	assert_int_equal(results_arm(results, 1)->diverged, 1);
	assert_true(isnan(results_arm(results, 1)->cells[0].accuracy));
	assert_true(isnan(results_cost(results, 1, METRIC_TIME, 1).value));
	assert_true(isnan(results_accuracy(results, 1).value));
	assert_int_equal(results_arm(results, 0)->diverged, 0);
}

static void records_of_others_are_ignored(void **state)
{
	(void)state;
	lab_take(results, "{\"v\":1,\"type\":\"epoch\",\"arm\":7}");
	lab_take(results, "{\"v\":1,\"type\":\"window-2\"}");
	assert_false(lab_try(results, &err, "{\"v\":1}"));
	assert_int_equal(err.code, ERR_FORMAT);
	Results *bare = results_new(&err);
	lab_take(bare, "{\"type\":\"run-begin\",\"plan\":null}");
	lab_take(bare, "{\"type\":\"window\",\"step\":\"a lesson's own\"}");
	assert_null(results_plan(bare));
	assert_null(results_arm(bare, 0));
	assert_true(isnan(results_cost(bare, 0, METRIC_TIME, 1).value));
	assert_string_equal(results_provenance(bare), "none");
	results_free(bare);
	results_free(NULL);
}

static const char *const malformed[] = {
	"{\"type\":\"window\",\"arm\":\"C\",\"block\":0}",
	"{\"type\":\"window\",\"block\":0}",
	"{\"type\":\"window\",\"arm\":\"A\"}",
	"{\"type\":\"window\",\"arm\":\"A\",\"block\":30}",
	"{\"type\":\"window\",\"arm\":\"A\",\"block\":4611686018427387904}",
	"{\"type\":\"window\",\"arm\":\"A\",\"block\":0.5}",
	"{\"type\":\"window\",\"arm\":\"A\",\"block\":0,\"attempt\":-1}",
	"{\"type\":\"window\",\"arm\":\"A\",\"block\":0,\"time_s\":-1}",
	"{\"type\":\"window\",\"arm\":\"A\",\"block\":0,\"time_s\":1e300}",
	"{\"type\":\"window\",\"arm\":\"A\",\"block\":0,\"items\":-1}",
	"{\"type\":\"window\",\"arm\":\"A\",\"block\":0,\"flags\":\"CONTENDED\"}",
	"{\"type\":\"window\",\"arm\":\"A\",\"block\":0,\"energy\":5}",
	"{\"type\":\"window\",\"arm\":\"A\",\"block\":0,\"energy\":{\"value\":-1}}",
	"{\"type\":\"window\",\"arm\":\"A\",\"block\":0,\"energy\":{\"value\":2,\"low\":3,\"high\":"
	"4}}",
	"{\"type\":\"window\",\"arm\":\"A\",\"block\":0,\"energy\":{\"value\":2,\"provenance\":"
	"\"guessed\"}}",
	"{\"type\":\"trial\",\"arm\":\"A\",\"block\":0,\"accuracy\":1.5}",
	"{\"type\":\"trial\",\"arm\":\"A\",\"block\":0,\"accuracy\":{\"value\":\"high\"}}",
	"{\"type\":\"trial\",\"arm\":\"A\",\"block\":0,\"accuracy\":\"high\"}",
	"{\"type\":\"trial\",\"arm\":\"A\",\"block\":0,\"test_rows\":-1}",
	"{\"type\":\"trial\",\"arm\":\"A\",\"block\":0,\"hits\":\"AAAA\"}",
	"{\"type\":\"trial\",\"arm\":\"A\",\"block\":0,\"hits\":5,\"test_rows\":8}",
	"{\"type\":\"trial\",\"arm\":\"A\",\"block\":0,\"hits\":\"AAAA\",\"test_rows\":8}",
	"{\"type\":\"trial\",\"arm\":\"A\",\"block\":0,\"hits\":\"A*==\",\"test_rows\":8}",
	"{\"type\":\"trial\",\"arm\":\"A\",\"block\":0,\"hits\":\"\",\"test_rows\":1099511627776}",
	"{\"type\":\"trial\",\"arm\":\"A\",\"block\":0,\"diverged\":1}",
	"{\"type\":\"trial\",\"arm\":\"A\",\"block\":0,\"split\":1}",
	"{\"type\":\"trial\",\"arm\":\"A\",\"block\":0,\"split\":\"0123456789abcdef\"}",
	"{\"type\":\"trial\",\"arm\":\"A\",\"block\":0,\"dataset\":[]}",
	"{\"type\":\"trial\",\"arm\":\"A\",\"block\":0,\"rows_sha256\":7}",
	"{\"type\":\"trial\",\"arm\":\"A\",\"block\":0,\"macs\":\"many\"}",
	"{\"type\":\"run-begin\",\"plan\":{\"arms\":[\"A\",\"B\"],\"build\":\"once\"}}",
	"{\"type\":\"run-begin\",\"plan\":[]}",
};

static void malformed_records_are_refused(void **state)
{
	(void)state;
	block(0);
	for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
		if (lab_try(results, &err, "%s", malformed[i]))
			fail_msg("taken: %s", malformed[i]);
		assert_int_equal(err.code, ERR_FORMAT);
		assert_int_equal(results_blocks(results), 1);
	}
}

static void accuracy_may_be_an_estimate(void **state)
{
	(void)state;
	lab_take(results,
		 "{\"type\":\"trial\",\"arm\":\"A\",\"block\":0,\"accuracy\":{\"value\":0.75,"
		 "\"low\":0.7,"
		 "\"high\":0.8,\"n\":100,\"method\":\"wilson\"},\"test_rows\":100,\"hits\":null}");
	assert_true(results_arm(results, 0)->accuracy == 0.75);
	Estimate got = results_accuracy(results, 0);
	assert_true(got.value == 0.75 && got.low > 0.65 && got.low < 0.67 && got.high > 0.82 &&
		    got.high < 0.83);
	assert_int_equal(got.n, 100);
}

static void costs_are_means_with_intervals(void **state)
{
	(void)state;
	const double times[] = { 1, 2, 3 };

	for (int i = 0; i < 3; i++) {
		lab_window(results, "A", i, times[i], 10);
		lab_window(results, "B", i, times[i], 0);
		lab_trial(results, "A", i, 0.9, 100, NULL);
		lab_trial(results, "B", i, 0.9, 100, NULL);
		if (i > 0)
			continue;
		assert_true(isnan(results_cost(results, 0, METRIC_TIME, 1000).low));
		/* Of one block the spread is not known, the meter's own error is. */
		Estimate one = results_cost(results, 0, METRIC_ENERGY, 1000);
		assert_true(fabs(one.low - 9.5) < 1e-9 && fabs(one.high - 10.5) < 1e-9);
		assert_int_equal(one.n, 1);
	}
	Estimate time = results_cost(results, 0, METRIC_TIME, 10000);
	/* 20 ± 4.302652729749·10/√3, cut at 0 */
	assert_true(fabs(time.value - 20) < 1e-12 && time.low == 0);
	assert_true(fabs(time.high - (20 + 4.302652729749464 * 10 / sqrt(3))) < 1e-9);
	assert_int_equal(time.n, 3);
	/* No spread, so only the meter's own 5 % are left. */
	Estimate energy = results_cost(results, 0, METRIC_ENERGY, 1000);
	assert_true(fabs(energy.low - 9.5) < 1e-9 && fabs(energy.high - 10.5) < 1e-9);
	assert_true(isnan(results_cost(results, 1, METRIC_ENERGY, 1000).value));
	assert_int_equal(results_cost(results, 1, METRIC_ENERGY, 1000).n, 0);
	Estimate macs = results_cost(results, 0, METRIC_MACS, 10);
	assert_true(macs.value == 1000 && macs.low == 1000 && macs.high == 1000);
	assert_true(results_cost(results, 0, METRIC_BYTES, 10).value == 1000);
	assert_true(isnan(results_cost(results, 9, METRIC_BYTES, 10).value));
}

static void take_energy(const char *provenance, const char *source, const char *flags)
{
	lab_take(results,
		 "{\"type\":\"window\",\"arm\":\"A\",\"block\":0,\"energy\":{\"value\":1,\"low\":"
		 "null,"
		 "\"provenance\":\"%s\",\"scope\":\"package\",\"source\":\"%s\",\"flags\":[%s]}}",
		 provenance, source, flags);
}

static void take_net(const char *arm, int number, int attempt, const char *net)
{
	lab_take(results,
		 "{\"v\":1,\"type\":\"net\",\"arm\":\"%s\",\"block\":%d,\"attempt\":%d,"
		 "\"energy_net\":%s}",
		 arm, number, attempt, net);
}

/* Windows tell joules over idle power, nets correct them. */
static void nets_replace_what_windows_say(void **state)
{
	(void)state;
	assert_true(isnan(results_net_ratio(results, 1, 0)));
	block(0);
	assert_int_equal(results_blocks(results), 1);
	assert_true(isnan(results_net_ratio(results, 1, 0)));
	take_net("A", 0, 0, "{\"value\":4}");
	assert_true(isnan(results_net_ratio(results, 1, 0)));
	take_net("B", 0, 0, "{\"value\":6}");
	assert_true(fabs(results_net_ratio(results, 1, 0) - 1.5) < 1e-12);
	take_net("B", 0, 0, "{\"value\":5}");
	assert_true(fabs(results_net_ratio(results, 1, 0) - 1.25) < 1e-12);
	take_net("B", 0, 7, "{\"value\":9}");  /* of no window that counts */
	take_net("B", -1, 0, "{\"value\":9}"); /* warm-up */
	take_net("B", 3, 0, "{\"value\":9}");  /* of none that came */
	assert_true(fabs(results_net_ratio(results, 1, 0) - 1.25) < 1e-12);
	take_net("B", 0, 0, "null");
	assert_true(isnan(results_net_ratio(results, 1, 0)));
	take_net("B", 0, 0, "{\"value\":-1}"); /* noise; a ratio of it says nothing */
	assert_true(isnan(results_net_ratio(results, 1, 0)));
	assert_false(lab_try(results, &err,
			     "{\"v\":1,\"type\":\"net\",\"arm\":\"B\",\"block\":0,\"attempt\":0,"
			     "\"energy_net\":{\"value\":\"x\"}}"));
	assert_int_equal(err.code, ERR_FORMAT);
}

static void provenance_is_the_lowest(void **state)
{
	(void)state;
	assert_string_equal(results_provenance(results), "none");
	take_energy("none", "x", "");
	assert_string_equal(results_provenance(results), "none");
	take_energy("measured", "rapl", "");
	assert_string_equal(results_provenance(results), "measured");
	assert_string_equal(results_scope(results), "package");
	assert_string_equal(results_source(results), "rapl");
	assert_false(results_mixed_energy(results));
	take_energy("modelled", "table", "\"REPLAYED\"");
	assert_string_equal(results_provenance(results), "modelled");
	assert_true(results_mixed_energy(results) && results_replayed(results));
	take_energy("measured", "rapl", "");
	assert_string_equal(results_provenance(results), "modelled");
}

/* Whatever allocation fails, a record is either taken or refused with ERR_MEMORY, and nothing
 * leaks. */
static void memory_may_run_out(void **state)
{
	(void)state;
	json_t *begin_record =
		json_pack("{s:s, s:o}", "type", "run-begin", "plan", plan_json(&plan));
	json_t *trial = json_pack("{s:s, s:s, s:i, s:s, s:i}", "type", "trial", "arm", "A", "block",
				  0, "hits", "AA==", "test_rows", 8);
	bool done = false;

	for (size_t n = 0; !done; n++) {
		memset(&err, 0, sizeof err);
		alloc_fail_after(n);
		Results *some = results_new(&err);
		done = some && results_take(some, begin_record, &err) &&
		       results_take(some, trial, &err);
		alloc_fail_never();
		assert_true(done || err.code == ERR_MEMORY);
		results_free(some);
		assert_true(n < 100);
	}
	json_decref(begin_record);
	json_decref(trial);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(only_whole_blocks_count, begin, end),
		cmocka_unit_test_setup_teardown(flagged_blocks_wait_for_a_clean_attempt, begin,
						end),
		cmocka_unit_test_setup_teardown(disturbed_blocks_are_counted, begin, end),
		cmocka_unit_test_setup_teardown(voids_of_the_meter_count, begin, end),
		cmocka_unit_test_setup_teardown(built_once_needs_one_trial, begin_once, end),
		cmocka_unit_test_setup_teardown(diverged_arms_need_no_window, begin, end),
		cmocka_unit_test_setup_teardown(records_of_others_are_ignored, begin, end),
		cmocka_unit_test_setup_teardown(malformed_records_are_refused, begin, end),
		cmocka_unit_test_setup_teardown(accuracy_may_be_an_estimate, begin, end),
		cmocka_unit_test_setup_teardown(costs_are_means_with_intervals, begin, end),
		cmocka_unit_test_setup_teardown(nets_replace_what_windows_say, begin, end),
		cmocka_unit_test_setup_teardown(provenance_is_the_lowest, begin, end),
		cmocka_unit_test_setup_teardown(memory_may_run_out, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
