/* Element-wise parts of training: plain loops, compiled once for each instruction level.
 *
 * The _body functions are inlined into one function for each level and vectorised there by the
 * compiler, as SIMD_LOOP asks. No sum is reordered and nothing is contracted, so the levels
 * agree to the bit.
 * SPDX-License-Identifier: MIT */
#include "num/train.h"

#include <math.h>
#include <string.h>

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

SIMD_INLINE void relu_grad_body(float *restrict grad, const float *restrict y, size_t count)
{
	SIMD_LOOP
	for (size_t i = 0; i < count; i++)
		grad[i] = y[i] > 0 ? grad[i] : 0;
}
SIMD_LEVELS(relu_grad, (float *restrict grad, const float *restrict y, size_t count),
	    (grad, y, count))

void train_relu_grad(uint32_t features, float *grad, const float *y, size_t rows, size_t n)
{
	SIMD_CALL(features, relu_grad, (grad, y, rows * n));
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

/* x = e^x for x <= 0, within 2 units in the last place down to -87, where it stops; NaN stays NaN.
 * e^x = 2^k·e^r with k = round(x/ln 2), the polynomial in r as in Cephes' expf. */
SIMD_INLINE void exp_body(float *restrict x, size_t count)
{
	const float rounder = 0x1.8p23f; /* adding it leaves round(value) in the low bits */

	SIMD_LOOP
	for (size_t i = 0; i < count; i++) {
		float d = x[i] < -87.0f ? -87.0f : x[i];
		float t = d * 1.44269504f + rounder;
		float k = t - rounder;
		float r = d - k * 0.693359375f - k * -2.12194440e-4f;
		float p = 1.9875691500e-4f;
		uint32_t bits;
		float power;

		p = p * r + 1.3981999507e-3f;
		p = p * r + 8.3334519073e-3f;
		p = p * r + 4.1665795894e-2f;
		p = p * r + 1.6666665459e-1f;
		p = p * r + 5.0000001201e-1f;
		p = p * r * r + r + 1.0f;
		memcpy(&bits, &t, sizeof bits);
		bits = (bits << 23) + 0x3f800000u;
		memcpy(&power, &bits, sizeof power);
		x[i] = p * power;
	}
}
SIMD_LEVELS(exp, (float *restrict x, size_t count), (x, count))

/* Subtracts a row's maximum from it; returns the index of the maximum (the first of equals). */
static size_t softmax_shift(float *shifted, const float *logits, size_t n)
{
	size_t best = 0;
	float max;

	for (size_t j = 1; j < n; j++)
		if (logits[j] > logits[best])
			best = j;
	max = logits[best];
	for (size_t j = 0; j < n; j++)
		shifted[j] = logits[j] - max;
	return best;
}

double train_softmax_xent(uint32_t features, float *grad, const float *logits,
			  const uint16_t *labels, size_t rows, size_t n, size_t *right)
{
	double loss = 0;

	for (size_t r = 0; r < rows; r++) {
		*right += softmax_shift(grad + r * n, logits + r * n, n) == labels[r];
		loss -= (double)grad[r * n + labels[r]];
	}
	SIMD_CALL(features, exp, (grad, rows * n));
	for (size_t r = 0; r < rows; r++) {
		float *row = grad + r * n;
		float sum = 0, scale;

		for (size_t j = 0; j < n; j++)
			sum += row[j];
		loss += log((double)sum);
		scale = 1.0f / (sum * (float)rows);
		for (size_t j = 0; j < n; j++)
			row[j] *= scale;
		row[labels[r]] -= 1.0f / (float)rows;
	}
	return loss;
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
	float gain1 = 1.0f - step.beta1, gain2 = 1.0f - step.beta2;

	SIMD_LOOP
	for (size_t i = 0; i < n; i++) {
		m[i] = step.beta1 * m[i] + gain1 * g[i];
		v[i] = step.beta2 * v[i] + gain2 * (g[i] * g[i]);
		w[i] -= step.rate * m[i] / (sqrtf(v[i]) * step.v_scale + step.epsilon);
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
