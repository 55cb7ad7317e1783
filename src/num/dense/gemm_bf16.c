/* Products in bfloat16: operands, tiles, and the tile for processors that do not know bfloat16.
 * SPDX-License-Identifier: MIT */
#include "num/dense/gemm_bf16.h"

#include "num/dense/gemm_bf16_tile.h"
#include "num/dense/gemm_tile.h"

/* --- operands -------------------------------------------------------------------------------- */

size_t gemm_bf16_a_words(size_t m, size_t k)
{
	return m * ((k + 1) / 2);
}

size_t gemm_bf16_b_words(size_t n, size_t k)
{
	return bf16_panels_words(k, n);
}

void gemm_bf16_pack_a(uint32_t features, size_t m, size_t k, GemmBf16Operand a, uint32_t *words)
{
	if (a.transposed)
		bf16_pair_rows(features, a.at, a.ld, k, m, words, m);
	else
		bf16_pair_columns(features, a.at, a.ld, m, k, words);
}

void gemm_bf16_pack_b(uint32_t features, size_t n, size_t k, GemmBf16Operand b, uint32_t *words)
{
	bf16_panels(features, b.transposed, k, n, b.at, b.ld, words);
}

/* --- the tile in f32 ------------------------------------------------------------------------- */

/* One row; cols is a constant. */
SIMD_INLINE void row_add(const uint32_t *restrict a, size_t a_step, const uint32_t *restrict b,
			 size_t k, float *restrict sum, size_t cols)
{
	for (size_t p = 0; p < k; p++, a += a_step, b += cols) {
		float even = bf16_even(*a), odd = bf16_odd(*a);

		SIMD_LOOP
		for (size_t i = 0; i < cols; i++)
			sum[i] = sum[i] + odd * bf16_odd(b[i]) + even * bf16_even(b[i]);
	}
}

SIMD_INLINE void row_body(const Bf16Tile *restrict tile, const uint32_t *restrict a,
			  float *restrict sum)
{
	if (tile->b_ld == 3 * BF16_LANES)
		row_add(a, tile->a_step, tile->b, tile->k, sum, 3 * BF16_LANES);
	else if (tile->b_ld == 2 * BF16_LANES)
		row_add(a, tile->a_step, tile->b, tile->k, sum, 2 * BF16_LANES);
	else
		row_add(a, tile->a_step, tile->b, tile->k, sum, BF16_LANES);
}
SIMD_LEVELS(row, (const Bf16Tile *restrict tile, const uint32_t *restrict a, float *restrict sum),
	    (tile, a, sum))

void gemm_bf16_tile(uint32_t features, const Bf16Tile *tile, size_t rows, size_t cols)
{
#if SIMD_X86
	if (features & CPU_BF16) {
		gemm_bf16_avx512_tile(tile, rows, cols);
		return;
	}
#endif
	for (size_t r = 0; r < rows; r++) {
		_Alignas(64) float sum[GEMM_BF16_COLS] = { 0 };
		float *c = tile->c + r * tile->c_ld;

		for (size_t i = 0; i < cols; i++) {
			sum[i] = tile->bias ? tile->bias[i] : 0;
			sum[i] += tile->beta != 0 ? tile->beta * c[i] : 0;
		}
		SIMD_CALL(features, row, (tile, tile->a + r * tile->a_row, sum));
		for (size_t i = 0; i < cols; i++)
			c[i] = tile->relu && sum[i] < 0 ? 0 : sum[i];
	}
}

/* --- products -------------------------------------------------------------------------------- */

void gemm_bf16_run(uint32_t features, const GemmBf16 *product)
{
	size_t pairs = (product->k + 1) / 2, n = product->n;
	size_t panels = gemm_panels(n, BF16_LANES, BF16_VECTORS);
	size_t a_row = product->a_transposed ? 1 : pairs;

	for (size_t panel = 0; panel < panels; panel++) {
		size_t begin = gemm_panel_begin(n, BF16_LANES, panels, panel);
		size_t end = gemm_panel_begin(n, BF16_LANES, panels, panel + 1);

		for (size_t row = 0; row < product->m; row += GEMM_BF16_ROWS) {
			size_t left = product->m - row;
			Bf16Tile tile = {
				.a = product->a + (product->row + row) * a_row,
				.a_row = a_row,
				.a_step = product->a_transposed ? product->a_rows : 1,
				.b = product->b + begin * pairs,
				.b_ld = end - begin,
				.bias = product->bias ? product->bias + begin : NULL,
				.c = product->c + row * product->ldc + begin,
				.c_ld = product->ldc,
				.k = pairs,
				.beta = product->beta,
				.relu = product->relu,
			};

			gemm_bf16_tile(features, &tile,
				       left < GEMM_BF16_ROWS ? left : GEMM_BF16_ROWS,
				       (end < n ? end : n) - begin);
		}
	}
}

void gemm_bf16_adam(uint32_t features, size_t row, size_t in, size_t a_rows, size_t out,
		    size_t rows, const uint32_t *x, const uint32_t *grad, float *w, float *m,
		    float *v, const AdamStep *step, float *block)
{
#if SIMD_X86
	if (features & CPU_BF16) {
		gemm_bf16_avx512_adam(row, in, a_rows, out, rows, x, grad, w, m, v, step, block);
		return;
	}
#endif
	for (size_t r = 0; r < in; r += 16) {
		GemmBf16 product = { .m = in - r < 16 ? in - r : 16,
				     .n = out,
				     .k = rows,
				     .a = x,
				     .b = grad,
				     .row = row + r,
				     .a_rows = a_rows,
				     .a_transposed = true,
				     .c = block,
				     .ldc = out };

		gemm_bf16_run(features, &product);
		train_adam(features, w + r * out, m + r * out, v + r * out, block, product.m * out,
			   step);
	}
}
