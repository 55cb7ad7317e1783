/* Sums for weight gradients in up to 12 registers of AVX2, one for each weight and half of the
 * images at a time.
 * SPDX-License-Identifier: MIT */
#include "num/conv/conv_sums.h"

#if SIMD_X86

#define HALF (KERNEL_TILE / 2)

/* filters and taps are constants. */
SIMD_INLINE SIMD_AVX2 void sums_half(const ConvSums *sums, const float *const *x, const float *y,
				     float *const *to, size_t half, size_t filters, size_t taps)
{
	__m256 sum[3][4];
	const float *from[3];
	size_t cols = sums->cols, x_col = sums->x_col, y_col = sums->y_col;
	size_t plane = sums->y_plane;

	y += half;
	SIMD_UNROLL
	for (size_t t = 0; t < taps; t++) {
		from[t] = x[t] + half;
		SIMD_UNROLL
		for (size_t f = 0; f < filters; f++)
			sum[t][f] = _mm256_loadu_ps(to[t] + half + f * KERNEL_TILE);
	}
	for (size_t row = 0; row < sums->rows; row++) {
		const float *at = y + row * sums->y_row;
		size_t x_at = row * sums->x_row;

		for (size_t col = 0; col < cols; col++) {
			__m256 v[3];

			SIMD_UNROLL
			for (size_t t = 0; t < taps; t++)
				v[t] = _mm256_loadu_ps(from[t] + x_at);
			SIMD_UNROLL
			for (size_t f = 0; f < filters; f++) {
				__m256 grad = _mm256_loadu_ps(at + f * plane);

				SIMD_UNROLL
				for (size_t t = 0; t < taps; t++)
					sum[t][f] = _mm256_fmadd_ps(grad, v[t], sum[t][f]);
			}
			x_at += x_col;
			at += y_col;
		}
	}
	SIMD_UNROLL
	for (size_t t = 0; t < taps; t++) {
		SIMD_UNROLL
		for (size_t f = 0; f < filters; f++)
			_mm256_storeu_ps(to[t] + half + f * KERNEL_TILE, sum[t][f]);
	}
}

#define RUN(filters, taps)                                                                         \
	static SIMD_AVX2 void sums_##filters##_##taps(const ConvSums *sums, const float *const *x, \
						      const float *y, float *const *sum)           \
	{                                                                                          \
		sums_half(sums, x, y, sum, 0, filters, taps);                                      \
		sums_half(sums, x, y, sum, HALF, filters, taps);                                   \
	}
#define RUNS(filters) RUN(filters, 1) RUN(filters, 2) RUN(filters, 3)
RUNS(1)
RUNS(2)
RUNS(3)
RUNS(4)

#define THREE(filters) sums_##filters##_1, sums_##filters##_2, sums_##filters##_3
const ConvSumsLevel conv_sums_avx2 = {
	.filters = 4,
	.few = 4,
	.taps = { 3, 3, 3, 3 },
	.runs = { { THREE(1) }, { THREE(2) }, { THREE(3) }, { THREE(4) } },
};

#endif
