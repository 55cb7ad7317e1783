/* Decimal numbers: what is one, and that it is the nearest double.
 * SPDX-License-Identifier: MIT */
#include "data/number.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "unit.h"

static NumberIs is(const char *text, double *value)
{
	return number_read(text, strlen(text), value);
}

static void words_are_told_apart(void **state)
{
	static const struct {
		const char *text;
		NumberIs is;
	} cases[] = {
		{ "0", NUMBER_FINE },
		{ "-0", NUMBER_FINE },
		{ "+1.", NUMBER_FINE },
		{ ".5", NUMBER_FINE },
		{ "1e5", NUMBER_FINE },
		{ "1E+05", NUMBER_FINE },
		{ "0e999", NUMBER_FINE },
		{ "1e-999", NUMBER_FINE },
		{ "", NUMBER_NOT },
		{ "-", NUMBER_NOT },
		{ ".", NUMBER_NOT },
		{ "e5", NUMBER_NOT },
		{ "1e", NUMBER_NOT },
		{ "1e+", NUMBER_NOT },
		{ "1 ", NUMBER_NOT },
		{ " 1", NUMBER_NOT },
		{ "0x10", NUMBER_NOT },
		{ "1.2.3", NUMBER_NOT },
		{ "1,5", NUMBER_NOT },
		{ "--1", NUMBER_NOT },
		{ "1e5.0", NUMBER_NOT },
		{ "inf", NUMBER_INFINITE },
		{ "-Infinity", NUMBER_INFINITE },
		{ "NaN", NUMBER_NAN },
		{ "-nan", NUMBER_NAN },
		{ "nano", NUMBER_NOT },
		{ "1e39", NUMBER_TOO_BIG },
		{ "1e999", NUMBER_TOO_BIG },
		{ "-4e38", NUMBER_TOO_BIG },
		{ "3.4028234e38", NUMBER_FINE },
		{ "1e99999999999999999999", NUMBER_TOO_BIG },
	};
	double value;
	char longest[1003];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (is(cases[i].text, &value) != cases[i].is)
			fail_msg("'%s' is %d, expected %d", cases[i].text,
				 (int)is(cases[i].text, &value), (int)cases[i].is);
	memset(longest, '0', sizeof longest);
	longest[0] = '1';
	longest[1] = '.';
	assert_int_equal(number_read(longest, 1000, &value), NUMBER_FINE);
	assert_true(value == 1);
	assert_int_equal(number_read(longest, 1001, &value), NUMBER_NOT);
}

/* Against strtod, which the tests run in the locale C. */
static void values_are_the_nearest_doubles(void **state)
{
	static const char *const formats[] = { "%.0f",  "%.2f",  "%.6g", "%.9g",
					       "%.17g", "%.25e", "%+.3e" };
	static const char *const hard[] = {
		"9007199254740993",
		"9007199254740992.5",
		"1e22",
		"1e23",
		"123456789012345678901234567890",
		"0.1000000000000000055511151231257827021181583404541015625",
		"0.000000000000000000000000000001e30",
		"18446744073709551615",
		"18446744073709551616.5",
		"179769313486231570000000000000e-20"
	};
	Random random;
	char text[64];
	double value;

	(void)state;
	for (size_t i = 0; i < sizeof hard / sizeof *hard; i++) {
		assert_int_equal(is(hard[i], &value), NUMBER_FINE);
		assert_true(value == strtod(hard[i], NULL));
	}
	random_init(&random, 1, RANDOM_SAMPLE);
	for (size_t i = 0; i < 50000; i++) {
		double x = (random_unit(&random) - .5) * (i % 3 ? 1000 : i % 2 ? 1e-12 : 1e17);

		snprintf(text, sizeof text, formats[i % 7], x);
		assert_int_equal(is(text, &value), NUMBER_FINE);
		if (value != strtod(text, NULL))
			fail_msg("%s became %.17g", text, value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_told_apart),
		cmocka_unit_test(values_are_the_nearest_doubles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
