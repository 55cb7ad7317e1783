/* Taps in 24 registers of 512 bits, with products of the includer's: it defines TAPS_TARGET, of
 * functions; TAPS_WEIGHT(at), a weight in all lanes; TAPS_ADD(sum, weight, v), its products added;
 * TAPS_LEVEL, what the table is called. Private to src/num/.
 * SPDX-License-Identifier: MIT */
#include "num/conv/conv_taps.h"

#define MAX CONV_PIXELS_MAX

/* filters and pixels are constants. */
SIMD_INLINE TAPS_TARGET void taps_body(const ConvTaps *taps, const float *const *x, float *const *y,
				       size_t filters, size_t pixels)
{
	__m512 sum[MAX][MAX], low = _mm512_set1_ps(taps->relu ? 0.0f : -__builtin_inff());
	const ConvTap *end = taps->end;
	const float *from[MAX], *weights = taps->w;

	SIMD_UNROLL
	for (size_t p = 0; p < pixels; p++)
		from[p] = x[p];
	SIMD_UNROLL
	for (size_t f = 0; f < filters; f++) {
		__m512 bias = _mm512_set1_ps(taps->bias ? taps->bias[f] : 0.0f);

		SIMD_UNROLL
		for (size_t p = 0; p < pixels; p++)
			sum[f][p] = taps->go_on ? _mm512_loadu_ps(y[p] + f * taps->y_step) : bias;
	}
	for (const ConvTap *tap = taps->tap; tap < end; tap++) {
		const float *w = weights + tap->w;
		ptrdiff_t at = tap->x;
		__m512 v[MAX];

		SIMD_UNROLL
		for (size_t p = 0; p < pixels; p++)
			v[p] = _mm512_loadu_ps(from[p] + at);
		SIMD_UNROLL
		for (size_t f = 0; f < filters; f++) {
			__m512 weight = TAPS_WEIGHT(w + f);

			SIMD_UNROLL
			for (size_t p = 0; p < pixels; p++)
				sum[f][p] = TAPS_ADD(sum[f][p], weight, v[p]);
		}
	}
	SIMD_UNROLL
	for (size_t f = 0; f < filters; f++) {
		SIMD_UNROLL
		for (size_t p = 0; p < pixels; p++) /* max(low, NaN) is NaN */
			_mm512_storeu_ps(y[p] + f * taps->y_step, _mm512_max_ps(low, sum[f][p]));
	}
}

#define RUN(filters, pixels)                                                                      \
	static TAPS_TARGET void taps_##filters##_##pixels(const ConvTaps *taps,                   \
							  const float *const *x, float *const *y) \
	{                                                                                         \
		taps_body(taps, x, y, filters, pixels);                                           \
	}
RUN(1, 8)
RUN(2, 8)
RUN(3, 8)
RUN(4, 6)
RUN(5, 4)
RUN(6, 4)
RUN(7, 3)
RUN(8, 3)
RUN(1, 1)
RUN(2, 1)
RUN(3, 1)
RUN(4, 1)
RUN(5, 1)
RUN(6, 1)
RUN(7, 1)
RUN(8, 1)

const ConvTapsLevel TAPS_LEVEL = {
	.filters = 8,
	.pixels = { 8, 8, 8, 6, 4, 4, 3, 3 },
	.runs = { taps_1_8, taps_2_8, taps_3_8, taps_4_6, taps_5_4, taps_6_4, taps_7_3, taps_8_3 },
	.ones = { taps_1_1, taps_2_1, taps_3_1, taps_4_1, taps_5_1, taps_6_1, taps_7_1, taps_8_1 },
};
