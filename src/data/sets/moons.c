/* Two half circles that reach into each other.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "data/dataset.h"

static void moons_draw(Dataset *out, size_t row, Random *random)
{
	float *x = out->floats + 2 * row;
	uint16_t label = (uint16_t)(row % 2);
	double angle = M_PI * random_unit(random);

	x[0] = (float)((label ? 1 - cos(angle) : cos(angle)) + .2 * random_normal(random));
	x[1] = (float)((label ? .5 - sin(angle) : sin(angle)) + .2 * random_normal(random));
	out->labels[row] = label;
}

extern const DataSource data_moons;
const DataSource data_moons = {
	.info = { .name = "moons",
		  .title = "Moons",
		  .about = "Two half circles that reach into each other, with noise of standard "
			   "deviation 0.2; rows and seed as asked.",
		  .params = data_wish_params },
	.form = DATASET_FLOATS,
	.train_rows = 1500,
	.test_rows = 500,
	.features = 2,
	.classes = 2,
	DATA_GENERATED,
	.draw = moons_draw,
};
