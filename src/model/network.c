/* Networks: a model's list of layers, how it is built from lines, and how its weighted layers look
 * to kernels.
 * SPDX-License-Identifier: MIT */
#include "model/network.h"

#include <string.h>

#include "base/text.h"

#define NETWORK_FEATURES_MAX ((size_t)1 << 24) /* of one row, at any layer */

/* --- building --------------------------------------------------------------------------------- */

bool model_begin(Model *model, Shape input, uint64_t seed, Err *err)
{
	size_t n;

	model->input = input;
	model->seed = seed;
	if (!size_mul(input.channels, input.height, &n) || !size_mul(n, input.width, &n) ||
	    n == 0 || n > NETWORK_FEATURES_MAX)
		return err_set(
			err, ERR_ARGUMENT,
			"%s: the input is %zu x %zu x %zu, but must have from 1 to %zu numbers",
			model->kind->info.name, input.channels, input.height, input.width,
			NETWORK_FEATURES_MAX);
	return true;
}

/* The line as it was written, but for its blanks: one between two words. */
static bool layer_write(Layer *layer, const char *line, Err *err)
{
	size_t len = 0;

	for (bool space = true; *line; line++) {
		bool blank = *line == ' ' || *line == '\t' || *line == '\r';

		if (blank && space)
			continue;
		if (len + 1 >= sizeof layer->text)
			return err_set(err, ERR_ARGUMENT, "the line has more than %zu bytes",
				       sizeof layer->text - 1);
		layer->text[len++] = blank ? ' ' : *line;
		space = blank;
	}
	while (len > 0 && layer->text[len - 1] == ' ')
		len--;
	layer->text[len] = '\0';
	return true;
}

static bool layer_make(Layer *layer, Model *model, const char *line, Err *err)
{
	Params params;
	const LayerKind *kind = layer_parse(line, &params, err);

	if (!kind)
		return false;
	*layer = (Layer){ .kind = kind, .in = model->input };
	if (model->layers > 0)
		layer->in = model->layer[model->layers - 1].out;
	layer->out = layer->in;
	if (!layer_write(layer, line, err) || !kind->shape(layer, model, &params, err))
		return false;
	if (shape_size(layer->out) > NETWORK_FEATURES_MAX)
		return err_set(err, ERR_ARGUMENT, "its outputs are %zu numbers, more than %zu",
			       shape_size(layer->out), NETWORK_FEATURES_MAX);
	return true;
}

bool model_add_layer(Model *model, const char *line, Err *err)
{
	Layer *layer = &model->layer[model->layers];

	if (model->layers == MODEL_LAYERS_MAX)
		return err_set(err, ERR_ARGUMENT, "%s: more than %d layers", model->kind->info.name,
			       MODEL_LAYERS_MAX);
	if (!layer_make(layer, model, line, err))
		return err_prefix(err, "%s: layer %zu, '%.*s'", model->kind->info.name,
				  model->layers + 1, LAYER_TEXT_MAX, line);
	if (layer->kind->role == LAYER_WEIGHTS)
		model->weighted_layer[model->weighted++] = model->layers;
	model->layers++;
	return true;
}

bool model_add_layers(Model *model, const char *lines, Err *err)
{
	while (*lines) {
		char line[4 * LAYER_TEXT_MAX];
		size_t len = strcspn(lines, ";\n");

		if (len >= sizeof line)
			return err_set(err, ERR_ARGUMENT, "%s: layer %zu: more than %zu bytes",
				       model->kind->info.name, model->layers + 1, sizeof line - 1);
		text_format(line, sizeof line, "%.*s", (int)len, lines);
		if (!model_add_layer(model, line, err))
			return false;
		lines += len + (lines[len] != '\0');
	}
	return true;
}

bool network_shape(Model *model, const Params *params, Shape input, const char *lines, Err *err)
{
	uint64_t seed = (uint64_t)params_get(params, "seed")->integer;

	if (!model_begin(model, input, seed, err) || !model_add_layers(model, lines, err))
		return false;
	for (size_t i = 0; i < model->layers; i++) {
		const LayerKind *kind = model->layer[i].kind;

		if (kind->forward && !kind->backward)
			return err_set(err, ERR_ARGUMENT,
				       "%s: layer %zu, '%s': a network cannot be trained through "
				       "%s; it is for models with a fit of their own",
				       model->kind->info.name, i + 1, model->layer[i].text,
				       kind->info.name);
	}
	if (model->weighted == 0)
		return err_set(
			err, ERR_ARGUMENT,
			"%s: no layer has weights, so there is nothing to train; add a dense "
			"layer with one output for each class",
			model->kind->info.name);
	return true;
}

bool network_init(Model *model, Control *control, Err *err)
{
	Random random;

	random_init(&random, model->seed, RANDOM_WEIGHTS);
	for (size_t i = 0; i < model->layers; i++) {
		const Layer *layer = &model->layer[i];
		float *span[LAYER_SPANS_MAX] = { NULL };

		for (size_t k = 0; k < layer->spans; k++)
			if (model->span[layer->span[k]].type == SPAN_F32)
				span[k] = model_span_data(model, layer->span[k]);
		if (layer->kind->init && !layer->kind->init(layer, span, &random, control, err))
			return false;
	}
	return true;
}

/* --- looking ---------------------------------------------------------------------------------- */

size_t model_inputs(const Model *model)
{
	return shape_size(model->input);
}

size_t model_outputs(const Model *model)
{
	return shape_size(model->layers ? model->layer[model->layers - 1].out : model->input);
}

size_t model_width(const Model *model, size_t at)
{
	if (at == model->weighted)
		return model_outputs(model);
	return shape_size(model->layer[model->weighted_layer[at]].in);
}

bool model_reads_sparse(const Model *model, size_t at)
{
	if (model->form != DATASET_SPARSE || at != 0)
		return false;
	bool binary = false;

	for (size_t i = 0; i < model->weighted_layer[0]; i++) {
		const Layer *layer = &model->layer[i];
		LayerRole role = layer->kind->role;

		/* One threshold, under which 0 stays 0. */
		if (role == LAYER_THRESHOLD && layer->value >= 0 && !binary)
			binary = true;
		else if (role != LAYER_SHAPE && role != LAYER_TRAINING)
			return false;
	}
	return true;
}

bool model_feeds_next(const Model *model, size_t at)
{
	for (size_t i = at + 1; i < model->layers; i++)
		if (model->layer[i].kind->skips && model->layer[i].from == at)
			return false;
	return at + 1 < model->layers;
}

bool network_feeds_weights(const Model *model, size_t at, size_t *next)
{
	while (model_feeds_next(model, at)) {
		LayerRole role = model->layer[++at].kind->role;

		if (role == LAYER_WEIGHTS) {
			for (*next = 0; model->weighted_layer[*next] != at;)
				++*next;
			return true;
		}
		if (role != LAYER_TRAINING && role != LAYER_SHAPE && role != LAYER_POOL_MAX)
			return false;
	}
	return false;
}

void model_weights(const Model *model, size_t at, Linear *out, LinearQuant *quant)
{
	size_t index = model->weighted_layer[at];
	const Layer *layer = &model->layer[index];
	const Span *weight = &model->span[layer->span[0]];
	const SpanQuant *from = model->quant ? &model->quant[layer->span[0]] : NULL;
	bool sparse = model_reads_sparse(model, at);
	bool relu =
		model_feeds_next(model, index) && model->layer[index + 1].kind->role == LAYER_RELU;
	size_t next;

	*out = (Linear){
		.in = weight->rows,
		.out = weight->cols,
		.w = model->params + weight->offset,
		.b = model->params + model->span[layer->span[1]].offset,
		.relu = relu,
		.to_f32 = !network_feeds_weights(model, index + relu, &next),
		.conv = layer->conv.filters ? &layer->conv : NULL,
		.entries = sparse ? model->entries : 0,
	};
	for (size_t i = 0; sparse && i < index; i++) {
		if (model->layer[i].kind->role != LAYER_THRESHOLD)
			continue;
		out->binary = true;
		out->above = model->layer[i].value;
	}
	if (!from || !from->w)
		return;
	*quant = (LinearQuant){
		.w = from->w,
		.w_scale = from->w_scale,
		.x_scale = from->x_scale,
		.y_scale = from->y_scale,
		.x_zero = from->x_zero,
		.y_zero = from->y_zero,
	};
	out->quant = quant;
}
