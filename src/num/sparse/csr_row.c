/* Packing for the CSR kernels that take a few rows.
 * SPDX-License-Identifier: MIT */
#include "num/sparse/csr_row.h"

#include <string.h>

#include "num/sparse/csr.h"

/* Where the steps go; value NULL: they are only counted. */
typedef struct Steps {
	uint16_t *window;
	uint8_t *index;
	float *value;
	size_t used;
} Steps;

/* The first input from `from` on whose weight to an output is not 0; in: none. */
static size_t next_input(const Linear *layer, size_t output, size_t from)
{
	while (from < layer->in && layer->w[from * layer->out + output] == 0)
		from++;
	return from;
}

static void steps_add(Steps *steps, const Linear *layer, size_t output, size_t lanes, size_t window,
		      size_t next[CSR_ROW_LANES])
{
	size_t at = steps->used++ * CSR_ROW_LANES;

	if (steps->value)
		steps->window[steps->used - 1] = (uint16_t)window;
	for (size_t l = 0; l < lanes; l++) {
		size_t i = next[l];

		if (i >= layer->in || i - window >= CSR_ROW_WINDOW)
			continue;
		if (steps->value) {
			steps->index[at + l] = (uint8_t)(i - window);
			steps->value[at + l] = layer->w[i * layer->out + output + l];
		}
		next[l] = next_input(layer, output + l, i + 1);
	}
}

/* A window begins at the first weight that no step has yet, so that lanes run ahead of others by
 * less than a window. */
static void steps_of_group(Steps *steps, const Linear *layer, size_t output)
{
	size_t left = layer->out - output, lanes = left < CSR_ROW_LANES ? left : CSR_ROW_LANES;
	size_t last = layer->in < CSR_ROW_WINDOW ? 0 : layer->in - CSR_ROW_WINDOW;
	size_t next[CSR_ROW_LANES];

	for (size_t l = 0; l < lanes; l++)
		next[l] = next_input(layer, output + l, 0);
	for (;;) {
		size_t begin = layer->in;

		for (size_t l = 0; l < lanes; l++)
			begin = next[l] < begin ? next[l] : begin;
		if (begin == layer->in)
			return;
		steps_add(steps, layer, output, lanes, begin < last ? begin : last, next);
	}
}

static void steps_of_layer(Steps *steps, const Linear *layer, uint32_t *first)
{
	size_t group = 0;

	for (size_t output = 0; output < layer->out; output += CSR_ROW_LANES) {
		if (first)
			first[group++] = (uint32_t)steps->used;
		steps_of_group(steps, layer, output);
	}
	if (first)
		first[group] = (uint32_t)steps->used;
}

bool csr_row_pack(KernelPacked *out, const Linear *layer, Arena *arena, Err *err)
{
	size_t groups = (layer->out + CSR_ROW_LANES - 1) / CSR_ROW_LANES, nonzero, count;
	Steps steps = { .used = 0 };
	CsrRow *csr;
	uint32_t *first;
	float *bias;

	if (!csr_count(layer, &nonzero, err))
		return false;
	steps_of_layer(&steps, layer, NULL);
	count = steps.used;
	csr = arena_take(arena, 1, sizeof *csr, err);
	first = arena_take(arena, groups + 1, sizeof *first, err);
	steps.window = arena_take(arena, count, sizeof *steps.window, err);
	steps.index = arena_take(arena, count, CSR_ROW_LANES, err);
	steps.value = arena_take(arena, count, CSR_ROW_LANES * sizeof *steps.value, err);
	bias = arena_take(arena, groups, CSR_ROW_LANES * sizeof *bias, err);
	if (!csr || !first || !steps.window || !steps.index || !steps.value || !bias)
		return false;
	steps.used = 0;
	steps_of_layer(&steps, layer, first);
	memcpy(bias, layer->b, layer->out * sizeof *bias);
	*csr = (CsrRow){ layer->in,    layer->out,  groups,      layer->relu, first,
			 steps.window, steps.index, steps.value, bias };
	*out = (KernelPacked){
		.data = csr,
		.in = LAYOUT_ROWS_F32,
		.out = LAYOUT_ROWS_F32,
		.macs = nonzero,
		.weight_bytes = count * (CSR_ROW_LANES * (sizeof(float) + 1) + sizeof(uint16_t)) +
				(groups + 1) * sizeof *first + layer->out * sizeof *bias,
	};
	return true;
}
