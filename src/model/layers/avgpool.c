/* Average pooling.
 * SPDX-License-Identifier: MIT */
#include "model/layers/pool.h"

const LayerKind layer_avgpool = {
	.info = { .name = "avgpool",
		  .title = "average pooling",
		  .about = "Averages the pixels of each window.",
		  .params = pool_layer_params },
	.role = LAYER_PLAIN,
	.place = LAYER_ANY,
	.shape = pool_layer_window,
	.forward = pool_layer_average,
	.backward = pool_layer_average_grad,
};
