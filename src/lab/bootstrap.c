/* The percentile bootstrap of a mean: what intervals are made of on request.
 * SPDX-License-Identifier: MIT */
#include "lab/stats.h"

#include <math.h>

#include "base/order.h"
#include "base/random.h"

double stats_quantile(const double *sorted, size_t n, double p)
{
	if (n == 0 || !(p >= 0 && p <= 1))
		return NAN;
	double at = (double)(n - 1) * p;
	size_t below = (size_t)at;
	double share = at - (double)below;
	if (below + 1 >= n)
		return sorted[n - 1];
	return sorted[below] + share * (sorted[below + 1] - sorted[below]);
}

void stats_bootstrap(const double *d, size_t n, double alpha, uint64_t seed, double *low,
		     double *high)
{
	double mean[STATS_RESAMPLES];
	Random random;

	*low = *high = NAN;
	if (n == 0 || !isfinite(stats_mean(d, n)))
		return;
	random_init(&random, seed, RANDOM_SAMPLE);
	for (size_t i = 0; i < STATS_RESAMPLES; i++) {
		double sum = 0;
		for (size_t k = 0; k < n; k++)
			sum += d[random_below(&random, n)];
		mean[i] = sum / (double)n;
	}
	order_sort(mean, STATS_RESAMPLES);
	*low = stats_quantile(mean, STATS_RESAMPLES, alpha / 2);
	*high = stats_quantile(mean, STATS_RESAMPLES, 1 - alpha / 2);
}
