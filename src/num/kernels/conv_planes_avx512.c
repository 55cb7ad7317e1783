/* Dense convolution image by image, AVX-512.
 * SPDX-License-Identifier: MIT */
#include "num/conv/conv_kernels.h"
#include "num/conv/conv_winograd.h"

#if SIMD_X86

typedef struct Packed {
	bool winograd;
	KernelPacked way; /* as that packed it */
} Packed;

static bool conv_planes_avx512_pack(KernelPacked *out, const Linear *layer, Arena *arena, Err *err)
{
	Packed *p = arena_take(arena, 1, sizeof *p, err);

	if (!p)
		return false;
	p->winograd = layer->conv && conv_winograd_fits(layer->conv);
	if (!(p->winograd ? conv_winograd_pack : conv_planes_pack)(&p->way, layer, arena, err))
		return false;
	*out = p->way;
	out->data = p;
	return true;
}

static void conv_planes_avx512_run(const KernelPacked *packed, const void *x, size_t x_ld, void *y,
				   size_t y_ld, size_t rows, void *scratch)
{
	const Packed *p = packed->data;

	if (p->winograd)
		conv_winograd_run(&p->way, x, x_ld, y, y_ld, rows, scratch);
	else
		conv_planes_run(&conv_taps_avx512, &p->way, x, x_ld, y, y_ld, rows, scratch);
}
#else
#define conv_planes_avx512_pack conv_planes_pack
#define conv_planes_avx512_run NULL
#endif

const Kernel kernel_conv_planes_avx512 = {
	.info = {
		.name = "conv-planes-avx512",
		.title = "convolution f32, few images, AVX-512",
		.about = "Every weight, for 16 pixels of one image at a time; of many channels and "
			 "3 x 3 taps by Winograd's products.",
	},
	.op = KERNEL_CONV,
	.form = KERNEL_DENSE,
	.needs = SIMD_X86 ? CPU_AVX512 : CPU_NEVER,
	.batch_max = CONV_PLANES_ROWS,
	.pack = conv_planes_avx512_pack,
	.run = conv_planes_avx512_run,
};
