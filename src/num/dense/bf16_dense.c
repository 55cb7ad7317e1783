/* Linear layers in bfloat16 at inference: weights as panels of pairs, activations rounded a few
 * rows at a time on the way.
 * SPDX-License-Identifier: MIT */
#include "num/dense/bf16_dense.h"

#include <string.h>

#include "num/cpu.h"
#include "num/dense/gemm_bf16_tile.h"

typedef struct Bf16Dense {
	size_t in, out;
	bool relu;
	const uint32_t *w; /* bf16_panels */
	const float *bias; /* (out) */
} Bf16Dense;

bool bf16_dense_pack(KernelPacked *out, const Linear *layer, Arena *arena, Err *err)
{
	size_t count = layer->in * layer->out, pairs = (layer->in + 1) / 2;
	Bf16Dense *dense = arena_take(arena, 1, sizeof *dense, err);
	uint32_t *w = arena_take(arena, bf16_panels_words(layer->in, layer->out), sizeof *w, err);
	float *bias = arena_take(arena, layer->out, sizeof *bias, err);

	if (!dense || !w || !bias)
		return false;
	bf16_panels(cpu_features(), false, layer->in, layer->out, layer->w, layer->out, w);
	memcpy(bias, layer->b, layer->out * sizeof *bias);
	*dense = (Bf16Dense){ layer->in, layer->out, layer->relu, w, bias };
	*out = (KernelPacked){
		.data = dense,
		.in = LAYOUT_ROWS_F32,
		.out = LAYOUT_ROWS_F32,
		.scratch_bytes = GEMM_BF16_ROWS * pairs * sizeof *w,
		.macs = count,
		.weight_bytes = count * sizeof(uint16_t) + layer->out * sizeof *bias,
	};
	return true;
}

void bf16_dense_run(uint32_t features, const KernelPacked *packed, const float *x, size_t x_ld,
		    float *y, size_t y_ld, size_t rows, void *scratch)
{
	const Bf16Dense *dense = packed->data;

	for (size_t row = 0; row < rows; row += GEMM_BF16_ROWS) {
		size_t left = rows - row;
		GemmBf16 product = { .m = left < GEMM_BF16_ROWS ? left : GEMM_BF16_ROWS,
				     .n = dense->out,
				     .k = dense->in,
				     .a = scratch,
				     .b = dense->w,
				     .bias = dense->bias,
				     .relu = dense->relu,
				     .c = y + row * y_ld,
				     .ldc = y_ld };

		bf16_pair_columns(features, x + row * x_ld, x_ld, product.m, dense->in, scratch);
		gemm_bf16_run(features, &product);
	}
}
