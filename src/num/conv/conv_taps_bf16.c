/* Taps in bfloat16: a word is two channels of a pixel, a vector 16 images.
 * SPDX-License-Identifier: MIT */
#include "num/conv/conv_taps.h"

#include <string.h>

#include "num/dense/bf16.h"

static void taps_bf16_plain(const ConvTaps *taps, const float *const *x, float *const *y)
{
	float sum[KERNEL_TILE];

	for (size_t l = 0; l < KERNEL_TILE; l++)
		sum[l] = taps->go_on ? y[0][l] : taps->bias ? taps->bias[0] : 0;
	for (const ConvTap *tap = taps->tap; tap < taps->end; tap++) {
		uint32_t from[KERNEL_TILE], w;

		memcpy(from, x[0] + tap->x, sizeof from);
		memcpy(&w, taps->w + tap->w, sizeof w);
		SIMD_LOOP
		for (size_t l = 0; l < KERNEL_TILE; l++)
			sum[l] +=
				bf16_even(w) * bf16_even(from[l]) + bf16_odd(w) * bf16_odd(from[l]);
	}
	for (size_t l = 0; l < KERNEL_TILE; l++)
		y[0][l] = taps->relu && sum[l] < 0 ? 0 : sum[l];
}

const ConvTapsLevel conv_taps_bf16_scalar = {
	.filters = 1,
	.pixels = { 1 },
	.runs = { taps_bf16_plain },
	.ones = { taps_bf16_plain },
};

#if SIMD_X86

SIMD_INLINE SIMD_BF16 __m512 taps_weight(const float *at)
{
	int word;

	memcpy(&word, at, sizeof word);
	return _mm512_castsi512_ps(_mm512_set1_epi32(word));
}

#define TAPS_TARGET SIMD_BF16
#define TAPS_WEIGHT(at) taps_weight(at)
#define TAPS_ADD(sum, weight, v) _mm512_dpbf16_ps(sum, (__m512bh)(weight), (__m512bh)(v))
#define TAPS_LEVEL conv_taps_bf16
#include "num/conv/conv_taps_512.h"

#endif
