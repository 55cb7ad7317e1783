/* What the pooling layers share. Private to the pooling layers.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_LAYERS_POOL_H
#define WATTLE_MODEL_LAYERS_POOL_H

#include "model/layer.h"

/* A window of so many pixels; its layer's outputs. */
bool pool_layer_shape(Layer *layer, size_t kernel_h, size_t kernel_w, size_t stride_h,
		      size_t stride_w, size_t pad, Err *err);
/* The same from kernel, stride and pad of pool_layer_params. */
bool pool_layer_window(Layer *layer, Model *model, const Params *params, Err *err);
extern const Param pool_layer_params[];

/* The run's range, as pooling.h counts it: units from the first on, and the distance of two. */
typedef struct PoolUnits {
	size_t first, count, x_ld, y_ld;
} PoolUnits;
PoolUnits pool_layer_units(const LayerRun *run);

/* Averages, whatever the window. */
void pool_layer_average(const LayerRun *run);
void pool_layer_average_grad(const LayerRun *run);

#endif
