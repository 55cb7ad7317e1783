/* Boxes of pixels that have the same taps.
 * SPDX-License-Identifier: MIT */
#include "num/conv/conv_boxes.h"

#define TILE KERNEL_TILE

/* --- one side --------------------------------------------------------------------------------- */

ConvSide conv_side_forward(size_t read, size_t written, size_t kernel, size_t stride, size_t pad)
{
	return (ConvSide){ .step = 1,
			   .count = written,
			   .from = -(ptrdiff_t)pad,
			   .from_step = (ptrdiff_t)stride,
			   .tap_step = 1,
			   .read = read,
			   .taps = kernel,
			   .w_step = 1 };
}

/* These pixels met the taps phase + m·stride, at output (a + pad − phase) / stride − m. */
ConvSide conv_side_input(size_t written, size_t read, size_t kernel, size_t stride, size_t pad,
			 size_t phase)
{
	size_t first = (phase + stride - pad % stride) % stride;

	return (ConvSide){ .first = first,
			   .step = stride,
			   .count = first < written ? (written - first - 1) / stride + 1 : 0,
			   .from = ((ptrdiff_t)(first + pad) - (ptrdiff_t)phase) /
				   (ptrdiff_t)stride,
			   .from_step = 1,
			   .tap_step = -1,
			   .read = read,
			   .taps = phase < kernel ? (kernel - phase - 1) / stride + 1 : 0,
			   .w_first = phase,
			   .w_step = stride };
}

/* Taps begin … end − 1 of pixel k exist. */
static void side_taps(const ConvSide *s, size_t k, size_t *begin, size_t *end)
{
	ptrdiff_t at = s->from + (ptrdiff_t)k * s->from_step, size = (ptrdiff_t)s->read;
	ptrdiff_t low = s->tap_step > 0 ? -at : at - size + 1;
	ptrdiff_t high = s->tap_step > 0 ? size - at : at + 1;

	low = low < 0 ? 0 : low;
	high = high > (ptrdiff_t)s->taps ? (ptrdiff_t)s->taps : high;
	*begin = (size_t)(low < high ? low : 0);
	*end = (size_t)(low < high ? high : 0);
}

ConvRun conv_side_run(const ConvSide *s, size_t k)
{
	ConvRun run = { .k = k, .end = k };
	size_t begin, end;

	side_taps(s, k, &run.taps_begin, &run.taps_end);
	do {
		run.end++;
		if (run.end < s->count)
			side_taps(s, run.end, &begin, &end);
	} while (run.end < s->count && begin == run.taps_begin && end == run.taps_end);
	return run;
}

/* --- boxes ------------------------------------------------------------------------------------ */

bool conv_box_next(const ConvPass *pass, ConvBox *box)
{
	const ConvSide *high = &pass->high, *wide = &pass->wide;
	ptrdiff_t h, w;

	if (box->wide.end == 0 || box->wide.end == wide->count) {
		if (box->high.end == high->count || wide->count == 0)
			return false;
		box->high = conv_side_run(high, box->high.end);
		box->wide.end = 0;
	}
	box->wide = conv_side_run(wide, box->wide.end);
	h = high->from + (ptrdiff_t)box->high.k * high->from_step +
	    (ptrdiff_t)box->high.taps_begin * high->tap_step;
	w = wide->from + (ptrdiff_t)box->wide.k * wide->from_step +
	    (ptrdiff_t)box->wide.taps_begin * wide->tap_step;
	box->x = (h * (ptrdiff_t)pass->read_width + w) * TILE;
	if (box->high.taps_end == 0 || box->wide.taps_end == 0)
		box->x = 0; /* reads nothing */
	box->x_col = wide->from_step * TILE;
	box->x_row = high->from_step * (ptrdiff_t)pass->read_width * TILE;
	box->y = ((high->first + box->high.k * high->step) * pass->write_width + wide->first +
		  box->wide.k * wide->step) *
		 TILE;
	box->y_col = wide->step * TILE;
	box->y_row = high->step * pass->write_width * TILE;
	return true;
}

ConvTap conv_box_tap(const ConvPass *pass, const ConvBox *box, size_t channel, size_t m, size_t n)
{
	const ConvSide *high = &pass->high, *wide = &pass->wide;
	ptrdiff_t rows = (ptrdiff_t)(m - box->high.taps_begin) * high->tap_step;
	ptrdiff_t cols = (ptrdiff_t)(n - box->wide.taps_begin) * wide->tap_step;

	return (ConvTap){
		.x = (int32_t)(((ptrdiff_t)(channel * pass->read_plane) +
				rows * (ptrdiff_t)pass->read_width + cols) *
			       TILE),
		.w = (int32_t)(channel * pass->w_channel +
			       (high->w_first + m * high->w_step) * pass->w_row +
			       (wide->w_first + n * wide->w_step) * pass->w_tap),
	};
}

/* --- running one ------------------------------------------------------------------------------ */

/* The next pixel of a box. */
typedef struct Walk {
	const ConvBox *box;
	const ConvBlocks *blocks;
	size_t row, col;
	const float *x_block, *x;
	float *y_block, *y;
} Walk;

static void walk_next(Walk *walk)
{
	const ConvBox *box = walk->box;

	if (++walk->col < box->wide.end - box->wide.k) {
		walk->x += box->x_col;
		walk->y += box->y_col;
		return;
	}
	walk->col = 0;
	if (++walk->row == box->high.end - box->high.k) {
		walk->row = 0;
		walk->x_block += walk->blocks->x_step;
		walk->y_block += walk->blocks->y_step;
	}
	walk->x = walk->x_block + (ptrdiff_t)walk->row * box->x_row;
	walk->y = walk->y_block + walk->row * box->y_row;
}

void conv_box_run(const ConvTapsLevel *level, const ConvTaps *taps, size_t filters,
		  const ConvBox *box, const ConvBlocks *blocks)
{
	size_t each = level->pixels[filters - 1], pixels = conv_box_pixels(box) * blocks->count;
	Walk walk = { .box = box, .blocks = blocks };
	const float *x[CONV_PIXELS_MAX];
	float *y[CONV_PIXELS_MAX];

	walk.x_block = walk.x = blocks->x + box->x;
	walk.y_block = walk.y = blocks->y + box->y;
	for (size_t n; pixels > 0; pixels -= n) {
		/* More than half full: the last one again and again is faster than one by one. */
		bool many = pixels * 2 > each;

		n = !many ? 1 : pixels < each ? pixels : each;
		for (size_t p = 0; p < n; p++) {
			x[p] = walk.x;
			y[p] = walk.y;
			if (p + 1 < pixels)
				walk_next(&walk);
		}
		for (size_t p = n; p < each; p++) {
			x[p] = x[n - 1];
			y[p] = y[n - 1];
		}
		(many ? level->runs : level->ones)[filters - 1](taps, x, y);
	}
}

const ConvTapsLevel *conv_taps_level(uint32_t features)
{
#if SIMD_X86
	if (features & CPU_AVX512)
		return &conv_taps_avx512;
	if (features & CPU_AVX2)
		return &conv_taps_avx2;
#endif
	(void)features;
	return &conv_taps_scalar;
}
