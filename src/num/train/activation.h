/* Activations between layers, forward and backward, element by element; softmax over rows.
 *
 * features: cpu_features(), or fewer; every level gives the same bits. Any layout: padding holds
 * finite values and stays finite. Output and input are the same memory or do not overlap.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_ACTIVATION_H
#define WATTLE_NUM_ACTIVATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum ActKind {
	ACT_RELU,
	ACT_LEAKY, /* leaky ReLU: slope .01 below 0 */
	ACT_TANH,
	ACT_SIGMOID,
	ACT_GELU, /* x·Φ(x), the exact form (1606.08415), not the one by tanh */
	ACT_KINDS
} ActKind;

/* y = f(x). */
void act_run(uint32_t features, ActKind kind, float *y, const float *x, size_t count);
/* True where act_grad wants the input x (GELU), false where it wants the output y. */
bool act_of_x(ActKind kind);
/* dx = dy·f'. kept: x or y, see act_of_x. dx may be dy or kept. */
void act_grad(uint32_t features, ActKind kind, float *dx, const float *dy, const float *kept,
	      size_t count);

/* Leaky ReLU with another slope below 0, in [0, 1); the gradient from the output. */
void act_leaky(uint32_t features, float slope, float *y, const float *x, size_t count);
void act_leaky_grad(uint32_t features, float slope, float *dx, const float *dy, const float *y,
		    size_t count);

/* Rows (rows,n): y = e^(x − max) / sum, which may be in place. */
void act_softmax(uint32_t features, float *y, const float *x, size_t rows, size_t n);
/* dx = y·(dy − Σ dy·y), from the output; dx may be dy. */
void act_softmax_grad(uint32_t features, float *dx, const float *dy, const float *y, size_t rows,
		      size_t n);

/* Parts of softmax that losses share. shifted (n) = x − max; returns the index of the maximum, the
 * first of equals. shifted may be x. */
size_t act_shift(float *shifted, const float *x, size_t n);
/* x = e^x for x ≤ 0, within 2 units in the last place down to −87, where it stops. */
void act_exp_low(uint32_t features, float *x, size_t count);

#endif
