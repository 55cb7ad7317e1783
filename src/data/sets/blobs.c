/* Round heaps around centres that the seed draws.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "data/dataset.h"

enum { BLOBS = 4, BLOB_FEATURES = 8 };

static bool blobs_generate(Dataset *out, Random *random, Control *control, Err *err)
{
	double centre[BLOBS][BLOB_FEATURES];

	for (size_t c = 0; c < BLOBS; c++)
		for (size_t j = 0; j < BLOB_FEATURES; j++)
			centre[c][j] = 6 * random_unit(random) - 3;
	for (size_t i = 0; i < out->rows; i++) {
		if (i % DATA_POLL_ROWS == 0 && !control_poll(control, err))
			return false;
		size_t label = i % BLOBS;
		float *x = out->floats + BLOB_FEATURES * i;

		for (size_t j = 0; j < BLOB_FEATURES; j++)
			x[j] = (float)(centre[label][j] + random_normal(random));
		out->labels[i] = (uint16_t)label;
	}
	return true;
}

extern const DataSource data_blobs;
const DataSource data_blobs = {
	.info = { .name = "blobs",
		  .title = "Blobs",
		  .about = "Eight numbers in four classes: heaps of standard deviation 1 around "
			   "centres in -3 to 3 that the seed draws.",
		  .params = data_wish_params },
	.form = DATASET_FLOATS,
	.train_rows = 1500,
	.test_rows = 500,
	.features = 8,
	.classes = 4,
	DATA_GENERATED,
	.generate = blobs_generate,
};
