/* Packing for compressed rows.
 * SPDX-License-Identifier: MIT */
#include "num/sparse/rows_csr.h"

#include <math.h>
#include <string.h>

static size_t rows_csr_ld(size_t out)
{
	if (out <= ROWS_CSR_GATHER)
		return out;
	if (out <= 8)
		return out <= 4 ? 4 : 8;
	return (out + 15) / 16 * 16;
}

bool rows_csr_pack(KernelPacked *out, const Linear *layer, Arena *arena, Err *err)
{
	RowsCsr *rows = arena_take(arena, 1, sizeof *rows, err);
	size_t ld = rows_csr_ld(layer->out), count;
	float *w, *bias;

	if (!rows)
		return false;
	/* Gathers take 32-bit indices. */
	if (!size_mul(layer->in, ld, &count) || count > INT32_MAX)
		return err_set(err, ERR_ARGUMENT, "%zu x %zu weights are too many", layer->in,
			       layer->out);
	w = arena_take(arena, count, sizeof *w, err);
	bias = w ? arena_take(arena, ld, sizeof *bias, err) : NULL;
	if (!bias)
		return false;
	for (size_t i = 0; i < layer->in; i++)
		memcpy(w + i * ld, layer->w + i * layer->out, layer->out * sizeof *w);
	memcpy(bias, layer->b, layer->out * sizeof *bias);
	*rows = (RowsCsr){
		.in = layer->in,
		.out = layer->out,
		.ld = ld,
		.relu = layer->relu,
		.binary = layer->binary,
		.above = layer->above,
		.w = w,
		.bias = bias,
	};
	*out = (KernelPacked){
		.data = rows,
		.in = LAYOUT_ROWS_CSR,
		.out = LAYOUT_ROWS_F32,
		.macs = (uint64_t)llrint(layer->entries * (double)layer->out),
		.weight_bytes = (count + ld) * sizeof(float),
	};
	return true;
}
