/* Multi-layer perceptron: fully connected layers with ReLU between them; the outputs are logits.
 * SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "model/network.h"
#include "model/training.h"

static bool mlp_shape(Model *model, const Params *params, Err *err)
{
	const ParamValue *layers = params_get(params, "layers");
	char lines[PARAM_SIZES_MAX * sizeof ";relu;dense 65535"] = "";
	size_t len = 0;

	if (layers->sizes.count < 2)
		return err_set(
			err, ERR_ARGUMENT,
			"mlp: layers has %zu entries, but needs at least 2: inputs and classes",
			layers->sizes.count);
	for (size_t i = 1; i < layers->sizes.count; i++)
		len += text_format(lines + len, sizeof lines - len, "%sdense %u",
				   i > 1 ? ";relu;" : "", layers->sizes.value[i]);
	return network_shape(model, params, (Shape){ layers->sizes.value[0], 1, 1 }, lines, err);
}

static const Param mlp_params[] = {
	{ .name = "layers",
	  .type = PARAM_SIZES,
	  .minimum = 1,
	  .maximum = 65535,
	  .unit = "units",
	  .required = true,
	  .help = "Units of each layer: the inputs, the hidden layers, the classes." },
	NETWORK_SEED,
	{ 0 },
};

const ModelKind model_mlp = {
	.info = { .name = "mlp",
		  .title = "multi-layer perceptron",
		  .about = "Fully connected layers with ReLU between them.",
		  .params = mlp_params },
	.takes = MODEL_NUMBERS,
	.shape = mlp_shape,
	.fit = training_fit,
	.learner = &training_learner,
};
