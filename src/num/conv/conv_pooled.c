/* A first layer with its max pooling: padding, and filters a few at a time.
 * SPDX-License-Identifier: MIT */
#include "num/conv/conv_pooled.h"

#include <string.h>

#include "num/conv/pooling_pairs.h"

#define TILE KERNEL_TILE
#define FILTERS 6 /* at once, forward */

#if SIMD_X86

bool conv_pooled_fits(uint32_t features, const Conv *c, const Conv *p)
{
	return features & CPU_AVX512 && c->channels == 1 && c->kernel_h == c->kernel_w &&
	       (c->kernel_w == 3 || c->kernel_w == 5) && c->stride_h == 1 && c->stride_w == 1 &&
	       c->out_height >= 4 && c->out_width >= 4 && pooling_pairs(p);
}

/* x (height,width,16) within its padding; to is 0 outside already. */
static void pooled_copy(const Conv *c, const float *x, float *to)
{
	size_t pitch = c->width + 2 * c->pad_w;

	for (size_t h = 0; h < c->height; h++)
		memcpy(to + ((h + c->pad_h) * pitch + c->pad_w) * TILE, x + h * c->width * TILE,
		       c->width * TILE * sizeof *to);
}

static void pooled_clear(const Conv *c, float *to)
{
	size_t pixels = (c->width + 2 * c->pad_w) * (c->height + 2 * c->pad_h);

	if (c->pad_w > 0 || c->pad_h > 0)
		memset(to, 0, pixels * TILE * sizeof *to);
}

void conv_pooled_forward(const Conv *c, const Conv *p, const float *w, const float *bias, bool relu,
			 const float *x, float *y, uint16_t *index, float *scratch)
{
	size_t chunks = (c->filters + FILTERS - 1) / FILTERS;

	pooled_clear(c, scratch);
	pooled_copy(c, x, scratch);
	for (size_t i = 0; i < chunks; i++) {
		size_t begin = c->filters * i / chunks, end = c->filters * (i + 1) / chunks;
		size_t at = begin * p->out_height * p->out_width * TILE;

		conv_pooled_forward_avx512(&(ConvPooledForward){ .x = scratch,
								 .pitch = c->width + 2 * c->pad_w,
								 .kernel = c->kernel_w,
								 .w = w + begin,
								 .w_step = c->filters,
								 .bias = bias ? bias + begin : NULL,
								 .relu = relu,
								 .rows = p->out_height,
								 .cols = p->out_width,
								 .y = y + at,
								 .index = index ? index + at
										: NULL },
					   end - begin);
	}
}

/* Sums over lanes. */
static void pooled_done(const Conv *c, size_t begin, size_t end, float *sums, float *grad_w)
{
	size_t taps = conv_taps(c);

	for (size_t f = begin; f < end; f++)
		for (size_t t = 0; t < taps; t++, sums += TILE) {
			for (size_t n = TILE / 2; n > 0; n /= 2)
				for (size_t l = 0; l < n; l++)
					sums[l] += sums[l + n];
			grad_w[t * c->filters + f] = sums[0];
		}
}

void conv_pooled_run(const Conv *c, const float *x, const ConvPooled *pooled, float *grad_w,
		     size_t blocks, unsigned part, unsigned parts, float *scratch)
{
	const Conv *p = pooled->pool;
	size_t begin = c->filters * part / parts, end = c->filters * (part + 1) / parts;
	size_t taps = conv_taps(c), plane = p->out_height * p->out_width * TILE;
	size_t pitch = c->width + 2 * c->pad_w, most = c->kernel_w == 3 ? 2 : 1;
	float *padded = scratch + taps * c->filters * TILE;

	memset(scratch, 0, (end - begin) * taps * TILE * sizeof *scratch);
	pooled_clear(c, padded);
	for (size_t b = 0; b < blocks; b++) {
		pooled_copy(c, x + b * conv_in(c) * TILE, padded);
		for (size_t f = begin, n; f < end; f += n) {
			size_t at = (b * c->filters + f) * plane;
			const ConvPooledSums sums = { .x = padded,
						      .pitch = pitch,
						      .grad = pooled->grad + at,
						      .index = pooled->index + at,
						      .rows = p->out_height,
						      .cols = p->out_width,
						      .sums = scratch + (f - begin) * taps * TILE };

			n = end - f < most ? end - f : most;
			(c->kernel_w == 3 ? conv_pooled_3x3_avx512 : conv_pooled_5x5_avx512)(&sums,
											     n);
		}
	}
	pooled_done(c, begin, end, scratch, grad_w);
}

#else

bool conv_pooled_fits(uint32_t features, const Conv *c, const Conv *p)
{
	(void)features;
	(void)c;
	(void)p;
	return false;
}

void conv_pooled_forward(const Conv *c, const Conv *p, const float *w, const float *bias, bool relu,
			 const float *x, float *y, uint16_t *index, float *scratch)
{
	(void)c;
	(void)p;
	(void)w;
	(void)bias;
	(void)relu;
	(void)x;
	(void)y;
	(void)index;
	(void)scratch;
}

void conv_pooled_run(const Conv *c, const float *x, const ConvPooled *pooled, float *grad_w,
		     size_t blocks, unsigned part, unsigned parts, float *scratch)
{
	(void)c;
	(void)x;
	(void)pooled;
	(void)grad_w;
	(void)blocks;
	(void)part;
	(void)parts;
	(void)scratch;
}

#endif
