/* Sorting numbers.
 * SPDX-License-Identifier: MIT */
#include "base/order.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
	double x, y;

	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return (x > y) - (x < y);
}

void order_sort(double *x, size_t n)
{
	if (n > 1)
		qsort(x, n, sizeof *x, compare);
}

double order_middle(const double *sorted, size_t n)
{
	if (n == 0)
		return NAN;
	return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}
