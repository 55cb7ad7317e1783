/* The packed form that all CSR kernels read. Private to src/num/.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_CSR_H
#define WATTLE_NUM_CSR_H

#include "num/kernel.h"

#define CSR_IN_MAX 65535

/* Inputs of a block: their part of 64 columns of the batch stays in the nearest cache while all
 * outputs read it. */
#define CSR_BLOCK_INPUTS 160
/* Fewer weights than this to an output and block: the blocks would cost more than they save. */
#define CSR_BLOCK_WEIGHTS 16

/* Wᵀ cut into blocks of inputs. The weights of output o in block k are first[k·out + o] …
 * first[k·out + o + 1]; an output is the sum over the blocks in their order, begun with the
 * bias. */
typedef struct Csr {
	size_t in, out, blocks;
	bool relu;
	const uint32_t *first; /* (blocks·out + 1) */
	const uint16_t *index; /* input of each weight, rising within an output and block */
	const float *value;
	const float *bias; /* (out) */
} Csr;

/* Weights that are not 0; ERR_ARGUMENT where indices are too narrow for the layer. */
bool csr_count(const Linear *layer, size_t *nonzero, Err *err);
bool csr_pack(KernelPacked *out, const Linear *layer, Arena *arena, Err *err);

#endif
