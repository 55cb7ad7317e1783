/* Numbers in order, and the middle of them.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_BASE_ORDER_H
#define WATTLE_BASE_ORDER_H

#include <stddef.h>

/* Sorts in place, the least first. None may be NaN. */
void order_sort(double *x, size_t n);
/* The median of sorted numbers; the mean of the two in the middle when n is even; NaN for none. */
double order_middle(const double *sorted, size_t n);

#endif
