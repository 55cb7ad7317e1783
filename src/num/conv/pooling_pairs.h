/* Max pooling by windows of 2 x 2 side by side, which is nearly all of pooling. Private to src/num/.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_POOLING_PAIRS_H
#define WATTLE_NUM_POOLING_PAIRS_H

#include "num/conv/conv.h"

/* Whole windows of 2 x 2 side by side. */
static inline bool pooling_pairs(const Conv *p)
{
	return p->kernel_h == 2 && p->kernel_w == 2 && p->stride_h == 2 && p->stride_w == 2 &&
	       p->pad_h == 0 && p->pad_w == 0;
}

/* pooling_max of one unit; false, and nothing done, where there is no fast way. */
bool pooling_max_pairs(uint32_t features, const Conv *p, bool tile, const float *x, float *y,
		       uint16_t *index);
/* pooling_max_grad of one block of images, but for the pixels that are in no window. */
bool pooling_max_grad_pairs(uint32_t features, const Conv *p, const uint16_t *index,
			    const float *grad_y, float *grad_x);

/* pooling_max_grad of one block into words of bfloat16 (bf16.h): the lower halves are those of
 * grad_y and index, the upper ones those of what stands `odd` elements behind both. false, and
 * nothing done, where there is no fast way. */
bool pooling_max_grad_words(uint32_t features, const Conv *p, const uint16_t *index,
			    const float *grad_y, size_t odd, uint32_t *words);

/* pooling_max_u8 of one image; false, and nothing done, where there is no fast way. */
bool pooling_max_u8_image(uint32_t features, const Conv *p, const uint8_t *x, uint8_t *y);

/* One row of count outputs from two rows of bytes. */
void pooling_max_u8_pairs(const uint8_t *x0, const uint8_t *x1, uint8_t *y, size_t count);

#endif
