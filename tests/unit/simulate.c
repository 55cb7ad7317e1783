/* Simulated experiments through the code of real ones: error rates, coverage and power stay what the
 * documentation says. A small, seeded version of tests/bench/statistics.c with wide bounds.
 * SPDX-License-Identifier: MIT */
#include "simulate.h"

#include "unit.h"

#define SEED 20260301

static double different(const SimCell *cell, size_t tries)
{
	SimCount count = simulate(cell, tries, SEED);

	return 1 - sim_share(count.covers, &count);
}

/* Five deviations around 4.5 to 6.5 % of 1,000 tries reach from 1.2 to 10.4 %. */
static void equal_arms_rarely_differ(void **state)
{
	(void)state;
	static const double sds[] = { 0.005, 0.01, 0.02, 0.05 };

	for (size_t i = 0; i < 4; i++) {
		double share = different(&(SimCell){ .sd = sds[i] }, 1000);
		print_message("SD %.1f %%: the interval of equal arms excludes 1 in %.1f %%\n",
			      100 * sds[i], 100 * share);
		assert_true(share >= 0.02 && share <= 0.095);
	}
}

static void random_pairs_bear_drift(void **state)
{
	(void)state;
	SimCell drifting = { .sd = 0.01, .drift = 0.01, .least = 20, .most = 20 };

	double paired = different(&drifting, 1000);
	drifting.blocked = true;
	double blocked = different(&drifting, 1000);
	print_message("drift of 1 %%: %.1f %% differ in random pairs, %.1f %% in AAA...BBB\n",
		      100 * paired, 100 * blocked);
	assert_true(paired <= 0.09);
	assert_true(blocked >= 0.25 && blocked <= 0.45); /* 34 % */
}

static double share_of(const SimCell *cell, VerdictWord word, size_t tries)
{
	SimCount count = simulate(cell, tries, SEED + 7);

	return sim_share(count.words[word], &count);
}

static void words_come_as_often_as_they_should(void **state)
{
	(void)state;
	SimCell same = { .sd = 0.01 }, edge = { .sd = 0.01, .effect = log(1.02) };

	assert_true(share_of(&same, VERDICT_SAME, 500) >= 0.97);  /* 99.7 % */
	assert_true(share_of(&edge, VERDICT_SAME, 1000) <= 0.10); /* at most 5.8 % */
	assert_true(share_of(&(SimCell){ .sd = 0.01, .effect = log(0.95) }, VERDICT_BETTER, 200) ==
		    1);
	assert_true(share_of(&(SimCell){ .sd = 0.03, .effect = log(1.05) }, VERDICT_WORSE, 200) >=
		    0.95);
}

/* What spikes in one arm do to a t interval is why the spike rates stand beside it. */
static void spikes_in_one_arm_cost_coverage(void **state)
{
	(void)state;
	double share = different(&(SimCell){ .sd = 0.01, .spikes = 0.1 }, 500);

	assert_true(share > 0.08);
}

static void accuracy_is_kept_only_where_it_is(void **state)
{
	(void)state;
	SimCell lost = { .accuracy = true, .lost_pt = 1 }, kept = { .accuracy = true };

	double wrongly = share_of(&lost, VERDICT_KEPT, 300),
	       rightly = share_of(&kept, VERDICT_KEPT, 100);
	print_message("1 point less is called kept in %.1f %%, no less in %.1f %%\n", 100 * wrongly,
		      100 * rightly);
	assert_true(wrongly <= 0.10); /* at most 5 % */
	assert_true(rightly >= 0.60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_arms_rarely_differ),
		cmocka_unit_test(random_pairs_bear_drift),
		cmocka_unit_test(words_come_as_often_as_they_should),
		cmocka_unit_test(spikes_in_one_arm_cost_coverage),
		cmocka_unit_test(accuracy_is_kept_only_where_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
