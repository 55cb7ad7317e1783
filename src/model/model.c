/* Models: the table of kinds, a model's memory, and what is asked of every fit.
 * SPDX-License-Identifier: MIT */
#include "model/model.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/text.h"
#include "model/network.h"

#define HUGE_BYTES ((size_t)2 << 20) /* a huge page; larger blocks are made of such */
#define MODEL_SPAN_ALIGN 16          /* floats: spans start at whole cache lines */

/* --- memory ----------------------------------------------------------------------------------- */

static Span *model_next_span(Model *model, const char *name, size_t rows, size_t cols, Err *err)
{
	Span *span = &model->span[model->spans];

	if (model->spans == MODEL_SPANS_MAX) {
		err_set(err, ERR_ARGUMENT, "%s: more than %d spans", model->kind->info.name,
			MODEL_SPANS_MAX);
		return NULL;
	}
	*span = (Span){ .rows = rows, .cols = cols };
	text_format(span->name, sizeof span->name, "%s", name);
	return span;
}

bool model_add_span(Model *model, const char *name, size_t rows, size_t cols, bool prunable,
		    Err *err)
{
	Span *span = model_next_span(model, name, rows, cols, err);
	size_t n, end;

	if (!span)
		return false;
	if (!size_mul(rows, cols, &n) || !size_align(n, MODEL_SPAN_ALIGN, &n) ||
	    !size_add(model->count, n, &end) || end > MODEL_PARAMETERS_MAX)
		return err_set(err, ERR_ARGUMENT,
			       "%s: %s of %zu x %zu takes the model over the limit of %llu "
			       "parameters; make its layers smaller",
			       model->kind->info.name, name, rows, cols,
			       (unsigned long long)MODEL_PARAMETERS_MAX);
	span->offset = model->count;
	span->prunable = prunable;
	model->count = end;
	model->spans++;
	return true;
}

bool model_add_integers(Model *model, const char *name, SpanType type, size_t rows, size_t cols,
			Err *err)
{
	Span *span = model_next_span(model, name, rows, cols, err);
	size_t n, end;

	assert(type != SPAN_F32);
	if (!span)
		return false;
	if (!size_mul(rows, cols, &n) || !size_mul(n, span_size(type), &n) ||
	    !size_align(n, ARENA_ALIGN, &n) || !size_add(model->integers_bytes, n, &end) ||
	    end > MODEL_INTEGERS_MAX)
		return err_set(err, ERR_ARGUMENT,
			       "%s: %s of %zu x %zu takes the model over the limit of %llu bytes "
			       "of integers; make it smaller",
			       model->kind->info.name, name, rows, cols,
			       (unsigned long long)MODEL_INTEGERS_MAX);
	span->type = type;
	span->offset = model->integers_bytes;
	model->integers_bytes = end;
	model->spans++;
	return true;
}

size_t span_size(SpanType type)
{
	static const size_t sizes[] = {
		[SPAN_F32] = 4,
		[SPAN_U8] = 1,
		[SPAN_U16] = 2,
		[SPAN_U32] = 4,
	};

	return sizes[type];
}

void *model_span_data(Model *model, size_t span)
{
	const Span *of = &model->span[span];

	assert(span < model->spans);
	return of->type == SPAN_F32 ? (void *)(model->params + of->offset)
				    : (void *)(model->integers + of->offset);
}

const void *model_span_at(const Model *model, size_t span)
{
	const Span *of = &model->span[span];

	assert(span < model->spans);
	return of->type == SPAN_F32 ? (const void *)(model->params + of->offset)
				    : (const void *)(model->integers + of->offset);
}

/* Zeroed, 64-byte aligned; bytes is rounded up as aligned_alloc wants it. NULL and ERR_MEMORY. */
static void *model_take(const Model *model, size_t bytes, Err *err)
{
	size_t whole, align = bytes < HUGE_BYTES ? ARENA_ALIGN : HUGE_BYTES;
	void *block = NULL;

	if (size_align(bytes ? bytes : 1, align, &whole))
		block = aligned_alloc(align, whole);
	if (!block) {
		err_set(err, ERR_MEMORY, "no memory for %zu bytes of a %s", bytes,
			model->kind->info.name);
		return NULL;
	}
	/* A fit that copies rows would mostly wait for 4 KiB pages; no matter if it is refused. */
	if (align == HUGE_BYTES)
		(void)madvise(block, whole, MADV_HUGEPAGE);
	memset(block, 0, whole);
	return block;
}

bool model_take_block(Model *model, Err *err)
{
	bool integers = false;

	model->params = model_take(model, model->count * sizeof *model->params, err);
	if (!model->params)
		return false;
	for (size_t i = 0; i < model->spans; i++)
		integers = integers || model->span[i].type != SPAN_F32;
	if (integers)
		model->integers = model_take(model, model->integers_bytes, err);
	return !integers || model->integers;
}

bool model_take_mask(Model *model, Err *err)
{
	model->mask = model_take(model, model->count, err);
	if (model->mask)
		memset(model->mask, 1, model->count);
	return model->mask;
}

bool model_take_quant(Model *model, Err *err)
{
	model->quant = model_take(model, model->spans * sizeof *model->quant, err);
	if (!model->quant)
		return false;
	for (size_t i = 0; i < model->spans; i++) {
		const Span *span = &model->span[i];
		SpanQuant *quant = &model->quant[i];

		if (!span->prunable)
			continue;
		quant->w = model_take(model, span->rows * span->cols, err);
		quant->w_scale = model_take(model, span->cols * sizeof *quant->w_scale, err);
		if (!quant->w || !quant->w_scale)
			return false;
	}
	return true;
}

void model_dequantize(Model *model)
{
	for (size_t i = 0; i < model->spans; i++) {
		const Span *span = &model->span[i];
		const SpanQuant *quant = &model->quant[i];

		if (!quant->w)
			continue;
		for (size_t at = 0; at < span->rows * span->cols; at++) {
			size_t j = span->offset + at;

			model->params[j] = quant->w[at] * quant->w_scale[at % span->cols];
			if (model->mask)
				model->mask[j] = quant->w[at] != 0;
		}
	}
}

static Model *model_empty(const ModelKind *kind, Err *err)
{
	Model *model = calloc(1, sizeof *model);

	if (!model) {
		err_set(err, ERR_MEMORY, "no memory for a %s", kind->info.name);
		return NULL;
	}
	model->kind = kind;
	model->input_scale = 1.0f / 255;
	return model;
}

/* The seed of a kind that is shaped by its data is its setting, where it has one. */
static bool model_set(Model *model, const Params *params, Err *err)
{
	const Param *row = model->kind->info.params;

	model->settings = malloc(sizeof *model->settings);
	if (!model->settings)
		return err_set(err, ERR_MEMORY, "no memory for the settings of a %s",
			       model->kind->info.name);
	*model->settings = *params;
	model->seed = 1;
	for (; row && row->name; row++)
		if (strcmp(row->name, "seed") == 0)
			model->seed = (uint64_t)params_get(params, "seed")->integer;
	return true;
}

/* Until a fit says more: probabilities turn at ½. */
static void model_set_border(Model *model)
{
	const Layer *last = model->layers ? &model->layer[model->layers - 1] : NULL;

	model->border = last && strcmp(last->kind->info.name, "sigmoid") == 0 ? 0.5f : 0;
}

Model *model_shape(const ModelKind *kind, const Params *params, Err *err)
{
	Model *model = model_empty(kind, err);

	if (!model)
		return NULL;
	if (!params_complete(params, err) ||
	    !(kind->by_data ? model_set(model, params, err) : kind->shape(model, params, err))) {
		model_free(model);
		return NULL;
	}
	model_set_border(model);
	return model;
}

Model *model_shape_layers(const ModelKind *kind, Shape input, const char *const *lines,
			  size_t count, uint64_t seed, Err *err)
{
	Model *model = model_empty(kind, err);
	bool fine = model && model_begin(model, input, seed, err);

	for (size_t i = 0; fine && i < count; i++)
		fine = model_add_layer(model, lines[i], err);
	if (fine && model->spans > 0) {
		model_set_border(model);
		return model;
	}
	if (fine)
		err_set(err, ERR_ARGUMENT, "%s: no layer has weights", kind->info.name);
	model_free(model);
	return NULL;
}

Model *model_draw(const ModelKind *kind, const Params *params, Control *control, Err *err)
{
	Model *model = model_shape(kind, params, err);

	if (model && model_take_block(model, err) && network_init(model, control, err))
		return model;
	model_free(model);
	return NULL;
}

Model *model_new(const ModelKind *kind, const Params *params, Err *err)
{
	return model_draw(kind, params, NULL, err);
}

/* Gives back the numbers, and forgets what they belonged to. */
static void model_clear(Model *model)
{
	for (size_t i = 0; model->quant && i < model->spans; i++) {
		free(model->quant[i].w);
		free(model->quant[i].w_scale);
	}
	free(model->quant);
	free(model->mask);
	free(model->integers);
	free(model->params);
	model->quant = NULL;
	model->mask = model->integers = NULL;
	model->params = NULL;
	model->layers = model->weighted = model->spans = 0;
	model->count = model->integers_bytes = 0;
	model->steps = 0;
	model->epochs = 0;
	model->input = (Shape){ 0, 0, 0 };
}

void model_free(Model *model)
{
	if (!model)
		return;
	model_clear(model);
	free(model->settings);
	free(model);
}

bool model_restart(Model *model, Shape input, const char *lines, Err *err)
{
	model_clear(model);
	if (model_begin(model, input, model->seed, err) && model_add_layers(model, lines, err) &&
	    model_take_block(model, err))
		return true;
	model_clear(model);
	return false;
}

const ParamValue *model_setting(const Model *model, const char *name)
{
	assert(model->settings);
	return params_get(model->settings, name);
}

static void model_copy_quant(Model *copy, const Model *model)
{
	for (size_t i = 0; i < model->spans; i++) {
		const Span *span = &model->span[i];
		const SpanQuant *from = &model->quant[i];
		SpanQuant *to = &copy->quant[i];
		SpanQuant own = *to;

		*to = *from;
		to->w = own.w;
		to->w_scale = own.w_scale;
		if (!from->w)
			continue;
		memcpy(to->w, from->w, span->rows * span->cols);
		memcpy(to->w_scale, from->w_scale, span->cols * sizeof *to->w_scale);
	}
}

/* The blocks of a copy that has the sizes already. */
static bool model_take_all(Model *copy, const Model *model, Err *err)
{
	if (model->settings) {
		copy->settings = malloc(sizeof *copy->settings);
		if (!copy->settings)
			return err_set(err, ERR_MEMORY, "no memory for the settings of a %s",
				       model->kind->info.name);
		*copy->settings = *model->settings;
	}
	return model_take_block(copy, err) && (!model->mask || model_take_mask(copy, err)) &&
	       (!model->quant || model_take_quant(copy, err));
}

Model *model_dup(const Model *model, Err *err)
{
	Model *copy = malloc(sizeof *copy);

	if (!copy) {
		err_set(err, ERR_MEMORY, "no memory for a copy of a %s", model->kind->info.name);
		return NULL;
	}
	*copy = *model;
	copy->settings = NULL;
	copy->params = NULL;
	copy->integers = NULL;
	copy->mask = NULL;
	copy->quant = NULL;
	if (!model_take_all(copy, model, err)) {
		model_free(copy);
		return NULL;
	}
	memcpy(copy->params, model->params, model->count * sizeof *copy->params);
	if (model->integers)
		memcpy(copy->integers, model->integers, model->integers_bytes);
	if (model->mask)
		memcpy(copy->mask, model->mask, model->count);
	if (model->quant)
		model_copy_quant(copy, model);
	return copy;
}

/* --- counts ----------------------------------------------------------------------------------- */

uint64_t model_parameters(const Model *model)
{
	uint64_t n = 0;

	for (size_t i = 0; i < model->spans; i++)
		n += (uint64_t)model->span[i].rows * model->span[i].cols;
	return n;
}

uint64_t model_nonzero(const Model *model)
{
	uint64_t n = 0;

	if (!model->mask)
		return model_parameters(model);
	for (size_t i = 0; i < model->spans; i++) {
		const Span *span = &model->span[i];

		for (size_t at = 0; at < span->rows * span->cols; at++)
			n += span->type != SPAN_F32 || model->mask[span->offset + at];
	}
	return n;
}

/* --- the table -------------------------------------------------------------------------------- */

const ModelKind *model_kind_find(const char *name)
{
	for (size_t i = 0; model_kinds[i]; i++)
		if (strcmp(model_kinds[i]->info.name, name) == 0)
			return model_kinds[i];
	return NULL;
}

#define ROW(name) extern const ModelKind model_##name;
#include "model/models.inc"
#undef ROW

const ModelKind *const model_kinds[] = {
#define ROW(name) &model_##name,
#include "model/models.inc"
#undef ROW
	NULL,
};
