/* Every dataset of the table: what is present loads as its row and its description say, what is
 * absent says how to get it.
 * SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/dataset.h"
#include "../unit/unit.h"

static char committed[4096];
static const char *const folders[] = { committed, "/usr/share/datasets", NULL };
static const DataPaths paths = { folders };

static void rows_are_complete(void **state)
{
	(void)state;
	for (size_t i = 0; data_sources[i]; i++) {
		const DataSource *s = data_sources[i];

		assert_true(s->info.name && s->info.title && s->info.about && s->licence &&
			    s->origin && s->get);
		assert_true(s->train_rows && s->test_rows && s->features);
		assert_true((s->load != NULL) + (s->draw != NULL) + (s->generate != NULL) == 1);
		assert_true(s->classes != 1 && s->classes <= DATASET_CLASSES_MAX);
		assert_int_equal(s->byte_max != 0, s->form == DATASET_BYTES);
		assert_true(strlen(s->info.name) < DATASET_NAME_MAX);
		assert_true(!s->width || s->width * s->height == s->features);
		if (s->load) {
			assert_int_equal(strlen(s->sha256), 64);
			assert_int_equal(strspn(s->sha256, "0123456789abcdef"), 64);
		}
		assert_ptr_equal(data_source_find(s->info.name), s);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(data_sources[k]->info.name, s->info.name);
	}
}

/* Exactly one form is there, and what it holds is in range. */
static void features_are_sound(const DataSource *s, const Dataset *d)
{
	unsigned top = 0;
	bool missing = false;

	assert_int_equal(d->bytes != NULL, d->form == DATASET_BYTES);
	assert_int_equal(d->floats != NULL, d->form == DATASET_FLOATS);
	assert_int_equal(d->sparse.begin != NULL, d->form == DATASET_SPARSE);
	for (size_t i = 0; d->form == DATASET_BYTES && i < d->rows * d->features; i++)
		top = d->bytes[i] > top ? d->bytes[i] : top;
	if (d->form == DATASET_BYTES) {
		assert_int_equal(top, s->byte_max);
		assert_true(d->byte_scale * (float)top > 0.999999f &&
			    d->byte_scale * (float)top < 1.000001f);
	}
	for (size_t i = 0; d->form == DATASET_FLOATS && i < d->rows * d->features; i++) {
		const Column *column = d->column ? &d->column[i % d->features] : NULL;

		missing |= isnan(d->floats[i]);
		assert_false(isinf(d->floats[i]));
		if (column && column->categories && !isnan(d->floats[i]))
			assert_true(d->floats[i] >= 0 && d->floats[i] < (float)column->categories &&
				    d->floats[i] == floorf(d->floats[i]));
	}
	assert_int_equal(missing, d->missing);
	for (size_t i = 0; d->form == DATASET_SPARSE && i < d->rows; i++) {
		assert_true(d->sparse.begin[i] <= d->sparse.begin[i + 1]);
		for (uint64_t k = d->sparse.begin[i]; k < d->sparse.begin[i + 1]; k++) {
			assert_true(d->sparse.column[k] < d->features &&
				    isfinite(d->sparse.value[k]));
			if (k > d->sparse.begin[i])
				assert_true(d->sparse.column[k] > d->sparse.column[k - 1]);
		}
	}
}

static void answers_are_sound(const Dataset *d)
{
	size_t *counts = calloc(2 * d->classes + 1, sizeof *counts);

	assert_non_null(counts);
	assert_int_equal(d->labels != NULL, d->classes > 0);
	assert_int_equal(d->targets != NULL, d->classes == 0);
	for (size_t i = 0; d->labels && i < d->rows; i++) {
		assert_true(d->labels[i] < d->classes);
		counts[(i < d->train_rows ? 0 : d->classes) + d->labels[i]]++;
	}
	for (size_t k = 0; k < 2 * d->classes; k++)
		assert_true(counts[k] > 0);
	for (size_t i = 0; d->targets && i < d->rows; i++)
		assert_true(isfinite(d->targets[i]));
	free(counts);
}

static void content_agrees_with_the_row(const DataSource *s, const Dataset *d)
{
	assert_string_equal(d->name, s->info.name);
	assert_int_equal(d->rows, s->train_rows + s->test_rows);
	assert_int_equal(d->train_rows, s->train_rows);
	assert_int_equal(d->features, s->features);
	assert_int_equal(d->classes, s->classes);
	assert_int_equal(d->form, s->form);
	assert_true(d->from[0]);
	if (s->load)
		assert_string_equal(d->sha256, s->sha256);
	if (s->label)
		for (size_t k = 0; k < d->features; k++)
			assert_true(d->column[k].name[0] &&
				    strcmp(d->column[k].name, s->label) != 0);
	features_are_sound(s, d);
	answers_are_sound(d);
}

static void split_is_disjoint_and_complete(const Dataset *d)
{
	uint8_t *seen = calloc(d->rows, 1);
	DataSplit split;
	Err err = { 0 };
	const Rows *parts[3] = { &split.train, &split.valid, &split.test };

	assert_non_null(seen);
	assert_true(dataset_split(&split, d, 0, .1, 7, &err));
	for (int p = 0; p < 3; p++) {
		assert_int_equal(parts[p]->test, p == 2);
		for (size_t i = 0; i < parts[p]->count; i++) {
			size_t row = rows_at(parts[p], i);

			assert_true(row < d->rows && (row >= d->train_rows) == (p == 2));
			assert_int_equal(seen[row]++, 0);
		}
	}
	assert_int_equal(split.train.count + split.valid.count + split.test.count, d->rows);
	data_split_done(&split);
	free(seen);
}

static void what_is_present_loads(void **state)
{
	size_t present = 0;

	(void)state;
	for (size_t i = 0; data_sources[i]; i++) {
		Err err = { 0 };
		Dataset *d = dataset_load(data_sources[i]->info.name, &paths, NULL, NULL, &err);

		if (!d) {
			assert_int_equal(err.code, ERR_NEED);
			assert_non_null(strstr(err.text, data_sources[i]->get));
			assert_non_null(strstr(err.text, committed));
			continue;
		}
		present++;
		content_agrees_with_the_row(data_sources[i], d);
		split_is_disjoint_and_complete(d);
		dataset_free(d);
	}
	assert_true(present >= 12); /* those that are committed */
}

static void what_is_absent_says_how_to_get_it(void **state)
{
	DataPaths nowhere = { (const char *const[]){ "/nonexistent/one", "/nonexistent/two",
						     NULL } };

	(void)state;
	for (size_t i = 0; data_sources[i]; i++) {
		Err err = { 0 };

		if (data_source_generated(data_sources[i]))
			continue;
		assert_null(dataset_load(data_sources[i]->info.name, &nowhere, NULL, NULL, &err));
		assert_int_equal(err.code, ERR_NEED);
		assert_non_null(strstr(err.text, data_sources[i]->get));
		assert_non_null(strstr(err.text, "/nonexistent/one"));
		assert_non_null(strstr(err.text, "/nonexistent/two"));
	}
}

static void text_is(const json_t *file, const char *key, const char *expected)
{
	const char *text = json_string_value(json_object_get(file, key));

	assert_non_null(text);
	assert_string_equal(text, expected);
}

static void number_is(const json_t *file, const char *key, size_t expected)
{
	assert_true(json_is_integer(json_object_get(file, key)));
	assert_int_equal(json_integer_value(json_object_get(file, key)), expected);
}

static void descriptions_agree_with_the_rows(void **state)
{
	char path[5000];

	(void)state;
	for (size_t i = 0; data_sources[i]; i++) {
		const DataSource *s = data_sources[i];

		if (data_source_generated(s))
			continue;
		snprintf(path, sizeof path, "%s/%s.json", committed, s->info.name);
		json_t *file = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);

		if (!file)
			fail_msg("%s is missing or is not JSON", path);
		text_is(file, "name", s->info.name);
		text_is(file, "title", s->info.title);
		text_is(file, "task", s->classes ? "classification" : "regression");
		if (s->label)
			text_is(file, "label", s->label);
		text_is(file, "licence", s->licence);
		text_is(file, "origin", s->origin);
		text_is(file, "sha256", s->sha256);
		number_is(json_object_get(file, "rows"), "train", s->train_rows);
		number_is(json_object_get(file, "rows"), "test", s->test_rows);
		number_is(file, "columns", s->features);
		number_is(file, "width", s->width);
		number_is(file, "height", s->height);
		number_is(file, "byte_max", s->byte_max);
		assert_int_equal(json_array_size(json_object_get(file, "classes")), s->classes);
		assert_true(json_is_string(json_object_get(file, "split")));
		assert_true(json_is_string(json_object_get(file, "source")));
		json_decref(file);
	}
}

/* Descriptions give the classes in the order of their labels. */
static void class_names_are_those_of_the_description(void **state)
{
	char path[5000];

	(void)state;
	for (size_t i = 0; data_sources[i]; i++) {
		const DataSource *s = data_sources[i];
		Err err = { 0 };
		Dataset *d = s->load && s->classes
				     ? dataset_load(s->info.name, &paths, NULL, NULL, &err)
				     : NULL;

		snprintf(path, sizeof path, "%s/%s.json", committed, s->info.name);
		for (size_t k = 0; d && d->class_name && k < d->classes; k++) {
			json_t *file = json_load_file(path, 0, NULL);
			json_t *name = json_array_get(json_object_get(file, "classes"), k);

			assert_string_equal(d->class_name[k], json_string_value(name));
			json_decref(file);
		}
		dataset_free(d);
	}
}

/* What a description says is committed must be there, with its licence and the script that made
 * it. */
static void committed_files_are_there(void **state)
{
	char path[5000];

	(void)state;
	for (size_t i = 0; data_sources[i]; i++) {
		if (data_source_generated(data_sources[i]))
			continue;
		snprintf(path, sizeof path, "%s/%s.json", committed, data_sources[i]->info.name);
		json_t *file = json_load_file(path, 0, NULL), *part;
		bool here = json_is_true(json_object_get(file, "committed"));
		size_t k;

		assert_int_equal(json_array_size(json_object_get(file, "files")),
				 data_sources[i]->width ? 4 : 1);
		json_array_foreach(json_object_get(file, "files"), k, part)
		{
			snprintf(path, sizeof path, "%s/%s", committed, json_string_value(part));
			FILE *f = fopen(path, "rb");

			assert_int_equal(f != NULL, here);
			if (f)
				fclose(f);
		}
		static const char *const extra[2][2] = { { "licence_file", "" },
							 { "made_by", "../" } };

		for (k = 0; k < 2; k++) {
			const char *name = json_string_value(json_object_get(file, extra[k][0]));

			assert_int_equal(name != NULL, here);
			snprintf(path, sizeof path, "%s/%s%s", committed, extra[k][1],
				 name ? name : "");
			FILE *f = fopen(path, "rb");

			assert_non_null(f);
			fclose(f);
		}
		json_decref(file);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_complete),
		cmocka_unit_test(what_is_present_loads),
		cmocka_unit_test(what_is_absent_says_how_to_get_it),
		cmocka_unit_test(descriptions_agree_with_the_rows),
		cmocka_unit_test(class_names_are_those_of_the_description),
		cmocka_unit_test(committed_files_are_there),
	};
	const char *top = getenv("top_srcdir");

	snprintf(committed, sizeof committed, "%s/datasets", top ? top : ".");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
