/* Folding: the kept layers' lines make the new model; then the spans move over.
 * SPDX-License-Identifier: MIT */
#include "model/fold.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "num/train/norm.h"

/* What becomes of each layer. */
typedef struct Folding {
	const Model *model;
	bool gone[MODEL_LAYERS_MAX];   /* dropout, and folded norms */
	size_t norm[MODEL_LAYERS_MAX]; /* of weights: the layer that is folded into them; 0: none */
	/* Of each layer: which layer of the new model has its outputs. */
	size_t at[MODEL_LAYERS_MAX];
	char line[MODEL_LAYERS_MAX][LAYER_TEXT_MAX];
	const char *lines[MODEL_LAYERS_MAX];
	size_t count;
} Folding;

static bool fold_suits(const Model *model, size_t i)
{
	return i > 0 && !model->quant && model->layer[i].kind->role == LAYER_NORM &&
	       model->layer[i - 1].kind->role == LAYER_WEIGHTS && model_feeds_next(model, i - 1);
}

/* Dropout, but not that of the inputs, which an add could not name without it. */
static bool fold_drops(const Model *model, size_t i)
{
	size_t first = 0;

	while (model->layer[first].kind->role == LAYER_TRAINING)
		first++;
	return i > first && model->layer[i].kind->role == LAYER_TRAINING;
}

bool model_folds(const Model *model)
{
	for (size_t i = 0; i < model->layers; i++)
		if (fold_drops(model, i) || fold_suits(model, i))
			return true;
	return false;
}

/* The new line of kept layer i. An add counts layers from 1; those that count may have gone. */
static void fold_line(Folding *f, size_t i)
{
	const Layer *layer = &f->model->layer[i];
	char *line = f->line[f->count];

	text_format(line, LAYER_TEXT_MAX, "%s", layer->text);
	if (layer->kind->skips)
		text_format(line, LAYER_TEXT_MAX, "%s %zu", layer->kind->info.name,
			    f->at[layer->from] + 1);
	f->lines[f->count] = line;
	f->at[i] = f->count++;
}

static void fold_decide(Folding *f)
{
	const Model *model = f->model;

	for (size_t i = 0; i < model->layers; i++) {
		f->gone[i] = fold_drops(model, i) || fold_suits(model, i);
		if (i + 1 < model->layers && fold_suits(model, i + 1))
			f->norm[i] = i + 1;
		if (!f->gone[i])
			fold_line(f, i);
		else
			f->at[i] = f->count - 1;
	}
}

/* One span: numbers, mask, integers. */
static void fold_span(Model *to, size_t t, const Model *from, size_t s)
{
	const Span *span = &from->span[s];
	size_t n = span->rows * span->cols;

	memcpy(model_span_data(to, t), model_span_at(from, s), n * span_size(span->type));
	if (span->type != SPAN_F32)
		return;
	if (from->mask)
		memcpy(to->mask + to->span[t].offset, from->mask + span->offset, n);
	if (!from->quant || !from->quant[s].w)
		return;
	SpanQuant *quant = &to->quant[t], own = *quant;

	*quant = from->quant[s];
	quant->w = memcpy(own.w, quant->w, n);
	quant->w_scale = memcpy(own.w_scale, quant->w_scale, span->cols * sizeof(float));
}

static void fold_norm(Model *to, const Layer *weights, const Model *from, const Layer *norm)
{
	const float *span[LAYER_SPANS_MAX];
	const Span *w = &to->span[weights->span[0]];

	for (size_t i = 0; i < norm->spans; i++)
		span[i] = from->params + from->span[norm->span[i]].offset;
	const BatchNorm with = { .channels = w->cols,
				 .gamma = span[0],
				 .beta = span[1],
				 .mean = (float *)(uintptr_t)span[2],
				 .var = (float *)(uintptr_t)span[3],
				 .epsilon = NORM_EPSILON };

	norm_fold(&with, to->params + w->offset, to->params + to->span[weights->span[1]].offset,
		  w->rows);
}

static void fold_fill(Folding *f, Model *to)
{
	const Model *from = f->model;

	to->input_scale = from->input_scale;
	to->form = from->form;
	to->numbers = from->numbers;
	to->border = from->border;
	to->entries = from->entries;
	to->steps = from->steps;
	for (size_t i = 0; i < from->layers; i++) {
		const Layer *old = &from->layer[i], *new = &to->layer[f->at[i]];

		if (f->gone[i])
			continue;
		for (size_t s = 0; s < old->spans; s++)
			fold_span(to, new->span[s], from, old->span[s]);
		if (f->norm[i])
			fold_norm(to, new, from, &from->layer[f->norm[i]]);
	}
}

Model *model_fold(const Model *model, Err *err)
{
	Folding *f = calloc(1, sizeof *f);
	Model *to = NULL;

	if (!f) {
		err_set(err, ERR_MEMORY, "no memory for folding a %s", model->kind->info.name);
		return NULL;
	}
	f->model = model;
	fold_decide(f);
	to = model_shape_layers(model->kind, model->input, f->lines, f->count, model->seed, err);
	if (to && model_take_block(to, err) && (!model->mask || model_take_mask(to, err)) &&
	    (!model->quant || model_take_quant(to, err))) {
		fold_fill(f, to);
	} else {
		model_free(to);
		to = NULL;
	}
	free(f);
	return to;
}
