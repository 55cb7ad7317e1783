/* Compressed rows times dense weights: y = x·W + b over the entries of x alone. What its kernels
 * share. Private to src/num/.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_ROWS_CSR_H
#define WATTLE_NUM_ROWS_CSR_H

#include "num/kernel.h"

#define ROWS_CSR_GATHER \
	2 /* outputs up to which the entries lie in lanes, and weights are gathered */

/* An input's weights begin each ld floats, so that few vectors cross cache lines: up to two outputs
 * without padding, then 4, 8 or a multiple of 16. */
typedef struct RowsCsr {
	size_t in, out, ld;
	bool relu, binary;
	float above;       /* Linear.binary */
	const float *w;    /* (in,ld), zeros behind out */
	const float *bias; /* (ld) */
} RowsCsr;

bool rows_csr_pack(KernelPacked *out, const Linear *layer, Arena *arena, Err *err);

static inline float rows_csr_value(const RowsCsr *rows, float value)
{
	if (rows->binary)
		return value > rows->above ? 1 : 0;
	return value;
}

static inline float rows_csr_end(const RowsCsr *rows, float sum, size_t o)
{
	sum += rows->bias[o];
	return rows->relu && sum < 0 ? 0 : sum;
}

#endif
