/* The first problem of Friedman, Multivariate adaptive regression splines (1991).
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "data/dataset.h"

#define FRIEDMAN_FEATURES 10

static void friedman_draw(Dataset *out, size_t row, Random *random)
{
	float *x = out->floats + FRIEDMAN_FEATURES * row;

	for (size_t j = 0; j < FRIEDMAN_FEATURES; j++)
		x[j] = (float)random_unit(random);
	double bend = (double)x[2] - .5;

	out->targets[row] =
		(float)(10 * sin(M_PI * (double)x[0] * (double)x[1]) + 20 * bend * bend +
			10 * (double)x[3] + 5 * (double)x[4] + random_normal(random));
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
	DATA_GENERATED,
	.draw = friedman_draw,
};
