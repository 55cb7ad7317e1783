/* Element-wise parts of training, vectorised: bias and ReLU, the steps of SGD and Adam, masks. f32,
 * row-major, contiguous. What goes with it: activation.h, loss.h, norm.h, dropout.h, optimizer.h.
 *
 * features: cpu_features(), or fewer; asked once by the caller. Each function is one plain loop
 * compiled for each instruction level, without contraction and without reordered sums: every
 * level gives the same bits.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_TRAIN_H
#define WATTLE_NUM_TRAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* y (rows,n) += b (n), then max(y, 0) if relu; what is not a number stays so. */
void train_bias_act(uint32_t features, float *y, const float *b, size_t rows, size_t n, bool relu);
/* grad_b (n) = column sums of grad (rows,n); overwrites. */
void train_bias_grad(uint32_t features, float *grad_b, const float *grad, size_t rows, size_t n);

/* g' = g + decay·w; without momentum w −= lr·g', else v = momentum·v + g' and w −= lr·v. v may
 * be NULL when momentum is 0. */
void train_sgd(uint32_t features, float *w, float *v, const float *g, size_t n, float lr,
	       float momentum, float decay);
/* Adam (1412.6980) with bias correction: m and v are the running means of g and g²;
 * w = w·(1 − decay) − lr·m̂ / (√v̂ + epsilon), with a decay AdamW (1711.05101). */
typedef struct AdamStep {
	float beta1, beta2;
	float rate;    /* lr / (1 − beta1^t) */
	float v_scale; /* 1 / √(1 − beta2^t) */
	float epsilon;
	float decay; /* lr·decay of AdamW; 0: Adam, whose bits it leaves alone */
} AdamStep;
/* The constants of step t (1, 2, …), without decay. */
AdamStep train_adam_step(float lr, float beta1, float beta2, float epsilon, uint64_t t);
void train_adam(uint32_t features, float *w, float *m, float *v, const float *g, size_t n,
		const AdamStep *step);
/* x = 0 where mask is 0. */
void train_mask(uint32_t features, float *x, const uint8_t *mask, size_t n);

#endif
