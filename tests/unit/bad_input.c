/* Input of which no fit can come is refused before it begins, by name and with what to do; the model
 * stays as it was.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "model_make.h"

typedef struct Fixture {
	Dataset *set;
	Rows train;
	Model *model;
	FitOptions options;
	uint32_t index[8];
} Fixture;

static int setup(void **state)
{
	Fixture *f = calloc(1, sizeof *f);

	assert_non_null(f);
	f->set = made_dataset(80, 1);
	f->train = made_train(f->set);
	f->model = made_model(MADE_LAYERS, "1");
	fit_options_init(&f->options, f->model);
	f->options.batch = 8;
	f->options.epochs = 1;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	Fixture *f = *state;

	model_free(f->model);
	dataset_free(f->set);
	free(f);
	return 0;
}

static bool fit(Fixture *f, Err *err)
{
	*err = (Err){ .code = ERR_NONE };
	return model_fit(f->model, &f->train, &f->options, NULL, NULL, err);
}

static void refused(Fixture *f, const char *text)
{
	size_t bytes = f->model->count * sizeof *f->model->params;
	float *before = malloc(bytes);
	Err err;

	assert_non_null(before);
	memcpy(before, f->model->params, bytes);
	assert_false(fit(f, &err));
	if (err.code != ERR_ARGUMENT || !strstr(err.text, text))
		fail_msg("%s: %s", err_name(err.code), err.text);
	assert_memory_equal(before, f->model->params, bytes);
	assert_int_equal(f->model->steps, 0);
	free(before);
}

static void test_rows(void **state)
{
	Fixture *f = *state;
	Rows whole = f->train, valid = whole;
	Err err;

	f->train.count = 0;
	refused(f, "fit: there are no training rows");
	f->train = made_test(f->set);
	refused(f, "test rows of made");
	f->train = whole;
	valid.count = 0;
	f->options.valid = &valid;
	refused(f, "fit: there are no validation rows");
	valid = made_test(f->set);
	refused(f, "test rows of made");
	f->options.valid = NULL;
	f->options.batch = f->train.count + 1;
	refused(f, "fit: batch is 61, but there are only 60 training rows; make it 60 or less");
	f->options.batch--;
	made_fine(fit(f, &err), &err);
}

/* One class is found wherever it comes from: a view of one class, one row, or labels all the same. */
static void test_one_class(void **state)
{
	Fixture *f = *state;
	Rows whole = f->train;
	size_t n = 0;
	Err err;

	for (size_t i = 0; n < 8 && i < whole.count; i++)
		if (f->set->labels[i] == 2)
			f->index[n++] = (uint32_t)i;
	assert_int_equal(n, 8);
	f->train.index = f->index;
	f->train.count = 8;
	refused(f, "fit: all 8 training rows of made are of class 2");
	f->index[7] = f->set->labels[0] == 2 ? 1 : 0;
	f->set->labels[f->index[7]] = 3;
	made_fine(fit(f, &err), &err);
	f->model->steps = 0;
	f->train = whole;
	f->train.count = f->options.batch = 1;
	refused(f, "fit: all 1 training rows of made");
	f->train = whole;
	f->options.batch = 8;
	for (size_t i = 0; i < f->set->rows; i++)
		f->set->labels[i] = 0;
	refused(f, "fit: all 60 training rows of made are of class 0; give rows of at least two");
}

static void test_shapes(void **state)
{
	Fixture *f = *state;

	model_free(f->model);
	f->model = made_model("23,8,4", "1");
	refused(f, "fit: the mlp takes 23 features, but made has 24");
	model_free(f->model);
	f->model = made_model("24,8,5", "1");
	refused(f, "fit: the mlp has 5 outputs, but made has 4 classes");
}

static void test_options(void **state)
{
	Fixture *f = *state;
	const float bad[] = { 0, -1, NAN, INFINITY };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		f->options.lr = bad[i];
		refused(f, "fit: lr is");
	}
	f->options.lr = 1e-3f;
	f->options.batch = 0;
	refused(f, "batch");
	f->options.batch = 8;
	f->options.epochs = 0;
	refused(f, "epochs");
	f->options.epochs = 1;
	f->options.patience = 1;
	refused(f, "fit: patience needs validation rows");
}

/* Weights that are no numbers, left by a fit that diverged, are named and not trained further. */
static void test_weights(void **state)
{
	const float bad[] = { NAN, INFINITY, -INFINITY };
	Fixture *f = *state;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		f->model->params[f->model->span[2].offset + 3] = bad[i];
		refused(f, "holds what is not a number");
	}
}

#define BAD_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BAD_TEST(test_rows),	BAD_TEST(test_one_class), BAD_TEST(test_shapes),
		BAD_TEST(test_options), BAD_TEST(test_weights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
