/* Residual connection: adds the outputs of an earlier layer.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "model/layer.h"
#include "model/model.h"

static bool add_shape(Layer *layer, Model *model, const Params *params, Err *err)
{
	size_t from = (size_t)params_get(params, "from")->integer;

	if (from > model->layers)
		return err_set(err, ERR_ARGUMENT,
			       "from is %zu, but only the %zu layers before it can be added", from,
			       model->layers);
	layer->from = from - 1;
	const Shape *a = &layer->in, *b = &model->layer[layer->from].out;

	if (a->channels != b->channels || a->height != b->height || a->width != b->width)
		return err_set(err, ERR_ARGUMENT,
			       "its input is %zu x %zu x %zu, but layer %zu gives %zu x %zu x %zu",
			       a->channels, a->height, a->width, from, b->channels, b->height,
			       b->width);
	return true;
}

static void add_forward(const LayerRun *run)
{
	size_t n = shape_size(run->layer->in), count = layer_count(run, n);
	const float *x = run->x + layer_first(run, n), *skip = run->skip + layer_first(run, n);
	float *y = run->y + layer_first(run, n);

	for (size_t i = 0; i < count; i++)
		y[i] = x[i] + skip[i];
}

static void add_backward(const LayerRun *run)
{
	size_t n = shape_size(run->layer->in), first = layer_first(run, n);

	memcpy(run->dx + first, run->dy + first, layer_count(run, n) * sizeof *run->dx);
}

static const Param add_params[] = {
	{ .name = "from",
	  .type = PARAM_INT,
	  .minimum = 1,
	  .maximum = MODEL_LAYERS_MAX,
	  .required = true,
	  .help = "Number of the layer whose outputs are added; the first is 1." },
	{ 0 },
};

const LayerKind layer_add = {
	.info = { .name = "add",
		  .title = "residual connection",
		  .about = "Adds the outputs of an earlier layer.",
		  .params = add_params },
	.role = LAYER_PLAIN,
	.place = LAYER_ANY,
	.shape = add_shape,
	.forward = add_forward,
	.backward = add_backward,
	.skips = true,
};
