/* Convolutions to test with: geometries, random numbers, and gradients by the textbook.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_CONV_MAKE_H
#define WATTLE_TESTS_CONV_MAKE_H

#include "base/random.h"
#include "num/conv/conv.h"

/* channels, height, width, filters, kernel, stride, pad, groups */
#define SHAPE(c, h, w, f, kh, kw, sh, sw, ph, pw, g)                                      \
	{                                                                                 \
		.channels = c, .height = h, .width = w, .filters = f, .kernel_h = kh,     \
		.kernel_w = kw, .stride_h = sh, .stride_w = sw, .pad_h = ph, .pad_w = pw, \
		.groups = g                                                               \
	}

static const Conv conv_shapes[] = {
	SHAPE(1, 28, 28, 6, 5, 5, 1, 1, 2, 2, 1), /* lenet5 */
	SHAPE(6, 14, 14, 16, 5, 5, 1, 1, 0, 0, 1),
	SHAPE(1, 28, 28, 16, 3, 3, 1, 1, 1, 1, 1), /* cnn */
	SHAPE(16, 14, 14, 32, 3, 3, 1, 1, 1, 1, 1),
	SHAPE(1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1),
	SHAPE(3, 1, 1, 5, 1, 1, 1, 1, 0, 0, 1),
	SHAPE(7, 5, 6, 9, 1, 1, 1, 1, 0, 0, 1), /* 1x1 */
	SHAPE(4, 8, 8, 6, 1, 1, 2, 2, 0, 0, 1),
	SHAPE(4, 7, 9, 3, 1, 1, 3, 2, 0, 0, 1),
	SHAPE(2, 6, 6, 10, 6, 6, 1, 1, 0, 0, 1), /* the kernel is the image */
	SHAPE(5, 4, 3, 7, 4, 3, 1, 1, 0, 0, 1),
	SHAPE(3, 9, 9, 8, 3, 3, 2, 2, 1, 1, 1), /* strides */
	SHAPE(3, 10, 10, 8, 3, 3, 2, 2, 1, 1, 1),
	SHAPE(2, 11, 13, 5, 5, 4, 3, 2, 2, 1, 1),
	SHAPE(2, 13, 11, 4, 2, 2, 3, 3, 0, 0, 1), /* pixels that no window sees */
	SHAPE(2, 12, 12, 4, 2, 3, 5, 4, 1, 2, 1),
	SHAPE(1, 5, 5, 1, 5, 5, 1, 1, 4, 4, 1), /* more padding than image */
	SHAPE(2, 3, 3, 3, 3, 3, 1, 1, 3, 3, 1), /* windows of padding only */
	SHAPE(2, 2, 2, 3, 1, 1, 1, 1, 2, 1, 1),
	SHAPE(2, 3, 4, 3, 2, 2, 2, 2, 4, 5, 1),
	SHAPE(8, 9, 9, 8, 3, 3, 1, 1, 1, 1, 8), /* depthwise */
	SHAPE(5, 7, 8, 5, 3, 3, 2, 2, 1, 1, 5),
	SHAPE(3, 6, 6, 12, 5, 3, 1, 1, 2, 1, 3), /* depthwise, 4 filters a channel */
	SHAPE(6, 8, 8, 4, 3, 3, 1, 1, 1, 1, 2),  /* groups */
	SHAPE(12, 5, 5, 9, 3, 3, 1, 2, 1, 0, 3),
	SHAPE(14, 6, 6, 14, 1, 1, 1, 1, 0, 0, 7),
	SHAPE(4, 1, 17, 6, 1, 5, 1, 1, 0, 2, 1), /* one row, one column */
	SHAPE(4, 17, 1, 6, 5, 1, 1, 1, 2, 0, 1),
	SHAPE(1, 2, 40, 2, 2, 7, 1, 3, 1, 3, 1),
	SHAPE(3, 33, 5, 3, 7, 2, 1, 1, 0, 1, 1),
	SHAPE(64, 4, 4, 8, 3, 3, 1, 1, 1, 1, 1), /* more taps than are listed at once */
	SHAPE(61, 3, 5, 13, 3, 3, 2, 1, 1, 1, 1),
	SHAPE(2, 4, 4, 23, 2, 2, 1, 1, 0, 0, 1), /* odd numbers of filters */
	SHAPE(2, 4, 4, 7, 2, 2, 1, 1, 1, 0, 1),
	SHAPE(3, 6, 7, 17, 3, 2, 1, 1, 0, 1, 1),
	SHAPE(2, 6, 6, 3, 3, 3, 900, 900, 1, 1, 1), /* one step */
};
#define CONV_SHAPES (sizeof conv_shapes / sizeof *conv_shapes)

static inline void conv_numbers(Random *source, float *p, size_t count)
{
	for (size_t i = 0; i < count; i++)
		p[i] = random_uniform(source, -1, 1);
}

#endif
