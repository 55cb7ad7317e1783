/* Models of trees: what their layer computes and refuses, what is counted, and how a fit ends
 * early.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "model/trees/model.h"
#include "model_make.h"
#include "num/pool.h"

static Model *new_model(const char *name, const char *key, const char *value)
{
	const ModelKind *kind = model_kind_find(name);
	Err err = { .code = ERR_NONE };
	Params params;

	assert_non_null(kind);
	made_fine(params_init(&params, &kind->info, &err), &err);
	if (key)
		made_fine(params_set_text(&params, key, value, &err), &err);
	Model *model = model_new(kind, &params, &err);

	made_fine(model, &err);
	return model;
}

static void fit(Model *model, const Rows *rows, unsigned threads)
{
	Err err = { .code = ERR_NONE };
	Pool *pool = pool_new(threads, &err);
	FitOptions options;

	fit_options_init(&options, model);
	options.pool = pool;
	made_fine(model_fit(model, rows, &options, NULL, NULL, &err), &err);
	pool_free(pool);
}

static TreesSplit *splits_of(Model *model)
{
	return model_span_data(model, model->layer[0].span[TREES_SPLIT]);
}

static const float *values_of(const Model *model)
{
	return model_span_at(model, model->layer[0].span[TREES_VALUE]);
}

static const uint32_t *roots_of(const Model *model)
{
	return model_span_at(model, model->layer[0].span[TREES_ROOT]);
}

/* --- scores ----------------------------------------------------------------------------------- */

/* One row, tree after tree; adds the splits that it passes. */
static void plain_row(Model *model, const float *x, float *y, uint64_t *visits)
{
	size_t trees = model->layer[0].own[0], outputs = model_outputs(model);
	const TreesSplit *split = splits_of(model);

	memset(y, 0, outputs * sizeof *y);
	for (size_t t = 0; t < trees; t++) {
		uint32_t at = roots_of(model)[t];

		for (; !(at & TREES_LEAF); ++*visits)
			at = split[at].child[!(x[split[at].feature] <= split[at].threshold)];
		for (size_t c = 0; c < outputs; c++)
			y[c] += values_of(model)[(at & ~TREES_LEAF) * outputs + c];
	}
	for (size_t c = 0; c < outputs; c++)
		y[c] /= (float)trees;
}

static void test_scores(void **state)
{
	static const char *const kinds[] = { "tree", "forest", "extra-trees" };
	Dataset *set = made_dataset(403, 5);
	Rows train = made_train(set), test = made_test(set);

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		Model *model = new_model(kinds[i], i ? "trees" : NULL, "7");
		uint64_t visits = 0;
		Err err = { .code = ERR_NONE };

		fit(model, &train, 1);
		float *scores = made_logits(model, KERNEL_DENSE, &test, 32);

		for (size_t row = 0; row < test.count; row++) {
			float x[MADE_FEATURES], y[MADE_CLASSES];

			rows_floats(&test, row, 1, x);
			plain_row(model, x, y, &visits);
			assert_memory_equal(y, scores + row * MADE_CLASSES, sizeof y);
		}
		Program *program = made_program(model, KERNEL_DENSE, 32, NULL, "auto", &err);

		made_fine(program, &err);
		assert_int_equal(program_compares(program, &test, NULL, &err), visits);
		program_free(program);
		assert_true(made_accuracy(model, KERNEL_DENSE, &test) > (i ? 0.93 : 0.75));
		free(scores);
		model_free(model);
	}
	dataset_free(set);
}

/* One row of a boosted model: a number a leaf, to one output after the other. */
static void plain_turns(Model *model, const float *x, float *y, uint64_t *visits)
{
	size_t trees = model->layer[0].own[0], outputs = model_outputs(model);
	const TreesSplit *split = splits_of(model);

	memcpy(y, model_span_at(model, model->layer[0].span[TREES_BASE]), outputs * sizeof *y);
	for (size_t t = 0; t < trees; t++) {
		uint32_t at = roots_of(model)[t];

		for (; !(at & TREES_LEAF); ++*visits) {
			const TreesSplit *here = &split[at];
			float value = x[here->feature];
			bool missing = model->layer[0].own[2];
			bool left = isnan(value) ? missing && here->child[0] & TREES_MISSING
						 : value <= here->threshold;

			at = here->child[!left] & ~(missing ? TREES_MISSING : 0);
		}
		y[t % outputs] += values_of(model)[at & ~TREES_LEAF];
	}
}

static uint64_t compares_of(const Model *model, const Rows *rows, size_t batch)
{
	Err err = { .code = ERR_NONE };
	Program *program = made_program(model, KERNEL_DENSE, batch, NULL, "auto", &err);

	made_fine(program, &err);
	uint64_t compares = program_compares(program, rows, NULL, &err);

	program_free(program);
	return compares;
}

static void check_turns(Model *model, const Rows *rows)
{
	uint64_t visits = 0, all = model->layer[0].own[3] * rows->count;
	float *many = made_logits(model, KERNEL_DENSE, rows, 150);
	float *one = made_logits(model, KERNEL_DENSE, rows, 1);

	for (size_t row = 0; row < rows->count; row++) {
		float x[MADE_FEATURES], y[MADE_CLASSES];
		size_t at = row * model_outputs(model), bytes = model_outputs(model) * sizeof *y;

		rows_floats(rows, row, 1, x);
		plain_turns(model, x, y, &visits);
		assert_memory_equal(y, many + at, bytes);
		assert_memory_equal(y, one + at, bytes);
	}
	assert_int_equal(compares_of(model, rows, 1), visits);
	assert_in_range(compares_of(model, rows, 150), visits, all);
	free(many);
	free(one);
}

/* Trees that masks take, and those that are too large for them; with and without missing values. */
static void test_turns(void **state)
{
	static const char *const leaves[] = { "2", "7", "32", "33", "60" };

	(void)state;
	for (size_t i = 0; i < 2 * sizeof leaves / sizeof *leaves; i++) {
		Err err = { .code = ERR_NONE };
		Dataset *bytes = made_dataset(1000, i);
		Dataset *set = dataset_new("made", DATASET_FLOATS, 1000, MADE_FEATURES,
					   i % 4 < 2 ? MADE_CLASSES : 2, 0, &err);
		Rows rows = { .set = set, .count = 1000 };

		made_fine(set, &err);
		set->train_rows = 1000;
		set->missing = i % 2;
		for (size_t k = 0; k < 1000 * MADE_FEATURES; k++)
			set->floats[k] = set->missing && k % 5 == 0 ? NAN : (float)bytes->bytes[k];
		for (size_t k = 0; k < 1000; k++)
			set->labels[k] = (uint16_t)(bytes->labels[k] % set->classes);
		Model *model = new_model("boosting", "leaves", leaves[i / 2]);

		fit(model, &rows, 1);
		assert_int_equal(model->layer[0].own[2], set->missing);
		rows.count = 333;
		check_turns(model, &rows);
		model_free(model);
		dataset_free(set);
		dataset_free(bytes);
	}
}

static void test_threads(void **state)
{
	static const char *const kinds[] = { "tree", "forest", "extra-trees" };
	Dataset *set = made_dataset(300, 6);
	Rows train = made_train(set);

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		Model *first = new_model(kinds[i], i ? "trees" : NULL, "5");

		fit(first, &train, 1);
		for (unsigned threads = 2; threads <= 7; threads++) {
			Model *other = new_model(kinds[i], i ? "trees" : NULL, "5");

			fit(other, &train, threads);
			made_same(first, other);
			model_free(other);
		}
		model_free(first);
	}
	dataset_free(set);
}

/* Rows that no feature tells apart: one leaf, and no split. */
static void test_no_split(void **state)
{
	static const char *const kinds[] = { "tree", "forest", "extra-trees", "boosting" };
	Dataset *set = made_dataset(40, 6);
	Rows train = made_train(set);

	(void)state;
	memset(set->bytes, 9, set->rows * set->features);
	for (size_t i = 0; i < 4; i++) {
		Model *model = new_model(kinds[i], NULL, NULL);

		fit(model, &train, 2);
		float *scores = made_logits(model, KERNEL_DENSE, &train, 8);

		for (size_t k = MADE_CLASSES; k < train.count * MADE_CLASSES; k++)
			assert_true(isfinite(scores[k]) && scores[k] == scores[k % MADE_CLASSES]);
		free(scores);
		model_free(model);
	}
	dataset_free(set);
}

/* --- what a file may not hold ----------------------------------------------------------------- */

typedef struct Harm {
	const char *says;
	size_t split;
	int what; /* 0 feature, 1 threshold, 2 left, 3 right, 4 root */
	uint32_t value;
} Harm;

static void test_check(void **state)
{
	static const Harm harms[] = {
		{ "feature 24 of 24", 1, 0, MADE_FEATURES },
		{ "feature", 0, 0, UINT32_MAX },
		{ "threshold", 2, 1, 0x7fc00000u }, /* NaN */
		{ "threshold", 2, 1, 0x7f800000u }, /* infinity */
		{ "behind its parent", 3, 2, 3 },   /* itself */
		{ "behind its parent", 3, 3, 1 },   /* its grandparent, or so */
		{ "behind its parent", 0, 3, 1u << 29 },
		{ "leaf", 3, 2, TREES_LEAF | 1u << 28 },
		{ "leaf", 3, 3, UINT32_MAX },
		{ "root", 0, 4, 1u << 29 },
		{ "root", 0, 4, TREES_LEAF | 1u << 28 },
	};
	Dataset *set = made_dataset(300, 6);
	Rows train = made_train(set);
	Model *model = new_model("forest", "trees", "3");
	const Layer *layer = &model->layer[0];
	Err err = { .code = ERR_NONE };

	(void)state;
	fit(model, &train, 1);
	made_fine(layer->kind->check(layer, model, &err), &err);
	for (size_t i = 0; i < sizeof harms / sizeof *harms; i++) {
		const Harm *harm = &harms[i];
		uint32_t *at = (void *)&splits_of(model)[harm->split], old;

		at += harm->what;
		if (harm->what == 4)
			at = model_span_data(model, layer->span[TREES_ROOT]);
		old = *at;
		*at = harm->value;
		err.code = ERR_NONE;
		assert_false(layer->kind->check(layer, model, &err));
		assert_int_equal(err.code, ERR_FORMAT);
		if (!strstr(err.text, harm->says))
			fail_msg("'%s' does not say '%s'", err.text, harm->says);
		*at = old;
	}
	made_fine(layer->kind->check(layer, model, &err), &err);
	model_free(model);
	dataset_free(set);
}

/* A chain of splits, each the right child of the one before. */
static void test_depth(void **state)
{
	(void)state;
	for (size_t splits = TREES_DEPTH_MAX; splits <= TREES_DEPTH_MAX + 1; splits++) {
		Model *model = new_model("tree", NULL, NULL);
		Err err = { .code = ERR_NONE };
		Tree tree;

		tree_init(&tree, 2);
		assert_true(tree_add_leaf(&tree, &err) == 0);
		for (size_t i = 0; i < splits; i++) {
			assert_true(tree_add_split(&tree, 0, 0, &err) == (long)i);
			tree.child[2 * i] = TREE_LEAF;
			tree.child[2 * i + 1] = i + 1 < splits ? (uint32_t)i + 1 : TREE_LEAF;
		}
		made_fine(trees_model(model, 3, &tree, 1, 2, TREES_MEAN, NULL, false, &err), &err);
		const Layer *layer = &model->layer[0];

		assert_int_equal(layer->kind->check(layer, model, &err), splits == TREES_DEPTH_MAX);
		tree_done(&tree);
		model_free(model);
	}
}

/* --- ending early ----------------------------------------------------------------------------- */

typedef struct Halt {
	Control control;
	int polls, stop_at; /* polls until it stops */
	bool interrupt;
} Halt;

static bool halt_poll(Control *self, Err *err)
{
	Halt *halt = (Halt *)self;

	halt->polls++;
	if (halt->interrupt && halt->polls > halt->stop_at)
		return err_set(err, ERR_INTERRUPTED, "enough");
	return true;
}

static bool halt_stopping(const Control *self)
{
	const Halt *halt = (const Halt *)self;

	return !halt->interrupt && halt->polls >= halt->stop_at;
}

static void test_end(void **state)
{
	static const char *const kinds[] = { "forest", "extra-trees", "boosting" };
	static const char *const keys[] = { "trees", "trees", "rounds" };
	Dataset *set = made_dataset(1200, 6);
	Rows train = made_train(set);

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		Model *model = new_model(kinds[i / 2], keys[i / 2], "20000");
		Halt halt = { { halt_poll, halt_stopping, 0 }, 0, 4, i % 2 };
		Err err = { .code = ERR_NONE };
		FitOptions options;

		fit_options_init(&options, model);
		options.pool = pool_new(2, &err);
		bool fine = model_fit(model, &train, &options, NULL, &halt.control, &err);

		if (halt.interrupt) {
			assert_false(fine);
			assert_int_equal(err.code, ERR_INTERRUPTED);
			assert_string_equal(err.text, "enough");
			assert_int_equal(model->layers, 0);
		} else {
			made_fine(fine, &err);
			assert_true(model->steps > 0 && model->steps < 20000);
			assert_true(made_accuracy(model, KERNEL_DENSE, &train) > 0.5);
		}
		pool_free(options.pool);
		model_free(model);
	}
	dataset_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scores),  cmocka_unit_test(test_turns),
		cmocka_unit_test(test_threads), cmocka_unit_test(test_no_split),
		cmocka_unit_test(test_check),   cmocka_unit_test(test_depth),
		cmocka_unit_test(test_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
