/* Pooling, the same code for rows and blocks: a pixel is one value, or those of 16 images.
 *
 * In general each pixel of the kernel takes its turn over a whole row of outputs, so that the inner
 * loops are long, plain and vectorised. Windows of 2 x 2 with stride 2, which is nearly all of
 * pooling, are done at once.
 * SPDX-License-Identifier: MIT */
#include "num/conv/pooling.h"

#include <math.h>
#include <string.h>

#include "num/conv/pooling_pairs.h"
#include "num/simd.h"

#define TILE KERNEL_TILE

bool pooling_shape(Conv *p, Err *err)
{
	p->filters = p->groups = p->channels;
	if (p->pad_h > p->kernel_h / 2 || p->pad_w > p->kernel_w / 2)
		return err_set(err, ERR_ARGUMENT,
			       "pooling: padding %zu, %zu is over half the kernel of %zu×%zu",
			       p->pad_h, p->pad_w, p->kernel_h, p->kernel_w);
	if (p->kernel_w && p->kernel_h > (UINT16_MAX + 1) / p->kernel_w)
		return err_set(err, ERR_ARGUMENT,
			       "pooling: a window of %zu×%zu is over 65,536 pixels", p->kernel_h,
			       p->kernel_w);
	return conv_shape(p, err) || err_prefix(err, "pooling");
}

/* Outputs begin … end − 1 of a row that have kernel column j, and the input of the first. */
typedef struct Part {
	size_t begin, end, from;
} Part;

static Part part_of(const Conv *p, size_t j)
{
	size_t past;

	if (p->pad_w == 0) /* no window is cut; the same without divisions */
		return (Part){ .end = p->out_width, .from = j };
	past = (p->width + p->pad_w - j + p->stride_w - 1) / p->stride_w;
	Part part = { .begin = j < p->pad_w ? (p->pad_w - j + p->stride_w - 1) / p->stride_w : 0 };

	if (p->width + p->pad_w <= j)
		past = 0;
	part.end = past < p->out_width ? past : p->out_width;
	part.begin = part.begin < part.end ? part.begin : part.end;
	part.from = part.begin * p->stride_w + j - p->pad_w;
	return part;
}

/* Kernel row i at output row h: the input row, or one that does not exist. */
static size_t row_of(const Conv *p, size_t h, size_t i)
{
	return h * p->stride_h + i - p->pad_h;
}

/* --- one kernel pixel over a row of outputs --------------------------------------------------- */

/* Whether v comes after best: a larger number, or not a number. */
#define WINS(v, best) (((v) > (best)) | ((v) != (v)))

/* The largest so far, y, and where it came from. lanes is a constant; step: pixels of the input
 * from one output to the next. */
SIMD_INLINE void max_step(float *restrict y, uint16_t *restrict index, const float *restrict x,
			  size_t count, size_t step, uint16_t tap, size_t lanes)
{
	for (size_t w = 0; w < (lanes > 1 ? count : 1); w++) {
		SIMD_LOOP
		for (size_t l = 0; l < (lanes > 1 ? lanes : count); l++) {
			float v = x[lanes > 1 ? w * step * lanes + l : l * step];
			float best = y[w * lanes + l];
			bool wins = WINS(v, best);

			y[w * lanes + l] = wins ? v : best;
			if (index)
				index[w * lanes + l] = wins ? tap : index[w * lanes + l];
		}
	}
}

/* One row of outputs of one channel; x: the channel. */
SIMD_INLINE void max_row(const Conv *p, size_t h, const float *x, float *y, uint16_t *index,
			 size_t lanes)
{
	bool first = true;

	for (size_t i = 0; i < p->out_width * lanes; i++)
		y[i] = -INFINITY;
	for (size_t i = 0; i < p->kernel_h; i++) {
		size_t row = row_of(p, h, i);

		for (size_t j = 0; j < p->kernel_w && row < p->height; j++) {
			Part part = part_of(p, j);
			const float *from = x + (row * p->width + part.from) * lanes;
			uint16_t tap = (uint16_t)(i * p->kernel_w + j);

			/* Where all are -infinity, the first pixel within the image. */
			for (size_t w = first && index ? 0 : p->out_width; w < p->out_width; w++) {
				size_t left =
					w * p->stride_w < p->pad_w ? p->pad_w - w * p->stride_w : 0;

				for (size_t l = 0; l < lanes; l++)
					index[w * lanes + l] = (uint16_t)(tap + left);
			}
			first = false;
			if (p->stride_w == 1)
				max_step(y + part.begin * lanes,
					 index ? index + part.begin * lanes : NULL, from,
					 part.end - part.begin, 1, tap, lanes);
			else
				max_step(y + part.begin * lanes,
					 index ? index + part.begin * lanes : NULL, from,
					 part.end - part.begin, p->stride_w, tap, lanes);
		}
	}
}

/* One unit. Everything is inlined, so that lanes is a constant in the loops. */
SIMD_INLINE void max_unit(const Conv *p, const float *x, float *y, uint16_t *index, size_t lanes)
{
	size_t row = p->out_width * lanes;

	for (size_t c = 0; c < p->channels; c++, x += p->height * p->width * lanes)
		for (size_t h = 0; h < p->out_height; h++, y += row) {
			max_row(p, h, x, y, index, lanes);
			index = index ? index + row : NULL;
		}
}

SIMD_INLINE void max_body(const Conv *p, bool tile, const float *x, float *y, uint16_t *index)
{
	if (tile)
		max_unit(p, x, y, index, TILE);
	else
		max_unit(p, x, y, index, 1);
}
SIMD_LEVELS(max, (const Conv *p, bool tile, const float *x, float *y, uint16_t *index),
	    (p, tile, x, y, index))

void pooling_max(uint32_t features, const Conv *p, Layout layout, const float *x, size_t x_ld,
		 float *y, size_t y_ld, uint16_t *index, size_t units)
{
	bool tile = layout == LAYOUT_TILES_F32;

	for (; units > 0; units--, x += x_ld, y += y_ld) {
		if (!pooling_pairs(p) || !pooling_max_pairs(features, p, tile, x, y, index))
			SIMD_CALL(features, max, (p, tile, x, y, index));
		index = index ? index + y_ld : NULL;
	}
}

/* --- max, backward ---------------------------------------------------------------------------- */

SIMD_INLINE void max_grad_pairs(const Conv *p, const uint16_t *restrict index,
				const float *restrict grad_y, float *restrict grad_x)
{
	size_t line = p->width * TILE;

	for (size_t k = 0; k < p->channels * p->out_height; k++) {
		float *to =
			grad_x + (k / p->out_height * p->height + 2 * (k % p->out_height)) * line;

		for (size_t w = 0; w < p->out_width; w++, to += 2 * TILE) {
			SIMD_LOOP
			for (size_t l = 0; l < TILE; l++) {
				float g = grad_y[l];
				int which = index[l];

				to[l] = which == 0 ? g : 0;
				to[TILE + l] = which == 1 ? g : 0;
				to[line + l] = which == 2 ? g : 0;
				to[line + TILE + l] = which == 3 ? g : 0;
			}
			grad_y += TILE;
			index += TILE;
		}
	}
}

SIMD_INLINE void max_grad_unit(const Conv *p, const uint16_t *index, const float *grad_y,
			       float *grad_x, size_t lanes)
{
	size_t row = p->out_width * lanes;

	for (size_t k = 0; k < p->channels * p->out_height; k++, grad_y += row, index += row) {
		float *channel = grad_x + k / p->out_height * p->height * p->width * lanes;

		for (size_t t = 0; t < p->kernel_h * p->kernel_w; t++) {
			size_t in = row_of(p, k % p->out_height, t / p->kernel_w);
			Part part = part_of(p, t % p->kernel_w);
			float *to = channel + (in * p->width + part.from) * lanes;

			if (in >= p->height)
				continue;
			for (size_t w = part.begin; w < part.end; w++, to += p->stride_w * lanes) {
				SIMD_LOOP
				for (size_t l = 0; l < lanes; l++)
					to[l] += index[w * lanes + l] == t ? grad_y[w * lanes + l]
									   : 0;
			}
		}
	}
}

SIMD_INLINE void max_grad_body(const Conv *p, bool tile, const uint16_t *index, const float *grad_y,
			       float *grad_x)
{
	if (!tile || !pooling_pairs(p) || p->height % 2 || p->width % 2)
		memset(grad_x, 0, conv_in(p) * (tile ? TILE : 1) * sizeof *grad_x);
	if (tile && pooling_pairs(p))
		max_grad_pairs(p, index, grad_y, grad_x);
	else if (tile)
		max_grad_unit(p, index, grad_y, grad_x, TILE);
	else
		max_grad_unit(p, index, grad_y, grad_x, 1);
}
SIMD_LEVELS(max_grad,
	    (const Conv *p, bool tile, const uint16_t *index, const float *grad_y, float *grad_x),
	    (p, tile, index, grad_y, grad_x))

void pooling_max_grad(uint32_t features, const Conv *p, Layout layout, const uint16_t *index,
		      const float *grad_y, size_t y_ld, float *grad_x, size_t x_ld, size_t units)
{
	bool tile = layout == LAYOUT_TILES_F32;
	bool all = tile && pooling_pairs(p) && p->height % 2 == 0 && p->width % 2 == 0;

	for (; units > 0; units--, index += y_ld, grad_y += y_ld, grad_x += x_ld)
		if (!all || !pooling_max_grad_pairs(features, p, index, grad_y, grad_x))
			SIMD_CALL(features, max_grad, (p, tile, index, grad_y, grad_x));
}

/* --- average ---------------------------------------------------------------------------------- */

/* y += x, or x += y·share; lanes and grad are constants. */
SIMD_INLINE void average_step(float *restrict y, float *restrict x, size_t count, size_t step,
			      float share, size_t lanes, bool grad)
{
	for (size_t w = 0; w < (lanes > 1 ? count : 1); w++) {
		SIMD_LOOP
		for (size_t l = 0; l < (lanes > 1 ? lanes : count); l++) {
			size_t at = lanes > 1 ? w * step * lanes + l : l * step;

			if (grad)
				x[at] += y[w * lanes + l] * share;
			else
				y[w * lanes + l] += x[at];
		}
	}
}

SIMD_INLINE void average_unit(const Conv *p, float *x, float *y, size_t lanes, bool grad)
{
	float share = 1.0f / (float)(p->kernel_h * p->kernel_w);
	size_t row = p->out_width * lanes;

	for (size_t k = 0; k < p->channels * p->out_height; k++, y += row) {
		float *channel = x + k / p->out_height * p->height * p->width * lanes;

		for (size_t i = 0; i < row && !grad; i++)
			y[i] = 0;
		for (size_t t = 0; t < p->kernel_h * p->kernel_w; t++) {
			size_t in = row_of(p, k % p->out_height, t / p->kernel_w);
			Part part = part_of(p, t % p->kernel_w);

			if (in < p->height)
				average_step(y + part.begin * lanes,
					     channel + (in * p->width + part.from) * lanes,
					     part.end - part.begin, p->stride_w, share, lanes,
					     grad);
		}
		SIMD_LOOP
		for (size_t i = 0; i < (grad ? 0 : row); i++)
			y[i] *= share;
	}
}

SIMD_INLINE void average_body(const Conv *p, bool tile, float *x, float *y, bool grad)
{
	if (grad)
		memset(x, 0, conv_in(p) * (tile ? TILE : 1) * sizeof *x);
	if (tile && grad)
		average_unit(p, x, y, TILE, true);
	else if (tile)
		average_unit(p, x, y, TILE, false);
	else if (grad)
		average_unit(p, x, y, 1, true);
	else
		average_unit(p, x, y, 1, false);
}
SIMD_LEVELS(average, (const Conv *p, bool tile, float *x, float *y, bool grad),
	    (p, tile, x, y, grad))

/* One pass serves both directions; what it does not change is given without its const. */
void pooling_average(uint32_t features, const Conv *p, Layout layout, const float *x, size_t x_ld,
		     float *y, size_t y_ld, size_t units)
{
	bool tile = layout == LAYOUT_TILES_F32;
	float *from = (float *)(uintptr_t)x;

	for (; units > 0; units--, from += x_ld, y += y_ld)
		SIMD_CALL(features, average, (p, tile, from, y, false));
}

void pooling_average_grad(uint32_t features, const Conv *p, Layout layout, const float *grad_y,
			  size_t y_ld, float *grad_x, size_t x_ld, size_t units)
{
	bool tile = layout == LAYOUT_TILES_F32;
	float *from = (float *)(uintptr_t)grad_y;

	for (; units > 0; units--, grad_x += x_ld, from += y_ld)
		SIMD_CALL(features, average, (p, tile, grad_x, from, true));
}

/* --- max of bytes ----------------------------------------------------------------------------- */

SIMD_INLINE void max_u8_step(uint8_t *restrict y, const uint8_t *restrict x, size_t count,
			     size_t step)
{
	SIMD_LOOP
	for (size_t w = 0; w < count; w++)
		y[w] = x[w * step] > y[w] ? x[w * step] : y[w];
}

/* One row of outputs; x: the channel. */
SIMD_INLINE void max_u8_row(const Conv *p, size_t h, const uint8_t *x, uint8_t *y)
{
	memset(y, 0, p->out_width);
	for (size_t t = 0; t < p->kernel_h * p->kernel_w; t++) {
		size_t in = row_of(p, h, t / p->kernel_w);
		Part part = part_of(p, t % p->kernel_w);
		const uint8_t *from = x + in * p->width + part.from;

		if (in < p->height)
			max_u8_step(y + part.begin, from, part.end - part.begin, p->stride_w);
	}
}

SIMD_INLINE void max_u8_body(const Conv *p, const uint8_t *x, uint8_t *y)
{
	bool two = pooling_pairs(p);

	for (size_t c = 0; c < p->channels; c++, x += p->height * p->width)
		for (size_t h = 0; h < p->out_height; h++, y += p->out_width) {
			const uint8_t *x0 = x + 2 * h * p->width;

			if (two)
				pooling_max_u8_pairs(x0, x0 + p->width, y, p->out_width);
			else
				max_u8_row(p, h, x, y);
		}
}
SIMD_LEVELS(max_u8, (const Conv *p, const uint8_t *x, uint8_t *y), (p, x, y))

void pooling_max_u8(uint32_t features, const Conv *p, const uint8_t *x, size_t x_ld, uint8_t *y,
		    size_t y_ld, size_t rows)
{
	for (; rows > 0; rows--, x += x_ld, y += y_ld)
		if (!pooling_pairs(p) || !pooling_max_u8_image(features, p, x, y))
			SIMD_CALL(features, max_u8, (p, x, y));
}
