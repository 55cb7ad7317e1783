/* Packing for the dense kernels: a copy of the weights, so that the model may go on changing.
 * SPDX-License-Identifier: MIT */
#include "num/dense.h"

#include <string.h>

#include "num/cpu.h"

bool dense_pack(KernelPacked *out, const Linear *layer, Arena *arena, Err *err)
{
	size_t count = layer->in * layer->out;
	Dense *dense = arena_take(arena, 1, sizeof *dense, err);
	float *w = arena_take(arena, count, sizeof *w, err);
	float *bias = arena_take(arena, layer->out, sizeof *bias, err);

	if (!dense || !w || !bias)
		return false;
	memcpy(w, layer->w, count * sizeof *w);
	memcpy(bias, layer->b, layer->out * sizeof *bias);
	*dense = (Dense){ layer->in, layer->out, layer->relu, cpu_features(), w, bias };
	*out = (KernelPacked){
		.data = dense,
		.in = LAYOUT_ROWS_F32,
		.out = LAYOUT_ROWS_F32,
		.macs = count,
		.weight_bytes = (count + layer->out) * sizeof *w,
	};
	return true;
}
