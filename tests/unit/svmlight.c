/* Files of SVMlight: what is read, and every way in which a file can be wrong.
 * SPDX-License-Identifier: MIT */
#include "data/svmlight.h"

#include "table_make.h"

#include "alloc_fail.h"

static Dataset *parse(const char *text, const SvmlightOptions *options, Err *err)
{
	size_t len = strlen(text);
	uint8_t *copy = malloc(len ? len : 1);
	Dataset *d;

	assert_non_null(copy);
	memcpy(copy, text, len);
	memset(err, 0, sizeof *err);
	d = svmlight_read_memory(copy, len, "t.svm", options, NULL, err);
	free(copy);
	return d;
}

static Dataset *read_fine(const char *text, const SvmlightOptions *options)
{
	Err err;
	Dataset *d = parse(text, options, &err);

	if (!d)
		fail_msg("%s", err.text);
	return d;
}

static void rows_are_read(void **state)
{
	Dataset *d = read_fine("# head\n+1 1:0.5 3:-2e1 # note\n\n-1\r\n1 qid:7 2:0 3:4\n", NULL);
	static const uint64_t begin[] = { 0, 2, 2, 3 };
	static const uint32_t column[] = { 0, 2, 2 };
	static const float value[] = { .5f, -20, 4 };

	(void)state;
	assert_int_equal(d->form, DATASET_SPARSE);
	assert_int_equal(d->rows, 3);
	assert_int_equal(d->features, 3);
	assert_int_equal(d->classes, 2);
	assert_memory_equal(d->sparse.begin, begin, sizeof begin);
	assert_memory_equal(d->sparse.column, column, sizeof column);
	same_floats(d->sparse.value, value, 3);
	assert_string_equal(d->class_name[0], "-1");
	assert_string_equal(d->class_name[1], "1");
	assert_int_equal(d->labels[0], 1);
	assert_int_equal(d->labels[1], 0);
	assert_null(d->bytes);
	assert_null(d->floats);
	assert_null(d->column);
	dataset_free(d);
}

static void options_are_kept(void **state)
{
	SvmlightOptions zero = { .from_zero = true, .features = 9 };
	Dataset *d = read_fine("1 0:1 8:2\n2 3:1\n", &zero);

	(void)state;
	assert_int_equal(d->features, 9);
	assert_int_equal(d->sparse.column[0], 0);
	assert_int_equal(d->sparse.column[1], 8);
	dataset_free(d);
	d = read_fine("1.5 1:1\n2 3:1\n", NULL);
	assert_int_equal(d->classes, 0);
	assert_true(d->targets[0] == 1.5f);
	dataset_free(d);
	d = read_fine("1 1:1\n2 3:1\n", &(SvmlightOptions){ .task = TABLE_NUMBERS });
	assert_true(d->targets[1] == 2);
	dataset_free(d);
}

static void names_are_taken_from_comments(void **state)
{
	Dataset *d = read_fine("# label 1 spam\n# label 0 ham\n# feature 1 the\n# feature 2 of\n"
			       "0 1:1\n1 2:1\n",
			       NULL);

	(void)state;
	assert_string_equal(d->class_name[0], "ham");
	assert_string_equal(d->class_name[1], "spam");
	assert_string_equal(d->column[0].name, "the");
	assert_string_equal(d->column[1].name, "of");
	dataset_free(d);
	/* Names for a part of the columns, or out of order, are none. */
	d = read_fine("# feature 1 the\n# feature 3 of\n# feature\n# label\n0 1:1\n1 2:1\n", NULL);
	assert_null(d->column);
	assert_string_equal(d->class_name[0], "0");
	dataset_free(d);
}

static void what_is_wrong_is_told_with_its_place(void **state)
{
	static const struct {
		const char *text;
		ErrCode code;
		const char *words[2];
	} cases[] = {
		{ "", ERR_FORMAT, { "no rows", "label" } },
		{ "# only\n", ERR_FORMAT, { "no rows", "" } },
		{ "1\n2\n", ERR_FORMAT, { "no row has", "" } },
		{ "1 1:1\n1 2:1\n", ERR_FORMAT, { "one class", "'1'" } },
		{ "1 1:1\n2 3:1 2:5\n", ERR_FORMAT, { "row 2 (line 2), column 2", "rising" } },
		{ "1 3:0 3:1\n", ERR_FORMAT, { "row 1 (line 1), column 3", "once" } },
		{ "\n1 0:1\n", ERR_FORMAT, { "row 1 (line 2)", "count from 1" } },
		{ "1 -4:1\n", ERR_FORMAT, { "row 1 (line 1)", "negative" } },
		{ "1 a:1\n", ERR_FORMAT, { "'a:1'", "index:value" } },
		{ "1 :1\n", ERR_FORMAT, { "':1'", "index:value" } },
		{ "1 5\n", ERR_FORMAT, { "'5'", "index:value" } },
		{ "1 5:\n", ERR_FORMAT, { "'5:'", "number" } },
		{ "1 5:x\n", ERR_FORMAT, { "column 5", "number" } },
		{ "1 5:nan\n", ERR_FORMAT, { "column 5", "not finite" } },
		{ "1 5:-inf\n", ERR_FORMAT, { "column 5", "not finite" } },
		{ "1 5:1e40\n", ERR_FORMAT, { "column 5", "too large" } },
		{ "1:1 2:2\n", ERR_FORMAT, { "'1:1'", "label" } },
		{ "1,2 2:2\n", ERR_FORMAT, { "'1,2'", "more than one label" } },
		{ "ham 2:2\n", ERR_FORMAT, { "'ham'", "labels are numbers" } },
		{ "nan 2:2\n", ERR_FORMAT, { "row 1 (line 1)", "missing" } },
		{ "1 99999999999999999999999999:1\n", ERR_LIMIT, { "beyond", "16777216 columns" } },
	};
	Err err;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		Dataset *d = parse(cases[i].text, NULL, &err);

		REFUSED(d, &err, cases[i].code, "t.svm: ", cases[i].words[0], cases[i].words[1]);
	}
	REFUSED(parse("1 6:1\n", &(SvmlightOptions){ .features = 5 }, &err), &err, ERR_FORMAT,
		"row 1 (line 1), column 6", "5 features");
	REFUSED(parse("1 6:1\n", &(SvmlightOptions){ .limits.columns = 5 }, &err), &err, ERR_LIMIT,
		"5 columns");
	REFUSED(parse("1 1:1\n2 1:1\n", &(SvmlightOptions){ .limits.rows = 1 }, &err), &err,
		ERR_LIMIT, "row 2 (line 2)", "1 rows");
	REFUSED(parse("1 1:1\n", &(SvmlightOptions){ .features = 6, .limits.columns = 5 }, &err),
		&err, ERR_ARGUMENT, "6 features");
}

static void labels_out_of_range_are_refused(void **state)
{
	char *text = malloc(64 * 1024);
	Err err;

	(void)state;
	assert_non_null(text);
	*text = 0;
	for (int i = 0, at = 0; i <= DATASET_CLASSES_MAX; i++)
		at += sprintf(text + at, "%d 1:1\n", i);
	REFUSED(parse(text, &(SvmlightOptions){ .task = TABLE_CLASSES }, &err), &err, ERR_FORMAT,
		"row 1001 (line 1001)", "at most 1000");
	Dataset *d = read_fine(text, NULL);

	assert_int_equal(d->classes, 0);
	assert_true(d->targets[1000] == 1000);
	dataset_free(d);
	free(text);
}

static void gzip_is_read_and_a_cut_is_seen(void **state)
{
	Blob packed = gzip_make(text_blob("1 1:1\n2 2:2\n"));
	Err err = { 0 };
	Dataset *d = svmlight_read_memory(packed.bytes, packed.len, "t", NULL, NULL, &err);

	(void)state;
	assert_non_null(d);
	assert_int_equal(d->rows, 2);
	dataset_free(d);
	REFUSED(svmlight_read_memory(packed.bytes, packed.len - 4, "t", NULL, NULL, &err), &err,
		ERR_FORMAT, "cut off");
	free(packed.bytes);
}

/* A sparse row of the last of many columns costs no dense row. */
static void nothing_is_made_dense(void **state)
{
	Dataset *d = read_fine("1 16777216:1\n2 1:1\n", NULL);

	(void)state;
	assert_int_equal(d->features, 16777216);
	assert_true(dataset_bytes(d) < 100);
	dataset_free(d);
}

static void a_failing_allocator_is_reported(void **state)
{
	const char *text = "# label 1 a\n# feature 1 b\n1 1:1\n2 1:3\n";
	bool fine = false;
	size_t n = 0;

	(void)state;
	for (; !fine; n++) {
		Err err = { 0 };
		Dataset *d;

		alloc_fail_after(n);
		d = svmlight_read_memory((const uint8_t *)text, strlen(text), "t", NULL, NULL,
					 &err);
		alloc_fail_never();
		fine = d != NULL;
		if (!fine)
			assert_int_equal(err.code, ERR_MEMORY);
		dataset_free(d);
	}
	assert_true(n > 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_read),
		cmocka_unit_test(options_are_kept),
		cmocka_unit_test(names_are_taken_from_comments),
		cmocka_unit_test(what_is_wrong_is_told_with_its_place),
		cmocka_unit_test(labels_out_of_range_are_refused),
		cmocka_unit_test(gzip_is_read_and_a_cut_is_seen),
		cmocka_unit_test(nothing_is_made_dense),
		cmocka_unit_test(a_failing_allocator_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
