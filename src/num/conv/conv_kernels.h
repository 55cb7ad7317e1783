/* What the convolution kernels of a form share: packed layers and how they run at an instruction
 * level. Private to src/num/.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_CONV_KERNELS_H
#define WATTLE_NUM_CONV_KERNELS_H

#include "num/conv/conv_boxes.h"

/* Batches up to this size run faster image by image than in blocks of 16. */
#define CONV_PLANES_ROWS 8

/* TILES: a layer as trained. */
bool conv_tiles_pack(KernelPacked *out, const Linear *layer, Arena *arena, Err *err);
void conv_tiles_run(uint32_t features, const KernelPacked *packed, const float *x, float *y,
		    size_t rows);

/* ROWS_F32: the lanes of a vector are pixels of one image. */
bool conv_planes_pack(KernelPacked *out, const Linear *layer, Arena *arena, Err *err);
void conv_planes_run(const ConvTapsLevel *level, const KernelPacked *packed, const float *x,
		     size_t x_ld, float *y, size_t y_ld, size_t rows, float *scratch);

/* TILES: only the taps whose weight is not 0. */
bool conv_csr_pack(KernelPacked *out, const Linear *layer, Arena *arena, Err *err);
void conv_csr_run(const ConvTapsLevel *level, const KernelPacked *packed, const float *x, float *y,
		  size_t rows);

#endif
