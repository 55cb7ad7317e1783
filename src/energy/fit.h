/* Fits y = Σ b_k·x_k with b_k ≥ 0 and a ridge: what the price of each kind of work is, of windows
 * that were measured.
 *
 * Minimised is Σ(y − Xb)²/n + λ·Σ s_k²·b_k², s_k the root mean square of column k, so that λ has no
 * unit and a price does not depend on the unit of its count; column 0 (what is drawn in any case)
 * is left out of the penalty. The active set is that of Lawson and Hanson (1974, ch. 23) on the
 * normal equations. With P the columns that are not held at 0, G = X'X/n and A = G + λS² on P:
 *
 * 	degrees of freedom  d = trace(A⁻¹G)
 * 	residual SD         σ² = Σ(y − Xb)²/(n − d)
 * 	covariance of b     σ²/n · A⁻¹·G·A⁻¹   (0 for columns that are held at 0)
 *
 * A column that is all but 0 in the rows that are used (below 2 % of its root mean square in all
 * rows) has the price 0: a price from traces would be thousandfold noise where there is much of it.
 *
 * λ is the one with the least left-out error, one group of rows left out at a time: windows of one
 * kernel are alike, and a shuffled score would flatter.
 *
 * Pure functions on plain arrays, nothing is allocated.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_ENERGY_FIT_H
#define WATTLE_ENERGY_FIT_H

#include <stdbool.h>
#include <stddef.h>

#define FIT_COLUMNS_MAX 16
#define FIT_GROUPS_MAX 64

/* One window. Groups: small numbers from 0. */
typedef struct FitRow {
	double x[FIT_COLUMNS_MAX], y;
	int group;
} FitRow;

typedef struct Fit {
	int columns;
	double price[FIT_COLUMNS_MAX]; /* b */
	double covariance[FIT_COLUMNS_MAX][FIT_COLUMNS_MAX];
	double sigma; /* NaN when there are no more rows than degrees of freedom */
	double lambda;
} Fit;

/* For one λ ≥ 0 (0 is taken as the least that keeps the equations regular). Rows of the group
 * `left` are left out (−1: none). False when no row is left. */
bool fit_ridge(const FitRow *rows, size_t n, int columns, double lambda, int left, Fit *out);
/* λ by leaving out one group after the other, then the fit to all rows but those of `left`. Fewer
 * than three groups: the least λ. */
bool fit_choose(const FitRow *rows, size_t n, int columns, int left, Fit *out);

double fit_predict(const Fit *fit, const double *x);
/* x'Σx of a symmetric covariance, at least 0. */
double fit_variance(const Fit *fit, const double *x);

/* The left-out error: each group is predicted by a fit to all others (λ chosen among these, too);
 * the root mean square of ln(predicted/measured). A prediction below 1 % of what was measured
 * counts as 1 %. NaN with fewer than two groups, or when y is not above 0. */
double fit_left_out(const FitRow *rows, size_t n, int columns);

#endif
