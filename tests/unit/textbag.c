/* The embedding bag: sums against plain ones, what a fit touches and what it leaves alone, bytes
 * instead of floats, and that nothing is written out with its zeros.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "data/prepare.h"
#include "model/file.h"
#include "model_make.h"
#include "num/cpu.h"
#include "num/sparse/bag.h"

#define WORDS 40
#define TEXTS 400

static const uint32_t levels[] = { 0, CPU_AVX2, CPU_AVX2 | CPU_AVX512 };

static float bag_value(const Bag *bag, size_t at, size_t u)
{
	if (bag->table)
		return bag->table[at * bag->units + u];
	return (float)((int)bag->codes[at * bag->units + u] - BAG_CODE_ZERO) * bag->scale[u];
}

static void check_sums(const Bag *bag, const SparseRow *row)
{
	float y[3][40];
	size_t used = 0;

	for (size_t e = 0; e < row->count; e++)
		used += row->value[e] < 0 || row->value[e] > 0;
	for (size_t l = 0; l < 3; l++)
		bag_rows(levels[l] & cpu_features(), bag, row, 1, y[l]);
	for (size_t u = 0; u < bag->units; u++) {
		double sum = 0;

		for (size_t e = 0; e < row->count; e++)
			sum += (double)row->value[e] *
			       (double)bag_value(bag, bag_bucket(bag, bag_column(row, e)), u);
		if (bag->mean && used)
			sum /= (double)used;
		assert_true(fabs(sum - (double)y[0][u]) < 1e-5);
		assert_memory_equal(&y[0][u], &y[1][u], sizeof **y);
		assert_memory_equal(&y[0][u], &y[2][u], sizeof **y);
	}
}

static void test_sums(void **state)
{
	static const uint32_t column[] = { 0, 3, 4, 17, 29, 30, 39 };
	static const float value[] = { 1, 2, 0, -0.5f, 3, 1, 0.25f };
	float table[WORDS * 33], scale[33], dense[WORDS] = { 0 };
	uint8_t codes[WORDS * 33];
	Random random;

	(void)state;
	random_init(&random, 1, RANDOM_ROWS);
	for (size_t i = 0; i < WORDS * 33; i++) {
		table[i] = random_uniform(&random, -1, 1);
		codes[i] = (uint8_t)random_below(&random, 256);
		scale[i % 33] = random_uniform(&random, 0, 0.01f);
	}
	for (size_t e = 0; e < 7; e++)
		dense[column[e]] = value[e];
	for (size_t i = 0; i < 24; i++) {
		Bag bag = { .features = WORDS,
			    .units = i % 3 == 0   ? 33
				     : i % 3 == 1 ? 16
						  : 5,
			    .buckets = i % 2 ? WORDS : 7,
			    .mean = i / 6 % 2,
			    .scale = scale };

		if (i / 12)
			bag.table = table;
		else
			bag.codes = codes;
		check_sums(&bag, &(SparseRow){ 7, column, value });
		check_sums(&bag, &(SparseRow){ WORDS, NULL, dense });
		check_sums(&bag, &(SparseRow){ 0, column, value }); /* no word: all 0 */
	}
}

/* Words land everywhere, about as often. */
static void test_buckets(void **state)
{
	const Bag bag = { .features = 100000, .buckets = 100 };
	size_t count[100] = { 0 };

	(void)state;
	for (uint32_t word = 0; word < bag.features; word++)
		count[bag_bucket(&bag, word)]++;
	for (size_t i = 0; i < bag.buckets; i++)
		assert_in_range(count[i], 850, 1150);
}

/* --- fits ------------------------------------------------------------------------------------- */

/* Of each class its own words, and some that all have; the last tenth of the columns no text
 * has. */
static Dataset *texts(size_t columns)
{
	Err err = { .code = ERR_NONE };
	Dataset *set = dataset_new("texts", DATASET_SPARSE, TEXTS, columns, 2, TEXTS * 8, &err);
	size_t part = columns * 9 / 10 / 8;
	uint64_t at = 0;
	Random random;

	made_fine(set, &err);
	set->train_rows = TEXTS / 4 * 3;
	random_init(&random, 5, RANDOM_ROWS);
	for (size_t row = 0; row < TEXTS; row++) {
		set->labels[row] = (uint16_t)random_below(&random, 2);
		for (size_t k = 0; k < 8; k++) {
			bool own = k % 2 == set->labels[row] && random_below(&random, 4) > 0;

			if (!own && k > 3)
				continue;
			set->sparse.column[at] =
				(uint32_t)(k * part + (own ? 0 : random_below(&random, part)));
			set->sparse.value[at++] = (float)(1 + random_below(&random, 3));
		}
		set->sparse.begin[row + 1] = at;
	}
	return set;
}

static Model *textbag(const char *const *settings)
{
	const ModelKind *kind = model_kind_find("textbag");
	Err err = { .code = ERR_NONE };
	Params params;

	assert_non_null(kind);
	made_fine(params_init(&params, &kind->info, &err), &err);
	for (; *settings; settings += 2)
		made_fine(params_set_text(&params, settings[0], settings[1], &err), &err);
	Model *model = model_new(kind, &params, &err);

	made_fine(model, &err);
	return model;
}

static Model *fitted(const Dataset *set, const char *const *settings)
{
	Model *model = textbag(settings);
	Rows train = made_train(set);

	made_fit(model, &train, 1);
	return model;
}

/* What no training text has stays as it began, whatever the steps. */
static void test_touched_rows(void **state)
{
	static const char *const slow[] = { "lr", "0.001", "buckets", "80", NULL };
	static const char *const fast[] = { "lr", "0.1", "buckets", "80", NULL };
	static const char *const plain[] = { "lr",    "0.1", "buckets",   "80",  "decay", "0.01",
					     "units", "16",  "optimizer", "sgd", NULL };
	Dataset *set = texts(80);
	Model *of[] = { fitted(set, slow), fitted(set, fast), fitted(set, plain) };
	bool seen[80] = { false };

	(void)state;
	for (uint64_t k = 0; k < set->sparse.begin[set->train_rows]; k++)
		seen[set->sparse.column[k]] = true;
	assert_false(seen[79]);
	for (size_t m = 1; m < 3; m++)
		for (size_t j = 0; j < 80; j++) {
			const float *a = of[0]->params + j * 16, *b = of[m]->params + j * 16;

			assert_int_equal(memcmp(a, b, 16 * sizeof *a) != 0, seen[j]);
		}
	for (size_t m = 0; m < 3; m++)
		model_free(of[m]);
	dataset_free(set);
}

/* Rows of 2^24 columns: one of them written out would be 64 MiB, a batch a GiB. */
static void test_wide(void **state)
{
	static const char *const settings[] = { "buckets", "512", "units", "8", NULL };
	Dataset *set = texts(1u << 24);
	Rows test = made_test(set);
	Model *model = fitted(set, settings);
	Err err = { .code = ERR_NONE };

	(void)state;
	assert_int_equal(model_parameters(model), 512 * 8 + 8 * 2 + 2);
	assert_true(model_file_bytes(model, &err) < 20000);
	assert_true(made_accuracy(model, KERNEL_DENSE, &test) > 0.9);
	Program *program = made_program(model, KERNEL_DENSE, 64, NULL, "auto", &err);

	made_fine(program, &err);
	assert_int_equal(program_macs(program), (uint64_t)llrint(model->entries * 8) + 8 * 2);
	program_free(program);
	model_free(model);
	dataset_free(set);
}

static void test_bytes(void **state)
{
	static const char *const floats[] = { "buckets", "2000", NULL };
	static const char *const bytes[] = { "buckets", "2000", "form", "int8", NULL };
	Dataset *set = texts(2000);
	Rows test = made_test(set);
	Model *a = fitted(set, floats), *b = fitted(set, bytes);
	Err err = { .code = ERR_NONE };
	Program *wide = made_program(a, KERNEL_DENSE, 1, NULL, "auto", &err);
	Program *narrow = made_program(b, KERNEL_DENSE, 1, NULL, "auto", &err);

	(void)state;
	made_fine(wide && narrow, &err);
	assert_int_equal(model_file_bytes(a, &err) / model_file_bytes(b, &err), 3);
	assert_true(program_weight_bytes(narrow) * 3 < program_weight_bytes(wide));
	assert_int_equal(program_macs(narrow), program_macs(wide));
	float *x = made_logits(a, KERNEL_DENSE, &test, 64),
	      *y = made_logits(b, KERNEL_DENSE, &test, 64);
	float most = 0, off = 0;

	for (size_t i = 0; i < 2 * test.count; i++) {
		most = fmaxf(most, fabsf(x[i]));
		off = fmaxf(off, fabsf(x[i] - y[i]));
	}
	assert_true(off > 0 && off < most / 20);
	free(x);
	free(y);
	program_free(wide);
	program_free(narrow);
	model_free(a);
	model_free(b);
	dataset_free(set);
}

/* A scale that is no number does not come in by a file. */
static void test_damaged(void **state)
{
	static const char *const settings[] = { "buckets", "50", "form", "int8", NULL };
	Dataset *set = texts(80);
	Model *model = fitted(set, settings);
	Err err = { .code = ERR_NONE };
	uint8_t *bytes;
	size_t len;

	(void)state;
	((float *)model_span_data(model, 1))[3] = -1;
	made_fine(model_save_memory(model, &bytes, &len, &err), &err);
	assert_null(model_load_memory(bytes, len, "saved", &err));
	assert_int_equal(err.code, ERR_FORMAT);
	assert_non_null(strstr(err.text, "scale of unit 3"));
	free(bytes);
	model_free(model);
	dataset_free(set);
}

static void test_refusals(void **state)
{
	static const char *const none[] = { NULL };
	static const char *const wild[] = { "optimizer", "sgd", "lr", "1e6", "by", "sum", NULL };
	Dataset *set = texts(80);
	Rows train = made_train(set);
	Model *model = fitted(set, none), *lost = textbag(wild);
	Err err = { .code = ERR_NONE };
	FitOptions options;

	(void)state;
	assert_null(made_with(model, "quantize", &train, NULL, &err));
	assert_non_null(strstr(err.text, "form = \"int8\""));
	fit_options_init(&options, lost);
	assert_false(model_fit(lost, &train, &options, NULL, NULL, &err));
	assert_int_equal(err.code, ERR_DIVERGED);
	assert_non_null(strstr(err.text, "smaller lr"));
	model_free(lost);
	model_free(model);
	dataset_free(set);
}

/* --- feature selection ------------------------------------------------------------------------ */

/* A model of the columns that training rows choose is smaller, does less, and is as good where the
 * others told nothing. */
static void test_selection(void **state)
{
	static const char *const kinds[] = { "logistic", "textbag" };
	Dataset *set = texts(2000);
	Rows train = made_train(set), test = made_test(set);
	Err err = { .code = ERR_NONE };
	Dataset *few = prepare_all(&train, "select keep=200 by=chi2", NULL, &err);

	(void)state;
	made_fine(few, &err);
	for (size_t i = 0; i < 2; i++) {
		const ModelKind *kind = model_kind_find(kinds[i]);
		Rows few_train = made_train(few), few_test = made_test(few);
		Params params;

		made_fine(params_init(&params, &kind->info, &err), &err);
		Model *all = model_new(kind, &params, &err), *some = model_new(kind, &params, &err);

		made_fine(all && some, &err);
		made_fit(all, &train, 1);
		made_fit(some, &few_train, 1);
		Program *a = made_program(all, KERNEL_DENSE, 64, NULL, "auto", &err);
		Program *b = made_program(some, KERNEL_DENSE, 64, NULL, "auto", &err);

		made_fine(a && b, &err);
		assert_true(model_file_bytes(some, &err) * 5 < model_file_bytes(all, &err));
		assert_true(program_weight_bytes(b) * 5 < program_weight_bytes(a));
		assert_true(program_macs(b) < program_macs(a));
		assert_true(made_accuracy(some, KERNEL_DENSE, &few_test) >
			    made_accuracy(all, KERNEL_DENSE, &test) - 0.03);
		program_free(a);
		program_free(b);
		model_free(all);
		model_free(some);
	}
	dataset_free(few);
	dataset_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums),         cmocka_unit_test(test_buckets),
		cmocka_unit_test(test_touched_rows), cmocka_unit_test(test_wide),
		cmocka_unit_test(test_bytes),        cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_refusals),     cmocka_unit_test(test_selection),
	};

	return cmocka_run_group_tests_name("textbag", tests, NULL, NULL);
}
