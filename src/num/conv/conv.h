/* Two-dimensional convolution in f32, forward and both gradients, on TILES_F32 (kernel.h).
 *
 * Struct Conv of kernel.h is the geometry. A batch is `blocks` blocks of KERNEL_TILE images, one
 * after the other: x (blocks, conv_in, 16), y (blocks, conv_out, 16). The images of a block are
 * the lanes of vectors, so no shape wastes any; what stands in unused lanes is computed like the
 * others. w (conv_taps, filters) row-major as in struct Linear: the taps of a filter are ordered by
 * channel in its group, kernel row, kernel column.
 *
 * features: cpu_features(), or fewer. Nothing is allocated. Functions that write y or grad_x may
 * be called by several threads on disjoint blocks; those that sum over the batch take a share
 * (part of parts) of the sums: every thread passes the same arguments but for its own part and
 * scratch, and the result has the same bits for every number of parts. y and grad_x of a block have
 * the same bits whatever the number of blocks in a call, and with AVX2 those of AVX-512. Scratch is
 * 64-byte aligned; x, y and their gradients had better be. Nothing overlaps.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_CONV_H
#define WATTLE_NUM_CONV_H

#include "num/kernel.h"

/* Sets out_height and out_width from the rest, and a stride beyond the padded image, of which there is
 * no second step, to its size. ERR_ARGUMENT: a size is 0, channels or filters are no multiple of
 * groups, the kernel is larger than the padded image, or all is too large. */
bool conv_shape(Conv *conv, Err *err);
/* Features of an image, in and out. */
static inline size_t conv_in(const Conv *conv)
{
	return conv->channels * conv->height * conv->width;
}
static inline size_t conv_out(const Conv *conv)
{
	return conv->filters * conv->out_height * conv->out_width;
}
/* Weights of a filter. */
static inline size_t conv_taps(const Conv *conv)
{
	return conv->channels / conv->groups * conv->kernel_h * conv->kernel_w;
}
/* Multiply-adds of an image, with padding, as they are commonly counted: forward as well as each
 * gradient. What falls on padding is not really executed here. */
uint64_t conv_macs(const Conv *conv);

/* y = act(x * w + bias); bias (filters), NULL: 0. relu: max(·, 0), not a number stays so. */
void conv_forward(uint32_t features, const Conv *conv, const float *w, const float *bias, bool relu,
		  const float *x, float *y, size_t blocks);

/* The same and the max pooling of its outputs, one block: y and index (NULL: not wanted) as
 * pooling_max writes them. scratch: conv_spread_scratch bytes; spread: conv_out·16 floats. */
void conv_forward_pooled(uint32_t features, const Conv *conv, const Conv *pool, const float *w,
			 const float *bias, bool relu, const float *x, float *y, uint16_t *index,
			 float *spread, void *scratch);
size_t conv_spread_scratch(const Conv *conv);

/* Bytes that conv_grad_input wants as scratch. */
size_t conv_grad_input_scratch(const Conv *conv);
/* grad_x = grad_y * w turned round; overwrites. */
void conv_grad_input(uint32_t features, const Conv *conv, const float *w, const float *grad_y,
		     float *grad_x, size_t blocks, void *scratch);

/* Bytes that conv_grad_weights wants as scratch, each part its own. */
size_t conv_grad_weights_scratch(const Conv *conv);
/* grad_w (taps,filters) = sum over pixels and images of grad_y·x; overwrites. grad_y must be 0, and
 * x a number, in lanes past the last image. */
void conv_grad_weights(uint32_t features, const Conv *conv, const float *x, const float *grad_y,
		       float *grad_w, size_t blocks, unsigned part, unsigned parts, void *scratch);
/* The same where max pooling follows: grad_y (blocks, conv_in(pool), 16) is spread from the gradient
 * of its outputs and its index (pooling.h), a few filters at a time. scratch:
 * conv_grad_weights_scratch + conv_spread_scratch bytes. */
typedef struct ConvPooled {
	const Conv *pool;
	const float *grad; /* (blocks, conv_out(pool), 16) */
	const uint16_t *index;
} ConvPooled;
void conv_grad_weights_pooled(uint32_t features, const Conv *conv, const float *x,
			      const ConvPooled *pooled, float *grad_w, size_t blocks, unsigned part,
			      unsigned parts, void *scratch);
/* grad_b (filters) = sum of grad_y over pixels and images; overwrites. As above of lanes. */
void conv_grad_bias(uint32_t features, const Conv *conv, const float *grad_y, float *grad_b,
		    size_t blocks, unsigned part, unsigned parts);

#endif
