/* Dataset files: what is written in pieces is read back the same; every damage has a name.
 * SPDX-License-Identifier: MIT */
#include "datafile_make.h"

#include <sys/types.h>

#include "base/crc32c.h"

#include "alloc_fail.h"

#define ROWS 60
#define FEATURES 6
#define CLASSES 3

static void make(Fixture *f, DatasetForm form, size_t classes)
{
	dataset_free(f->set);
	f->set = rows_make(form, ROWS, FEATURES, classes, 1);
	fine_or_fail(rows_write(f->path, f->set, ROWS, &f->err), &f->err);
}

/* --- back again ------------------------------------------------------------------------------- */

static void check_same(const Dataset *a, const Dataset *b)
{
	size_t cells = a->rows * a->features;

	assert_string_equal(a->name, b->name);
	assert_int_equal(a->rows, b->rows);
	assert_int_equal(a->train_rows, b->train_rows);
	assert_int_equal(a->features, b->features);
	assert_int_equal(a->classes, b->classes);
	assert_int_equal(a->form, b->form);
	assert_memory_equal(&a->byte_scale, &b->byte_scale, sizeof a->byte_scale);
	if (a->bytes)
		assert_memory_equal(a->bytes, b->bytes, cells);
	if (a->floats)
		same_floats(a->floats, b->floats, cells);
	if (a->form == DATASET_SPARSE) {
		uint64_t entries = rows_entries(a);

		assert_memory_equal(a->sparse.begin, b->sparse.begin,
				    (a->rows + 1) * sizeof *a->sparse.begin);
		assert_memory_equal(a->sparse.column, b->sparse.column,
				    entries * sizeof *a->sparse.column);
		same_floats(a->sparse.value, b->sparse.value, entries);
	}
	if (a->labels)
		assert_memory_equal(a->labels, b->labels, a->rows * sizeof *a->labels);
	if (a->targets)
		same_floats(a->targets, b->targets, a->rows);
}

static const struct {
	DatasetForm form;
	size_t classes;
} forms[] = { { DATASET_BYTES, CLASSES }, { DATASET_FLOATS, CLASSES }, { DATASET_SPARSE, CLASSES },
	      { DATASET_BYTES, 0 },       { DATASET_FLOATS, 0 },       { DATASET_SPARSE, 0 } };
#define FORMS (sizeof forms / sizeof *forms)

static void every_form_comes_back(void **state)
{
	Fixture *f = *state;

	for (size_t i = 0; i < FORMS; i++) {
		make(f, forms[i].form, forms[i].classes);
		Dataset *back = datafile_load(f->path, NULL, &f->err);

		fine_or_fail(back, &f->err);
		check_same(f->set, back);
		assert_string_equal(back->from, f->path);
		dataset_free(back);
	}
}

static void pieces_make_the_same_file(void **state)
{
	Fixture *f = *state;

	for (size_t i = 0; i < FORMS; i++) {
		make(f, forms[i].form, forms[i].classes);
		Blob whole = bytes_get(f->path);

		for (size_t step = 1; step < ROWS; step += 16) {
			fine_or_fail(rows_write(f->path, f->set, step, &f->err), &f->err);
			Blob pieces = bytes_get(f->path);

			assert_int_equal(pieces.len, whole.len);
			assert_memory_equal(pieces.bytes, whole.bytes, whole.len);
			free(pieces.bytes);
		}
		free(whole.bytes);
	}
}

/* Rows of the middle, to the middle of a dataset. */
static void rows_come_in_pieces(void **state)
{
	Fixture *f = *state;

	for (size_t i = 0; i < FORMS; i++) {
		make(f, forms[i].form, forms[i].classes);
		DataFile *file = datafile_open(f->path, &f->err);
		Dataset *to = dataset_new("made", f->set->form, ROWS, FEATURES, f->set->classes,
					  ROWS * FEATURES, &f->err);
		uint64_t room = ROWS * FEATURES, entries;

		fine_or_fail(file && to, &f->err);
		to->train_rows = f->set->train_rows;
		to->byte_scale = f->set->byte_scale;
		for (size_t at = 0; at < ROWS; at += 7) {
			size_t n = ROWS - at < 7 ? ROWS - at : 7;

			datafile_ahead(file, at, n);
			fine_or_fail(datafile_rows(file, at, n, to, at, room, &f->err), &f->err);
			fine_or_fail(datafile_entries(file, at, n, &entries, &f->err), &f->err);
			assert_int_equal(entries, f->set->form != DATASET_SPARSE
							  ? 0
							  : f->set->sparse.begin[at + n] -
								    f->set->sparse.begin[at]);
		}
		check_same(f->set, to);
		fine_or_fail(datafile_verify(file, NULL, &f->err), &f->err);
		dataset_free(to);
		datafile_close(file);
	}
}

static void no_more_entries_than_there_is_room_for(void **state)
{
	Fixture *f = *state;
	Dataset *to;
	DataFile *file;

	make(f, DATASET_SPARSE, CLASSES);
	file = datafile_open(f->path, &f->err);
	to = dataset_new("made", DATASET_SPARSE, ROWS, FEATURES, CLASSES, 4, &f->err);
	fine_or_fail(file && to, &f->err);
	assert_false(datafile_rows(file, 0, ROWS, to, 0, 4, &f->err));
	assert_int_equal(f->err.code, ERR_FORMAT);
	dataset_free(to);
	datafile_close(file);
}

static void names_and_missing_values_are_kept(void **state)
{
	static const char *const colours[] = { "red", "gr\"een", "bl\xc3\xbc" };
	static const char *const classes[] = { "a", "b", "c" };
	Column column[FEATURES] = { { .name = "first" },
				    { .name = NULL },
				    { .name = "colour", .categories = 3, .category = colours } };
	Fixture *f = *state;
	Dataset *back;

	for (size_t j = 3; j < FEATURES; j++)
		column[j] = (Column){ .name = "other" };
	f->set = rows_make(DATASET_FLOATS, ROWS, FEATURES, CLASSES, 1);
	f->set->column = column;
	f->set->class_name = classes;
	f->set->missing = true;
	memset(f->set->sha256, 'a', 64);
	for (size_t i = 0; i < ROWS; i++)
		f->set->floats[i * FEATURES + 2] = i % 4 == 3 ? NAN : (float)(i % 4);
	fine_or_fail(rows_write(f->path, f->set, 11, &f->err), &f->err);
	back = datafile_load(f->path, NULL, &f->err);
	fine_or_fail(back, &f->err);
	check_same(f->set, back);
	assert_true(back->missing);
	assert_string_equal(back->sha256, f->set->sha256);
	assert_string_equal(back->class_name[2], "c");
	assert_string_equal(back->column[0].name, "first");
	assert_null(back->column[1].name);
	assert_int_equal(back->column[1].categories, 0);
	assert_int_equal(back->column[2].categories, 3);
	assert_string_equal(back->column[2].category[1], colours[1]);
	assert_string_equal(back->column[2].category[2], colours[2]);
	f->set->column = NULL;
	f->set->class_name = NULL;
	dataset_free(back);
}

/* --- what is refused -------------------------------------------------------------------------- */

static void refuses(Fixture *f, const char *words)
{
	Dataset *d = datafile_load(f->path, NULL, &f->err);

	REFUSED(d, &f->err, ERR_FORMAT, words, f->path);
}

static void flip(Fixture *f, const Blob *whole, size_t at)
{
	Blob bad = { malloc(whole->len), whole->len };

	assert_non_null(bad.bytes);
	memcpy(bad.bytes, whole->bytes, whole->len);
	bad.bytes[at] ^= 1;
	file_write(bad, "%s", f->path);
	free(bad.bytes);
}

static void damage_is_found_and_named(void **state)
{
	Fixture *f = *state;
	Blob whole;
	Err err;

	make(f, DATASET_BYTES, CLASSES);
	whole = bytes_get(f->path);
	flip(f, &whole, 0);
	refuses(f, "not a dataset file");
	flip(f, &whole, 20);
	refuses(f, "the header is damaged");
	flip(f, &whole, whole.len - 2); /* label 0, 1 or 2 */
	assert_null(datafile_load(f->path, NULL, &err));
	assert_int_equal(err.code, ERR_FORMAT);
	/* Features of bytes can be anything; only their sum tells. The labels begin behind a gap. */
	flip(f, &whole, whole.len - ROWS * 2 - 64);
	refuses(f, "features are damaged");
	DataFile *file = datafile_open(f->path, &f->err);

	fine_or_fail(file, &f->err);
	assert_false(datafile_verify(file, NULL, &f->err));
	assert_non_null(strstr(f->err.text, "features are damaged"));
	datafile_close(file);
	free(whole.bytes);
}

static void a_file_of_another_length_is_refused(void **state)
{
	Fixture *f = *state;
	Blob whole;
	char text[64];

	make(f, DATASET_SPARSE, CLASSES);
	whole = bytes_get(f->path);
	snprintf(text, sizeof text, "expected %zu", whole.len);
	for (size_t cut = 1; cut < whole.len; cut += 37) {
		file_write((Blob){ whole.bytes, whole.len - cut }, "%s", f->path);
		Dataset *d = datafile_load(f->path, NULL, &f->err);

		REFUSED(d, &f->err, ERR_FORMAT, f->path);
	}
	file_write((Blob){ whole.bytes, whole.len - 1 }, "%s", f->path);
	refuses(f, text);
	whole.bytes[whole.len++] = 0;
	file_write(whole, "%s", f->path);
	refuses(f, text);
	file_write((Blob){ whole.bytes, 0 }, "%s", f->path);
	refuses(f, "not a dataset file");
	free(whole.bytes);
}

static void a_file_that_shrinks_is_an_error(void **state)
{
	Fixture *f = *state;
	DataFile *file;
	Dataset *to;

	make(f, DATASET_FLOATS, CLASSES);
	file = datafile_open(f->path, &f->err);
	to = dataset_new("made", DATASET_FLOATS, ROWS, FEATURES, CLASSES, 0, &f->err);
	fine_or_fail(file && to, &f->err);
	assert_int_equal(truncate(f->path, 1024), 0);
	assert_false(datafile_rows(file, 0, ROWS, to, 0, 0, &f->err));
	assert_int_equal(f->err.code, ERR_FORMAT);
	assert_non_null(strstr(f->err.text, "it shrank"));
	dataset_free(to);
	datafile_close(file);
}

static void only_regular_files_are_opened(void **state)
{
	Fixture *f = *state;
	char link[700];

	snprintf(link, sizeof link, "%s/link", f->folder);
	make(f, DATASET_BYTES, CLASSES);
	assert_int_equal(symlink(f->path, link), 0);
	assert_null(datafile_open(link, &f->err));
	assert_int_equal(f->err.code, ERR_FILE);
	assert_non_null(strstr(f->err.text, "symbolic link"));
	assert_null(datafile_open(f->folder, &f->err));
	assert_int_equal(f->err.code, ERR_FILE);
	assert_int_equal(remove(link), 0);
	assert_null(datafile_open(link, &f->err));
	assert_int_equal(f->err.code, ERR_NEED);
	assert_int_equal(mkfifo(link, 0600), 0);
	assert_null(datafile_open(link, &f->err));
	assert_int_equal(f->err.code, ERR_FILE);
}

/* The file's header with one text in place of another, padded to its length, and its right sum. */
static void lie(Fixture *f, const Blob *whole, const char *was, const char *is)
{
	Blob bad = { malloc(whole->len), whole->len };
	uint32_t len, crc;
	char *at;

	assert_non_null(bad.bytes);
	memcpy(&len, whole->bytes + 8, sizeof len);
	memcpy(bad.bytes, whole->bytes, whole->len);
	at = memmem(bad.bytes + 16, len, was, strlen(was));
	if (!at)
		fail_msg("the header has no %s", was);
	size_t behind = (size_t)((char *)bad.bytes + 16 + len - at) - strlen(was);
	char *rest = malloc(behind);

	assert_non_null(rest);
	memcpy(rest, at + strlen(was), behind);
	memset(at, ' ', strlen(was) + behind);
	memcpy(at, is, strlen(is));
	memcpy(at + strlen(is), rest,
	       behind < strlen(was) + behind - strlen(is) ? behind
							  : strlen(was) + behind - strlen(is));
	free(rest);
	crc = crc32c(0, bad.bytes + 16, len);
	memcpy(bad.bytes + 12, &crc, sizeof crc);
	file_write(bad, "%s", f->path);
	free(bad.bytes);
}

static void a_header_that_lies_is_refused(void **state)
{
	static const struct {
		const char *was, *is, *words;
	} lies[] = {
		{ "\"rows\":60", "\"rows\":61", "1440 bytes, expected 1464" },
		{ "\"rows\":60", "\"rows\":0", "rows is 0" },
		{ "\"rows\":60", "\"rows\":-1", "rows must be" },
		{ "\"rows\":60", "\"rows\":6.", "no JSON" },
		{ "\"rows\":60", "\"rows\":1e", "no JSON" },
		{ "\"train_rows\":48", "\"train_rows\":61", "train_rows is 61" },
		{ "\"features\":6,", "\"features\":0,", "features is 0" },
		{ "\"classes\":3", "\"classes\":0", "" },
		{ "\"classes\":3", "\"classes\":-", "no JSON" },
		{ "\"form\":\"floats\"", "\"form\":\"floods\"", "form must be" },
		{ "\"form\":\"floats\"", "\"form\":\"sparse\"", "" },
		{ "\"missing\":false", "\"missing\":12345", "missing must be" },
		{ "\"byte_scale\":1.0", "\"byte_scale\":0.0", "byte_scale must be" },
		{ "\"width\":0", "\"width\":5", "no images" },
		{ "\"name\":\"made\"", "\"mane\":\"made\"", "name must be" },
		{ "\"columns\":null", "\"columns\":1234", "columns has 0 entries" },
		{ "\"labels\"", "\"rabels\"", "not called labels" },
		{ "\"features\",\"bytes\":1440", "\"features\",\"bytes\":1441", "has 1441 bytes" },
		{ "{", "[", "no JSON" },
		{ "\"parts\":[{", "\"parts\":3 {", "no JSON" },
		{ "\"parts\":", "\"farts\":", "there are 0 parts" },
	};
	Fixture *f = *state;
	Blob whole;

	make(f, DATASET_FLOATS, CLASSES);
	whole = bytes_get(f->path);
	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
		lie(f, &whole, lies[i].was, lies[i].is);
		refuses(f, lies[i].words);
	}
	free(whole.bytes);
}

/* --- what rows may hold ----------------------------------------------------------------------- */

/* Writes what cannot be: the writer refuses it, and the reader does, in a file that holds it. */
static void refused_both_ways(Fixture *f, void *place, const void *value, size_t size,
			      const char *words)
{
	Dataset *to = dataset_new("made", f->set->form, ROWS, FEATURES, f->set->classes,
				  ROWS * FEATURES, &f->err);
	uint8_t was[4], *at;
	DataFile *file;
	Blob whole;

	fine_or_fail(to && rows_write(f->path, f->set, ROWS, &f->err), &f->err);
	whole = bytes_get(f->path);
	/* Labels stand at the end; other numbers are found with those behind them. */
	at = size == sizeof *f->set->labels ? whole.bytes + whole.len - ROWS * size +
						      ((uint8_t *)place - (uint8_t *)f->set->labels)
					    : memmem(whole.bytes, whole.len, place, 8 * size);
	assert_non_null(at);
	memcpy(was, place, size);
	memcpy(place, value, size);
	assert_false(rows_write(f->path, f->set, ROWS, &f->err));
	assert_int_equal(f->err.code, ERR_ARGUMENT);
	if (!strstr(f->err.text, words))
		fail_msg("\"%s\" does not hold \"%s\"", f->err.text, words);
	memcpy(at, value, size);
	memcpy(place, was, size);
	file_write(whole, "%s", f->path);
	file = datafile_open(f->path, &f->err);
	fine_or_fail(file, &f->err);
	assert_false(datafile_rows(file, 0, ROWS, to, 0, ROWS * FEATURES, &f->err));
	assert_int_equal(f->err.code, ERR_FORMAT);
	if (!strstr(f->err.text, words) || !strstr(f->err.text, f->path))
		fail_msg("\"%s\" does not hold \"%s\"", f->err.text, words);
	datafile_close(file);
	dataset_free(to);
	free(whole.bytes);
}

static void values_and_labels_are_checked(void **state)
{
	static const char *const colours[] = { "red", "green" };
	Column column[FEATURES] = { 0 };
	Fixture *f = *state;
	uint16_t label = CLASSES;
	float nan = NAN, infinite = INFINITY, two = 2, half = 0.5f;
	uint32_t far = FEATURES;

	make(f, DATASET_FLOATS, CLASSES);
	refused_both_ways(f, &f->set->floats[2 * FEATURES + 3], &nan, 4,
			  "row 3, column 4: the value is missing");
	refused_both_ways(f, &f->set->floats[2 * FEATURES + 3], &infinite, 4,
			  "row 3, column 4: the value is infinite");
	f->set->missing = true;
	refused_both_ways(f, &f->set->floats[2 * FEATURES + 3], &infinite, 4, "is infinite");
	refused_both_ways(f, &f->set->labels[5], &label, 2, "row 6: the label is 3");
	for (size_t i = 0; i < ROWS; i++)
		f->set->floats[i * FEATURES + 1] = 1;
	column[1] = (Column){ .name = "colour", .categories = 2, .category = colours };
	f->set->column = column;
	refused_both_ways(f, &f->set->floats[4 * FEATURES + 1], &two, 4,
			  "row 5, column 'colour': 2 is none of 2 categories");
	refused_both_ways(f, &f->set->floats[4 * FEATURES + 1], &half, 4, "0.5 is none of");
	f->set->column = NULL;
	make(f, DATASET_FLOATS, 0);
	refused_both_ways(f, &f->set->targets[7], &nan, 4, "row 8: the target is no finite number");
	make(f, DATASET_SPARSE, CLASSES);
	refused_both_ways(f, &f->set->sparse.value[f->set->sparse.begin[9]], &nan, 4,
			  "row 10, column 1: the value is no finite number");
	f->set->sparse.column[f->set->sparse.begin[4]] = 1; /* no other row begins so */
	for (uint64_t e = f->set->sparse.begin[4] + 1; e < f->set->sparse.begin[5]; e++)
		f->set->sparse.column[e] = f->set->sparse.column[e - 1] + 1;
	if (f->set->sparse.column[f->set->sparse.begin[5] - 1] < FEATURES)
		refused_both_ways(f, &f->set->sparse.column[f->set->sparse.begin[4]], &far, 4,
				  "row 5: column 7 is not there");
}

static void begins_must_rise(void **state)
{
	Fixture *f = *state;
	uint64_t *begin;
	Blob whole;

	make(f, DATASET_SPARSE, CLASSES);
	whole = bytes_get(f->path);
	begin = memmem(whole.bytes, whole.len, f->set->sparse.begin, 24);
	assert_non_null(begin);
	uint64_t big[2] = { UINT64_MAX - 3, UINT64_MAX - 3 };

	memcpy((uint8_t *)begin + 8, big, 8);
	file_write(whole, "%s", f->path);
	refuses(f, "its entries begin at 18446744073709551612");
	free(whole.bytes);
}

/* --- writing ---------------------------------------------------------------------------------- */

static void what_is_not_finished_leaves_the_old_file(void **state)
{
	Fixture *f = *state;
	DataWriter *w;
	Dataset *back;

	make(f, DATASET_FLOATS, CLASSES);
	w = datawriter_new(f->path, f->set, 0, &f->err);
	fine_or_fail(w && datawriter_rows(w, f->set, 0, 10, &f->err), &f->err);
	datawriter_cancel(w);
	w = datawriter_new(f->path, f->set, 0, &f->err);
	fine_or_fail(w && datawriter_rows(w, f->set, 0, 10, &f->err), &f->err);
	assert_false(datawriter_finish(w, &f->err));
	assert_int_equal(f->err.code, ERR_ARGUMENT);
	assert_non_null(strstr(f->err.text, "10 rows"));
	w = datawriter_new(f->path, f->set, 0, &f->err);
	fine_or_fail(w && datawriter_rows(w, f->set, 0, ROWS, &f->err), &f->err);
	assert_false(datawriter_rows(w, f->set, 0, 1, &f->err));
	assert_int_equal(f->err.code, ERR_ARGUMENT);
	datawriter_cancel(w);
	back = datafile_load(f->path, NULL, &f->err);
	fine_or_fail(back, &f->err);
	check_same(f->set, back);
	dataset_free(back);
	/* Nothing is left beside it: the folder goes with this file alone. */
	assert_int_equal(remove(f->path), 0);
	assert_int_equal(rmdir(f->folder), 0);
	assert_int_equal(mkdir(f->folder, 0700), 0);
}

static void a_folder_that_is_not_there_is_named(void **state)
{
	Fixture *f = *state;
	char path[700];

	f->set = rows_make(DATASET_BYTES, ROWS, FEATURES, CLASSES, 1);
	snprintf(path, sizeof path, "%s/none/made.wd", f->folder);
	assert_false(rows_write(path, f->set, ROWS, &f->err));
	assert_int_equal(f->err.code, ERR_FILE);
	assert_non_null(strstr(f->err.text, path));
}

static void memory_that_ends_is_an_error(void **state)
{
	Fixture *f = *state;
	bool done = false;

	make(f, DATASET_SPARSE, CLASSES);
	for (size_t n = 0; !done; n++) {
		Dataset *back = NULL;

		alloc_fail_after(n);
		bool written = rows_write(f->path, f->set, 25, &f->err);

		if (written)
			back = datafile_load(f->path, NULL, &f->err);
		alloc_fail_never();
		done = written && back;
		if (!done && f->err.code != ERR_MEMORY)
			fail_msg("call %zu: %s", n, f->err.text);
		dataset_free(back);
		assert_true(n < 3000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
		TEST(every_form_comes_back),
		TEST(pieces_make_the_same_file),
		TEST(rows_come_in_pieces),
		TEST(no_more_entries_than_there_is_room_for),
		TEST(names_and_missing_values_are_kept),
		TEST(damage_is_found_and_named),
		TEST(a_file_of_another_length_is_refused),
		TEST(a_file_that_shrinks_is_an_error),
		TEST(only_regular_files_are_opened),
		TEST(a_header_that_lies_is_refused),
		TEST(values_and_labels_are_checked),
		TEST(begins_must_rise),
		TEST(what_is_not_finished_leaves_the_old_file),
		TEST(a_folder_that_is_not_there_is_named),
		TEST(memory_that_ends_is_an_error),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
