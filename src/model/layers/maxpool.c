/* Max pooling.
 * SPDX-License-Identifier: MIT */
#include "model/layers/pool.h"
#include "num/conv/pooling.h"

static size_t maxpool_kept(const Layer *layer, size_t rows)
{
	size_t blocks = (rows + KERNEL_TILE - 1) / KERNEL_TILE;

	return blocks * KERNEL_TILE * shape_size(layer->out) * sizeof(uint16_t);
}

static void maxpool_forward(const LayerRun *run)
{
	PoolUnits u = pool_layer_units(run);
	uint16_t *index = run->kept;

	pooling_max(run->features, &run->layer->conv, run->layout, run->x + u.first * u.x_ld,
		    u.x_ld, run->y + u.first * u.y_ld, u.y_ld,
		    index ? index + u.first * u.y_ld : NULL, u.count);
}

static void maxpool_backward(const LayerRun *run)
{
	PoolUnits u = pool_layer_units(run);
	const uint16_t *index = run->kept;

	pooling_max_grad(run->features, &run->layer->conv, run->layout, index + u.first * u.y_ld,
			 run->dy + u.first * u.y_ld, u.y_ld, run->dx + u.first * u.x_ld, u.x_ld,
			 u.count);
}

const LayerKind layer_maxpool = {
	.info = { .name = "maxpool",
		  .title = "max pooling",
		  .about = "Keeps the greatest pixel of each window.",
		  .params = pool_layer_params },
	.role = LAYER_POOL_MAX,
	.place = LAYER_ANY,
	.shape = pool_layer_window,
	.kept_bytes = maxpool_kept,
	.forward = maxpool_forward,
	.backward = maxpool_backward,
};
