/* Element-wise parts of training against the textbook, and every instruction level against the
 * plain one, to the bit.
 * SPDX-License-Identifier: MIT */
#include "num/train/train.h"

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "levels.h"
#include "unit.h"

#define ROWS 7
#define COLS 37
#define COUNT (ROWS * COLS)

typedef struct Data {
	float a[COUNT], b[COUNT], c[COUNT], g[COUNT];
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

static void run_adamw(uint32_t features, Data *data)
{
	AdamStep step = train_adam_step(0.01f, 0.9f, 0.999f, 1e-8f, 3);

	step.decay = 0.25f;
	train_adam(features, data->a, data->b, data->c, data->g, COUNT, &step);
}

static void check_adamw(const Data *before, const Data *after)
{
	Data adam = *before;

	run_adam(0, &adam);
	assert_memory_equal(after->b, adam.b, sizeof adam.b);
	assert_memory_equal(after->c, adam.c, sizeof adam.c);
	for (size_t i = 0; i < COUNT; i++)
		near(after->a[i], (double)adam.a[i] - 0.25 * (double)before->a[i], 1e-6);
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

static const Case cases[] = {
	{ "bias", run_bias, check_bias },
	{ "bias and ReLU", run_bias_relu, check_bias_relu },
	{ "bias gradient", run_bias_grad, check_bias_grad },
	{ "SGD", run_sgd, check_sgd },
	{ "momentum", run_momentum, check_momentum },
	{ "Adam", run_adam, check_adam },
	{ "AdamW", run_adamw, check_adamw },
	{ "mask", run_mask, check_mask },
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
			if (!level_runs(levels[l]))
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
		if (!level_runs(levels[l]))
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

static void test_relu_keeps_nan(void **state)
{
	(void)state;
	for (size_t l = 0; l < LEVELS; l++) {
		float y[19] = { 0 }, b[19] = { 0 };

		if (!level_runs(levels[l]))
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
		cmocka_unit_test(test_relu_keeps_nan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
