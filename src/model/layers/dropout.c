/* Dropout (Srivastava et al. 2014).
 * SPDX-License-Identifier: MIT */
#include "num/train/dropout.h"

#include <string.h>

#include "model/layer.h"

static bool dropout_shape(Layer *layer, Model *model, const Params *params, Err *err)
{
	(void)model, (void)err;
	layer->value = (float)params_get(params, "rate")->number;
	return true;
}

/* The same call on outputs and on gradients. */
static void dropout_mask(const LayerRun *run, float *y, const float *x)
{
	size_t n = shape_size(run->layer->in), first = layer_first(run, n);
	Dropout dropout = dropout_step(run->layer->value, run->seed, run->step, run->index);

	dropout_run(run->features, &dropout, y + first, x + first, first, layer_count(run, n));
}

static void dropout_forward(const LayerRun *run)
{
	size_t n = shape_size(run->layer->in), first = layer_first(run, n);

	if (run->training)
		dropout_mask(run, run->y, run->x);
	else
		memcpy(run->y + first, run->x + first, layer_count(run, n) * sizeof *run->y);
}

static void dropout_backward(const LayerRun *run)
{
	dropout_mask(run, run->dx, run->dy);
}

static const Param dropout_params[] = {
	{ .name = "rate",
	  .type = PARAM_NUMBER,
	  .value = "0.5",
	  .minimum = 0,
	  .maximum = 0.99,
	  .help = "Share of the numbers that a step of training sets to 0." },
	{ 0 },
};

const LayerKind layer_dropout = {
	.info = { .name = "dropout",
		  .title = "dropout",
		  .about = "While training, sets a random share of the numbers to 0 and scales the "
			   "others up.",
		  .params = dropout_params },
	.role = LAYER_TRAINING,
	.place = LAYER_ANY,
	.shape = dropout_shape,
	.forward = dropout_forward,
	.backward = dropout_backward,
};
