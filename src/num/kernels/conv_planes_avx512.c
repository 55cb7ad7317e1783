/* Dense convolution image by image, AVX-512.
 * SPDX-License-Identifier: MIT */
#include "num/conv/conv_kernels.h"

#if SIMD_X86
static void conv_planes_avx512_run(const KernelPacked *packed, const void *x, size_t x_ld, void *y,
				   size_t y_ld, size_t rows, void *scratch)
{
	conv_planes_run(&conv_taps_avx512, packed, x, x_ld, y, y_ld, rows, scratch);
}
#else
#define conv_planes_avx512_run NULL
#endif

const Kernel kernel_conv_planes_avx512 = {
	.info = {
		.name = "conv-planes-avx512",
		.title = "convolution f32, few images, AVX-512",
		.about = "Every weight, for 16 pixels of one image at a time.",
	},
	.op = KERNEL_CONV,
	.form = KERNEL_DENSE,
	.needs = SIMD_X86 ? CPU_AVX512 : CPU_NEVER,
	.batch_max = CONV_PLANES_ROWS,
	.pack = conv_planes_pack,
	.run = conv_planes_avx512_run,
};
