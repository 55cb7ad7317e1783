/* Techniques of neighbours: bytes and condensation are really smaller, in the program, in the file
 * and in distances, and say what they cannot do.
 * SPDX-License-Identifier: MIT */
#include "model/file.h"
#include "model/neighbours/fitted.h"
#include "model_make.h"

#define ROWS 800

static Err err;

static Model *new_knn(const char *form, const char *k, const Rows *rows)
{
	const ModelKind *kind = model_kind_find("knn");
	FitOptions options;
	Params params;

	assert_non_null(kind);
	made_fine(params_init(&params, &kind->info, &err), &err);
	made_fine(params_set_text(&params, "form", form, &err), &err);
	made_fine(params_set_text(&params, "k", k, &err), &err);
	Model *model = model_new(kind, &params, &err);

	made_fine(model, &err);
	fit_options_init(&options, model);
	made_fine(!rows || model_fit(model, rows, &options, NULL, NULL, &err), &err);
	return model;
}

/* What it costs, and how good it is. */
typedef struct Cost {
	uint64_t compares, file, bytes, macs;
	double accuracy;
} Cost;

static Cost cost(const Model *model, const Rows *rows)
{
	Program *program = made_program(model, KERNEL_DENSE, 64, NULL, "auto", &err);
	size_t count;
	Cost out;

	made_fine(program, &err);
	made_fine(program_predict(program, rows, NULL, NULL, &err), &err);
	out.accuracy = program_accuracy(program_classes(program, &count), rows, NULL);
	out.compares = program_compares(program, rows, NULL, &err);
	out.file = model_file_bytes(model, &err);
	out.bytes = program_weight_bytes(program);
	out.macs = program_macs(program);
	program_free(program);
	return out;
}

/* The same after it was saved and loaded. */
static void check_file(const Model *model, const Rows *rows)
{
	uint8_t *bytes;
	size_t len;

	made_fine(model_save_memory(model, &bytes, &len, &err), &err);
	Model *back = model_load_memory(bytes, len, "saved", &err);

	made_fine(back, &err);
	made_same(model, back);
	assert_true(cost(back, rows).accuracy >= cost(model, rows).accuracy);
	model_free(back);
	free(bytes);
}

static void test_bytes(void **state)
{
	Made *f = *state;
	Model *model = new_knn("f32", "5", &f->train);
	Model *after = made_with(model, "byte-neighbours", NULL, NULL, &err);

	made_fine(after, &err);
	Cost before = cost(model, &f->test), now = cost(after, &f->test);

	assert_true(now.bytes < before.bytes * 35 / 100);
	assert_true(now.file < before.file * 3 / 10);
	assert_int_equal(now.compares, before.compares);
	assert_true(now.accuracy > before.accuracy - 0.01);
	check_file(after, &f->test);
	model_free(model);
	model_free(after);
}

static void condensed(const char *form, const Made *f)
{
	Model *model = new_knn(form, "1", &f->train);
	Model *after = made_with(model, "condense", NULL, NULL, &err);
	NeighboursFitted few;

	made_fine(after, &err);
	Cost before = cost(model, &f->test), now = cost(after, &f->test);

	assert_true(neighbours_fitted(&few, after));
	assert_true(few.count < f->train.count / 2);
	assert_int_equal(before.compares, f->test.count * f->train.count);
	assert_int_equal(now.compares, f->test.count * few.count);
	assert_true(now.macs * 2 < before.macs);
	assert_true(now.bytes * 2 < before.bytes);
	assert_true(now.file * 2 < before.file);
	assert_true(now.accuracy > before.accuracy - 0.1);
	/* Hart's promise. */
	assert_true(cost(after, &f->train).accuracy >= 1);
	check_file(after, &f->test);
	model_free(model);
	model_free(after);
}

static void test_condense(void **state)
{
	condensed("bytes", *state);
	condensed("f32", *state);
	condensed("int8", *state);
}

static void refused(const Model *model, const char *technique, const char *const *settings,
		    const char *why)
{
	assert_null(made_with(model, technique, NULL, settings, &err));
	assert_int_equal(err.code, ERR_ARGUMENT);
	if (!strstr(err.text, why) || !strstr(err.text, technique))
		fail_msg("'%s' does not say '%s'", err.text, why);
}

static void test_refusals(void **state)
{
	static const char *const many[] = { "k", "1000", NULL };
	Made *f = *state;
	Model *bytes = new_knn("bytes", "1", &f->train), *none = new_knn("auto", "1", NULL);
	Model *mlp = made_model("24,4", "1");

	refused(bytes, "byte-neighbours", NULL, "are bytes already");
	refused(bytes, "condense", many, "make k smaller");
	refused(none, "byte-neighbours", NULL, "not fitted yet");
	refused(none, "condense", NULL, "not fitted yet");
	refused(mlp, "byte-neighbours", NULL, "no neighbours");
	refused(mlp, "condense", NULL, "no neighbours");
	model_free(bytes);
	model_free(none);
	model_free(mlp);
	/* Numbers have no classes to tell apart. */
	free(f->set->labels);
	f->set->labels = NULL;
	f->set->classes = 0;
	f->set->targets = calloc(f->set->rows, sizeof *f->set->targets);
	assert_non_null(f->set->targets);
	f->set->targets[1] = 1;
	Model *numbers = new_knn("f32", "1", &f->train);

	refused(numbers, "condense", NULL, "predicts numbers");
	Model *after = made_with(numbers, "byte-neighbours", NULL, NULL, &err);

	made_fine(after, &err);
	model_free(after);
	model_free(numbers);
}

static int setup(void **state)
{
	*state = made_new(ROWS, NULL);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_bytes, setup, made_teardown),
		cmocka_unit_test_setup_teardown(test_condense, setup, made_teardown),
		cmocka_unit_test_setup_teardown(test_refusals, setup, made_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
