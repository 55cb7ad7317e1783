/* Two files, one dataset: the same numbers for the same classes and categories.
 *
 * Each reader numbers the names of its own file; here both get the numbers of all names
 * together. What is only in the test rows is a class or category that no training row has, as in
 * life.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/data/data_job.h"
#include "data/category.h"
#include "data/table.h"

/* New numbers of the old ones: both (train, then test) are malloc'ed. */
typedef struct Union {
	uint32_t *train, *test;
	const char *const *name;
	size_t count;
} Union;

static void union_done(Union *both)
{
	free(both->train);
	free(both->test);
}

static bool union_add(Categories *all, const char *const *names, size_t count, uint32_t *number,
		      Err *err)
{
	for (size_t i = 0; i < count; i++)
		if (!categories_number(all, names[i], strlen(names[i]), &number[i], err))
			return false;
	return true;
}

/* Names of train and of test to one list, whose texts are the arena's. */
static bool union_make(Union *out, Arena *arena, const char *const *train, size_t trains,
		       const char *const *test, size_t tests, Err *err)
{
	Categories all = { .arena = arena };
	uint32_t *rank = NULL;

	*out = (Union){ .train = calloc(trains + 1, sizeof *out->train),
			.test = calloc(tests + 1, sizeof *out->test) };
	bool fine = out->train && out->test;

	if (!fine)
		err_set(err, ERR_MEMORY, "no memory for %zu names", trains + tests);
	fine = fine && union_add(&all, train, trains, out->train, err) &&
	       union_add(&all, test, tests, out->test, err);
	if (fine)
		rank = categories_sort(&all, &out->name, err);
	for (size_t i = 0; rank && i < trains; i++)
		out->train[i] = rank[out->train[i]];
	for (size_t i = 0; rank && i < tests; i++)
		out->test[i] = rank[out->test[i]];
	out->count = all.count;
	free(rank);
	categories_done(&all);
	if (!rank)
		union_done(out);
	return rank != NULL;
}

/* --- classes ---------------------------------------------------------------------------------- */

static void relabel(Dataset *set, const uint32_t *number)
{
	for (size_t i = 0; i < set->rows; i++)
		set->labels[i] = (uint16_t)number[set->labels[i]];
}

static bool merge_classes(Dataset *train, Dataset *test, Err *err)
{
	Union both;

	if (!train->class_name) { /* numbers, which mean the same in both */
		if (test->classes > train->classes)
			train->classes = test->classes;
		test->classes = train->classes;
		return true;
	}
	if (!union_make(&both, train->arena, train->class_name, train->classes, test->class_name,
			test->classes, err))
		return false;
	if (both.count > DATASET_CLASSES_MAX) {
		err_set(err, ERR_FORMAT, "%s and %s have %zu classes; at most %d can be told apart",
			train->from, test->from, both.count, DATASET_CLASSES_MAX);
		union_done(&both);
		return false;
	}
	relabel(train, both.train);
	relabel(test, both.test);
	train->class_name = test->class_name = both.name;
	train->classes = test->classes = both.count;
	union_done(&both);
	return true;
}

/* --- columns ---------------------------------------------------------------------------------- */

static void renumber(Dataset *set, size_t column, const uint32_t *number)
{
	for (size_t i = 0; i < set->rows; i++) {
		float *value = &set->floats[i * set->features + column];

		if (!isnan(*value))
			*value = (float)number[(size_t)*value];
	}
}

static bool merge_column(Dataset *train, Dataset *test, size_t j, Column *out, Err *err)
{
	const Column *a = &train->column[j], *b = &test->column[j];
	char cut[TABLE_CUT_MAX];
	Union both;

	if (strcmp(a->name, b->name) != 0)
		return err_set(err, ERR_FORMAT,
			       "%s: column %zu is '%s', but '%s' in %s; both files need the same "
			       "columns in the same order",
			       test->from, j + 1, table_cut(cut, b->name, strlen(b->name)), a->name,
			       train->from);
	*out = (Column){ .name = a->name };
	if (!a->categories && !b->categories)
		return true;
	if (!a->categories || !b->categories)
		return err_set(
			err, ERR_FORMAT,
			"%s: column '%s' holds %s, but %s in %s; mend the values that are off",
			test->from, table_cut(cut, b->name, strlen(b->name)),
			b->categories ? "words" : "numbers", a->categories ? "words" : "numbers",
			train->from);
	if (!union_make(&both, train->arena, a->category, a->categories, b->category, b->categories,
			err))
		return false;
	renumber(train, j, both.train);
	renumber(test, j, both.test);
	out->categories = both.count;
	out->category = both.name;
	union_done(&both);
	return true;
}

static bool merge_columns(Dataset *train, Dataset *test, Control *control, Err *err)
{
	if (!train->column && !test->column)
		return true;
	if (!train->column || !test->column)
		return err_set(err, ERR_FORMAT,
			       "%s has names or words in its columns and %s has none; both files "
			       "need a header, or neither",
			       train->column ? train->from : test->from,
			       train->column ? test->from : train->from);
	Column *columns = arena_take(train->arena, train->features, sizeof *columns, err);

	if (!columns)
		return false;
	for (size_t j = 0; j < train->features; j++)
		if (!control_poll(control, err) || !merge_column(train, test, j, &columns[j], err))
			return false;
	train->column = test->column = columns;
	return true;
}

bool data_merge(Dataset *train, Dataset *test, Control *control, Err *err)
{
	if (train->features != test->features)
		return err_set(err, ERR_FORMAT, "%s has %zu features, but %s has %zu", test->from,
			       test->features, train->from, train->features);
	if (train->width != test->width || train->height != test->height)
		return err_set(err, ERR_FORMAT, "%s has images of %zu x %zu, but %s of %zu x %zu",
			       test->from, test->width, test->height, train->from, train->width,
			       train->height);
	/* Renumbered categories are floats; bytes hold none. */
	return (!train->classes || merge_classes(train, test, err)) &&
	       (train->form == DATASET_SPARSE || merge_columns(train, test, control, err));
}
