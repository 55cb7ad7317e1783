/* Exclusive or: two numbers, and whether their signs differ.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "base/random.h"
#include "data/dataset.h"

#define GENERATE_POLL 4096 /* rows between two looks at control */
static bool xor_generate(Dataset *out, const DataSource *source, uint64_t seed, Control *control,
			 Err *err)
{
	Random random;

	(void)source;
	random_init(&random, seed, RANDOM_DATA);
	for (size_t i = 0; i < out->rows; i++) {
		if (i % GENERATE_POLL == 0 && !control_poll(control, err))
			return false;
		float *x = out->floats + 2 * i;
		uint16_t label = (uint16_t)(i % 2);
		double a = random_unit(&random), b = random_unit(&random);
		bool negative = random_below(&random, 2);

		x[0] = (float)(negative ? -a : a);
		x[1] = (float)(negative == (label == 1) ? b : -b);
		out->labels[i] = label;
	}
	return true;
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
	.licence = "CC0-1.0",
	.origin = "generated",
	.get = "It is drawn by the program: there is nothing to install",
	.generate = xor_generate,
};
