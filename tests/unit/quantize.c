/* Quantization: scales and zero points by their definitions, ranges, chains, odd layers, and
 * what is refused.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "model_make.h"

static int setup(void **state)
{
	Made *f = made_new(1200, MADE_LAYERS);

	made_fit(f->model, &f->train, 4);
	*state = f;
	return 0;
}

static Model *quantize(Made *f, const char *per, const char *range)
{
	const char *const settings[] = { "per", per, "range", range, NULL };
	Model *model = made_with(f->model, "quantize", &f->train, settings, &f->err);

	made_fine(model, &f->err);
	return model;
}

/* Every weight is within half a step of its integer; the largest of a column (or of the layer)
 * is ±127. */
static void check_weights(const Model *before, const Model *after, bool channel)
{
	for (size_t s = 0; s < before->spans; s += 2) {
		const Span *span = &before->span[s];
		const SpanQuant *q = &after->quant[s];
		int most = 0;

		assert_null(after->quant[s + 1].w);
		for (size_t col = 0; col < span->cols; col++) {
			int of_col = 0;

			for (size_t row = 0; row < span->rows; row++) {
				size_t at = row * span->cols + col;
				float w = before->params[span->offset + at];

				assert_true(q->w[at] >= -127);
				assert_true(fabsf(w - q->w[at] * q->w_scale[col]) <=
					    0.5001f * q->w_scale[col]);
				assert_true(after->params[span->offset + at] ==
					    q->w[at] * q->w_scale[col]);
				of_col = abs(q->w[at]) > of_col ? abs(q->w[at]) : of_col;
			}
			assert_true(channel ? of_col == 127 : q->w_scale[col] == q->w_scale[0]);
			most = of_col > most ? of_col : most;
		}
		assert_int_equal(most, 127);
	}
}

static void test_weights(void **state)
{
	Made *f = *state;
	Model *channel = quantize(f, "channel", "minmax"),
	      *tensor = quantize(f, "tensor", "minmax");

	check_weights(f->model, channel, true);
	check_weights(f->model, tensor, false);
	model_free(channel);
	model_free(tensor);
}

/* Inputs are the bytes themselves; ReLU outputs start at 0; layers agree on the activations
 * between them. */
static void test_activations(void **state)
{
	Made *f = *state;

	f->set->bytes[5] = 255;
	Model *q = quantize(f, "channel", "minmax");

	assert_true(fabsf(q->quant[0].x_scale * 255 - 1) < 1e-6f);
	assert_int_equal(q->quant[0].x_zero, 0);
	for (size_t l = 0; l + 1 < q->weighted; l++) {
		const SpanQuant *here = &q->quant[2 * l], *next = &q->quant[2 * l + 2];

		assert_true(here->y_scale == next->x_scale && here->y_scale > 0);
		assert_int_equal(here->y_zero, 0);
		assert_int_equal(next->x_zero, 0);
	}
	model_free(q);
}

/* Only the first `rows` rows count: a large value behind them changes nothing. */
static void test_calibration_rows(void **state)
{
	Made *f = *state;
	Model *before = quantize(f, "channel", "minmax");

	memset(f->set->bytes + 512 * MADE_FEATURES, 255, MADE_FEATURES);
	Model *behind = quantize(f, "channel", "minmax");

	made_same(before, behind);
	memset(f->set->bytes + 511 * MADE_FEATURES, 255, MADE_FEATURES);
	Model *among = quantize(f, "channel", "minmax");

	assert_true(among->quant[0].y_scale != before->quant[0].y_scale ||
		    among->quant[0].x_scale != before->quant[0].x_scale);
	model_free(before);
	model_free(behind);
	model_free(among);
}

/* One pixel in 512 rows is one in 12,288: percentile leaves it out. */
static void test_percentile(void **state)
{
	Made *f = *state;
	uint8_t most = 0;

	for (size_t i = 0; i < 512 * MADE_FEATURES; i++) {
		f->set->bytes[i] = f->set->bytes[i] > 200 ? 200 : f->set->bytes[i];
		most = f->set->bytes[i] > most ? f->set->bytes[i] : most;
	}
	f->set->bytes[100] = 255;
	Model *all = quantize(f, "channel", "minmax"), *some = quantize(f, "channel", "percentile");

	assert_true(fabsf(all->quant[0].x_scale * 255 - 1) < 1e-6f);
	assert_true(fabsf(some->quant[0].x_scale * 255 * 255 - most) < 1e-3f * most);
	assert_true(made_accuracy(some, KERNEL_INT8, &f->test) > 0.8);
	model_free(all);
	model_free(some);
}

static void test_accuracy_is_kept(void **state)
{
	Made *f = *state;
	Model *q = quantize(f, "channel", "minmax");
	double dense = made_accuracy(f->model, KERNEL_DENSE, &f->test);
	double int8 = made_accuracy(q, KERNEL_INT8, &f->test);

	assert_true(dense > 0.8 && int8 > dense - 0.02);
	model_free(q);
}

/* Dead columns and layers, tiny and huge biases: everything still lowers and stays near the
 * dense numbers. */
static void test_odd_layers(void **state)
{
	Made *f = *state;
	const Span *first = &f->model->span[0], *bias = &f->model->span[1],
		   *last = &f->model->span[4];

	for (size_t row = 0; row < first->rows; row++) {
		f->model->params[first->offset + row * first->cols] = 0;
		f->model->params[first->offset + row * first->cols + 1] *= 1e-20f;
		f->model->params[first->offset + row * first->cols + 2] *= 1e-4f;
	}
	f->model->params[bias->offset] = 0.7f;
	f->model->params[bias->offset + 1] = -30;
	f->model->params[bias->offset + 2] = 3;
	for (int round = 0; round < 2; round++) {
		Model *q = quantize(f, round ? "tensor" : "channel", "minmax");
		float *want = made_logits(q, KERNEL_DENSE, &f->test, 16);
		float *got = made_logits(q, KERNEL_INT8, &f->test, 16);
		float most = 0, worst = 0;

		for (size_t i = 0; i < f->test.count * MADE_CLASSES; i++) {
			most = fmaxf(most, fabsf(want[i]));
			worst = fmaxf(worst, fabsf(want[i] - got[i]));
		}
		assert_true(worst < 0.05f * most);
		free(want);
		free(got);
		model_free(q);
		memset(f->model->params + last->offset, 0, last->rows * last->cols * sizeof(float));
	}
	memset(f->model->params, 0, f->model->count * sizeof(float));
	Model *dead = quantize(f, "channel", "percentile");

	assert_true(made_accuracy(dead, KERNEL_INT8, &f->test) >= 0);
	model_free(dead);
}

/* After pruning, what became 0 counts as pruned. */
static void test_of_a_pruned_model(void **state)
{
	Made *f = *state;
	const char *const most[] = { "sparsity", "0.8", "epochs", "0", NULL };
	Model *pruned = made_with(f->model, "prune", NULL, most, &f->err);

	made_fine(pruned, &f->err);
	Model *q = made_with(pruned, "quantize", &f->train, NULL, &f->err);

	made_fine(q, &f->err);
	assert_true(model_nonzero(q) <= model_nonzero(pruned));
	for (size_t i = 0; i < q->count; i++)
		assert_true(q->mask[i] <= pruned->mask[i]);
	model_free(pruned);
	model_free(q);
}

static void refused(Made *f, const Model *model, const Rows *data, const char *says)
{
	f->err = (Err){ .code = ERR_NONE };
	assert_null(made_with(model, "quantize", data, NULL, &f->err));
	assert_int_equal(f->err.code,
			 strstr(says, "not a number") ? ERR_DIVERGED : ERR_ARGUMENT);
	if (!strstr(f->err.text, says))
		fail_msg("'%s' does not say '%s'", f->err.text, says);
}

static void test_refusals(void **state)
{
	Made *f = *state;
	Model *q = quantize(f, "channel", "minmax"), *other = made_model("23,4", "1");

	refused(f, f->model, NULL, "data");
	refused(f, f->model, &f->test, "test rows");
	refused(f, q, &f->train, "already");
	refused(f, other, &f->train, "23 features");
	f->set->byte_scale = 1;
	refused(f, f->model, &f->train, "scaled");
	f->set->byte_scale = 1.0f / 255;
	f->model->params[1] = INFINITY;
	refused(f, f->model, &f->train, "not a number");
	model_free(q);
	model_free(other);
}

/* Beside the calibration, the weights: once for their scales, once for their integers. */
static void test_stopped(void **state)
{
	static const char *const few[] = { "rows", "32", NULL };
	Made *f = *state;
	Model *small = made_model("24,10,4", "1"), *large = made_model("24,1000,1000,4", "1");
	size_t begin = made_stops(small, "quantize", &f->train, few);

	assert_in_range(made_stops(large, "quantize", &f->train, few), begin + 6, begin + 60);
	model_free(small);
	model_free(large);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, made_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_stopped),
		TEST(test_stopped),
		TEST(test_weights),           TEST(test_activations),
		TEST(test_calibration_rows),  TEST(test_percentile),
		TEST(test_accuracy_is_kept),  TEST(test_odd_layers),
		TEST(test_of_a_pruned_model), TEST(test_refusals),
	};

	return cmocka_run_group_tests_name("quantize", tests, NULL, NULL);
}
