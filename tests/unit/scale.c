/* The scaler: round ticks of linear and logarithmic axes, their labels, and ranges that are never
 * empty.
 * SPDX-License-Identifier: MIT */
#include "lab/scale.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "unit.h"

static void check_ticks(double low, double high, int max, int count, double first, double step)
{
	double ticks[12];
	int got = scale_ticks(low, high, ticks, max);

	assert_int_equal(got, count);
	for (int i = 0; i < count; i++)
		assert_true(fabs(ticks[i] - (first + i * step)) <= 1e-9 * fabs(step));
}

static void ticks_are_round(void **state)
{
	double out[12];

	(void)state;
	check_ticks(0, 10, 6, 6, 0, 2);
	check_ticks(0.03, 2.3, 5, 4, 0.5, 0.5);
	check_ticks(-80, 20, 6, 6, -80, 20);
	check_ticks(12345, 12455, 2, 1, 12400, 100);
	check_ticks(1e-9, 4e-9, 4, 4, 1e-9, 1e-9);
	assert_int_equal(scale_ticks(5, 5, out, 4), 1);
	assert_int_equal(scale_ticks(NAN, 5, out, 4), 0);
	assert_int_equal(scale_ticks(0, INFINITY, out, 4), 0);
	assert_int_equal(scale_ticks(2, 1, out, 4), 0);
	assert_int_equal(scale_ticks(0, 1, out, 0), 0);
	assert_true(scale_ticks(1, nextafter(1, 2), out, 4) <= 4);
}

static void assert_near(double got, double want)
{
	assert_true(fabs(got - want) <= 1e-9 * fmax(1, fabs(want)));
}

static void check_log(double low, double high, int max, int count, double first, double second,
		      double last)
{
	double ticks[SCALE_TICKS_MAX];
	int got = scale_log_ticks(low, high, ticks, max);

	assert_int_equal(got, count);
	assert_near(ticks[0] / first, 1);
	assert_near(ticks[1] / second, 1);
	assert_near(ticks[got - 1] / last, 1);
}

static void log_ticks_are_round(void **state)
{
	double out[SCALE_TICKS_MAX];

	(void)state;
	check_log(1, 1e6, 8, 7, 1, 10, 1e6);
	check_log(1, 1e6, 4, 4, 1, 100, 1e6);
	check_log(1e-9, 1e9, 6, 5, 1e-9, 1e-5, 1e7);
	check_log(3, 70, 8, 4, 5, 10, 50);
	check_log(11, 16, 6, 6, 11, 12, 16);
	assert_int_equal(scale_log_ticks(0, 1, out, 4), 0);
	assert_int_equal(scale_log_ticks(NAN, 1, out, 4), 0);
	assert_int_equal(scale_log_ticks(1, INFINITY, out, 4), 0);
	assert_int_equal(scale_log_ticks(2, 1, out, 4), 0);
	assert_true(scale_log_ticks(DBL_MIN, DBL_MAX, out, 12) <= 12);
}

static void check_label(double tick, const char *want)
{
	char label[SCALE_LABEL_MAX];

	scale_label(&tick, 1, 0, label);
	assert_string_equal(label, want);
}

static void labels_are_short(void **state)
{
	const double ticks[] = { 0, 0.5, 1 };
	char label[SCALE_LABEL_MAX];

	(void)state;
	check_label(0, "0");
	check_label(0.001, "0.001");
	check_label(20000, "20k");
	check_label(5e7, "50M");
	check_label(1e-8, "1e-08");
	scale_label(ticks, 3, 2, label);
	assert_string_equal(label, "1.0");
}

static void check_log_label(double tick, const char *want)
{
	char label[SCALE_LABEL_MAX];

	scale_log_label(tick, label);
	assert_string_equal(label, want);
}

static void log_labels_are_short(void **state)
{
	(void)state;
	check_log_label(0.05, "0.05");
	check_log_label(1, "1");
	check_log_label(500, "500");
	check_log_label(pow(10, 3), "1k");
	check_log_label(2e5, "200k");
	check_log_label(1e6, "1M");
	check_log_label(1e13, "10T");
	check_log_label(1e18, "1e+18");
	check_log_label(1e-8, "1e-08");
}

static void check_range(double low, double high, bool zero, double want_low, double want_high)
{
	scale_range(NAN, NAN, zero, &low, &high);
	assert_near(low, want_low);
	assert_near(high, want_high);
}

static void ranges_are_never_empty(void **state)
{
	(void)state;
	check_range(2, 4, false, 2, 4);
	check_range(2, 4, true, 0, 4);
	check_range(1, -1, false, 0, 1); /* no data */
	check_range(5, 5, false, 4.5, 5.5);
	check_range(0, 0, true, 0, 0.5);
	check_range(-1e308, 1e308, false, -1e307, 1e307);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ticks_are_round),
		cmocka_unit_test(log_ticks_are_round),
		cmocka_unit_test(labels_are_short),
		cmocka_unit_test(log_labels_are_short),
		cmocka_unit_test(ranges_are_never_empty),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
