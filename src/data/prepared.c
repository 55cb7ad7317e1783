/* What the ways of preparing share.
 * SPDX-License-Identifier: MIT */
#include "data/prepared.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define PREPARED_POLL 1024 /* rows between two looks at control */

/* --- a new dataset ---------------------------------------------------------------------------- */

static bool prepared_classes(Dataset *out, const Dataset *from, Err *err)
{
	const char **name;

	if (!from->class_name)
		return true;
	name = arena_take(out->arena, from->classes, sizeof *name, err);
	for (size_t i = 0; name && i < from->classes; i++) {
		name[i] = arena_dup_text(out->arena, from->class_name[i], err);
		if (!name[i])
			return false;
	}
	out->class_name = name;
	return name != NULL;
}

Dataset *prepared_like(const Dataset *from, DatasetForm form, size_t features, size_t entries,
		       Err *err)
{
	Dataset *out =
		dataset_new(from->name, form, from->rows, features, from->classes, entries, err);

	if (!out)
		return NULL;
	out->train_rows = from->train_rows;
	memcpy(out->sha256, from->sha256, sizeof out->sha256);
	memcpy(out->from, from->from, sizeof out->from);
	memcpy(out->skipped, from->skipped, sizeof out->skipped);
	if (out->labels)
		memcpy(out->labels, from->labels, out->rows * sizeof *out->labels);
	else
		memcpy(out->targets, from->targets, out->rows * sizeof *out->targets);
	out->arena = arena_new(4096, err);
	if (out->arena && prepared_classes(out, from, err))
		return out;
	dataset_free(out);
	return NULL;
}

PreparedRow prepared_row(Dataset *set, size_t row)
{
	if (set->form != DATASET_SPARSE)
		return (PreparedRow){ set->features, set->floats + row * set->features, NULL };
	size_t begin = (size_t)set->sparse.begin[row], end = (size_t)set->sparse.begin[row + 1];

	return (PreparedRow){ end - begin, set->sparse.value + begin, set->sparse.column + begin };
}

/* --- columns ---------------------------------------------------------------------------------- */

Column *prepared_columns(Dataset *out, Err *err)
{
	Column *columns = arena_take(out->arena, out->features, sizeof *columns, err);

	out->column = columns;
	return columns;
}

bool prepared_number(Dataset *out, Column *to, const char *name, Err *err)
{
	*to = (Column){ .name = arena_dup_text(out->arena, name, err) };
	return to->name != NULL;
}

bool prepared_column(Dataset *out, Column *to, const Column *from, Err *err)
{
	const char **category;

	if (!prepared_number(out, to, from->name, err))
		return false;
	if (!from->categories)
		return true;
	category = arena_take(out->arena, from->categories, sizeof *category, err);
	for (size_t i = 0; category && i < from->categories; i++) {
		category[i] = arena_dup_text(out->arena, from->category[i], err);
		if (!category[i])
			return false;
	}
	to->category = category;
	to->categories = from->categories;
	return category != NULL;
}

bool prepared_same_columns(Dataset *out, const Dataset *from, Err *err)
{
	Column *columns = from->column ? prepared_columns(out, err) : NULL;

	if (!from->column)
		return true;
	for (size_t j = 0; columns && j < out->features; j++)
		if (!prepared_column(out, &columns[j], &from->column[j], err))
			return false;
	return columns != NULL;
}

const char *prepared_name(char out[PREPARED_NAME_MAX], const Dataset *set, size_t column)
{
	if (set->column && set->column[column].name)
		text_format(out, PREPARED_NAME_MAX, "column %zu '%.64s'", column + 1,
			    set->column[column].name);
	else
		text_format(out, PREPARED_NAME_MAX, "column %zu", column + 1);
	return out;
}

bool prepared_is_category(const Dataset *set, size_t column)
{
	return set->column && set->column[column].categories > 0;
}

bool prepared_only_numbers(const Dataset *set, Err *err)
{
	char name[PREPARED_NAME_MAX];

	if (set->missing)
		return err_set(err, ERR_ARGUMENT, "%s has missing values; impute them first",
			       set->name);
	for (size_t j = 0; j < set->features; j++)
		if (prepared_is_category(set, j))
			return err_set(err, ERR_ARGUMENT,
				       "%s of %s holds categories; use onehot first",
				       prepared_name(name, set, j), set->name);
	return true;
}

bool prepared_not_sparse(const Dataset *set, const char *instead, Err *err)
{
	return set->form != DATASET_SPARSE ||
	       err_set(err, ERR_ARGUMENT, "%s has sparse rows, which would become dense; %s",
		       set->name, instead);
}

/* --- copies ----------------------------------------------------------------------------------- */

Dataset *prepared_copy(const Dataset *from, Err *err)
{
	const Rows all = { .set = from, .count = from->rows };
	bool sparse = from->form == DATASET_SPARSE;
	size_t entries = sparse ? (size_t)from->sparse.begin[from->rows] : 0;
	Dataset *out = prepared_like(from, sparse ? DATASET_SPARSE : DATASET_FLOATS, from->features,
				     entries, err);

	if (!out || !prepared_same_columns(out, from, err)) {
		dataset_free(out);
		return NULL;
	}
	out->missing = from->missing;
	if (!sparse) {
		rows_floats(&all, 0, from->rows, out->floats);
		return out;
	}
	memcpy(out->sparse.begin, from->sparse.begin, (from->rows + 1) * sizeof *out->sparse.begin);
	memcpy(out->sparse.column, from->sparse.column, entries * sizeof *out->sparse.column);
	memcpy(out->sparse.value, from->sparse.value, entries * sizeof *out->sparse.value);
	return out;
}

/* --- moments ---------------------------------------------------------------------------------- */

static bool moments_first(PreparedMoments *m, const Rows *train, float *x, Control *control,
			  Err *err)
{
	size_t n = train->set->features;

	for (size_t i = 0; i < train->count; i++) {
		if (i % PREPARED_POLL == 0 && !control_poll(control, err))
			return false;
		rows_floats(train, i, 1, x);
		for (size_t j = 0; j < n; j++) {
			double value = (double)x[j];

			if (isnan(value))
				continue;
			m[j].least = m[j].count && m[j].least < value ? m[j].least : value;
			m[j].most = m[j].count && m[j].most > value ? m[j].most : value;
			m[j].mean += value;
			m[j].count++;
		}
	}
	for (size_t j = 0; j < n; j++)
		m[j].mean = m[j].count ? m[j].mean / (double)m[j].count : NAN;
	return true;
}

static bool moments_second(PreparedMoments *m, const Rows *train, float *x, Control *control,
			   Err *err)
{
	size_t n = train->set->features;

	for (size_t i = 0; i < train->count; i++) {
		if (i % PREPARED_POLL == 0 && !control_poll(control, err))
			return false;
		rows_floats(train, i, 1, x);
		for (size_t j = 0; j < n; j++) {
			double off = (double)x[j] - m[j].mean;

			m[j].sd += isnan(off) ? 0 : off * off;
		}
	}
	for (size_t j = 0; j < n; j++)
		m[j].sd = m[j].count ? sqrt(m[j].sd / (double)m[j].count) : NAN;
	return true;
}

PreparedMoments *prepared_moments(const Rows *train, Control *control, Err *err)
{
	size_t n = train->set->features;
	PreparedMoments *m = calloc(n ? n : 1, sizeof *m);
	float *x = malloc((n ? n : 1) * sizeof *x);
	bool fine = m && x;

	if (!fine)
		err_set(err, ERR_MEMORY, "no memory for the means of %zu columns", n);
	fine = fine && moments_first(m, train, x, control, err) &&
	       moments_second(m, train, x, control, err);
	free(x);
	if (fine)
		return m;
	free(m);
	return NULL;
}
