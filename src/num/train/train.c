/* Element-wise parts of training: plain loops, compiled once for each instruction level.
 *
 * The _body functions are inlined into one function for each level and vectorised there by the
 * compiler, as SIMD_LOOP asks. No sum is reordered and nothing is contracted, so the levels
 * agree to the bit.
 * SPDX-License-Identifier: MIT */
#include "num/train/train.h"

#include <math.h>

#include "num/simd.h"

SIMD_INLINE void bias_act_body(float *restrict y, const float *restrict b, size_t rows, size_t n,
			       bool relu)
{
	for (size_t r = 0; r < rows; r++, y += n) {
		if (relu) {
			SIMD_LOOP
			for (size_t j = 0; j < n; j++) {
				float sum = y[j] + b[j];

				y[j] = sum < 0 ? 0 : sum; /* not a number stays so */
			}
		} else {
			SIMD_LOOP
			for (size_t j = 0; j < n; j++)
				y[j] += b[j];
		}
	}
}
SIMD_LEVELS(bias_act,
	    (float *restrict y, const float *restrict b, size_t rows, size_t n, bool relu),
	    (y, b, rows, n, relu))

void train_bias_act(uint32_t features, float *y, const float *b, size_t rows, size_t n, bool relu)
{
	SIMD_CALL(features, bias_act, (y, b, rows, n, relu));
}

SIMD_INLINE void bias_grad_body(float *restrict grad_b, const float *restrict grad, size_t rows,
				size_t n)
{
	SIMD_LOOP
	for (size_t j = 0; j < n; j++)
		grad_b[j] = 0;
	for (size_t r = 0; r < rows; r++, grad += n)
		SIMD_LOOP
	for (size_t j = 0; j < n; j++)
		grad_b[j] += grad[j];
}
SIMD_LEVELS(bias_grad, (float *restrict grad_b, const float *restrict grad, size_t rows, size_t n),
	    (grad_b, grad, rows, n))

void train_bias_grad(uint32_t features, float *grad_b, const float *grad, size_t rows, size_t n)
{
	SIMD_CALL(features, bias_grad, (grad_b, grad, rows, n));
}

SIMD_INLINE void sgd_body(float *restrict w, const float *restrict g, size_t n, float lr,
			  float decay)
{
	SIMD_LOOP
	for (size_t i = 0; i < n; i++)
		w[i] -= lr * (g[i] + decay * w[i]);
}
SIMD_LEVELS(sgd, (float *restrict w, const float *restrict g, size_t n, float lr, float decay),
	    (w, g, n, lr, decay))

SIMD_INLINE void momentum_body(float *restrict w, float *restrict v, const float *restrict g,
			       size_t n, float lr, float momentum, float decay)
{
	SIMD_LOOP
	for (size_t i = 0; i < n; i++) {
		v[i] = momentum * v[i] + (g[i] + decay * w[i]);
		w[i] -= lr * v[i];
	}
}
SIMD_LEVELS(momentum,
	    (float *restrict w, float *restrict v, const float *restrict g, size_t n, float lr,
	     float momentum, float decay),
	    (w, v, g, n, lr, momentum, decay))

void train_sgd(uint32_t features, float *w, float *v, const float *g, size_t n, float lr,
	       float momentum, float decay)
{
	if (momentum == 0)
		SIMD_CALL(features, sgd, (w, g, n, lr, decay));
	else
		SIMD_CALL(features, momentum, (w, v, g, n, lr, momentum, decay));
}

SIMD_INLINE void adam_body(float *restrict w, float *restrict m, float *restrict v,
			   const float *restrict g, size_t n, AdamStep step)
{
	float gain1 = 1.0f - step.beta1, gain2 = 1.0f - step.beta2, keep = 1.0f - step.decay;

	SIMD_LOOP
	for (size_t i = 0; i < n; i++) {
		m[i] = step.beta1 * m[i] + gain1 * g[i];
		v[i] = step.beta2 * v[i] + gain2 * (g[i] * g[i]);
		w[i] = w[i] * keep - step.rate * m[i] / (sqrtf(v[i]) * step.v_scale + step.epsilon);
	}
}
SIMD_LEVELS(adam,
	    (float *restrict w, float *restrict m, float *restrict v, const float *restrict g,
	     size_t n, AdamStep step),
	    (w, m, v, g, n, step))

AdamStep train_adam_step(float lr, float beta1, float beta2, float epsilon, uint64_t t)
{
	return (AdamStep){
		.beta1 = beta1,
		.beta2 = beta2,
		.rate = (float)(lr / (1 - pow(beta1, (double)t))),
		.v_scale = (float)(1 / sqrt(1 - pow(beta2, (double)t))),
		.epsilon = epsilon,
	};
}

void train_adam(uint32_t features, float *w, float *m, float *v, const float *g, size_t n,
		const AdamStep *step)
{
	SIMD_CALL(features, adam, (w, m, v, g, n, *step));
}

SIMD_INLINE void mask_body(float *restrict x, const uint8_t *restrict mask, size_t n)
{
	SIMD_LOOP
	for (size_t i = 0; i < n; i++)
		x[i] = mask[i] ? x[i] : 0;
}
SIMD_LEVELS(mask, (float *restrict x, const uint8_t *restrict mask, size_t n), (x, mask, n))

void train_mask(uint32_t features, float *x, const uint8_t *mask, size_t n)
{
	SIMD_CALL(features, mask, (x, mask, n));
}
