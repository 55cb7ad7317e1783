/* The packed form that the bf16 kernels read. Private to src/num/.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_BF16_DENSE_H
#define WATTLE_NUM_BF16_DENSE_H

#include "num/kernel.h"

bool bf16_dense_pack(KernelPacked *out, const Linear *layer, Arena *arena, Err *err);
void bf16_dense_run(uint32_t features, const KernelPacked *packed, const float *x, size_t x_ld,
		    float *y, size_t y_ld, size_t rows, void *scratch);

#endif
