/* Sparse convolution of blocks of 16 images, AVX-512.
 * SPDX-License-Identifier: MIT */
#include "num/conv/conv_kernels.h"

#if SIMD_X86
static void conv_csr_avx512_run(const KernelPacked *packed, const void *x, size_t x_ld, void *y,
				size_t y_ld, size_t rows, void *scratch)
{
	(void)x_ld;
	(void)y_ld;
	(void)scratch;
	conv_csr_run(&conv_taps_avx512, packed, x, y, rows);
}
#else
#define conv_csr_avx512_run NULL
#endif

const Kernel kernel_conv_csr_avx512 = {
	.info = {
		.name = "conv-csr-avx512",
		.title = "sparse convolution f32, AVX-512",
		.about = "Multiplies only weights that are not 0, for 16 images at a time.",
	},
	.op = KERNEL_CONV,
	.form = KERNEL_CSR,
	.needs = SIMD_X86 ? CPU_AVX512 : CPU_NEVER,
	.pack = conv_csr_pack,
	.run = conv_csr_avx512_run,
};
