/* Linear layers in bfloat16 by VDPBF16PS.
 * SPDX-License-Identifier: MIT */
#include "num/dense/bf16_dense.h"
#include "num/simd.h"

static void bf16_avx512_run(const KernelPacked *packed, const void *x, size_t x_ld, void *y,
			    size_t y_ld, size_t rows, void *scratch)
{
	bf16_dense_run(CPU_AVX2 | CPU_AVX512 | CPU_BF16, packed, x, x_ld, y, y_ld, rows, scratch);
}

const Kernel kernel_bf16_avx512 = {
	.info = {
		.name = "bf16-avx512",
		.title = "bfloat16, AVX-512",
		.about = "Weights and activations rounded to 16 bits, two multiply-adds a lane.",
	},
	.form = KERNEL_BF16,
	.needs = SIMD_X86 ? CPU_AVX512 | CPU_BF16 : CPU_NEVER,
	.pack = bf16_dense_pack,
	.run = bf16_avx512_run,
};
