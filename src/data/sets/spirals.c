/* Two spirals that turn around each other (Lang and Witbrock, 1988, with noise).
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "data/dataset.h"

static void spirals_draw(Dataset *out, size_t row, Random *random)
{
	float *x = out->floats + 2 * row;
	uint16_t label = (uint16_t)(row % 2);
	/* Roots of uniform numbers: as many rows on each bit of the way. */
	double way = sqrt(random_unit(random)), angle = 3 * M_PI * way + (label ? M_PI : 0);

	x[0] = (float)(way * cos(angle) + .05 * random_normal(random));
	x[1] = (float)(way * sin(angle) + .05 * random_normal(random));
	out->labels[row] = label;
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
	DATA_GENERATED,
	.draw = spirals_draw,
};
