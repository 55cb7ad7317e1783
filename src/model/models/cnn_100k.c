/* A convolutional network of less than 100,000 parameters.
 * SPDX-License-Identifier: MIT */
#include "model/network.h"
#include "model/training.h"

static bool cnn_100k_shape(Model *model, const Params *params, Err *err)
{
	return network_shape(model, params, (Shape){ 1, 28, 28 },
			     "conv2d 24 kernel=3 pad=1; batchnorm; relu; maxpool 2;"
			     "conv2d 48 kernel=3 pad=1; batchnorm; relu; maxpool 2;"
			     "dropout 0.3; flatten; dense 10",
			     err);
}

static const Param cnn_100k_params[] = {
	NETWORK_SEED,
	{ 0 },
};

const ModelKind model_cnn_100k = {
	.info = { .name = "cnn-100k",
		  .title = "CNN below 100,000",
		  .about = "Two 3x3 convolutions with batch normalization and dropout: 34,474 "
			   "parameters.",
		  .params = cnn_100k_params },
	.shape = cnn_100k_shape,
	.fit = training_fit,
	.learner = &training_learner,
};
