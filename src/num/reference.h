/* What every kernel is held to: one linear layer by the textbook, nothing packed, sums in double
 * or in 64 bits. For tests and benchmarks.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_REFERENCE_H
#define WATTLE_NUM_REFERENCE_H

#include "num/kernel.h"

/* y (rows,out) = act(x (rows,in) · W + b). */
void reference_linear(const Linear *layer, const float *x, size_t x_ld, float *y, size_t y_ld,
		      size_t rows);

/* y (rows, conv_out) = act(x (rows, conv_in) * W + b), layer->conv given. */
void reference_conv(const Linear *layer, const float *x, size_t x_ld, float *y, size_t y_ld,
		    size_t rows);

/* reference_linear in integers, layer->quant given: x u8 (rows,in); y u8 (rows,out), or f32 logits
 * when layer->to_f32. The bias is round(b / (s_x·s_w)), half away from zero, in units of the
 * accumulator. */
void reference_linear_int8(const Linear *layer, const uint8_t *x, size_t x_ld, void *y, size_t y_ld,
			   size_t rows);

#endif
