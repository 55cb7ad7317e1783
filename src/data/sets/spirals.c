/* Two spirals that turn around each other (Lang and Witbrock, 1988, with noise).
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "base/random.h"
#include "data/dataset.h"

#define GENERATE_POLL 4096 /* rows between two looks at control */
#define PI 3.14159265358979323846

static bool spirals_generate(Dataset *out, const DataSource *source, uint64_t seed,
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
		/* Roots of uniform numbers: as many rows on each bit of the way. */
		double way = sqrt(random_unit(&random)), angle = 3 * PI * way + (label ? PI : 0);

		x[0] = (float)(way * cos(angle) + .05 * random_normal(&random));
		x[1] = (float)(way * sin(angle) + .05 * random_normal(&random));
		out->labels[i] = label;
	}
	return true;
}

extern const DataSource data_spirals;
const DataSource data_spirals = {
	.info = { .name = "spirals",
		  .title = "Spirals",
		  .about = "Two spirals of a turn and a half around each other, with noise of "
			   "standard deviation 0.05.",
		  .params = data_wish_params },
	.form = DATASET_FLOATS,
	.train_rows = 1500,
	.test_rows = 500,
	.features = 2,
	.classes = 2,
	.licence = "CC0-1.0",
	.origin = "generated",
	.get = "It is drawn by the program: there is nothing to install",
	.generate = spirals_generate,
};
