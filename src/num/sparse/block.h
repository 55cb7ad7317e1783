/* The packed form that all block-sparse kernels read. Private to src/num/.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_BLOCK_H
#define WATTLE_NUM_BLOCK_H

#include "num/kernel.h"

#define BLOCK_OUTPUTS 16

/* The blocks of one input and BLOCK_OUTPUTS neighbouring outputs that hold a weight other than 0.
 * Those of group g, outputs 16·g … 16·g + 15, are first[g] … first[g + 1]. An output is act(sum of
 * its odd blocks + (bias + sum of its even ones)), counted from first[g]: every level and every
 * number of rows sums in this order. */
typedef struct Block {
	size_t in, out, groups;
	bool relu;
	const uint32_t *first; /* (groups + 1) */
	const uint32_t *index; /* input of each block, rising within a group */
	const float *value;    /* (blocks,BLOCK_OUTPUTS), 0 past the last output */
	const float *bias;     /* (groups,BLOCK_OUTPUTS) */
} Block;

bool block_pack(KernelPacked *out, const Linear *layer, Arena *arena, Err *err);

#endif
