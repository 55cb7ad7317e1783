/* Packing for the integer kernels.
 * SPDX-License-Identifier: MIT */
#include "num/int8.h"

#include <math.h>

/* The arrays of an Int8 while they are written. */
typedef struct Int8Fill {
	int8_t *w;
	int32_t *bias, *multiplier, *total;
	float *scale;
} Int8Fill;

static void int8_fill_weights(const Linear *layer, const Int8 *packed, int8_t *w)
{
	for (size_t o = 0; o < layer->out; o++) {
		size_t panel = o - o % INT8_PANEL;
		size_t width = int8_panel_width(packed, panel);
		int8_t *to = w + panel * packed->in_padded + (o - panel) * 4;

		for (size_t i = 0; i < layer->in; i++)
			to[i / 4 * width * 4 + i % 4] = layer->quant->w[i * layer->out + o];
	}
}

/* Numbers of one output; checks that no input whatever can leave 32 bits, in the sum or after
 * requantization. */
static bool int8_fill_output(const Linear *layer, size_t o, Int8Fill *fill, Err *err)
{
	const LinearQuant *quant = layer->quant;
	double unit = (double)quant->x_scale * (double)quant->w_scale[o];
	double bias = round((double)layer->b[o] / unit);
	double scale = unit / (double)quant->y_scale;
	int64_t sum = 0, positive = 0, negative = 0;
	double high, low;

	for (size_t i = 0; i < layer->in; i++) {
		int8_t w = quant->w[i * layer->out + o];

		sum += w;
		positive += w > 0 ? w : 0;
		negative += w < 0 ? w : 0;
	}
	high = bias + (double)(positive * (255 - quant->x_zero) - negative * quant->x_zero);
	low = bias + (double)(negative * (255 - quant->x_zero) - positive * quant->x_zero);
	if (!(unit > 0 && high <= INT32_MAX && low >= INT32_MIN))
		return err_set(
			err, ERR_ARGUMENT,
			"output %zu may leave 32 bits: input scale %g, weight scale %g, bias %g", o,
			(double)quant->x_scale, (double)quant->w_scale[o], (double)layer->b[o]);
	/* Unsigned: the zero point's share may wrap where the whole sum fits. */
	fill->bias[o] = (int32_t)((uint32_t)(int64_t)bias - (uint32_t)(sum * quant->x_zero));
	fill->scale[o] = quant->x_scale * quant->w_scale[o];
	if (layer->last)
		return true;
	if (!(scale > 0 && high * scale < 0x1p30 && low * scale > -0x1p30))
		return err_set(err, ERR_ARGUMENT,
			       "output %zu: the output scale %g is too small for its weights", o,
			       (double)quant->y_scale);
	fill->multiplier[o] = requant_from_scale(scale).multiplier;
	fill->total[o] = 31 + requant_from_scale(scale).shift;
	return true;
}

static bool int8_check(const Linear *layer, Err *err)
{
	if (!layer->quant)
		return err_set(err, ERR_ARGUMENT, "the layer is not quantized");
	if (layer->in > INT8_IN_MAX)
		return err_set(err, ERR_ARGUMENT,
			       "a layer of %zu inputs has no int8 form: at most %d", layer->in,
			       INT8_IN_MAX);
	return true;
}

bool int8_pack(KernelPacked *out, const Linear *layer, Arena *arena, Err *err)
{
	Int8Fill fill;
	Int8 *packed;
	size_t in_padded = (layer->in + 3) / 4 * 4;
	size_t out_padded = (layer->out + 15) / 16 * 16;

	if (!int8_check(layer, err))
		return false;
	packed = arena_take(arena, 1, sizeof *packed, err);
	fill.w = arena_take(arena, out_padded, in_padded, err);
	fill.bias = arena_take(arena, out_padded, sizeof *fill.bias, err);
	fill.multiplier = arena_take(arena, out_padded, sizeof *fill.multiplier, err);
	fill.total = arena_take(arena, out_padded, sizeof *fill.total, err);
	fill.scale = arena_take(arena, out_padded, sizeof *fill.scale, err);
	if (!packed || !fill.w || !fill.bias || !fill.multiplier || !fill.total || !fill.scale)
		return false;
	for (size_t o = layer->out; o < out_padded; o++)
		fill.total[o] = 31;
	for (size_t o = 0; o < layer->out; o++)
		if (!int8_fill_output(layer, o, &fill, err))
			return false;
	*packed = (Int8){
		.in_padded = in_padded,
		.out = layer->out,
		.out_padded = out_padded,
		.last = layer->last,
		.w = fill.w,
		.bias = fill.bias,
		.multiplier = fill.multiplier,
		.total = fill.total,
		.scale = fill.scale,
		.y_zero = layer->quant->y_zero,
		.y_low = layer->relu ? layer->quant->y_zero : 0,
	};
	int8_fill_weights(layer, packed, fill.w);
	*out = (KernelPacked){
		.data = packed,
		.in = LAYOUT_ROWS_U8,
		.out = layer->last ? LAYOUT_ROWS_F32 : LAYOUT_ROWS_U8,
		.macs = layer->in * layer->out,
		.weight_bytes = layer->in * layer->out + layer->out * (layer->last ? 8 : 12),
	};
	return true;
}
