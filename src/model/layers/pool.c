/* What the pooling layers share: windows, ranges, averages.
 * SPDX-License-Identifier: MIT */
#include "model/layers/pool.h"

#include "num/conv/pooling.h"

bool pool_layer_shape(Layer *layer, size_t kernel_h, size_t kernel_w, size_t stride_h,
		      size_t stride_w, size_t pad, Err *err)
{
	layer->conv = (Conv){
		.channels = layer->in.channels,
		.height = layer->in.height,
		.width = layer->in.width,
		.kernel_h = kernel_h,
		.kernel_w = kernel_w,
		.stride_h = stride_h,
		.stride_w = stride_w,
		.pad_h = pad,
		.pad_w = pad,
	};
	if (!pooling_shape(&layer->conv, err))
		return false;
	layer->out = (Shape){ layer->conv.filters, layer->conv.out_height, layer->conv.out_width };
	return true;
}

bool pool_layer_window(Layer *layer, Model *model, const Params *params, Err *err)
{
	size_t kernel = (size_t)params_get(params, "kernel")->integer, stride = kernel;

	(void)model;
	if (params_get(params, "stride")->given)
		stride = (size_t)params_get(params, "stride")->integer;
	return pool_layer_shape(layer, kernel, kernel, stride, stride,
				(size_t)params_get(params, "pad")->integer, err);
}

PoolUnits pool_layer_units(const LayerRun *run)
{
	size_t grain = run->layout == LAYOUT_TILES_F32 ? KERNEL_TILE : 1;

	return (PoolUnits){
		.first = run->begin / grain,
		.count = (run->end - run->begin + grain - 1) / grain,
		.x_ld = grain * shape_size(run->layer->in),
		.y_ld = grain * shape_size(run->layer->out),
	};
}

void pool_layer_average(const LayerRun *run)
{
	PoolUnits u = pool_layer_units(run);

	pooling_average(run->features, &run->layer->conv, run->layout, run->x + u.first * u.x_ld,
			u.x_ld, run->y + u.first * u.y_ld, u.y_ld, u.count);
}

void pool_layer_average_grad(const LayerRun *run)
{
	PoolUnits u = pool_layer_units(run);

	pooling_average_grad(run->features, &run->layer->conv, run->layout,
			     run->dy + u.first * u.y_ld, u.y_ld, run->dx + u.first * u.x_ld, u.x_ld,
			     u.count);
}

const Param pool_layer_params[] = {
	{ .name = "kernel",
	  .type = PARAM_INT,
	  .value = "2",
	  .minimum = 1,
	  .maximum = 255,
	  .unit = "pixels",
	  .help = "Height and width of the window." },
	{ .name = "stride",
	  .type = PARAM_INT,
	  .minimum = 1,
	  .maximum = 255,
	  .unit = "pixels",
	  .help = "From one window to the next; the kernel's size when absent." },
	{ .name = "pad",
	  .type = PARAM_INT,
	  .value = "0",
	  .minimum = 0,
	  .maximum = 127,
	  .unit = "pixels",
	  .help = "Pixels around the image: none wins a maximum, in an average they count as 0." },
	{ 0 },
};
