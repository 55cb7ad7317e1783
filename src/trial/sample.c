/* Random rows to time programs with.
 * SPDX-License-Identifier: MIT */
#include "trial/sample.h"

#include <math.h>

#include "base/random.h"

/* Entries spread evenly over the columns, each somewhere in its part. */
static void sample_sparse(Dataset *set, size_t entries, Random *random)
{
	size_t part = entries ? set->features / entries : 0, at = 0;

	for (size_t row = 0; row < set->rows; row++) {
		for (size_t i = 0; i < entries; i++, at++) {
			set->sparse.column[at] = (uint32_t)(i * part + random_below(random, part));
			set->sparse.value[at] = random_uniform(random, -1, 1);
		}
		set->sparse.begin[row + 1] = at;
	}
}

Dataset *sample_dataset(const Model *model, size_t rows, uint64_t seed, Err *err)
{
	size_t features = model_inputs(model), entries = (size_t)llrint(model->entries);
	size_t classes = model->numbers ? 0 : model_outputs(model);
	Dataset *set;
	Random random;

	entries = entries < features ? entries : features;
	set = dataset_new("random", model->form, rows, features, classes, rows * entries, err);
	if (!set)
		return NULL;
	set->byte_scale = model->input_scale;
	random_init(&random, seed, RANDOM_ROWS);
	for (size_t i = 0; set->bytes && i < rows * features; i++)
		set->bytes[i] = (uint8_t)random_u64(&random);
	for (size_t i = 0; set->floats && i < rows * features; i++)
		set->floats[i] = random_uniform(&random, -1, 1);
	if (model->form == DATASET_SPARSE)
		sample_sparse(set, entries, &random);
	return set;
}
