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
			if (layer->to_f32 && layer->relu && acc < 0)
				acc = 0;
			if (layer->to_f32)
				((float *)y)[r * y_ld + o] =
					(float)(int32_t)acc * (quant->x_scale * quant->w_scale[o]);
			else
				((uint8_t *)y)[r * y_ld + o] = reference_activation(layer, o, acc);
		}
	}
}

void reference_conv(const Linear *layer, const float *x, size_t x_ld, float *y, size_t y_ld,
		    size_t rows)
{
	const Conv *c = layer->conv;
	size_t each = c->out_height * c->out_width, in = c->channels / c->groups;

	for (size_t at = 0; at < rows * c->filters * each; at++) {
		size_t r = at / (c->filters * each), o = at % (c->filters * each);
		size_t f = o / each, h = o % each / c->out_width, w = o % c->out_width;
		size_t channel = f / (c->filters / c->groups) * in;
		double sum = layer->b[f];

		for (size_t t = 0; t < layer->in; t++) {
			size_t i = h * c->stride_h + t / c->kernel_w % c->kernel_h - c->pad_h;
			size_t j = w * c->stride_w + t % c->kernel_w - c->pad_w;
			size_t k = channel + t / c->kernel_w / c->kernel_h;

			if (i < c->height && j < c->width) /* below 0 wraps round */
				sum += (double)x[r * x_ld + (k * c->height + i) * c->width + j] *
				       (double)layer->w[t * c->filters + f];
		}
		y[r * y_ld + o] = layer->relu && sum < 0 ? 0 : (float)sum;
	}
}
