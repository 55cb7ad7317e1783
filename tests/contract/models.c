/* The contract of every kind of model: its gradient is that of its loss, and it fits, predicts,
 * clones, saves, loads and agrees with itself, whatever the number of threads. Kinds that are shaped
 * by their data: contract/fitted.c.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "../unit/model_make.h"
#include "model/file.h"
#include "num/blas.h"
#include "num/cpu.h"

/* A new model of a kind, small where its parameters let it be. */
static Model *small_model(const ModelKind *kind)
{
	static const char *const values[][3] = {
		{ "mlp", "layers", "64,32,10" },
		{ "network", "input", "2,6,6" },
		{ "network", "layers",
		  "conv2d 8 kernel=3 pad=1;batchnorm;relu;conv2d 8 kernel=3 pad=1;add 3;gelu;"
		  "maxpool 2;dropout 0.1;globalpool;dense 16;batchnorm;tanh;dense 10" },
	};
	Err err = { .code = ERR_NONE };
	Params params;

	made_fine(params_init(&params, &kind->info, &err), &err);
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		if (strcmp(values[i][0], kind->info.name) == 0)
			made_fine(params_set_text(&params, values[i][1], values[i][2], &err), &err);
	Model *model = model_new(kind, &params, &err);

	made_fine(model, &err);
	return model;
}

/* A dataset that it takes: a pattern for each class, and noise. */
static Dataset *small_dataset(const Model *model, size_t rows)
{
	size_t features = model_inputs(model), classes = model_outputs(model);
	Dataset *set = calloc(1, sizeof *set);
	uint8_t *pattern = malloc(classes * features);
	Random random;

	assert_true(set && pattern);
	*set = (Dataset){ .name = "made",
			  .rows = rows,
			  .features = features,
			  .classes = classes,
			  .train_rows = rows / 4 * 3,
			  .byte_scale = 1.0f / 255,
			  .bytes = malloc(rows * features),
			  .labels = malloc(rows * sizeof *set->labels) };
	assert_true(set->bytes && set->labels);
	random_init(&random, 1, RANDOM_ROWS);
	for (size_t i = 0; i < classes * features; i++)
		pattern[i] = random_below(&random, 4) ? 0 : (uint8_t)random_below(&random, 206);
	for (size_t i = 0; i < rows * features; i++) {
		size_t row = i / features, class = row % classes;

		set->labels[row] = (uint16_t) class;
		set->bytes[i] = (uint8_t)(pattern[class * features + i % features] +
					  random_below(&random, 50));
	}
	free(pattern);
	return set;
}

/* --- gradient --------------------------------------------------------------------------------- */

typedef struct First {
	FitWatch base;
	double loss;
} First;

static bool first_epoch(FitWatch *self, const FitEpoch *report, Err *err)
{
	(void)err;
	((First *)self)->loss = report->loss;
	return true;
}

/* The loss of all rows, and after it one step of plain gradient descent with lr 1. */
static double descend(Model *model, const Rows *rows)
{
	First first = { .base = { first_epoch } };
	Err err = { .code = ERR_NONE };
	FitOptions options;

	fit_options_init(&options, model);
	options.optimizer = optimizer_default(OPTIMIZER_SGD);
	options.lr = 1;
	options.epochs = 1;
	options.batch = rows->count;
	made_fine(model_fit(model, rows, &options, &first.base, NULL, &err), &err);
	return first.loss;
}

/* The loss with span i of the model moved by step along d. */
static double loss_at(const Model *model, const Span *span, const float *d, double step,
		      const Rows *rows)
{
	Err err = { .code = ERR_NONE };
	Model *copy = model_dup(model, &err);

	made_fine(copy, &err);
	for (size_t i = span->offset; i < span->offset + span->rows * span->cols; i++)
		copy->params[i] = (float)((double)copy->params[i] + step * (double)d[i]);
	double loss = descend(copy, rows);

	model_free(copy);
	return loss;
}

/* Along its own gradient the loss of each span rises by the gradient's norm. Far enough for f32 to
 * show it, near enough for few rectifiers to turn. */
static void check_span(const Model *model, const Span *span, const float *gradient,
		       const Rows *rows)
{
	double norm = 0;

	for (size_t i = span->offset; i < span->offset + span->rows * span->cols; i++)
		norm += (double)gradient[i] * (double)gradient[i];
	norm = sqrt(norm);
	if (norm < 1e-3) /* a bias in front of a batch normalization */
		return;
	double step = fmin(1e-4 / norm, 0.002) / norm;
	double up = loss_at(model, span, gradient, step, rows);
	double numeric = (up - loss_at(model, span, gradient, -step, rows)) / (2 * step * norm);

	if (!(fabs(numeric / norm - 1) < 0.03))
		fail_msg("%s, %s: the loss rises by %g, the gradient's norm is %g",
			 model->kind->info.name, span->name, numeric, norm);
}

/* Whether the kind is more than an emulated processor trains in reasonable time: scripts/check says
 * so when there is one. */
static bool too_slow(const ModelKind *kind)
{
	Err err = { .code = ERR_NONE };
	Model *model = small_model(kind);
	Program *program = made_program(model, KERNEL_DENSE, 1, NULL, "auto", &err);

	made_fine(program, &err);
	bool slow = getenv("EMULATED") && program_macs(program) > 200000;

	program_free(program);
	model_free(model);
	return slow;
}

static void check_gradient(const ModelKind *kind)
{
	Model *model = small_model(kind);
	Dataset *set = small_dataset(model, 40);
	Rows rows = { .set = set, .count = 21 };
	Err err = { .code = ERR_NONE };
	Model *moved = model_dup(model, &err);
	float *gradient = calloc(model->count, sizeof *gradient);

	assert_true(moved && gradient);
	descend(moved, &rows);
	for (size_t i = 0; i < model->count; i++)
		gradient[i] = model->params[i] - moved->params[i];
	for (size_t i = 0; i < model->spans; i++)
		if (model->span[i].trained)
			check_span(model, &model->span[i], gradient, &rows);
	free(gradient);
	model_free(moved);
	model_free(model);
	dataset_free(set);
}

/* --- life ------------------------------------------------------------------------------------- */

static void same_logits(const Model *a, const Model *b, const Rows *rows)
{
	float *x = made_logits(a, KERNEL_DENSE, rows, 32),
	      *y = made_logits(b, KERNEL_DENSE, rows, 32);

	assert_memory_equal(x, y, rows->count * model_outputs(a) * sizeof *x);
	free(x);
	free(y);
}

static void check_copies(const Model *model, const Rows *train, const Rows *test)
{
	Err err = { .code = ERR_NONE };
	Model *copy = model_dup(model, &err);
	uint8_t *bytes;
	size_t len;

	made_fine(copy, &err);
	made_same(model, copy);
	same_logits(model, copy, test);
	made_fine(model_save_memory(model, &bytes, &len, &err), &err);
	Model *back = model_load_memory(bytes, len, "saved", &err);

	made_fine(back, &err);
	made_same(model, back);
	same_logits(model, back, test);
	/* A copy is its own: fitting it leaves the model as it was; a loaded one goes on like
	 * the saved one. */
	made_fit(copy, train, 1);
	assert_memory_not_equal(copy->params, model->params, model->count * sizeof(float));
	made_same(model, back);
	made_fit(back, train, 1);
	made_same(copy, back);
	free(bytes);
	model_free(back);
	model_free(copy);
}

static void check_life(const ModelKind *kind)
{
	Model *model = small_model(kind), *again = small_model(kind);
	Dataset *set = small_dataset(model, 240);
	Rows train = made_train(set), test = made_test(set);

	made_fit(model, &train, 6);
	made_fit(again, &train, 6);
	made_same(model, again);
	assert_true(made_accuracy(model, KERNEL_DENSE, &test) > 0.8);
	check_copies(model, &train, &test);
	model_free(again);
	model_free(model);
	dataset_free(set);
}

static void test_gradients(void **state)
{
	(void)state;
	for (size_t i = 0; model_kinds[i]; i++)
		if (!model_kinds[i]->by_data && !too_slow(model_kinds[i]))
			check_gradient(model_kinds[i]);
}

static void test_lives(void **state)
{
	(void)state;
	for (size_t i = 0; model_kinds[i]; i++)
		if (!model_kinds[i]->by_data && !too_slow(model_kinds[i]))
			check_life(model_kinds[i]);
}

static void fit_shared(Model *model, const Dataset *set, Pool *pool)
{
	Err err = { .code = ERR_NONE };
	Rows train = made_train(set);
	FitOptions options;

	fit_options_init(&options, model);
	options.epochs = 2;
	options.batch = 50;
	options.pool = pool;
	made_fine(model_fit(model, &train, &options, NULL, NULL, &err), &err);
}

/* Equal bits for the same number of threads every time, and where no product is OpenBLAS's, which
 * sums in another order for other shares, whatever the number. */
static void test_threads(void **state)
{
	bool own = cpu_features() & CPU_AVX512;

	(void)state;
	for (size_t i = 0; model_kinds[i]; i++) {
		Model *of[4] = { NULL };
		Dataset *set = NULL;

		if (model_kinds[i]->by_data || too_slow(model_kinds[i]))
			continue;
		for (unsigned threads = 1; threads <= 3; threads++) {
			Err err = { .code = ERR_NONE };
			Pool *pool = pool_new(threads, &err);
			Model *again = small_model(model_kinds[i]);

			made_fine(pool, &err);
			blas_prepare(pool);
			of[threads] = small_model(model_kinds[i]);
			set = set ? set : small_dataset(again, 160);
			fit_shared(of[threads], set, pool);
			fit_shared(again, set, pool);
			made_same(again, of[threads]);
			if (own)
				made_same(of[1], of[threads]);
			model_free(again);
			pool_free(pool);
		}
		for (unsigned threads = 1; threads <= 3; threads++)
			model_free(of[threads]);
		dataset_free(set);
	}
}

static void test_rows_of_the_table(void **state)
{
	(void)state;
	assert_non_null(model_kinds[0]);
	for (size_t i = 0; model_kinds[i]; i++) {
		const ModelKind *kind = model_kinds[i];
		const Param *row = kind->info.params;
		Err err = { .code = ERR_NONE };
		Params params;
		bool required = false;

		assert_true(kind->info.title && kind->info.about && kind->fit);
		assert_int_equal(kind->by_data, !kind->shape);
		assert_ptr_equal(model_kind_find(kind->info.name), kind);
		made_fine(params_init(&params, &kind->info, &err), &err);
		for (; row && row->name; row++)
			required = required || row->required;
		if (!required)
			continue;
		assert_null(model_new(kind, &params, &err));
		assert_int_equal(err.code, ERR_ARGUMENT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_of_the_table),
		cmocka_unit_test(test_gradients),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_lives),
	};

	return cmocka_run_group_tests_name("models", tests, NULL, NULL);
}
