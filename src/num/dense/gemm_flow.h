/* Adam between the multiply-adds of a product, a vector at a time: divisions, roots and memory wait
 * for nobody. Private to src/num/, for AVX-512.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_GEMM_FLOW_H
#define WATTLE_NUM_GEMM_FLOW_H

#include "num/dense/gemm_tile.h"

#if SIMD_X86

/* Parameters that wait for their update, and their gradient. */
typedef struct Flow {
	float *w, *m, *v;
	const float *g;
	size_t left;
	size_t every; /* rows of b from one vector to the next */
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
	*w = _mm512_mul_ps(*w, _mm512_set1_ps(1.0f - step->decay));
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
SIMD_INLINE SIMD_AVX512 void flow_finish(Flow *flow)
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

/* The pace at which 8 rows of `out` parameters are spread over the tiles of the next 8 rows: tiles
 * of cols columns, `steps` rows of b each. */
static inline size_t flow_every(size_t out, size_t cols, size_t steps)
{
	size_t vectors = (8 * out + 15) / 16, every = (out + cols - 1) / cols * steps / vectors;

	return every < 1 ? 1 : every;
}

#endif

#endif
