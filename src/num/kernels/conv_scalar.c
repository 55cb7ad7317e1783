/* Dense convolution in plain loops: the version for every processor.
 * SPDX-License-Identifier: MIT */
#include "num/conv/conv_kernels.h"

static void conv_scalar_run(const KernelPacked *packed, const void *x, size_t x_ld, void *y,
			    size_t y_ld, size_t rows, void *scratch)
{
	conv_planes_run(&conv_taps_scalar, packed, x, x_ld, y, y_ld, rows, scratch);
}

const Kernel kernel_conv_scalar = {
	.info = {
		.name = "conv-scalar",
		.title = "convolution f32",
		.about = "Every weight, in plain loops.",
	},
	.op = KERNEL_CONV,
	.form = KERNEL_DENSE,
	.pack = conv_planes_pack,
	.run = conv_scalar_run,
};
