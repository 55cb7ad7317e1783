/* Element-wise parts of training against the textbook, and every instruction level against the
 * plain one, to the bit.
 * SPDX-License-Identifier: MIT */
#include "num/train.h"

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "num/cpu.h"
#include "unit.h"

#define ROWS 7
#define COLS 37
#define COUNT (ROWS * COLS)

/* Every set of features that this processor can run. */
static const uint32_t levels[] = { 0, CPU_AVX2, CPU_AVX2 | CPU_AVX512,
				   CPU_AVX2 | CPU_AVX512 | CPU_VNNI };

#define LEVELS (sizeof levels / sizeof *levels)

static bool runs(uint32_t level)
{
	return !(level & ~cpu_features());
}

typedef struct Data {
	float a[COUNT], b[COUNT], c[COUNT], g[COUNT];
	uint16_t labels[ROWS];
	uint8_t mask[COUNT];
} Data;

static void fill(Data *data)
{
	Random random;

	random_init(&random, 11, RANDOM_WEIGHTS);
	for (size_t i = 0; i < COUNT; i++) {
		data->a[i] = random_uniform(&random, -3, 3);
		data->b[i] = random_uniform(&random, -3, 3);
		data->c[i] = random_uniform(&random, 0, 2);
		data->g[i] = random_uniform(&random, -1, 1);
		data->mask[i] = (uint8_t)random_below(&random, 3);
	}
	for (size_t r = 0; r < ROWS; r++)
		data->labels[r] = (uint16_t)random_below(&random, COLS);
}

static void near(float got, double want, double tolerance)
{
	if (!(fabs((double)got - want) <= tolerance))
		fail_msg("got %.9g, expected %.9g", (double)got, want);
}

/* Each function as `void run(features, data)`, and what the textbook says of its result. */
typedef struct Case {
	const char *name;
	void (*run)(uint32_t features, Data *data);
	void (*check)(const Data *before, const Data *after);
} Case;

static void run_bias(uint32_t features, Data *data)
{
	train_bias_act(features, data->a, data->b, ROWS, COLS, false);
}

static void check_bias(const Data *before, const Data *after)
{
	for (size_t i = 0; i < COUNT; i++)
		assert_true(after->a[i] == before->a[i] + before->b[i % COLS]);
}

static void run_bias_relu(uint32_t features, Data *data)
{
	train_bias_act(features, data->a, data->b, ROWS, COLS, true);
}

static void check_bias_relu(const Data *before, const Data *after)
{
	for (size_t i = 0; i < COUNT; i++)
		assert_true(after->a[i] == fmaxf(before->a[i] + before->b[i % COLS], 0));
}

static void run_relu_grad(uint32_t features, Data *data)
{
	data->b[3] = 0;
	data->b[4] = -0.0f;
	train_relu_grad(features, data->a, data->b, ROWS, COLS);
}

static void check_relu_grad(const Data *before, const Data *after)
{
	for (size_t i = 0; i < COUNT; i++)
		assert_true(after->a[i] == (after->b[i] > 0 ? before->a[i] : 0));
	assert_true(after->a[3] == 0 && after->a[4] == 0);
}

static void run_bias_grad(uint32_t features, Data *data)
{
	train_bias_grad(features, data->b, data->a, ROWS, COLS);
}

static void check_bias_grad(const Data *before, const Data *after)
{
	for (size_t j = 0; j < COLS; j++) {
		double sum = 0;

		for (size_t r = 0; r < ROWS; r++)
			sum += (double)before->a[r * COLS + j];
		near(after->b[j], sum, 1e-5);
	}
	assert_true(after->b[COLS] == before->b[COLS]);
}

static void run_sgd(uint32_t features, Data *data)
{
	train_sgd(features, data->a, NULL, data->g, COUNT, 0.1f, 0, 0.01f);
}

static void check_sgd(const Data *before, const Data *after)
{
	for (size_t i = 0; i < COUNT; i++)
		near(after->a[i],
		     before->a[i] - 0.1 * ((double)before->g[i] + 0.01 * (double)before->a[i]),
		     1e-6);
}

static void run_momentum(uint32_t features, Data *data)
{
	train_sgd(features, data->a, data->b, data->g, COUNT, 0.1f, 0.9f, 0.01f);
}

static void check_momentum(const Data *before, const Data *after)
{
	for (size_t i = 0; i < COUNT; i++) {
		double v = 0.9 * (double)before->b[i] + (double)before->g[i] +
			   0.01 * (double)before->a[i];

		near(after->b[i], v, 1e-6);
		near(after->a[i], (double)before->a[i] - 0.1 * v, 1e-6);
	}
}

static void run_adam(uint32_t features, Data *data)
{
	AdamStep step = train_adam_step(0.01f, 0.9f, 0.999f, 1e-8f, 3);

	train_adam(features, data->a, data->b, data->c, data->g, COUNT, &step);
}

static void check_adam(const Data *before, const Data *after)
{
	for (size_t i = 0; i < COUNT; i++) {
		double g = (double)before->g[i];
		double m = 0.9 * (double)before->b[i] + 0.1 * g;
		double v = 0.999 * (double)before->c[i] + 0.001 * g * g;
		double step =
			0.01 * (m / (1 - pow(0.9, 3))) / (sqrt(v / (1 - pow(0.999, 3))) + 1e-8);

		near(after->b[i], m, 1e-6);
		near(after->c[i], v, 1e-6);
		near(after->a[i], (double)before->a[i] - step, 2e-6);
	}
}

static void run_mask(uint32_t features, Data *data)
{
	train_mask(features, data->a, data->mask, COUNT);
}

static void check_mask(const Data *before, const Data *after)
{
	for (size_t i = 0; i < COUNT; i++)
		assert_true(after->a[i] == (before->mask[i] ? before->a[i] : 0));
}

static void run_softmax(uint32_t features, Data *data)
{
	size_t right = 0;

	data->c[0] = (float)train_softmax_xent(features, data->b, data->a, data->labels, ROWS, COLS,
					       &right);
	data->c[1] = (float)right;
}

static void check_softmax(const Data *before, const Data *after)
{
	double loss = 0;
	size_t right = 0;

	for (size_t r = 0; r < ROWS; r++) {
		const float *logits = before->a + r * COLS;
		size_t best = 0, label = before->labels[r];
		double sum = 0;

		for (size_t j = 0; j < COLS; j++) {
			sum += exp((double)logits[j]);
			best = logits[j] > logits[best] ? j : best;
		}
		loss += log(sum) - (double)logits[label];
		right += best == label;
		for (size_t j = 0; j < COLS; j++)
			near(after->b[r * COLS + j],
			     (exp((double)logits[j]) / sum - (j == label)) / ROWS, 1e-7);
	}
	near(after->c[0], loss, 1e-5);
	near(after->c[1], (double)right, 0);
}

static const Case cases[] = {
	{ "bias", run_bias, check_bias },
	{ "bias and ReLU", run_bias_relu, check_bias_relu },
	{ "ReLU gradient", run_relu_grad, check_relu_grad },
	{ "bias gradient", run_bias_grad, check_bias_grad },
	{ "SGD", run_sgd, check_sgd },
	{ "momentum", run_momentum, check_momentum },
	{ "Adam", run_adam, check_adam },
	{ "mask", run_mask, check_mask },
	{ "softmax", run_softmax, check_softmax },
};

static void test_textbook(void **state)
{
	Data before, after;

	(void)state;
	fill(&before);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		after = before;
		cases[i].run(0, &after);
		cases[i].check(&before, &after);
	}
}

static void test_levels_agree(void **state)
{
	Data before, plain, fast;

	(void)state;
	fill(&before);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		plain = before;
		cases[i].run(0, &plain);
		for (size_t l = 1; l < LEVELS; l++) {
			if (!runs(levels[l]))
				continue;
			fast = before;
			cases[i].run(levels[l], &fast);
			if (memcmp(&fast, &plain, sizeof fast) != 0)
				fail_msg("%s: level %zu differs from the plain loop", cases[i].name,
					 l);
		}
	}
}

/* Every length around a vector's: nothing is left out, nothing beyond the end is touched. */
static void test_lengths(void **state)
{
	AdamStep step = train_adam_step(1, 0, 0, 1, 1);

	(void)state;
	for (size_t l = 0; l < LEVELS; l++) {
		if (!runs(levels[l]))
			continue;
		for (size_t n = 0; n <= 67; n++) {
			Data before, data;

			fill(&before);
			data = before;
			train_sgd(levels[l], data.a, NULL, data.g, n, 1, 0, 0);
			train_adam(levels[l], data.b, data.g, data.c, before.g, n, &step);
			for (size_t i = 0; i < COUNT; i++) {
				assert_true((data.a[i] != before.a[i]) == (i < n));
				assert_true((data.b[i] != before.b[i]) == (i < n));
				assert_true((data.c[i] != before.c[i]) == (i < n));
			}
		}
	}
}

static double mean_loss(const float *logits, const uint16_t *labels)
{
	float grad[ROWS * 5];
	size_t right = 0;

	return train_softmax_xent(0, grad, logits, labels, ROWS, 5, &right) / ROWS;
}

/* The gradient against central differences of the loss. */
static void test_softmax_differences(void **state)
{
	float logits[ROWS * 5], grad[ROWS * 5];
	uint16_t labels[ROWS];
	size_t right = 0;
	Data data;

	(void)state;
	fill(&data);
	memcpy(logits, data.a, sizeof logits);
	for (size_t r = 0; r < ROWS; r++)
		labels[r] = data.labels[r] % 5;
	train_softmax_xent(cpu_features(), grad, logits, labels, ROWS, 5, &right);
	for (size_t i = 0; i < ROWS * 5; i++) {
		const float h = 0x1p-7f;
		float kept = logits[i];
		double high, low;

		logits[i] = kept + h;
		high = mean_loss(logits, labels);
		logits[i] = kept - h;
		low = mean_loss(logits, labels);
		logits[i] = kept;
		near(grad[i], (high - low) / (2 * (double)h), 3e-5);
	}
}

static void test_softmax_edges(void **state)
{
	float logits[4] = { 1000, -1000, 0, 1000 }, grad[4];
	uint16_t label = 1;
	size_t right = 5;

	(void)state;
	near((float)train_softmax_xent(cpu_features(), grad, logits, &label, 1, 4, &right),
	     2000 + log(2), 1e-3);
	assert_int_equal(right, 5);
	near(grad[0], 0.5, 1e-6);
	near(grad[1], -1, 1e-6);
	label = 0; /* the first of equals is the prediction; in place */
	train_softmax_xent(cpu_features(), logits, logits, &label, 1, 4, &right);
	assert_int_equal(right, 6);
	near(logits[0], -0.5, 1e-6);
	grad[0] = NAN;
	label = 2;
	assert_true(isnan(train_softmax_xent(cpu_features(), grad, grad, &label, 1, 4, &right)));
}

/* e^x by way of two classes: within 3e-7 of the right value, all the way down. */
static void test_softmax_accuracy(void **state)
{
	(void)state;
	for (int i = 0; i < 8000; i++) {
		float logits[2] = { 0, (float)-i / 100 }, grad[2];
		uint16_t label = 0;
		size_t right = 0;
		double e = exp((double)logits[1]);

		train_softmax_xent(cpu_features(), grad, logits, &label, 1, 2, &right);
		near(grad[1], e / (1 + e), 3e-7 * e / (1 + e));
	}
}

static void test_relu_keeps_nan(void **state)
{
	(void)state;
	for (size_t l = 0; l < LEVELS; l++) {
		float y[19] = { 0 }, b[19] = { 0 };

		if (!runs(levels[l]))
			continue;
		y[2] = y[17] = NAN;
		train_bias_act(levels[l], y, b, 1, 19, true);
		assert_true(isnan(y[2]) && isnan(y[17]) && y[0] == 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_textbook),
		cmocka_unit_test(test_levels_agree),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_softmax_differences),
		cmocka_unit_test(test_softmax_edges),
		cmocka_unit_test(test_softmax_accuracy),
		cmocka_unit_test(test_relu_keeps_nan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
