/* Wilson's interval.
 * SPDX-License-Identifier: MIT */
#include "base/share.h"

#include <math.h>

void share_wilson(double wins, double n, double z, double *low, double *high)
{
	if (!(n > 0) || isnan(wins)) {
		*low = *high = NAN;
		return;
	}
	double p = wins / n, square = z * z / n;
	double centre = (p + square / 2) / (1 + square);
	double half = z / (1 + square) * sqrt(p * (1 - p) / n + square / (4 * n));
	*low = fmax(0, centre - half);
	*high = fmin(1, centre + half);
}
