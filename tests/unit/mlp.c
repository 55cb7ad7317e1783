/* The multi-layer perceptron: shapes, limits, initial weights; models' memory and copies.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "model_make.h"

static bool refused(const char *layers, const char *says)
{
	const ModelKind *kind = model_kind_find("mlp");
	Err err = { .code = ERR_NONE };
	Params params;

	assert_true(params_init(&params, &kind->info, &err));
	if (params_set_text(&params, "layers", layers, &err)) {
		Model *model = model_new(kind, &params, &err);

		if (model) {
			model_free(model);
			return false;
		}
	}
	assert_int_equal(err.code, ERR_ARGUMENT);
	if (!strstr(err.text, says))
		fail_msg("'%s' does not say '%s'", err.text, says);
	return true;
}

static void test_shape(void **state)
{
	Model *model = made_model("784,300,100,10", "3");

	(void)state;
	assert_int_equal(model->weighted, 3);
	assert_int_equal(model->spans, 6);
	assert_int_equal(model_parameters(model), 266610);
	assert_int_equal(model_nonzero(model), 266610);
	assert_string_equal(model->span[2].name, "1.weight");
	assert_string_equal(model->span[5].name, "2.bias");
	assert_int_equal(model->span[2].rows, 300);
	assert_int_equal(model->span[2].cols, 100);
	for (size_t i = 0; i < model->spans; i++) {
		assert_int_equal(model->span[i].offset % 16, 0);
		assert_int_equal(model->span[i].prunable, i % 2 == 0);
	}
	assert_int_equal((uintptr_t)model->params % 64, 0);
	assert_int_equal(model->seed, 3);
	model_free(model);
}

/* Drawing many weights looks at the control, and stops where it says so. */
static void test_stopped(void **state)
{
	const ModelKind *kind = model_kind_find("mlp");
	MadeControl never = made_control(0), third = made_control(3);
	Err err = { .code = ERR_NONE };
	Params params;

	(void)state;
	assert_true(params_init(&params, &kind->info, &err));
	assert_true(params_set_text(&params, "layers", "64,2048,2048,10", &err));
	Model *model = model_draw(kind, &params, &never.control, &err);

	assert_non_null(model);
	assert_in_range(never.polls, 4, 64);
	model_free(model);
	assert_null(model_draw(kind, &params, &third.control, &err));
	assert_int_equal(err.code, ERR_LIMIT);
	assert_int_equal(third.polls, 3);
}

static void test_limits(void **state)
{
	(void)state;
	assert_true(refused("10", "at least 2"));
	assert_true(refused("10,0,2", "from 1 to 65535"));
	assert_true(refused("10,65536,2", "from 1 to 65535"));
	assert_true(refused("65535,65535,65535", "0.weight of 65535 x 65535"));
	assert_true(refused("65535,65535,65535", "268435456"));
	assert_true(refused("4000,8000,8000,8000,8000,8000", "5"));
	assert_false(refused("1,1", ""));
}

/* U(±1/√fan_in): inside, filling the range, about the right variance; weights and biases. */
static void test_initial_weights(void **state)
{
	Model *model = made_model("400,100,10", "1");

	(void)state;
	for (size_t i = 0; i < model->spans; i++) {
		const Span *span = &model->span[i];
		double bound = 1 / sqrt(i < 2 ? 400 : 100), squares = 0, most = 0;
		size_t n = span->rows * span->cols;

		for (size_t j = 0; j < n; j++) {
			double w = (double)model->params[span->offset + j];

			assert_true(fabs(w) <= bound * 1.000001);
			most = fmax(most, fabs(w));
			squares += w * w;
		}
		assert_true(most > 0.6 * bound);
		if (n >= 1000)
			assert_true(fabs(squares / (double)n / (bound * bound / 3) - 1) < 0.1);
	}
	model_free(model);
}

static void test_seeds(void **state)
{
	Model *a = made_model("9,5,3", "1"), *b = made_model("9,5,3", "1"),
	      *c = made_model("9,5,3", "2");

	(void)state;
	made_same(a, b);
	assert_memory_not_equal(a->params, c->params, a->count * sizeof *a->params);
	model_free(a);
	model_free(b);
	model_free(c);
}

static void test_dup(void **state)
{
	Dataset *set = made_dataset(64, 1);
	Rows train = made_train(set);
	const char *const half[] = { "sparsity", "0.5", "epochs", "0", NULL };
	Err err = { .code = ERR_NONE };
	Model *dense = made_model(MADE_LAYERS, "1");
	Model *pruned = made_with(dense, "prune", NULL, half, &err);
	Model *int8 = made_with(pruned, "quantize", &train, NULL, &err);
	Model *copy = model_dup(int8, &err);

	(void)state;
	assert_true(pruned && int8 && copy);
	made_same(int8, copy);
	copy->quant[0].w[0] ^= 1;
	copy->quant[0].w_scale[0] *= 2;
	copy->mask[0] ^= 1;
	copy->params[0] += 1;
	assert_int_not_equal(int8->quant[0].w[0], copy->quant[0].w[0]);
	assert_true(int8->params[0] + 1 == copy->params[0]);
	model_free(copy);
	model_free(int8);
	model_free(pruned);
	model_free(dense);
	model_free(NULL);
	dataset_free(set);
}

static void test_find(void **state)
{
	(void)state;
	assert_non_null(model_kind_find("mlp"));
	assert_null(model_kind_find("mlq"));
	assert_non_null(technique_find("prune"));
	assert_null(technique_find(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shape),
		cmocka_unit_test(test_stopped),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_initial_weights),
		cmocka_unit_test(test_seeds),
		cmocka_unit_test(test_dup),
		cmocka_unit_test(test_find),
	};

	return cmocka_run_group_tests_name("mlp", tests, NULL, NULL);
}
