/* Tables and trees for tests of how trees grow: data, and splits counted plainly.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_TREES_MAKE_H
#define WATTLE_TESTS_TREES_MAKE_H

#include <math.h>

#include "model/trees/grow.h"
#include "model_make.h"

static inline Dataset *new_set(DatasetForm form, size_t rows, size_t features, size_t classes)
{
	Err err = { .code = ERR_NONE };
	Dataset *set = dataset_new("made", form, rows, features, classes, 0, &err);

	made_fine(set, &err);
	set->train_rows = rows;
	set->byte_scale = 1;
	return set;
}

/* Whole numbers below `values`, and labels or targets that depend on two of them. */
static inline Dataset *new_numbers(DatasetForm form, size_t rows, size_t features, size_t classes,
				   unsigned values, uint64_t seed)
{
	Dataset *set = new_set(form, rows, features, classes);
	Random random;

	random_init(&random, seed, RANDOM_ROWS);
	for (size_t i = 0; i < rows; i++) {
		size_t a = 0;

		for (size_t f = 0; f < features; f++) {
			unsigned value = (unsigned)random_below(&random, values);

			if (form == DATASET_BYTES)
				set->bytes[i * features + f] = (uint8_t)value;
			else
				set->floats[i * features + f] = (float)value;
			a += f < 2 ? value : 0;
		}
		a += random_below(&random, values);
		if (classes)
			set->labels[i] = (uint16_t)(a * classes / (3 * values));
		else
			set->targets[i] = (float)a;
	}
	return set;
}

static inline float value_at(const Dataset *set, size_t row, size_t f)
{
	return set->bytes ? (float)set->bytes[row * set->features + f] * set->byte_scale
			  : set->floats[row * set->features + f];
}

static inline unsigned code_at(const TreesTable *table, size_t row, size_t f)
{
	return table->byte ? table->byte[f * table->ld + row] : table->word[f * table->ld + row];
}

static inline TreesTable new_table(const Rows *rows, unsigned codes, Pool *pool, Arena **arena)
{
	Err err = { .code = ERR_NONE };
	TreesTable table;

	*arena = arena_new(0, &err);
	made_fine(*arena, &err);
	made_fine(trees_table(&table, rows, codes, codes, pool, *arena, NULL, &err), &err);
	return table;
}

typedef struct Side {
	double count[DATASET_CLASSES_MAX], sum, n;
} Side;

static inline double side_score(const Side *side, SplitCriterion criterion, size_t classes)
{
	double score = 0;

	if (criterion == SPLIT_VARIANCE)
		return side->sum * side->sum / side->n;
	for (size_t c = 0; c < classes; c++) {
		double k = side->count[c];

		if (criterion == SPLIT_GINI)
			score += k * k;
		else if (k > 0)
			score += k * log(k / side->n);
	}
	return criterion == SPLIT_GINI ? score / side->n : score;
}

/* Score of the split of rows by feature f behind a code; −INFINITY when a side is too small. */
static inline double plain_score(const TreesTable *table, const GrowOptions *options,
				 const uint32_t *row, const uint32_t *weight, size_t n, size_t f,
				 unsigned code)
{
	const Rows *rows = table->rows;
	size_t classes = rows->set->classes;
	static Side sides[2];

	memset(sides, 0, sizeof sides);
	for (size_t i = 0; i < n; i++) {
		Side *side = &sides[code_at(table, row[i], f) > code];

		side->n += weight[i];
		if (classes)
			side->count[rows_label(rows, row[i])] += weight[i];
		else
			side->sum += weight[i] * (double)rows_target(rows, row[i]);
	}
	if (sides[0].n < (double)options->min_leaf || sides[1].n < (double)options->min_leaf)
		return -INFINITY;
	return side_score(&sides[0], options->criterion, classes) +
	       side_score(&sides[1], options->criterion, classes);
}

/* Whether some row has this code. */
static inline bool code_there(const TreesTable *table, const uint32_t *row, size_t n, size_t f,
			      unsigned code)
{
	for (size_t i = 0; i < n; i++)
		if (code_at(table, row[i], f) == code)
			return true;
	return false;
}

#endif
