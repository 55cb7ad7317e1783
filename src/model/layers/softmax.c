/* Softmax over all outputs of a row.
 * SPDX-License-Identifier: MIT */
#include "model/layers/act.h"

static void softmax_forward(const LayerRun *run)
{
	size_t n = shape_size(run->layer->in), first = layer_first(run, n);

	act_softmax(run->features, run->y + first, run->x + first, run->end - run->begin, n);
}

static void softmax_backward(const LayerRun *run)
{
	size_t n = shape_size(run->layer->in), first = layer_first(run, n);

	act_softmax_grad(run->features, run->dx + first, run->dy + first, run->y + first,
			 run->end - run->begin, n);
}

const LayerKind layer_softmax = {
	.info = { .name = "softmax",
		  .title = "softmax",
		  .about = "Makes probabilities, which sum to 1, of all numbers of a row." },
	.role = LAYER_PLAIN,
	.place = LAYER_ROWS,
	.shape = act_layer_shape,
	.forward = softmax_forward,
	.backward = softmax_backward,
};
