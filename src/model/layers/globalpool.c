/* Global average pooling: one number a channel.
 * SPDX-License-Identifier: MIT */
#include "model/layers/pool.h"

static bool globalpool_shape(Layer *layer, Model *model, const Params *params, Err *err)
{
	(void)model, (void)params;
	return pool_layer_shape(layer, layer->in.height, layer->in.width, 1, 1, 0, err);
}

const LayerKind layer_globalpool = {
	.info = { .name = "globalpool",
		  .title = "global average pooling",
		  .about = "Averages all pixels of each channel." },
	.role = LAYER_PLAIN,
	.place = LAYER_ANY,
	.shape = globalpool_shape,
	.forward = pool_layer_average,
	.backward = pool_layer_average_grad,
};
