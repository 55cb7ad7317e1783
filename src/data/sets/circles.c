/* A circle inside another.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "base/random.h"
#include "data/dataset.h"

#define GENERATE_POLL 4096 /* rows between two looks at control */
#define PI 3.14159265358979323846

static bool circles_generate(Dataset *out, const DataSource *source, uint64_t seed,
			     Control *control, Err *err)
{
	Random random;

	(void)source;
	random_init(&random, seed, RANDOM_DATA);
	for (size_t i = 0; i < out->rows; i++) {
		if (i % GENERATE_POLL == 0 && !control_poll(control, err))
			return false;
		float *x = out->floats + 2 * i;
		uint16_t label = (uint16_t)(i % 2);
		double angle = 2 * PI * random_unit(&random), radius = label ? .5 : 1;

		x[0] = (float)(radius * cos(angle) + .1 * random_normal(&random));
		x[1] = (float)(radius * sin(angle) + .1 * random_normal(&random));
		out->labels[i] = label;
	}
	return true;
}

extern const DataSource data_circles;
const DataSource data_circles = {
	.info = { .name = "circles",
		  .title = "Circles",
		  .about = "A circle inside one of twice its size, with noise of standard "
			   "deviation 0.1; no straight line parts them.",
		  .params = data_wish_params },
	.form = DATASET_FLOATS,
	.train_rows = 1500,
	.test_rows = 500,
	.features = 2,
	.classes = 2,
	.licence = "CC0-1.0",
	.origin = "generated",
	.get = "It is drawn by the program: there is nothing to install",
	.generate = circles_generate,
};
