/* Sums for weight gradients in up to 24 registers of 512 bits, one for each weight, with products
 * of the includer's: it defines SUMS_TARGET, of functions; SUMS_ADD(sum, grad, v), their products
 * added; SUMS_LEVEL, what the table is called. Private to src/num/.
 * SPDX-License-Identifier: MIT */
#include "num/conv/conv_sums.h"

/* filters and taps are constants. */
SIMD_INLINE SUMS_TARGET void sums_body(const ConvSums *sums, const float *const *x, const float *y,
				       float *const *to, size_t filters, size_t taps)
{
	__m512 sum[CONV_SUMS_TAPS][CONV_SUMS_FILTERS];
	const float *from[CONV_SUMS_TAPS];
	size_t cols = sums->cols, x_col = sums->x_col, y_col = sums->y_col;
	size_t plane = sums->y_plane;

	SIMD_UNROLL
	for (size_t t = 0; t < taps; t++) {
		from[t] = x[t];
		SIMD_UNROLL
		for (size_t f = 0; f < filters; f++)
			sum[t][f] = _mm512_loadu_ps(to[t] + f * KERNEL_TILE);
	}
	for (size_t row = 0; row < sums->rows; row++) {
		const float *at = y + row * sums->y_row;
		size_t x_at = row * sums->x_row;

		for (size_t col = 0; col < cols; col++) {
			__m512 v[CONV_SUMS_TAPS];

			SIMD_UNROLL
			for (size_t t = 0; t < taps; t++)
				v[t] = _mm512_loadu_ps(from[t] + x_at);
			SIMD_UNROLL
			for (size_t f = 0; f < filters; f++) {
				__m512 grad = _mm512_loadu_ps(at + f * plane);

				SIMD_UNROLL
				for (size_t t = 0; t < taps; t++)
					sum[t][f] = SUMS_ADD(sum[t][f], grad, v[t]);
			}
			x_at += x_col;
			at += y_col;
		}
	}
	SIMD_UNROLL
	for (size_t t = 0; t < taps; t++) {
		SIMD_UNROLL
		for (size_t f = 0; f < filters; f++)
			_mm512_storeu_ps(to[t] + f * KERNEL_TILE, sum[t][f]);
	}
}

#define RUN(filters, taps)                                                                      \
	static SUMS_TARGET void sums_##filters##_##taps(                                        \
		const ConvSums *sums, const float *const *x, const float *y, float *const *sum) \
	{                                                                                       \
		sums_body(sums, x, y, sum, filters, taps);                                      \
	}
#define FOUR_RUNS(filters) RUN(filters, 1) RUN(filters, 2) RUN(filters, 3) RUN(filters, 4)
#define SIX_RUNS(filters) FOUR_RUNS(filters) RUN(filters, 5) RUN(filters, 6)
SIX_RUNS(1)
SIX_RUNS(2)
SIX_RUNS(3)
SIX_RUNS(4)
FOUR_RUNS(5)
FOUR_RUNS(6)

#define FOUR(filters) sums_##filters##_1, sums_##filters##_2, sums_##filters##_3, sums_##filters##_4
#define SIX(filters) FOUR(filters), sums_##filters##_5, sums_##filters##_6
const ConvSumsLevel SUMS_LEVEL = {
	.filters = 6, /* 8 filters read more from afar */
	.few = 4,
	.taps = { 6, 6, 6, 6, 4, 4 },
	.runs = { { SIX(1) }, { SIX(2) }, { SIX(3) }, { SIX(4) }, { FOUR(5) }, { FOUR(6) } },
};
