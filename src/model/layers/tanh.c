/* Hyperbolic tangent.
 * SPDX-License-Identifier: MIT */
#include "model/layers/act.h"

static void tanh_forward(const LayerRun *run)
{
	act_layer_forward(run, ACT_TANH);
}

static void tanh_backward(const LayerRun *run)
{
	act_layer_backward(run, ACT_TANH);
}

const LayerKind layer_tanh = {
	.info = { .name = "tanh",
		  .title = "hyperbolic tangent",
		  .about = "Bends every number into -1 to 1." },
	.role = LAYER_PLAIN,
	.place = LAYER_ANY,
	.shape = act_layer_shape,
	.forward = tanh_forward,
	.backward = tanh_backward,
};
