/* Layers: the table of kinds, and how a line is read.
 * SPDX-License-Identifier: MIT */
#include "model/layer.h"

#include <string.h>

#include "base/text.h"
#include "model/model.h"

#define LAYER_WORD_MAX 64

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

bool layer_add_span(Layer *layer, Model *model, const char *name, size_t rows, size_t cols,
		    bool matrix, bool trained, Err *err)
{
	char full[sizeof model->span->name];
	size_t with_spans = 0;

	for (size_t i = 0; i < model->layers; i++)
		with_spans += model->layer[i].spans > 0;
	text_format(full, sizeof full, "%zu.%s", with_spans, name);
	if (!model_add_span(model, full, rows, cols, matrix, err))
		return false;
	model->span[model->spans - 1].trained = trained;
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

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The next word of a line; false at its end. */
static bool line_word(const char **line, char *word, Err *err)
{
	size_t len = 0;

	while (is_space(**line))
		++*line;
	while ((*line)[len] && !is_space((*line)[len]))
		len++;
	if (len >= LAYER_WORD_MAX) {
		err_set(err, ERR_ARGUMENT, "'%.20s…' is too long", *line);
		return false;
	}
	memcpy(word, *line, len);
	word[len] = '\0';
	*line += len;
	return len > 0;
}

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

/* "NAME=VALUE", or the value of the first parameter. */
static bool layer_set(Params *params, const char *word, bool first, Err *err)
{
	const Param *row = params->info->params;
	const char *equals = strchr(word, '=');
	char name[LAYER_WORD_MAX];

	if (equals) {
		text_format(name, sizeof name, "%.*s", (int)(equals - word), word);
		return params_set_text(params, name, equals + 1, err);
	}
	if (!first || !row || !row->name)
		return err_set(err, ERR_ARGUMENT, "'%s' has no name; write NAME=VALUE", word);
	return params_set_text(params, row->name, word, err);
}

const LayerKind *layer_parse(const char *line, Params *params, Err *err)
{
	char word[LAYER_WORD_MAX];
	const LayerKind *kind;
	bool first = true;

	err->code = ERR_NONE;
	if (!line_word(&line, word, err)) {
		if (err->code == ERR_NONE)
			err_set(err, ERR_ARGUMENT,
				"the line is empty; write a layer, \"dense 10\"");
		return NULL;
	}
	kind = layer_kind_find(word);
	if (!kind)
		return layer_unknown(word, err);
	if (!params_init(params, &kind->info, err))
		return NULL;
	for (; line_word(&line, word, err); first = false)
		if (!layer_set(params, word, first, err))
			return NULL;
	return err->code == ERR_NONE && params_complete(params, err) ? kind : NULL;
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
