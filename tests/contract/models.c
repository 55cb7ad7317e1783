/* The contract of every kind of model: its gradient is that of its loss, and it fits, predicts,
 * clones, saves, loads and agrees with itself.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "../unit/model_make.h"
#include "model/file.h"

/* A new model of a kind for inputs and classes, with small hidden layers if it has any. */
static Model *small_model(const ModelKind *kind, const char *layers)
{
	Err err = { .code = ERR_NONE };
	Params params;

	made_fine(params_init(&params, &kind->info, &err), &err);
	made_fine(params_set_text(&params, "layers", layers, &err), &err);
	Model *model = model_new(kind, &params, &err);

	made_fine(model, &err);
	return model;
}

/* --- gradient --------------------------------------------------------------------------------- */

/* Mean cross-entropy of rows in double, written from the definition; w: the model's block in
 * double. */
static double loss_of(const Model *model, const double *w, const Rows *rows)
{
	double x[64], y[64], sum = 0;

	for (size_t r = 0; r < rows->count; r++) {
		double total = 0, most = -INFINITY;

		for (size_t i = 0; i < rows->set->features; i++)
			x[i] = rows->set->bytes[rows_at(rows, r) * rows->set->features + i] *
			       (double)rows->set->byte_scale;
		for (size_t l = 0; l < model->layers; l++) {
			LinearQuant quant;
			Linear layer;

			model->kind->linear(model, l, &layer, &quant);
			const double *lw = w + (layer.w - model->params);
			const double *lb = w + (layer.b - model->params);

			for (size_t o = 0; o < layer.out; o++) {
				y[o] = lb[o];
				for (size_t i = 0; i < layer.in; i++)
					y[o] += x[i] * lw[i * layer.out + o];
				y[o] = layer.relu && y[o] < 0 ? 0 : y[o];
			}
			memcpy(x, y, layer.out * sizeof *x);
		}
		for (size_t c = 0; c < rows->set->classes; c++)
			most = fmax(most, y[c]);
		for (size_t c = 0; c < rows->set->classes; c++)
			total += exp(y[c] - most);
		sum += log(total) + most - y[rows->set->labels[rows_at(rows, r)]];
	}
	return sum / (double)rows->count;
}

/* One step of plain SGD with lr 1 over all rows moves each parameter by its gradient. */
static void check_gradient(const ModelKind *kind)
{
	Dataset *set = made_dataset(40, 1);
	Rows rows = { .set = set, .count = 19 };
	Model *model = small_model(kind, "24,9,7,4");
	double *w = malloc(model->count * sizeof *w);
	float *before = malloc(model->count * sizeof *before);
	double worst = 0, most = 0;
	Err err = { .code = ERR_NONE };
	FitOptions options;

	assert_true(w && before);
	memcpy(before, model->params, model->count * sizeof *before);
	for (size_t i = 0; i < model->count; i++)
		w[i] = (double)before[i];
	fit_options_init(&options, model);
	options.optimizer = FIT_SGD;
	options.lr = 1;
	options.epochs = 1;
	options.batch = 64;
	made_fine(model_fit(model, &rows, &options, NULL, NULL, &err), &err);
	for (size_t s = 0; s < model->spans; s++) {
		const Span *span = &model->span[s];

		for (size_t i = span->offset; i < span->offset + span->rows * span->cols; i++) {
			double kept = w[i], analytic = (double)before[i] - (double)model->params[i];

			w[i] = kept + 1e-6;
			double up = loss_of(model, w, &rows);

			w[i] = kept - 1e-6;
			double numeric = (up - loss_of(model, w, &rows)) / 2e-6;

			w[i] = kept;
			worst = fmax(worst, fabs(numeric - analytic));
			most = fmax(most, fabs(numeric));
		}
	}
	assert_true(most > 0.01 && worst < 1e-6);
	free(w);
	free(before);
	model_free(model);
	dataset_free(set);
}

/* --- life ------------------------------------------------------------------------------------- */

static Dataset *digits(Err *err)
{
	const char *top = getenv("top_srcdir");
	char folder[1024];
	const char *const folders[] = { folder, NULL };
	const DataPaths paths = { folders };

	snprintf(folder, sizeof folder, "%s/datasets", top ? top : ".");
	Dataset *set = dataset_load("digits", &paths, NULL, err);

	made_fine(set, err);
	return set;
}

static void same_logits(const Model *a, const Model *b, const Rows *rows)
{
	float *x = made_logits(a, KERNEL_DENSE, rows, 32),
	      *y = made_logits(b, KERNEL_DENSE, rows, 32);

	assert_memory_equal(x, y, rows->count * a->size[a->layers] * sizeof *x);
	free(x);
	free(y);
}

static void check_life(const ModelKind *kind)
{
	Err err = { .code = ERR_NONE };
	Dataset *set = digits(&err);
	Model *model = small_model(kind, "64,32,10"), *again = small_model(kind, "64,32,10");
	DataSplit split;
	uint8_t *bytes;
	size_t len;

	made_fine(dataset_split(&split, set, 600, 0, 1, &err), &err);
	made_fit(model, &split.train, 8);
	made_fit(again, &split.train, 8);
	made_same(model, again);
	assert_true(made_accuracy(model, KERNEL_DENSE, &split.test) > 0.8);
	Model *copy = model_dup(model, &err);

	made_fine(copy, &err);
	made_same(model, copy);
	same_logits(model, copy, &split.test);
	made_fine(model_save_memory(model, &bytes, &len, &err), &err);
	Model *back = model_load_memory(bytes, len, "saved", &err);

	made_fine(back, &err);
	made_same(model, back);
	same_logits(model, back, &split.test);
	/* A copy is its own: fitting it leaves the model as it was; a loaded one goes on like
	 * the saved one. */
	made_fit(copy, &split.train, 1);
	assert_memory_not_equal(copy->params, model->params, model->count * sizeof(float));
	made_same(model, back);
	made_fit(back, &split.train, 1);
	made_same(copy, back);
	free(bytes);
	model_free(back);
	model_free(copy);
	model_free(again);
	model_free(model);
	data_split_done(&split);
	dataset_free(set);
}

static void test_gradients(void **state)
{
	(void)state;
	for (size_t i = 0; model_kinds[i]; i++)
		check_gradient(model_kinds[i]);
}

static void test_lives(void **state)
{
	(void)state;
	for (size_t i = 0; model_kinds[i]; i++)
		check_life(model_kinds[i]);
}

static void test_rows_of_the_table(void **state)
{
	(void)state;
	assert_non_null(model_kinds[0]);
	for (size_t i = 0; model_kinds[i]; i++) {
		const ModelKind *kind = model_kinds[i];
		Err err = { .code = ERR_NONE };
		Params params;

		assert_true(kind->info.title && kind->info.about);
		assert_ptr_equal(model_kind_find(kind->info.name), kind);
		made_fine(params_init(&params, &kind->info, &err), &err);
		assert_null(model_new(kind, &params, &err)); /* layers is missing */
		assert_int_equal(err.code, ERR_ARGUMENT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_of_the_table),
		cmocka_unit_test(test_gradients),
		cmocka_unit_test(test_lives),
	};

	return cmocka_run_group_tests_name("models", tests, NULL, NULL);
}
