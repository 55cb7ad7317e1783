/* Splits of a dataset: training, validation and test rows, and the folds of a cross-validation.
 * SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "data/dataset.h"

/* Numbers to predict are of one class, so that they are split without strata. */
static size_t split_classes(const Dataset *set)
{
	return set->labels ? set->classes : 1;
}

static size_t split_class(const Dataset *set, size_t row)
{
	return set->labels ? set->labels[row] : 0;
}

/* The rows of each class: class c has order[begin[c] … begin[c + 1] − 1], shuffled. */
typedef struct ClassOrder {
	uint32_t *order;
	size_t begin[DATASET_CLASSES_MAX + 1];
} ClassOrder;

static void class_order_fill(ClassOrder *c, const Dataset *set, uint64_t seed)
{
	size_t at[DATASET_CLASSES_MAX];
	Random random;

	memset(c->begin, 0, sizeof c->begin);
	for (size_t i = 0; i < set->train_rows; i++)
		c->begin[split_class(set, i) + 1]++;
	for (size_t k = 0; k < split_classes(set); k++) {
		c->begin[k + 1] += c->begin[k];
		at[k] = c->begin[k];
	}
	for (size_t i = 0; i < set->train_rows; i++)
		c->order[at[split_class(set, i)]++] = (uint32_t)i;
	random_init(&random, seed, RANDOM_SPLIT);
	for (size_t k = 0; k < split_classes(set); k++)
		random_shuffle(&random, c->order + c->begin[k], c->begin[k + 1] - c->begin[k]);
}

/* Shares total among the classes as have[k] does, rounded by largest remainder; the first class
 * wins a tie. total ≤ sum of have, so that no class gives more than it has. */
static void split_quota(size_t *quota, const size_t *have, size_t classes, size_t total)
{
	size_t sum = 0, given = 0;
	size_t remainder[DATASET_CLASSES_MAX];

	for (size_t k = 0; k < classes; k++)
		sum += have[k];
	for (size_t k = 0; k < classes; k++) {
		/* Both are rows of one dataset, below 2^32: the product fits. */
		quota[k] = have[k] * total / sum;
		remainder[k] = have[k] * total % sum;
		given += quota[k];
	}
	for (; given < total; given++) {
		size_t best = 0;

		for (size_t k = 1; k < classes; k++)
			if (remainder[k] > remainder[best])
				best = k;
		quota[best]++;
		remainder[best] = 0;
	}
}

/* Marks what becomes of each training row, class by class: first the ones to train with, then
 * the valid ones. */
enum { SPLIT_OUT, SPLIT_TRAIN, SPLIT_VALID };

static void split_mark(uint8_t *mark, const ClassOrder *c, size_t classes, size_t rows,
		       size_t valid)
{
	size_t have[DATASET_CLASSES_MAX] = { 0 }, kept[DATASET_CLASSES_MAX] = { 0 },
	       held[DATASET_CLASSES_MAX];

	for (size_t k = 0; k < classes; k++)
		have[k] = c->begin[k + 1] - c->begin[k];
	split_quota(kept, have, classes, rows);
	split_quota(held, kept, classes, valid);
	for (size_t k = 0; k < classes; k++)
		for (size_t i = 0; i < kept[k]; i++)
			mark[c->order[c->begin[k] + i]] =
				i < kept[k] - held[k] ? SPLIT_TRAIN : SPLIT_VALID;
}

static bool split_view(Rows *out, const Dataset *set, const uint8_t *mark, uint8_t which,
		       size_t count, Err *err)
{
	size_t n = 0;

	*out = (Rows){ .set = set,
		       .count = count,
		       .valid = which == SPLIT_VALID && count > 0,
		       .index = malloc((count + 1) * sizeof *out->index) };
	if (!out->index)
		return err_set(err, ERR_MEMORY, "no memory for a view of %zu rows", count);
	for (size_t i = 0; i < set->train_rows; i++)
		if (mark[i] == which)
			out->index[n++] = (uint32_t)i;
	assert(n == count);
	return true;
}

static bool split_drawn(DataSplit *out, const Dataset *set, size_t rows, size_t valid,
			uint64_t seed, Err *err)
{
	ClassOrder *c = malloc(sizeof *c);
	uint32_t *order = malloc(set->train_rows * sizeof *order);
	uint8_t *mark = calloc(set->train_rows, 1);
	bool fine = false;

	if (!c || !order || !mark) {
		err_set(err, ERR_MEMORY, "no memory to split %zu rows", set->train_rows);
		goto done;
	}
	c->order = order;
	class_order_fill(c, set, seed);
	split_mark(mark, c, split_classes(set), rows, valid);
	fine = split_view(&out->train, set, mark, SPLIT_TRAIN, rows - valid, err) &&
	       split_view(&out->valid, set, mark, SPLIT_VALID, valid, err);
done:
	free(mark);
	free(order);
	free(c);
	return fine;
}

bool dataset_split(DataSplit *out, const Dataset *set, size_t rows, double valid, uint64_t seed,
		   Err *err)
{
	size_t all = rows ? rows : set->train_rows;
	size_t held;

	memset(out, 0, sizeof *out);
	if (all > set->train_rows)
		return err_set(err, ERR_ARGUMENT, "rows is %zu, but %s has %zu training rows", rows,
			       set->name, set->train_rows);
	if (!(valid >= 0 && valid <= 0.5))
		return err_set(err, ERR_ARGUMENT, "valid is %g, expected 0 to 0.5", valid);
	held = (size_t)(valid * (double)all + 0.5);
	if (held == all || (valid > 0 && !held))
		return err_set(err, ERR_ARGUMENT, "valid = %g of %zu rows leaves none to %s", valid,
			       all, held ? "train" : "validate");
	out->train = (Rows){ .set = set, .count = set->train_rows };
	out->valid = (Rows){ .set = set };
	out->test = (Rows){ .set = set,
			    .first = set->train_rows,
			    .count = set->rows - set->train_rows,
			    .test = true };
	if (all == set->train_rows && !held)
		return true;
	if (split_drawn(out, set, all, held, seed, err))
		return true;
	data_split_done(out);
	return false;
}

void data_split_done(DataSplit *split)
{
	rows_done(&split->train);
	rows_done(&split->valid);
	rows_done(&split->test);
}

/* --- folds ------------------------------------------------------------------------------------ */

/* fold_of[i]: the fold that holds out the row at position i. Rows of a class are dealt one after the
 * other, in shuffled order, and the next class goes on where the last one stopped, so that folds
 * differ by one row at the most. */
static void fold_deal(uint32_t *fold_of, uint32_t *order, const Rows *rows, size_t k, uint64_t seed)
{
	size_t classes = split_classes(rows->set), dealt = 0;
	Random random;

	random_init(&random, seed, RANDOM_SPLIT);
	for (size_t class = 0; class < classes; class ++) {
		size_t n = 0;

		for (size_t i = 0; i < rows->count; i++)
			if (split_class(rows->set, rows_at(rows, i)) == class)
				order[n++] = (uint32_t)i;
		random_shuffle(&random, order, n);
		for (size_t i = 0; i < n; i++)
			fold_of[order[i]] = (uint32_t)(dealt++ % k);
	}
}

static bool fold_check(const Rows *rows, size_t k, size_t fold, Err *err)
{
	if (k < 2 || k > rows->count)
		return err_set(err, ERR_ARGUMENT, "%zu folds of %zu rows; give 2 to %zu", k,
			       rows->count, rows->count);
	return fold < k ||
	       err_set(err, ERR_ARGUMENT, "fold %zu, but there are 0 to %zu", fold, k - 1);
}

bool rows_fold(Rows *train, Rows *held, const Rows *rows, size_t k, size_t fold, uint64_t seed,
	       Err *err)
{
	size_t n = rows->count;

	memset(train, 0, sizeof *train);
	memset(held, 0, sizeof *held);
	if (!fold_check(rows, k, fold, err))
		return false;
	uint32_t *fold_of = malloc(n * sizeof *fold_of), *order = malloc(n * sizeof *order);
	uint32_t *in = malloc(n * sizeof *in), *out = malloc(n * sizeof *out);
	bool fine = fold_of && order && in && out;

	if (!fine) {
		err_set(err, ERR_MEMORY, "no memory to cut %zu rows into folds", n);
		free(in);
		free(out);
		goto done;
	}
	fold_deal(fold_of, order, rows, k, seed);
	*train = (Rows){ .set = rows->set, .index = in, .test = rows->test, .valid = rows->valid };
	*held = (Rows){ .set = rows->set, .index = out, .test = rows->test, .valid = rows->valid };
	for (size_t i = 0; i < n; i++) {
		Rows *to = fold_of[i] == fold ? held : train;

		to->index[to->count++] = (uint32_t)rows_at(rows, i);
	}
done:
	free(fold_of);
	free(order);
	return fine;
}
