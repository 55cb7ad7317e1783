/* The contract of every technique, on networks of every sort or on kinds that are shaped by their data:
 * the old model is unchanged, the new one lowers in the technique's form, runs the multiply-adds that
 * it claims, takes a smaller file than before and is the same after loading, down to the bits of its
 * logits.
 * SPDX-License-Identifier: MIT */
#include "../unit/model_make.h"
#include "model/file.h"

typedef struct Fixture {
	Dataset *set;
	Rows train, test;
	const char *input; /* of the model */
	Model *model;
	Err err;
} Fixture;

/* Of 24 features and 4 classes. */
static const struct {
	const char *input, *layers;
} networks[] = {
	{ "24", "dense 120; relu; dense 40; relu; dense 4" },
	{ "1,4,6", "conv2d 16 kernel=3 pad=1; relu; maxpool 2; conv2d 24 kernel=2; relu; flatten;"
		   "dense 60; relu; dense 4" },
	{ "1,4,6", "conv2d 12 kernel=3 pad=1; batchnorm; relu; conv2d 12 kernel=3 pad=1; batchnorm;"
		   "add 3; relu; avgpool 2; dropout 0.1; flatten; dense 64; gelu; dense 4" },
	{ "24", "dense 80; batchnorm; tanh; dropout 0.1; dense 80; add 4; leaky; dense 4" },
};

#define NETWORKS (sizeof networks / sizeof *networks)

/* The others are for some of these kinds, fitted on bytes or on floats, and refuse the rest. */
static const char *const for_networks[] = { "prune", "quantize" };
static const char *const fitted[] = { "tree", "forest", "extra-trees", "boosting", "knn" };

#define FITTED (sizeof fitted / sizeof *fitted)

static bool is_for_networks(const Technique *technique)
{
	for (size_t i = 0; i < sizeof for_networks / sizeof *for_networks; i++)
		if (strcmp(technique->info.name, for_networks[i]) == 0)
			return true;
	return false;
}

static bool takes_data(const Technique *technique)
{
	for (const Param *row = technique->info.params; row->name; row++)
		if (strcmp(row->name, "data") == 0)
			return true;
	return false;
}

static int setup(void **state)
{
	Fixture *f = calloc(1, sizeof *f);

	assert_non_null(f);
	f->set = made_dataset(800, 1);
	f->train = made_train(f->set);
	f->test = made_test(f->set);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	Fixture *f = *state;

	dataset_free(f->set);
	free(f);
	return 0;
}

/* Counted from the weights themselves. */
static uint64_t count_macs(const Model *model, KernelForm form)
{
	uint64_t macs = 0;

	for (size_t l = 0; l < model->weighted; l++) {
		LinearQuant quant;
		Linear layer;

		model_weights(model, l, &layer, &quant);
		size_t pixels = layer.conv ? layer.conv->out_height * layer.conv->out_width : 1;

		for (size_t i = 0; i < layer.in * layer.out; i++)
			macs += form != KERNEL_CSR || layer.w[i] != 0 ? pixels : 0;
	}
	return macs;
}

static void check_file(Fixture *f, const Technique *technique, const Model *after)
{
	uint64_t dense = model_file_bytes(f->model, &f->err);
	uint8_t *bytes;
	size_t len;

	made_fine(model_save_memory(after, &bytes, &len, &f->err), &f->err);
	assert_true(is_for_networks(technique) ? len < dense / 10 * 7 : len <= dense);
	Model *back = model_load_memory(bytes, len, "saved", &f->err);

	made_fine(back, &f->err);
	made_same(after, back);
	float *x = made_logits(after, technique->form, &f->test, 50);
	float *y = made_logits(back, technique->form, &f->test, 50);

	assert_memory_equal(x, y, f->test.count * MADE_CLASSES * sizeof *x);
	free(x);
	free(y);
	model_free(back);
	free(bytes);
}

static void check_technique(Fixture *f, const Technique *technique)
{
	Model *kept = model_dup(f->model, &f->err);
	/* These networks are small; 90 % would be too much for the others. */
	const char *const mild[] = { "sparsity", "0.7", NULL };
	bool prunes = strcmp(technique->info.name, "prune") == 0;
	const char *const *settings = prunes && f->input != networks[0].input ? mild : NULL;
	Model *after = made_with(f->model, technique->info.name, &f->train, settings, &f->err);
	Model *again = made_with(f->model, technique->info.name, &f->train, settings, &f->err);

	made_fine(kept && after && again, &f->err);
	made_same(kept, f->model);
	made_same(after, again);
	Program *p = made_program(after, technique->form, 32, NULL, "auto", &f->err);
	Program *dense = made_program(f->model, KERNEL_DENSE, 32, NULL, "auto", &f->err);

	made_fine(p && dense, &f->err);
	/* A sparse convolution leaves out what falls on padding, too. */
	if (technique->form == KERNEL_CSR && networks[0].input != f->input)
		assert_true(program_macs(p) <= count_macs(after, technique->form));
	else
		assert_int_equal(program_macs(p), count_macs(after, technique->form));
	assert_true(program_macs(p) <= program_macs(dense));
	assert_true(program_weight_bytes(p) < program_weight_bytes(dense));
	assert_true(made_accuracy(after, technique->form, &f->test) >
		    made_accuracy(f->model, KERNEL_DENSE, &f->test) - 0.15);
	check_file(f, technique, after);
	program_free(p);
	program_free(dense);
	model_free(kept);
	model_free(after);
	model_free(again);
}

static void test_techniques(void **state)
{
	Fixture *f = *state;

	assert_non_null(techniques[0]);
	for (size_t k = 0; k < NETWORKS; k++) {
		f->input = networks[k].input;
		f->model = made_network(networks[k].input, networks[k].layers);
		made_fit(f->model, &f->train, 6);
		for (size_t i = 0; techniques[i]; i++) {
			assert_ptr_equal(technique_find(techniques[i]->info.name), techniques[i]);
			if (is_for_networks(techniques[i]))
				check_technique(f, techniques[i]);
		}
		model_free(f->model);
	}
}

/* False when this kind is refused. */
static bool check_fitted(Fixture *f, const Technique *technique)
{
	const Rows *data = takes_data(technique) ? &f->train : NULL;
	Model *kept = model_dup(f->model, &f->err);
	Model *after = made_with(f->model, technique->info.name, data, NULL, &f->err);

	made_fine(kept, &f->err);
	if (!after) {
		assert_int_equal(f->err.code, ERR_ARGUMENT);
		model_free(kept);
		return false;
	}
	Model *again = made_with(f->model, technique->info.name, data, NULL, &f->err);

	made_fine(again, &f->err);
	made_same(kept, f->model);
	made_same(after, again);
	Program *p = made_program(after, technique->form, 32, NULL, "auto", &f->err);
	Program *before = made_program(f->model, KERNEL_DENSE, 32, NULL, "auto", &f->err);

	made_fine(p && before, &f->err);
	assert_true(program_macs(p) <= program_macs(before));
	assert_true(program_weight_bytes(p) <= program_weight_bytes(before));
	assert_true(made_accuracy(after, technique->form, &f->test) >
		    made_accuracy(f->model, KERNEL_DENSE, &f->test) - 0.15);
	check_file(f, technique, after);
	program_free(p);
	program_free(before);
	model_free(kept);
	model_free(after);
	model_free(again);
	return true;
}

static Model *new_fitted(Fixture *f, const char *name, const Rows *train)
{
	const ModelKind *kind = model_kind_find(name);
	Params params;

	made_fine(params_init(&params, &kind->info, &f->err), &f->err);
	Model *model = model_new(kind, &params, &f->err);

	made_fine(model, &f->err);
	made_fit(model, train, 1);
	return model;
}

/* The same rows as floats. */
static Dataset *new_floats(const Dataset *bytes)
{
	Err err = { .code = ERR_NONE };
	const Rows rows = { .set = bytes, .count = bytes->rows };
	Dataset *set = dataset_new("floats", DATASET_FLOATS, bytes->rows, bytes->features,
				   bytes->classes, 0, &err);

	made_fine(set, &err);
	set->train_rows = bytes->train_rows;
	rows_floats(&rows, 0, rows.count, set->floats);
	memcpy(set->labels, bytes->labels, bytes->rows * sizeof *set->labels);
	return set;
}

/* Each is for some kind; and test rows are refused. */
static void test_fitted(void **state)
{
	Fixture *f = *state;
	Dataset *floats = new_floats(f->set);
	bool used[64] = { false };

	for (size_t k = 0; k < 2 * FITTED; k++) {
		if (k == FITTED) {
			f->train = made_train(floats);
			f->test = made_test(floats);
		}
		f->model = new_fitted(f, fitted[k % FITTED], &f->train);
		for (size_t i = 0; techniques[i]; i++) {
			if (is_for_networks(techniques[i]) || !check_fitted(f, techniques[i]))
				continue;
			used[i] = true;
			if (!takes_data(techniques[i]))
				continue;
			assert_null(made_with(f->model, techniques[i]->info.name, &f->test, NULL,
					      &f->err));
			assert_int_equal(f->err.code, ERR_ARGUMENT);
			assert_non_null(strstr(f->err.text, "test rows"));
		}
		model_free(f->model);
	}
	for (size_t i = 0; techniques[i]; i++)
		if (!used[i] && !is_for_networks(techniques[i]))
			fail_msg("no model takes %s", techniques[i]->info.name);
	dataset_free(floats);
}

/* Test rows are refused by each that takes rows. */
static void test_test_rows(void **state)
{
	Fixture *f = *state;
	Model *model = made_network(networks[0].input, networks[0].layers);

	for (size_t i = 0; techniques[i]; i++) {
		if (!is_for_networks(techniques[i]))
			continue;
		assert_null(made_with(model, techniques[i]->info.name, &f->test, NULL, &f->err));
		assert_int_equal(f->err.code, ERR_ARGUMENT);
		assert_non_null(strstr(f->err.text, "test rows"));
	}
	model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_techniques, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fitted, setup, teardown),
		cmocka_unit_test_setup_teardown(test_test_rows, setup, teardown),
	};

	return cmocka_run_group_tests_name("techniques", tests, NULL, NULL);
}
