/* Dense f32 weights in panels, AVX-512: tiles of rows × outputs in registers, bias and ReLU in
 * them.
 * SPDX-License-Identifier: MIT */
#include "num/dense/dense.h"

#define LANES 16

static bool dense_avx512_pack(KernelPacked *out, const Linear *layer, Arena *arena, Err *err)
{
	return dense_panels_pack(out, layer, LANES, GEMM_AVX512_COLS / LANES, arena, err);
}

#if SIMD_X86

static void dense_avx512_run(const KernelPacked *packed, const void *x, size_t x_ld, void *y,
			     size_t y_ld, size_t rows, void *scratch)
{
	(void)scratch;
	if (rows == 1 && dense_row_fits(packed->data)) {
		dense_row_avx512(packed->data, x, y);
		return;
	}
	dense_panels_run(packed, x, x_ld, y, y_ld, rows, GEMM_AVX512_ROWS, gemm_avx512_tile);
}

#else
#define dense_avx512_run NULL
#endif

const Kernel kernel_dense_avx512 = {
	.info = {
		.name = "dense-avx512",
		.title = "dense f32, AVX-512",
		.about = "Every weight, in panels that are read once for a few rows.",
	},
	.form = KERNEL_DENSE,
	.needs = SIMD_X86 ? CPU_AVX512 : CPU_NEVER,
	.pack = dense_avx512_pack,
	.run = dense_avx512_run,
};
