/* Convolution of 3 x 3 by Winograd's F(2x2, 3x3) (1509.09308) in AVX-512, image by image: 16
 * multiplications where the sums over 9 taps of 4 outputs take 36. The lanes of a vector are
 * channels, then filters. Private to src/num/.
 *
 * The results are those of the direct sums within rounding; a number that is not finite reaches
 * all outputs of the tiles that see it.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_CONV_WINOGRAD_H
#define WATTLE_NUM_CONV_WINOGRAD_H

#include "num/kernel.h"
#include "num/simd.h"

/* Whether there is this way, and it is the faster one. */
bool conv_winograd_fits(const Conv *conv);

/* ROWS_F32. macs are the products, 4/9 of those of the direct sums; not the transforms, which only
 * add. */
bool conv_winograd_pack(KernelPacked *out, const Linear *layer, Arena *arena, Err *err);
void conv_winograd_run(const KernelPacked *packed, const float *x, size_t x_ld, float *y,
		       size_t y_ld, size_t rows, float *scratch);

#endif
