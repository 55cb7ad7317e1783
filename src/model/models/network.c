/* Free designs: whatever list of layers is written.
 * SPDX-License-Identifier: MIT */
#include "model/network.h"
#include "model/training.h"

/* Up to three sizes: channels, height, width; two are an image of one channel. */
static bool network_input(const ParamValue *input, Shape *out, Err *err)
{
	const uint32_t *n = input->sizes.value;

	switch (input->sizes.count) {
	case 1:
		*out = (Shape){ n[0], 1, 1 };
		return true;
	case 2:
		*out = (Shape){ 1, n[0], n[1] };
		return true;
	case 3:
		*out = (Shape){ n[0], n[1], n[2] };
		return true;
	default:
		return err_set(
			err, ERR_ARGUMENT,
			"network: input has %zu sizes, but is {features}, {height, width} or "
			"{channels, height, width}",
			input->sizes.count);
	}
}

static bool network_kind_shape(Model *model, const Params *params, Err *err)
{
	Shape input;

	return network_input(params_get(params, "input"), &input, err) &&
	       network_shape(model, params, input, params_get(params, "layers")->text, err);
}

static const Param network_params[] = {
	{ .name = "input",
	  .type = PARAM_SIZES,
	  .minimum = 1,
	  .maximum = 65535,
	  .required = true,
	  .help = "Shape of a row: {features}, {height, width} or {channels, height, width}." },
	{ .name = "layers",
	  .type = PARAM_LINES,
	  .required = true,
	  .help = "The layers, one line each, as \"conv2d 16 kernel=3 pad=1\" (wattle list "
		  "layers)." },
	NETWORK_SEED,
	{ 0 },
};

const ModelKind model_network = {
	.info = { .name = "network",
		  .title = "network",
		  .about = "A network of your own: any list of layers.",
		  .params = network_params },
	.takes = MODEL_NUMBERS,
	.shape = network_kind_shape,
	.fit = training_fit,
	.learner = &training_learner,
};
