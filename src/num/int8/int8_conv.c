/* Packing of the integer convolutions, and the parts of a run that need no vectors.
 * SPDX-License-Identifier: MIT */
#include "num/int8/int8_conv.h"

#include <string.h>

#include "num/conv/conv.h"

/* Vectors may read this many bytes past the last element, and write past the last byte. */
#define MARGIN 256

/* A unit while packing: its plane, and the kernel's pixel at which it stands. */
typedef struct Unit {
	size_t plane, row, col;
} Unit;

/* Which of the level's widths a block has when so many filters are left. */
static size_t conv_width(const Int8ConvLevel *level, size_t left)
{
	size_t at = 0;

	while (level->widths[at] > left)
		at++;
	return at;
}

/* --- which planes and units ------------------------------------------------------------------- */

typedef struct Plan {
	Int8Plane *plane;
	Unit *unit;
	size_t planes, units;
} Plan;

/* A plane, and units of it over the kernel's columns from first to end. */
static void plan_add(Plan *plan, const Conv *conv, Int8Plane plane, size_t first, size_t end)
{
	for (size_t row = 0; row < conv->kernel_h; row += plane.rows)
		for (size_t col = first; col < end; col += plane.cols)
			plan->unit[plan->units++] = (Unit){ plan->planes, row, col };
	plan->plane[plan->planes++] = plane;
}

/* Channels left over take neighbouring columns into an element, and what is left of the columns
 * takes neighbouring rows: 5×5 pixels of one channel are 7 elements of 4. */
static void plan_make(Plan *plan, const Conv *conv, size_t channels, size_t taps)
{
	size_t rest = channels % taps, whole = channels - rest, width = conv->kernel_w;

	for (size_t c = 0; c < whole; c += taps)
		plan_add(plan, conv, (Int8Plane){ c, taps, 1, 1 }, 0, width);
	if (rest) {
		size_t cols = taps / rest, left = width % cols;

		if (width >= cols)
			plan_add(plan, conv, (Int8Plane){ whole, rest, 1, cols }, 0, width - left);
		if (left)
			plan_add(plan, conv, (Int8Plane){ whole, rest, cols / left, left },
				 width - left, width);
	}
}

/* --- weights ---------------------------------------------------------------------------------- */

/* The element of weights of a filter for a unit. */
static int32_t conv_weight(const Int8Conv *c, const Linear *layer, const Unit *unit, size_t filter)
{
	const Conv *conv = &c->conv;
	const Int8Plane *plane = &c->plane[unit->plane];
	size_t area = plane->rows * plane->cols;
	uint32_t bits = 32 / (uint32_t)c->level->taps, mask = UINT32_MAX >> (32 - bits);
	uint32_t element = 0;

	for (size_t tap = 0; tap < plane->channels * area; tap++) {
		size_t channel = plane->channel + tap / area;
		size_t row = unit->row + tap % area / plane->cols;
		size_t col = unit->col + tap % plane->cols;
		size_t at = (channel * conv->kernel_h + row) * conv->kernel_w + col;

		if (row < conv->kernel_h && col < conv->kernel_w)
			element |= ((uint32_t)layer->quant->w[at * layer->out + filter] & mask)
				   << (bits * tap);
	}
	return (int32_t)element;
}

static void conv_weights(const Int8Conv *c, const Linear *layer, const Plan *plan, int32_t *w)
{
	for (size_t group = 0; group < c->conv.groups; group++) {
		size_t width;

		for (size_t f = 0; f < c->filters; f += width) {
			width = c->level->widths[conv_width(c->level, c->filters - f)];
			for (size_t u = 0; u < plan->units; u++)
				for (size_t i = 0; i < width; i++)
					*w++ = conv_weight(c, layer, &plan->unit[u],
							   group * c->filters + f + i);
		}
	}
}

/* --- addresses -------------------------------------------------------------------------------- */

static Int8Vector conv_vector(const Int8Conv *c, const uint32_t *lane, size_t pixel)
{
	size_t lanes = c->level->lanes, width = c->conv.out_width;
	size_t rows = c->conv.out_height - pixel / width, left = width - pixel % width;
	Int8Vector vector = { (uint32_t)(c->element * pixel), (uint16_t)lanes, (uint16_t)lanes };

	if (c->gathered)
		return vector;
	vector.start = (uint32_t)c->element * lane[pixel];
	if (rows > 1 && left < lanes)
		vector.left = (uint16_t)left;
	if (rows > 2 && left + width < lanes)
		vector.next = (uint16_t)(left + width);
	return vector;
}

static bool conv_addresses(Int8Conv *c, const Plan *plan, Arena *arena, Err *err)
{
	const Conv *conv = &c->conv;
	size_t lanes = c->level->lanes;
	uint32_t *offset = arena_take(arena, plan->units, sizeof *offset, err);
	uint32_t *from = arena_take(arena, plan->units, sizeof *from, err);
	uint32_t *lane = arena_take(arena, c->pixels, sizeof *lane, err);
	Int8Vector *vector = arena_take(arena, c->vectors, sizeof *vector, err);

	if (!offset || !from || !lane || !vector)
		return false;
	for (size_t u = 0; u < plan->units; u++) {
		const Unit *unit = &plan->unit[u];

		from[u] = (uint32_t)(unit->plane * c->plane_bytes +
				     c->element * (unit->row * c->pitch + unit->col));
		offset[u] = c->gathered ? (uint32_t)(u * c->vectors * lanes * c->element) : from[u];
	}
	for (size_t p = 0; p < c->pixels; p++)
		lane[p] = (uint32_t)(p / conv->out_width * conv->stride_h * c->pitch +
				     p % conv->out_width * conv->stride_w);
	for (size_t v = 0; v < c->vectors; v++)
		vector[v] = conv_vector(c, lane, v * lanes);
	c->offset = offset;
	c->from = from;
	c->lane = lane;
	c->vector = vector;
	return true;
}

/* Places in scratch; false when it would pass 2^31 bytes, which no offset must. */
static bool conv_places(Int8Conv *c, const Plan *plan, size_t *scratch_bytes)
{
	const uint64_t most = UINT64_C(1) << 31;
	uint64_t plane = ((uint64_t)c->image + 15) / 16 * 64,
		 planes = plane * plan->planes + MARGIN;
	uint64_t column = (uint64_t)c->vectors * c->level->lanes * 4;
	uint64_t columns = c->gathered ? column * plan->units : 0;
	uint64_t bytes = (uint64_t)c->image * c->channels + 4 * c->pitch + MARGIN;

	if (planes > most || columns > most || bytes > most || planes + columns + bytes > most)
		return false;
	if (c->element == 1) { /* the padded bytes are the planes */
		plane = c->image;
		planes = 0;
	}
	c->plane_bytes = (size_t)plane;
	c->columns_at = (size_t)planes;
	c->bytes_at = (size_t)(planes + columns);
	*scratch_bytes = (size_t)(planes + columns + bytes);
	return true;
}

/* --- packing ---------------------------------------------------------------------------------- */

static bool conv_check(const Linear *layer, Err *err)
{
	Conv conv;

	if (!layer->conv)
		return err_set(err, ERR_ARGUMENT, "the layer is not a convolution");
	conv = *layer->conv;
	if (!conv_shape(&conv, err))
		return false;
	if (conv.out_height != layer->conv->out_height ||
	    conv.out_width != layer->conv->out_width || layer->in != conv_taps(&conv) ||
	    layer->out != conv.filters)
		return err_set(err, ERR_ARGUMENT,
			       "the weights or the output do not fit the convolution's shape");
	return true;
}

/* Sizes that follow from the shape. */
static void conv_sizes(Int8Conv *c, const Linear *layer, const Int8ConvLevel *level)
{
	const Conv *conv = layer->conv;

	c->conv = *conv;
	c->level = level;
	c->x_zero = layer->quant->x_zero;
	c->channels = conv->channels / conv->groups;
	c->filters = conv->filters / conv->groups;
	c->pitch = conv->width + 2 * conv->pad_w;
	c->image = c->pitch * (conv->height + 2 * conv->pad_h);
	c->pixels = conv->out_height * conv->out_width;
	c->vectors = (c->pixels + level->lanes - 1) / level->lanes;
	c->element = level->taps > 1 ? 4 : 1;
	c->gap = c->element * (conv->stride_h * c->pitch - conv->out_width);
	c->gathered = level->lanes > 1 &&
		      (conv->stride_w != 1 || (conv->out_width < 8 && conv->out_height > 1));
}

bool int8_conv_pack(KernelPacked *out, const Int8ConvLevel *level, const Linear *layer,
		    Arena *arena, Err *err)
{
	Int8Conv *c = arena_take(arena, 1, sizeof *c, err);
	Plan plan = { 0 };
	size_t scratch;
	int32_t *w;

	if (!c || !conv_check(layer, err) || !int8_numbers(&c->numbers, layer, arena, err))
		return false;
	conv_sizes(c, layer, level);
	plan.plane = arena_take(arena, c->channels / level->taps + 2, sizeof *plan.plane, err);
	plan.unit = arena_take(arena, layer->in, sizeof *plan.unit, err);
	if (!plan.plane || !plan.unit)
		return false;
	plan_make(&plan, &c->conv, c->channels, level->taps);
	c->plane = plan.plane;
	c->planes = plan.planes;
	c->planes_direct = level->direct ? c->channels / level->taps : 0;
	c->units = plan.units;
	if (!conv_places(c, &plan, &scratch))
		return err_set(err, ERR_ARGUMENT, "the convolution is too large");
	w = arena_take(arena, plan.units * sizeof *w, layer->out, err);
	if (!w || !conv_addresses(c, &plan, arena, err))
		return false;
	conv_weights(c, layer, &plan, w);
	c->w = w;
	*out = (KernelPacked){
		.data = c,
		.in = LAYOUT_ROWS_U8,
		.out = layer->to_f32 ? LAYOUT_ROWS_F32 : LAYOUT_ROWS_U8,
		.scratch_bytes = scratch,
		.macs = conv_macs(&c->conv),
		.weight_bytes = layer->in * layer->out + layer->out * (layer->to_f32 ? 8 : 12),
	};
	return true;
}

/* --- running ---------------------------------------------------------------------------------- */

/* Fills what lies outside the images. */
static void conv_prepare(const Int8Conv *c, void *scratch)
{
	memset(scratch, c->x_zero, c->planes_direct * c->plane_bytes);
	memset((char *)scratch + c->bytes_at, c->x_zero, c->channels * c->image);
}

/* A row of n bytes; calling memcpy would take longer. */
static inline void copy_row(uint8_t *to, const uint8_t *from, size_t n)
{
	size_t i = 0;

	for (; i + 8 <= n; i += 8)
		memcpy(to + i, from + i, 8);
	if (n >= 8)
		memcpy(to + n - 8, from + n - 8, 8);
	else
		for (; i < n; i++)
			to[i] = from[i];
}

void int8_conv_copy(const Int8Conv *c, size_t first, const uint8_t *x, void *scratch)
{
	const Conv *conv = &c->conv;
	uint8_t *to = (uint8_t *)scratch + c->bytes_at + conv->pad_h * c->pitch + conv->pad_w;

	for (size_t i = first; i < c->channels; i++)
		for (size_t h = 0; h < conv->height; h++)
			copy_row(to + i * c->image + h * c->pitch,
				 x + (i * conv->height + h) * conv->width, conv->width);
}

/* Gathers columns, if so packed. */
static void conv_gather(const Int8Conv *c, void *scratch)
{
	size_t step = c->vectors * c->level->lanes;
	uint32_t *to = (uint32_t *)(void *)((char *)scratch + c->columns_at);

	if (!c->gathered)
		return;
	for (size_t u = 0; u < c->units; u++, to += step) {
		const uint32_t *from =
			(const uint32_t *)(const void *)((const char *)scratch + c->from[u]);

		for (size_t p = 0; p < c->pixels; p++)
			to[p] = from[c->lane[p]];
	}
}

/* All filters of a group over its planes. y_at: the image's first value. */
static void conv_group(const Int8Conv *c, size_t group, const void *scratch, void *y, size_t y_at)
{
	const Int8ConvLevel *level = c->level;
	Int8Tile tile = { .x = (const char *)scratch + (c->gathered ? c->columns_at : 0), .y = y };
	size_t width;

	for (size_t f = 0; f < c->filters; f += width) {
		size_t at = conv_width(level, c->filters - f);

		width = level->widths[at];
		tile.filter = group * c->filters + f;
		tile.w = c->w + tile.filter * c->units;
		for (size_t v = 0; v < c->vectors; v += level->vectors) {
			size_t left = c->vectors - v;
			size_t count = left < level->vectors ? left : level->vectors;

			tile.vector = c->vector + v;
			tile.at = y_at + tile.filter * c->pixels + v * level->lanes;
			tile.left = c->pixels - v * level->lanes;
			level->tile[at * level->vectors + count - 1](c, &tile);
		}
	}
}

void int8_conv_run(const KernelPacked *packed, const void *x, size_t x_ld, void *y, size_t y_ld,
		   size_t rows, void *scratch)
{
	const Int8Conv *c = packed->data;
	size_t group_size = c->channels * c->conv.height * c->conv.width;

	conv_prepare(c, scratch);
	for (size_t r = 0; r < rows; r++) {
		for (size_t g = 0; g < c->conv.groups; g++) {
			c->level->planes(c, (const uint8_t *)x + r * x_ld + g * group_size,
					 scratch);
			conv_gather(c, scratch);
			conv_group(c, g, scratch, y, r * y_ld);
		}
	}
}
