/* Sparse convolution of blocks of 16 images, plain loops: the version for every processor.
 * SPDX-License-Identifier: MIT */
#include "num/conv/conv_kernels.h"

static void conv_csr_scalar_run(const KernelPacked *packed, const void *x, size_t x_ld, void *y,
				size_t y_ld, size_t rows, void *scratch)
{
	(void)x_ld;
	(void)y_ld;
	(void)scratch;
	conv_csr_run(&conv_taps_scalar, packed, x, y, rows);
}

const Kernel kernel_conv_csr_scalar = {
	.info = {
		.name = "conv-csr-scalar",
		.title = "sparse convolution f32",
		.about = "Multiplies only weights that are not 0; plain loops.",
	},
	.op = KERNEL_CONV,
	.form = KERNEL_CSR,
	.pack = conv_csr_pack,
	.run = conv_csr_scalar_run,
};
