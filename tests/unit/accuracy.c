/* Verdicts on accuracy from records: kept, lost and unsupported, what a test set can carry, and which
 * trials may be compared.
 * SPDX-License-Identifier: MIT */
#include "verdict.h"

#include "lab/best.h"

/* n blocks: A misses rows 0 … miss_a − 1, B misses rows from … from + miss_b − 1. */
static Results *accuracies(size_t n, int rows, int miss_a, int from, int miss_b, bool hits)
{
	Results *results = lab_results(&plan);

	for (int i = 0; i < (int)n; i++) {
		lab_window(results, "A", i, 1, 0);
		lab_window(results, "B", i, 1, 0);
		lab_trial(results, "A", i, 1 - miss_a / (double)rows, rows,
			  hits ? lab_hits(rows, 0, miss_a) : NULL);
		/* One row more or less from block to block gives the seeds a spread. */
		lab_trial(results, "B", i, 1 - (miss_b + i % 2) / (double)rows, rows,
			  hits ? lab_hits(rows, from, from + miss_b + i % 2) : NULL);
	}
	return results;
}

static void accuracy_is_kept(void **state)
{
	(void)state;
	Results *results = accuracies(10, 10000, 1000, 10, 1009, true);
	verdict_make(&v, results, 1, METRIC_ACCURACY);
	assert_word(VERDICT_KEPT);
	/* d̄ = -0.00095; b = 10, c = 19.5 rows a block; s = 0.5·√(10/9) rows; N = 10000, t(0.95,
	 * 9) = 1.8331129 */
	double se2 = 0.25 * (10 / 9.0) / 1e8 / 10 + (29.5 - 9.5 * 9.5 / 1e4) / 1e8;
	assert_close(v.ratio, -0.095);
	assert_close(v.low, -0.095 - 100 * 1.8331129326562372 * sqrt(se2));
	assert_close(v.high, -0.095 + 100 * 1.8331129326562372 * sqrt(se2));
	assert_close(v.level, 0.9);
	assert_int_equal(v.only_arm, 10);
	assert_int_equal(v.only_versus, 20);
	assert_true(isnan(v.p_mcnemar) && isnan(v.visible) && !v.no_hits);
	assert_string_equal(v.sentence, "B keeps A's accuracy: -0.1 points, at worst -0.2 "
					"(margin 1; 10 seeds; 10000 test items).");
	results_free(results);
}

static void accuracy_words(void **state)
{
	(void)state;
	Results *results = accuracies(10, 10000, 1000, 0, 1500, true);
	verdict_make(&v, results, 1, METRIC_ACCURACY);
	assert_word(VERDICT_LOST);
	results_free(results);
	results = accuracies(10, 360, 36, 4, 36, true); /* 2 % disagreement on 360 rows */
	verdict_make(&v, results, 1, METRIC_ACCURACY);
	assert_word(VERDICT_UNSUPPORTED);
	results_free(results);
	/* The whole interval shows a gain: what 360 rows cannot tell apart is smaller. */
	results = accuracies(10, 360, 180, 0, 36, true);
	verdict_make(&v, results, 1, METRIC_ACCURACY);
	assert_true(v.low > 0);
	assert_word(VERDICT_KEPT);
	results_free(results);
	results = accuracies(10, 10000, 1000, 0, 1095, true); /* -0.95 of 1 point */
	verdict_make(&v, results, 1, METRIC_ACCURACY);
	assert_word(VERDICT_NOT_RESOLVED);
	results_free(results);
	results = accuracies(1, 10000, 1000, 0, 1000, true);
	verdict_make(&v, results, 1, METRIC_ACCURACY);
	assert_word(VERDICT_NOT_RESOLVED);
	assert_non_null(strstr(v.sentence, "1 seed"));
	results_free(results);
	results = accuracies(0, 10000, 1000, 0, 1000, true);
	verdict_make(&v, results, 1, METRIC_ACCURACY);
	assert_word(VERDICT_NOT_RESOLVED);
	results_free(results);
}

static void without_hits_the_interval_is_wider(void **state)
{
	(void)state;
	Results *results = accuracies(10, 10000, 1000, 10, 1009, false);
	verdict_make(&v, results, 1, METRIC_ACCURACY);
	double se2 = 0.25 * (10 / 9.0) / 1e8 / 10 + (0.9 * 0.1 + 0.89905 * 0.10095) / 1e4;
	assert_close(v.low, -0.095 - 100 * 1.8331129326562372 * sqrt(se2));
	assert_true(v.no_hits);
	assert_word(VERDICT_KEPT);
	json_t *json = verdict_json(&v, results);
	assert_non_null(
		strstr(json_string_value(json_object_get(json, "only_arm_why")), "independent"));
	json_decref(json);
	results_free(results);
}

static void built_once_is_one_seed(void **state)
{
	(void)state;
	plan.build = PLAN_BUILD_ONCE;
	Results *results = accuracies(12, 10000, 1000, 10, 1014, true);
	verdict_make(&v, results, 1, METRIC_ACCURACY);
	assert_word(VERDICT_KEPT);
	assert_int_equal(v.n, 1);
	/* The last trial counts: B misses rows 10 … 1024, so b = 10 and c = 25; the normal
	 * quantile, no spread. */
	double v_test = (35 - 15 * 15 / 1e4) / 1e8;
	assert_close(v.ratio, -0.15);
	assert_close(v.low, -0.15 - 100 * 1.6448536269514727 * sqrt(v_test));
	assert_close(v.p_mcnemar, stats_mcnemar(10, 25));
	assert_string_equal(v.sentence, "B keeps A's accuracy: -0.2 points, at worst -0.2 "
					"(margin 1; 1 seed; 10000 test items).");
	assert_true(verdict_stop(results));
	results_free(results);
}

static void missing_accuracy_is_said(void **state)
{
	(void)state;
	Results *results = lab_results(&plan);
	for (int arm = 0; arm < 2; arm++) {
		lab_window(results, arm ? "B" : "A", 0, 1, 0);
		lab_take(results,
			 "{\"type\":\"trial\",\"arm\":\"%s\",\"block\":0,\"accuracy\":null}",
			 arm ? "B" : "A");
	}
	verdict_make(&v, results, 1, METRIC_ACCURACY);
	assert_word(VERDICT_NONE);
	assert_string_equal(v.why, "accuracy was not recorded");
	results_free(results);
	results = lab_results(&plan);
	for (int arm = 0; arm < 2; arm++) {
		lab_window(results, arm ? "B" : "A", 0, 1, 0);
		lab_take(results,
			 "{\"type\":\"trial\",\"arm\":\"%s\",\"block\":0,\"accuracy\":0.5}",
			 arm ? "B" : "A");
	}
	verdict_make(&v, results, 1, METRIC_ACCURACY);
	assert_word(VERDICT_NONE);
	assert_string_equal(v.why, "the number of test items is not known");
	results_free(results);
}

/* --- what a test set can carry --- */

/* No row of 450 differs: at a rate of 3 in 450 that would still happen in 5 % of all test sets. */
static void agreement_is_no_proof(void **state)
{
	(void)state;
	plan.build = PLAN_BUILD_ONCE;
	Results *results = accuracies(1, 450, 45, 0, 45, true);
	verdict_make(&v, results, 1, METRIC_ACCURACY);
	assert_word(VERDICT_KEPT);
	assert_close(v.low, 100 * log(0.05) / 450);
	assert_close(v.high, -v.low);
	assert_string_equal(v.sentence, "B keeps A's accuracy: 0.0 points, at worst -0.7 "
					"(margin 1; 1 seed; 450 test items).");
	results_free(results);
	results = accuracies(1, 100, 10, 0, 10, true); /* 3 points */
	verdict_make(&v, results, 1, METRIC_ACCURACY);
	assert_word(VERDICT_UNSUPPORTED);
	results_free(results);
	results = accuracies(1, 100, 0, 0, 0, false); /* nobody errs, and no hits are told */
	verdict_make(&v, results, 1, METRIC_ACCURACY);
	assert_word(VERDICT_UNSUPPORTED);
	results_free(results);
}

static void seeds_do_not_narrow_it(void **state)
{
	(void)state;
	Results *results = accuracies(0, 450, 45, 0, 45, true);
	for (int i = 0; i < 10; i++)
		for (int arm = 0; arm < 2; arm++) {
			lab_window(results, arm ? "B" : "A", i, 1, 0);
			lab_trial(results, arm ? "B" : "A", i, 0.9, 450, lab_hits(450, 0, 45));
		}
	verdict_make(&v, results, 1, METRIC_ACCURACY);
	assert_true(v.low <= 100 * log(0.05) / 450);
	results_free(results);
}

/* --- disturbed windows --- */

static void disturbed_windows_keep_the_accuracy(void **state)
{
	(void)state;
	Results *results = lab_results(&plan);
	for (int i = 0; i < 10; i++)
		for (int arm = 0; arm < 2; arm++) {
			lab_take(results,
				 "{\"type\":\"window\",\"arm\":\"%s\",\"block\":%d,\"attempt\":2,"
				 "\"items\":10,\"time_s\":1,\"energy\":null,"
				 "\"flags\":[\"CONTENDED\"]}",
				 arm ? "B" : "A", i);
			lab_trial(results, arm ? "B" : "A", i, 0.9, 10000,
				  lab_hits(10000, 0, 1000));
		}
	assert_int_equal(results_blocks(results), 0);
	assert_int_equal(results_scored(results), 10);
	assert_int_equal(results_disturbed(results), 10);
	assert_true(results_accuracy(results, 1).value > 0.89);
	verdict_make(&v, results, 1, METRIC_ACCURACY);
	assert_word(VERDICT_KEPT);
	assert_int_equal(v.n, 10);
	verdict_make(&v, results, 1, METRIC_TIME);
	assert_word(VERDICT_NOT_RESOLVED);
	assert_int_equal(v.n, 0);
	assert_int_equal(verdict_exit_status(results), VERDICT_EXIT_INCONCLUSIVE);
	results_free(results);
}

/* --- rows --- */

static void trial_on(Results *results, const char *arm, int block, int rows, const char *split,
		     const char *sum)
{
	lab_take(results,
		 "{\"type\":\"trial\",\"arm\":\"%s\",\"block\":%d,\"accuracy\":0.9,"
		 "\"test_rows\":%d,\"dataset\":\"digits\",\"split\":\"%s\",\"rows_sha256\":\"%s\","
		 "\"hits\":\"%s\"}",
		 arm, block, rows, split, sum, lab_hits(rows, 0, rows / 10));
}

static Results *scored_on(int rows, const char *split, const char *sum)
{
	Results *results = lab_results(&plan);

	for (int i = 0; i < 10; i++) {
		char own[8];

		snprintf(own, sizeof own, "a%d", i); /* each seed draws its own rows */
		lab_window(results, "A", i, 1, 0);
		lab_window(results, "B", i, 1, 0);
		trial_on(results, "A", i, 1000, "test", own);
		trial_on(results, "B", i, rows, split, sum ? sum : own);
	}
	verdict_make(&v, results, 1, METRIC_ACCURACY);
	return results;
}

static void other_rows_are_not_compared(void **state)
{
	(void)state;
	Results *results = scored_on(1000, "test", NULL);
	assert_word(VERDICT_KEPT);
	results_free(results);

	results = scored_on(1000, "test", "b");
	assert_word(VERDICT_NONE);
	assert_string_equal(v.sentence, "No verdict: B and A were scored on different rows.");
	assert_int_equal(verdict_exit_status(results), VERDICT_EXIT_INCONCLUSIVE);
	assert_int_equal(best_arm(results, METRIC_ACCURACY), 2);
	results_free(results);

	results = scored_on(1437, "train", NULL);
	assert_word(VERDICT_NONE);
	assert_string_equal(v.sentence, "No verdict: B was scored on other rows, 1437 of digits "
					"(train), than A, 1000 of digits (test).");
	assert_string_equal(results_split(results), "mixed");
	verdict_make(&v, results, 1, METRIC_TIME); /* predicting other rows is other work */
	assert_word(VERDICT_NONE);
	assert_true(verdict_stop(results)); /* more blocks would not help */
	results_free(results);
}

static void training_rows_are_called_so(void **state)
{
	(void)state;
	Results *results = lab_results(&plan);

	for (int i = 0; i < 10; i++)
		for (int arm = 0; arm < 2; arm++) {
			lab_window(results, arm ? "B" : "A", i, 1, 0);
			trial_on(results, arm ? "B" : "A", i, 1000, "train", "t");
		}
	assert_string_equal(results_split(results), "train");
	verdict_make(&v, results, 1, METRIC_ACCURACY);
	assert_non_null(strstr(v.sentence, "1000 training items"));
	results_free(results);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(accuracy_is_kept, fresh),
		cmocka_unit_test_setup(accuracy_words, fresh),
		cmocka_unit_test_setup(without_hits_the_interval_is_wider, fresh),
		cmocka_unit_test_setup(built_once_is_one_seed, fresh),
		cmocka_unit_test_setup(missing_accuracy_is_said, fresh),
		cmocka_unit_test_setup(agreement_is_no_proof, fresh),
		cmocka_unit_test_setup(seeds_do_not_narrow_it, fresh),
		cmocka_unit_test_setup(disturbed_windows_keep_the_accuracy, fresh),
		cmocka_unit_test_setup(other_rows_are_not_compared, fresh),
		cmocka_unit_test_setup(training_rows_are_called_so, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
