/* LeNet-300-100: the fully connected network of 1998, 784-300-100-10 (266,610 parameters).
 * SPDX-License-Identifier: MIT */
#include "model/network.h"
#include "model/training.h"

static bool lenet300_shape(Model *model, const Params *params, Err *err)
{
	return network_shape(model, params, (Shape){ 784, 1, 1 },
			     "dense 300; relu; dense 100; relu; dense 10", err);
}

static const Param lenet300_params[] = {
	NETWORK_SEED,
	{ 0 },
};

const ModelKind model_lenet300 = {
	.info = { .name = "lenet300",
		  .title = "LeNet-300-100",
		  .about = "Two hidden layers, 784-300-100-10: 266,610 parameters.",
		  .params = lenet300_params },
	.shape = lenet300_shape,
	.fit = training_fit,
	.learner = &training_learner,
};
