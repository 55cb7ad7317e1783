/* Passes from one stack of images to another, forward or backward, cut into boxes of pixels that
 * have the same taps, so that padding costs nothing. Private to src/num/.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_CONV_BOXES_H
#define WATTLE_NUM_CONV_BOXES_H

#include "num/conv/conv_taps.h"

/* One side of a pass, rows or columns: written pixel k is number first + k·step; its tap m reads
 * pixel from + k·from_step + m·tap_step, where that exists, with the weight w_first + m·w_step. */
typedef struct ConvSide {
	size_t first, step, count;
	ptrdiff_t from, from_step, tap_step;
	size_t read, taps; /* pixels that exist; taps */
	size_t w_first, w_step;
} ConvSide;

ConvSide conv_side_forward(size_t read, size_t written, size_t kernel, size_t stride, size_t pad);
/* Pixels a of the input with (a + pad) mod stride = phase. */
ConvSide conv_side_input(size_t written, size_t read, size_t kernel, size_t stride, size_t pad,
			 size_t phase);

/* Pixels k … end − 1 of a side, which have the taps taps_begin … taps_end − 1. */
typedef struct ConvRun {
	size_t k, end;
	size_t taps_begin, taps_end;
} ConvRun;

/* The longest run from pixel k on; k < side->count. */
ConvRun conv_side_run(const ConvSide *side, size_t k);

/* Images that are read and written, of one group; sizes in pixels. */
typedef struct ConvPass {
	ConvSide high, wide;
	size_t read_width, read_plane, channels;
	size_t write_width, write_plane, filters;
	size_t w_tap, w_row, w_channel; /* floats from one weight of a kernel to the next */
} ConvPass;

/* The forward pass of a group. */
void conv_pass_forward(const Conv *conv, ConvPass *pass);
/* The gradient of the input's pixels of one phase (conv_side_input), from weights turned round:
 * (filters, kernel_h·kernel_w, channels of a group). */
void conv_pass_input(const Conv *conv, size_t phase_h, size_t phase_w, ConvPass *pass);

/* Pixels that have the same taps. Offsets and steps in floats, of TILES. */
typedef struct ConvBox {
	ConvRun high, wide;
	ptrdiff_t x, x_col, x_row; /* of the pixels that the first tap reads */
	size_t y, y_col, y_row;
} ConvBox;

/* The boxes one after the other: begin with a box of zeros; false after the last. */
bool conv_box_next(const ConvPass *pass, ConvBox *box);
static inline size_t conv_box_pixels(const ConvBox *box)
{
	return (box->high.end - box->high.k) * (box->wide.end - box->wide.k);
}
/* Where tap (channel,m,n) of a box reads and finds its weights; m, n within the box's runs. */
ConvTap conv_box_tap(const ConvPass *pass, const ConvBox *box, size_t channel, size_t m, size_t n);

/* Batches of blocks of images. */
typedef struct ConvBlocks {
	const float *x;
	float *y;
	size_t x_step, y_step; /* floats from one block to the next */
	size_t count;
} ConvBlocks;

/* Runs some filters at all pixels of a box in all blocks. */
void conv_box_run(const ConvTapsLevel *level, const ConvTaps *taps, size_t filters,
		  const ConvBox *box, const ConvBlocks *blocks);

const ConvTapsLevel *conv_taps_level(uint32_t features);

/* One pass with its weights. */
typedef struct ConvWork {
	ConvPass pass;
	const ConvTapsLevel *level;
	const float *w, *bias;
	bool relu;
} ConvWork;

/* All boxes of all blocks. */
void conv_work_run(const ConvWork *work, const ConvBlocks *blocks);

#endif
