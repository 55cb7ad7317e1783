/* Cutting products into tiles; the plain tile.
 * SPDX-License-Identifier: MIT */
#include "num/gemm.h"

#include "num/gemm_tile.h"
#include "num/kernel.h"

#define SCALAR_ROWS 4
#define SCALAR_COLS 16

/* Columns of a strip of b that is turned upright on the stack: those of the widest tile. */
#define PACK_COLS GEMM_AVX512_COLS

typedef struct Level {
	size_t rows, cols;
	void (*tile)(const GemmTile *tile, size_t rows, size_t cols);
} Level;

static void gemm_scalar_tile(const GemmTile *tile, size_t rows, size_t cols)
{
	for (size_t r = 0; r < rows; r++) {
		float sum[SCALAR_COLS] = { 0 };
		const float *a = tile->a + r * tile->a_row;
		float *c = tile->c + r * tile->c_ld;

		for (size_t p = 0; p < tile->k; p++)
			for (size_t i = 0; i < cols; i++)
				sum[i] += a[p * tile->a_step] * tile->b[p * tile->b_ld + i];
		for (size_t i = 0; i < cols; i++)
			c[i] = tile->beta != 0 ? sum[i] + tile->beta * c[i] : sum[i];
	}
}

static Level gemm_level(uint32_t features)
{
#if SIMD_X86
	if (features & CPU_AVX512)
		return (Level){ GEMM_AVX512_ROWS, GEMM_AVX512_COLS, gemm_avx512_tile };
	if (features & CPU_AVX2)
		return (Level){ GEMM_AVX2_ROWS, GEMM_AVX2_COLS, gemm_avx2_tile };
#endif
	(void)features;
	return (Level){ SCALAR_ROWS, SCALAR_COLS, gemm_scalar_tile };
}

/* All rows of one strip of columns. */
static void gemm_strip(const Level *level, GemmTile tile, size_t m, size_t cols)
{
	for (size_t row = 0; row < m; row += level->rows) {
		level->tile(&tile, m - row < level->rows ? m - row : level->rows, cols);
		tile.a += level->rows * tile.a_row;
		tile.c += level->rows * tile.c_ld;
	}
}

/* b: the strip's rows, stored (cols,k). */
static void gemm_strip_transposed(uint32_t features, const Level *level, GemmTile tile, size_t m,
				  size_t cols, const float *b, size_t ldb)
{
	_Alignas(64) float pack[GEMM_DEPTH * PACK_COLS];
	size_t k = tile.k;

	tile.b = pack;
	tile.b_ld = PACK_COLS;
	for (size_t p = 0; p < k; p += GEMM_DEPTH) {
		tile.k = k - p < GEMM_DEPTH ? k - p : GEMM_DEPTH;
		convert_rows_to_cols(features, b + p, ldb, pack, PACK_COLS, cols, tile.k);
		gemm_strip(level, tile, m, cols);
		tile.a += GEMM_DEPTH * tile.a_step;
		tile.beta = 1;
	}
}

void gemm_run(uint32_t features, bool a_transposed, bool b_transposed, size_t m, size_t n, size_t k,
	      const float *a, size_t lda, const float *b, size_t ldb, float beta, float *c,
	      size_t ldc)
{
	Level level = gemm_level(features);

	for (size_t col = 0; col < n; col += level.cols) {
		size_t cols = n - col < level.cols ? n - col : level.cols;
		GemmTile tile = { .a = a, .c = c + col, .c_ld = ldc, .k = k, .beta = beta };

		tile.a_row = a_transposed ? 1 : lda;
		tile.a_step = a_transposed ? lda : 1;
		if (b_transposed && k > 0) {
			gemm_strip_transposed(features, &level, tile, m, cols, b + col * ldb, ldb);
			continue;
		}
		tile.b = b + col;
		tile.b_ld = ldb;
		gemm_strip(&level, tile, m, cols);
	}
}

void gemm_adam(uint32_t features, size_t in, size_t out, size_t rows, const float *x,
	       const float *grad, float *w, float *m, float *v, const AdamStep *step, float *block)
{
#if SIMD_X86
	if (features & CPU_AVX512) {
		gemm_avx512_adam(in, out, rows, x, grad, w, m, v, step, block);
		return;
	}
#endif
	for (size_t row = 0; row < in; row += 16) {
		size_t n = in - row < 16 ? in - row : 16, at = row * out;

		gemm_run(features, true, false, n, out, rows, x + row, in, grad, out, 0, block,
			 out);
		train_adam(features, w + at, m + at, v + at, block, n * out, step);
	}
}
