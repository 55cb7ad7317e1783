/* Requantization of 8 sums, for the integer kernels of AVX2. Private to src/num/.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_INT8_AVX2_H
#define WATTLE_NUM_INT8_AVX2_H

#include "num/int8/int8.h"
#include "num/simd.h"

#if SIMD_X86

SIMD_INLINE SIMD_AVX2 __m256i avx2_load(const void *x)
{
	return _mm256_loadu_si256((const __m256i *)x);
}

/* Arithmetic shift of 64-bit lanes, which AVX2 lacks: moved above zero, shifted, moved back. */
SIMD_INLINE SIMD_AVX2 __m256i avx2_shift_round(__m256i product, __m256i shift)
{
	__m256i one = _mm256_set1_epi64x(1), top = _mm256_slli_epi64(one, 63);
	__m256i half = _mm256_sllv_epi64(one, _mm256_sub_epi64(shift, one));

	product = _mm256_xor_si256(_mm256_add_epi64(product, half), top);
	return _mm256_sub_epi64(_mm256_srlv_epi64(product, shift), _mm256_srlv_epi64(top, shift));
}

/* requant_apply, zero point and clamp of 8 sums. */
SIMD_INLINE SIMD_AVX2 __m256i avx2_requant(const Int8 *layer, __m256i multiplier, __m256i total,
					   __m256i acc)
{
	__m256i even = _mm256_mul_epi32(acc, multiplier);
	__m256i odd =
		_mm256_mul_epi32(_mm256_srli_epi64(acc, 32), _mm256_srli_epi64(multiplier, 32));

	even = avx2_shift_round(even, _mm256_and_si256(total, _mm256_set1_epi64x(0xffffffff)));
	odd = avx2_shift_round(odd, _mm256_srli_epi64(total, 32));
	acc = _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xaa);
	acc = _mm256_add_epi32(acc, _mm256_set1_epi32(layer->y_zero));
	acc = _mm256_max_epi32(acc, _mm256_set1_epi32(layer->y_low));
	return _mm256_min_epi32(acc, _mm256_set1_epi32(255));
}

#endif

#endif
