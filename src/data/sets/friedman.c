/* The first problem of Friedman, Multivariate adaptive regression splines (1991).
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "base/random.h"
#include "data/dataset.h"

#define GENERATE_POLL 4096 /* rows between two looks at control */
#define PI 3.14159265358979323846
#define FRIEDMAN_FEATURES 10

static bool friedman_generate(Dataset *out, const DataSource *source, uint64_t seed,
			      Control *control, Err *err)
{
	Random random;

	(void)source;
	random_init(&random, seed, RANDOM_DATA);
	for (size_t i = 0; i < out->rows; i++) {
		if (i % GENERATE_POLL == 0 && !control_poll(control, err))
			return false;
		float *x = out->floats + FRIEDMAN_FEATURES * i;

		for (size_t j = 0; j < FRIEDMAN_FEATURES; j++)
			x[j] = (float)random_unit(&random);
		double bend = (double)x[2] - .5;

		out->targets[i] =
			(float)(10 * sin(PI * (double)x[0] * (double)x[1]) + 20 * bend * bend +
				10 * (double)x[3] + 5 * (double)x[4] + random_normal(&random));
	}
	return true;
}

extern const DataSource data_friedman;
const DataSource data_friedman = {
	.info = { .name = "friedman",
		  .title = "Friedman 1",
		  .about = "Ten numbers in 0 to 1, of which five count: y = 10 sin(pi x1 x2) + 20 "
			   "(x3 - 0.5)^2 + 10 x4 + 5 x5 + noise of standard deviation 1.",
		  .params = data_wish_params },
	.form = DATASET_FLOATS,
	.train_rows = 1500,
	.test_rows = 500,
	.features = 10,
	.classes = 0,
	.licence = "CC0-1.0",
	.origin = "generated",
	.get = "It is drawn by the program: there is nothing to install",
	.generate = friedman_generate,
};
