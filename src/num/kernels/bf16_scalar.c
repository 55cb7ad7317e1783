/* Linear layers in bfloat16, plain loops.
 * SPDX-License-Identifier: MIT */
#include "num/dense/bf16_dense.h"
#include "num/simd.h"

static void bf16_scalar_run(const KernelPacked *packed, const void *x, size_t x_ld, void *y,
			    size_t y_ld, size_t rows, void *scratch)
{
	bf16_dense_run(0, packed, x, x_ld, y, y_ld, rows, scratch);
}

const Kernel kernel_bf16_scalar = {
	.info = {
		.name = "bf16-scalar",
		.title = "bfloat16",
		.about = "Weights and activations rounded to 16 bits; plain loops.",
	},
	.form = KERNEL_BF16,
	.pack = bf16_dense_pack,
	.run = bf16_scalar_run,
};
