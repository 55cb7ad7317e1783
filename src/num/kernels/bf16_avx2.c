/* Linear layers in bfloat16, widened to f32 with AVX2.
 * SPDX-License-Identifier: MIT */
#include "num/dense/bf16_dense.h"
#include "num/simd.h"

static void bf16_avx2_run(const KernelPacked *packed, const void *x, size_t x_ld, void *y,
			  size_t y_ld, size_t rows, void *scratch)
{
	bf16_dense_run(CPU_AVX2, packed, x, x_ld, y, y_ld, rows, scratch);
}

const Kernel kernel_bf16_avx2 = {
	.info = {
		.name = "bf16-avx2",
		.title = "bfloat16, AVX2",
		.about = "Weights and activations rounded to 16 bits, widened again to multiply.",
	},
	.form = KERNEL_BF16,
	.needs = SIMD_X86 ? CPU_AVX2 : CPU_NEVER,
	.pack = bf16_dense_pack,
	.run = bf16_avx2_run,
};
