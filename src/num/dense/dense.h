/* The packed forms that the dense kernels read. Private to src/num/.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_DENSE_H
#define WATTLE_NUM_DENSE_H

#include "num/dense/gemm_tile.h"
#include "num/kernel.h"

typedef struct Dense {
	size_t in, out;
	bool relu;
	uint32_t features;
	const float *w;    /* (in,out) row-major: on this machine x·W beats x·Wᵀ */
	const float *bias; /* (out) */
} Dense;

bool dense_pack(KernelPacked *out, const Linear *layer, Arena *arena, Err *err);

/* W cut into panels of neighbouring outputs, as wide as a tile of gemm_tile.h or one vector less:
 * each is read once from its begin to its end for a few rows. */
typedef struct DensePanels {
	size_t in, out;
	size_t lanes, panels;
	bool relu;
	const float *w;    /* panel by panel (in, columns), 0 past the last output */
	const float *bias; /* (out) */
} DensePanels;

/* lanes: floats of a vector; vectors: of the widest panel. */
bool dense_panels_pack(KernelPacked *out, const Linear *layer, size_t lanes, size_t vectors,
		       Arena *arena, Err *err);
/* rows: of a tile. */
void dense_panels_run(const KernelPacked *packed, const float *x, size_t x_ld, float *y,
		      size_t y_ld, size_t count, size_t rows,
		      void (*tile)(const GemmTile *tile, size_t rows, size_t cols));

#if SIMD_X86
/* One row of panels of GEMM_AVX512_COLS, or of one vector less, if it is that: the bits of
 * dense_panels_run, sooner. */
bool dense_row_fits(const DensePanels *dense);
void dense_row_avx512(const DensePanels *dense, const float *x, float *y);
#endif

#endif
