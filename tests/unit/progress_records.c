/* Progress: records that are long stay in the file until they are asked for.
 * SPDX-License-Identifier: MIT */
#include "progress_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LONG_RECORDS 40

/* Records that make a line longer than it is read at once. */
static json_t *long_run(const char *text)
{
	json_t *records = json_array();

	for (int i = 0; i < LONG_RECORDS; i++)
		json_array_append_new(records,
				      json_pack("{s:s, s:i, s:[[], {}], s:s}", "type", "window",
						"block", i, "flags", "text", text));
	return json_pack("{s:i, s:o, s:s}", "step", 3, "records", records, "id", "race");
}

static void put_run(Progress *progress, int attempt, const char *text)
{
	assert_true(progress_put(progress, &key, attempt, "run", long_run(text)));
}

/* The run of an attempt that has a start before it; NULL: it is not there. */
static json_t *run_of(json_t *list)
{
	assert_true(json_array_size(list) <= 2);
	return json_array_get(list, 1);
}

static void long_records_are_read_when_they_are_asked_for(void **state)
{
	static const char text[] = "brackets ]}[{ and a \" and \\ \"records\":[ in a text";
	json_t *wanted = long_run(text), *list;

	(void)state;
	Progress *progress = opened();
	put(progress, 1, "start", "{}");
	put_run(progress, 1, text);
	put(progress, 2, "start", "{}");
	put_run(progress, 2, "another");
	progress_close(progress);
	progress = opened();
	says(progress, NULL);
	list = progress_events(progress, &key, 1);
	assert_true(json_is_object(json_object_get(run_of(list), "records")));
	assert_int_equal(json_integer_value(json_object_get(run_of(list), "step")), 3);
	assert_string_equal(json_string_value(json_object_get(run_of(list), "id")), "race");
	json_decref(list);
	list = progress_whole(progress, &key, 1);
	assert_true(json_equal(json_object_get(run_of(list), "records"),
			       json_object_get(wanted, "records")));
	json_decref(list);
	/* Now they are there. */
	list = progress_events(progress, &key, 1);
	assert_true(json_is_array(json_object_get(run_of(list), "records")));
	json_decref(list);
	says(progress, NULL);
	/* What others add lies elsewhere. */
	Progress *other = opened();
	put_run(other, 2, "a third");
	progress_close(other);
	assert_int_equal(progress_next(progress, &key), 3);
	list = progress_whole(progress, &key, 2);
	assert_int_equal(json_array_size(list), 3);
	for (size_t i = 1; i < 3; i++)
		assert_int_equal(json_array_size(json_object_get(json_array_get(list, i),
								 "records")),
				 LONG_RECORDS);
	json_decref(list);
	json_decref(wanted);
	progress_close(progress);
}

/* Changes the file behind the first place where `what` stands. */
static void damage(const char *what, const char *with)
{
	size_t len = file_len();
	char *text = malloc(len + 1), *at;
	FILE *file = fopen(path, "r+");

	assert_int_equal(fread(text, 1, len, file), len);
	text[len] = '\0';
	at = strstr(text, what);
	assert_non_null(at);
	fseek(file, at - text, SEEK_SET);
	fputs(with, file);
	fclose(file);
	free(text);
}

static void a_run(const char *text)
{
	Progress *progress = opened();

	put(progress, 1, "start", "{}");
	put_run(progress, 1, text);
	progress_close(progress);
}

static void brackets_that_do_not_fit_are_told_at_once(void **state)
{
	(void)state;
	a_run("here");
	damage("\"flags\":[[],{}]", "\"flags\":[[[{}]");
	Progress *progress = opened();

	says(progress, "1 line of");
	assert_int_equal(events(progress, 1), 1);
	progress_close(progress);
}

static void damaged_records_are_told_when_they_are_read(void **state)
{
	(void)state;
	a_run("here");
	damage("\"block\":7", "\"block\"#7");
	Progress *progress = opened();

	says(progress, NULL);
	assert_int_equal(events(progress, 1), 2);
	json_t *list = progress_whole(progress, &key, 1);

	assert_int_equal(json_array_size(list), 1);
	json_decref(list);
	says(progress, "is damaged and left out");
	assert_int_equal(events(progress, 1), 1);
	progress_close(progress);
}

/* The file was replaced meanwhile: what is there now is no event of this one's. */
static void records_of_another_line_are_not_taken(void **state)
{
	(void)state;
	a_run("here");
	Progress *progress = opened();

	damage("\"step\":3", "\"step\":4");
	json_t *list = progress_whole(progress, &key, 1);

	assert_int_equal(json_array_size(list), 1);
	json_decref(list);
	says(progress, "is damaged and left out");
	progress_close(progress);
	a_run("here");
	progress = opened();
	assert_int_equal(truncate(path, 700), 0);
	list = progress_whole(progress, &key, 1);
	assert_int_equal(json_array_size(list), 2); /* the two starts */
	json_decref(list);
	progress_close(progress);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		CASE(long_records_are_read_when_they_are_asked_for),
		CASE(brackets_that_do_not_fit_are_told_at_once),
		CASE(damaged_records_are_told_when_they_are_read),
		CASE(records_of_another_line_are_not_taken),
	};
#undef CASE

	return cmocka_run_group_tests(tests, NULL, NULL);
}
