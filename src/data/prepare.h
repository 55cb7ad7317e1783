/* Preparing data: what is learned from training rows only (means, categories, chosen features), then
 * done to every row of the dataset.
 *
 * Each way is a const PrepareKind in a file of its own (src/data/prepares/), listed in prepares.am.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_DATA_PREPARE_H
#define WATTLE_DATA_PREPARE_H

#include "data/dataset.h"

typedef struct PrepareKind {
	Info info;
	/* A new dataset with the same rows in the same order, labels and split, and the name of the old
	 * one; sha256 and from are copied. Whatever is learned comes from the rows of train, which are
	 * of the dataset. ERR_ARGUMENT: a form or a value that this way cannot take, with the column's
	 * name and the row. */
	Dataset *(*apply)(const Rows *train, const Params *params, Control *control, Err *err);
	/* Instead of apply, of ways that only change values: where they stand in `set`, which is floats
	 * or sparse and has the rows of train. Columns, and the entries of sparse rows, stay. After a
	 * failure the set is worth nothing. */
	bool (*change)(Dataset *set, const Rows *train, const Params *params, Control *control,
		       Err *err);
} PrepareKind;

/* The table, in the order of prepares.am; ends with NULL. */
extern const PrepareKind *const prepare_kinds[];
const PrepareKind *prepare_kind_find(const char *name);

/* "standardize", or with parameters "impute with=median"; ways one after the other are separated by
 * ';' or line ends. The dataset of train is not changed; the new one is the caller's. ERR_ARGUMENT
 * names the way and what is wrong with it. */
Dataset *prepare_all(const Rows *train, const char *lines, Control *control, Err *err);
/* The same for a set that nobody else needs: it is taken, changed where that will do, and freed where
 * it will not, so that large sets are not there twice; after a failure too. Rows of it count on in
 * the new one. train is of the set; its own `set` is not to be used any more. */
Dataset *prepare_taken(Dataset *set, const Rows *train, const char *lines, Control *control,
		       Err *err);

#endif
