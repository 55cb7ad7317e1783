/* Packing for the CSR kernels.
 * SPDX-License-Identifier: MIT */
#include "num/sparse/csr.h"

#include <string.h>

static void csr_fill(const Linear *layer, size_t blocks, uint32_t *first, uint16_t *index,
		     float *value)
{
	size_t each = (layer->in + blocks - 1) / blocks;
	uint32_t used = 0;

	for (size_t k = 0; k < blocks; k++) {
		size_t begin = k * each < layer->in ? k * each : layer->in;
		size_t end = layer->in - begin < each ? layer->in : begin + each;

		for (size_t o = 0; o < layer->out; o++) {
			*first++ = used;
			for (size_t i = begin; i < end; i++) {
				float w = layer->w[i * layer->out + o];

				if (w != 0) {
					index[used] = (uint16_t)i;
					value[used++] = w;
				}
			}
		}
	}
	*first = used;
}

static size_t csr_blocks(const Linear *layer, size_t nonzero)
{
	size_t most = (layer->in + CSR_BLOCK_INPUTS - 1) / CSR_BLOCK_INPUTS;
	size_t worth = nonzero / (layer->out * CSR_BLOCK_WEIGHTS);

	return worth < 1 ? 1 : worth < most ? worth : most;
}

bool csr_count(const Linear *layer, size_t *nonzero, Err *err)
{
	*nonzero = 0;
	if (layer->in > CSR_IN_MAX)
		return err_set(err, ERR_ARGUMENT,
			       "a layer of %zu inputs has no CSR form: at most %d", layer->in,
			       CSR_IN_MAX);
	for (size_t i = 0; i < layer->in * layer->out; i++)
		*nonzero += layer->w[i] != 0;
	if (*nonzero > UINT32_MAX)
		return err_set(err, ERR_ARGUMENT,
			       "a layer of %zu weights has no CSR form: at most 2^32 - 1",
			       *nonzero);
	return true;
}

bool csr_pack(KernelPacked *out, const Linear *layer, Arena *arena, Err *err)
{
	size_t nonzero, firsts, blocks;
	Csr *csr;
	uint32_t *first;
	uint16_t *index;
	float *value, *bias;

	if (!csr_count(layer, &nonzero, err))
		return false;
	blocks = csr_blocks(layer, nonzero);
	firsts = blocks * layer->out + 1;
	csr = arena_take(arena, 1, sizeof *csr, err);
	first = arena_take(arena, firsts, sizeof *first, err);
	index = arena_take(arena, nonzero, sizeof *index, err);
	value = arena_take(arena, nonzero, sizeof *value, err);
	bias = arena_take(arena, layer->out, sizeof *bias, err);
	if (!csr || !first || !index || !value || !bias)
		return false;
	csr_fill(layer, blocks, first, index, value);
	memcpy(bias, layer->b, layer->out * sizeof *bias);
	*csr = (Csr){ layer->in, layer->out, blocks, layer->relu, first, index, value, bias };
	*out = (KernelPacked){
		.data = csr,
		.in = LAYOUT_COLS_F32,
		.out = LAYOUT_COLS_F32,
		.macs = nonzero,
		.weight_bytes = nonzero * (sizeof *value + sizeof *index) + firsts * sizeof *first +
				layer->out * sizeof *bias,
	};
	return true;
}
