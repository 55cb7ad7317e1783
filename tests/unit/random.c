/* The generator: known answers, ranges, uniformity, shuffles.
 *
 * The known answers come from an implementation of the two papers in Python integers. The first
 * word of splitmix64 for 1234567 is 6457827717110365317 there, as published; xoshiro256++ from the
 * state 1, 2, 3, 4 starts 41943041, 58720359, 3588806011781223, as published.
 * SPDX-License-Identifier: MIT */
#include "base/random.h"

#include <math.h>
#include <string.h>

#include "unit.h"

static void generator_gives_the_published_words(void **state)
{
	static const uint64_t want[] = { 41943041u,
					 58720359u,
					 3588806011781223u,
					 3591011842654386u,
					 9228616714210784205u,
					 9973669472204895162u,
					 14011001112246962877u,
					 12406186145184390807u,
					 15849039046786891736u,
					 10450023813501588000u };
	Random random = { { 1, 2, 3, 4 } };

	(void)state;
	for (size_t i = 0; i < sizeof want / sizeof want[0]; i++)
		assert_int_equal(random_u64(&random), want[i]);
}

static void seeds_give_known_words(void **state)
{
	static const struct {
		uint64_t seed, stream, first[4];
	} want[] = {
		{ 0,
		  1,
		  { 0xbbffa8ffe929e2d3, 0xefd6cff7897fb2be, 0x303aded65023e025,
		    0xd0f3ce571e859591 } },
		{ 42,
		  1,
		  { 0x3aa161fc47e05852, 0x7fdf8aad5431ed59, 0x2c9e564cbfaf962c,
		    0x437cbe153f853db1 } },
		{ 42,
		  2,
		  { 0x72023e56f0305473, 0xa5d4588bcb9a9fa6, 0xcfccd88a60efea43,
		    0xe1ee6fc3b3e3be00 } },
		{ 1,
		  2,
		  { 0xbb6166f9f678e6f5, 0xc26e4d4b858f8108, 0x5ec2c1898e23f68e,
		    0x560772ce6193cb79 } },
		{ 2,
		  1,
		  { 0x7bc3504f8f136972, 0x9f337017bbd1e65c, 0xb963b3310c37e18d,
		    0x4aadddc8ccceb379 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
		Random random;

		random_init(&random, want[i].seed, want[i].stream);
		for (int j = 0; j < 4; j++)
			assert_int_equal(random_u64(&random), want[i].first[j]);
	}
}

static void draws_follow_the_rules(void **state)
{
	static const uint64_t ten[] = { 5, 6, 0, 6, 7, 0, 1, 7, 9, 5 };
	/* A bound just over a half of the range, where rejection happens half of the time. */
	static const uint64_t wide[] = { 7867408211148197579u, 4483523675996307023u,
					 4744748105839319424u, 2358532152638315696u };
	Random random;

	(void)state;
	random_init(&random, 7, 3);
	for (int i = 0; i < 10; i++)
		assert_int_equal(random_below(&random, 10), ten[i]);
	for (int i = 0; i < 4; i++)
		assert_int_equal(random_below(&random, (UINT64_C(1) << 63) + 1), wide[i]);
	assert_int_equal(random_below(&random, 1), 0);
	random_init(&random, 7, 3);
	assert_true(random_unit(&random) == 0.5462411909136278);
	assert_true(random_unit(&random) == 0.6354376459370905);
	random_init(&random, 7, 3);
	assert_true(random_uniform(&random, -1, 1) == 0.09248232841491699f);
	random_init(&random, 7, 3);
	assert_true(fabs(random_normal(&random) + 0.8287596281577176) < 1e-14);
}

static void shuffle_is_known_and_a_permutation(void **state)
{
	static const uint32_t want[] = { 8, 1, 3, 9, 2, 0, 7, 6, 5, 4 };
	uint32_t index[1000];
	unsigned char seen[1000] = { 0 };
	Random random;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++)
		index[i] = i;
	random_init(&random, 42, RANDOM_ROWS);
	random_shuffle(&random, index, 10);
	assert_memory_equal(index, want, sizeof want);
	random_shuffle(&random, index, 1000);
	for (int i = 0; i < 1000; i++) {
		assert_in_range(index[i], 0, 999);
		assert_int_equal(seen[index[i]]++, 0);
	}
	random_shuffle(&random, index, 0);
	random_shuffle(&random, index, 1);
}

/* Pearson's chi-squared over counts with one expectation. */
static double chi_squared(const uint32_t *counts, size_t cells, double draws)
{
	double expected = draws / (double)cells, sum = 0;

	for (size_t i = 0; i < cells; i++)
		sum += (counts[i] - expected) * (counts[i] - expected) / expected;
	return sum;
}

/* The bounds are quantiles 1e-6 and 1 - 1e-6 for the degrees of freedom. */
static void draws_are_uniform(void **state)
{
	enum { DRAWS = 240000 };
	uint32_t cells[100] = { 0 }, orders[24] = { 0 };
	Random random;

	(void)state;
	random_init(&random, 2026, RANDOM_SPLIT);
	for (int i = 0; i < DRAWS; i++)
		cells[random_below(&random, 100)]++;
	double fit = chi_squared(cells, 100, DRAWS);

	assert_true(fit > 45.8 && fit < 180.8);
	for (int i = 0; i < DRAWS; i++) {
		uint32_t p[4] = { 0, 1, 2, 3 };

		random_shuffle(&random, p, 4);
		uint32_t a = p[0], b = p[1] - (p[1] > p[0]), c = p[2] > p[3];

		orders[a * 6 + b * 2 + c]++;
	}
	fit = chi_squared(orders, 24, DRAWS);
	assert_true(fit > 3.5 && fit < 70.6);
}

static void reals_keep_their_range(void **state)
{
	enum { DRAWS = 200000 };
	double sum = 0, square = 0, unit = 0;
	Random random;

	(void)state;
	random_init(&random, 1, RANDOM_WEIGHTS);
	for (int i = 0; i < DRAWS; i++) {
		double u = random_unit(&random), z = random_normal(&random);
		float f = random_uniform(&random, 1.0f, 1.0000001f);

		assert_true(u >= 0 && u < 1);
		assert_true(f >= 1.0f && f < 1.0000001f);
		assert_true(isfinite(z) && fabs(z) < 8.7);
		unit += u;
		sum += z;
		square += z * z;
	}
	/* Five standard errors. */
	assert_true(fabs(unit / DRAWS - 0.5) < 5 * sqrt(1.0 / 12 / DRAWS));
	assert_true(fabs(sum / DRAWS) < 5 / sqrt(DRAWS));
	assert_true(fabs(square / DRAWS - 1) < 5 * sqrt(2.0 / DRAWS));
	assert_true(random_uniform(&random, 3, 3) == 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(generator_gives_the_published_words),
		cmocka_unit_test(seeds_give_known_words),
		cmocka_unit_test(draws_follow_the_rules),
		cmocka_unit_test(shuffle_is_known_and_a_permutation),
		cmocka_unit_test(draws_are_uniform),
		cmocka_unit_test(reals_keep_their_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
