/* One window of 2 x 2 pixels of 16 images, forward and backward, in AVX-512. Private to src/num/.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_POOLING_WINDOW_H
#define WATTLE_NUM_POOLING_WINDOW_H

#include "num/simd.h"

#if SIMD_X86

/* v where it wins over best: it is larger, or not a number. */
SIMD_INLINE SIMD_AVX512 __mmask16 pooling_wins(__m512 v, __m512 best)
{
	return _mm512_cmp_ps_mask(v, best, _CMP_GT_OQ) | _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q);
}

/* The greatest of a b / c d, and its number; index: NULL, nobody asks for it. */
SIMD_INLINE SIMD_AVX512 __m512 pooling_window(__m512 a, __m512 b, __m512 c, __m512 d,
					      uint16_t *index)
{
	__mmask16 second = pooling_wins(b, a), fourth = pooling_wins(d, c);
	__m512 top = _mm512_mask_mov_ps(a, second, b);
	__m512 low = _mm512_mask_mov_ps(c, fourth, d);
	__mmask16 lower = pooling_wins(low, top);

	if (index) {
		__m256i which = _mm256_maskz_set1_epi16(second, 1);
		__m256i under =
			_mm256_mask_mov_epi16(_mm256_set1_epi16(2), fourth, _mm256_set1_epi16(3));

		which = _mm256_mask_mov_epi16(which, lower, under);
		_mm256_storeu_si256((__m256i *)(void *)index, which);
	}
	return _mm512_mask_mov_ps(top, lower, low);
}

/* The gradients of the four pixels: that of one of them, by its number, is the window's. */
SIMD_INLINE SIMD_AVX512 void pooling_window_grad(__m512 to[2][2], const float *grad,
						 const uint16_t *index)
{
	__m512 g = _mm512_loadu_ps(grad);
	__m256i which = _mm256_loadu_si256((const __m256i *)(const void *)index);
	__mmask16 right = _mm256_test_epi16_mask(which, _mm256_set1_epi16(1));
	__mmask16 lower = _mm256_test_epi16_mask(which, _mm256_set1_epi16(2));

	to[0][0] = _mm512_maskz_mov_ps((__mmask16) ~(right | lower), g);
	to[0][1] = _mm512_maskz_mov_ps((__mmask16)(right & ~lower), g);
	to[1][0] = _mm512_maskz_mov_ps((__mmask16)(lower & ~right), g);
	to[1][1] = _mm512_maskz_mov_ps((__mmask16)(right & lower), g);
}

/* The same of two gradients at once in words of bfloat16, `odd` elements apart; order: pairs lanes
 * of two halves. */
SIMD_INLINE SIMD_BF16 void pooling_window_words(__m512i to[2][2], const float *grad,
						const uint16_t *index, size_t odd, __m512i order)
{
	const void *even_index = index, *odd_index = index + odd;
	__m512i g =
		(__m512i)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(grad + odd), _mm512_loadu_ps(grad));
	__m512i which = _mm512_inserti64x4(_mm512_castsi256_si512(_mm256_loadu_si256(even_index)),
					   _mm256_loadu_si256(odd_index), 1);

	g = _mm512_permutexvar_epi16(order, g);
	which = _mm512_permutexvar_epi16(order, which);

	__mmask32 right = _mm512_test_epi16_mask(which, _mm512_set1_epi16(1));
	__mmask32 lower = _mm512_test_epi16_mask(which, _mm512_set1_epi16(2));

	to[0][0] = _mm512_maskz_mov_epi16(~(right | lower), g);
	to[0][1] = _mm512_maskz_mov_epi16(right & ~lower, g);
	to[1][0] = _mm512_maskz_mov_epi16(lower & ~right, g);
	to[1][1] = _mm512_maskz_mov_epi16(right & lower, g);
}

/* For these. */
SIMD_INLINE SIMD_BF16 __m512i pooling_words_order(void)
{
	static const uint16_t order[32] = { 0,  16, 1,  17, 2,  18, 3,  19, 4,  20, 5,
					    21, 6,  22, 7,  23, 8,  24, 9,  25, 10, 26,
					    11, 27, 12, 28, 13, 29, 14, 30, 15, 31 };

	return _mm512_loadu_si512(order);
}

#endif

#endif
