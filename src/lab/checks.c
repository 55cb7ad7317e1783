/* Checks on the measurements themselves: drift over the run, and outliers. They warn; nothing is
 * ever dropped.
 * SPDX-License-Identifier: MIT */
#include "lab/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/order.h"

#define OUTLIER 3.5
#define OUTLIER_SEVERE 10.0
#define DRIFT_RHO 0.5
#define DRIFT_CHANGE 0.02

static double *sorted_copy(const double *x, size_t n)
{
	double *copy = n ? malloc(n * sizeof *copy) : NULL;

	if (!copy)
		return NULL;
	memcpy(copy, x, n * sizeof *copy);
	order_sort(copy, n);
	return copy;
}

static bool any_nan(const double *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (isnan(x[i]))
			return true;
	return false;
}

double stats_median(const double *x, size_t n)
{
	double *sorted = any_nan(x, n) ? NULL : sorted_copy(x, n);

	if (!sorted)
		return NAN;
	double median = order_middle(sorted, n);

	free(sorted);
	return median;
}

double stats_spearman(const double *x, size_t n)
{
	double *sorted = n < 3 || any_nan(x, n) ? NULL : sorted_copy(x, n);
	double middle = 0.5 * ((double)n - 1), cross = 0, ranks = 0, orders = 0;

	if (!sorted)
		return NAN;
	for (size_t i = 0; i < n; i++) {
		size_t below = 0, equal = 0;
		for (size_t j = 0; j < n && sorted[j] <= x[i]; j++) {
			below += sorted[j] < x[i];
			equal += sorted[j] >= x[i];
		}
		double rank = (double)below + 0.5 * ((double)equal - 1) - middle;
		double order = (double)i - middle;
		cross += rank * order;
		ranks += rank * rank;
		orders += order * order;
	}
	free(sorted);
	return ranks > 0 ? cross / sqrt(ranks * orders) : NAN;
}

Drift stats_drift(const double *x, size_t n)
{
	size_t third = n / 3;
	Drift drift = { .rho = stats_spearman(x, n), .change = NAN };

	if (third) {
		double first = stats_median(x, third);
		double last = stats_median(x + n - third, third);
		drift.change = first > 0 ? last / first - 1 : NAN;
	}
	drift.warn = fabs(drift.rho) > DRIFT_RHO && fabs(drift.change) > DRIFT_CHANGE;
	return drift;
}

Outliers stats_outliers(const double *x, size_t n)
{
	Outliers found = { 0 };
	double centre = stats_median(x, n);
	double *distance = n ? malloc(n * sizeof *distance) : NULL;

	if (!distance || isnan(centre))
		goto done;
	for (size_t i = 0; i < n; i++)
		distance[i] = fabs(x[i] - centre);
	double scale = 1.4826 * stats_median(distance, n);
	/* √(π/2) makes the mean absolute deviation estimate a normal SD, as 1.4826 does for the
	 * MAD. */
	if (!(scale > 0))
		scale = sqrt(M_PI / 2) * stats_mean(distance, n);
	for (size_t i = 0; i < n && scale > 0; i++) {
		found.flagged += distance[i] > OUTLIER * scale;
		found.severe += distance[i] > OUTLIER_SEVERE * scale;
		found.high += x[i] > centre + OUTLIER * scale;
	}
done:
	free(distance);
	return found;
}
