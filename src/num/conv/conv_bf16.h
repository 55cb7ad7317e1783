/* Two-dimensional convolution in bfloat16 with f32 sums, for mixed-precision training with f32
 * master weights: what is multiplied is rounded (bf16.h), two products are added at a time.
 *
 * All is as conv.h has it: layouts, sharing by threads and equal bits, scratch of 64-byte
 * alignment. Forward and the input's gradient pair the channels, or filters, of a group, so they
 * gain nothing where a group has one; the gradient of the weights pairs blocks of images. With
 * CPU_BF16 by VDPBF16PS, twice the multiply-adds of f32; elsewhere the same rounding of the
 * operands, slowly, and sums that agree within their rounding.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_CONV_BF16_H
#define WATTLE_NUM_CONV_BF16_H

#include "num/conv/conv.h"

/* Bytes that forward and conv_bf16_grad_input want as scratch. */
size_t conv_bf16_scratch(const Conv *conv);
void conv_bf16_forward(uint32_t features, const Conv *conv, const float *w, const float *bias,
		       bool relu, const float *x, float *y, size_t blocks, void *scratch);
void conv_bf16_grad_input(uint32_t features, const Conv *conv, const float *w, const float *grad_y,
			  float *grad_x, size_t blocks, void *scratch);
/* The same of one block where max pooling follows. spread: conv_out·16 floats. */
void conv_bf16_grad_input_pooled(uint32_t features, const Conv *conv, const float *w,
				 const ConvPooled *pooled, float *grad_x, float *spread,
				 void *scratch);

/* Bytes that the gradient of the weights wants as scratch, each part its own. */
size_t conv_bf16_weights_scratch(const Conv *conv);
void conv_bf16_grad_weights(uint32_t features, const Conv *conv, const float *x,
			    const float *grad_y, float *grad_w, size_t blocks, unsigned part,
			    unsigned parts, void *scratch);
void conv_bf16_grad_weights_pooled(uint32_t features, const Conv *conv, const float *x,
				   const ConvPooled *pooled, float *grad_w, size_t blocks,
				   unsigned part, unsigned parts, void *scratch);

#endif
