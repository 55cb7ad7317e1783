/* LeNet-5 with rectifiers and max pooling (61,706 parameters).
 * SPDX-License-Identifier: MIT */
#include "model/network.h"
#include "model/training.h"

static bool lenet5_shape(Model *model, const Params *params, Err *err)
{
	return network_shape(
		model, params, (Shape){ 1, 28, 28 },
		"conv2d 6 kernel=5 pad=2; relu; maxpool 2; conv2d 16 kernel=5; relu; maxpool 2;"
		"flatten; dense 120; relu; dense 84; relu; dense 10",
		err);
}

static const Param lenet5_params[] = {
	NETWORK_SEED,
	{ 0 },
};

const ModelKind model_lenet5 = {
	.info = { .name = "lenet5",
		  .title = "LeNet-5",
		  .about = "Two 5x5 convolutions and three dense layers: 61,706 parameters.",
		  .params = lenet5_params },
	.shape = lenet5_shape,
	.fit = training_fit,
	.learner = &training_learner,
};
