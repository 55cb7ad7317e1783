/* One tile of a product, held in registers, at each instruction level. Private to src/num/.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_GEMM_TILE_H
#define WATTLE_NUM_GEMM_TILE_H

#include "num/gemm.h"
#include "num/simd.h"

/* c (rows,cols) = a · b + beta·c. Element (i,p) of a is a[i·a_row + p·a_step], row p of b is
 * b[p·b_ld …]. */
typedef struct GemmTile {
	const float *a, *b;
	float *c;
	size_t a_row, a_step, b_ld, c_ld;
	size_t k;
	float beta;
} GemmTile;

/* Rows and columns of a whole tile; tile_run takes 1 … as many of both. */
enum {
	GEMM_AVX512_ROWS = 8,
	GEMM_AVX512_COLS = 48,
	GEMM_AVX2_ROWS = 4,
	GEMM_AVX2_COLS = 24,
};

#if SIMD_X86
void gemm_avx512_tile(const GemmTile *tile, size_t rows, size_t cols);
void gemm_avx2_tile(const GemmTile *tile, size_t rows, size_t cols);
/* gemm_adam for processors with AVX-512. */
void gemm_avx512_adam(size_t in, size_t out, size_t rows, const float *x, const float *grad,
		      float *w, float *m, float *v, const AdamStep *step, float *block);
#endif

#endif
