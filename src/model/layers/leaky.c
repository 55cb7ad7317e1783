/* Leaky rectifier: x above 0, slope·x below.
 * SPDX-License-Identifier: MIT */
#include "model/layer.h"
#include "num/train/activation.h"

static bool leaky_shape(Layer *layer, Model *model, const Params *params, Err *err)
{
	(void)model, (void)err;
	layer->value = (float)params_get(params, "slope")->number;
	return true;
}

static void leaky_forward(const LayerRun *run)
{
	size_t n = shape_size(run->layer->in), first = layer_first(run, n);

	act_leaky(run->features, run->layer->value, run->y + first, run->x + first,
		  layer_count(run, n));
}

static void leaky_backward(const LayerRun *run)
{
	size_t n = shape_size(run->layer->in), first = layer_first(run, n);

	act_leaky_grad(run->features, run->layer->value, run->dx + first, run->dy + first,
		       run->y + first, layer_count(run, n));
}

static const Param leaky_params[] = {
	{ .name = "slope",
	  .type = PARAM_NUMBER,
	  .value = "0.01",
	  .minimum = 0,
	  .maximum = 0.99,
	  .help = "What numbers below 0 are multiplied with." },
	{ 0 },
};

const LayerKind layer_leaky = {
	.info = { .name = "leaky",
		  .title = "leaky rectifier",
		  .about = "Keeps what is above 0, and makes the rest small.",
		  .params = leaky_params },
	.role = LAYER_PLAIN,
	.place = LAYER_ANY,
	.shape = leaky_shape,
	.forward = leaky_forward,
	.backward = leaky_backward,
};
