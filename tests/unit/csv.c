/* CSV files: what is read and inferred, and every way in which a file can be wrong.
 * SPDX-License-Identifier: MIT */
#include "data/csv.h"

#include <math.h>

#include "table_make.h"

#include "alloc_fail.h"

/* A block of exactly len bytes, so that a read behind the end is seen. */
static Dataset *parse_bytes(const char *text, size_t len, const CsvOptions *options, Err *err)
{
	uint8_t *copy = malloc(len ? len : 1);
	Dataset *d;

	assert_non_null(copy);
	memcpy(copy, text, len);
	memset(err, 0, sizeof *err);
	d = csv_read_memory(copy, len, "t.csv", options, NULL, err);
	free(copy);
	return d;
}

static Dataset *parse(const char *text, const CsvOptions *options, Err *err)
{
	return parse_bytes(text, strlen(text), options, err);
}

static Dataset *read_fine(const char *text, const CsvOptions *options)
{
	Err err;
	Dataset *d = parse(text, options, &err);

	if (!d)
		fail_msg("%s", err.text);
	return d;
}

static void numbers_and_classes_are_read(void **state)
{
	Dataset *d = read_fine("a,b,kind\n1,2.5,dog\n-3e2,.5,cat\n+4,1e-3,dog\n", NULL);
	static const float expected[] = { 1, 2.5f, -300, .5f, 4, 1e-3f };

	(void)state;
	assert_string_equal(d->name, "t");
	assert_int_equal(d->rows, 3);
	assert_int_equal(d->train_rows, 3);
	assert_int_equal(d->features, 2);
	assert_int_equal(d->classes, 2);
	assert_int_equal(d->form, DATASET_FLOATS);
	same_floats(d->floats, expected, 6);
	assert_null(d->targets);
	assert_false(d->missing);
	assert_string_equal(d->class_name[0], "cat");
	assert_string_equal(d->class_name[1], "dog");
	assert_int_equal(d->labels[0], 1);
	assert_int_equal(d->labels[1], 0);
	assert_string_equal(d->column[0].name, "a");
	assert_string_equal(d->column[1].name, "b");
	assert_int_equal(strlen(d->sha256), 64);
	dataset_free(d);
}

static void separators_headers_and_line_ends_are_found(void **state)
{
	static const char *const texts[] = {
		"a;b;c\n1,5;2;x\n3;4;y\n",
		"a\tb\tc\r\n1\t2\tx\r\n3\t4\ty\r\n",
		"\357\273\277a,b,c\n\n1, 2 ,x\n3,4,y",
		"1,2,x\n3,4,y\n",
		"a,b,c\n1,2,x\n\n3,4,y\n  \n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		Dataset *d = read_fine(texts[i], NULL);

		assert_int_equal(d->rows, 2);
		assert_int_equal(d->features, 2);
		assert_int_equal(d->classes, 2);
		assert_true(d->floats[3] == 4);
		if (i == 3)
			assert_null(d->column);
		else
			assert_string_equal(d->column[0].name, "a");
		dataset_free(d);
	}
	Dataset *d = read_fine("1,2\n3,4\n",
			       &(CsvOptions){ .header = CSV_HEADER_YES, .task = TABLE_NUMBERS });

	assert_int_equal(d->rows, 1);
	assert_string_equal(d->column[0].name, "1");
	dataset_free(d);
}

static void quotes_are_those_of_rfc_4180(void **state)
{
	Dataset *d =
		read_fine("\"a \"\"b\"\", c\",d,y\n\"two\nlines\",\"1\",x\n\"\"\"\",2 , \"z\" \n"
			  "\"two\r\n\r\nmore\",3,\"x\"\n",
			  NULL);

	(void)state;
	assert_string_equal(d->column[0].name, "a \"b\", c");
	assert_int_equal(d->rows, 3);
	assert_int_equal(d->column[0].categories, 3);
	assert_string_equal(d->column[0].category[0], "\"");
	assert_string_equal(d->column[0].category[1], "two\nlines");
	assert_string_equal(d->column[0].category[2], "two\r\n\r\nmore");
	assert_true(d->floats[1] == 1 && d->floats[3] == 2 && d->floats[5] == 3);
	assert_int_equal(d->column[1].categories, 0);
	assert_string_equal(d->class_name[0], "x");
	assert_string_equal(d->class_name[1], "z");
	dataset_free(d);
}

static void missing_values_are_nan(void **state)
{
	Dataset *d = read_fine("a,b,y\n,red,1\nNA,?,2\nnan,blue,1\nN/A,null,2\n5,,1\n", NULL);
	static const float expected[] = { NAN, 1, NAN, NAN, NAN, 0, NAN, NAN, 5, NAN };

	(void)state;
	assert_true(d->missing);
	same_floats(d->floats, expected, 10);
	assert_int_equal(d->column[1].categories, 2);
	assert_string_equal(d->column[1].category[0], "blue");
	dataset_free(d);
}

/* A column that begins with numbers and turns out to hold texts is read a second time. */
static void a_late_text_makes_a_column_of_categories(void **state)
{
	char text[4096] = "a,b,y\n";
	Dataset *d;

	(void)state;
	for (int i = 0; i < 100; i++)
		sprintf(text + strlen(text), "%d,%d,%d\n", i % 3, i, i % 2);
	strcat(text, "inf,5,0\nx,7,1\n");
	d = read_fine(text, NULL);
	assert_int_equal(d->rows, 102);
	assert_int_equal(d->column[0].categories, 5);
	assert_string_equal(d->column[0].category[0], "0");
	assert_string_equal(d->column[0].category[3], "inf");
	assert_int_equal(d->column[1].categories, 0);
	for (size_t i = 0; i < 100; i++)
		assert_true(d->floats[2 * i] == (float)(i % 3) && d->floats[2 * i + 1] == (float)i);
	assert_true(d->floats[200] == 3 && d->floats[202] == 4);
	dataset_free(d);
}

static void categories_do_not_depend_on_the_order_of_rows(void **state)
{
	Dataset *a = read_fine("c,y\n10,no\n9,yes\nb,no\n", NULL);
	Dataset *b = read_fine("c,y\nb,yes\n10,no\n9,yes\n", NULL);
	Dataset *c = read_fine("x,y\n1,10\n2,9\n3,-1\n", NULL);

	(void)state;
	for (size_t k = 0; k < 3; k++)
		assert_string_equal(a->column[0].category[k], b->column[0].category[k]);
	assert_string_equal(a->column[0].category[0], "10");
	assert_string_equal(c->class_name[0], "-1");
	assert_string_equal(c->class_name[1], "9");
	assert_string_equal(c->class_name[2], "10");
	dataset_free(a);
	dataset_free(b);
	dataset_free(c);
}

static void the_task_is_found_or_asked_for(void **state)
{
	char many[4096] = "x,y\n";
	Dataset *d = read_fine("x,y\n1,2.5\n2,1\n", NULL);

	(void)state;
	assert_int_equal(d->classes, 0);
	assert_null(d->labels);
	assert_true(d->targets[0] == 2.5f && d->targets[1] == 1);
	dataset_free(d);
	d = read_fine("x,y\n1,2.0\n2,1\n3,02\n", NULL);
	assert_int_equal(d->classes, 2);
	assert_int_equal(d->labels[0], d->labels[2]);
	dataset_free(d);
	for (int i = 0; i < 21; i++)
		sprintf(many + strlen(many), "%d,%d\n", i, 3 * i);
	d = read_fine(many, NULL);
	assert_int_equal(d->classes, 0);
	dataset_free(d);
	d = read_fine(many, &(CsvOptions){ .task = TABLE_CLASSES });
	assert_int_equal(d->classes, 21);
	assert_string_equal(d->class_name[20], "60");
	dataset_free(d);
	d = read_fine("x,y\n1,2\n2,1\n", &(CsvOptions){ .task = TABLE_NUMBERS, .label = "x" });
	assert_true(d->targets[1] == 2 && d->floats[1] == 1);
	dataset_free(d);
}

static void bytes_are_bytes_where_they_can_be(void **state)
{
	CsvOptions bytes = { .bytes = true };
	Dataset *d = read_fine("a,b,y\n0,255,p\n7,1e1,q\n", &bytes);
	static const char *const others[] = { "a,y\n256,p\n1,q\n", "a,y\n-1,p\n1,q\n",
					      "a,y\n1.5,p\n1,q\n", "a,y\n,p\n1,q\n",
					      "a,y\nx,p\n1,q\n" };

	(void)state;
	assert_int_equal(d->form, DATASET_BYTES);
	assert_null(d->floats);
	assert_memory_equal(d->bytes, "\x00\xff\x07\x0a", 4);
	assert_true(d->byte_scale == 1);
	dataset_free(d);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		d = read_fine(others[i], &bytes);
		assert_int_equal(d->form, DATASET_FLOATS);
		dataset_free(d);
	}
}

static void what_is_wrong_is_told_with_its_place(void **state)
{
	static const struct {
		const char *text;
		ErrCode code;
		const char *words[4];
	} cases[] = {
		{ "", ERR_FORMAT, { "t.csv", "empty" } },
		{ "\n\n", ERR_FORMAT, { "empty" } },
		{ "a,y\n", ERR_FORMAT, { "no rows" } },
		{ "a\n1\n", ERR_FORMAT, { "one column", "separator" } },
		{ "a,y\n1,x\n2,x\n", ERR_FORMAT, { "one class", "'x'" } },
		{ "a,a,y\n1,2,x\n", ERR_FORMAT, { "two columns", "'a'", "rename" } },
		{ "a,b,y\n1,2,x\n1,y\n",
		  ERR_FORMAT,
		  { "row 2 (line 3)", "2 fields", "has 3", "fill in" } },
		{ "a,b,y\n1,2,3,x\n", ERR_FORMAT, { "row 1 (line 2)", "4 fields", "quotes" } },
		{ "a,y\n1,x\n\"2,y\n3,x\n",
		  ERR_FORMAT,
		  { "row 2 (line 3)", "column 1 'a'", "never closed" } },
		{ "a,y\n\"2\"3,y\n", ERR_FORMAT, { "row 1 (line 2), column 1", "closing quote" } },
		{ "a,y\n5\" pipe,y\n",
		  ERR_FORMAT,
		  { "row 1 (line 2), column 1", "quote stands inside" } },
		{ "a,y\r1,x\r2,y\r", ERR_FORMAT, { "carriage return", "line ends" } },
		{ "a,y\n1,x\n2,\n", ERR_FORMAT, { "row 2 (line 3), column 2 'y'", "missing" } },
		{ "a,b,y\n1,1,x\n2,-inf,y\n",
		  ERR_FORMAT,
		  { "row 2 (line 3), column 2 'b'", "infinite" } },
		{ "a,y\n1e39,x\n2,y\n",
		  ERR_FORMAT,
		  { "row 1 (line 2), column 1 'a'", "too large" } },
		{ "a,y\n,x\nNA,y\n", ERR_FORMAT, { "column 1 'a'", "no value", "remove" } },
		{ "a,y\n1,1e99\n1,2.5\n",
		  ERR_FORMAT,
		  { "row 1 (line 2), column 2", "does not fit" } },
	};
	Err err;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		Dataset *d = parse(cases[i].text, NULL, &err);

		REFUSED(d, &err, cases[i].code, "t.csv", cases[i].words[0],
			cases[i].words[1] ? cases[i].words[1] : "",
			cases[i].words[2] ? cases[i].words[2] : "",
			cases[i].words[3] ? cases[i].words[3] : "");
	}
	REFUSED(parse("a,y\n1,x\n", &(CsvOptions){ .task = TABLE_NUMBERS }, &err), &err, ERR_FORMAT,
		"row 1 (line 2), column 2 'y'", "not a number");
	REFUSED(parse("width,y\n1,x\n", &(CsvOptions){ .label = "widht" }, &err), &err,
		ERR_ARGUMENT, "no column 'widht'", "did you mean 'width'");
	REFUSED(parse("a,y\n1,x\n", &(CsvOptions){ .separator = '"' }, &err), &err, ERR_ARGUMENT,
		"separator");
	REFUSED(parse_bytes("a,y\n1,\0x\n", 9, NULL, &err), &err, ERR_FORMAT, "line 2", "NUL",
		"byte 3");
	REFUSED(parse_bytes("a\0,\0y\0\n\0", 8, NULL, &err), &err, ERR_FORMAT, "NUL", "UTF-16");
}

static void long_names_leave_room_for_the_remedy(void **state)
{
	char text[4096];
	Err err;

	(void)state;
	memset(text, 'n', 3000);
	strcpy(text + 3000, ",y\n1e99,x\n");
	REFUSED(parse(text, NULL, &err), &err, ERR_FORMAT, "nnn…'", "leave the field empty");
}

static void limits_are_kept(void **state)
{
	char text[8192] = "a,y\n";
	Err err;

	(void)state;
	for (int i = 0; i < 40; i++)
		sprintf(text + strlen(text), "t%d,%d\n", i, i % 2);
	REFUSED(parse(text, &(CsvOptions){ .limits.rows = 39 }, &err), &err, ERR_LIMIT, "39 rows");
	REFUSED(parse(text, &(CsvOptions){ .limits.bytes = 100 }, &err), &err, ERR_LIMIT,
		"100 bytes");
	REFUSED(parse(text, &(CsvOptions){ .limits.columns = 1 }, &err), &err, ERR_LIMIT,
		"1 columns");
	REFUSED(parse(text, &(CsvOptions){ .limits.categories = 39 }, &err), &err, ERR_LIMIT,
		"row 40 (line 41), column 1 'a'", "'t39'", "39 are allowed");
	dataset_free(read_fine(
		text, &(CsvOptions){ .limits = { .rows = 40, .columns = 2, .categories = 40 } }));
	REFUSED(parse("a,y\n1,x\n22222222222222,y\n", &(CsvOptions){ .limits.line_bytes = 10 },
		      &err),
		&err, ERR_LIMIT, "line 3", "10 bytes");
	REFUSED(parse("a,y\n\"1\n22222\n33333\n,y\n", &(CsvOptions){ .limits.line_bytes = 10 },
		      &err),
		&err, ERR_LIMIT, "row 1 (line 2), column 1 'a'", "quote", "close it");
}

/* A line of any length costs no more than the limit. */
static void an_endless_line_is_refused(void **state)
{
	size_t len = (size_t)3 << 20;
	uint8_t *text = malloc(len);
	Err err = { 0 };

	(void)state;
	assert_non_null(text);
	memset(text, '7', len);
	REFUSED(csv_read_memory(text, len, "t.csv", NULL, NULL, &err), &err, ERR_LIMIT, "line 1",
		"1048576");
	free(text);
}

static void gzip_is_read_and_checked(void **state)
{
	const char *text = "a,y\n1,x\n2,y\n";
	Blob packed = gzip_make(text_blob(text)), two;
	char bomb[65536] = "a,y\n";
	Dataset *plain = read_fine(text, NULL), *d;
	Err err = { 0 };

	(void)state;
	d = csv_read_memory(packed.bytes, packed.len, "t.csv.gz", NULL, NULL, &err);
	assert_non_null(d);
	assert_string_equal(d->sha256, plain->sha256);
	dataset_free(d);
	for (size_t len = 2; len < packed.len; len++) {
		memset(&err, 0, sizeof err);
		REFUSED(csv_read_memory(packed.bytes, len, "t.csv.gz", NULL, NULL, &err), &err,
			ERR_FORMAT, "cut off", "Get the file again");
	}
	two = (Blob){ malloc(2 * packed.len), 2 * packed.len };
	assert_non_null(two.bytes);
	memcpy(two.bytes, packed.bytes, packed.len);
	memcpy(two.bytes + packed.len, packed.bytes, packed.len);
	d = csv_read_memory(two.bytes, two.len, "t.csv.gz",
			    &(CsvOptions){ .header = CSV_HEADER_NO, .task = TABLE_CLASSES }, NULL,
			    &err);
	assert_non_null(d);
	assert_int_equal(d->rows, 6);
	dataset_free(d);
	memset(&err, 0, sizeof err);
	two.bytes[packed.len] = 'x';
	assert_null(csv_read_memory(two.bytes, two.len, "t.csv.gz", NULL, NULL, &err));
	assert_int_equal(err.code, ERR_FORMAT);
	for (size_t i = 4; i + 4 < sizeof bomb; i += 4)
		memcpy(bomb + i, "1,x\n", 5);
	free(packed.bytes);
	packed = gzip_make(text_blob(bomb));
	memset(&err, 0, sizeof err);
	REFUSED(csv_read_memory(packed.bytes, packed.len, "t.csv.gz",
				&(CsvOptions){ .limits.bytes = 10000 }, NULL, &err),
		&err, ERR_LIMIT, "10000 bytes", "uncompressed");
	free(packed.bytes);
	free(two.bytes);
	dataset_free(plain);
}

static bool poll_refuses(Control *self, Err *err)
{
	(void)self;
	return err_set(err, ERR_INTERRUPTED, "stopped");
}

static void files_are_read_and_only_regular_ones(void **state)
{
	char *folder = folder_new(), path[600], link[600];
	Control control = { .poll = poll_refuses };
	Err err = { 0 };
	Dataset *d;

	(void)state;
	file_write(text_blob("a,y\n1,x\n2,y\nz,x\n"), "%s/my data.v2.csv", folder);
	snprintf(path, sizeof path, "%s/my data.v2.csv", folder);
	snprintf(link, sizeof link, "%s/link.csv", folder);
	d = csv_read(path, NULL, NULL, &err);
	assert_non_null(d);
	assert_string_equal(d->name, "my data");
	assert_string_equal(d->from, path);
	assert_int_equal(d->column[0].categories, 3);
	dataset_free(d);
	REFUSED(csv_read(path, NULL, &control, &err), &err, ERR_INTERRUPTED, "stopped");
	assert_int_equal(symlink(path, link), 0);
	REFUSED(csv_read(link, NULL, NULL, &err), &err, ERR_FILE, "link");
	REFUSED(csv_read(folder, NULL, NULL, &err), &err, ERR_FILE, "regular");
	snprintf(path, sizeof path, "%s/absent.csv", folder);
	REFUSED(csv_read(path, NULL, NULL, &err), &err, ERR_NEED, "absent.csv");
	folder_done(folder);
}

static void a_failing_allocator_is_reported(void **state)
{
	const char *text = "a,b,y\n1,2,x\n2,q,y\nz,q,x\n";
	bool fine = false;
	size_t n = 0;

	(void)state;
	for (; !fine; n++) {
		Err err = { 0 };
		Dataset *d;

		alloc_fail_after(n);
		d = csv_read_memory((const uint8_t *)text, strlen(text), "t.csv", NULL, NULL, &err);
		alloc_fail_never();
		fine = d != NULL;
		if (!fine)
			assert_int_equal(err.code, ERR_MEMORY);
		dataset_free(d);
	}
	assert_true(n > 15);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_and_classes_are_read),
		cmocka_unit_test(separators_headers_and_line_ends_are_found),
		cmocka_unit_test(quotes_are_those_of_rfc_4180),
		cmocka_unit_test(missing_values_are_nan),
		cmocka_unit_test(a_late_text_makes_a_column_of_categories),
		cmocka_unit_test(categories_do_not_depend_on_the_order_of_rows),
		cmocka_unit_test(the_task_is_found_or_asked_for),
		cmocka_unit_test(bytes_are_bytes_where_they_can_be),
		cmocka_unit_test(what_is_wrong_is_told_with_its_place),
		cmocka_unit_test(long_names_leave_room_for_the_remedy),
		cmocka_unit_test(limits_are_kept),
		cmocka_unit_test(an_endless_line_is_refused),
		cmocka_unit_test(gzip_is_read_and_checked),
		cmocka_unit_test(files_are_read_and_only_regular_ones),
		cmocka_unit_test(a_failing_allocator_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
