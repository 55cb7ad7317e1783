/* The technique that makes trees trees of bytes, and what the layer computes, counts and refuses.
 * SPDX-License-Identifier: MIT */
#include "num/pool.h"
#include "trees_fitted.h"

/* --- bytes ------------------------------------------------------------------------------------ */

static void check_bytes(const Model *model, const Rows *rows, bool exact)
{
	Model *bytes = with(model, "byte-trees", NULL, NULL), *back;
	float *a = made_logits(model, KERNEL_DENSE, rows, 8);
	float *b = made_logits(bytes, KERNEL_DENSE, rows, 50);
	size_t outputs = model_outputs(model), n = rows->count * outputs, len;
	Err err = { .code = ERR_NONE };
	uint8_t *saved;

	for (size_t i = 0; i < n; i++)
		assert_true(exact ? a[i] == b[i] : fabsf(a[i] - b[i]) < 0.5f / 255 + 1e-6f);
	assert_int_equal(compares_of(model, rows), compares_of(bytes, rows));
	assert_true(file_of(bytes) < file_of(model));
	made_fine(model_save_memory(bytes, &saved, &len, &err), &err);
	back = model_load_memory(saved, len, "saved", &err);
	made_fine(back, &err);
	made_same(bytes, back);
	refused(bytes, "byte-trees", NULL, NULL, "no trees with f32");
	for (unsigned threads = 2; threads <= 3; threads++) {
		Pool *pool = pool_new(threads, &err);
		Program *program = made_program(bytes, KERNEL_DENSE, rows->count, pool, "auto", &err);
		float *c = malloc(n * sizeof *c);

		made_fine(program && c, &err);
		program_run(program, rows, 0, rows->count, c);
		assert_memory_equal(b, c, n * sizeof *c);
		program_free(program);
		pool_free(pool);
		free(c);
	}
	free(a);
	free(b);
	free(saved);
	model_free(back);
	model_free(bytes);
}

static void test_bytes(void **state)
{
	Dataset *set = new_set(804), *numbers = new_numbers(804);
	Rows train = made_train(set), targets = made_train(numbers), test = made_test(set);
	/* Rows that are not side by side. */
	uint32_t index[77];
	Rows some = { .set = set, .index = index, .count = 77 };

	(void)state;
	for (size_t i = 0; i < 77; i++)
		index[i] = (uint32_t)(i * 97 % 804);
	for (size_t i = 0; i < KINDS; i++) {
		const char *const settings[] = { i == 3 ? "rounds" : "trees", "20", NULL };
		Model *model = new_model(kinds[i], i ? settings : NULL, &train);

		check_bytes(model, &test, i == 3);
		check_bytes(model, &some, i == 3);
		model_free(model);
		model = new_model(kinds[i], i ? settings : NULL, &targets);
		check_bytes(model, &targets, true);
		model_free(model);
	}
	/* No split at all. */
	memset(set->bytes, 9, set->rows * set->features);
	Model *model = new_model("forest", NULL, &train), *bytes;

	bytes = with(model, "byte-trees", NULL, NULL);
	assert_int_equal(compares_of(bytes, &test), 0);
	check_bytes(model, &test, false);
	model_free(model);
	model_free(bytes);
	dataset_free(set);
	dataset_free(numbers);
}

/* Classes stay in 255ths: a split takes half of its bytes, shares a quarter. */
static void test_bytes_size(void **state)
{
	Dataset *set = new_set(800);
	Rows train = made_train(set);
	Model *model = new_model("forest", NULL, &train);
	Model *bytes = with(model, "byte-trees", NULL, NULL);
	TreesView view = view_of(model);
	Err err = { .code = ERR_NONE };
	Program *a = made_program(model, KERNEL_DENSE, 8, NULL, "auto", &err);
	Program *b = made_program(bytes, KERNEL_DENSE, 8, NULL, "auto", &err);

	(void)state;
	made_fine(a && b, &err);
	assert_int_equal(program_weight_bytes(a),
			 16 * view.splits + 4 * MADE_CLASSES * view.leaves + 4 * view.trees);
	assert_int_equal(program_weight_bytes(b),
			 8 * view.splits + MADE_CLASSES * view.leaves + 8 * view.trees);
	program_free(a);
	program_free(b);
	model_free(model);
	model_free(bytes);
	dataset_free(set);
}

typedef struct Harm {
	const char *says;
	size_t span, at; /* which number of which span */
	uint32_t flip;   /* bits that are turned */
} Harm;

static void test_bytes_check(void **state)
{
	static const Harm harms[] = {
		{ "feature", BYTES_SPLIT, 0, 0xffff },
		{ "right side", BYTES_SPLIT, 1, 1 },
		{ "right side", BYTES_SPLIT, 3, 1u << 30 },
		{ "right side", BYTES_SPLIT, 0, BYTES_LEFT_ENDS },
		{ "", BYTES_SPLIT, 2, BYTES_RIGHT_ENDS },
		{ "does not follow", BYTES_ROOT, 0, 1 },
		{ "does not follow", BYTES_ROOT, 0, BYTES_ALONE },
		{ "does not follow", BYTES_ROOT, 3, 1 },
		{ "", BYTES_ROOT, 4, BYTES_ALONE },
	};
	Dataset *set = made_dataset(300, 6);
	Rows train = made_train(set);
	static const char *const trees[] = { "trees", "3", NULL };
	Model *forest = new_model("forest", trees, &train);
	Model *model = with(forest, "byte-trees", NULL, NULL);
	const Layer *layer = &model->layer[0];
	Err err = { .code = ERR_NONE };

	(void)state;
	made_fine(layer->kind->check(layer, model, &err), &err);
	for (size_t i = 0; i < sizeof harms / sizeof *harms; i++) {
		const Harm *harm = &harms[i];
		uint32_t *at = model_span_data(model, layer->span[harm->span]);

		at[harm->at] ^= harm->flip;
		err.code = ERR_NONE;
		assert_false(layer->kind->check(layer, model, &err));
		assert_int_equal(err.code, ERR_FORMAT);
		if (!strstr(err.text, harm->says))
			fail_msg("'%s' does not say '%s'", err.text, harm->says);
		at[harm->at] ^= harm->flip;
	}
	model->form = DATASET_FLOATS;
	assert_false(layer->kind->check(layer, model, &err));
	model_free(forest);
	model_free(model);
	dataset_free(set);
}

/* A split that two have for a child is no tree: a walk over it could take for ever. */
static void test_shared(void **state)
{
	Dataset *set = made_dataset(300, 6);
	Rows train = made_train(set);
	Model *model = new_model("tree", NULL, &train);
	TreesSplit *split = model_span_data(model, model->layer[0].span[TREES_SPLIT]);
	size_t splits = view_of(model).splits;
	Err err = { .code = ERR_NONE };

	(void)state;
	for (size_t i = 0; i + 1 < splits && i < 60; i++)
		split[i].child[0] = split[i].child[1] = (uint32_t)i + 1;
	made_fine(model->layer[0].kind->check(&model->layer[0], model, &err), &err);
	assert_null(made_with(model, "byte-trees", NULL, NULL, &err));
	assert_int_equal(err.code, ERR_FORMAT);
	assert_non_null(strstr(err.text, "share"));
	model_free(model);
	dataset_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_bytes_size),
		cmocka_unit_test(test_bytes_check),
		cmocka_unit_test(test_shared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
