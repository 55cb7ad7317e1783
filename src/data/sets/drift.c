/* A boundary that turns while rows come, for what learns from a stream.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "data/dataset.h"

#define DRIFT_FEATURES 10

static void drift_draw(Dataset *out, size_t row, Random *random)
{
	double angle = M_PI * (double)row / (double)out->rows, side;
	float *x = out->floats + DRIFT_FEATURES * row;

	for (size_t j = 0; j < DRIFT_FEATURES; j++)
		x[j] = (float)(2 * random_unit(random) - 1);
	side = cos(angle) * (double)x[0] + sin(angle) * (double)x[1];
	out->labels[row] = side + .05 * random_normal(random) > 0;
}

extern const DataSource data_drift;
const DataSource data_drift = {
	.info = { .name = "drift",
		  .title = "Drift",
		  .about = "Ten numbers in -1 to 1 in the order in which they came; the plane that "
			   "parts the two classes turns by half a turn from the first row to the "
			   "last.",
		  .params = data_wish_params },
	.form = DATASET_FLOATS,
	.train_rows = 30000,
	.test_rows = 10000,
	.features = 10,
	.classes = 2,
	DATA_GENERATED,
	.draw = drift_draw,
};
