/* Every formula of the statistics against R 4.2, to nine digits; the values are made by
 * scripts/fixtures/make-statistics.R.
 * SPDX-License-Identifier: MIT */
#include "lab/stats.h"

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "base/share.h"
#include "unit.h"

#include "stats_oracle.h"

#define DIGITS 1e-9
#define COUNT(table) (sizeof table / sizeof table[0])

/* Relative: a tail of 1e-100 has nine digits too. */
static void assert_near(double got, double want, const double *of, size_t n)
{
	if (got == want || fabs(got - want) <= DIGITS * fabs(want))
		return;
	print_message("of");
	for (size_t i = 0; i < n; i++)
		print_message(" %.17g", of[i]);
	fail_msg(": %.17g is not %.17g", got, want);
}

static void distributions(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(t_quantiles); i++) {
		const double *k = t_quantiles[i];
		assert_near(stats_t_quantile(k[0], k[1]), k[2], k, 2);
	}
	for (size_t i = 0; i < COUNT(t_tails); i++) {
		const double *k = t_tails[i];
		assert_near(stats_t_tail(k[0], k[1]), k[2], k, 2);
	}
	for (size_t i = 0; i < COUNT(normal_tails); i++) {
		const double *k = normal_tails[i];
		assert_near(stats_normal_tail(k[0]), k[1], k, 1);
		if (k[1] < 0.5)
			assert_near(-stats_normal_quantile(k[1]), k[0], k, 1);
	}
	for (size_t i = 0; i < COUNT(beta_values); i++) {
		const double *k = beta_values[i];
		assert_near(stats_beta(k[0], k[1], k[2]), k[3], k, 3);
	}
}

static void counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(wilson_values); i++) {
		const double *k = wilson_values[i];
		double low, high;
		share_wilson(k[0], k[1], SHARE_Z95, &low, &high);
		/* R leaves a rounding error where the bound is 0. */
		assert_true(fabs(low - k[2]) < DIGITS);
		assert_near(high, k[3], k, 2);
	}
	for (size_t i = 0; i < COUNT(mcnemar_values); i++) {
		const double *k = mcnemar_values[i];
		assert_near(stats_mcnemar((uint64_t)k[0], (uint64_t)k[1]), k[2], k, 2);
	}
	for (size_t i = 0; i < COUNT(tail_values); i++) {
		const double *k = tail_values[i];
		assert_near((double)stats_tail_calls((uint64_t)k[0], k[1], k[2]), k[3], k, 3);
	}
}

static void signs_and_ranks(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(flip_values); i++) {
		const Sample *s = &flip_values[i];
		assert_near(stats_sign_flip(s->x, s->n, 1), s->want[0], s->x, s->n);
	}
	for (size_t i = 0; i < COUNT(wilcoxon_values); i++) {
		const Sample *s = &wilcoxon_values[i];
		Wilcoxon w = stats_wilcoxon(s->x, s->n);
		assert_int_equal(w.n, (size_t)s->want[0]);
		assert_int_equal(w.n + w.zeros, s->n);
		assert_near(w.positive, s->want[1], s->x, s->n);
		assert_near(w.p, s->want[2], s->x, s->n);
	}
	for (size_t i = 0; i < COUNT(spearman_values); i++) {
		const Sample *s = &spearman_values[i];
		assert_near(stats_spearman(s->x, s->n), s->want[0], s->x, s->n);
	}
}

static void families_and_intervals(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(holm_values); i++) {
		const Sample *s = &holm_values[i];
		double adjusted[128];
		stats_holm(s->x, s->n, adjusted);
		for (size_t k = 0; k < s->n; k++)
			assert_near(adjusted[k], s->want[k], s->x, s->n);
	}
	for (size_t i = 0; i < COUNT(paired_values); i++) {
		const Sample *s = &paired_values[i];
		Paired p = stats_paired(s->x, s->n);
		assert_near(p.mean, s->want[1], s->x, s->n);
		assert_near(stats_half_width(&p, s->want[0]), s->want[2], s->x, s->n);
		assert_near(stats_visible(&p, s->want[0]), s->want[3], s->x, s->n);
		assert_near(2 * stats_t_tail(fabs(p.mean / p.se), (double)s->n - 1), s->want[4],
			    s->x, s->n);
	}
	for (size_t i = 0; i < COUNT(quantile_values); i++) {
		static const double at[] = { .025, .1, .5, .99 };
		const Sample *s = &quantile_values[i];
		for (size_t k = 0; k < 4; k++)
			assert_near(stats_quantile(s->x, s->n, at[k]), s->want[k], s->x, s->n);
	}
}

static void repeats(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(level_values); i++) {
		const Sample *s = &level_values[i];
		const double *want = s->want;
		StatsLevel level[3];
		double pilot[128];
		memcpy(pilot, s->x, sizeof pilot);
		for (size_t k = 0; k < 3; k++)
			level[k] = (StatsLevel){ .pilot = (size_t)want[k], .cost = want[3 + k] };
		assert_true(stats_levels(pilot, level, 3));
		for (size_t k = 0; k < 3; k++) {
			assert_near(level[k].s2, want[6 + k], want, 14);
			assert_near(level[k].t2, want[9 + k], want, 14);
		}
		assert_int_equal(level[0].repeats, (size_t)want[12]);
		assert_int_equal(level[1].repeats, (size_t)want[13]);
		assert_int_equal(level[2].repeats, 0);
	}
	StatsLevel level[2] = { { .pilot = 2, .cost = 1 }, { .pilot = 1, .cost = 1 } };
	assert_false(stats_levels((double[]){ 1, 2 }, level, 2)); /* one process shows no spread */
	level[1].pilot = 2;
	assert_false(stats_levels((double[]){ 1, 2, NAN, 3 }, level, 2));
	level[0].cost = 0;
	assert_false(stats_levels((double[]){ 1, 2, 3, 4 }, level, 2));
}

static void wilcoxon_at_the_edges(void **state)
{
	(void)state;
	double many[STATS_WILCOXON_MAX + 1] = { 0 };

	assert_true(isnan(stats_wilcoxon(many, 0).p));
	assert_true(isnan(stats_wilcoxon((double[]){ 0, 0 }, 2).p));
	assert_int_equal(stats_wilcoxon((double[]){ 0, 0 }, 2).zeros, 2);
	assert_true(isnan(stats_wilcoxon((double[]){ 1, NAN }, 2).p));
	for (size_t i = 0; i <= STATS_WILCOXON_MAX; i++)
		many[i] = 1 + (double)i;
	assert_near(stats_wilcoxon(many, STATS_WILCOXON_MAX).p, ldexp(1, 1 - STATS_WILCOXON_MAX),
		    many, 1);
	assert_true(isnan(stats_wilcoxon(many, STATS_WILCOXON_MAX + 1).p));
	double down[] = { -1, 2, -3, -4 }, up[] = { 1, -2, 3, 4 };
	assert_true(stats_wilcoxon(down, 4).p == stats_wilcoxon(up, 4).p);
}

/* --- the bootstrap: no value of its own, but what it must be like ------------------------------ */

static void bootstrap_is_repeatable(void **state)
{
	(void)state;
	double d[30], minus[30], low, high, again, other;
	Random random;

	random_init(&random, 3, RANDOM_SCRIPT);
	for (size_t i = 0; i < 30; i++) {
		d[i] = random_normal(&random);
		minus[i] = -d[i];
	}
	Paired p = stats_paired(d, 30);
	stats_bootstrap(d, 30, 0.05, 1, &low, &high);
	/* Of normal values: the mean ± 1.96·s·√((n − 1)/n)/√n, to 2 % by 10,000 resamples. */
	double half = 1.959963984540054 * p.se * sqrt(29.0 / 30);
	assert_true(fabs((high - low) / (2 * half) - 1) < 0.05);
	assert_true(fabs((high + low) / 2 - p.mean) < 0.1 * half);
	stats_bootstrap(d, 30, 0.05, 1, &again, &other);
	assert_true(again == low && other == high);
	stats_bootstrap(d, 30, 0.05, 2, &again, &other);
	assert_true(again != low && fabs(again - low) < 0.1 * half);
	/* Swapped arms give the mirror image, a smaller alpha more room. */
	stats_bootstrap(minus, 30, 0.05, 1, &again, &other);
	assert_true(fabs(again + high) < 1e-12 && fabs(other + low) < 1e-12);
	stats_bootstrap(d, 30, 0.01, 1, &again, &other);
	assert_true(again < low && other > high);
	stats_bootstrap(d, 0, 0.05, 1, &low, &high);
	assert_true(isnan(low) && isnan(high));
	stats_bootstrap((double[]){ 1, NAN }, 2, 0.05, 1, &low, &high);
	assert_true(isnan(low) && isnan(high));
	stats_bootstrap((double[]){ 5, 5, 5 }, 3, 0.05, 1, &low, &high);
	assert_true(low == 5 && high == 5);
}

static size_t bootstrap_covers(size_t n, size_t tries)
{
	size_t covered = 0;
	Random random;

	random_init(&random, 8, RANDOM_SCRIPT);
	for (size_t t = 0; t < tries; t++) {
		double d[30], low, high;
		for (size_t i = 0; i < n; i++)
			d[i] = random_normal(&random);
		stats_bootstrap(d, n, 0.05, t, &low, &high);
		covered += low <= 0 && high >= 0;
	}
	return covered;
}

/* 90 % at n = 10, which is why it is not used there; 95 at 30. Five deviations of 300 tries. */
static void bootstrap_covers_from_thirty(void **state)
{
	(void)state;
	size_t ten = bootstrap_covers(10, 300), thirty = bootstrap_covers(30, 300);

	print_message("bootstrap covers %zu of 300 at n = 10, %zu at 30\n", ten, thirty);
	assert_true(ten >= 244 && ten <= 292);
	assert_true(thirty >= 264);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distributions),
		cmocka_unit_test(counts),
		cmocka_unit_test(signs_and_ranks),
		cmocka_unit_test(families_and_intervals),
		cmocka_unit_test(repeats),
		cmocka_unit_test(wilcoxon_at_the_edges),
		cmocka_unit_test(bootstrap_is_repeatable),
		cmocka_unit_test(bootstrap_covers_from_thirty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
