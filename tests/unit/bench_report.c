/* A benchmark against an earlier one: what counts as slower.
 * SPDX-License-Identifier: MIT */
#include "app/bench/bench_report.h"

#include <math.h>

#include "unit.h"

static json_t *parse(const char *text)
{
	json_t *json = json_loads(text, 0, NULL);

	assert_non_null(json);
	return json;
}

/* Compares two lists of epochs; sets *ratio, returns how many are slower. */
static size_t epochs_slower(const char *now, const char *before, double *ratio)
{
	json_t *a = json_pack("{s:s, s:{s:o}}", "type", "bench-train", "s_per_epoch", "all",
			      parse(now));
	json_t *b = json_pack("{s:s, s:{s:o}}", "type", "bench-train", "s_per_epoch", "all",
			      parse(before));
	json_t *sum = bench_compare(a, b);
	size_t n = json_array_size(json_object_get(sum, "slower"));

	*ratio = json_number_value(json_object_get(sum, "ratio"));
	json_decref(a);
	json_decref(b);
	json_decref(sum);
	return n;
}

static void test_a_slower_median_alone_is_not_slower(void **state)
{
	double ratio;

	(void)state;
	assert_int_equal(epochs_slower("[1.2,1.3,1.4]", "[1.0,1.1,1.25]", &ratio), 0);
	assert_true(fabs(ratio - 1.3 / 1.1) < 1e-12);
	assert_int_equal(epochs_slower("[1.26,1.3,1.4]", "[1.0,1.1,1.25]", &ratio), 1);
}

static void test_spreads_apart_by_little_are_not_slower(void **state)
{
	double ratio;

	(void)state;
	assert_int_equal(epochs_slower("[1.04]", "[1.0]", &ratio), 0);
	assert_int_equal(epochs_slower("[1.06]", "[1.0]", &ratio), 1);
	assert_int_equal(epochs_slower("[0.5]", "[1.0]", &ratio), 0);
	assert_true(ratio == 0.5);
}

/* Ten values: the interval of the median is from the second to the last but one. */
static void test_of_many_values_outliers_are_left_out(void **state)
{
	double ratio;

	(void)state;
	assert_int_equal(epochs_slower("[0.1,2,2,2,2,2,2,2,2,2]", "[1,1,1,1,1,1,1,1,1,9]", &ratio),
			 1);
	assert_int_equal(epochs_slower("[0.1,0.1,2,2,2,2,2,2,2,2]", "[1,1,1,1,1,1,1,1,1,9]", &ratio),
			 0);
	/* Five: all count. */
	assert_int_equal(epochs_slower("[0.1,2,2,2,2]", "[1,1,1,1,1]", &ratio), 0);
	assert_int_equal(epochs_slower("[0.1,2,2,2,2,2]", "[1,1,1,1,1,1]", &ratio), 0);
}

static void test_nothing_to_compare_has_no_ratio(void **state)
{
	double ratio;

	(void)state;
	assert_int_equal(epochs_slower("[]", "[1]", &ratio), 0);
	assert_true(ratio == 0);
}

/* Both fitting and predicting are looked at; the ratio is the larger one. */
static void test_fits_are_compared_in_both_times(void **state)
{
	json_t *now = parse("{\"type\":\"bench-fit\",\"fit_s\":{\"all\":[1,1]},\"predict_s\":{\"all\":[4,4]}}");
	json_t *before =
		parse("{\"type\":\"bench-fit\",\"fit_s\":{\"all\":[2,2]},\"predict_s\":{\"all\":[2,2]}}");
	json_t *sum = bench_compare(now, before), *slower = json_object_get(sum, "slower");

	(void)state;
	assert_true(json_number_value(json_object_get(sum, "ratio")) == 2);
	assert_int_equal(json_array_size(slower), 1);
	assert_string_equal(json_string_value(json_array_get(slower, 0)), "predicting");
	json_decref(now);
	json_decref(before);
	json_decref(sum);
}

#define KERNEL(name, us) \
	"{\"kernel\":\"" name "\",\"layer\":\"784x300\",\"batch\":1,\"time_us\":" us ",\"low_us\":" us ",\"high_us\":" us "}"

static void test_kernels_are_matched_by_name(void **state)
{
	json_t *now = parse("{\"type\":\"bench-kernels\",\"kernels\":[" KERNEL("a", "2") "," KERNEL(
		"b", "9") "," KERNEL("new", "99") "]}");
	json_t *before = parse("{\"type\":\"bench-kernels\",\"kernels\":[" KERNEL("b", "3") "," KERNEL(
		"a", "4") "]}");
	json_t *sum = bench_compare(now, before), *slower = json_object_get(sum, "slower");

	(void)state;
	assert_true(json_number_value(json_object_get(sum, "ratio")) == 3);
	assert_int_equal(json_array_size(slower), 1);
	assert_string_equal(json_string_value(json_array_get(slower, 0)), "b 784x300 batch 1");
	json_decref(now);
	json_decref(before);
	json_decref(sum);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_slower_median_alone_is_not_slower),
		cmocka_unit_test(test_spreads_apart_by_little_are_not_slower),
		cmocka_unit_test(test_of_many_values_outliers_are_left_out),
		cmocka_unit_test(test_nothing_to_compare_has_no_ratio),
		cmocka_unit_test(test_fits_are_compared_in_both_times),
		cmocka_unit_test(test_kernels_are_matched_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
