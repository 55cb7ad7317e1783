/* Exclusive or: two numbers, and whether their signs differ.
 * SPDX-License-Identifier: MIT */

#include "data/dataset.h"

static void xor_draw(Dataset *out, size_t row, Random *random)
{
	float *x = out->floats + 2 * row;
	uint16_t label = (uint16_t)(row % 2);
	double a = random_unit(random), b = random_unit(random);
	bool negative = random_below(random, 2);

	x[0] = (float)(negative ? -a : a);
	x[1] = (float)(negative == (label == 1) ? b : -b);
	out->labels[row] = label;
}

extern const DataSource data_xor;
const DataSource data_xor = {
	.info = { .name = "xor",
		  .title = "Exclusive or",
		  .about = "Two numbers in -1 to 1; the class says whether their signs differ. No "
			   "single feature tells anything.",
		  .params = data_wish_params },
	.form = DATASET_FLOATS,
	.train_rows = 1500,
	.test_rows = 500,
	.features = 2,
	.classes = 2,
	DATA_GENERATED,
	.draw = xor_draw,
};
