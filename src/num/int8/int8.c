/* Packing for the integer kernels.
 * SPDX-License-Identifier: MIT */
#include "num/int8/int8.h"

#include <math.h>

/* The arrays of an Int8 while they are written. */
typedef struct Int8Fill {
	int32_t *bias, *multiplier, *total;
	int64_t *addend;
	float *scale;
} Int8Fill;

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
	if (layer->to_f32)
		return true;
	if (!(scale > 0 && high * scale < 0x1p30 && low * scale > -0x1p30))
		return err_set(err, ERR_ARGUMENT,
			       "output %zu: the output scale %g is too small for its weights", o,
			       (double)quant->y_scale);
	fill->multiplier[o] = requant_from_scale(scale).multiplier;
	/* Without a multiplier every shift gives 0. */
	fill->total[o] = fill->multiplier[o] ? 31 + requant_from_scale(scale).shift : 32;
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

bool int8_numbers(Int8 *out, const Linear *layer, Arena *arena, Err *err)
{
	size_t out_padded = (layer->out + 15) / 16 * 16;
	Int8Fill fill;

	if (!int8_check(layer, err))
		return false;
	fill.bias = arena_take(arena, out_padded, sizeof *fill.bias, err);
	fill.multiplier = arena_take(arena, out_padded, sizeof *fill.multiplier, err);
	fill.total = arena_take(arena, out_padded, sizeof *fill.total, err);
	fill.addend = arena_take(arena, out_padded, sizeof *fill.addend, err);
	fill.scale = arena_take(arena, out_padded, sizeof *fill.scale, err);
	if (!fill.bias || !fill.multiplier || !fill.total || !fill.addend || !fill.scale)
		return false;
	for (size_t o = 0; o < out_padded; o++)
		fill.total[o] = 32;
	for (size_t o = 0; o < layer->out; o++)
		if (!int8_fill_output(layer, o, &fill, err))
			return false;
	*out = (Int8){
		.in_padded = (layer->in + 3) / 4 * 4,
		.out = layer->out,
		.out_padded = out_padded,
		.to_f32 = layer->to_f32,
		.plain = true,
		.bias = fill.bias,
		.multiplier = fill.multiplier,
		.total = fill.total,
		.addend = fill.addend,
		.scale = fill.scale,
		.y_zero = layer->quant->y_zero,
		.y_low = layer->relu ? layer->quant->y_zero : 0,
	};
	if (layer->to_f32)
		out->y_low = layer->relu ? 0 : INT32_MIN;
	for (size_t o = 0; o < layer->out; o++)
		out->plain = out->plain && fill.total[o] >= 32 && fill.total[o] <= 54;
	for (size_t o = 0; o < out_padded && out->plain; o++)
		fill.addend[o] = (INT64_C(2) * out->y_zero + 1) << (fill.total[o] - 1);
	return true;
}

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

bool int8_pack(KernelPacked *out, const Linear *layer, Arena *arena, Err *err)
{
	Int8 *packed = arena_take(arena, 1, sizeof *packed, err);
	int8_t *w;

	if (!packed || !int8_numbers(packed, layer, arena, err))
		return false;
	w = arena_take(arena, packed->out_padded, packed->in_padded, err);
	if (!w)
		return false;
	int8_fill_weights(layer, packed, w);
	packed->w = w;
	*out = (KernelPacked){
		.data = packed,
		.in = LAYOUT_ROWS_U8,
		.out = layer->to_f32 ? LAYOUT_ROWS_F32 : LAYOUT_ROWS_U8,
		.macs = layer->in * layer->out,
		.weight_bytes = layer->in * layer->out + layer->out * (layer->to_f32 ? 8 : 12),
	};
	return true;
}
