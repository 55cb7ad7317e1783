/* Small datasets and models made in memory, for tests of models and techniques.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_MODEL_MAKE_H
#define WATTLE_TESTS_MODEL_MAKE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "data/dataset.h"
#include "model/program.h"
#include "technique/technique.h"
#include "unit.h"

#define MADE_FEATURES 24
#define MADE_CLASSES 4
#define MADE_LAYERS "24,33,20,4" /* no width is a multiple of a vector */

static inline void made_fine(bool fine, const Err *err)
{
	if (!fine)
		fail_msg("%s: %s", err_name(err->code), err->text);
}

/* Byte pictures: a pattern for each class and noise; the last quarter of the rows are test rows. */
static inline Dataset *made_dataset(size_t rows, uint64_t seed)
{
	Dataset *set = calloc(1, sizeof *set);
	uint8_t pattern[MADE_CLASSES][MADE_FEATURES];
	Random random;

	assert_non_null(set);
	random_init(&random, 7, RANDOM_ROWS);
	for (size_t i = 0; i < MADE_CLASSES * MADE_FEATURES; i++)
		pattern[i / MADE_FEATURES][i % MADE_FEATURES] = (uint8_t)random_below(&random, 156);
	random_init(&random, seed, RANDOM_ROWS);
	snprintf(set->name, sizeof set->name, "made");
	set->rows = rows;
	set->features = MADE_FEATURES;
	set->classes = MADE_CLASSES;
	set->train_rows = rows / 4 * 3;
	set->byte_scale = 1.0f / 255;
	set->bytes = malloc(rows * MADE_FEATURES);
	set->labels = malloc(rows * sizeof *set->labels);
	assert_true(set->bytes && set->labels);
	for (size_t i = 0; i < rows; i++) {
		set->labels[i] = (uint16_t)random_below(&random, MADE_CLASSES);
		for (size_t j = 0; j < MADE_FEATURES; j++)
			set->bytes[i * MADE_FEATURES + j] =
				(uint8_t)(pattern[set->labels[i]][j] + random_below(&random, 100));
	}
	return set;
}

static inline Rows made_train(const Dataset *set)
{
	return (Rows){ .set = set, .count = set->train_rows };
}

static inline Rows made_test(const Dataset *set)
{
	return (Rows){ .set = set,
		       .first = set->train_rows,
		       .count = set->rows - set->train_rows,
		       .test = true };
}

static inline Model *made_model(const char *layers, const char *seed)
{
	const ModelKind *kind = model_kind_find("mlp");
	Err err = { .code = ERR_NONE };
	Params params;

	assert_non_null(kind);
	made_fine(params_init(&params, &kind->info, &err), &err);
	made_fine(params_set_text(&params, "layers", layers, &err), &err);
	made_fine(params_set_text(&params, "seed", seed, &err), &err);
	Model *model = model_new(kind, &params, &err);

	made_fine(model, &err);
	return model;
}

/* A control that stops at the n-th look; counts them. */
typedef struct MadeControl {
	Control control; /* first member */
	size_t polls, stop_at;
} MadeControl;

static inline bool made_poll(Control *self, Err *err)
{
	MadeControl *made = (MadeControl *)self;

	return ++made->polls != made->stop_at || err_set(err, ERR_LIMIT, "stopped");
}

static inline MadeControl made_control(size_t stop_at)
{
	return (MadeControl){ .control = { .poll = made_poll }, .stop_at = stop_at };
}

/* A network of its own: input "1,4,6", lines. */
static inline Model *made_network(const char *input, const char *layers)
{
	const ModelKind *kind = model_kind_find("network");
	Err err = { .code = ERR_NONE };
	Params params;

	assert_non_null(kind);
	made_fine(params_init(&params, &kind->info, &err), &err);
	made_fine(params_set_text(&params, "input", input, &err), &err);
	made_fine(params_set_text(&params, "layers", layers, &err), &err);
	Model *model = model_new(kind, &params, &err);

	made_fine(model, &err);
	return model;
}

/* What a group of tests works on: rows, and a model or none. */
typedef struct Made {
	Dataset *set;
	Rows train, test;
	Model *model;
	FitOptions options; /* for tests that fit */
	Err err;
} Made;

/* layers NULL: no model. */
static inline Made *made_new(size_t rows, const char *layers)
{
	Made *made = calloc(1, sizeof *made);

	assert_non_null(made);
	made->set = made_dataset(rows, 1);
	made->train = made_train(made->set);
	made->test = made_test(made->set);
	if (layers) {
		made->model = made_model(layers, "1");
		fit_options_init(&made->options, made->model);
	}
	return made;
}

static inline int made_teardown(void **state)
{
	Made *made = *state;

	model_free(made->model);
	dataset_free(made->set);
	free(made);
	return 0;
}

static inline void made_fit(Model *model, const Rows *rows, size_t epochs)
{
	FitOptions options;
	Err err = { .code = ERR_NONE };

	fit_options_init(&options, model);
	options.epochs = epochs;
	options.batch = 16;
	options.lr = 3e-3f;
	made_fine(model_fit(model, rows, &options, NULL, NULL, &err), &err);
}

/* key and value, key and value, …, NULL; data goes to the parameter of that name. NULL when
 * refused. */
static inline Model *made_under(const Model *model, const char *technique, const Rows *data,
				const char *const *settings, Control *control, Err *err)
{
	const Technique *with = technique_find(technique);
	Params params;

	assert_non_null(with);
	made_fine(params_init(&params, &with->info, err), err);
	for (; settings && *settings; settings += 2)
		made_fine(params_set_text(&params, settings[0], settings[1], err), err);
	if (data)
		made_fine(params_set_object(&params, "data", "rows", data, err), err);
	if (!params_complete(&params, err))
		return NULL;
	return with->apply(model, &params, NULL, control, err);
}

static inline Model *made_with(const Model *model, const char *technique, const Rows *data,
			       const char *const *settings, Err *err)
{
	return made_under(model, technique, data, settings, NULL, err);
}

/* Stopped at each look at the control, the technique fails; how often it looks when it is not. */
static inline size_t made_stops(const Model *model, const char *technique, const Rows *data,
				const char *const *settings)
{
	MadeControl control = made_control(0);
	Err err = { .code = ERR_NONE };
	Model *whole = made_under(model, technique, data, settings, &control.control, &err);
	size_t polls = control.polls;

	made_fine(whole, &err);
	model_free(whole);
	for (size_t at = 1; at <= polls; at++) {
		control = made_control(at);
		assert_null(made_under(model, technique, data, settings, &control.control, &err));
		assert_int_equal(err.code, ERR_LIMIT);
		assert_int_equal(control.polls, at);
	}
	return polls;
}

/* All layers in one form. NULL when refused. */
static inline Program *made_program(const Model *model, KernelForm form, size_t batch, Pool *pool,
				    const char *wish, Err *err)
{
	ProgramOptions options = { .batch = batch, .pool = pool };

	made_fine(kernel_wish_parse(&options.wish, wish, err), err);
	for (size_t i = 0; i < model->weighted; i++)
		options.form[i] = form;
	return program_new(model, &options, err);
}

static inline double made_accuracy(const Model *model, KernelForm form, const Rows *rows)
{
	Err err = { .code = ERR_NONE };
	Program *program = made_program(model, form, 16, NULL, "auto", &err);
	size_t count;

	made_fine(program, &err);
	made_fine(program_predict(program, rows, NULL, NULL, &err), &err);
	double accuracy = program_accuracy(program_classes(program, &count), rows, NULL);

	program_free(program);
	return accuracy;
}

/* Logits of all rows, by a program of its own; the caller's. */
static inline float *made_logits(const Model *model, KernelForm form, const Rows *rows,
				 size_t batch)
{
	Err err = { .code = ERR_NONE };
	Program *program = made_program(model, form, batch, NULL, "auto", &err);
	size_t outputs = model_outputs(model);
	float *logits = malloc(rows->count * outputs * sizeof *logits);

	made_fine(program, &err);
	assert_non_null(logits);
	for (size_t at = 0; at < rows->count; at += batch) {
		size_t n = rows->count - at < batch ? rows->count - at : batch;

		program_run(program, rows, at, n, logits + at * outputs);
	}
	program_free(program);
	return logits;
}

/* Byte for byte: parameters, mask, integers and what goes with them. */
static inline void made_same(const Model *a, const Model *b)
{
	assert_ptr_equal(a->kind, b->kind);
	assert_int_equal(a->layers, b->layers);
	for (size_t i = 0; i < a->layers; i++)
		assert_string_equal(a->layer[i].text, b->layer[i].text);
	assert_int_equal(a->weighted, b->weighted);
	for (size_t i = 0; i <= a->weighted; i++)
		assert_int_equal(model_width(a, i), model_width(b, i));
	assert_int_equal(a->spans, b->spans);
	assert_int_equal(a->count, b->count);
	assert_int_equal(a->seed, b->seed);
	assert_int_equal(a->steps, b->steps);
	assert_memory_equal(&a->input_scale, &b->input_scale, sizeof a->input_scale);
	assert_memory_equal(a->params, b->params, a->count * sizeof *a->params);
	assert_int_equal(a->form, b->form);
	assert_int_equal(a->numbers, b->numbers);
	assert_memory_equal(&a->border, &b->border, sizeof a->border);
	assert_memory_equal(&a->entries, &b->entries, sizeof a->entries);
	assert_int_equal(a->integers_bytes, b->integers_bytes);
	if (a->integers_bytes)
		assert_memory_equal(a->integers, b->integers, a->integers_bytes);
	assert_int_equal(!a->settings, !b->settings);
	if (a->settings)
		assert_memory_equal(a->settings, b->settings, sizeof *a->settings);
	assert_int_equal(!a->mask, !b->mask);
	if (a->mask)
		assert_memory_equal(a->mask, b->mask, a->count);
	assert_int_equal(!a->quant, !b->quant);
	for (size_t i = 0; a->quant && i < a->spans; i++) {
		const SpanQuant *p = &a->quant[i], *q = &b->quant[i];

		assert_int_equal(!p->w, !q->w);
		if (!p->w)
			continue;
		assert_memory_equal(p->w, q->w, a->span[i].rows * a->span[i].cols);
		assert_memory_equal(p->w_scale, q->w_scale, a->span[i].cols * sizeof *p->w_scale);
		assert_memory_equal(&p->x_scale, &q->x_scale, sizeof p->x_scale);
		assert_memory_equal(&p->y_scale, &q->y_scale, sizeof p->y_scale);
		assert_int_equal(p->x_zero, q->x_zero);
		assert_int_equal(p->y_zero, q->y_zero);
	}
}

#endif
