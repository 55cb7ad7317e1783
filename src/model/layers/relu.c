/* Rectifier: max(x, 0).
 * SPDX-License-Identifier: MIT */
#include "model/layers/act.h"

static void relu_forward(const LayerRun *run)
{
	act_layer_forward(run, ACT_RELU);
}

static void relu_backward(const LayerRun *run)
{
	act_layer_backward(run, ACT_RELU);
}

const LayerKind layer_relu = {
	.info = { .name = "relu",
		  .title = "rectifier",
		  .about = "Keeps what is above 0, and makes the rest 0." },
	.role = LAYER_RELU,
	.place = LAYER_ANY,
	.shape = act_layer_shape,
	.forward = relu_forward,
	.backward = relu_backward,
};
