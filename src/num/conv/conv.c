/* Convolution: shapes, and how the two passes between images are cut into boxes of pixels.
 * SPDX-License-Identifier: MIT */
#include "num/conv/conv.h"

#include "num/conv/conv_boxes.h"
#include "num/conv/conv_pooled.h"
#include "num/conv/pooling.h"

#define TILE KERNEL_TILE

/* --- shapes ----------------------------------------------------------------------------------- */

/* Offsets within a block of images, and within the weights, fit 31 bits. */
static bool conv_fits(const Conv *c)
{
	const size_t image = (size_t)1 << 26, weights = (size_t)1 << 30;
	size_t high = c->height + 2 * c->pad_h, wide = c->width + 2 * c->pad_w;

	return c->channels <= image / high / wide && c->filters <= image / high / wide &&
	       c->channels <= weights / c->kernel_h / c->kernel_w / c->filters;
}

bool conv_shape(Conv *c, Err *err)
{
	const size_t most = 1 << 15;

	if (!c->channels || !c->height || !c->width || !c->filters || !c->kernel_h ||
	    !c->kernel_w || !c->stride_h || !c->stride_w || !c->groups)
		return err_set(err, ERR_ARGUMENT, "sizes, strides and groups must be at least 1");
	if (c->channels % c->groups || c->filters % c->groups)
		return err_set(err, ERR_ARGUMENT,
			       "%zu groups must divide %zu channels and %zu filters", c->groups,
			       c->channels, c->filters);
	if (c->height > most || c->width > most || c->pad_h > most || c->pad_w > most ||
	    c->kernel_h > most || c->kernel_w > most || !conv_fits(c))
		return err_set(err, ERR_ARGUMENT,
			       "%zu channels of %zu×%zu to %zu filters is too large", c->channels,
			       c->height, c->width, c->filters);
	if (c->kernel_h > c->height + 2 * c->pad_h || c->kernel_w > c->width + 2 * c->pad_w)
		return err_set(err, ERR_ARGUMENT,
			       "a kernel of %zu×%zu does not fit into an image of "
			       "%zu×%zu with padding %zu, %zu",
			       c->kernel_h, c->kernel_w, c->height, c->width, c->pad_h, c->pad_w);
	if (c->stride_h > c->height + 2 * c->pad_h)
		c->stride_h = c->height + 2 * c->pad_h;
	if (c->stride_w > c->width + 2 * c->pad_w)
		c->stride_w = c->width + 2 * c->pad_w;
	c->out_height = (c->height + 2 * c->pad_h - c->kernel_h) / c->stride_h + 1;
	c->out_width = (c->width + 2 * c->pad_w - c->kernel_w) / c->stride_w + 1;
	return true;
}

uint64_t conv_macs(const Conv *c)
{
	return (uint64_t)conv_taps(c) * conv_out(c);
}

/* --- passes: what forward and input gradient have in common ----------------------------------- */

/* Taps that are listed at once. */
#define TAPS_MAX 512

/* Boxes of fewer pixels are run for all blocks together, larger ones block by block. */
#define PIXELS_FEW 16

/* The next taps of a box, channels last; next: where in a row of the kernel, in which row, in which
 * channel. Returns the end of the list. */
static const ConvTap *box_list(const ConvPass *pass, const ConvBox *box, size_t next[3],
			       ConvTap *list)
{
	const ConvTap *end = list + TAPS_MAX;

	while (list < end && next[2] < pass->channels) {
		ConvTap tap = conv_box_tap(pass, box, next[2], next[1], next[0]);
		int32_t x_step = (int32_t)pass->wide.tap_step * TILE;
		int32_t w_step = (int32_t)(pass->wide.w_step * pass->w_tap);

		for (; list < end && next[0] < box->wide.taps_end; next[0]++) {
			*list++ = tap;
			tap.x += x_step;
			tap.w += w_step;
		}
		if (next[0] < box->wide.taps_end)
			break;
		next[0] = box->wide.taps_begin;
		if (++next[1] == box->high.taps_end) {
			next[1] = box->high.taps_begin;
			next[2]++;
		}
	}
	return list;
}

static void work_box(const ConvWork *work, const ConvBox *box, const ConvBlocks *blocks)
{
	const ConvPass *pass = &work->pass;
	size_t most = work->level->filters, chunks = (pass->filters + most - 1) / most;
	bool none = box->high.taps_end == 0 || box->wide.taps_end == 0;
	size_t next[] = { box->wide.taps_begin, box->high.taps_begin, none ? pass->channels : 0 };
	ConvTap list[TAPS_MAX];
	ConvTaps taps = { .tap = list, .y_step = pass->write_plane * TILE };

	do {
		taps.end = box_list(pass, box, next, list);
		taps.relu = work->relu && next[2] == pass->channels;
		for (size_t i = 0; i < chunks; i++) {
			size_t begin = pass->filters * i / chunks;
			size_t end = pass->filters * (i + 1) / chunks;
			ConvBlocks here = *blocks;

			here.y += begin * taps.y_step;
			taps.w = work->w + begin;
			taps.bias = work->bias ? work->bias + begin : NULL;
			conv_box_run(work->level, &taps, end - begin, box, &here);
		}
		taps.go_on = true;
	} while (next[2] < pass->channels);
}

/* Block by block, so that a block's images stay in the cache; then what is too little for that. */
void conv_work_run(const ConvWork *work, const ConvBlocks *blocks)
{
	for (size_t b = 0; b <= blocks->count; b++) {
		bool few = b == blocks->count && blocks->count > 1;
		ConvBlocks one = *blocks;

		one.x += b * one.x_step;
		one.y += b * one.y_step;
		one.count = 1;
		for (ConvBox box = { 0 }; conv_box_next(&work->pass, &box);)
			if (few == (blocks->count > 1 && conv_box_pixels(&box) < PIXELS_FEW) &&
			    (few || b < blocks->count))
				work_box(work, &box, few ? blocks : &one);
	}
}

/* --- forward ---------------------------------------------------------------------------------- */

void conv_pass_forward(const Conv *c, ConvPass *pass)
{
	*pass = (ConvPass){
		.high = conv_side_forward(c->height, c->out_height, c->kernel_h, c->stride_h,
					  c->pad_h),
		.wide = conv_side_forward(c->width, c->out_width, c->kernel_w, c->stride_w,
					  c->pad_w),
		.read_width = c->width,
		.read_plane = c->height * c->width,
		.channels = c->channels / c->groups,
		.write_width = c->out_width,
		.write_plane = c->out_height * c->out_width,
		.filters = c->filters / c->groups,
		.w_tap = c->filters,
		.w_row = c->kernel_w * c->filters,
		.w_channel = c->kernel_h * c->kernel_w * c->filters,
	};
}

void conv_forward(uint32_t features, const Conv *c, const float *w, const float *bias, bool relu,
		  const float *x, float *y, size_t blocks)
{
	size_t in = c->channels / c->groups, out = c->filters / c->groups;
	ConvWork work = { .level = conv_taps_level(features), .relu = relu };

	conv_pass_forward(c, &work.pass);
	for (size_t g = 0; g < c->groups; g++) {
		ConvBlocks group = { .x = x + g * in * work.pass.read_plane * TILE,
				     .y = y + g * out * work.pass.write_plane * TILE,
				     .x_step = conv_in(c) * TILE,
				     .y_step = conv_out(c) * TILE,
				     .count = blocks };

		work.w = w + g * out;
		work.bias = bias ? bias + g * out : NULL;
		conv_work_run(&work, &group);
	}
}

void conv_forward_pooled(uint32_t features, const Conv *c, const Conv *pool, const float *w,
			 const float *bias, bool relu, const float *x, float *y, uint16_t *index,
			 float *spread, void *scratch)
{
	if (conv_pooled_fits(features, c, pool)) {
		conv_pooled_forward(c, pool, w, bias, relu, x, y, index, scratch);
		return;
	}
	conv_forward(features, c, w, bias, relu, x, spread, 1);
	pooling_max(features, pool, LAYOUT_TILES_F32, spread, 0, y, 0, index, 1);
}

/* --- gradient of the input -------------------------------------------------------------------- */

size_t conv_grad_input_scratch(const Conv *c)
{
	return conv_taps(c) * c->filters * sizeof(float);
}

/* to (filters, kernel_h·kernel_w, channels of a group) = w turned round. */
static void turn_weights(const Conv *c, const float *w, float *to)
{
	size_t in = c->channels / c->groups, kernel = c->kernel_h * c->kernel_w;

	for (size_t f = 0; f < c->filters; f++)
		for (size_t k = 0; k < kernel; k++)
			for (size_t i = 0; i < in; i++)
				*to++ = w[(i * kernel + k) * c->filters + f];
}

void conv_pass_input(const Conv *c, size_t phase_h, size_t phase_w, ConvPass *pass)
{
	size_t in = c->channels / c->groups;

	*pass = (ConvPass){
		.high = conv_side_input(c->height, c->out_height, c->kernel_h, c->stride_h,
					c->pad_h, phase_h),
		.wide = conv_side_input(c->width, c->out_width, c->kernel_w, c->stride_w, c->pad_w,
					phase_w),
		.read_width = c->out_width,
		.read_plane = c->out_height * c->out_width,
		.channels = c->filters / c->groups,
		.write_width = c->width,
		.write_plane = c->height * c->width,
		.filters = in,
		.w_tap = in,
		.w_row = c->kernel_w * in,
		.w_channel = c->kernel_h * c->kernel_w * in,
	};
}

void conv_grad_input(uint32_t features, const Conv *c, const float *w, const float *grad_y,
		     float *grad_x, size_t blocks, void *scratch)
{
	size_t in = c->channels / c->groups, out = c->filters / c->groups;
	ConvWork work = { .level = conv_taps_level(features) };
	ConvPass *pass = &work.pass;

	turn_weights(c, w, scratch);
	for (size_t n = 0; n < c->groups * c->stride_h * c->stride_w; n++) {
		size_t phase_w = n % c->stride_w, phase_h = n / c->stride_w % c->stride_h;
		size_t g = n / c->stride_w / c->stride_h;

		conv_pass_input(c, phase_h, phase_w, pass);
		ConvBlocks group = { .x = grad_y + g * out * pass->read_plane * TILE,
				     .y = grad_x + g * in * pass->write_plane * TILE,
				     .x_step = conv_out(c) * TILE,
				     .y_step = conv_in(c) * TILE,
				     .count = blocks };

		work.w = (const float *)scratch + g * out * pass->w_channel;
		conv_work_run(&work, &group);
	}
}
