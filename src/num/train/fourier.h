/* Cosine and sine of every number, for random Fourier features.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_FOURIER_H
#define WATTLE_NUM_FOURIER_H

#include <stddef.h>
#include <stdint.h>

/* y (rows,2n): the cosines of a row of x (rows,n), then its sines; errors below 1e-7 for |x| up to
 * 10,000. features: cpu_features(), or fewer; every level gives the same bits. */
void fourier_run(uint32_t features, float *y, const float *x, size_t rows, size_t n);

#endif
