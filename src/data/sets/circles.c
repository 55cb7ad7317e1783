/* A circle inside another.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "data/dataset.h"

static void circles_draw(Dataset *out, size_t row, Random *random)
{
	float *x = out->floats + 2 * row;
	uint16_t label = (uint16_t)(row % 2);
	double angle = 2 * M_PI * random_unit(random), radius = label ? .5 : 1;

	x[0] = (float)(radius * cos(angle) + .1 * random_normal(random));
	x[1] = (float)(radius * sin(angle) + .1 * random_normal(random));
	out->labels[row] = label;
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
	DATA_GENERATED,
	.draw = circles_draw,
};
