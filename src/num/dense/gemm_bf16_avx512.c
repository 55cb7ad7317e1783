/* Tiles of 8 x 48 in bfloat16, alone or with Adam between the multiply-adds.
 * SPDX-License-Identifier: MIT */
#include "num/dense/gemm_bf16_tile.h"
#include "num/dense/gemm_tile_512.h"

#if SIMD_X86

#define ROWS GEMM_512_ROWS
#define VECTORS GEMM_512_VECTORS
_Static_assert(ROWS == GEMM_BF16_ROWS && VECTORS == BF16_VECTORS, "a panel is a tile wide");

/* rows and vectors are constants. */
SIMD_INLINE SIMD_BF16 void tile_add(__m512 sum[ROWS][VECTORS], const uint32_t *a, size_t a_row,
				    const uint32_t *b, size_t rows, size_t vectors)
{
	__m512i from[VECTORS];

	SIMD_UNROLL
	for (size_t i = 0; i < vectors; i++)
		from[i] = _mm512_load_si512(b + 16 * i);
	SIMD_UNROLL
	for (size_t r = 0; r < rows; r++) {
		__m512i x = _mm512_set1_epi32((int)a[r * a_row]);

		SIMD_UNROLL
		for (size_t i = 0; i < vectors; i++)
			sum[r][i] = _mm512_dpbf16_ps(sum[r][i], (__m512bh)x, (__m512bh)from[i]);
	}
}

/* flow: NULL, or what to update meanwhile. */
SIMD_INLINE SIMD_BF16 void tile_body(const Bf16Tile *tile, size_t rows, size_t vectors, size_t cols,
				     Flow *flow)
{
	__mmask16 last = (__mmask16)((1u << (cols - 16 * (vectors - 1))) - 1);
	__m512 sum[ROWS][VECTORS];
	const uint32_t *a = tile->a, *b = tile->b;
	size_t a_row = tile->a_row, a_step = tile->a_step, p = 0;
	Flow own = flow ? *flow : (Flow){ .left = 0 };

	gemm_512_begin(sum, tile->bias, tile->beta, tile->c, tile->c_ld, rows, vectors, last);
	while (flow && own.left >= 16 && tile->k - p >= own.every) {
		for (size_t end = p + own.every; p < end; p++, a += a_step, b += 16 * vectors)
			tile_add(sum, a, a_row, b, rows, vectors);
		flow_next(&own);
	}
	for (; p < tile->k; p++, a += a_step, b += 16 * vectors)
		tile_add(sum, a, a_row, b, rows, vectors);
	gemm_512_store(sum, tile->relu, tile->c, tile->c_ld, rows, vectors, last);
	if (flow)
		*flow = own;
}

#define TILE(name, params, rows, flow)                        \
	static SIMD_BF16 void name params                     \
	{                                                     \
		if (tile->b_ld > 32)                          \
			tile_body(tile, rows, 3, cols, flow); \
		else if (tile->b_ld > 16)                     \
			tile_body(tile, rows, 2, cols, flow); \
		else                                          \
			tile_body(tile, rows, 1, cols, flow); \
	}
TILE(tile_8, (const Bf16Tile *tile, size_t cols), 8, NULL)
TILE(tile_4, (const Bf16Tile *tile, size_t cols), 4, NULL)
TILE(tile_2, (const Bf16Tile *tile, size_t cols), 2, NULL)
TILE(tile_1, (const Bf16Tile *tile, size_t cols), 1, NULL)
TILE(tile_flow, (const Bf16Tile *tile, size_t cols, Flow *flow), ROWS, flow)

void gemm_bf16_avx512_tile(const Bf16Tile *tile, size_t rows, size_t cols)
{
	static void (*const runs[])(const Bf16Tile *, size_t) = { tile_1, tile_2, tile_4, tile_8 };
	Bf16Tile part = *tile;

	for (int i = 3; i >= 0; i--) {
		size_t n = (size_t)1 << i;

		if (!(rows & n))
			continue;
		runs[i](&part, cols);
		part.a += n * part.a_row;
		part.c += n * part.c_ld;
	}
}

SIMD_BF16 void gemm_bf16_avx512_adam(size_t row, size_t in, size_t a_rows, size_t out, size_t rows,
				     const uint32_t *x, const uint32_t *grad, float *w, float *m,
				     float *v, const AdamStep *step, float *block)
{
	size_t pairs = (rows + 1) / 2, panels = gemm_panels(out, BF16_LANES, BF16_VECTORS);
	size_t every = flow_every(out, GEMM_BF16_COLS, pairs);
	Flow flow = { .every = 1 };

	for (size_t r = 0, turn = 0; r < in; r += ROWS, turn ^= 1) {
		size_t n = in - r < ROWS ? in - r : ROWS, at = r * out;
		float *g = block + turn * ROWS * out;

		for (size_t panel = 0; panel < panels; panel++) {
			size_t begin = gemm_panel_begin(out, BF16_LANES, panels, panel);
			size_t end = gemm_panel_begin(out, BF16_LANES, panels, panel + 1);
			size_t cols = (end < out ? end : out) - begin;
			Bf16Tile tile = { .a = x + row + r,
					  .a_row = 1,
					  .a_step = a_rows,
					  .b = grad + begin * pairs,
					  .b_ld = end - begin,
					  .k = pairs,
					  .c = g + begin,
					  .c_ld = out };

			if (n == ROWS)
				tile_flow(&tile, cols, &flow);
			else
				gemm_bf16_avx512_tile(&tile, n, cols);
		}
		flow_finish(&flow);
		flow = (Flow){ w + at, m + at, v + at, g, n * out, every, *step };
	}
	flow_finish(&flow);
}

#endif
