/* Models of trees and what techniques make of them, for tests.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_TREES_FITTED_H
#define WATTLE_TESTS_TREES_FITTED_H

#include <math.h>

#include "model/file.h"
#include "model/trees/bytes.h"
#include "model_make.h"

#define KINDS 4
static const char *const kinds[KINDS] = { "tree", "forest", "extra-trees", "boosting" };

/* settings: key and value, …, NULL. */
static inline Model *new_model(const char *name, const char *const *settings, const Rows *rows)
{
	const ModelKind *kind = model_kind_find(name);
	Err err = { .code = ERR_NONE };
	FitOptions options;
	Params params;

	assert_non_null(kind);
	made_fine(params_init(&params, &kind->info, &err), &err);
	for (; settings && *settings; settings += 2)
		made_fine(params_set_text(&params, settings[0], settings[1], &err), &err);
	Model *model = model_new(kind, &params, &err);

	made_fine(model, &err);
	fit_options_init(&options, model);
	made_fine(!rows || model_fit(model, rows, &options, NULL, NULL, &err), &err);
	return model;
}

/* Pictures of which one in five has a wrong label, so that trees grow deep. */
static inline Dataset *new_set(size_t rows)
{
	Dataset *set = made_dataset(rows, 1);
	Random random;

	random_init(&random, 5, RANDOM_ROWS);
	for (size_t i = 0; i < rows; i++)
		if (random_below(&random, 5) == 0)
			set->labels[i] = (uint16_t)random_below(&random, MADE_CLASSES);
	return set;
}

/* The same pictures with a number to predict: the sum of some pixels, and noise. */
static inline Dataset *new_numbers(size_t rows)
{
	Dataset *set = new_set(rows);

	set->targets = malloc(rows * sizeof *set->targets);
	assert_non_null(set->targets);
	for (size_t i = 0; i < rows; i++)
		set->targets[i] = (float)(set->bytes[i * MADE_FEATURES] +
					  set->bytes[i * MADE_FEATURES + 1] + 10 * set->labels[i]);
	free(set->labels);
	set->labels = NULL;
	set->classes = 0;
	return set;
}

static inline Model *with(const Model *model, const char *technique, const Rows *data,
		   const char *const *settings)
{
	Err err = { .code = ERR_NONE };
	Model *after = made_with(model, technique, data, settings, &err);

	made_fine(after, &err);
	return after;
}

static inline void refused(const Model *model, const char *technique, const Rows *data,
		    const char *const *settings, const char *says)
{
	Err err = { .code = ERR_NONE };

	assert_null(made_with(model, technique, data, settings, &err));
	assert_int_equal(err.code, ERR_ARGUMENT);
	if (!strstr(err.text, says))
		fail_msg("'%s' does not say '%s'", err.text, says);
}

static inline TreesView view_of(const Model *model)
{
	TreesView view;

	assert_true(trees_view(&view, model));
	return view;
}

static inline uint64_t compares_of(const Model *model, const Rows *rows)
{
	Err err = { .code = ERR_NONE };
	Program *program = made_program(model, KERNEL_DENSE, 8, NULL, "auto", &err);

	made_fine(program, &err);
	uint64_t compares = program_compares(program, rows, NULL, &err);

	program_free(program);
	return compares;
}

static inline uint64_t file_of(const Model *model)
{
	Err err = { .code = ERR_NONE };
	uint64_t bytes = model_file_bytes(model, &err);

	made_fine(bytes > 0, &err);
	return bytes;
}

static inline double r2_of(const Model *model, const Rows *rows)
{
	float *out = made_logits(model, KERNEL_DENSE, rows, 64);
	double r2 = program_r2(out, rows);

	free(out);
	return r2;
}

#endif
