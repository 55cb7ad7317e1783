/* Statistics of paired experiments: distributions, intervals, exact tests, and checks on the
 * measurements.
 *
 * Pure functions on plain arrays; nothing is kept, nothing but stats_median, stats_outliers,
 * stats_spearman and stats_drift allocates (NaN or zero counts when memory is short). What cannot
 * be computed (too few values, a NaN among them) is NaN, never an error. df may be INFINITY: the
 * normal distribution.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_LAB_STATS_H
#define WATTLE_LAB_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- distributions --- */

/* Regularised incomplete beta I_x(a, b), a, b > 0, by Lentz's continued fraction (DLMF 8.17.22). */
double stats_beta(double x, double a, double b);
/* P(Z > z) of the standard normal, and z with P(Z ≤ z) = p. */
double stats_normal_tail(double z);
double stats_normal_quantile(double p);
/* P(T > t) of Student's t with df degrees of freedom, and t with P(T ≤ t) = p. A df of 0 has no
 * finite quantile: +/-INFINITY, so that an interval from one value is unbounded. */
double stats_t_tail(double t, double df);
double stats_t_quantile(double p, double df);

/* --- summaries --- */

double stats_mean(const double *x, size_t n);
double stats_sd(const double *x, size_t n); /* n − 1 in the denominator; NaN when n < 2 */
double stats_median(const double *x, size_t n);

/* Mean and spread of paired differences. */
typedef struct Paired {
	size_t n;
	double mean, sd, se; /* se = sd/√n; sd and se are NaN when n < 2 */
} Paired;

Paired stats_paired(const double *d, size_t n);
/* Half the width of the 1 − alpha interval: t(1 − alpha/2, n − 1)·se; INFINITY when n < 2. */
double stats_half_width(const Paired *paired, double alpha);
/* The percentile bootstrap of the mean: the alpha/2 and 1 − alpha/2 quantiles of the means of
 * STATS_RESAMPLES resamples of d, drawn from seed. Too narrow for small n: of 95 % it covers 90
 * at n = 10. NaN when n is 0. */
#define STATS_RESAMPLES 10000
void stats_bootstrap(const double *d, size_t n, double alpha, uint64_t seed, double *low,
		     double *high);
/* The p-quantile of sorted numbers, linear between them (type 7 of Hyndman and Fan, 1996). */
double stats_quantile(const double *sorted, size_t n, double p);
/* The smallest difference that is found in 80 % of runs: (t(1 − alpha/2) + t(0.8))·se, on the
 * scale of d. */
double stats_visible(const Paired *paired, double alpha);

/* Variance of the difference of two shares of the same n rows, of which b and c are right in one
 * of the two alone: [(b + c) − (b − c)²/n]/n² (Wald's, of paired shares; Agresti, Categorical
 * Data Analysis, 10.1). At least so large that a one-sided interval at alpha reaches
 * −ln(alpha)/n: "no row in n differs" is as likely as alpha at that rate of differing rows (the
 * rule of three: 3/n at 5 %). NaN when n is 0. */
double stats_paired_shares(double b, double c, double n, double alpha);

/* --- tests that stand beside a verdict --- */

#define STATS_EXACT_MAX 20 /* pairs; above, random signs */
#define STATS_DRAWS 20000
#define STATS_FLIP_MAX 1000

/* Sign-flip p of mean(d) = 0, two-sided: exact over 2^n signs for n ≤ STATS_EXACT_MAX, else (k +
 * 1)/(draws + 1) with signs drawn from seed. NaN when n is 0 or over
 * STATS_FLIP_MAX. */
double stats_sign_flip(const double *d, size_t n, uint64_t seed);
/* Exact McNemar: min(1, 2·P(X ≤ min(b, c))), X binomial with b + c tries of one half. */
double stats_mcnemar(uint64_t b, uint64_t c);
/* Holm's step-down adjustment. NaN entries are left out of the family and stay NaN. adjusted may
 * be p. n ≤ 256. */
#define STATS_FAMILY_MAX 256
void stats_holm(const double *p, size_t n, double *adjusted);
/* Wilcoxon's signed-rank test of "d is symmetric about 0", two-sided and exact: p is the share of
 * all signs that are no likelier, the ranks being fixed. Values of 0 are left out, equal sizes
 * share their mean rank. NaN when nothing is left, n is over STATS_WILCOXON_MAX, or a value is
 * NaN. */
#define STATS_WILCOXON_MAX 64
typedef struct Wilcoxon {
	size_t n, zeros;    /* values that count; that were left out */
	double positive, p; /* sum of the ranks of positive values */
} Wilcoxon;
Wilcoxon stats_wilcoxon(const double *d, size_t n);
/* The fewest calls under a limit, t calls over it, that support "share p of the calls keep the
 * limit" at the given confidence: the least h with I_p(h, t + 1) ≤ 1 − confidence. */
uint64_t stats_tail_calls(uint64_t over, double p, double confidence);

/* --- repeats --- */

/* One level of a nested experiment: iterations in a process, processes of a build, builds. */
typedef struct StatsLevel {
	size_t pilot;     /* in: repeats in the pilot, 2 or more */
	double cost;      /* in: of one repeat; seconds */
	double s2, t2;    /* S_i²: variance of the means on this level; T_i²: what is its own */
	uint64_t repeats; /* r_i; of the last level 0: as many as the precision takes */
} StatsLevel;
#define STATS_REPEATS_MAX 1000000u

/* From a pilot to the repeats that spend the time best (libkalibera): T_1² = S_1², T_i² = S_i² −
 * S_{i−1}²/r_{i−1} (negative: 0), r_i = ⌈√(c_{i+1}/c_i · T_i²/T_{i+1}²)⌉, at least 1 and, where
 * nothing varies on the level above, STATS_REPEATS_MAX. pilot: one number an iteration, the last
 * level outermost; it is overwritten. False when a level has too few repeats, no cost, or a number
 * is NaN. */
bool stats_levels(double *pilot, StatsLevel *level, size_t levels);

/* --- checks --- */

/* Spearman's rank correlation of x with its own order; ties share their mean rank. NaN when n <
 * 3 or constant. */
double stats_spearman(const double *x, size_t n);
typedef struct Drift {
	double rho;    /* Spearman, value against order */
	double change; /* median of the last third over the median of the first, − 1 */
	bool warn;     /* |rho| > 0.5 and |change| > 2 % */
} Drift;
Drift stats_drift(const double *x, size_t n);

/* Values further than 3.5 (severe: 10) robust deviations from the median; where more than half
 * of the values are equal, the mean absolute deviation stands in for the MAD (Iglewicz and
 * Hoaglin, 1993). high: those above. */
typedef struct Outliers {
	size_t flagged, severe, high;
} Outliers;
Outliers stats_outliers(const double *x, size_t n);

#endif
