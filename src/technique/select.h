/* The k-th smallest of many numbers, without sorting them: thresholds of pruning, percentiles of
 * calibration.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TECHNIQUE_SELECT_H
#define WATTLE_TECHNIQUE_SELECT_H

#include <stddef.h>

/* The value that would stand at k (0 … n − 1) if values were sorted; reorders them. No NaN.
 * Linear time whatever the values (selection by digits of their bits). */
float select_kth(float *values, size_t n, size_t k);

#endif
