/* Convolution in integers, plain loops: the version for every processor. A vector is one pixel.
 * SPDX-License-Identifier: MIT */
#include "num/int8/int8_conv.h"

static void conv_scalar_planes(const Int8Conv *c, const uint8_t *x, void *scratch)
{
	int8_conv_copy(c, 0, x, scratch);
}

/* The sum wraps on its way where the whole of it fits, so it is kept unsigned. */
static void conv_scalar_tile(const Int8Conv *c, const Int8Tile *tile)
{
	const uint8_t *x = (const uint8_t *)tile->x + tile->vector->start;
	uint32_t acc = (uint32_t)c->numbers.bias[tile->filter];

	for (size_t u = 0; u < c->units; u++)
		acc += (uint32_t)(tile->w[u] * x[c->offset[u]]);
	if (c->numbers.to_f32)
		((float *)tile->y)[tile->at] = int8_real(&c->numbers, tile->filter, (int32_t)acc);
	else
		((uint8_t *)tile->y)[tile->at] =
			int8_activation(&c->numbers, tile->filter, (int32_t)acc);
}

static Int8TileRun *const conv_scalar_tiles[] = { conv_scalar_tile };

static const Int8ConvLevel conv_scalar_level = {
	.taps = 1,
	.lanes = 1,
	.vectors = 1,
	.widths = { 1 },
	.planes = conv_scalar_planes,
	.tile = conv_scalar_tiles,
};

static bool conv_int8_scalar_pack(KernelPacked *out, const Linear *layer, Arena *arena, Err *err)
{
	return int8_conv_pack(out, &conv_scalar_level, layer, arena, err);
}

const Kernel kernel_conv_int8_scalar = {
	.info = {
		.name = "conv-int8-scalar",
		.title = "int8 convolution",
		.about = "Integer weights and pixels; plain loops.",
	},
	.op = KERNEL_CONV,
	.form = KERNEL_INT8,
	.pack = conv_int8_scalar_pack,
	.run = int8_conv_run,
};
