/* Tiles of 8 x 48 in 24 registers of AVX-512, alone or with Adam between the multiply-adds.
 * SPDX-License-Identifier: MIT */
#include "num/dense/gemm_flow.h"
#include "num/dense/gemm_tile.h"
#include "num/dense/gemm_tile_512.h"

#if SIMD_X86

#define ROWS GEMM_512_ROWS
#define VECTORS GEMM_512_VECTORS
_Static_assert(ROWS == GEMM_AVX512_ROWS && 16 * VECTORS == GEMM_AVX512_COLS,
	       "a tile is what gemm.c takes it for");

/* Rows of b that are fetched ahead where nobody has read them yet. */
#define AHEAD 12

/* --- tiles ----------------------------------------------------------------------------------- */

/* Adds row p of b times column p of a, and copies the row. rows and vectors are constants; last: of
 * the last vector. */
SIMD_INLINE SIMD_AVX512 void tile_add(__m512 sum[ROWS][VECTORS], const float *a, size_t a_row,
				      const float *b, float *copy, size_t rows, size_t vectors,
				      __mmask16 last)
{
	__m512 from[VECTORS];

	SIMD_UNROLL
	for (size_t i = 0; i < vectors; i++)
		from[i] = i + 1 < vectors ? _mm512_loadu_ps(b + 16 * i)
					  : _mm512_maskz_loadu_ps(last, b + 16 * i);
	SIMD_UNROLL
	for (size_t i = 0; copy && i < vectors; i++)
		_mm512_store_ps(copy + 16 * i, from[i]);
	SIMD_UNROLL
	for (size_t r = 0; r < rows; r++) {
		__m512 x = _mm512_set1_ps(a[r * a_row]);

		SIMD_UNROLL
		for (size_t i = 0; i < vectors; i++)
			sum[r][i] = _mm512_fmadd_ps(x, from[i], sum[r][i]);
	}
}

/* The cache lines of a row of a whole tile, which may begin anywhere in a line. */
SIMD_INLINE SIMD_AVX512 void tile_fetch(const float *b)
{
	_mm_prefetch((const char *)b, _MM_HINT_T0);
	_mm_prefetch((const char *)(b + 16), _MM_HINT_T0);
	_mm_prefetch((const char *)(b + 32), _MM_HINT_T0);
	_mm_prefetch((const char *)(b + 47), _MM_HINT_T0);
}

/* copies: b to tile->copy. flow: NULL, or what to update meanwhile. */
SIMD_INLINE SIMD_AVX512 void tile_body(const GemmTile *tile, size_t rows, size_t vectors,
				       size_t cols, bool copies, Flow *flow)
{
	__mmask16 last = (__mmask16)((1u << (cols - 16 * (vectors - 1))) - 1);
	__m512 sum[ROWS][VECTORS];
	const float *a = tile->a, *b = tile->b;
	size_t a_row = tile->a_row, a_step = tile->a_step, b_ld = tile->b_ld, p = 0;
	Flow own = flow ? *flow : (Flow){ .left = 0 };

	gemm_512_begin(sum, tile->bias, tile->beta, tile->c, tile->c_ld, rows, vectors, last);
	while (flow && own.left >= 16 && tile->k - p >= own.every) {
		for (size_t end = p + own.every; p < end; p++, a += a_step, b += b_ld)
			tile_add(sum, a, a_row, b, NULL, rows, vectors, last);
		flow_next(&own);
	}
	if (copies) {
		float *copy = tile->copy;

		for (; p < tile->k; p++, a += a_step, b += b_ld, copy += GEMM_AVX512_COLS) {
			tile_fetch(b + AHEAD * b_ld);
			tile_add(sum, a, a_row, b, copy, rows, vectors, last);
		}
	}
	for (; p < tile->k; p++, a += a_step, b += b_ld)
		tile_add(sum, a, a_row, b, NULL, rows, vectors, last);
	gemm_512_store(sum, tile->relu, tile->c, tile->c_ld, rows, vectors, last);
	if (flow)
		*flow = own;
}

#define TILE(name, params, rows, copies, flow)                        \
	static SIMD_AVX512 void name params                           \
	{                                                             \
		if (cols > 32)                                        \
			tile_body(tile, rows, 3, cols, copies, flow); \
		else if (cols > 16)                                   \
			tile_body(tile, rows, 2, cols, copies, flow); \
		else                                                  \
			tile_body(tile, rows, 1, cols, copies, flow); \
	}
TILE(tile_8, (const GemmTile *tile, size_t cols), 8, false, NULL)
TILE(tile_4, (const GemmTile *tile, size_t cols), 4, false, NULL)
TILE(tile_2, (const GemmTile *tile, size_t cols), 2, false, NULL)
TILE(tile_1, (const GemmTile *tile, size_t cols), 1, false, NULL)
TILE(tile_copy, (const GemmTile *tile, size_t cols), ROWS, true, NULL)
TILE(tile_flow, (const GemmTile *tile, size_t cols, Flow *flow), ROWS, false, flow)

void gemm_avx512_tile(const GemmTile *tile, size_t rows, size_t cols)
{
	static void (*const runs[])(const GemmTile *, size_t) = { tile_1, tile_2, tile_4, tile_8 };
	GemmTile part = *tile;

	if (tile->copy) {
		tile_copy(tile, cols);
		return;
	}
	for (int i = 3; i >= 0; i--) {
		size_t n = (size_t)1 << i;

		if (!(rows & n))
			continue;
		runs[i](&part, cols);
		part.a += n * part.a_row;
		part.c += n * part.c_ld;
	}
}

/* --- weight gradient and Adam ---------------------------------------------------------------- */

SIMD_AVX512 void gemm_avx512_adam(size_t in, size_t out, size_t rows, const float *x, size_t x_ld,
				  const float *grad, float *w, float *m, float *v,
				  const AdamStep *step, float *block)
{
	Flow flow = { .every = 1 };
	size_t every = flow_every(out, GEMM_AVX512_COLS, rows);

	for (size_t row = 0, turn = 0; row < in; row += ROWS, turn ^= 1) {
		size_t n = in - row < ROWS ? in - row : ROWS, at = row * out;
		float *g = block + turn * ROWS * out;

		for (size_t col = 0; col < out; col += GEMM_AVX512_COLS) {
			size_t cols = out - col < GEMM_AVX512_COLS ? out - col : GEMM_AVX512_COLS;
			GemmTile tile = { .a = x + row,
					  .a_row = 1,
					  .a_step = x_ld,
					  .b = grad + col,
					  .b_ld = out,
					  .k = rows,
					  .c = g + col,
					  .c_ld = out };

			if (n == ROWS)
				tile_flow(&tile, cols, &flow);
			else
				gemm_avx512_tile(&tile, n, cols);
		}
		flow_finish(&flow);
		flow = (Flow){ w + at, m + at, v + at, g, n * out, every, *step };
	}
	flow_finish(&flow);
}

#endif
