/* Threshold: 1 above a value, else 0.
 * SPDX-License-Identifier: MIT */
#include "model/layers/act.h"

static bool threshold_shape(Layer *layer, Model *model, const Params *params, Err *err)
{
	(void)model, (void)err;
	layer->value = (float)params_get(params, "value")->number;
	return true;
}

static void threshold_forward(const LayerRun *run)
{
	size_t n = shape_size(run->layer->in), first = layer_first(run, n);
	size_t count = layer_count(run, n);
	float value = run->layer->value;

	for (size_t i = first; i < first + count; i++)
		run->y[i] = run->x[i] > value ? 1 : 0;
}

static const Param threshold_params[] = {
	{ .name = "value",
	  .type = PARAM_NUMBER,
	  .value = "0",
	  .minimum = -1e30,
	  .maximum = 1e30,
	  .help = "What is above it becomes 1, the rest 0." },
	{ 0 },
};

const LayerKind layer_threshold = {
	.info = { .name = "threshold",
		  .title = "threshold",
		  .about = "Says of every number whether it is above a value: 1 or 0.",
		  .params = threshold_params },
	.role = LAYER_THRESHOLD,
	.place = LAYER_ANY,
	.shape = threshold_shape,
	.forward = threshold_forward,
};
