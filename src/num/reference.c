/* One linear layer by the textbook.
 * SPDX-License-Identifier: MIT */
#include "num/reference.h"

#include <math.h>

void reference_linear(const Linear *layer, const float *x, size_t x_ld, float *y, size_t y_ld,
		      size_t rows)
{
	for (size_t r = 0; r < rows; r++) {
		for (size_t o = 0; o < layer->out; o++) {
			double sum = layer->b[o];

			for (size_t i = 0; i < layer->in; i++)
				sum += (double)x[r * x_ld + i] *
				       (double)layer->w[i * layer->out + o];
			y[r * y_ld + o] = layer->relu && sum < 0 ? 0 : (float)sum;
		}
	}
}

static uint8_t reference_activation(const Linear *layer, size_t o, int64_t acc)
{
	const LinearQuant *quant = layer->quant;
	double scale = (double)quant->x_scale * (double)quant->w_scale[o] / (double)quant->y_scale;
	int32_t q = quant->y_zero + requant_apply((int32_t)acc, requant_from_scale(scale));

	if (layer->relu && q < quant->y_zero)
		q = quant->y_zero;
	return (uint8_t)(q < 0 ? 0 : q > 255 ? 255 : q);
}

void reference_linear_int8(const Linear *layer, const uint8_t *x, size_t x_ld, void *y, size_t y_ld,
			   size_t rows)
{
	const LinearQuant *quant = layer->quant;

	for (size_t r = 0; r < rows; r++) {
		for (size_t o = 0; o < layer->out; o++) {
			double unit = (double)quant->x_scale * (double)quant->w_scale[o];
			int64_t acc = llround((double)layer->b[o] / unit);

			for (size_t i = 0; i < layer->in; i++)
				acc += (x[r * x_ld + i] - quant->x_zero) *
				       quant->w[i * layer->out + o];
			if (layer->last)
				((float *)y)[r * y_ld + o] =
					(float)(int32_t)acc * (quant->x_scale * quant->w_scale[o]);
			else
				((uint8_t *)y)[r * y_ld + o] = reference_activation(layer, o, acc);
		}
	}
}
