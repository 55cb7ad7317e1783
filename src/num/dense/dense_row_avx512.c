/* One row through dense panels, several panels side by side: a sum waits for itself, so there
 * must be many of them. AVX-512.
 * SPDX-License-Identifier: MIT */
#include "num/dense/dense.h"

#if SIMD_X86

#define LANES 16
#define PANELS 4 /* at once */
#define VECTORS (GEMM_AVX512_COLS / LANES)

/* Neighbouring panels. */
typedef struct Side {
	const float *w[PANELS], *bias[PANELS];
	float *y[PANELS];
	size_t ld[PANELS];               /* floats from one input's weights to the next's */
	__mmask16 mask[PANELS][VECTORS]; /* of weights */
	__mmask16 real[PANELS][VECTORS]; /* of outputs */
} Side;

/* Lanes of vector v that are among the first `count`. */
SIMD_INLINE __mmask16 lanes_of(size_t count, size_t v)
{
	size_t left = count > v * LANES ? count - v * LANES : 0;

	return (__mmask16)(left < LANES ? (1u << left) - 1 : 0xffff);
}

/* panels is a constant. In the order of gemm_tile.h, so the bits are those of a tile. */
SIMD_INLINE SIMD_AVX512 void side_body(const DensePanels *dense, const Side *side, const float *x,
				       size_t panels)
{
	__m512 low = _mm512_set1_ps(dense->relu ? 0.0f : -__builtin_inff());
	__m512 sum[PANELS][VECTORS];
	const float *w[PANELS];

	SIMD_UNROLL
	for (size_t p = 0; p < panels; p++) {
		w[p] = side->w[p];
		SIMD_UNROLL
		for (size_t v = 0; v < VECTORS; v++)
			sum[p][v] =
				_mm512_maskz_loadu_ps(side->real[p][v], side->bias[p] + v * LANES);
	}
	for (size_t i = 0; i < dense->in; i++) {
		__m512 value = _mm512_set1_ps(x[i]);

		SIMD_UNROLL
		for (size_t p = 0; p < panels; p++) {
			SIMD_UNROLL
			for (size_t v = 0; v < VECTORS; v++) {
				const float *at = w[p] + v * LANES;
				/* All panels have these; only the widest have the last one. */
				__m512 from = v + 1 < VECTORS
						      ? _mm512_loadu_ps(at)
						      : _mm512_maskz_loadu_ps(side->mask[p][v], at);

				sum[p][v] = _mm512_fmadd_ps(value, from, sum[p][v]);
			}
			w[p] += side->ld[p];
		}
	}
	SIMD_UNROLL
	for (size_t p = 0; p < panels; p++) {
		SIMD_UNROLL
		for (size_t v = 0; v < VECTORS; v++) /* max(low, NaN) is NaN */
			_mm512_mask_storeu_ps(side->y[p] + v * LANES, side->real[p][v],
					      _mm512_max_ps(low, sum[p][v]));
	}
}

#define SIDE(panels)                                                                      \
	static SIMD_AVX512 void side_##panels(const DensePanels *dense, const Side *side, \
					      const float *x)                             \
	{                                                                                 \
		side_body(dense, side, x, panels);                                        \
	}
SIDE(1)
SIDE(2)
SIDE(3)
SIDE(4)

bool dense_row_fits(const DensePanels *dense)
{
	size_t vectors = (dense->out + LANES - 1) / LANES;

	return dense->panels > 1 && vectors / dense->panels + 1 >= VECTORS;
}

void dense_row_avx512(const DensePanels *dense, const float *x, float *y)
{
	static void (*const runs[])(const DensePanels *, const Side *,
				    const float *) = { side_1, side_2, side_3, side_4 };
	size_t turns = (dense->panels + PANELS - 1) / PANELS;

	for (size_t turn = 0; turn < turns; turn++) {
		size_t first = dense->panels * turn / turns;
		size_t count = dense->panels * (turn + 1) / turns - first;
		Side side;

		for (size_t p = 0; p < count; p++) {
			size_t begin =
				gemm_panel_begin(dense->out, LANES, dense->panels, first + p);
			size_t end =
				gemm_panel_begin(dense->out, LANES, dense->panels, first + p + 1);

			side.w[p] = dense->w + begin * dense->in;
			side.ld[p] = end - begin;
			side.bias[p] = dense->bias + begin;
			side.y[p] = y + begin;
			for (size_t v = 0; v < VECTORS; v++) {
				side.mask[p][v] = lanes_of(end - begin, v);
				side.real[p][v] =
					lanes_of((end < dense->out ? end : dense->out) - begin, v);
			}
		}
		runs[count - 1](dense, &side, x);
	}
}

#endif
