/* Images to rows of features.
 * SPDX-License-Identifier: MIT */
#include "model/layer.h"

static bool flatten_shape(Layer *layer, Model *model, const Params *params, Err *err)
{
	(void)model, (void)params, (void)err;
	layer->out = (Shape){ shape_size(layer->in), 1, 1 };
	return true;
}

const LayerKind layer_flatten = {
	.info = { .name = "flatten",
		  .title = "flatten",
		  .about = "Makes one row of features of the channels and pixels of an image." },
	.role = LAYER_SHAPE,
	.place = LAYER_ANY,
	.shape = flatten_shape,
};
