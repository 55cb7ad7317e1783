/* A first layer, images of one channel, with the max pooling by windows of 2 x 2 behind it: neither
 * its outputs before the pooling nor their gradient, of which three quarters are 0, is ever
 * written. Private to src/num/.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_CONV_POOLED_H
#define WATTLE_NUM_CONV_POOLED_H

#include "num/conv/conv.h"
#include "num/simd.h"

/* One block of images, and a few filters. */
typedef struct ConvPooledSums {
	const float *x; /* with its padding, rows of `pitch` pixels */
	size_t pitch;
	const float *grad; /* (filters, rows, cols, 16), of the pooling's outputs */
	const uint16_t *index;
	size_t rows, cols;
	float *sums; /* (filters, taps, 16), added to */
} ConvPooledSums;

/* One block of images, and a few filters; 6 at most. */
typedef struct ConvPooledForward {
	const float *x; /* with its padding, rows of `pitch` pixels */
	size_t pitch, kernel;
	const float *w; /* of the first filter; w_step from a tap to the next */
	size_t w_step;
	const float *bias; /* NULL: 0 */
	bool relu;
	size_t rows, cols;
	float *y; /* (filters, rows, cols, 16) */
	uint16_t *index;
} ConvPooledForward;

/* Whether there is this way; out_height and out_width are at least 4. */
bool conv_pooled_fits(uint32_t features, const Conv *conv, const Conv *pool);
/* conv_forward_pooled of one block. scratch: the padded image. */
void conv_pooled_forward(const Conv *conv, const Conv *pool, const float *w, const float *bias,
			 bool relu, const float *x, float *y, uint16_t *index, float *scratch);
/* conv_grad_weights_pooled. scratch: taps·filters·16 floats, then the padded image. */
void conv_pooled_run(const Conv *conv, const float *x, const ConvPooled *pooled, float *grad_w,
		     size_t blocks, unsigned part, unsigned parts, float *scratch);

#if SIMD_X86
void conv_pooled_forward_avx512(const ConvPooledForward *forward, size_t filters);
/* filters: 1 or 2; 1. */
void conv_pooled_3x3_avx512(const ConvPooledSums *sums, size_t filters);
void conv_pooled_5x5_avx512(const ConvPooledSums *sums, size_t filters);
#endif

#endif
