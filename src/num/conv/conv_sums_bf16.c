/* Sums for weight gradients in bfloat16: a word is one pixel of an image in two blocks.
 * SPDX-License-Identifier: MIT */
#include "num/conv/conv_sums.h"

#include <string.h>

#include "num/dense/bf16.h"

static void sums_bf16_plain(const ConvSums *sums, const float *const *x, const float *y,
			    float *const *sum)
{
	for (size_t p = 0; p < sums->rows * sums->cols; p++) {
		size_t row = p / sums->cols, col = p % sums->cols;
		uint32_t a[KERNEL_TILE], b[KERNEL_TILE];

		memcpy(a, x[0] + row * sums->x_row + col * sums->x_col, sizeof a);
		memcpy(b, y + row * sums->y_row + col * sums->y_col, sizeof b);
		SIMD_LOOP
		for (size_t l = 0; l < KERNEL_TILE; l++)
			sum[0][l] +=
				bf16_even(a[l]) * bf16_even(b[l]) + bf16_odd(a[l]) * bf16_odd(b[l]);
	}
}

const ConvSumsLevel conv_sums_bf16_scalar = {
	.filters = 1,
	.few = 1,
	.taps = { 1 },
	.runs = { { sums_bf16_plain } },
};

#if SIMD_X86

#define SUMS_TARGET SIMD_BF16
#define SUMS_ADD(sum, grad, v) _mm512_dpbf16_ps(sum, (__m512bh)(grad), (__m512bh)(v))
#define SUMS_LEVEL conv_sums_bf16
#include "num/conv/conv_sums_512.h"

#endif
