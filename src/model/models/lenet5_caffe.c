/* LeNet-5 as Caffe ships it, the one in which compression papers report (431,080 parameters).
 * SPDX-License-Identifier: MIT */
#include "model/network.h"
#include "model/training.h"

static bool lenet5_caffe_shape(Model *model, const Params *params, Err *err)
{
	return network_shape(model, params, (Shape){ 1, 28, 28 },
			     "conv2d 20 kernel=5; maxpool 2; conv2d 50 kernel=5; maxpool 2;"
			     "flatten; dense 500; relu; dense 10",
			     err);
}

static const Param lenet5_caffe_params[] = {
	NETWORK_SEED,
	{ 0 },
};

const ModelKind model_lenet5_caffe = {
	.info = { .name = "lenet5-caffe",
		  .title = "LeNet-5 (Caffe)",
		  .about = "Two 5x5 convolutions of 20 and 50 filters: 431,080 parameters.",
		  .params = lenet5_caffe_params },
	.shape = lenet5_caffe_shape,
	.fit = training_fit,
	.learner = &training_learner,
};
