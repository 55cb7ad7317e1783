/* Max and average pooling, forward and backward.
 *
 * The geometry is a Conv (kernel.h) with filters = groups = channels: window (h,w) of a channel
 * takes the pixels h·stride_h + i − pad_h, w·stride_w + j − pad_w for i < kernel_h, j < kernel_w. The
 * results are those of PyTorch's MaxPool2d and AvgPool2d by default. Max: padding never wins; the
 * first of equal pixels does, and one that is not a number wins over all. Average: padding counts
 * as pixels of value 0, so the divisor is always kernel_h·kernel_w.
 *
 * Layouts are those of kernel.h. A unit is a block of TILES_F32 or a row of ROWS_F32; functions
 * work on `units` of them, x_ld and y_ld elements apart (of grad_x and grad_y too), and may be called
 * by several threads on disjoint units. features: cpu_features(), or fewer; every level gives the
 * same bits. Nothing is allocated. TILES buffers are 64-byte aligned. Nothing overlaps.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_POOLING_H
#define WATTLE_NUM_POOLING_H

#include "num/conv/conv.h"

/* Sets filters and groups to channels, and out_height and out_width, rounded down, from the rest. A
 * window that is the whole image makes it global. ERR_ARGUMENT: a size is 0, padding is over half
 * the kernel, the kernel is larger than the padded image or has over 65,536 pixels, or all is too
 * large. conv_in and conv_out of conv.h are the features of an image. */
bool pooling_shape(Conv *pooling, Err *err);

/* index: of each y the pixel i·kernel_w + j that it came from, laid out as y; NULL when there will
 * be no backward pass. */
void pooling_max(uint32_t features, const Conv *p, Layout layout, const float *x, size_t x_ld,
		 float *y, size_t y_ld, uint16_t *index, size_t units);
/* Overwrites grad_x. index as written by pooling_max with the same layout and y_ld. */
void pooling_max_grad(uint32_t features, const Conv *p, Layout layout, const uint16_t *index,
		      const float *grad_y, size_t y_ld, float *grad_x, size_t x_ld, size_t units);

void pooling_average(uint32_t features, const Conv *p, Layout layout, const float *x, size_t x_ld,
		     float *y, size_t y_ld, size_t units);
/* Overwrites grad_x. */
void pooling_average_grad(uint32_t features, const Conv *p, Layout layout, const float *grad_y,
			  size_t y_ld, float *grad_x, size_t x_ld, size_t units);

/* Max pooling of rows of ROWS_U8. A quantization is monotonous, so the result is quantized as x
 * is. */
void pooling_max_u8(uint32_t features, const Conv *p, const uint8_t *x, size_t x_ld, uint8_t *y,
		    size_t y_ld, size_t rows);

#endif
