/* Packing for the block-sparse kernels.
 * SPDX-License-Identifier: MIT */
#include "num/sparse/block.h"

#include <string.h>

/* Outputs of a group that exist. */
static size_t block_width(const Linear *layer, size_t group)
{
	size_t left = layer->out - group * BLOCK_OUTPUTS;

	return left < BLOCK_OUTPUTS ? left : BLOCK_OUTPUTS;
}

static bool block_holds(const Linear *layer, size_t group, size_t input)
{
	const float *w = layer->w + input * layer->out + group * BLOCK_OUTPUTS;

	for (size_t o = 0; o < block_width(layer, group); o++)
		if (w[o] != 0)
			return true;
	return false;
}

static void block_fill(const Linear *layer, size_t groups, uint32_t *first, uint32_t *index,
		       float *value)
{
	uint32_t used = 0;

	for (size_t g = 0; g < groups; g++) {
		first[g] = used;
		for (size_t i = 0; i < layer->in; i++) {
			if (!block_holds(layer, g, i))
				continue;
			index[used] = (uint32_t)i;
			memcpy(value + used * BLOCK_OUTPUTS,
			       layer->w + i * layer->out + g * BLOCK_OUTPUTS,
			       block_width(layer, g) * sizeof *value);
			used++;
		}
	}
	first[groups] = used;
}

bool block_pack(KernelPacked *out, const Linear *layer, Arena *arena, Err *err)
{
	size_t groups = (layer->out + BLOCK_OUTPUTS - 1) / BLOCK_OUTPUTS, blocks = 0, macs = 0;
	Block *block;
	uint32_t *first, *index;
	float *value, *bias;

	for (size_t g = 0; g < groups; g++) {
		for (size_t i = 0; i < layer->in; i++) {
			bool holds = block_holds(layer, g, i);

			blocks += holds;
			macs += holds ? block_width(layer, g) : 0;
		}
	}
	if (layer->in > UINT32_MAX || blocks > UINT32_MAX)
		return err_set(err, ERR_ARGUMENT,
			       "a layer of %zu blocks has no block form: at most 2^32 - 1", blocks);
	block = arena_take(arena, 1, sizeof *block, err);
	first = arena_take(arena, groups + 1, sizeof *first, err);
	index = arena_take(arena, blocks, sizeof *index, err);
	value = arena_take(arena, blocks * BLOCK_OUTPUTS, sizeof *value, err);
	bias = arena_take(arena, groups * BLOCK_OUTPUTS, sizeof *bias, err);
	if (!block || !first || !index || !value || !bias)
		return false;
	block_fill(layer, groups, first, index, value);
	memcpy(bias, layer->b, layer->out * sizeof *bias);
	*block = (Block){ layer->in, layer->out, groups, layer->relu, first, index, value, bias };
	*out = (KernelPacked){
		.data = block,
		.in = LAYOUT_ROWS_F32,
		.out = LAYOUT_ROWS_F32,
		.macs = macs,
		.weight_bytes = blocks * (BLOCK_OUTPUTS * sizeof *value + sizeof *index) +
				(groups + 1) * sizeof *first + layer->out * sizeof *bias,
	};
	return true;
}
