/* A small convolutional network (206,922 parameters).
 * SPDX-License-Identifier: MIT */
#include "model/network.h"
#include "model/training.h"

static bool cnn_shape(Model *model, const Params *params, Err *err)
{
	return network_shape(
		model, params, (Shape){ 1, 28, 28 },
		"conv2d 16 kernel=3 pad=1; relu; maxpool 2; conv2d 32 kernel=3 pad=1; relu;"
		"maxpool 2; flatten; dense 128; relu; dense 10",
		err);
}

static const Param cnn_params[] = {
	NETWORK_SEED,
	{ 0 },
};

const ModelKind model_cnn = {
	.info = { .name = "cnn",
		  .title = "small CNN",
		  .about = "Two 3x3 convolutions and two dense layers: 206,922 parameters.",
		  .params = cnn_params },
	.shape = cnn_shape,
	.fit = training_fit,
	.learner = &training_learner,
};
