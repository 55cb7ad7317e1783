/* Rows of a few numbers in many columns, most columns rare, as words are.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>

#include "data/dataset.h"

#define SPARSE_FEATURES 10000
#define SPARSE_LEAST 20 /* entries of a row: this many to … */
#define SPARSE_MOST 60  /* … this many */

/* Column of rank r comes about as often as 1 / (r + 1): the inverse of the distribution of a
 * logarithm (Zipf's law). */
static uint32_t sparse_column(Random *random)
{
	double column = exp(random_unit(random) * log(SPARSE_FEATURES + 1.0)) - 1;

	return column < SPARSE_FEATURES ? (uint32_t)column : SPARSE_FEATURES - 1;
}

static int sparse_by_column(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Draws one row's columns, sorted, each once; returns how many. */
static size_t sparse_row(Random *random, uint32_t *column)
{
	size_t n = SPARSE_LEAST + random_below(random, SPARSE_MOST - SPARSE_LEAST + 1), kept = 0;

	for (size_t k = 0; k < n; k++)
		column[k] = sparse_column(random);
	qsort(column, n, sizeof *column, sparse_by_column);
	for (size_t k = 0; k < n; k++)
		if (kept == 0 || column[k] != column[kept - 1])
			column[kept++] = column[k];
	return kept;
}

/* The class is the sign of a sum of hidden weights, a tenth of which count; what is left of it is
 * noise. */
static bool sparse_fill(Dataset *out, const float *weight, Random *random, Control *control,
			Err *err)
{
	Sparse *sparse = &out->sparse;

	for (size_t i = 0; i < out->rows; i++) {
		uint64_t at = sparse->begin[i];
		size_t n = sparse_row(random, sparse->column + at);
		double sum = .5 * random_normal(random);

		if (i % DATA_POLL_ROWS == 0 && !control_poll(control, err))
			return false;
		for (size_t k = 0; k < n; k++) {
			sparse->value[at + k] = (float)(1 + random_below(random, 3));
			sum += (double)(weight[sparse->column[at + k]] * sparse->value[at + k]);
		}
		out->labels[i] = sum > 0;
		sparse->begin[i + 1] = at + n;
	}
	return true;
}

static bool sparse_synthetic_generate(Dataset *out, Random *random, Control *control, Err *err)
{
	float *weight = calloc(SPARSE_FEATURES, sizeof *weight);
	bool fine;

	if (!weight)
		return err_set(err, ERR_MEMORY, "no memory to draw %s", out->name);
	for (size_t j = 0; j < SPARSE_FEATURES; j++)
		if (random_below(random, 10) == 0)
			weight[j] = (float)random_normal(random);
	fine = dataset_take(out, out->rows * SPARSE_MOST, err) &&
	       sparse_fill(out, weight, random, control, err);
	free(weight);
	return fine;
}

extern const DataSource data_sparse_synthetic;
const DataSource data_sparse_synthetic = {
	.info = { .name = "sparse-synthetic",
		  .title = "Sparse, synthetic",
		  .about =
			  "Ten thousand columns of which a row has 20 to 60, most of them rare, as "
			  "words are; two classes.",
		  .params = data_wish_params },
	.form = DATASET_SPARSE,
	.train_rows = 15000,
	.test_rows = 5000,
	.features = SPARSE_FEATURES,
	.classes = 2,
	DATA_GENERATED,
	.generate = sparse_synthetic_generate,
};
