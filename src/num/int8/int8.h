/* The packed form that all integer kernels read, and what they share. Private to src/num/.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_INT8_H
#define WATTLE_NUM_INT8_H

#include "num/kernel.h"

#define INT8_PANEL 64 /* outputs of a panel; the last panel of a layer may be 16, 32 or 48 wide */
#define INT8_IN_MAX 66311 /* 255·127·66,311 is the last product sum below 2^31 */

/* Weights in panels of INT8_PANEL outputs; a panel is (inputs / 4, width, 4): four inputs of an
 * output side by side, as VPDPBUSD reads them. Inputs are padded to 4 and outputs to 16 with
 * zeros. Per-output arrays hold out_padded. */
typedef struct Int8 {
	size_t in_padded, out, out_padded;
	bool to_f32;
	bool plain;                /* every total is 32 … 54: a shorter requantization is exact */
	const int8_t *w;           /* NULL: convolutions keep their own */
	const int32_t *bias;       /* of the accumulator: round(b/(s_x·s_w)) − z_x·Σw */
	const int32_t *multiplier; /* Requant, unless to_f32 */
	const int32_t *total;      /* 31 + shift */
	const int64_t *addend;     /* if plain: 2^(total − 1) + (y_zero << total) */
	const float *scale;        /* s_x·s_w of the logits, if to_f32 */
	int32_t y_zero;
	/* Zero point under ReLU, else 0; if to_f32 of the accumulator: 0 under ReLU, else the
	 * least. */
	int32_t y_low;
} Int8;

/* All of *out but the weights. Refuses what Kernel.pack says of int8. */
bool int8_numbers(Int8 *out, const Linear *layer, Arena *arena, Err *err);
bool int8_pack(KernelPacked *out, const Linear *layer, Arena *arena, Err *err);

/* Width of the panel that begins at output o. */
static inline size_t int8_panel_width(const Int8 *layer, size_t o)
{
	size_t left = layer->out_padded - o;

	return left < INT8_PANEL ? left : INT8_PANEL;
}

/* One output of requantization. */
static inline uint8_t int8_activation(const Int8 *layer, size_t o, int32_t acc)
{
	int32_t q = layer->y_zero +
		    requant_apply(acc, (Requant){ layer->multiplier[o], layer->total[o] - 31 });

	q = q < layer->y_low ? layer->y_low : q;
	return (uint8_t)(q > 255 ? 255 : q);
}

/* One output in f32. */
static inline float int8_real(const Int8 *layer, size_t o, int32_t acc)
{
	return (float)(acc < layer->y_low ? layer->y_low : acc) * layer->scale[o];
}

#endif
