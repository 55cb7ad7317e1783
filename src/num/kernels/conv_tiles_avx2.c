/* Dense convolution of blocks of 16 images, AVX2.
 * SPDX-License-Identifier: MIT */
#include "num/conv/conv_kernels.h"

#if SIMD_X86
static void conv_tiles_avx2_run(const KernelPacked *packed, const void *x, size_t x_ld, void *y,
				size_t y_ld, size_t rows, void *scratch)
{
	(void)x_ld;
	(void)y_ld;
	(void)scratch;
	conv_tiles_run(CPU_AVX2, packed, x, y, rows);
}
#else
#define conv_tiles_avx2_run NULL
#endif

const Kernel kernel_conv_tiles_avx2 = {
	.info = {
		.name = "conv-tiles-avx2",
		.title = "convolution f32, AVX2",
		.about = "Every weight, for 16 images at a time.",
	},
	.op = KERNEL_CONV,
	.form = KERNEL_DENSE,
	.needs = SIMD_X86 ? CPU_AVX2 : CPU_NEVER,
	.batch_min = CONV_PLANES_ROWS + 1,
	.pack = conv_tiles_pack,
	.run = conv_tiles_avx2_run,
};
