/* Templates, seeds and variants of lessons.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "script/lesson/lesson.h"
#include "script/lesson/template.h"

static bool value(void *user, const TemplateField *field, char out[TEMPLATE_VALUE_MAX], Err *err)
{
	(void)user;
	if (strcmp(field->part[0], "bad") == 0)
		return err_set(err, ERR_SCRIPT, "bad");
	text_format(out, TEMPLATE_VALUE_MAX, "<%s%s%s|%s>", field->part[0],
		    field->parts > 1 ? "." : "", field->parts > 1 ? field->part[1] : "",
		    template_filter_name(field->filter));
	return true;
}

static void fills(const char *text, const char *want)
{
	Err err = { .code = ERR_NONE };
	char *filled = template_fill(text, strlen(text), value, NULL, &err);

	if (!want) {
		assert_null(filled);
		assert_int_equal(err.code, ERR_SCRIPT);
		return;
	}
	assert_non_null(filled);
	assert_string_equal(filled, want);
	free(filled);
}

static void test_fill(void **state)
{
	(void)state;
	fills("", "");
	fills("plain } text {", "plain } text {");
	fills("a {{b}} c", "a <b|> c");
	fills("{{b|pct}}{{c.d.e|ratio}}", "<b|pct><c.d|ratio>");
	fills("}} {{b}}", "}} <b|>");
	fills("{{b", NULL);
	fills("{{b}", NULL);
	fills("{{}}", NULL);
	fills("{{ b }}", NULL);
	fills("{{{{b}}}}", NULL);
	fills("{{a.b.c.d}}", NULL);
	fills("{{a.}}", NULL);
	fills("{{a|}}", NULL);
	fills("{{a|percent}}", NULL);
	fills("{{bad}}", NULL);
}

static void shows(double number, Filter filter, const char *want)
{
	char out[TEMPLATE_VALUE_MAX];

	template_number(out, number, filter);
	assert_string_equal(out, want);
}

static void test_numbers(void **state)
{
	(void)state;
	shows(0.9, FILTER_PCT, "90 %");
	shows(0.8834, FILTER_PCT, "88.3 %");
	shows(0.25, FILTER_RATIO, "0.250×");
	shows(0.09999, FILTER_RATIO, "0.100×");
	shows(1, FILTER_RATIO, "1.00×");
	shows(12.34, FILTER_RATIO, "12.3×");
	shows(0.0412, FILTER_S, "41.2 ms");
	shows(0.9999, FILTER_S, "1.00 s");
	shows(1.5e-9, FILTER_S, "1.50 ns");
	shows(0.58, FILTER_J, "580 mJ");
	shows(19600, FILTER_BYTES, "19.6 kB");
	shows(1, FILTER_BYTES, "1 byte");
	shows(1066440, FILTER_N, "1,066,440");
	shows(219071.6, FILTER_N, "219,072");
	shows(-1234.5, FILTER_N, "-1,235");
	shows(999.4, FILTER_N, "999");
	shows(-3, FILTER_N, "-3");
	shows(2.5, FILTER_N, "2.50");
	shows(0, FILTER_S, "0.00 ns");
	shows(NAN, FILTER_S, "-");
	shows(INFINITY, FILTER_N, "-");
}

/* printf 'wattle-1\0green\0''05\0ann' | sha256sum; printf 'wattle-1\0''7\0sparsity' | sha256sum */
static void test_seeds(void **state)
{
	(void)state;
	assert_int_equal(lesson_seed("green.05", "ann"), 0x3b8dc9dfu);
	assert_int_equal(lesson_pick(7, "sparsity", 1000), 0x4b2be1b6u % 1000);
	assert_int_equal(lesson_pick(7, "sparsity", 1), 0);
	assert_int_not_equal(lesson_seed("green.05", "ann"), lesson_seed("green.05", "bob"));
	assert_int_not_equal(lesson_seed("green.05", "ann"), lesson_seed("green.0", "5ann"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fill),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_seeds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
