/* Dense f32 weights, plain loops: what the other kernels are compared with on screen.
 * SPDX-License-Identifier: MIT */
#include "num/dense/dense.h"

static void dense_reference_run(const KernelPacked *packed, const void *x, size_t x_ld, void *y,
				size_t y_ld, size_t rows, void *scratch)
{
	const Dense *dense = packed->data;

	(void)scratch;
	for (size_t r = 0; r < rows; r++) {
		const float *from = (const float *)x + r * x_ld;
		float *to = (float *)y + r * y_ld;

		for (size_t o = 0; o < dense->out; o++)
			to[o] = dense->bias[o];
		for (size_t i = 0; i < dense->in; i++)
			for (size_t o = 0; o < dense->out; o++)
				to[o] += from[i] * dense->w[i * dense->out + o];
		for (size_t o = 0; o < dense->out && dense->relu; o++)
			to[o] = to[o] < 0 ? 0 : to[o];
	}
}

const Kernel kernel_dense_reference = {
	.info = {
		.name = "dense-reference",
		.title = "dense f32, plain",
		.about = "Every weight in plain loops, without a library.",
	},
	.form = KERNEL_DENSE,
	.pack = dense_pack,
	.run = dense_reference_run,
};
