/* Sorting numbers, and their median.
 * SPDX-License-Identifier: MIT */
#include "base/order.h"

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "unit.h"

#define MOST 300

static void numbers_are_sorted(void **state)
{
	double x[] = { 3, -1, INFINITY, 0.5, -INFINITY, 3, 1e-310, -0.0 };
	const double sorted[] = { -INFINITY, -1, -0.0, 1e-310, 0.5, 3, 3, INFINITY };

	(void)state;
	order_sort(x, sizeof x / sizeof *x);
	assert_memory_equal(x, sorted, sizeof sorted);
	order_sort(NULL, 0);
	order_sort(x, 1);
	assert_memory_equal(x, sorted, sizeof sorted);
}

static size_t count_of(double value, const double *x, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += x[i] == value;
	return count;
}

static void nothing_is_lost(void **state)
{
	double before[MOST], x[MOST];
	Random random;

	(void)state;
	random_init(&random, 7, 0);
	for (size_t n = 0; n < MOST; n++) {
		for (size_t i = 0; i < n; i++)
			before[i] = (double)random_below(&random, 40) - 20;
		memcpy(x, before, n * sizeof *x);
		order_sort(x, n);
		for (size_t i = 0; i < n; i++) {
			assert_true(i == 0 || x[i - 1] <= x[i]);
			assert_int_equal(count_of(x[i], x, n), count_of(x[i], before, n));
		}
	}
}

static void the_middle(void **state)
{
	const double x[] = { 1, 2, 4, 8 };

	(void)state;
	assert_true(isnan(order_middle(NULL, 0)));
	assert_true(order_middle(x, 1) == 1);
	assert_true(order_middle(x, 2) == 1.5);
	assert_true(order_middle(x, 3) == 2);
	assert_true(order_middle(x, 4) == 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_sorted),
		cmocka_unit_test(nothing_is_lost),
		cmocka_unit_test(the_middle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
