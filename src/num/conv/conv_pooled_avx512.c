/* A first layer with its max pooling: windows of 4 pixels for up to 6 filters, and sums for weight
 * gradients, in 18 to 25 registers of AVX-512.
 * SPDX-License-Identifier: MIT */
#include "num/conv/conv_pooled.h"
#include "num/conv/pooling_window.h"

#if SIMD_X86

#define TILE KERNEL_TILE

/* --- forward ---------------------------------------------------------------------------------- */

/* kernel and filters are constants. */
SIMD_INLINE SIMD_AVX512 void forward_window(const ConvPooledForward *s, const float *x, size_t at,
					    size_t kernel, size_t filters)
{
	__m512 sum[6][2][2], low = _mm512_set1_ps(s->relu ? 0.0f : -__builtin_inff());
	size_t line = s->pitch * TILE, step = s->w_step, plane = s->rows * s->cols * TILE;
	const float *w = s->w;

	SIMD_UNROLL
	for (size_t f = 0; f < filters; f++) {
		__m512 bias = _mm512_set1_ps(s->bias ? s->bias[f] : 0.0f);

		sum[f][0][0] = sum[f][0][1] = sum[f][1][0] = sum[f][1][1] = bias;
	}
	for (size_t i = 0; i < kernel; i++, x += line) {
		for (size_t j = 0; j < kernel; j++, w += step) {
			const float *from = x + j * TILE;
			__m512 a = _mm512_loadu_ps(from), b = _mm512_loadu_ps(from + TILE);
			__m512 c = _mm512_loadu_ps(from + line);
			__m512 d = _mm512_loadu_ps(from + line + TILE);

			SIMD_UNROLL
			for (size_t f = 0; f < filters; f++) {
				__m512 weight = _mm512_set1_ps(w[f]);

				sum[f][0][0] = _mm512_fmadd_ps(weight, a, sum[f][0][0]);
				sum[f][0][1] = _mm512_fmadd_ps(weight, b, sum[f][0][1]);
				sum[f][1][0] = _mm512_fmadd_ps(weight, c, sum[f][1][0]);
				sum[f][1][1] = _mm512_fmadd_ps(weight, d, sum[f][1][1]);
			}
		}
	}
	SIMD_UNROLL
	for (size_t f = 0; f < filters; f++) { /* max(low, NaN) is NaN */
		__m512 best = pooling_window(_mm512_max_ps(low, sum[f][0][0]),
					     _mm512_max_ps(low, sum[f][0][1]),
					     _mm512_max_ps(low, sum[f][1][0]),
					     _mm512_max_ps(low, sum[f][1][1]),
					     s->index ? s->index + at + f * plane : NULL);

		_mm512_storeu_ps(s->y + at + f * plane, best);
	}
}

SIMD_INLINE SIMD_AVX512 void forward_body(const ConvPooledForward *s, size_t kernel, size_t filters)
{
	const ConvPooledForward own = *s;

	for (size_t row = 0; row < own.rows; row++)
		for (size_t col = 0; col < own.cols; col++)
			forward_window(&own, own.x + (2 * row * own.pitch + 2 * col) * TILE,
				       (row * own.cols + col) * TILE, kernel, filters);
}

#define FORWARD(filters)                                                      \
	static SIMD_AVX512 void forward_##filters(const ConvPooledForward *s) \
	{                                                                     \
		if (s->kernel == 3)                                           \
			forward_body(s, 3, filters);                          \
		else                                                          \
			forward_body(s, 5, filters);                          \
	}
FORWARD(1)
FORWARD(2)
FORWARD(3)
FORWARD(4)
FORWARD(5)
FORWARD(6)

void conv_pooled_forward_avx512(const ConvPooledForward *s, size_t filters)
{
	static void (*const runs[])(const ConvPooledForward *) = {
		forward_1, forward_2, forward_3, forward_4, forward_5, forward_6
	};

	runs[filters - 1](s);
}

/* --- gradient of the weights ------------------------------------------------------------------ */

/* One window of one image block: each of its 4 pixels with all taps. All counts are constants. */
SIMD_INLINE SIMD_AVX512 void pooled_window(__m512 sum[2][5][5], __m512 g[2][2][2], const float *x,
					   size_t line, size_t kernel, size_t filters)
{
	SIMD_UNROLL
	for (size_t v = 0; v < 2; v++) {
		SIMD_UNROLL
		for (size_t u = 0; u < 2; u++) {
			SIMD_UNROLL
			for (size_t i = 0; i < kernel; i++) {
				const float *from = x + (v + i) * line + u * TILE;

				SIMD_UNROLL
				for (size_t j = 0; j < kernel; j++) {
					__m512 a = _mm512_loadu_ps(from + j * TILE);

					SIMD_UNROLL
					for (size_t f = 0; f < filters; f++)
						sum[f][i][j] = _mm512_fmadd_ps(a, g[f][v][u],
									       sum[f][i][j]);
				}
			}
		}
	}
}

/* Between registers and memory; all but the pointer are constants. */
SIMD_INLINE SIMD_AVX512 void pooled_move(__m512 sum[2][5][5], float *at, size_t kernel,
					 size_t filters, bool store)
{
	SIMD_UNROLL
	for (size_t f = 0; f < filters; f++) {
		SIMD_UNROLL
		for (size_t i = 0; i < kernel; i++) {
			SIMD_UNROLL
			for (size_t j = 0; j < kernel; j++, at += TILE) {
				if (store)
					_mm512_storeu_ps(at, sum[f][i][j]);
				else
					sum[f][i][j] = _mm512_loadu_ps(at);
			}
		}
	}
}

/* kernel and filters are constants. */
SIMD_INLINE SIMD_AVX512 void pooled_body(const ConvPooledSums *s, size_t kernel, size_t filters)
{
	__m512 sum[2][5][5], g[2][2][2];
	const float *grad = s->grad;
	const uint16_t *index = s->index;
	size_t plane = s->rows * s->cols * TILE, line = s->pitch * TILE;

	pooled_move(sum, s->sums, kernel, filters, false);
	for (size_t row = 0; row < s->rows; row++) {
		const float *x = s->x + 2 * row * line;

		for (size_t col = 0; col < s->cols; col++, x += 2 * TILE) {
			SIMD_UNROLL
			for (size_t f = 0; f < filters; f++)
				pooling_window_grad(g[f], grad + f * plane, index + f * plane);
			pooled_window(sum, g, x, line, kernel, filters);
			grad += TILE;
			index += TILE;
		}
	}
	pooled_move(sum, s->sums, kernel, filters, true);
}

SIMD_AVX512 void conv_pooled_3x3_avx512(const ConvPooledSums *sums, size_t filters)
{
	if (filters == 2)
		pooled_body(sums, 3, 2);
	else
		pooled_body(sums, 3, 1);
}

SIMD_AVX512 void conv_pooled_5x5_avx512(const ConvPooledSums *sums, size_t filters)
{
	(void)filters;
	pooled_body(sums, 5, 1);
}

#endif
