/* What the layers of activations share.
 * SPDX-License-Identifier: MIT */
#include "model/layers/act.h"

bool act_layer_shape(Layer *layer, Model *model, const Params *params, Err *err)
{
	(void)layer, (void)model, (void)params, (void)err;
	return true;
}

void act_layer_forward(const LayerRun *run, ActKind kind)
{
	size_t n = shape_size(run->layer->in), first = layer_first(run, n);

	act_run(run->features, kind, run->y + first, run->x + first, layer_count(run, n));
}

void act_layer_backward(const LayerRun *run, ActKind kind)
{
	size_t n = shape_size(run->layer->in), first = layer_first(run, n);

	act_grad(run->features, kind, run->dx + first, run->dy + first,
		 (act_of_x(kind) ? run->x : run->y) + first, layer_count(run, n));
}
