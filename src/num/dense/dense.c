/* Packing for the dense kernels: a copy of the weights, so that the model may go on changing.
 * SPDX-License-Identifier: MIT */
#include "num/dense/dense.h"

#include <string.h>

#include "num/cpu.h"

static void dense_packed(KernelPacked *out, const Linear *layer, void *data)
{
	size_t count = layer->in * layer->out;

	*out = (KernelPacked){
		.data = data,
		.in = LAYOUT_ROWS_F32,
		.out = LAYOUT_ROWS_F32,
		.macs = count,
		.weight_bytes = (count + layer->out) * sizeof(float),
	};
}

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
	dense_packed(out, layer, dense);
	return true;
}

bool dense_panels_pack(KernelPacked *out, const Linear *layer, size_t lanes, size_t vectors,
		       Arena *arena, Err *err)
{
	size_t width = (layer->out + lanes - 1) / lanes * lanes;
	size_t panels = gemm_panels(layer->out, lanes, vectors);
	DensePanels *dense = arena_take(arena, 1, sizeof *dense, err);
	float *w = arena_take(arena, layer->in * width, sizeof *w, err);
	float *bias = arena_take(arena, layer->out, sizeof *bias, err);

	if (!dense || !w || !bias)
		return false;
	for (size_t panel = 0; panel < panels; panel++) {
		size_t begin = gemm_panel_begin(layer->out, lanes, panels, panel);
		size_t end = gemm_panel_begin(layer->out, lanes, panels, panel + 1);
		size_t real = end < layer->out ? end : layer->out;

		for (size_t i = 0; i < layer->in; i++)
			memcpy(w + begin * layer->in + i * (end - begin),
			       layer->w + i * layer->out + begin, (real - begin) * sizeof *w);
	}
	memcpy(bias, layer->b, layer->out * sizeof *bias);
	*dense = (DensePanels){ layer->in, layer->out, lanes, panels, layer->relu, w, bias };
	dense_packed(out, layer, dense);
	return true;
}

void dense_panels_run(const KernelPacked *packed, const float *x, size_t x_ld, float *y,
		      size_t y_ld, size_t count, size_t rows,
		      void (*tile)(const GemmTile *tile, size_t rows, size_t cols))
{
	const DensePanels *dense = packed->data;

	for (size_t row = 0; row < count; row += rows) {
		GemmTile part = { .a = x + row * x_ld,
				  .a_row = x_ld,
				  .a_step = 1,
				  .c_ld = y_ld,
				  .k = dense->in,
				  .relu = dense->relu };

		for (size_t panel = 0; panel < dense->panels; panel++) {
			size_t begin =
				gemm_panel_begin(dense->out, dense->lanes, dense->panels, panel);
			size_t end = gemm_panel_begin(dense->out, dense->lanes, dense->panels,
						      panel + 1);

			part.b = dense->w + begin * dense->in;
			part.b_ld = end - begin;
			part.bias = dense->bias + begin;
			part.c = y + row * y_ld + begin;
			tile(&part, count - row < rows ? count - row : rows,
			     (end < dense->out ? end : dense->out) - begin);
		}
	}
}
