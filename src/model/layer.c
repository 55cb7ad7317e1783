/* Layers: the table of kinds, and how a line is read.
 * SPDX-License-Identifier: MIT */
#include "model/layer.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "model/model.h"

#define LAYER_DRAWN ((size_t)1 << 20) /* numbers between two looks at the control */

enum {
	LAYER_KINDS_COUNT = 0
#define ROW(name) +1
#include "model/layers.inc"
#undef ROW
};

const LayerKind *layer_kind_find(const char *name)
{
	for (size_t i = 0; layer_kinds[i]; i++)
		if (strcmp(layer_kinds[i]->info.name, name) == 0)
			return layer_kinds[i];
	return NULL;
}

#define SPAN_NAME_MAX sizeof((Span *)NULL)->name

/* "N.name". */
static void layer_span_name(const Model *model, const char *name, char out[SPAN_NAME_MAX])
{
	size_t with_spans = 0;

	for (size_t i = 0; i < model->layers; i++)
		with_spans += model->layer[i].spans > 0;
	text_format(out, SPAN_NAME_MAX, "%zu.%s", with_spans, name);
}

bool layer_add_span(Layer *layer, Model *model, const char *name, size_t rows, size_t cols,
		    bool matrix, bool trained, Err *err)
{
	char full[SPAN_NAME_MAX];

	assert(layer->spans < LAYER_SPANS_MAX);
	layer_span_name(model, name, full);
	if (!model_add_span(model, full, rows, cols, matrix, err))
		return false;
	model->span[model->spans - 1].trained = trained;
	layer->span[layer->spans++] = model->spans - 1;
	return true;
}

bool layer_draw(float *values, size_t n, float bound, Random *random, Control *control, Err *err)
{
	for (size_t i = 0; i < n; i++) {
		if (i % LAYER_DRAWN == LAYER_DRAWN - 1 && !control_poll(control, err))
			return false;
		values[i] = random_uniform(random, -bound, bound);
	}
	return true;
}

bool layer_add_integers(Layer *layer, Model *model, const char *name, SpanType type, size_t rows,
			size_t cols, Err *err)
{
	char full[SPAN_NAME_MAX];

	assert(layer->spans < LAYER_SPANS_MAX);
	layer_span_name(model, name, full);
	if (!model_add_integers(model, full, type, rows, cols, err))
		return false;
	layer->span[layer->spans++] = model->spans - 1;
	return true;
}

Layout layer_layout(const Layer *layer, Layout before)
{
	switch (layer->kind->place) {
	case LAYER_ROWS:
		return LAYOUT_ROWS_F32;
	case LAYER_TILES:
		return LAYOUT_TILES_F32;
	case LAYER_IMAGES:
		return layer->in.height * layer->in.width > 1 ? LAYOUT_TILES_F32 : before;
	case LAYER_ANY:
		break;
	}
	return before;
}

/* --- reading ---------------------------------------------------------------------------------- */

static const LayerKind *layer_unknown(const char *name, Err *err)
{
	const char *known[LAYER_KINDS_COUNT + 1] = { NULL };
	char hint[TEXT_HINT_MAX];

	for (size_t i = 0; layer_kinds[i]; i++)
		known[i] = layer_kinds[i]->info.name;
	err_set(err, ERR_ARGUMENT, "unknown layer '%s'%s (wattle list layers)", name,
		text_did_you_mean(hint, name, known));
	return NULL;
}

const LayerKind *layer_parse(const char *line, Params *params, Err *err)
{
	char word[PARAM_WORD_MAX];
	const LayerKind *kind;

	if (!params_word(&line, word, err))
		return NULL;
	if (!*word) {
		err_set(err, ERR_ARGUMENT, "the line is empty; write a layer, \"dense 10\"");
		return NULL;
	}
	kind = layer_kind_find(word);
	if (!kind)
		return layer_unknown(word, err);
	return params_init(params, &kind->info, err) && params_set_words(params, line, err) ? kind
											    : NULL;
}

/* --- the table -------------------------------------------------------------------------------- */

#define ROW(name) extern const LayerKind layer_##name;
#include "model/layers.inc"
#undef ROW

const LayerKind *const layer_kinds[] = {
#define ROW(name) &layer_##name,
#include "model/layers.inc"
#undef ROW
	NULL,
};
