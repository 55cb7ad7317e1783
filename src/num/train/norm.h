/* Batch normalization (1502.03167) of two layouts:
 *   rows   x[row·ld + channel]; channels are the columns
 *   tiles  LAYOUT_TILES_F32 of kernel.h, an image (channels, pixels): a channel's batch is its
 *          pixels in all rows; lanes past the last row never count: in y they stay finite, in
 *          dx they become 0
 *
 * As PyTorch: y = (x − mean)/√(var + epsilon)·gamma + beta with the batch's mean and biased
 * variance; running = (1 − momentum)·running + momentum·batch, the variance unbiased (as it is when
 * the batch has one value). Sums are in double, in an order that depends on the shape alone, and
 * every level of features gives the same bits. y may be x, dx may be dy. Channels know nothing of
 * each other: threads may share them, with x, y and all arrays moved to the first one.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_NORM_H
#define WATTLE_NUM_NORM_H

#include <stddef.h>
#include <stdint.h>

#define NORM_EPSILON 1e-5f
#define NORM_MOMENTUM 0.1f

/* All arrays (channels), borrowed. */
typedef struct BatchNorm {
	size_t channels;
	size_t pixels; /* of a channel in tiles; rows do not look at it */
	const float *gamma, *beta;
	float *mean, *var;             /* running; begin at 0 and 1 */
	float *batch_mean, *batch_inv; /* mean and 1/√(var + epsilon), for the backward pass */
	float epsilon, momentum;
} BatchNorm;

/* Training: fills batch_mean and batch_inv, moves mean and var. rows ≥ 1. */
void norm_rows(uint32_t features, const BatchNorm *norm, float *y, size_t y_ld, const float *x,
	       size_t x_ld, size_t rows);
void norm_tiles(uint32_t features, const BatchNorm *norm, float *y, size_t y_ld, const float *x,
		size_t x_ld, size_t rows);
/* x as in training. grad_gamma and grad_beta (channels) are overwritten; ld of dx is that of dy. */
void norm_rows_grad(uint32_t features, const BatchNorm *norm, float *dx, float *grad_gamma,
		    float *grad_beta, const float *dy, size_t dy_ld, const float *x, size_t x_ld,
		    size_t rows);
void norm_tiles_grad(uint32_t features, const BatchNorm *norm, float *dx, float *grad_gamma,
		     float *grad_beta, const float *dy, size_t dy_ld, const float *x, size_t x_ld,
		     size_t rows);
/* Inference, by the running mean and variance. batch_mean and batch_inv are not used. */
void norm_rows_infer(uint32_t features, const BatchNorm *norm, float *y, size_t y_ld,
		     const float *x, size_t x_ld, size_t rows);
void norm_tiles_infer(uint32_t features, const BatchNorm *norm, float *y, size_t y_ld,
		      const float *x, size_t x_ld, size_t rows);

/* Inference folded into the layer before it: w (in,out) and b (out) become those of x·w + b,
 * normalized; out = channels. In place. */
void norm_fold(const BatchNorm *norm, float *w, float *b, size_t in);

#endif
