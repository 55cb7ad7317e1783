/* Errors: texts, prefixes, cutting, names and exit statuses.
 * SPDX-License-Identifier: MIT */
#include "base/err.h"

#include <string.h>

#include "unit.h"

static void sets_and_prefixes(void **state)
{
	Err err = { 0 };

	(void)state;
	assert_false(err_set(&err, ERR_FILE, "cannot open %s", "x.csv"));
	assert_int_equal(err.code, ERR_FILE);
	assert_string_equal(err.text, "cannot open x.csv");
	assert_false(err_prefix(&err, "dataset %d", 7));
	assert_int_equal(err.code, ERR_FILE);
	assert_string_equal(err.text, "dataset 7: cannot open x.csv");
	/* The text may be an argument of its own replacement. */
	err_set(&err, ERR_NEED, "<%s>", err.text);
	assert_string_equal(err.text, "<dataset 7: cannot open x.csv>");
}

static void cuts_at_characters(void **state)
{
	char euros[3 * 400 + 1] = "";
	Err err = { 0 };

	(void)state;
	for (int i = 0; i < 400; i++)
		memcpy(euros + 3 * i, "\xe2\x82\xac", 4);
	err_set(&err, ERR_FORMAT, "%s", euros);
	assert_int_equal(strlen(err.text), (ERR_TEXT_MAX - 1) / 3 * 3);
	err_prefix(&err, "a");
	assert_int_equal(strlen(err.text), 3 + (ERR_TEXT_MAX - 4) / 3 * 3);
	assert_memory_equal(err.text, "a: \xe2\x82\xac", 6);
}

static void every_code_has_a_row(void **state)
{
	(void)state;
	for (int code = ERR_NONE; code <= ERR_INTERNAL; code++) {
		assert_non_null(err_name((ErrCode)code));
		for (int other = ERR_NONE; other < code; other++)
			assert_string_not_equal(err_name((ErrCode)code), err_name((ErrCode)other));
	}
	assert_string_equal(err_name(ERR_NONE), "none");
	assert_int_equal(err_exit_status(ERR_NONE), 0);
	assert_int_equal(err_exit_status(ERR_USAGE), 2);
	assert_int_equal(err_exit_status(ERR_MEMORY), 5);
	assert_int_equal(err_exit_status(ERR_INTERRUPTED), 130);
	assert_string_equal(err_name(ERR_INTERNAL), "internal");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets_and_prefixes),
		cmocka_unit_test(cuts_at_characters),
		cmocka_unit_test(every_code_has_a_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
