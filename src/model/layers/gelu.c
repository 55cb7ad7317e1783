/* GELU (1606.08415): x·Φ(x).
 * SPDX-License-Identifier: MIT */
#include "model/layers/act.h"

static void gelu_forward(const LayerRun *run)
{
	act_layer_forward(run, ACT_GELU);
}

static void gelu_backward(const LayerRun *run)
{
	act_layer_backward(run, ACT_GELU);
}

const LayerKind layer_gelu = {
	.info = { .name = "gelu",
		  .title = "GELU",
		  .about =
			  "Weighs every number by the normal distribution up to it (1606.08415)." },
	.role = LAYER_PLAIN,
	.place = LAYER_ANY,
	.shape = act_layer_shape,
	.forward = gelu_forward,
	.backward = gelu_backward,
};
