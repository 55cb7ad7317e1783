/* Dropout: the share, the independence and the repetition of its masks.
 * SPDX-License-Identifier: MIT */
#include "num/train/dropout.h"

#include <math.h>
#include <string.h>

#include "levels.h"
#include "unit.h"

#define COUNT 65536

static float ones[COUNT], a[COUNT], b[COUNT];

static int setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT; i++)
		ones[i] = 1;
	return 0;
}

static void draw(float *y, float p, uint64_t seed, uint64_t step, uint64_t layer)
{
	Dropout dropout = dropout_step(p, seed, step, layer);

	dropout_run(cpu_features(), &dropout, y, ones, 0, COUNT);
}

/* Dropped as often as asked, within 5 standard deviations, and scaled to keep the mean. */
static void test_share(void **state)
{
	static const float rates[] = { 0.1f, 0.25f, 0.5f, 0.9f };

	(void)state;
	for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
		double p = (double)rates[i], dropped = 0;

		draw(a, rates[i], 7, 3, 1);
		for (size_t j = 0; j < COUNT; j++) {
			assert_true(a[j] == 0 || fabs((double)a[j] * (1 - p) - 1) < 1e-6);
			dropped += a[j] == 0;
		}
		assert_true(fabs(dropped - p * COUNT) < 5 * sqrt(COUNT * p * (1 - p)));
	}
	draw(a, 0, 7, 3, 1);
	assert_memory_equal(a, ones, sizeof a);
}

/* Of two masks at one half: how often they agree beyond chance, in standard deviations. */
static double agreement(const float *x, const float *y, size_t n)
{
	double equal = 0;

	for (size_t i = 0; i < n; i++)
		equal += (x[i] == 0) == (y[i] == 0);
	return (equal - 0.5 * (double)n) / (0.5 * sqrt((double)n));
}

/* Nothing tells the mask of one seed, step or layer from another's, nor an element from one near
 * it. */
static void test_independent(void **state)
{
	(void)state;
	draw(a, 0.5f, 1, 0, 0);
	for (uint64_t i = 1; i <= 40; i++) {
		draw(b, 0.5f, 1, i, 0);
		assert_true(fabs(agreement(a, b, COUNT)) < 5);
		draw(b, 0.5f, 1, 0, i);
		assert_true(fabs(agreement(a, b, COUNT)) < 5);
		draw(b, 0.5f, 1 + i, 0, 0);
		assert_true(fabs(agreement(a, b, COUNT)) < 5);
		assert_true(fabs(agreement(a, a + i, COUNT - i)) < 5);
	}
	for (size_t bit = 6; bit < 16; bit++) {
		size_t far = (size_t)1 << bit;

		assert_true(fabs(agreement(a, a + far, COUNT - far)) < 5);
	}
}

/* The same key gives the same mask: at every level, in every cut, in place, on the gradient. */
static void test_repeats(void **state)
{
	Dropout dropout = dropout_step(0.3f, 5, 6, 7);

	(void)state;
	dropout_run(0, &dropout, a, ones, 0, COUNT);
	for (size_t l = 0; l < LEVELS; l++) {
		if (!level_runs(levels[l]))
			continue;
		for (size_t at = 0, n = 0; at < COUNT; at += n) {
			n = n % 67 + 1 < COUNT - at ? n % 67 + 1 : COUNT - at;
			memcpy(b + at, ones + at, n * sizeof *b);
			dropout_run(levels[l], &dropout, b + at, b + at, at, n);
		}
		assert_memory_equal(b, a, sizeof a);
	}
}

/* What is dropped is 0 even if it is no number. */
static void test_drops(void **state)
{
	Dropout dropout = dropout_step(0.5f, 5, 6, 7);

	(void)state;
	for (size_t i = 0; i < 64; i++)
		b[i] = NAN;
	draw(a, 0.5f, 5, 6, 7);
	dropout_run(cpu_features(), &dropout, b, b, 0, 64);
	for (size_t i = 0; i < 64; i++)
		assert_true(a[i] == 0 ? b[i] == 0 : isnan(b[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_share),
		cmocka_unit_test(test_independent),
		cmocka_unit_test(test_repeats),
		cmocka_unit_test(test_drops),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
