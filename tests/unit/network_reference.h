/* Every layer as plain loops in double, row by row: what programs must agree with.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_NETWORK_REFERENCE_H
#define WATTLE_TESTS_NETWORK_REFERENCE_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/model.h"
#include "unit.h"

static inline bool reference_is(const Layer *layer, const char *name)
{
	return strcmp(layer->kind->info.name, name) == 0;
}

static inline const float *reference_span(const Model *model, const Layer *layer, size_t i)
{
	return model->params + model->span[layer->span[i]].offset;
}

static inline void reference_dense(const Model *model, const Layer *layer, const double *x,
				   double *y)
{
	const float *w = reference_span(model, layer, 0), *b = reference_span(model, layer, 1);
	size_t in = shape_size(layer->in), out = shape_size(layer->out);

	for (size_t o = 0; o < out; o++) {
		y[o] = (double)b[o];
		for (size_t i = 0; i < in; i++)
			y[o] += x[i] * (double)w[i * out + o];
	}
}

/* One output pixel: the sum over the window of x·w (conv2d), of x (avgpool), or its maximum. */
static inline double reference_window(const Conv *c, const float *w, bool most, const double *x,
				      size_t f, size_t h, size_t v)
{
	size_t each = c->channels / c->groups, first = f / (c->filters / c->groups) * each;
	double sum = most ? -INFINITY : 0;

	for (size_t t = 0; t < each * c->kernel_h * c->kernel_w; t++) {
		size_t j = t % c->kernel_w, i = t / c->kernel_w % c->kernel_h;
		size_t channel = first + t / c->kernel_w / c->kernel_h;
		size_t row = h * c->stride_h + i - c->pad_h, col = v * c->stride_w + j - c->pad_w;

		if (row >= c->height || col >= c->width)
			continue;
		double value = x[(channel * c->height + row) * c->width + col];

		if (most)
			sum = fmax(sum, value);
		else
			sum += value * (w ? (double)w[t * c->filters + f] : 1);
	}
	return sum;
}

static inline void reference_image(const Model *model, const Layer *layer, const double *x,
				   double *y)
{
	const Conv *c = &layer->conv;
	bool conv = reference_is(layer, "conv2d"), most = reference_is(layer, "maxpool");
	const float *w = conv ? reference_span(model, layer, 0) : NULL;

	for (size_t f = 0; f < c->filters; f++)
		for (size_t h = 0; h < c->out_height; h++)
			for (size_t v = 0; v < c->out_width; v++) {
				double sum = reference_window(c, w, most, x, f, h, v);

				if (conv)
					sum += (double)reference_span(model, layer, 1)[f];
				else if (!most)
					sum /= (double)(c->kernel_h * c->kernel_w);
				*y++ = sum;
			}
}

static inline void reference_norm(const Model *model, const Layer *layer, const double *x,
				  double *y)
{
	size_t pixels = layer->in.height * layer->in.width;

	for (size_t i = 0; i < shape_size(layer->in); i++) {
		size_t c = i / pixels;
		double mean = (double)reference_span(model, layer, 2)[c];
		double variance = (double)reference_span(model, layer, 3)[c];

		y[i] = (x[i] - mean) / sqrt(variance + 1e-5) *
			       (double)reference_span(model, layer, 0)[c] +
		       (double)reference_span(model, layer, 1)[c];
	}
}

static inline double reference_act(const Layer *layer, double x)
{
	if (reference_is(layer, "relu"))
		return fmax(x, 0);
	if (reference_is(layer, "leaky"))
		return x < 0 ? (double)layer->value * x : x;
	if (reference_is(layer, "tanh"))
		return tanh(x);
	if (reference_is(layer, "sigmoid"))
		return 1 / (1 + exp(-x));
	if (reference_is(layer, "gelu"))
		return x * (1 + erf(x / sqrt(2))) / 2;
	if (reference_is(layer, "flatten") || reference_is(layer, "dropout"))
		return x;
	fail_msg("the reference knows no layer '%s'", layer->kind->info.name);
	return 0;
}

static inline void reference_softmax(const double *x, double *y, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += y[i] = exp(x[i]);
	for (size_t i = 0; i < n; i++)
		y[i] /= sum;
}

static inline void reference_layer(const Model *model, const Layer *layer, const double *x,
				   double *const *all, double *y)
{
	size_t n = shape_size(layer->out);

	if (reference_is(layer, "dense"))
		reference_dense(model, layer, x, y);
	else if (reference_is(layer, "conv2d") || strstr(layer->kind->info.name, "pool"))
		reference_image(model, layer, x, y);
	else if (reference_is(layer, "batchnorm"))
		reference_norm(model, layer, x, y);
	else if (reference_is(layer, "softmax"))
		reference_softmax(x, y, n);
	else if (reference_is(layer, "add"))
		for (size_t i = 0; i < n; i++)
			y[i] = x[i] + all[layer->from][i];
	else
		for (size_t i = 0; i < n; i++)
			y[i] = reference_act(layer, x[i]);
}

/* Outputs of one row of rows. */
static inline void reference_row(const Model *model, const Rows *rows, size_t at, double *out)
{
	const uint8_t *bytes = rows->set->bytes + rows_at(rows, at) * rows->set->features;
	double *all[MODEL_LAYERS_MAX], *x = calloc(rows->set->features, sizeof *x);

	assert_non_null(x);
	for (size_t i = 0; i < rows->set->features; i++)
		x[i] = bytes[i] * (double)model->input_scale;
	for (size_t i = 0; i < model->layers; i++) {
		all[i] = calloc(shape_size(model->layer[i].out), sizeof *all[i]);
		assert_non_null(all[i]);
		reference_layer(model, &model->layer[i], i ? all[i - 1] : x, all, all[i]);
	}
	memcpy(out, all[model->layers - 1], model_outputs(model) * sizeof *out);
	for (size_t i = 0; i < model->layers; i++)
		free(all[i]);
	free(x);
}

#endif
