/* Tiles of 8 x 48 in 24 registers of AVX-512, alone or with Adam between the multiply-adds.
 * SPDX-License-Identifier: MIT */
#include "num/gemm_tile.h"

#if SIMD_X86

#define ROWS GEMM_AVX512_ROWS
#define VECTORS (GEMM_AVX512_COLS / 16)

/* --- Adam, a vector at a time ---------------------------------------------------------------- */

/* Parameters that wait for their update, and their gradient. */
typedef struct Flow {
	float *w, *m, *v;
	const float *g;
	size_t left;
	AdamStep step;
} Flow;

/* As adam_body of train.c: nothing is contracted. */
SIMD_INLINE SIMD_AVX512 void flow_adam(const AdamStep *step, __m512 *w, __m512 *m, __m512 *v,
				       __m512 g)
{
	__m512 new_m = _mm512_mul_ps(_mm512_set1_ps(1.0f - step->beta1), g);
	__m512 new_v = _mm512_mul_ps(_mm512_set1_ps(1.0f - step->beta2), _mm512_mul_ps(g, g));
	__m512 down, up;

	*m = _mm512_add_ps(_mm512_mul_ps(_mm512_set1_ps(step->beta1), *m), new_m);
	*v = _mm512_add_ps(_mm512_mul_ps(_mm512_set1_ps(step->beta2), *v), new_v);
	down = _mm512_mul_ps(_mm512_sqrt_ps(*v), _mm512_set1_ps(step->v_scale));
	down = _mm512_add_ps(down, _mm512_set1_ps(step->epsilon));
	up = _mm512_mul_ps(_mm512_set1_ps(step->rate), *m);
	*w = _mm512_sub_ps(*w, _mm512_div_ps(up, down));
}

/* Updates 16 parameters. */
SIMD_INLINE SIMD_AVX512 void flow_next(Flow *flow)
{
	__m512 w = _mm512_loadu_ps(flow->w), m = _mm512_loadu_ps(flow->m);
	__m512 v = _mm512_loadu_ps(flow->v);

	flow_adam(&flow->step, &w, &m, &v, _mm512_loadu_ps(flow->g));
	_mm512_storeu_ps(flow->w, w);
	_mm512_storeu_ps(flow->m, m);
	_mm512_storeu_ps(flow->v, v);
	flow->w += 16;
	flow->m += 16;
	flow->v += 16;
	flow->g += 16;
	flow->left -= 16;
}

/* Updates all that are left. */
static SIMD_AVX512 void flow_finish(Flow *flow)
{
	while (flow->left >= 16)
		flow_next(flow);
	if (flow->left) {
		__mmask16 mask = (__mmask16)((1u << flow->left) - 1);
		__m512 w = _mm512_maskz_loadu_ps(mask, flow->w);
		__m512 m = _mm512_maskz_loadu_ps(mask, flow->m);
		__m512 v = _mm512_maskz_loadu_ps(mask, flow->v);

		flow_adam(&flow->step, &w, &m, &v, _mm512_maskz_loadu_ps(mask, flow->g));
		_mm512_mask_storeu_ps(flow->w, mask, w);
		_mm512_mask_storeu_ps(flow->m, mask, m);
		_mm512_mask_storeu_ps(flow->v, mask, v);
	}
	flow->left = 0;
}

/* --- tiles ----------------------------------------------------------------------------------- */

/* Adds row p of b times column p of a. rows and vectors are constants; last: of the last vector. */
SIMD_INLINE SIMD_AVX512 void tile_add(__m512 sum[ROWS][VECTORS], const float *a, size_t a_row,
				      const float *b, size_t rows, size_t vectors, __mmask16 last)
{
	__m512 from[VECTORS];

	SIMD_UNROLL
	for (size_t i = 0; i < vectors; i++)
		from[i] = i + 1 < vectors ? _mm512_loadu_ps(b + 16 * i)
					  : _mm512_maskz_loadu_ps(last, b + 16 * i);
	SIMD_UNROLL
	for (size_t r = 0; r < rows; r++) {
		__m512 x = _mm512_set1_ps(a[r * a_row]);

		SIMD_UNROLL
		for (size_t i = 0; i < vectors; i++)
			sum[r][i] = _mm512_fmadd_ps(x, from[i], sum[r][i]);
	}
}

SIMD_INLINE SIMD_AVX512 void tile_store(const GemmTile *tile, __m512 sum[ROWS][VECTORS],
					size_t rows, size_t vectors, __mmask16 last)
{
	__m512 beta = _mm512_set1_ps(tile->beta);

	SIMD_UNROLL
	for (size_t r = 0; r < rows; r++) {
		SIMD_UNROLL
		for (size_t i = 0; i < vectors; i++) {
			float *c = tile->c + r * tile->c_ld + 16 * i;
			__mmask16 mask = i + 1 < vectors ? 0xffff : last;

			if (tile->beta != 0)
				sum[r][i] = _mm512_fmadd_ps(beta, _mm512_maskz_loadu_ps(mask, c),
							    sum[r][i]);
			if (mask == 0xffff) /* masked stores are slow */
				_mm512_storeu_ps(c, sum[r][i]);
			else
				_mm512_mask_storeu_ps(c, mask, sum[r][i]);
		}
	}
}

/* flow: NULL, or what to update meanwhile, a vector for each row of b. */
SIMD_INLINE SIMD_AVX512 void tile_body(const GemmTile *tile, size_t rows, size_t vectors,
				       size_t cols, Flow *flow)
{
	__mmask16 last = (__mmask16)((1u << (cols - 16 * (vectors - 1))) - 1);
	__m512 sum[ROWS][VECTORS];
	const float *a = tile->a, *b = tile->b;
	size_t a_row = tile->a_row, a_step = tile->a_step, b_ld = tile->b_ld, p = 0;
	Flow own = flow ? *flow : (Flow){ .left = 0 };

	SIMD_UNROLL
	for (size_t r = 0; r < rows; r++) {
		SIMD_UNROLL
		for (size_t i = 0; i < vectors; i++)
			sum[r][i] = _mm512_setzero_ps();
	}
	for (; flow && p < tile->k && own.left >= 16; p++, a += a_step, b += b_ld) {
		tile_add(sum, a, a_row, b, rows, vectors, last);
		flow_next(&own);
	}
	for (; p < tile->k; p++, a += a_step, b += b_ld)
		tile_add(sum, a, a_row, b, rows, vectors, last);
	tile_store(tile, sum, rows, vectors, last);
	if (flow)
		*flow = own;
}

#define TILE(name, params, rows, flow)                        \
	static SIMD_AVX512 void name params                   \
	{                                                     \
		if (cols > 32)                                \
			tile_body(tile, rows, 3, cols, flow); \
		else if (cols > 16)                           \
			tile_body(tile, rows, 2, cols, flow); \
		else                                          \
			tile_body(tile, rows, 1, cols, flow); \
	}
TILE(tile_8, (const GemmTile *tile, size_t cols), 8, NULL)
TILE(tile_4, (const GemmTile *tile, size_t cols), 4, NULL)
TILE(tile_2, (const GemmTile *tile, size_t cols), 2, NULL)
TILE(tile_1, (const GemmTile *tile, size_t cols), 1, NULL)
TILE(tile_flow, (const GemmTile *tile, size_t cols, Flow *flow), ROWS, flow)

void gemm_avx512_tile(const GemmTile *tile, size_t rows, size_t cols)
{
	static void (*const runs[])(const GemmTile *, size_t) = { tile_1, tile_2, tile_4, tile_8 };
	GemmTile part = *tile;

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

void gemm_avx512_adam(size_t in, size_t out, size_t rows, const float *x, const float *grad,
		      float *w, float *m, float *v, const AdamStep *step, float *block)
{
	Flow flow = { .step = *step };

	for (size_t row = 0, turn = 0; row < in; row += ROWS, turn ^= 1) {
		size_t n = in - row < ROWS ? in - row : ROWS, at = row * out;
		float *g = block + turn * ROWS * out;

		for (size_t col = 0; col < out; col += GEMM_AVX512_COLS) {
			size_t cols = out - col < GEMM_AVX512_COLS ? out - col : GEMM_AVX512_COLS;
			GemmTile tile = { .a = x + row,
					  .a_row = 1,
					  .a_step = in,
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
		flow = (Flow){ w + at, m + at, v + at, g, n * out, *step };
	}
	flow_finish(&flow);
}

#endif
