/* Forms of rows: networks and programs on floats and on compressed rows, numbers to predict, one
 * output, and what is refused; integers in a model, and settings in its file.
 * SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <math.h>

#include "model_make.h"

#include "base/crc32c.h"
#include "model/file.h"
#include "model/file_format.h"
#include "num/cpu.h"

/* The same rows as floats; or compressed, when few features are asked to stay. */
static Dataset *remade(const Dataset *from, DatasetForm form)
{
	Err err = { .code = ERR_NONE };
	size_t cells = from->rows * from->features, at = 0;
	Dataset *set = dataset_new(from->name, form, from->rows, from->features, from->classes,
				   cells, &err);

	made_fine(set, &err);
	set->train_rows = from->train_rows;
	memcpy(set->labels, from->labels, from->rows * sizeof *set->labels);
	for (size_t i = 0; i < cells; i++) {
		float x = (float)from->bytes[i] * from->byte_scale;

		if (form == DATASET_FLOATS) {
			set->floats[i] = x;
			continue;
		}
		if (x > 0) {
			set->sparse.column[at] = (uint32_t)(i % from->features);
			set->sparse.value[at++] = x;
		}
		set->sparse.begin[i / from->features + 1] = at;
	}
	return set;
}

/* Most bytes 0, so that compressing is worth it. */
static Dataset *thin_dataset(void)
{
	Dataset *set = made_dataset(200, 1);

	for (size_t i = 0; i < set->rows * set->features; i++)
		if (set->bytes[i] < 120)
			set->bytes[i] = 0;
	return set;
}

static void set_numbers(Dataset *set)
{
	set->targets = malloc(set->rows * sizeof *set->targets);
	assert_non_null(set->targets);
	for (size_t i = 0; i < set->rows; i++)
		set->targets[i] =
			3 * set->floats[i * set->features] - set->floats[i * set->features + 1] + 2;
	free(set->labels);
	set->labels = NULL;
	set->classes = 0;
}

static bool fit(Model *model, const Rows *rows, LossKind loss, size_t epochs, FitEpoch *last,
		Err *err);

typedef struct Watch {
	FitWatch base;
	FitEpoch *last;
} Watch;

static bool watch_epoch(FitWatch *self, const FitEpoch *report, Err *err)
{
	(void)err;
	*((Watch *)self)->last = *report;
	return true;
}

static bool fit(Model *model, const Rows *rows, LossKind loss, size_t epochs, FitEpoch *last,
		Err *err)
{
	Watch watch = { .base = { watch_epoch }, .last = last };
	FitOptions options;

	fit_options_init(&options, model);
	options.epochs = epochs;
	options.batch = 16;
	options.lr = 5e-3f;
	options.loss = loss_default(loss);
	return model_fit(model, rows, &options, last ? &watch.base : NULL, NULL, err);
}

/* --- floats ----------------------------------------------------------------------------------- */

/* Floats that are those of the bytes train and run to the same bits; rows in place and gathered,
 * whole blocks of images, what is added to its input. */
static void test_floats(void **state)
{
	static const char *const lines[][2] = {
		{ "24", "dense 33;relu;dense 4" },
		{ "4,6", "conv2d 5 kernel=3 pad=1;batchnorm;relu;maxpool 2;dense 4" },
		{ "24", "dropout 0.1;dense 24;add 1;dense 4" },
	};
	Dataset *bytes = made_dataset(200, 1), *floats = remade(bytes, DATASET_FLOATS);
	Err err = { .code = ERR_NONE };

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		Model *a = made_network(lines[i][0], lines[i][1]), *b = model_dup(a, &err);
		Rows train_a = made_train(bytes), train_b = made_train(floats), mixed_a, mixed_b;
		Rows test_a = made_test(bytes), test_b = made_test(floats);

		made_fit(a, &train_a, 2);
		made_fit(b, &train_b, 2);
		assert_memory_equal(a->params, b->params, a->count * sizeof *a->params);
		assert_int_equal(b->form, DATASET_FLOATS);
		made_fine(rows_sample(&mixed_a, &test_a, 40, 1, &err) &&
				  rows_sample(&mixed_b, &test_b, 40, 1, &err),
			  &err);
		for (int k = 0; k < 2; k++) {
			float *x = made_logits(a, KERNEL_DENSE, k ? &mixed_a : &test_a, 13);
			float *y = made_logits(b, KERNEL_DENSE, k ? &mixed_b : &test_b, 13);

			for (size_t j = 0; j < 40 * 4; j++)
				assert_true(fabsf(x[j] - y[j]) < 1e-5f);
			free(x);
			free(y);
		}
		Model *integers = made_with(b, "quantize", &train_b, NULL, &err);

		made_fine(integers, &err);
		assert_true(fabs(made_accuracy(integers, KERNEL_INT8, &test_b) -
				 made_accuracy(b, KERNEL_DENSE, &test_b)) < 0.15);
		assert_null(made_with(b, "quantize", &train_a, NULL, &err));
		assert_non_null(strstr(err.text, "rows of bytes"));
		model_free(integers);
		rows_done(&mixed_a);
		rows_done(&mixed_b);
		model_free(a);
		model_free(b);
	}
	dataset_free(bytes);
	dataset_free(floats);
}

/* --- numbers ---------------------------------------------------------------------------------- */

static void test_numbers(void **state)
{
	Dataset *bytes = made_dataset(400, 1), *set = remade(bytes, DATASET_FLOATS);
	Rows train = made_train(set), test = made_test(set);
	Err err = { .code = ERR_NONE };
	float outputs[100];
	FitEpoch last;

	(void)state;
	set_numbers(set);
	for (int k = 0; k < 2; k++) {
		Model *model = made_network("24", "dense 1");

		made_fine(fit(model, &train, k ? LOSS_HUBER : LOSS_MSE, 200, &last, &err), &err);
		assert_true(model->numbers && isnan(last.accuracy) && last.loss < 0.1);
		Program *program = made_program(model, KERNEL_DENSE, 16, NULL, "auto", &err);

		made_fine(program_score(program, &test, outputs, NULL, &err), &err);
		assert_true(program_r2(outputs, &test) > 0.8);
		assert_false(program_predict(program, &test, NULL, NULL, &err));
		assert_non_null(strstr(err.text, "numbers"));
		program_free(program);
		assert_false(fit(model, &train, LOSS_XENT, 1, NULL, &err));
		assert_non_null(strstr(err.text, "mse"));
		model_free(model);
	}
	Model *two = made_network("24", "dense 2"), *images = made_model("24,5,1", "1");

	assert_false(fit(two, &train, LOSS_MSE, 1, NULL, &err));
	assert_non_null(strstr(err.text, "outputs"));
	made_fine(fit(images, &train, LOSS_MSE, 1, NULL, &err), &err);
	for (size_t i = 0; i < set->rows; i++)
		set->targets[i] = 7;
	assert_false(fit(images, &train, LOSS_MSE, 1, NULL, &err));
	assert_non_null(strstr(err.text, "target 7"));
	for (size_t i = 0; i < 100; i++)
		outputs[i] = 7;
	assert_true(isnan(program_r2(outputs, &test)));
	model_free(two);
	model_free(images);
	dataset_free(bytes);
	dataset_free(set);
}

/* --- one output ------------------------------------------------------------------------------- */

/* The border between two classes is where the loss has it; a file keeps it. */
static void test_one_output(void **state)
{
	static const struct {
		const char *lines;
		LossKind loss;
		float border;
	} cases[] = {
		{ "dense 8;relu;dense 1", LOSS_BCE, 0 },
		{ "dense 8;relu;dense 1;sigmoid", LOSS_BCE, 0.5f },
		{ "dense 8;relu;dense 1", LOSS_HINGE, 0 },
		{ "dense 8;relu;dense 1", LOSS_MSE, 0.5f },
		{ "dense 8;relu;dense 1", LOSS_HUBER, 0.5f },
	};
	Dataset *set = made_dataset(400, 1);
	Rows train = made_train(set), test = made_test(set);
	Err err = { .code = ERR_NONE };
	uint16_t classes[100];
	FitEpoch last;

	(void)state;
	set->classes = 2;
	for (size_t i = 0; i < set->rows; i++)
		set->labels[i] %= 2;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		Model *model = made_network("24", cases[i].lines), *back;
		size_t ones = 0, len;
		uint8_t *bytes;

		made_fine(fit(model, &train, cases[i].loss, 25, &last, &err), &err);
		assert_true(model->border == cases[i].border);
		assert_true(made_accuracy(model, KERNEL_DENSE, &test) > 0.9);
		made_fine(model_save_memory(model, &bytes, &len, &err), &err);
		back = model_load_memory(bytes, len, "saved", &err);
		made_fine(back, &err);
		made_same(model, back);
		Program *program = made_program(back, KERNEL_DENSE, 7, NULL, "auto", &err);

		made_fine(program_predict(program, &test, classes, NULL, &err), &err);
		for (size_t k = 0; k < test.count; k++)
			ones += classes[k];
		assert_true(ones > 10 && ones < 90);
		free(bytes);
		program_free(program);
		model_free(back);
		model_free(model);
	}
	dataset_free(set);
}

/* --- what is refused -------------------------------------------------------------------------- */

static void test_values(void **state)
{
	static const Column columns[MADE_FEATURES] = { [5] = { .name = "age" } };
	Dataset *bytes = made_dataset(200, 1), *set = remade(bytes, DATASET_FLOATS);
	Dataset *sparse = remade(bytes, DATASET_SPARSE);
	Rows train = made_train(set), test = made_test(set), odd = made_train(sparse);
	Err err = { .code = ERR_NONE };
	Model *model = made_model(MADE_LAYERS, "1");
	float *at = &set->floats[17 * MADE_FEATURES + 5];

	(void)state;
	*at = NAN;
	assert_false(fit(model, &train, LOSS_XENT, 1, NULL, &err));
	assert_non_null(strstr(err.text, "row 18 of made, feature 6 is missing"));
	assert_non_null(strstr(err.text, "impute"));
	set->column = columns;
	*at = INFINITY;
	assert_false(fit(model, &train, LOSS_XENT, 1, NULL, &err));
	assert_non_null(strstr(err.text, "row 18 of made, 'age' is not finite"));
	*at = 0.5f;
	assert_false(fit(model, &odd, LOSS_XENT, 1, NULL, &err));
	assert_non_null(strstr(err.text, "sparse"));
	made_fine(fit(model, &train, LOSS_XENT, 1, NULL, &err), &err);
	Program *program = made_program(model, KERNEL_DENSE, 16, NULL, "auto", &err);

	/* A missing value among the test rows would become a class without a word. */
	set->floats[(set->rows - 1) * MADE_FEATURES + 5] = NAN;
	set->missing = true;
	assert_false(program_predict(program, &test, NULL, NULL, &err));
	assert_non_null(strstr(err.text, "'age' is missing"));
	assert_false(program_predict(program, &odd, NULL, NULL, &err));
	assert_non_null(strstr(err.text, "sparse rows"));
	program_free(program);
	model_free(model);
	set->column = NULL;
	dataset_free(bytes);
	dataset_free(set);
	dataset_free(sparse);
}

/* --- compressed rows -------------------------------------------------------------------------- */

static Model *fitted(const char *name, const Rows *rows)
{
	const ModelKind *kind = model_kind_find(name);
	Err err = { .code = ERR_NONE };
	FitOptions options;
	Params params;

	assert_non_null(kind);
	made_fine(params_init(&params, &kind->info, &err), &err);
	Model *model = model_new(kind, &params, &err);

	made_fine(model, &err);
	fit_options_init(&options, model);
	made_fine(model_fit(model, rows, &options, NULL, NULL, &err), &err);
	return model;
}

static void check_steps(const Program *program, double entries)
{
	json_t *steps = program_steps_json(program), *first = json_array_get(steps, 0);
	const char *kernel = json_string_value(json_object_get(first, "kernel"));

	assert_int_equal(program_form(program, 0), KERNEL_ROWS_CSR);
	assert_true(kernel && strncmp(kernel, "rows-csr-", 9) == 0);
	assert_int_equal(program_macs(program), llrint(entries * MADE_CLASSES));
	assert_int_equal(program_macs(program), json_integer_value(json_object_get(first, "macs")));
	assert_true(program_row_bytes(program) == entries * 8);
	json_decref(steps);
}

static void test_sparse(void **state)
{
	static const char *const wishes[] = { "auto", "scalar", "avx2", "avx512" };
	Dataset *bytes = thin_dataset(), *set = remade(bytes, DATASET_SPARSE);
	Dataset *dense = remade(bytes, DATASET_FLOATS);
	Rows train = made_train(set), test = made_test(set), mixed, same = made_test(dense);
	Err err = { .code = ERR_NONE };
	Model *model = fitted("logistic", &train), *plain = model_dup(model, &err);
	double entries = (double)set->sparse.begin[set->train_rows] / (double)set->train_rows;

	(void)state;
	assert_true(model->entries == entries && entries < MADE_FEATURES);
	plain->form = DATASET_FLOATS; /* the same weights on the same numbers */
	float *want = made_logits(plain, KERNEL_DENSE, &same, 16);

	for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++) {
		KernelWish wish;

		if (!kernel_wish_parse(&wish, wishes[i], &err))
			continue;
		Program *program = made_program(model, KERNEL_DENSE, 16, NULL, wishes[i], &err);
		float got[50 * MADE_CLASSES];

		made_fine(program, &err);
		made_fine(program_score(program, &test, got, NULL, &err), &err);
		for (size_t k = 0; k < test.count * MADE_CLASSES; k++)
			assert_true(fabsf(got[k] - want[k]) < 1e-4f);
		check_steps(program, entries);
		program_free(program);
	}
	made_fine(rows_sample(&mixed, &test, 30, 1, &err), &err);
	assert_true(made_accuracy(model, KERNEL_CSR, &mixed) > 0.9);
	rows_done(&mixed);
	free(want);
	model_free(plain);
	model_free(model);
	dataset_free(bytes);
	dataset_free(set);
	dataset_free(dense);
}

static void test_sparse_refused(void **state)
{
	const char *const some[] = { "sparsity", "0.5", "epochs", "0", NULL };
	Dataset *bytes = thin_dataset(), *set = remade(bytes, DATASET_SPARSE);
	Rows train = made_train(set);
	Err err = { .code = ERR_NONE };
	ProgramOptions options = { .batch = 4, .kernel = { kernel_find("dense-reference") } };
	Model *model = fitted("logistic", &train), *pruned, *images;

	(void)state;
	assert_null(made_with(model, "quantize", &train, NULL, &err));
	assert_non_null(strstr(err.text, "sparse rows"));
	assert_null(made_with(model, "prune", &train, NULL, &err));
	assert_non_null(strstr(err.text, "epochs = 0"));
	pruned = made_with(model, "prune", NULL, some, &err);
	made_fine(pruned, &err);
	assert_true(made_accuracy(pruned, KERNEL_CSR, &train) > 0.5);
	FitOptions fit_options;

	fit_options_init(&fit_options, pruned);
	assert_false(model_fit(pruned, &train, &fit_options, NULL, NULL, &err));
	assert_non_null(strstr(err.text, "pruned"));
	made_fine(kernel_wish_parse(&options.wish, "auto", &err), &err);
	assert_null(program_new(model, &options, &err));
	assert_non_null(strstr(err.text, "compressed"));
	images = made_network("4,6", "conv2d 5 kernel=3;dense 4");
	images->form = DATASET_SPARSE;
	assert_null(made_program(images, KERNEL_DENSE, 4, NULL, "auto", &err));
	assert_non_null(strstr(err.text, "begins with 'conv2d"));
	images->form = DATASET_BYTES;
	options.kernel[0] = NULL;
	options.form[1] = KERNEL_ROWS_CSR;
	assert_null(program_new(images, &options, &err));
	assert_non_null(strstr(err.text, "dense rows"));
	model_free(images);
	model_free(pruned);
	model_free(model);
	dataset_free(bytes);
	dataset_free(set);
}

/* --- integers and sizes ----------------------------------------------------------------------- */

static void test_integers(void **state)
{
	Model *model = calloc(1, sizeof *model);
	Err err = { .code = ERR_NONE };

	(void)state;
	assert_non_null(model);
	model->kind = model_kind_find("network");
	assert_true(model_add_integers(model, "a", SPAN_U8, 3, 5, &err));
	assert_true(model_add_integers(model, "b", SPAN_U16, 0, 7, &err));
	assert_true(model_add_span(model, "c", 0, 4, false, &err));
	assert_true(model_add_integers(model, "d", SPAN_U32, 1, 20, &err));
	assert_true(model_add_span(model, "e", 2, 2, false, &err));
	assert_false(model_add_integers(model, "f", SPAN_U32, (size_t)1 << 20, 1 << 10, &err));
	assert_int_equal(err.code, ERR_ARGUMENT);
	assert_false(model_add_integers(model, "f", SPAN_U32, SIZE_MAX / 2, 3, &err));
	assert_int_equal(model->spans, 5);
	made_fine(model_take_block(model, &err), &err);
	assert_int_equal(model_parameters(model), 15 + 20 + 4);
	assert_int_equal(model->integers_bytes, 64 + 128);
	for (size_t i = 0; i < model->spans; i++)
		assert_ptr_equal(model_span_data(model, i), model_span_at(model, i));
	memset(model_span_data(model, 0), 7, 15);
	*((uint32_t *)model_span_data(model, 3) + 19) = 5;
	Model *copy = model_dup(model, &err);

	made_fine(copy, &err);
	made_same(model, copy);
	assert_ptr_not_equal(copy->integers, model->integers);
	made_fine(model_take_mask(model, &err), &err);
	model->mask[model->span[4].offset] = 0;
	assert_int_equal(model_nonzero(model), 15 + 20 + 3);
	model_free(copy);
	model_free(model);
}

static void test_restart(void **state)
{
	Dataset *set = made_dataset(200, 1);
	Rows train = made_train(set);
	Err err = { .code = ERR_NONE };
	Model *model = fitted("logistic", &train);

	(void)state;
	assert_true(model_parameters(model) > 0);
	assert_int_equal(model_setting(model, "iterations")->integer, 100);
	assert_false(model_restart(model, (Shape){ 4, 1, 1 }, "dense 3;nonsense", &err));
	assert_int_equal(model->layers, 0);
	assert_int_equal(model_parameters(model), 0);
	made_fine(model_restart(model, (Shape){ 4, 1, 1 }, "dense 3", &err), &err);
	assert_int_equal(model_parameters(model), 15);
	for (size_t i = 0; i < model->count; i++)
		assert_true(model->params[i] == 0);
	model_free(model);
	dataset_free(set);
}

/* --- files ------------------------------------------------------------------------------------ */

/* The file with one key of its header set (NULL: taken away). */
static Model *load_with(const Model *model, const char *key, json_t *value, Err *err)
{
	uint8_t *bytes, *file;
	size_t len, old, body, all;

	made_fine(model_save_memory(model, &bytes, &len, err), err);
	old = get_u32(bytes + 8);
	json_t *header = json_loadb((char *)bytes + FILE_FIXED_BYTES, old, 0, NULL);

	if (value)
		json_object_set_new(header, key, value);
	else
		json_object_del(header, key);
	char *text = json_dumps(header, JSON_COMPACT | JSON_REAL_PRECISION(9));

	body = len - FILE_FIXED_BYTES - old;
	all = FILE_FIXED_BYTES + strlen(text) + body;
	file = malloc(all);
	assert_non_null(file);
	memcpy(file, FILE_MAGIC, FILE_MAGIC_BYTES);
	put_u32(file + 8, (uint32_t)strlen(text));
	put_u32(file + 12, crc32c(0, text, strlen(text)));
	memcpy(file + FILE_FIXED_BYTES, text, strlen(text));
	memcpy(file + FILE_FIXED_BYTES + strlen(text), bytes + len - body, body);
	*err = (Err){ .code = ERR_NONE };
	Model *back = model_load_memory(file, all, "file", err);

	free(file);
	free(text);
	free(bytes);
	json_decref(header);
	return back;
}

static void refused(const Model *model, const char *key, json_t *value, const char *says)
{
	Err err;

	assert_null(load_with(model, key, value, &err));
	assert_int_equal(err.code, ERR_FORMAT);
	if (!strstr(err.text, says))
		fail_msg("%s: expected '%s'", err.text, says);
}

static void test_headers(void **state)
{
	Dataset *bytes = thin_dataset(), *set = remade(bytes, DATASET_SPARSE);
	Rows train = made_train(set);
	Model *model = fitted("logistic", &train), *network = made_model(MADE_LAYERS, "1"), *back;
	Err err;

	(void)state;
	refused(model, "settings", NULL, "settings of a logistic are missing");
	refused(model, "settings", json_pack("{s:s}", "zoo", "1"), "unknown key 'zoo'");
	refused(model, "settings", json_pack("{s:s}", "iterations", "0"), "iterations");
	refused(model, "settings", json_pack("{s:i}", "iterations", 5), "no text");
	refused(model, "form", json_string("columns"), "form");
	refused(model, "form", json_integer(1), "form");
	refused(model, "numbers", json_integer(1), "numbers");
	refused(model, "numbers", json_true(), "one output");
	refused(model, "entries", json_integer(-1), "entries");
	refused(model, "border", json_string("0"), "border");
	refused(network, "settings", json_object(), "no settings");
	back = load_with(model, "settings", json_pack("{s:s}", "iterations", "7"), &err);
	made_fine(back, &err);
	assert_int_equal(model_setting(back, "iterations")->integer, 7);
	assert_true(model_setting(back, "iterations")->given);
	model_free(back);
	model_free(network);
	model_free(model);
	dataset_free(bytes);
	dataset_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_floats),     cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_one_output), cmocka_unit_test(test_values),
		cmocka_unit_test(test_sparse),     cmocka_unit_test(test_sparse_refused),
		cmocka_unit_test(test_integers),   cmocka_unit_test(test_restart),
		cmocka_unit_test(test_headers),
	};

	return cmocka_run_group_tests_name("forms", tests, NULL, NULL);
}
