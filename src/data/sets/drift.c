/* A boundary that turns while rows come, for what learns from a stream.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "base/random.h"
#include "data/dataset.h"

#define GENERATE_POLL 4096 /* rows between two looks at control */
#define PI 3.14159265358979323846
#define DRIFT_FEATURES 10

static bool drift_generate(Dataset *out, const DataSource *source, uint64_t seed, Control *control,
			   Err *err)
{
	Random random;

	(void)source;
	random_init(&random, seed, RANDOM_DATA);
	for (size_t i = 0; i < out->rows; i++) {
		if (i % GENERATE_POLL == 0 && !control_poll(control, err))
			return false;
		double angle = PI * (double)i / (double)out->rows, side;
		float *x = out->floats + DRIFT_FEATURES * i;

		for (size_t j = 0; j < DRIFT_FEATURES; j++)
			x[j] = (float)(2 * random_unit(&random) - 1);
		side = cos(angle) * (double)x[0] + sin(angle) * (double)x[1];
		out->labels[i] = side + .05 * random_normal(&random) > 0;
	}
	return true;
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
	.licence = "CC0-1.0",
	.origin = "generated",
	.get = "It is drawn by the program: there is nothing to install",
	.generate = drift_generate,
};
