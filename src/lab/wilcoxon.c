/* Wilcoxon's signed-rank test, exact, also with ties.
 * SPDX-License-Identifier: MIT */
#include "lab/stats.h"

#include <math.h>
#include <string.h>

/* Twice the mid-rank of |d[at]| among those that are not 0: a whole number. */
static size_t double_rank(const double *d, size_t n, size_t at)
{
	size_t below = 0, equal = 0;

	for (size_t i = 0; i < n; i++) {
		below += d[i] != 0 && fabs(d[i]) < fabs(d[at]);
		equal += d[i] != 0 && fabs(d[i]) == fabs(d[at]);
	}
	return 2 * below + equal + 1;
}

/* share[s]: the share of all signs under which the positive ranks sum to s. */
static void add_rank(double *share, size_t largest, size_t rank)
{
	for (size_t sum = largest + rank + 1; sum-- > 0;) {
		double without = sum <= largest ? share[sum] : 0;
		double with = sum >= rank ? share[sum - rank] : 0;
		share[sum] = 0.5 * (without + with);
	}
}

Wilcoxon stats_wilcoxon(const double *d, size_t n)
{
	double share[STATS_WILCOXON_MAX * (STATS_WILCOXON_MAX + 1) + 1];
	Wilcoxon out = { .p = NAN };
	size_t positive = 0, total = 0;

	if (n > STATS_WILCOXON_MAX)
		return out;
	memset(share, 0, sizeof share);
	share[0] = 1;
	for (size_t i = 0; i < n; i++) {
		if (isnan(d[i]))
			return (Wilcoxon){ .p = NAN };
		if (d[i] == 0) {
			out.zeros++;
			continue;
		}
		size_t rank = double_rank(d, n, i);
		add_rank(share, total, rank);
		total += rank;
		positive += d[i] > 0 ? rank : 0;
		out.n++;
	}
	out.positive = 0.5 * (double)positive;
	if (!out.n)
		return out;
	/* The distribution is symmetric: twice the tail on the side of the smaller sum. */
	size_t smaller = positive < total - positive ? positive : total - positive;
	double tail = 0;
	for (size_t sum = 0; sum <= smaller; sum++)
		tail += share[sum];
	out.p = fmin(1, 2 * tail);
	return out;
}
