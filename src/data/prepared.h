/* What the ways of preparing share: an empty dataset like the old one, and its columns.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_DATA_PREPARED_H
#define WATTLE_DATA_PREPARED_H

#include "data/dataset.h"

/* A dataset with the name, rows, split, labels or targets, class names, sum and source of `from`, and
 * zeroed features in this form. Its columns are unnamed. NULL and ERR_MEMORY. */
Dataset *prepared_like(const Dataset *from, DatasetForm form, size_t features, size_t entries,
		       Err *err);

/* A copy whose values may be changed where they stand: sparse rows with the same entries, or else
 * floats. */
Dataset *prepared_copy(const Dataset *from, Err *err);

/* The values of a row of floats, or the entries of a sparse one, where they stand. */
typedef struct PreparedRow {
	size_t count;
	float *value;
	const uint32_t *column; /* of each entry; NULL: 0, 1, … */
} PreparedRow;
PreparedRow prepared_row(Dataset *set, size_t row);

/* For its features to be named: takes out->features columns, zeroed; prepared_column fills one as
 * another is, prepared_number names one that holds numbers. */
Column *prepared_columns(Dataset *out, Err *err);
bool prepared_column(Dataset *out, Column *to, const Column *from, Err *err);
bool prepared_number(Dataset *out, Column *to, const char *name, Err *err);
/* The same columns as those of `from`, if it has some; both have as many. */
bool prepared_same_columns(Dataset *out, const Dataset *from, Err *err);

/* "column 3 'width'", counted from 1; "column 3" without a name. Returns out. */
#define PREPARED_NAME_MAX 96
const char *prepared_name(char out[PREPARED_NAME_MAX], const Dataset *set, size_t column);
/* Whether the column holds categories. */
bool prepared_is_category(const Dataset *set, size_t column);
/* False and ERR_ARGUMENT: a value is missing, or a column holds categories. */
bool prepared_only_numbers(const Dataset *set, Err *err);
/* False and ERR_ARGUMENT: these ways want bytes or numbers; sparse rows would become dense. */
bool prepared_not_sparse(const Dataset *set, const char *instead, Err *err);

/* One column's values of the training rows: count of those that are there, their sum and so on.
 * Bytes count as floats. */
typedef struct PreparedMoments {
	size_t count;
	double mean, sd, least, most; /* sd: of the population, as standardizing wants it */
} PreparedMoments;
/* Of every column (features of them), missing values left out; two passes, in double. The array is
 * malloc'ed. NULL and *err. */
PreparedMoments *prepared_moments(const Rows *train, Control *control, Err *err);

#endif
