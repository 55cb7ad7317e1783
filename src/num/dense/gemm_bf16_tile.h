/* One tile of a product in bfloat16. Private to src/num/.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_GEMM_BF16_TILE_H
#define WATTLE_NUM_GEMM_BF16_TILE_H

#include "num/dense/bf16.h"
#include "num/dense/gemm_bf16.h"
#include "num/dense/gemm_flow.h"

#define GEMM_BF16_ROWS 8
#define GEMM_BF16_COLS (BF16_LANES * BF16_VECTORS)

/* As GemmTile, of pairs: k of them; b is a panel with rows of whole vectors (b_ld). */
typedef struct Bf16Tile {
	const uint32_t *a, *b;
	const float *bias; /* (cols); NULL: 0 */
	float *c;
	size_t a_row, a_step, b_ld, c_ld;
	size_t k;
	float beta;
	bool relu;
} Bf16Tile;

/* rows: 1 … GEMM_BF16_ROWS, cols: 1 … b_ld. For all processors, whatever features. */
void gemm_bf16_tile(uint32_t features, const Bf16Tile *tile, size_t rows, size_t cols);

#if SIMD_X86
void gemm_bf16_avx512_tile(const Bf16Tile *tile, size_t rows, size_t cols);
/* gemm_bf16_adam for processors with AVX-512 BF16. */
void gemm_bf16_avx512_adam(size_t row, size_t in, size_t a_rows, size_t out, size_t rows,
			   const uint32_t *x, const uint32_t *grad, float *w, float *m, float *v,
			   const AdamStep *step, float *block);
#endif

#endif
