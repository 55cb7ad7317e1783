/* Logistic function: 1/(1 + e^−x).
 * SPDX-License-Identifier: MIT */
#include "model/layers/act.h"

static void sigmoid_forward(const LayerRun *run)
{
	act_layer_forward(run, ACT_SIGMOID);
}

static void sigmoid_backward(const LayerRun *run)
{
	act_layer_backward(run, ACT_SIGMOID);
}

const LayerKind layer_sigmoid = {
	.info = { .name = "sigmoid",
		  .title = "logistic function",
		  .about = "Bends every number into 0 to 1: 1/(1 + e^-x)." },
	.role = LAYER_PLAIN,
	.place = LAYER_ANY,
	.shape = act_layer_shape,
	.forward = sigmoid_forward,
	.backward = sigmoid_backward,
};
