/* Taps in 12 registers of AVX2: two vectors are one pixel of 16 images.
 * SPDX-License-Identifier: MIT */
#include "num/conv/conv_taps.h"

#if SIMD_X86

#define MAX 6

/* filters and pixels are constants. */
SIMD_INLINE SIMD_AVX2 void taps_body(const ConvTaps *taps, const float *const *x, float *const *y,
				     size_t filters, size_t pixels)
{
	__m256 sum[MAX][8], low = _mm256_set1_ps(taps->relu ? 0.0f : -__builtin_inff());
	const ConvTap *end = taps->end;
	const float *from[4], *weights = taps->w;

	SIMD_UNROLL
	for (size_t p = 0; p < pixels; p++)
		from[p] = x[p];
	SIMD_UNROLL
	for (size_t f = 0; f < filters; f++) {
		__m256 bias = _mm256_set1_ps(taps->bias ? taps->bias[f] : 0.0f);

		SIMD_UNROLL
		for (size_t p = 0; p < 2 * pixels; p++)
			sum[f][p] =
				taps->go_on
					? _mm256_loadu_ps(y[p / 2] + f * taps->y_step + p % 2 * 8)
					: bias;
	}
	for (const ConvTap *tap = taps->tap; tap < end; tap++) {
		const float *w = weights + tap->w;
		ptrdiff_t at = tap->x;
		__m256 v[8];

		SIMD_UNROLL
		for (size_t p = 0; p < 2 * pixels; p++)
			v[p] = _mm256_loadu_ps(from[p / 2] + at + p % 2 * 8);
		SIMD_UNROLL
		for (size_t f = 0; f < filters; f++) {
			__m256 weight = _mm256_broadcast_ss(w + f);

			SIMD_UNROLL
			for (size_t p = 0; p < 2 * pixels; p++)
				sum[f][p] = _mm256_fmadd_ps(weight, v[p], sum[f][p]);
		}
	}
	SIMD_UNROLL
	for (size_t f = 0; f < filters; f++) {
		SIMD_UNROLL
		for (size_t p = 0; p < 2 * pixels; p++) /* max(low, NaN) is NaN */
			_mm256_storeu_ps(y[p / 2] + f * taps->y_step + p % 2 * 8,
					 _mm256_max_ps(low, sum[f][p]));
	}
}

#define RUN(filters, pixels)                                                                    \
	static SIMD_AVX2 void taps_##filters##_##pixels(const ConvTaps *taps,                   \
							const float *const *x, float *const *y) \
	{                                                                                       \
		taps_body(taps, x, y, filters, pixels);                                         \
	}
RUN(1, 4)
RUN(1, 1)
RUN(2, 2)
RUN(2, 1)
RUN(3, 1)
RUN(4, 1)
RUN(5, 1)
RUN(6, 1)

const ConvTapsLevel conv_taps_avx2 = {
	.filters = MAX,
	.pixels = { 4, 2, 1, 1, 1, 1 },
	.runs = { taps_1_4, taps_2_2, taps_3_1, taps_4_1, taps_5_1, taps_6_1 },
	.ones = { taps_1_1, taps_2_1, taps_3_1, taps_4_1, taps_5_1, taps_6_1 },
};

#endif
