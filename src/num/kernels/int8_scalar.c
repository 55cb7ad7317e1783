/* Integer weights and activations, plain loops: the version for every processor.
 * SPDX-License-Identifier: MIT */
#include "num/int8/int8.h"

static void int8_scalar_store(const Int8 *layer, size_t o, int32_t acc, void *y, size_t at)
{
	if (layer->to_f32)
		((float *)y)[at + o] = int8_real(layer, o, acc);
	else
		((uint8_t *)y)[at + o] = int8_activation(layer, o, acc);
}

/* The sum wraps on its way where the whole of it fits, so it is kept unsigned. */
static void int8_scalar_panel(const Int8 *layer, size_t begin, const uint8_t *x, void *y,
			      size_t y_at)
{
	size_t width = int8_panel_width(layer, begin);
	const int8_t *w = layer->w + begin * layer->in_padded;
	uint32_t acc[INT8_PANEL];

	for (size_t o = 0; o < width; o++)
		acc[o] = (uint32_t)layer->bias[begin + o];
	for (size_t i = 0; i < layer->in_padded; i += 4, w += width * 4)
		for (size_t o = 0; o < width; o++)
			acc[o] += (uint32_t)(x[i] * w[4 * o] + x[i + 1] * w[4 * o + 1] +
					     x[i + 2] * w[4 * o + 2] + x[i + 3] * w[4 * o + 3]);
	for (size_t o = 0; o < width && begin + o < layer->out; o++)
		int8_scalar_store(layer, begin + o, (int32_t)acc[o], y, y_at);
}

static void int8_scalar_run(const KernelPacked *packed, const void *x, size_t x_ld, void *y,
			    size_t y_ld, size_t rows, void *scratch)
{
	const Int8 *layer = packed->data;

	(void)scratch;
	for (size_t r = 0; r < rows; r++)
		for (size_t o = 0; o < layer->out_padded; o += INT8_PANEL)
			int8_scalar_panel(layer, o, (const uint8_t *)x + r * x_ld, y, r * y_ld);
}

const Kernel kernel_int8_scalar = {
	.info = {
		.name = "int8-scalar",
		.title = "int8",
		.about = "Integer weights and activations; plain loops.",
	},
	.form = KERNEL_INT8,
	.pack = int8_pack,
	.run = int8_scalar_run,
};
