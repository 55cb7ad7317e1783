/* Several datasets: each alone, then Wilcoxon's test over them, which decides nothing.
 * SPDX-License-Identifier: MIT */
#include "verdict.h"

#include "lab/across.h"

static void level(PlanFactor *factor, const char *text)
{
	assert_true(plan_add_level(&plan, factor, LEVEL_TEXT, 0, text));
}

/* Datasets d0 … and, where it is more than one, threads t0 …. */
static void factors(size_t datasets, size_t threads)
{
	char text[32];

	plan.primaries = 1;
	plan.primary[0] = METRIC_TIME;
	PlanFactor *factor = plan_add_factor(&plan, "dataset");
	for (size_t i = 0; i < datasets; i++) {
		snprintf(text, sizeof text, "d%zu", i);
		level(factor, text);
	}
	if (threads < 2)
		return;
	factor = plan_add_factor(&plan, "form");
	for (size_t i = 0; i < threads; i++) {
		snprintf(text, sizeof text, "t%zu", i);
		level(factor, text);
	}
}

/* Two blocks of a condition, in which B takes ratio times what A takes. */
static void blocks(Results *results, size_t condition, double ratio)
{
	for (int i = 0; i < 2; i++)
		for (int arm = 0; arm < 2; arm++) {
			lab_take(results,
				 "{\"type\":\"window\",\"condition\":%zu,\"arm\":\"%s\","
				 "\"block\":%d,\"items\":10,\"time_s\":%.17g,\"flags\":[]}",
				 condition, arm ? "B" : "A", i, arm ? ratio : 1.0);
			lab_take(results,
				 "{\"type\":\"trial\",\"condition\":%zu,\"arm\":\"%s\","
				 "\"block\":%d,\"accuracy\":0.9,\"test_rows\":100}",
				 condition, arm ? "B" : "A", i);
		}
}

static void seven_datasets(void **state)
{
	(void)state;
	static const double ratios[] = { 0.9, 0.8, 0.95, 0.7, 0.99, 1.02, 0.85 };
	Across across[ACROSS_MAX];

	factors(7, 1);
	Results *results = lab_results(&plan);
	for (size_t k = 0; k < 7; k++)
		blocks(results, k, ratios[k]);
	assert_int_equal(across_datasets(across, results), 1);
	assert_int_equal(across[0].datasets, 7);
	assert_int_equal(across[0].better, 6);
	/* Only the second smallest difference has the other sign: 6 of 2^7 sums, twice. */
	assert_close(across[0].test.p, 2 * 3 / 128.0);
	assert_string_equal(across[0].sentence, "Over 7 datasets: B takes less time on 6 "
						"(Wilcoxon's signed ranks, p = 0.047).");
	results_free(results);
}

static void other_factors_are_held(void **state)
{
	(void)state;
	Across across[ACROSS_MAX];

	factors(3, 2);
	Results *results = lab_results(&plan);
	for (size_t k = 0; k < 6; k++)
		blocks(results, k, k % 2 ? 1.1 + 0.01 * (double)k : 0.9 + 0.01 * (double)k);
	assert_int_equal(across_datasets(across, results), 2);
	assert_string_equal(across[0].sentence,
			    "Over 3 datasets, form=t0: B takes less time on 3 (Wilcoxon's signed "
			    "ranks, p = 0.25; descriptive).");
	assert_string_equal(across[1].sentence,
			    "Over 3 datasets, form=t1: B takes less time on 0 (Wilcoxon's signed "
			    "ranks, p = 0.25; descriptive).");
	results_free(results);
}

static void one_dataset_is_none(void **state)
{
	(void)state;
	Across across[ACROSS_MAX];

	factors(2, 1);
	Results *results = lab_results(&plan);
	assert_int_equal(across_datasets(across, results), 0);
	blocks(results, 0, 0.9);
	assert_int_equal(across_datasets(across, results), 0); /* the other one has no block */
	blocks(results, 1, 1.0);
	assert_int_equal(across_datasets(across, results), 1); /* no difference is left out */
	assert_int_equal(across[0].test.zeros, 1);
	results_free(results);
	lab_plan(&plan);
	results = lab_results(&plan);
	assert_int_equal(across_datasets(across, results), 0);
	results_free(results);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(seven_datasets, fresh),
		cmocka_unit_test_setup(other_factors_are_held, fresh),
		cmocka_unit_test_setup(one_dataset_is_none, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
