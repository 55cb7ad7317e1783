/* Sums over pixels and images for the gradient of a few weights, held in registers, at each
 * instruction level. Private to src/num/.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_CONV_SUMS_H
#define WATTLE_NUM_CONV_SUMS_H

#include "num/conv/conv.h"
#include "num/simd.h"

enum { CONV_SUMS_FILTERS = 6, CONV_SUMS_TAPS = 6 };

/* A box of pixels; steps in floats. */
typedef struct ConvSums {
	size_t rows, cols;
	size_t x_row, x_col; /* of the inputs that these pixels' taps see */
	size_t y_row, y_col;
	size_t y_plane; /* from one filter to the next */
} ConvSums;

/* sum[tap][16·filter + lane] += sum over pixels of x[tap][pixel]·y[filter][pixel], lane by lane. */
typedef void ConvSumsRun(const ConvSums *sums, const float *const *x, const float *y,
			 float *const *sum);

/* runs[f − 1][t − 1] takes f filters and t taps. */
typedef struct ConvSumsLevel {
	size_t filters;                 /* at most */
	size_t few;                     /* filters that are enough with taps[few − 1] taps */
	size_t taps[CONV_SUMS_FILTERS]; /* taps[f − 1]: at most with f filters */
	ConvSumsRun *runs[CONV_SUMS_FILTERS][CONV_SUMS_TAPS];
} ConvSumsLevel;

#if SIMD_X86
extern const ConvSumsLevel conv_sums_avx512, conv_sums_avx2, conv_sums_bf16;
#endif
extern const ConvSumsLevel conv_sums_scalar;
/* conv_sums_bf16 and this: x and y are words of two bfloat16 (bf16.h), read as such, and both
 * products are added. */
extern const ConvSumsLevel conv_sums_bf16_scalar;

#endif
