/* Packing and running dense convolutions: blocks of images, and images one by one.
 * SPDX-License-Identifier: MIT */
#include "num/conv/conv_kernels.h"

#include <string.h>

#define TILE KERNEL_TILE

/* A layer as trained, copied. */
typedef struct Packed {
	Conv conv;
	bool relu;
	const float *w, *b;
	/* Of images one by one only. The input is copied into planes of `height` rows of `width`
	 * pixels, one for each channel and phase of the strides, padding included, so that an
	 * output pixel h·width + w has its tap at h·width + w + tap.x whatever its row. */
	size_t height, width, plane, vectors;
	/* Vectors of a row of outputs, which are written where they belong; 0: rows are so short
	 * that vectors had better run over their ends, and are copied. */
	size_t row_vectors;
	const ConvTap *tap; /* of a group's first channel and filter */
} Packed;

static Packed *dense_pack(KernelPacked *out, const Linear *layer, Arena *arena, Err *err)
{
	size_t count = layer->in * layer->out;
	Packed *packed;
	float *w, *b;

	if (!layer->conv) {
		err_set(err, ERR_ARGUMENT, "not a convolution");
		return NULL;
	}
	packed = arena_take(arena, 1, sizeof *packed, err);
	w = arena_take(arena, count, sizeof *w, err);
	b = arena_take(arena, layer->out, sizeof *b, err);
	if (!packed || !w || !b)
		return NULL;
	memcpy(w, layer->w, count * sizeof *w);
	memcpy(b, layer->b, layer->out * sizeof *b);
	*packed = (Packed){ .conv = *layer->conv, .relu = layer->relu, .w = w, .b = b };
	*out = (KernelPacked){ .data = packed,
			       .macs = conv_macs(layer->conv),
			       .weight_bytes = (count + layer->out) * sizeof *w };
	return packed;
}

/* --- blocks of images ------------------------------------------------------------------------- */

bool conv_tiles_pack(KernelPacked *out, const Linear *layer, Arena *arena, Err *err)
{
	if (!dense_pack(out, layer, arena, err))
		return false;
	out->in = out->out = LAYOUT_TILES_F32;
	return true;
}

void conv_tiles_run(uint32_t features, const KernelPacked *packed, const float *x, float *y,
		    size_t rows)
{
	const Packed *p = packed->data;

	conv_forward(features, &p->conv, p->w, p->b, p->relu, x, y, (rows + TILE - 1) / TILE);
}

/* --- images one by one ------------------------------------------------------------------------ */

static void planes_taps(const Packed *p, ConvTap *tap)
{
	const Conv *c = &p->conv;

	for (size_t t = 0; t < conv_taps(c); t++) {
		size_t j = t % c->kernel_w, i = t / c->kernel_w % c->kernel_h;
		size_t channel = t / c->kernel_w / c->kernel_h;
		size_t phase = i % c->stride_h * c->stride_w + j % c->stride_w;

		tap[t].x = (int32_t)((channel * c->stride_h * c->stride_w + phase) * p->plane +
				     i / c->stride_h * p->width + j / c->stride_w);
		tap[t].w = (int32_t)(t * c->filters);
	}
}

/* Floats of a filter's sums before they are copied. */
static size_t planes_sums(const Packed *p)
{
	return p->row_vectors > 0 ? TILE : p->vectors * TILE;
}

bool conv_planes_pack(KernelPacked *out, const Linear *layer, Arena *arena, Err *err)
{
	Packed *p = dense_pack(out, layer, arena, err);
	const Conv *c;
	ConvTap *tap;

	if (!p)
		return false;
	c = &p->conv;
	tap = arena_take(arena, layer->in, sizeof *tap, err);
	if (!tap)
		return false;
	p->height = (c->height + 2 * c->pad_h + c->stride_h - 1) / c->stride_h;
	p->width = (c->width + 2 * c->pad_w + c->stride_w - 1) / c->stride_w;
	p->plane = p->height * p->width;
	p->vectors = ((c->out_height - 1) * p->width + c->out_width + TILE - 1) / TILE;
	p->row_vectors = (c->out_width + TILE - 1) / TILE;
	if (p->row_vectors * c->out_height * 8 > p->vectors * 9 ||
	    p->row_vectors * TILE > 2 * c->out_width) /* past the next row too */
		p->row_vectors = 0;
	planes_taps(p, tap);
	p->tap = tap;
	out->in = out->out = LAYOUT_ROWS_F32;
	/* The last vector may read up to one vector past the planes. */
	out->scratch_bytes = (c->channels * c->stride_h * c->stride_w * p->plane + TILE +
			      CONV_PIXELS_MAX * planes_sums(p)) *
			     sizeof(float);
	return true;
}

/* One image into planes. */
static void planes_fill(const Packed *p, const float *x, float *to)
{
	const Conv *c = &p->conv;
	size_t phases = c->stride_h * c->stride_w;

	memset(to, 0, (c->channels * phases * p->plane + TILE) * sizeof *to);
	for (size_t row = 0; row < c->channels * c->height; row++, x += c->width) {
		size_t h = row % c->height + c->pad_h;
		float *line =
			to + (row / c->height * phases + h % c->stride_h * c->stride_w) * p->plane +
			h / c->stride_h * p->width;

		if (c->stride_w == 1)
			memcpy(line + c->pad_w, x, c->width * sizeof *x);
		else
			for (size_t w = 0; w < c->width; w++)
				line[(w + c->pad_w) % c->stride_w * p->plane +
				     (w + c->pad_w) / c->stride_w] = x[w];
	}
}

/* Some filters of one image, at the vectors that begin with pixel x[i] of a group's first channel
 * and go to y[i]; `each` of them, and n are not the last one again. */
static void planes_vectors(const ConvTapsLevel *level, const ConvTaps *taps, size_t filters,
			   const float **x, float **y, size_t n)
{
	size_t each = level->pixels[filters - 1];

	for (size_t i = n; i < each; i++) {
		x[i] = x[n - 1];
		y[i] = y[n - 1];
	}
	(n > 1 || each == 1 ? level->runs : level->ones)[filters - 1](taps, x, y);
}

/* Some filters of one image; from: planes of their group's first channel. */
static void planes_filters(const ConvTapsLevel *level, const Packed *p, const ConvTaps *taps,
			   size_t filters, const float *from, float *to)
{
	size_t each = level->pixels[filters - 1];

	for (size_t v = 0, n; v < p->vectors; v += n) {
		const float *x[CONV_PIXELS_MAX];
		float *y[CONV_PIXELS_MAX];

		n = p->vectors - v < each ? p->vectors - v : each;
		n = n * 2 > each ? n : 1;
		for (size_t i = 0; i < n; i++) {
			x[i] = from + (v + i) * TILE;
			y[i] = to + (v + i) * TILE;
		}
		planes_vectors(level, taps, filters, x, y, n);
	}
}

/* The same row by row, from top to bottom, to `to`: what a vector writes past its row, the next one
 * mends; the last one goes to the sums and is copied. */
static void planes_rows(const ConvTapsLevel *level, const Packed *p, const ConvTaps *taps,
			size_t filters, const float *from, float *to, float *sums)
{
	size_t each = level->pixels[filters - 1], width = p->conv.out_width;
	size_t last = p->row_vectors * p->conv.out_height - 1, row = 0, col = 0;
	ConvTaps own = *taps;

	own.y_step = p->conv.out_height * width;
	for (size_t v = 0, n; v < last; v += n) {
		const float *x[CONV_PIXELS_MAX];
		float *y[CONV_PIXELS_MAX];

		n = last - v < each ? last - v : each;
		n = n * 2 > each ? n : 1;
		for (size_t i = 0; i < n; i++) {
			x[i] = from + row * p->width + col;
			y[i] = to + row * width + col;
			col += TILE;
			if (col >= width) {
				col = 0;
				row++;
			}
		}
		planes_vectors(level, &own, filters, x, y, n);
	}
	from += row * p->width + col;
	to += row * width + col;
	level->ones[filters - 1](taps, &from, &sums);
	for (size_t f = 0; f < filters; f++)
		memcpy(to + f * own.y_step, sums + f * taps->y_step, (width - col) * sizeof *to);
}

static void planes_image(const ConvTapsLevel *level, const Packed *p, const float *x, float *y,
			 float *scratch)
{
	const Conv *c = &p->conv;
	size_t in = c->channels / c->groups, out = c->filters / c->groups;
	size_t chunks = (out + level->filters - 1) / level->filters;
	size_t channel = c->stride_h * c->stride_w * p->plane;
	float *sums = scratch + c->channels * channel + TILE;
	ConvTaps taps = { .tap = p->tap,
			  .end = p->tap + conv_taps(c),
			  .y_step = planes_sums(p),
			  .relu = p->relu };

	planes_fill(p, x, scratch);
	for (size_t i = 0; i < c->groups * chunks; i++) {
		size_t g = i / chunks, k = i % chunks;
		size_t begin = g * out + out * k / chunks, end = g * out + out * (k + 1) / chunks;
		const float *from = scratch + g * in * channel;

		taps.w = p->w + begin;
		taps.bias = p->b + begin;
		if (p->row_vectors > 0) {
			planes_rows(level, p, &taps, end - begin, from, y, sums);
			y += (end - begin) * c->out_height * c->out_width;
			continue;
		}
		planes_filters(level, p, &taps, end - begin, from, sums);
		for (size_t row = 0; row < (end - begin) * c->out_height; row++) {
			const float *line = sums + row / c->out_height * taps.y_step +
					    row % c->out_height * p->width;

			memcpy(y, line, c->out_width * sizeof *y);
			y += c->out_width;
		}
	}
}

void conv_planes_run(const ConvTapsLevel *level, const KernelPacked *packed, const float *x,
		     size_t x_ld, float *y, size_t y_ld, size_t rows, float *scratch)
{
	for (; rows > 0; rows--, x += x_ld, y += y_ld)
		planes_image(level, packed->data, x, y, scratch);
}
