/* Two-dimensional convolution, a cross-correlation as everywhere in this field: y = x∗W + b.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "model/layer.h"
#include "model/model.h"
#include "num/conv/conv.h"
#include "num/conv/conv_bf16.h"
#include "num/conv/pooling.h"

static bool conv2d_shape(Layer *layer, Model *model, const Params *params, Err *err)
{
	size_t kernel = (size_t)params_get(params, "kernel")->integer;
	size_t stride = (size_t)params_get(params, "stride")->integer;
	size_t pad = (size_t)params_get(params, "pad")->integer;

	layer->conv = (Conv){
		.channels = layer->in.channels,
		.height = layer->in.height,
		.width = layer->in.width,
		.filters = (size_t)params_get(params, "filters")->integer,
		.kernel_h = kernel,
		.kernel_w = kernel,
		.stride_h = stride,
		.stride_w = stride,
		.pad_h = pad,
		.pad_w = pad,
		.groups = (size_t)params_get(params, "groups")->integer,
	};
	if (!conv_shape(&layer->conv, err))
		return false;
	layer->out = (Shape){ layer->conv.filters, layer->conv.out_height, layer->conv.out_width };
	return layer_add_span(layer, model, "weight", conv_taps(&layer->conv), layer->conv.filters,
			      true, true, err) &&
	       layer_add_span(layer, model, "bias", 1, layer->conv.filters, false, true, err);
}

/* U(±1/√fan_in) for weights and bias, the default of PyTorch's Conv2d. */
static bool conv2d_init(const Layer *layer, float *const *span, Random *random, Control *control,
			Err *err)
{
	size_t taps = conv_taps(&layer->conv), filters = layer->conv.filters;
	float bound = 1 / sqrtf((float)taps);

	return layer_draw(span[0], taps * filters, bound, random, control, err) &&
	       layer_draw(span[1], filters, bound, random, control, err);
}

static size_t conv2d_scratch(const Layer *layer, size_t rows)
{
	const Conv *conv = &layer->conv;
	const size_t wants[] = { conv_grad_input_scratch(conv),
				 conv_grad_weights_scratch(conv) + conv_spread_scratch(conv),
				 conv_bf16_scratch(conv), conv_bf16_weights_scratch(conv) };
	size_t most = 0;

	(void)rows;
	for (size_t i = 0; i < sizeof wants / sizeof *wants; i++)
		most = wants[i] > most ? wants[i] : most;
	return most;
}

static size_t conv2d_blocks(const LayerRun *run)
{
	return (run->end - run->begin + KERNEL_TILE - 1) / KERNEL_TILE;
}

/* Whether products over `each` channels, or filters, of a group are those of bfloat16. */
static bool conv2d_bf16(const LayerRun *run, size_t each)
{
	return run->bf16 && each / run->layer->conv.groups > 1;
}

/* To what is given, the outputs or what is pooled. */
static void conv2d_products(const LayerRun *run, float *y)
{
	const Conv *conv = &run->layer->conv;
	const float *x = run->x + run->begin * conv_in(conv);

	if (conv2d_bf16(run, conv->channels))
		conv_bf16_forward(run->features, conv, run->span[0], run->span[1], run->relu, x, y,
				  conv2d_blocks(run), run->scratch);
	else
		conv_forward(run->features, conv, run->span[0], run->span[1], run->relu, x, y,
			     conv2d_blocks(run));
}

static void conv2d_forward(const LayerRun *run)
{
	const Conv *conv = &run->layer->conv, *pool = run->pool;
	uint16_t *index = run->kept;
	size_t at;

	if (!pool) {
		conv2d_products(run, run->y + run->begin * conv_out(conv));
		return;
	}
	at = run->begin * conv_out(pool);
	index = index ? index + at : NULL;
	if (conv2d_bf16(run, conv->channels)) {
		conv2d_products(run, run->spread);
		pooling_max(run->features, pool, LAYOUT_TILES_F32, run->spread, 0, run->y + at, 0,
			    index, 1);
	} else {
		conv_forward_pooled(run->features, conv, pool, run->span[0], run->span[1],
				    run->relu, run->x + run->begin * conv_in(conv), run->y + at,
				    index, run->spread, run->scratch);
	}
}

static void conv2d_backward(const LayerRun *run)
{
	const Conv *conv = &run->layer->conv, *pool = run->pool;
	size_t at = run->begin * conv_out(pool ? pool : conv), blocks = conv2d_blocks(run);
	const uint16_t *index = run->kept;
	ConvPooled pooled = { .pool = pool,
			      .grad = run->dy + at,
			      .index = pool ? index + at : NULL };
	bool bf16 = conv2d_bf16(run, conv->filters);
	const float *dy = run->dy + at;
	float *dx = run->dx + run->begin * conv_in(conv);

	if (pool && bf16) {
		conv_bf16_grad_input_pooled(run->features, conv, run->span[0], &pooled, dx,
					    run->spread, run->scratch);
		return;
	}
	if (pool) {
		pooling_max_grad(run->features, pool, LAYOUT_TILES_F32, pooled.index, dy, 0,
				 run->spread, 0, 1);
		dy = run->spread;
	}
	(bf16 ? conv_bf16_grad_input : conv_grad_input)(run->features, conv, run->span[0], dy, dx,
							blocks, run->scratch);
}

static void conv2d_gradient(const LayerRun *run, unsigned part, unsigned parts)
{
	const Conv *conv = &run->layer->conv, *pool = run->pool;
	size_t blocks = (run->rows + KERNEL_TILE - 1) / KERNEL_TILE;
	ConvPooled pooled = { .pool = pool, .grad = run->dy, .index = run->kept };

	if (pool)
		(run->bf16 ? conv_bf16_grad_weights_pooled : conv_grad_weights_pooled)(
			run->features, conv, run->x, &pooled, run->grad[0], blocks, part, parts,
			run->scratch);
	else
		(run->bf16 ? conv_bf16_grad_weights
			   : conv_grad_weights)(run->features, conv, run->x, run->dy, run->grad[0],
						blocks, part, parts, run->scratch);
	/* A bias moves whatever of its filter the pooling has chosen. */
	conv_grad_bias(run->features, pool ? pool : conv, run->dy, run->grad[1], blocks, part,
		       parts);
}

static const Param conv2d_params[] = {
	{ .name = "filters",
	  .type = PARAM_INT,
	  .minimum = 1,
	  .maximum = 65535,
	  .required = true,
	  .help = "Channels of the output." },
	{ .name = "kernel",
	  .type = PARAM_INT,
	  .value = "3",
	  .minimum = 1,
	  .maximum = 255,
	  .unit = "pixels",
	  .help = "Height and width of the kernel." },
	{ .name = "stride",
	  .type = PARAM_INT,
	  .value = "1",
	  .minimum = 1,
	  .maximum = 255,
	  .unit = "pixels",
	  .help = "From one output pixel to the next." },
	{ .name = "pad",
	  .type = PARAM_INT,
	  .value = "0",
	  .minimum = 0,
	  .maximum = 255,
	  .unit = "pixels",
	  .help = "Zeros around the image." },
	{ .name = "groups",
	  .type = PARAM_INT,
	  .value = "1",
	  .minimum = 1,
	  .maximum = 65535,
	  .help = "Parts into which channels and filters are cut; as many as channels: "
		  "depthwise." },
	{ 0 },
};

const LayerKind layer_conv2d = {
	.info = { .name = "conv2d",
		  .title = "convolution",
		  .about = "Every output pixel is a weighted sum of the pixels around it, in all "
			   "channels of its group, and a bias.",
		  .params = conv2d_params },
	.role = LAYER_WEIGHTS,
	.place = LAYER_TILES,
	.pools = true,
	.shape = conv2d_shape,
	.init = conv2d_init,
	.scratch_bytes = conv2d_scratch,
	.forward = conv2d_forward,
	.backward = conv2d_backward,
	.gradient = conv2d_gradient,
};
