/* The two ends of a tile of 8 x 48 in 24 registers of AVX-512: what its sums begin with, and where
 * they go. rows and vectors are constants of the caller; last: lanes of the last vector. Private to
 * src/num/.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_GEMM_TILE_512_H
#define WATTLE_NUM_GEMM_TILE_512_H

#include "num/simd.h"

#if SIMD_X86

#define GEMM_512_ROWS 8
#define GEMM_512_VECTORS 3

/* bias + beta·c; bias NULL: 0. c is not read where beta is 0. */
SIMD_INLINE SIMD_AVX512 void gemm_512_begin(__m512 sum[GEMM_512_ROWS][GEMM_512_VECTORS],
					    const float *bias, float beta, const float *c,
					    size_t c_ld, size_t rows, size_t vectors,
					    __mmask16 last)
{
	__m512 scale = _mm512_set1_ps(beta);

	SIMD_UNROLL
	for (size_t i = 0; i < vectors; i++) {
		__mmask16 mask = i + 1 < vectors ? 0xffff : last;
		__m512 from =
			bias ? _mm512_maskz_loadu_ps(mask, bias + 16 * i) : _mm512_setzero_ps();

		SIMD_UNROLL
		for (size_t r = 0; r < rows; r++) {
			const float *old = c + r * c_ld + 16 * i;

			sum[r][i] = from;
			if (beta != 0)
				sum[r][i] = _mm512_fmadd_ps(scale, _mm512_maskz_loadu_ps(mask, old),
							    from);
		}
	}
}

/* relu: what is not a number stays so. */
SIMD_INLINE SIMD_AVX512 void gemm_512_store(__m512 sum[GEMM_512_ROWS][GEMM_512_VECTORS], bool relu,
					    float *c, size_t c_ld, size_t rows, size_t vectors,
					    __mmask16 last)
{
	/* max(low, NaN) is NaN */
	__m512 low = _mm512_set1_ps(relu ? 0.0f : -__builtin_inff());

	SIMD_UNROLL
	for (size_t r = 0; r < rows; r++) {
		SIMD_UNROLL
		for (size_t i = 0; i < vectors; i++) {
			float *to = c + r * c_ld + 16 * i;
			__m512 y = _mm512_max_ps(low, sum[r][i]);

			if (i + 1 < vectors || last == 0xffff) /* masked stores are slow */
				_mm512_storeu_ps(to, y);
			else
				_mm512_mask_storeu_ps(to, last, y);
		}
	}
}

#endif

#endif
