/* Packing and running sparse convolutions: each filter has a list of the taps whose weight is not
 * 0, one for each kind of pixel, which differ in what padding takes away.
 * SPDX-License-Identifier: MIT */
#include "num/conv/conv_kernels.h"

#include <string.h>

#define TILE KERNEL_TILE

/* Boxes of fewer pixels are run for all blocks together. */
#define PIXELS_FEW 16

typedef struct Csr {
	Conv conv;
	bool relu;
	size_t boxes;
	const ConvBox *box;
	const uint32_t *first; /* (boxes·filters + 1): list of filter f in box k at k·filters + f */
	const ConvTap *tap;    /* .w: index in value */
	const float *value;    /* weights that are not 0, filter by filter */
	const float *bias;
} Csr;

/* Lists the taps of filter f in a box, its values beginning at `at`; NULL: counts them. */
static size_t csr_list(const Linear *layer, const ConvPass *pass, const ConvBox *box, size_t f,
		       size_t at, ConvTap *list)
{
	const Conv *c = layer->conv;
	size_t group = f / pass->filters, n = 0;

	for (size_t t = 0; t < layer->in; t++) {
		size_t j = t % c->kernel_w, i = t / c->kernel_w % c->kernel_h;
		size_t channel = group * pass->channels + t / c->kernel_w / c->kernel_h;

		if (layer->w[t * layer->out + f] == 0)
			continue;
		if (i >= box->high.taps_begin && i < box->high.taps_end &&
		    j >= box->wide.taps_begin && j < box->wide.taps_end) {
			if (list) {
				list[n] = conv_box_tap(pass, box, channel, i, j);
				list[n].w = (int32_t)at;
			}
			n++;
		}
		at++;
	}
	return n;
}

static void csr_values(const Linear *layer, float *value, size_t *begin)
{
	size_t used = 0;

	for (size_t f = 0; f < layer->out; f++) {
		begin[f] = used;
		for (size_t t = 0; t < layer->in; t++)
			if (layer->w[t * layer->out + f] != 0)
				value[used++] = layer->w[t * layer->out + f];
	}
}

/* Boxes, and how many taps they list in all. */
static size_t csr_count(const Linear *layer, const ConvPass *pass, size_t *taps)
{
	size_t boxes = 0;

	*taps = 0;
	for (ConvBox box = { 0 }; conv_box_next(pass, &box); boxes++)
		for (size_t f = 0; f < layer->out; f++)
			*taps += csr_list(layer, pass, &box, f, 0, NULL);
	return boxes;
}

static bool csr_fill(Csr *csr, const Linear *layer, const ConvPass *pass, size_t taps,
		     size_t nonzero, Arena *arena, Err *err)
{
	size_t firsts = csr->boxes * layer->out + 1, used = 0, k = 0;
	ConvBox *boxes = arena_take(arena, csr->boxes, sizeof *boxes, err);
	uint32_t *first = arena_take(arena, firsts, sizeof *first, err);
	ConvTap *tap = arena_take(arena, taps, sizeof *tap, err);
	float *value = arena_take(arena, nonzero, sizeof *value, err);
	float *bias = arena_take(arena, layer->out, sizeof *bias, err);
	size_t *begin = arena_take(arena, layer->out, sizeof *begin, err);

	if (!boxes || !first || !tap || !value || !bias || !begin)
		return false;
	csr_values(layer, value, begin);
	memcpy(bias, layer->b, layer->out * sizeof *bias);
	for (ConvBox box = { 0 }; conv_box_next(pass, &box); k++) {
		boxes[k] = box;
		for (size_t f = 0; f < layer->out; f++) {
			first[k * layer->out + f] = (uint32_t)used;
			used += csr_list(layer, pass, &box, f, begin[f], tap + used);
		}
	}
	first[firsts - 1] = (uint32_t)used;
	csr->box = boxes;
	csr->first = first;
	csr->tap = tap;
	csr->value = value;
	csr->bias = bias;
	return true;
}

bool conv_csr_pack(KernelPacked *out, const Linear *layer, Arena *arena, Err *err)
{
	size_t taps, nonzero = 0;
	ConvPass pass;
	Csr *csr;

	if (!layer->conv)
		return err_set(err, ERR_ARGUMENT, "not a convolution");
	csr = arena_take(arena, 1, sizeof *csr, err);
	if (!csr)
		return false;
	for (size_t i = 0; i < layer->in * layer->out; i++)
		nonzero += layer->w[i] != 0;
	conv_pass_forward(layer->conv, &pass);
	*csr = (Csr){ .conv = *layer->conv, .relu = layer->relu };
	csr->boxes = csr_count(layer, &pass, &taps);
	if (taps > UINT32_MAX)
		return err_set(err, ERR_ARGUMENT, "too many weights for a sparse convolution: %zu",
			       nonzero);
	if (!csr_fill(csr, layer, &pass, taps, nonzero, arena, err))
		return false;
	*out = (KernelPacked){
		.data = csr,
		.in = LAYOUT_TILES_F32,
		.out = LAYOUT_TILES_F32,
		.macs = (uint64_t)nonzero * pass.write_plane,
		.weight_bytes = (nonzero + layer->out) * sizeof(float) + taps * sizeof(ConvTap) +
				(csr->boxes * layer->out + 1) * sizeof *csr->first,
	};
	return true;
}

/* All filters at the pixels of box k. */
static void csr_box(const ConvTapsLevel *level, const Csr *csr, size_t k, const ConvBlocks *blocks)
{
	size_t filters = csr->conv.filters, plane = csr->conv.out_height * csr->conv.out_width;

	for (size_t f = 0; f < filters; f++) {
		const uint32_t *first = csr->first + k * filters + f;
		ConvTaps taps = { .tap = csr->tap + first[0],
				  .end = csr->tap + first[1],
				  .w = csr->value,
				  .bias = csr->bias + f,
				  .relu = csr->relu };
		ConvBlocks here = *blocks;

		here.y += f * plane * TILE;
		conv_box_run(level, &taps, 1, &csr->box[k], &here);
	}
}

void conv_csr_run(const ConvTapsLevel *level, const KernelPacked *packed, const float *x, float *y,
		  size_t rows)
{
	const Csr *csr = packed->data;
	const ConvBlocks all = { .x = x,
				 .y = y,
				 .x_step = conv_in(&csr->conv) * TILE,
				 .y_step = conv_out(&csr->conv) * TILE,
				 .count = (rows + TILE - 1) / TILE };

	for (size_t b = 0; b < all.count; b++) {
		ConvBlocks one = all;

		one.x += b * one.x_step;
		one.y += b * one.y_step;
		one.count = 1;
		for (size_t k = 0; k < csr->boxes; k++)
			if (conv_box_pixels(&csr->box[k]) >= PIXELS_FEW)
				csr_box(level, csr, k, &one);
	}
	for (size_t k = 0; k < csr->boxes; k++)
		if (conv_box_pixels(&csr->box[k]) < PIXELS_FEW)
			csr_box(level, csr, k, &all);
}
