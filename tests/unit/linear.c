/* Linear models: coefficients against scikit-learn's, gradients against differences, conditions that
 * hold at a minimum, and equal results whatever form the rows have.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "model_make.h"
#include "fixture.h"

#include "model/linear/narrow.h"
#include "model/linear/objective.h"
#include "model/linear/rff.h"
#include "num/train/fourier.h"
#include "levels.h"

/* --- tables ----------------------------------------------------------------------------------- */

static Dataset *load(const char *name)
{
	const char *top = getenv("top_srcdir");
	char folder[4096];
	const char *folders[] = { folder, NULL };
	const DataPaths paths = { folders };
	Err err = { .code = ERR_NONE };

	snprintf(folder, sizeof folder, "%s/datasets", top ? top : ".");
	Dataset *set = dataset_load(name, &paths, NULL, NULL, &err);

	made_fine(set, &err);
	assert_int_equal(set->form, DATASET_FLOATS);
	return set;
}

static void standardize(Dataset *set)
{
	for (size_t j = 0; j < set->features; j++) {
		double sum = 0, square = 0, rows = (double)set->rows;

		for (size_t i = 0; i < set->rows; i++)
			sum += (double)set->floats[i * set->features + j];
		for (size_t i = 0; i < set->rows; i++)
			square += pow((double)set->floats[i * set->features + j] - sum / rows, 2);
		for (size_t i = 0; i < set->rows; i++) {
			float *x = &set->floats[i * set->features + j];

			*x = (float)(((double)*x - sum / rows) / sqrt(square / rows));
		}
	}
}

static Rows all_rows(const Dataset *set)
{
	return (Rows){ .set = set, .count = set->rows };
}

/* settings: an object of texts. */
static Model *new_model(const char *name, const json_t *settings)
{
	const ModelKind *kind = model_kind_find(name);
	Err err = { .code = ERR_NONE };
	const char *key;
	const json_t *value;
	Params params;

	assert_non_null(kind);
	made_fine(params_init(&params, &kind->info, &err), &err);
	json_object_foreach((json_t *)(uintptr_t)settings, key, value)
		made_fine(params_set_text(&params, key, json_string_value(value), &err), &err);
	Model *model = model_new(kind, &params, &err);

	made_fine(model, &err);
	return model;
}

static Model *fitted(const char *name, const char *settings, const Rows *rows)
{
	json_t *object = json_loads(settings, 0, NULL);
	Model *model = new_model(name, object);
	Err err = { .code = ERR_NONE };
	FitOptions options;

	assert_non_null(object);
	json_decref(object);
	fit_options_init(&options, model);
	made_fine(model_fit(model, rows, &options, NULL, NULL, &err), &err);
	return model;
}

/* --- scikit-learn ----------------------------------------------------------------------------- */

static void check_scores(const json_t *row, const Model *model, const Dataset *set, size_t count,
			 const char *what)
{
	Rows rows = { .set = set, .count = count };
	float *scores = made_logits(model, KERNEL_DENSE, &rows, 8);

	fixture_near(row, "scores", scores, count * set->classes, 1e-3, what);
	free(scores);
}

static void check_weights(const json_t *row, const Model *model, const char *what)
{
	const Span *w = &model->span[0], *b = &model->span[1];

	fixture_near(row, "w", model->params + w->offset, w->rows * w->cols, 1e-3, what);
	fixture_near(row, "b", model->params + b->offset, b->cols, 1e-3, what);
}

static void check_case(const json_t *row, size_t scores)
{
	Dataset *set = load(fixture_text(row, "set"));
	Rows rows = all_rows(set);
	char what[512];
	char *settings = json_dumps(json_object_get(row, "settings"), 0);

	assert_non_null(settings);
	snprintf(what, sizeof what, "%s of %s %s", fixture_text(row, "model"),
		 fixture_text(row, "set"), settings);
	if (json_is_true(json_object_get(row, "standard")))
		standardize(set);
	Model *model = fitted(fixture_text(row, "model"), settings, &rows);

	if (json_object_get(row, "scores"))
		check_scores(row, model, set, scores, what);
	else
		check_weights(row, model, what);
	model_free(model);
	free(settings);
	dataset_free(set);
}

static void test_scikit_learn(void **state)
{
	json_t *root = fixture_load("linear");
	const json_t *list = fixture_list(root, "cases");

	(void)state;
	assert_true(json_array_size(list) > 20);
	for (size_t i = 0; i < json_array_size(list); i++)
		check_case(json_array_get(list, i), fixture_size(root, "rows"));
	json_decref(root);
}

/* --- the objective ---------------------------------------------------------------------------- */

/* Patterns with noise, a third of them 0, in any form; values are multiples of 1/16. */
static Dataset *made_form(DatasetForm form, size_t rows, size_t features, size_t classes)
{
	Err err = { .code = ERR_NONE };
	Dataset *set = dataset_new("made", form, rows, features, classes, rows * features, &err);
	Random random;
	uint64_t at = 0;

	made_fine(set, &err);
	set->train_rows = rows;
	set->byte_scale = 1.0f / 16;
	random_init(&random, 5, RANDOM_ROWS);
	for (size_t i = 0; i < rows * features; i++) {
		size_t row = i / features, column = i % features;
		uint8_t x = (uint8_t)(random_below(&random, 3) ? random_below(&random, 12) : 0);

		x = (uint8_t)(x + (column % classes == row % classes ? 4 : 0));
		set->labels[row] = (uint16_t)(row % classes);
		if (form == DATASET_BYTES)
			set->bytes[i] = x;
		else if (form == DATASET_FLOATS)
			set->floats[i] = (float)x / 16;
		else if (x > 0) {
			set->sparse.column[at] = (uint32_t)column;
			set->sparse.value[at++] = (float)x / 16;
		}
		if (form == DATASET_SPARSE)
			set->sparse.begin[row + 1] = at;
	}
	return set;
}

static double value_at(Objective *o, const double *w, double *grad)
{
	Err err = { .code = ERR_NONE };
	double value;

	made_fine(objective_eval(o, w, grad, &value, &err), &err);
	return value;
}

/* Along many directions at once: (f(w + hd) − f(w − hd)) / 2h = grad'd. cpu: fewer features than
 * the processor has take the other products. */
static void check_gradient(const Dataset *set, ObjectiveLoss loss, size_t outputs, uint32_t cpu,
			   double *value)
{
	Rows rows = all_rows(set);
	LinearFit fit = { .rows = &rows, .cpu = cpu };
	Err err = { .code = ERR_NONE };
	Arena *arena = arena_new(0, &err);
	Objective *o = objective_take(&fit, loss, outputs, 0.5, arena, &err);
	size_t n = (set->features + 1) * outputs;
	double *w = calloc(4 * n, sizeof *w), *grad = w + n, *d = w + 2 * n, *other = w + 3 * n;
	Random random;

	made_fine(o, &err);
	assert_non_null(w);
	assert_int_equal(objective_count(o), n);
	random_init(&random, 3, RANDOM_WEIGHTS);
	for (size_t i = 0; i < n; i++)
		w[i] = (double)(float)(0.3 * random_normal(&random));
	*value = value_at(o, w, grad);
	for (size_t k = 0; k < 8; k++) {
		const double h = 1.0 / 256;
		double slope = 0, numeric;

		for (size_t i = 0; i < n; i++) {
			d[i] = random_normal(&random);
			slope += grad[i] * d[i];
			w[i] += h * d[i];
		}
		numeric = value_at(o, w, other);
		for (size_t i = 0; i < n; i++)
			w[i] -= 2 * h * d[i];
		numeric = (numeric - value_at(o, w, other)) / (2 * h);
		for (size_t i = 0; i < n; i++)
			w[i] += h * d[i];
		if (!(fabs(numeric - slope) < 2e-3 * (10 + fabs(slope))))
			fail_msg("form %d, loss %d, %zu outputs: rises by %g, not %g", set->form,
				 loss, outputs, numeric, slope);
	}
	free(w);
	arena_free(arena);
}

static void test_gradients(void **state)
{
	static const size_t classes[] = { 2, 3, 7, 11 };

	(void)state;
	for (size_t c = 0; c < 4; c++)
		for (int loss = OBJECTIVE_LOGISTIC; loss <= OBJECTIVE_SQUARED_HINGE; loss++) {
			double first = 0, value;
			size_t outputs = classes[c] > 2 ? classes[c] : 1;

			for (int form = DATASET_BYTES; form <= DATASET_SPARSE; form++) {
				Dataset *set = made_form((DatasetForm)form, 83, 37, classes[c]);

				for (size_t l = 0; l < LEVELS; l++) {
					if (!level_runs(levels[l]))
						continue;
					check_gradient(set, (ObjectiveLoss)loss, outputs, levels[l],
						       &value);
					first = form == 0 && l == 0 ? value : first;
					assert_true(fabs(value - first) < 1e-4 * first);
				}
				dataset_free(set);
			}
		}
}

/* --- one model, three forms ------------------------------------------------------------------- */

static void check_forms(const char *name, const char *settings, size_t classes, double tolerance)
{
	float *expected = NULL;
	size_t n = 0;

	for (int form = DATASET_BYTES; form <= DATASET_SPARSE; form++) {
		Dataset *set = made_form((DatasetForm)form, 120, 37, classes);
		Rows rows = all_rows(set);
		Model *model = fitted(name, settings, &rows);
		const Span *w = &model->span[0];

		assert_int_equal(model->form, form);
		if (!expected) {
			n = w->rows * w->cols;
			expected = malloc(n * sizeof *expected);
			assert_non_null(expected);
			memcpy(expected, model->params + w->offset, n * sizeof *expected);
		}
		assert_int_equal(w->rows * w->cols, n);
		for (size_t i = 0; i < n; i++)
			if (!(fabs((double)(model->params[w->offset + i] - expected[i])) <=
			      tolerance * fmax(1, fabs((double)expected[i]))))
				fail_msg("%s %s, form %d: weight %zu is %g, of bytes %g", name,
					 settings, form, i, (double)model->params[w->offset + i],
					 (double)expected[i]);
		assert_true(made_accuracy(model, KERNEL_DENSE, &rows) > 0.8);
		model_free(model);
		dataset_free(set);
	}
	free(expected);
}

static void test_forms(void **state)
{
	(void)state;
	check_forms("logistic", "{\"solver\": \"lbfgs\", \"iterations\": \"500\"}", 4, 2e-3);
	check_forms("logistic", "{\"penalty\": \"l1\", \"c\": \"0.5\", \"solver\": \"lbfgs\"}", 2,
		    1e-2);
	check_forms("logistic", "{\"solver\": \"cd\", \"tolerance\": \"1e-5\"}", 2, 2e-3);
	check_forms("logistic", "{\"solver\": \"ftrl\", \"iterations\": \"20\"}", 3, 1e-3);
	check_forms("svm", "{\"solver\": \"cd\", \"iterations\": \"5000\", \"tolerance\": \"1e-4\"}", 3,
		    2e-3);
	check_forms("multinomial-nb", "{}", 3, 1e-5);
}

/* FTRL with L1 sets weights to 0, and more of them the smaller C is. */
static void test_ftrl_zeros(void **state)
{
	static const char *const settings[] = {
		"{\"solver\": \"ftrl\", \"penalty\": \"l1\", \"c\": \"10\"}",
		"{\"solver\": \"ftrl\", \"penalty\": \"l1\", \"c\": \"0.2\"}",
	};
	size_t zeros[2] = { 0 };

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		Dataset *set = made_form(DATASET_SPARSE, 200, 60, 2);
		Rows rows = all_rows(set);
		Model *model = fitted("logistic", settings[k], &rows);

		for (size_t i = 0; i < 60; i++)
			zeros[k] += model->params[i] == 0;
		model_free(model);
		dataset_free(set);
	}
	if (!(zeros[1] > zeros[0] && zeros[1] < 60))
		fail_msg("%zu zeros with little of the penalty, %zu with much", zeros[0], zeros[1]);
}

/* Many small steps end up near what L-BFGS finds of the same penalty. */
static void test_ftrl_minimum(void **state)
{
	Dataset *set = made_form(DATASET_FLOATS, 120, 37, 2);
	Rows rows = all_rows(set);
	Model *a = fitted("logistic", "{\"solver\": \"ftrl\", \"iterations\": \"2000\"}", &rows);
	Model *b = fitted("logistic", "{\"solver\": \"lbfgs\"}", &rows);

	(void)state;
	for (size_t i = 0; i < 37; i++)
		assert_true(fabsf(a->params[i] - b->params[i]) < 0.05f);
	model_free(b);
	model_free(a);
	dataset_free(set);
}

/* --- regression ------------------------------------------------------------------------------- */

/* y = 3 + 2·x0 − x1, and a column that repeats others and one that is constant: the fit is exact, and
 * what says nothing new has the weight 0. */
static void test_dependent_columns(void **state)
{
	Err err = { .code = ERR_NONE };
	Dataset *set = dataset_new("made", DATASET_FLOATS, 50, 4, 0, 0, &err);
	Rows rows;
	Random random;

	(void)state;
	made_fine(set, &err);
	random_init(&random, 1, RANDOM_ROWS);
	for (size_t i = 0; i < 50; i++) {
		float *x = set->floats + 4 * i;

		x[0] = (float)random_normal(&random);
		x[1] = 100 + (float)random_normal(&random);
		x[2] = x[0] + 2 * x[1];
		x[3] = 7;
		set->targets[i] = 3 + 2 * x[0] - x[1];
	}
	rows = all_rows(set);
	Model *model = fitted("linear", "{}", &rows);
	const float *w = model->params;

	assert_true(model->numbers);
	assert_true(fabsf(w[0] - 2) < 1e-4f && fabsf(w[1] + 1) < 1e-4f);
	assert_true(w[2] == 0 && w[3] == 0);
	assert_true(fabsf(model->params[model->span[1].offset] - 3) < 1e-2f);
	model_free(model);
	dataset_free(set);
}

/* --- parts ------------------------------------------------------------------------------------ */

static void check_narrow(bool bytes, size_t n, size_t in, size_t out)
{
	size_t ld = narrow_ld(in);
	uint8_t *x8 = malloc(n * in);
	float *x = calloc(n * in, sizeof *x), *w = calloc(out * ld, sizeof *w);
	float *z = calloc(n * out, sizeof *z), *grad = calloc(out * ld, sizeof *grad);
	const void **row = calloc(n, sizeof *row);

	assert_true(x8 && x && w && z && grad && row);
	for (size_t i = 0; i < n * in; i++)
		x[i] = (float)(x8[i] = (uint8_t)(i * 37 % 256));
	for (size_t i = 0; i < out * in; i++)
		w[i / in * ld + i % in] = (float)(i * 11 % 17) - 8;
	for (size_t i = 0; i < n; i++)
		row[i] = bytes ? (const void *)(x8 + i * in) : (const void *)(x + i * in);
	const Narrow narrow = { bytes, row, n, in, out };

	narrow_forward(&narrow, w, z);
	for (size_t i = 0; i < n * out; i++) {
		double sum = 0;

		for (size_t j = 0; j < in; j++)
			sum += (double)x[i / out * in + j] * (double)w[i % out * ld + j];
		assert_true(fabs(sum - (double)z[i]) <= 1e-5 * 256 * 8 * (double)in);
	}
	for (size_t i = 0; i < n * out; i++)
		z[i] = (float)(i * 7 % 13) - 6;
	for (size_t i = 0; i < out * ld; i++)
		grad[i] = 1;
	narrow_gradient(&narrow, z, grad);
	for (size_t k = 0; k < out; k++)
		for (size_t j = 0; j < in; j++) {
			double sum = 1;

			for (size_t i = 0; i < n; i++)
				sum += (double)x[i * in + j] * (double)z[i * out + k];
			assert_true(fabs(sum - (double)grad[k * ld + j]) <=
				    1e-5 * 256 * 6 * (double)n);
		}
	free(x8);
	free(x);
	free(w);
	free(z);
	free(grad);
	free(row);
}

static void test_narrow(void **state)
{
	(void)state;
	for (size_t out = 1; out <= NARROW_OUTPUTS_MAX; out++)
		if (narrow_fits(cpu_features(), out)) {
			check_narrow(true, 11, 100, out);
			check_narrow(false, 4, 64, out);
			check_narrow(true, 1, 5, out);
		}
}

static void test_fourier(void **state)
{
	enum { N = 1003 };
	static float x[N], y[2 * N], same[2 * N];

	(void)state;
	for (size_t i = 0; i < N; i++)
		x[i] = ((float)i - N / 2) * (i % 7 ? 0.037f : 3.7f);
	for (size_t l = 0; l < LEVELS; l++) {
		if (!level_runs(levels[l]))
			continue;
		fourier_run(levels[l], y, x, 1, N);
		for (size_t i = 0; i < N; i++) {
			assert_true(fabs((double)y[i] - cos((double)x[i])) < 2e-7);
			assert_true(fabs((double)y[N + i] - sin((double)x[i])) < 2e-7);
		}
		if (l == 0)
			memcpy(same, y, sizeof y);
		assert_memory_equal(same, y, sizeof y);
	}
}

/* Products of random features stand for the kernel. */
static void test_kernel_of_features(void **state)
{
	enum { IN = 5, PAIRS = 4000 };
	static float v[IN * PAIRS];
	const float a[IN] = { 0.3f, -1, 0.5f, 2, 0 }, b[IN] = { 0.1f, -0.5f, 0.5f, 1.2f, 0.3f };
	const RffOptions options = { .gamma = 0.4, .seed = 2 };
	double sum = 0, distance = 0;

	(void)state;
	rff_draw(&options, v, IN, PAIRS);
	for (size_t p = 0; p < PAIRS; p++) {
		double at = 0;

		for (size_t j = 0; j < IN; j++)
			at += (double)(a[j] - b[j]) * (double)v[j * PAIRS + p];
		sum += cos(at); /* cos a cos b + sin a sin b */
	}
	for (size_t j = 0; j < IN; j++)
		distance += pow((double)(a[j] - b[j]), 2);
	assert_true(fabs(sum / PAIRS - exp(-0.4 * distance)) < 0.03);
}

/* Circles within each other: nothing that is linear tells them apart. */
static void test_rff_svm(void **state)
{
	Err err = { .code = ERR_NONE };
	Dataset *set = dataset_new("rings", DATASET_FLOATS, 400, 2, 2, 0, &err);
	Random random;
	Rows rows;

	(void)state;
	made_fine(set, &err);
	random_init(&random, 4, RANDOM_ROWS);
	for (size_t i = 0; i < 400; i++) {
		double angle = 6.2831853 * random_unit(&random), radius = i % 2 ? 1 : 2;

		set->labels[i] = (uint16_t)(i % 2);
		set->floats[2 * i] = (float)(radius * cos(angle) + 0.1 * random_normal(&random));
		set->floats[2 * i + 1] =
			(float)(radius * sin(angle) + 0.1 * random_normal(&random));
	}
	rows = all_rows(set);
	Model *model = fitted("rff-svm", "{\"features\": \"100\", \"iterations\": \"20\"}", &rows);
	Model *line = fitted("svm", "{}", &rows);

	assert_true(made_accuracy(model, KERNEL_DENSE, &rows) > 0.98);
	assert_true(made_accuracy(line, KERNEL_DENSE, &rows) < 0.7);
	model_free(line);
	model_free(model);
	dataset_free(set);
}

static void test_negative_counts(void **state)
{
	Dataset *set = made_form(DATASET_FLOATS, 40, 6, 2);
	Model *model = new_model("multinomial-nb", NULL);
	Rows rows = all_rows(set);
	Err err = { .code = ERR_NONE };
	FitOptions options;

	(void)state;
	set->floats[77] = -1;
	fit_options_init(&options, model);
	assert_false(model_fit(model, &rows, &options, NULL, NULL, &err));
	assert_int_equal(err.code, ERR_ARGUMENT);
	assert_non_null(strstr(err.text, "below 0"));
	model_free(model);
	dataset_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scikit_learn),
		cmocka_unit_test(test_gradients),
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_ftrl_zeros),
		cmocka_unit_test(test_ftrl_minimum),
		cmocka_unit_test(test_dependent_columns),
		cmocka_unit_test(test_narrow),
		cmocka_unit_test(test_fourier),
		cmocka_unit_test(test_kernel_of_features),
		cmocka_unit_test(test_rff_svm),
		cmocka_unit_test(test_negative_counts),
	};

	return cmocka_run_group_tests_name("linear", tests, NULL, NULL);
}
