/* Convolution in bfloat16, forward and the input's gradient: the passes of conv.c over words of two
 * channels.
 * SPDX-License-Identifier: MIT */
#include "num/conv/conv_bf16.h"

#include "num/conv/conv_boxes.h"
#include "num/conv/pooling.h"
#include "num/conv/pooling_pairs.h"
#include "num/dense/bf16.h"

#define TILE KERNEL_TILE

static const ConvTapsLevel *taps_level(uint32_t features)
{
#if SIMD_X86
	if (features & CPU_BF16)
		return &conv_taps_bf16;
#endif
	(void)features;
	return &conv_taps_bf16_scalar;
}

/* Where a pass has what it multiplies. Both end with whole vectors. */
typedef struct Words {
	uint32_t *w, *x; /* weights; a block of images, or of gradients */
} Words;

static size_t words_align(size_t count)
{
	return (count + TILE - 1) / TILE * TILE;
}

/* Pairs of `each` channels, in all groups. */
static size_t words_pairs(size_t groups, size_t each)
{
	return groups * ((each + 1) / 2);
}

/* Of the weights, whichever way round. */
static size_t words_weights(const Conv *c)
{
	size_t kernel = c->kernel_h * c->kernel_w, in = c->channels / c->groups;
	size_t upright = words_pairs(1, in) * kernel * c->filters;
	size_t turned = words_pairs(c->groups, c->filters / c->groups) * kernel * in;

	return words_align(upright > turned ? upright : turned);
}

static size_t words_images(const Conv *c)
{
	size_t x = words_pairs(c->groups, c->channels / c->groups) * c->height * c->width;
	size_t y = words_pairs(c->groups, c->filters / c->groups) * c->out_height * c->out_width;

	return (x > y ? x : y) * TILE;
}

size_t conv_bf16_scratch(const Conv *c)
{
	return (words_weights(c) + words_images(c)) * sizeof(uint32_t);
}

static Words words_of(const Conv *c, void *scratch)
{
	uint32_t *w = scratch;

	return (Words){ .w = w, .x = w + words_weights(c) };
}

/* What the passes read by offsets in floats. */
static const float *words_read(const uint32_t *words)
{
	return (const float *)(const void *)words;
}

/* --- forward ---------------------------------------------------------------------------------- */

/* One block: `groups` times `each` planes of n floats. */
static void words_planes(uint32_t features, const float *x, size_t groups, size_t each, size_t n,
			 uint32_t *out)
{
	for (size_t g = 0; g < groups; g++, x += each * n, out += words_pairs(1, each) * n)
		bf16_pair_rows(features, x, n, each, n, out, n);
}

void conv_bf16_forward(uint32_t features, const Conv *c, const float *w, const float *bias,
		       bool relu, const float *x, float *y, size_t blocks, void *scratch)
{
	size_t in = c->channels / c->groups, out = c->filters / c->groups;
	size_t kernel = c->kernel_h * c->kernel_w * c->filters, plane = c->height * c->width * TILE;
	Words words = words_of(c, scratch);
	ConvWork work = { .level = taps_level(features), .relu = relu };

	conv_pass_forward(c, &work.pass);
	work.pass.channels = words_pairs(1, in);
	bf16_pair_rows(features, w, kernel, in, kernel, words.w, kernel);
	for (; blocks > 0; blocks--, x += conv_in(c) * TILE, y += conv_out(c) * TILE) {
		words_planes(features, x, c->groups, in, plane, words.x);
		for (size_t g = 0; g < c->groups; g++) {
			work.w = words_read(words.w) + g * out;
			work.bias = bias ? bias + g * out : NULL;
			conv_work_run(
				&work,
				&(ConvBlocks){ .x = words_read(words.x) +
						    g * work.pass.channels * plane,
					       .y = y + g * out * work.pass.write_plane * TILE,
					       .count = 1 });
		}
	}
}

/* --- gradient of the input -------------------------------------------------------------------- */

/* to (pairs of filters, kernel_h·kernel_w, channels of a group) = w turned round. */
static void turn_weights(uint32_t features, const Conv *c, const float *w, uint32_t *to)
{
	size_t in = c->channels / c->groups, out = c->filters / c->groups;
	size_t kernel = c->kernel_h * c->kernel_w, pairs = words_pairs(1, out);
	uint32_t row[64]; /* pairs of neighbours, of one tap */

	for (size_t g = 0; g < c->groups; g++, to += pairs * kernel * in)
		for (size_t t = 0; t < in * kernel; t++) {
			const float *from = w + t * c->filters + g * out;
			uint32_t *at = to + t % kernel * in + t / kernel;

			for (size_t f = 0; f < out; f += 128) {
				size_t n = out - f < 128 ? out - f : 128;

				bf16_pair_columns(features, from + f, 0, 1, n, row);
				for (size_t p = 0; p < (n + 1) / 2; p++, at += kernel * in)
					*at = row[p];
			}
		}
}

/* One block whose gradient is in words. */
static void input_run(uint32_t features, const Conv *c, const Words *words, float *grad_x)
{
	size_t in = c->channels / c->groups;
	ConvWork work = { .level = taps_level(features) };
	ConvPass *pass = &work.pass;

	for (size_t n = 0; n < c->groups * c->stride_h * c->stride_w; n++) {
		size_t phase_w = n % c->stride_w, phase_h = n / c->stride_w % c->stride_h;
		size_t g = n / c->stride_w / c->stride_h;

		conv_pass_input(c, phase_h, phase_w, pass);
		pass->channels = words_pairs(1, pass->channels);
		work.w = words_read(words->w) + g * pass->channels * pass->w_channel;
		conv_work_run(&work,
			      &(ConvBlocks){ .x = words_read(words->x) +
						  g * pass->channels * pass->read_plane * TILE,
					     .y = grad_x + g * in * pass->write_plane * TILE,
					     .count = 1 });
	}
}

void conv_bf16_grad_input(uint32_t features, const Conv *c, const float *w, const float *grad_y,
			  float *grad_x, size_t blocks, void *scratch)
{
	Words words = words_of(c, scratch);

	turn_weights(features, c, w, words.w);
	for (; blocks > 0; blocks--, grad_y += conv_out(c) * TILE, grad_x += conv_in(c) * TILE) {
		words_planes(features, grad_y, c->groups, c->filters / c->groups,
			     c->out_height * c->out_width * TILE, words.x);
		input_run(features, c, &words, grad_x);
	}
}

void conv_bf16_grad_input_pooled(uint32_t features, const Conv *c, const float *w,
				 const ConvPooled *pooled, float *grad_x, float *spread,
				 void *scratch)
{
	size_t out = c->filters / c->groups, plane = c->out_height * c->out_width * TILE;
	size_t from = pooled->pool->out_height * pooled->pool->out_width * TILE;
	Words words = words_of(c, scratch);
	Conv one = *pooled->pool;
	bool fine = out % 2 == 0;

	one.channels = one.filters = one.groups = 1;
	for (size_t f = 0; fine && f < c->filters; f += 2)
		fine = pooling_max_grad_words(features, &one, pooled->index + f * from,
					      pooled->grad + f * from, from,
					      words.x + f / 2 * plane);
	if (!fine) {
		pooling_max_grad(features, pooled->pool, LAYOUT_TILES_F32, pooled->index,
				 pooled->grad, 0, spread, 0, 1);
		words_planes(features, spread, c->groups, out, plane, words.x);
	}
	turn_weights(features, c, w, words.w);
	input_run(features, c, &words, grad_x);
}
