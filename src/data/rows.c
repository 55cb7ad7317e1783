/* Views of a dataset's rows: splitting, picking, and gathering them into a batch.
 * SPDX-License-Identifier: MIT */
#include "data/dataset.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "num/cpu.h"
#include "num/kernel.h"

/* While one row is converted, the lines of the row this far ahead are on their way from memory
 * into the second-level cache (the first is full of what is being written: measured 10 µs
 * against 14 for 64 × 784 of 47 MB). */
#define ROWS_AHEAD 2
#define ROWS_LINE_BYTES 64

static bool rows_take(Rows *out, const Rows *like, size_t count, Err *err)
{
	*out = *like;
	out->count = count;
	out->index = malloc((count ? count : 1) * sizeof *out->index);
	if (out->index)
		return true;
	memset(out, 0, sizeof *out);
	return err_set(err, ERR_MEMORY, "no memory for a view of %zu rows", count);
}

void rows_done(Rows *rows)
{
	free(rows->index);
	memset(rows, 0, sizeof *rows);
}

bool rows_dup(Rows *out, const Rows *rows, Err *err)
{
	if (!rows->index) {
		*out = *rows;
		return true;
	}
	if (!rows_take(out, rows, rows->count, err))
		return false;
	memcpy(out->index, rows->index, rows->count * sizeof *out->index);
	return true;
}

static bool rows_none(Rows *out, Err *err)
{
	memset(out, 0, sizeof *out);
	return err_set(err, ERR_ARGUMENT, "no rows asked for: at least 1 is needed");
}

bool rows_head(Rows *out, const Rows *rows, size_t n, Err *err)
{
	Rows head = *rows;

	if (!n || !rows->count)
		return rows_none(out, err);
	if (n < head.count)
		head.count = n;
	return rows_dup(out, &head, err);
}

bool rows_sample(Rows *out, const Rows *rows, size_t n, uint64_t seed, Err *err)
{
	Random random;

	if (!n)
		return rows_none(out, err);
	if (n > rows->count) {
		memset(out, 0, sizeof *out);
		return err_set(err, ERR_ARGUMENT, "cannot draw %zu rows: there are %zu", n,
			       rows->count);
	}
	if (!rows_take(out, rows, rows->count, err))
		return false;
	for (size_t i = 0; i < rows->count; i++)
		out->index[i] = (uint32_t)rows_at(rows, i);
	random_init(&random, seed, RANDOM_SAMPLE);
	for (size_t i = 0; i < n; i++) {
		size_t j = i + (size_t)random_below(&random, rows->count - i);
		uint32_t row = out->index[i];

		out->index[i] = out->index[j];
		out->index[j] = row;
	}
	out->count = n;
	return true;
}

bool rows_of_classes(Rows *out, const Rows *rows, const uint16_t *classes, size_t n, Err *err)
{
	bool wanted[DATASET_CLASSES_MAX] = { false };
	size_t count = 0;

	memset(out, 0, sizeof *out);
	for (size_t i = 0; i < n; i++) {
		if (classes[i] >= rows->set->classes)
			return err_set(err, ERR_ARGUMENT, "class %d is not in 0 to %zu of %s",
				       classes[i], rows->set->classes - 1, rows->set->name);
		wanted[classes[i]] = true;
	}
	for (size_t i = 0; i < rows->count; i++)
		count += wanted[rows->set->labels[rows_at(rows, i)]];
	if (!count)
		return err_set(err, ERR_ARGUMENT, "no row is of these classes");
	if (!rows_take(out, rows, count, err))
		return false;
	count = 0;
	for (size_t i = 0; i < rows->count; i++) {
		size_t row = rows_at(rows, i);

		if (wanted[rows->set->labels[row]])
			out->index[count++] = (uint32_t)row;
	}
	return true;
}

void rows_bytes(const Rows *rows, size_t begin, size_t n, uint8_t *bytes, uint16_t *labels)
{
	const Dataset *set = rows->set;

	assert(begin <= rows->count && n <= rows->count - begin);
	for (size_t i = 0; i < n; i++) {
		size_t row = rows_at(rows, begin + i);

		memcpy(bytes + i * set->features, set->bytes + row * set->features, set->features);
		if (labels)
			labels[i] = set->labels[row];
	}
}

const uint8_t *rows_bytes_in_place(const Rows *rows, size_t begin, size_t n)
{
	size_t first;

	assert(begin <= rows->count && n <= rows->count - begin);
	if (!n)
		return rows->set->bytes;
	first = rows_at(rows, begin);
	for (size_t i = 1; rows->index && i < n; i++)
		if (rows->index[begin + i] != first + i)
			return NULL;
	return rows->set->bytes + first * rows->set->features;
}

void rows_gather(const Rows *rows, const uint32_t *order, size_t n, float *x, uint16_t *labels)
{
	const Dataset *set = rows->set;
	size_t features = set->features;
	uint32_t cpu = cpu_features();

	for (size_t i = 0; i < n; i++) {
		assert(order[i] < rows->count);
		size_t row = rows_at(rows, order[i]);

		if (i + ROWS_AHEAD < n) {
			const uint8_t *ahead =
				set->bytes + rows_at(rows, order[i + ROWS_AHEAD]) * features;

			for (size_t j = 0; j < features; j += ROWS_LINE_BYTES)
				__builtin_prefetch(ahead + j, 0, 2);
		}
		convert_bytes_to_rows(cpu, set->bytes + row * features, features, x + i * features,
				      features, 1, features, set->byte_scale);
		labels[i] = set->labels[row];
	}
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
		c->begin[set->labels[i] + 1]++;
	for (size_t k = 0; k < set->classes; k++) {
		c->begin[k + 1] += c->begin[k];
		at[k] = c->begin[k];
	}
	for (size_t i = 0; i < set->train_rows; i++)
		c->order[at[set->labels[i]]++] = (uint32_t)i;
	random_init(&random, seed, RANDOM_SPLIT);
	for (size_t k = 0; k < set->classes; k++)
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

	if (!rows_take(out, &(Rows){ .set = set }, count, err))
		return false;
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
	split_mark(mark, c, set->classes, rows, valid);
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
