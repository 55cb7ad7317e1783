/* The contract of every kind of model that is shaped by its data: on each form of rows that it takes it
 * fits, predicts, clones, saves, loads and agrees with itself, whatever the number of threads; rows
 * that it does not take are refused in words.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "../unit/model_make.h"
#include "model/file.h"
#include "num/blas.h"
#include "num/cpu.h"

#define FEATURES 12
#define CLASSES 4
#define ROWS 240

/* Settings that make a kind small, or are required. */
static const char *const settings[][3] = {
	{ "k-means", "clusters", "4" },
	{ "lasso", "alpha", "0.001" },
	{ "pca", "components", "5" },
	{ "pca", "components", "4" },
};

static Model *new_model(const ModelKind *kind)
{
	Err err = { .code = ERR_NONE };
	Params params;

	made_fine(params_init(&params, &kind->info, &err), &err);
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
		if (strcmp(settings[i][0], kind->info.name) == 0)
			made_fine(params_set_text(&params, settings[i][1], settings[i][2], &err),
				  &err);
	Model *model = model_new(kind, &params, &err);

	made_fine(model, &err);
	return model;
}

/* --- rows ------------------------------------------------------------------------------------- */

/* What a kind may be fitted on. */
typedef struct Want {
	DatasetForm form;
	bool numbers, missing;
} Want;

static const Want wants[] = {
	{ DATASET_BYTES, false, false },  { DATASET_FLOATS, false, false },
	{ DATASET_SPARSE, false, false }, { DATASET_BYTES, true, false },
	{ DATASET_FLOATS, true, false },  { DATASET_SPARSE, true, false },
	{ DATASET_FLOATS, false, true },  { DATASET_FLOATS, true, true },
};
#define WANTS (sizeof wants / sizeof *wants)

static bool takes(const ModelKind *kind, const Want *want)
{
	if (want->form == DATASET_SPARSE && !(kind->takes & MODEL_SPARSE))
		return false;
	if (want->missing && !(kind->takes & MODEL_MISSING))
		return false;
	return want->numbers ? kind->takes & MODEL_NUMBERS : !(kind->takes & MODEL_NO_CLASSES);
}

/* A pattern for each class, and noise; a third of the features is 0, and the number to predict is
 * that of the class. None is below 0, for counts. */
static Dataset *new_dataset(const Want *want)
{
	Err err = { .code = ERR_NONE };
	Dataset *set = dataset_new("made", want->form, ROWS, FEATURES, want->numbers ? 0 : CLASSES,
				   ROWS * FEATURES, &err);
	float pattern[CLASSES][FEATURES], x;
	uint64_t at = 0;
	Random random;

	made_fine(set, &err);
	set->train_rows = ROWS / 4 * 3;
	set->byte_scale = want->form == DATASET_BYTES ? 1.0f / 255 : 1;
	set->missing = want->missing;
	random_init(&random, 3, RANDOM_ROWS);
	for (size_t i = 0; i < CLASSES * FEATURES; i++)
		pattern[i / FEATURES][i % FEATURES] =
			random_below(&random, 3) ? random_uniform(&random, 0.2f, 0.8f) : 0;
	for (size_t i = 0; i < ROWS * FEATURES; i++) {
		size_t row = i / FEATURES, class = row % CLASSES;

		x = pattern[class][i % FEATURES];
		x = x > 0 ? x + random_uniform(&random, -0.15f, 0.15f) : 0;
		if (want->form == DATASET_BYTES)
			set->bytes[i] = (uint8_t)(x * 255);
		else if (want->form == DATASET_FLOATS)
			set->floats[i] = want->missing && i % 23 == 0 ? NAN : x;
		else if (x > 0) {
			set->sparse.column[at] = (uint32_t)(i % FEATURES);
			set->sparse.value[at++] = x;
		}
		if (want->form == DATASET_SPARSE)
			set->sparse.begin[row + 1] = at;
		if (want->numbers)
			set->targets[row] = (float)class;
		else
			set->labels[row] = (uint16_t) class;
	}
	return set;
}

/* --- a life ----------------------------------------------------------------------------------- */

static bool fit(Model *model, const Rows *rows, Pool *pool, Err *err)
{
	FitOptions options;

	fit_options_init(&options, model);
	options.pool = pool;
	*err = (Err){ .code = ERR_NONE };
	return model_fit(model, rows, &options, NULL, NULL, err);
}

/* By batches of two sizes, which may sum in another order. */
static void check_outputs(const Model *model, const Model *other, const Rows *rows)
{
	float *a = made_logits(model, KERNEL_DENSE, rows, 32);
	float *b = made_logits(other, KERNEL_DENSE, rows, 32);
	float *c = made_logits(model, KERNEL_DENSE, rows, 1);
	size_t n = rows->count * model_outputs(model);

	assert_memory_equal(a, b, n * sizeof *a);
	for (size_t i = 0; i < n; i++) {
		if (!(fabsf(a[i] - c[i]) <= 1e-3f * (1 + fabsf(a[i]))))
			fail_msg("%s: %g by batches of 32, %g row by row", model->kind->info.name,
				 (double)a[i], (double)c[i]);
	}
	free(a);
	free(b);
	free(c);
}

static void check_copies(const Model *model, const Rows *train, const Rows *test)
{
	Err err = { .code = ERR_NONE };
	Model *copy = model_dup(model, &err);
	Rows half = *train;
	uint8_t *bytes;
	size_t len;

	made_fine(copy, &err);
	made_same(model, copy);
	check_outputs(model, copy, test);
	made_fine(model_save_memory(model, &bytes, &len, &err), &err);
	assert_int_equal(len, model_file_bytes(model, &err));
	Model *back = model_load_memory(bytes, len, "saved", &err);

	made_fine(back, &err);
	made_same(model, back);
	check_outputs(model, back, test);
	/* A copy is its own, and a fit forgets the one before it. */
	half.count /= 2;
	made_fine(fit(copy, &half, NULL, &err), &err);
	made_fine(fit(back, &half, NULL, &err), &err);
	made_same(copy, back);
	made_fine(fit(copy, train, NULL, &err), &err);
	made_same(model, copy);
	free(bytes);
	model_free(back);
	model_free(copy);
}

static void check_good(const Model *model, const Want *want, const Rows *test)
{
	Err err = { .code = ERR_NONE };
	Program *program = made_program(model, KERNEL_DENSE, 32, NULL, "auto", &err);
	float *outputs = malloc(test->count * model_outputs(model) * sizeof *outputs);

	made_fine(program, &err);
	assert_non_null(outputs);
	made_fine(program_score(program, test, outputs, NULL, &err), &err);
	if (model->kind->takes & MODEL_UNLABELLED)
		assert_false(program_numbers(program));
	else if (want->numbers)
		assert_true(program_r2(outputs, test) > 0.6);
	else
		assert_true(made_accuracy(model, KERNEL_DENSE, test) > 0.8);
	assert_true(program_macs(program) > 0 || program_compares(program, test, NULL, &err) > 0);
	if (want->numbers && !(model->kind->takes & MODEL_UNLABELLED)) {
		assert_false(program_predict(program, test, NULL, NULL, &err));
		assert_int_equal(err.code, ERR_ARGUMENT);
	}
	free(outputs);
	program_free(program);
}

static void check_threads(const ModelKind *kind, const Rows *train)
{
	bool own = cpu_features() & CPU_AVX512; /* no product is OpenBLAS's */
	Model *first = NULL;
	Err err;

	for (unsigned threads = 1; threads <= 3; threads++) {
		Pool *pool = pool_new(threads, &err);
		Model *model = new_model(kind), *again = new_model(kind);

		made_fine(pool, &err);
		blas_prepare(pool);
		made_fine(fit(model, train, pool, &err), &err);
		made_fine(fit(again, train, pool, &err), &err);
		made_same(model, again);
		if (first && own)
			made_same(first, model);
		model_free(again);
		pool_free(pool);
		if (first)
			model_free(model);
		else
			first = model;
	}
	model_free(first);
}

/* Before a fit there is nothing to run or to save. */
static void check_unfitted(const ModelKind *kind)
{
	Model *model = new_model(kind);
	Err err = { .code = ERR_NONE };
	Model *copy = model_dup(model, &err);

	made_fine(copy, &err);
	made_same(model, copy);
	assert_int_equal(model_parameters(model), 0);
	assert_null(made_program(model, KERNEL_DENSE, 1, NULL, "auto", &err));
	assert_int_equal(err.code, ERR_ARGUMENT);
	assert_non_null(strstr(err.text, "not fitted"));
	assert_int_equal(model_file_bytes(model, &err), 0);
	assert_non_null(strstr(err.text, "not fitted"));
	assert_null(made_with(model, "prune", NULL, NULL, &err));
	assert_non_null(strstr(err.text, "not fitted"));
	model_free(copy);
	model_free(model);
}

static void check_refused(const ModelKind *kind, const Want *want)
{
	Model *model = new_model(kind);
	Dataset *set = new_dataset(want);
	Rows train = made_train(set);
	Err err;

	assert_false(fit(model, &train, NULL, &err));
	assert_int_equal(err.code, ERR_ARGUMENT);
	if (want->missing && takes(kind, &(Want){ want->form, want->numbers, false }))
		assert_non_null(strstr(err.text, "row 1 of made, feature 1"));
	else
		assert_non_null(strstr(err.text, kind->info.name));
	dataset_free(set);
	model_free(model);
}

static void check_taken(const ModelKind *kind, const Want *want)
{
	Model *model = new_model(kind);
	Dataset *set = new_dataset(want), *other;
	Want others = { want->form == DATASET_FLOATS ? DATASET_BYTES : DATASET_FLOATS,
			want->numbers, false };
	Rows train = made_train(set), test = made_test(set), odd;
	Err err;

	other = new_dataset(&others);
	odd = made_test(other);
	made_fine(fit(model, &train, NULL, &err), &err);
	assert_int_equal(model->form, want->form);
	check_good(model, want, &test);
	check_copies(model, &train, &test);
	check_threads(kind, &train);
	Program *program = made_program(model, KERNEL_DENSE, 16, NULL, "auto", &err);
	float *outputs = malloc(odd.count * model_outputs(model) * sizeof *outputs);

	assert_true(program && outputs);
	assert_false(program_score(program, &odd, outputs, NULL, &err));
	assert_non_null(strstr(err.text, "fitted on"));
	assert_false(fit(model, &test, NULL, &err));
	assert_non_null(strstr(err.text, "test rows"));
	free(outputs);
	program_free(program);
	dataset_free(other);
	dataset_free(set);
	model_free(model);
}

static void test_kinds(void **state)
{
	size_t kinds = 0;

	(void)state;
	for (size_t i = 0; model_kinds[i]; i++) {
		const ModelKind *kind = model_kinds[i];

		if (!kind->by_data)
			continue;
		kinds++;
		print_message("%s\n", kind->info.name);
		check_unfitted(kind);
		for (size_t w = 0; w < WANTS; w++) {
			if (takes(kind, &wants[w]))
				check_taken(kind, &wants[w]);
			else
				check_refused(kind, &wants[w]);
		}
	}
	assert_true(kinds > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
	};

	return cmocka_run_group_tests_name("fitted", tests, NULL, NULL);
}
