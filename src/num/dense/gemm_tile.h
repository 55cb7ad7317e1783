/* One tile of a product, held in registers, at each instruction level. Private to src/num/.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_GEMM_TILE_H
#define WATTLE_NUM_GEMM_TILE_H

#include "num/dense/gemm.h"
#include "num/simd.h"

/* c (rows,cols) = act(bias + beta·c + a · b), summed in this order. Element (i,p) of a is
 * a[i·a_row + p·a_step], row p of b is b[p·b_ld …]. */
typedef struct GemmTile {
	const float *a, *b;
	const float *bias; /* (cols); NULL: 0 */
	/* Not NULL: AVX-512, a whole tile's rows; b's columns are written there too, with the row
	 * stride of a whole tile's columns, 64-byte aligned. */
	float *copy;
	float *c;
	size_t a_row, a_step, b_ld, c_ld;
	size_t k;
	float beta;
	bool relu; /* what is not a number stays so */
} GemmTile;

/* Rows and columns of a whole tile; tile_run takes 1 … as many of both. */
enum {
	GEMM_AVX512_ROWS = 8,
	GEMM_AVX512_COLS = 48,
	GEMM_AVX2_ROWS = 4,
	GEMM_AVX2_COLS = 24,
};

/* n columns cut into panels of whole vectors, `most` of them at most, as even as can be: a panel of
 * one vector would wait for its own sums. */
static inline size_t gemm_panels(size_t n, size_t lanes, size_t most)
{
	return ((n + lanes - 1) / lanes + most - 1) / most;
}
/* First column of a panel; that of panel `panels` is n, rounded up to whole vectors. */
static inline size_t gemm_panel_begin(size_t n, size_t lanes, size_t panels, size_t panel)
{
	size_t vectors = (n + lanes - 1) / lanes, more = vectors % panels;

	return lanes * (panel * (vectors / panels) + (panel < more ? panel : more));
}

#if SIMD_X86
void gemm_avx512_tile(const GemmTile *tile, size_t rows, size_t cols);
void gemm_avx2_tile(const GemmTile *tile, size_t rows, size_t cols);
/* gemm_adam for processors with AVX-512. */
void gemm_avx512_adam(size_t in, size_t out, size_t rows, const float *x, size_t x_ld,
		      const float *grad, float *w, float *m, float *v, const AdamStep *step,
		      float *block);
#endif

#endif
