/* The packed form that the dense kernels read. Private to src/num/.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_DENSE_H
#define WATTLE_NUM_DENSE_H

#include "num/kernel.h"

typedef struct Dense {
	size_t in, out;
	bool relu;
	uint32_t features;
	const float *w;    /* (in,out) row-major: on this machine x·W beats x·Wᵀ */
	const float *bias; /* (out) */
} Dense;

bool dense_pack(KernelPacked *out, const Linear *layer, Arena *arena, Err *err);

#endif
