/* Multi-layer perceptron: fully connected layers with ReLU between them; the outputs are logits.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "base/random.h"
#include "base/text.h"
#include "model/model.h"
#include "model/training.h"

static bool mlp_add_layer(Model *model, size_t layer, Err *err)
{
	size_t in = model->size[layer], out = model->size[layer + 1];
	char name[24];

	text_format(name, sizeof name, "%zu.weight", layer);
	if (!model_add_span(model, name, in, out, true, err))
		return false;
	text_format(name, sizeof name, "%zu.bias", layer);
	return model_add_span(model, name, 1, out, false, err);
}

static bool mlp_shape(Model *model, const Params *params, Err *err)
{
	const ParamValue *layers = params_get(params, "layers");

	if (layers->sizes.count < 2)
		return err_set(
			err, ERR_ARGUMENT,
			"mlp: layers has %zu entries, but needs at least 2: inputs and classes",
			layers->sizes.count);
	model->seed = (uint64_t)params_get(params, "seed")->integer;
	model->layers = layers->sizes.count - 1;
	for (size_t i = 0; i < layers->sizes.count; i++)
		model->size[i] = layers->sizes.value[i];
	for (size_t i = 0; i < model->layers; i++)
		if (!mlp_add_layer(model, i, err))
			return false;
	return true;
}

/* U(±1/√fan_in) for weights and biases, the default of PyTorch's Linear. */
static void mlp_init(Model *model)
{
	Random random;

	random_init(&random, model->seed, RANDOM_WEIGHTS);
	for (size_t i = 0; i < model->spans; i++) {
		const Span *span = &model->span[i];
		float bound = 1 / sqrtf((float)model->size[i / 2]);
		float *w = model->params + span->offset;

		for (size_t j = 0; j < span->rows * span->cols; j++)
			w[j] = random_uniform(&random, -bound, bound);
	}
}

static void mlp_linear(const Model *model, size_t layer, Linear *out, LinearQuant *quant)
{
	const SpanQuant *from = model->quant ? &model->quant[2 * layer] : NULL;

	*out = (Linear){
		.in = model->size[layer],
		.out = model->size[layer + 1],
		.w = model->params + model->span[2 * layer].offset,
		.b = model->params + model->span[2 * layer + 1].offset,
		.relu = layer + 1 < model->layers,
		.last = layer + 1 == model->layers,
	};
	if (!from || !from->w)
		return;
	*quant = (LinearQuant){
		.w = from->w,
		.w_scale = from->w_scale,
		.x_scale = from->x_scale,
		.y_scale = from->y_scale,
		.x_zero = from->x_zero,
		.y_zero = from->y_zero,
	};
	out->quant = quant;
}

static const Param mlp_params[] = {
	{ .name = "layers",
	  .type = PARAM_SIZES,
	  .minimum = 1,
	  .maximum = 65535,
	  .unit = "units",
	  .required = true,
	  .help = "Units of each layer: the inputs, the hidden layers, the classes." },
	{ .name = "seed",
	  .type = PARAM_INT,
	  .value = "1",
	  .minimum = 0,
	  .maximum = 9007199254740992.0,
	  .help = "Seed of the initial weights and of the order of the rows." },
	{ 0 },
};

const ModelKind model_mlp = {
	.info = { .name = "mlp",
		  .title = "multi-layer perceptron",
		  .about = "Fully connected layers with ReLU between them.",
		  .params = mlp_params },
	.shape = mlp_shape,
	.init = mlp_init,
	.fit = training_fit,
	.linear = mlp_linear,
};
