/* Statistics against values computed with 40 digits (mpmath 1.3.0), and what must not change the
 * result. tests/unit/stats_oracle.c holds the values of R.
 * SPDX-License-Identifier: MIT */
#include "lab/stats.h"

#include <math.h>
#include <string.h>

#include "base/share.h"
#include "unit.h"

#define DIGITS 1e-9

static void assert_close(double got, double want)
{
	if (!(fabs(got - want) <= DIGITS * fmax(1, fabs(want))))
		fail_msg("%.17g is not %.17g", got, want);
}

/* p, degrees of freedom, quantile */
static const double quantiles[][3] = {
	{ 0.8, 1, 1.3763819204711735 },           { 0.8, 2, 1.0606601717798213 },
	{ 0.8, 3, 0.97847231236330444 },          { 0.8, 4, 0.94096457723518117 },
	{ 0.8, 9, 0.88340385968553454 },          { 0.8, 11, 0.87552997807388145 },
	{ 0.8, 19, 0.86095055026892879 },         { 0.8, 29, 0.85419198588185566 },
	{ 0.8, 99, 0.84526703195349682 },         { 0.8, 999, 0.84198118225894652 },
	{ 0.8, INFINITY, 0.84162123357291421 },   { 0.9, 1, 3.0776835371752534 },
	{ 0.9, 2, 1.8856180831641267 },           { 0.9, 3, 1.6377443536962101 },
	{ 0.9, 4, 1.5332062740589439 },           { 0.9, 9, 1.3830287383966323 },
	{ 0.9, 11, 1.3634303180205406 },          { 0.9, 19, 1.3277282090267984 },
	{ 0.9, 29, 1.3114336473015511 },          { 0.9, 99, 1.2901614420344852 },
	{ 0.9, 999, 1.2823995700373973 },         { 0.9, INFINITY, 1.2815515655446005 },
	{ 0.95, 1, 6.3137515146750431 },          { 0.95, 2, 2.9199855803537257 },
	{ 0.95, 3, 2.3533634348018239 },          { 0.95, 4, 2.1318467863266503 },
	{ 0.95, 9, 1.8331129326562372 },          { 0.95, 11, 1.7958848187040441 },
	{ 0.95, 19, 1.7291328115213695 },         { 0.95, 29, 1.6991270265334978 },
	{ 0.95, 99, 1.6603911560169909 },         { 0.95, 999, 1.6463803454275356 },
	{ 0.95, INFINITY, 1.6448536269514727 },   { 0.975, 1, 12.706204736174705 },
	{ 0.975, 2, 4.3026527297494639 },         { 0.975, 3, 3.1824463052837096 },
	{ 0.975, 4, 2.7764451051977944 },         { 0.975, 9, 2.2621571627982055 },
	{ 0.975, 11, 2.2009851600916399 },        { 0.975, 19, 2.0930240544083098 },
	{ 0.975, 29, 2.0452296421327043 },        { 0.975, 99, 1.9842169515864175 },
	{ 0.975, 999, 1.96234146113345 },         { 0.975, INFINITY, 1.9599639845400542 },
	{ 0.9875, 1, 25.451699579357079 },        { 0.9875, 2, 6.2053468165706944 },
	{ 0.9875, 3, 4.1765348461044986 },        { 0.9875, 4, 3.4954059325164377 },
	{ 0.9875, 9, 2.6850108468164553 },        { 0.9875, 11, 2.5930926825393625 },
	{ 0.9875, 19, 2.4334402113749692 },       { 0.9875, 29, 2.3638460732083092 },
	{ 0.9875, 99, 2.2760034747512731 },       { 0.9875, 999, 2.2447865037045267 },
	{ 0.9875, INFINITY, 2.2414027276049454 }, { 0.995, 1, 63.656741162871581 },
	{ 0.995, 2, 9.9248432009182931 },         { 0.995, 3, 5.8409093097333573 },
	{ 0.995, 4, 4.6040948713499932 },         { 0.995, 9, 3.2498355415921263 },
	{ 0.995, 11, 3.105806515539281 },         { 0.995, 19, 2.8609346064649792 },
	{ 0.995, 29, 2.7563859036706055 },        { 0.995, 99, 2.6264054572808275 },
	{ 0.995, 999, 2.5807596372676368 },       { 0.995, INFINITY, 2.5758293035489008 },
	{ 0.9999, 1, 3183.0987571181509 },        { 0.9999, 2, 70.700071074964278 },
	{ 0.9999, 3, 22.203742273204183 },        { 0.9999, 4, 13.033671720896456 },
	{ 0.9999, 9, 6.0101321290814411 },        { 0.9999, 11, 5.4527620888221809 },
	{ 0.9999, 19, 4.5898645967550332 },       { 0.9999, 29, 4.2538941184322801 },
	{ 0.9999, 99, 3.8630891071272785 },       { 0.9999, 999, 3.7328654996082844 },
	{ 0.9999, INFINITY, 3.7190164854556806 },
};

/* x, a, b, I_x(a, b) */
static const double betas[][4] = {
	{ 0.1, 0.5, 0.5, 0.20483276469913345 },    { 0.4, 2, 3, 0.5248 },
	{ 0.99, 459, 1, 0.009920974201040626 },    { 0.99, 458, 1, 0.010021186061657198 },
	{ 0.99, 2000, 11, 0.009966645801092324 },  { 0.97, 50, 0.5, 0.081699333721822764 },
	{ 0.49, 1000, 1000, 0.18555265943151166 }, { 0.3, 4.5, 0.5, 0.0013229505842674957 },
};

/* t, degrees of freedom, P(T > t) */
static const double tails[][3] = {
	{ 2.5, 9, 0.01693091384149287 },   { -1.3, 4, 0.86827420176438792 },
	{ 0.01, 30, 0.49604374628658885 }, { 12, 2, 0.0034364668385792301 },
	{ 40, 9, 9.4914992246699132e-12 },
};

/* The example of the design, with values of R 4.2. */
static const double example[] = {
	-.031, -.012, .004, -.022, -.017, -.009, -.027, .001, -.014, -.020
};
#define EXAMPLE_N (sizeof example / sizeof example[0])

static void quantiles_agree(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof quantiles / sizeof quantiles[0]; i++) {
		const double *row = quantiles[i];
		double t = stats_t_quantile(row[0], row[1]);
		assert_true(fabs(t / row[2] - 1) < 1e-12);
		assert_close(stats_t_quantile(1 - row[0], row[1]), -row[2]);
		assert_close(1 - stats_t_tail(t, row[1]), row[0]);
	}
	assert_true(isinf(stats_t_quantile(0.975, 0)));
	assert_true(isnan(stats_t_quantile(NAN, 3)));
	assert_true(isnan(stats_t_quantile(1.5, 3)));
	assert_true(stats_t_quantile(0.5, 3) == 0);
	assert_close(stats_normal_quantile(0.975), 1.9599639845400542);
}

static void distributions_agree(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof betas / sizeof betas[0]; i++) {
		const double *row = betas[i];
		assert_true(fabs(stats_beta(row[0], row[1], row[2]) / row[3] - 1) < 1e-11);
	}
	for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++)
		assert_true(fabs(stats_t_tail(tails[i][0], tails[i][1]) / tails[i][2] - 1) < 1e-11);
	assert_true(isnan(stats_beta(0.5, 0, 1)));
	assert_true(stats_beta(0, 1, 1) == 0 && stats_beta(1, 1, 1) == 1);
}

static void example_agrees(void **state)
{
	(void)state;
	Paired p = stats_paired(example, EXAMPLE_N);
	double half = stats_half_width(&p, 0.05);

	assert_close(exp(p.mean), 0.985407517519);
	assert_close(exp(p.mean - half), 0.977505432632);
	assert_close(exp(p.mean + half), 0.993373482303);
	assert_close(2 * stats_t_tail(-p.mean / p.se, EXAMPLE_N - 1), 0.002558868879);
	assert_close(stats_sign_flip(example, EXAMPLE_N, 1), 0.0078125);
	assert_close(expm1(stats_visible(&p, 0.05)), 0.011258530275);
}

static void holm_agrees(void **state)
{
	(void)state;
	const double want[] = { .06, .044, .3, .08 };
	double p[] = { .02, .011, .3, NAN, .04 };

	stats_holm(p, 5, p);
	assert_close(p[0], want[0]);
	assert_close(p[1], want[1]);
	assert_close(p[2], want[2]);
	assert_true(isnan(p[3]));
	assert_close(p[4], want[3]);
}

static void tail_agrees(void **state)
{
	(void)state;
	assert_int_equal(stats_tail_calls(0, 0.99, 0.99), 459);
	assert_int_equal(stats_tail_calls(1, 0.99, 0.99), 661);
	assert_int_equal(stats_tail_calls(10, 0.99, 0.99), 2000);
	assert_int_equal(stats_tail_calls(1, 1, 0.99), 0);
}

static void mcnemar_agrees(void **state)
{
	(void)state;
	assert_close(stats_mcnemar(0, 0), 1);
	assert_close(stats_mcnemar(5, 5), 1);
	assert_close(stats_mcnemar(1, 0), 1);
	assert_close(stats_mcnemar(10, 3), 0.09228515625);
	assert_close(stats_mcnemar(3, 10), 0.09228515625);
	assert_close(stats_mcnemar(40, 15), 0.0010158471941252856);
	assert_close(stats_mcnemar(300, 220), 0.00051941584966528914);
}

static void wilson_agrees(void **state)
{
	(void)state;
	double low, high, z = stats_normal_quantile(0.975);

	share_wilson(9, 10, z, &low, &high);
	assert_close(low, 0.5958499732047615);
	assert_close(high, 0.9821237869049271);
	share_wilson(14.5, 29, z, &low, &high);
	assert_close(low, 0.32899576138313065);
	assert_close(high, 0.67100423861686935);
	share_wilson(0, 5, z, &low, &high);
	assert_close(low, 0);
	assert_close(high, 0.43448246478317482);
	share_wilson(0, 0, z, &low, &high);
	assert_true(isnan(low) && isnan(high));
}

/* By hand: (10 + 4 − 36/100)/100²; without differing rows the rule of three's half-width, 3/n. */
static void paired_shares(void **state)
{
	(void)state;
	assert_true(fabs(stats_paired_shares(10, 4, 100, 0.025) - 13.64 / 10000) < 1e-12);
	assert_true(stats_paired_shares(10, 4, 100, 0.025) == stats_paired_shares(4, 10, 100, 0.025));
	double half = stats_normal_quantile(0.95) * sqrt(stats_paired_shares(0, 0, 100, 0.05));

	assert_true(fabs(half + log(0.05) / 100) < 1e-12);
	assert_true(isnan(stats_paired_shares(0, 0, 0, 0.05)));
}

static void sign_flip_is_exact(void **state)
{
	(void)state;
	/* Sums of three: only +++ and --- reach 6. */
	assert_close(stats_sign_flip((double[]){ 1, 2, 3 }, 3, 1), 0.25);
	assert_close(stats_sign_flip((double[]){ -1, 2, 3 }, 3, 1), 0.5);
	assert_close(stats_sign_flip((double[]){ 0, 0 }, 2, 1), 1);
	assert_close(stats_sign_flip((double[]){ 7 }, 1, 1), 1);
	assert_true(isnan(stats_sign_flip(example, 0, 1)));
	assert_true(isnan(stats_sign_flip((double[]){ 1, NAN }, 2, 1)));
	/* Twenty equal differences: the least p there is, 2^(1 - n). Tenths do not sum exactly. */
	double equal[STATS_EXACT_MAX + 1];
	for (size_t i = 0; i <= STATS_EXACT_MAX; i++)
		equal[i] = 0.1;
	assert_close(stats_sign_flip(equal, STATS_EXACT_MAX, 1), ldexp(1, 1 - STATS_EXACT_MAX));
	/* One more pair and signs are drawn; the least p is 1/20001. */
	assert_close(stats_sign_flip(equal, STATS_EXACT_MAX + 1, 1), 1.0 / 20001);
}

/* The drawn p estimates the exact one: pairs that differ by nothing change no sum. */
static void sign_flip_draws_agree(void **state)
{
	(void)state;
	double padded[30] = { 0 };

	memcpy(padded, example, sizeof example);
	padded[0] = .031;
	double exact = stats_sign_flip(padded, EXAMPLE_N, 1),
	       drawn = stats_sign_flip(padded, 30, 7);
	assert_true(fabs(exact - drawn) < 4 * sqrt(exact * (1 - exact) / STATS_DRAWS));
	assert_true(drawn == stats_sign_flip(padded, 30, 7));
	assert_true(exact > 0.05);
}

static void summaries(void **state)
{
	(void)state;
	assert_true(isnan(stats_mean(example, 0)));
	assert_true(isnan(stats_sd(example, 1)));
	assert_true(isnan(stats_median(example, 0)));
	assert_true(isnan(stats_median((double[]){ 1, NAN, 2 }, 3)));
	assert_close(stats_median((double[]){ 3, 1, 2 }, 3), 2);
	assert_close(stats_median((double[]){ 4, 3, 1, 2 }, 4), 2.5);
	Paired one = stats_paired(example, 1), none = stats_paired(example, 0);
	assert_true(isinf(stats_half_width(&one, 0.05)) && isinf(stats_half_width(&none, 0.05)));
	assert_true(isnan(stats_visible(&one, 0.05)));
	Paired flat = stats_paired((double[]){ 1, 1, 1 }, 3);
	assert_true(stats_half_width(&flat, 0.05) == 0 && flat.mean == 1);
}

static void spearman(void **state)
{
	(void)state;
	assert_close(stats_spearman((double[]){ 1, 2, 3, 9 }, 4), 1);
	assert_close(stats_spearman((double[]){ 9, 3, 2, 1 }, 4), -1);
	/* Ranks 1 3 3 3 5 against 1 … 5: 8/√(8·10) */
	assert_close(stats_spearman((double[]){ 1, 2, 2, 2, 3 }, 5), 8 / sqrt(80));
	assert_true(isnan(stats_spearman((double[]){ 1, 1, 1 }, 3)));
	assert_true(isnan(stats_spearman((double[]){ 1, 2 }, 2)));
}

static void drift(void **state)
{
	(void)state;
	double steep[12], flat[12];

	for (size_t i = 0; i < 12; i++) {
		steep[i] = 10 + 0.05 * (double)i;
		flat[i] = 10 + 0.005 * (double)i;
	}
	assert_true(stats_drift(steep, 12).warn);
	assert_close(stats_drift(steep, 12).change, 10.475 / 10.075 - 1);
	/* Perfectly ordered, but under 2 %. */
	assert_false(stats_drift(flat, 12).warn);
	assert_false(stats_drift(steep, 2).warn);
}

static void outliers(void **state)
{
	(void)state;
	const double x[] = { 1.0, 1.1, 0.9, 1.05, 0.95, 1.0, 1.02, 2.0, 1.5, 0.5 };
	Outliers found = stats_outliers(x, 10);
	/* MAD 0.075: 3.5 deviations are 0.389, 10 are 1.11. */
	assert_int_equal(found.flagged, 3);
	assert_int_equal(found.severe, 0);
	assert_int_equal(found.high, 2);
	/* More than half alike: the mean deviation stands in. */
	const double spike[] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 9 };
	found = stats_outliers(spike, 16);
	assert_int_equal(found.flagged, 1);
	assert_int_equal(found.severe, 1);
	found = stats_outliers(spike, 15);
	assert_int_equal(found.flagged, 0);
	assert_int_equal(stats_outliers(spike, 0).flagged, 0);
}

static void swap_mirrors(void **state)
{
	(void)state;
	double swapped[EXAMPLE_N];

	for (size_t i = 0; i < EXAMPLE_N; i++)
		swapped[i] = -example[i];
	Paired p = stats_paired(example, EXAMPLE_N), q = stats_paired(swapped, EXAMPLE_N);
	assert_true(p.mean == -q.mean && p.sd == q.sd);
	assert_true(stats_sign_flip(example, EXAMPLE_N, 1) ==
		    stats_sign_flip(swapped, EXAMPLE_N, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quantiles_agree),
		cmocka_unit_test(distributions_agree),
		cmocka_unit_test(example_agrees),
		cmocka_unit_test(holm_agrees),
		cmocka_unit_test(tail_agrees),
		cmocka_unit_test(mcnemar_agrees),
		cmocka_unit_test(wilson_agrees),
		cmocka_unit_test(paired_shares),
		cmocka_unit_test(sign_flip_is_exact),
		cmocka_unit_test(sign_flip_draws_agree),
		cmocka_unit_test(summaries),
		cmocka_unit_test(spearman),
		cmocka_unit_test(drift),
		cmocka_unit_test(outliers),
		cmocka_unit_test(swap_mirrors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
