/* Batch normalization (1502.03167), as PyTorch's: by the batch's mean and variance while training,
 * by the running ones afterwards.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "model/layer.h"
#include "model/model.h"
#include "num/train/norm.h"

enum { NORM_SCALE, NORM_SHIFT, NORM_MEAN, NORM_VARIANCE };

static bool batchnorm_shape(Layer *layer, Model *model, const Params *params, Err *err)
{
	size_t n = layer->in.channels;

	layer->value = (float)params_get(params, "momentum")->number;
	return layer_add_span(layer, model, "scale", 1, n, false, true, err) &&
	       layer_add_span(layer, model, "shift", 1, n, false, true, err) &&
	       layer_add_span(layer, model, "mean", 1, n, false, false, err) &&
	       layer_add_span(layer, model, "variance", 1, n, false, false, err);
}

static bool batchnorm_init(const Layer *layer, float *const *span, Random *random, Control *control,
			   Err *err)
{
	(void)random;
	(void)control; /* a few numbers */
	(void)err;
	for (size_t i = 0; i < layer->in.channels; i++)
		span[NORM_SCALE][i] = span[NORM_VARIANCE][i] = 1;
	return true;
}

/* The batch's mean and 1/√(variance + epsilon). */
static size_t batchnorm_kept(const Layer *layer, size_t rows)
{
	(void)rows;
	return 2 * layer->in.channels * sizeof(float);
}

static BatchNorm batchnorm_of(const LayerRun *run)
{
	const Layer *layer = run->layer;
	float *kept = run->kept;
	bool moves = run->training && run->update;

	return (BatchNorm){
		.channels = layer->in.channels,
		.pixels = layer->in.height * layer->in.width,
		.gamma = run->span[NORM_SCALE],
		.beta = run->span[NORM_SHIFT],
		/* Inference only reads them. */
		.mean = moves ? run->update[NORM_MEAN] : (float *)run->span[NORM_MEAN],
		.var = moves ? run->update[NORM_VARIANCE] : (float *)run->span[NORM_VARIANCE],
		.batch_mean = kept,
		.batch_inv = kept ? kept + layer->in.channels : NULL,
		.epsilon = NORM_EPSILON,
		.momentum = layer->value,
	};
}

static void batchnorm_forward(const LayerRun *run)
{
	BatchNorm norm = batchnorm_of(run);
	size_t n = shape_size(run->layer->in), rows = run->end - run->begin;
	const float *x = run->x + layer_first(run, n);
	float *y = run->y + layer_first(run, n);
	bool tiles = run->layout == LAYOUT_TILES_F32;
	size_t ld = tiles ? n * KERNEL_TILE : n;

	if (run->training)
		(tiles ? norm_tiles : norm_rows)(run->features, &norm, y, ld, x, ld, rows);
	else
		(tiles ? norm_tiles_infer : norm_rows_infer)(run->features, &norm, y, ld, x, ld,
							     rows);
}

/* The gradient of a row that is not there would not be 0: the means shift it. */
static void batchnorm_clear(const LayerRun *run, size_t n)
{
	size_t lanes = run->rows % KERNEL_TILE;
	float *dx = run->dx + run->rows / KERNEL_TILE * KERNEL_TILE * n;

	for (size_t i = 0; lanes > 0 && i < n; i++)
		memset(dx + i * KERNEL_TILE + lanes, 0, (KERNEL_TILE - lanes) * sizeof *dx);
}

static void batchnorm_backward(const LayerRun *run)
{
	BatchNorm norm = batchnorm_of(run);
	size_t n = shape_size(run->layer->in);
	bool tiles = run->layout == LAYOUT_TILES_F32;
	size_t ld = tiles ? n * KERNEL_TILE : n;

	(tiles ? norm_tiles_grad : norm_rows_grad)(run->features, &norm, run->dx,
						   run->grad[NORM_SCALE], run->grad[NORM_SHIFT],
						   run->dy, ld, run->x, ld, run->rows);
	if (tiles)
		batchnorm_clear(run, n);
}

static const Param batchnorm_params[] = {
	{ .name = "momentum",
	  .type = PARAM_NUMBER,
	  .value = "0.1",
	  .minimum = 0,
	  .maximum = 1,
	  .help = "Share of a batch in the running mean and variance." },
	{ 0 },
};

const LayerKind layer_batchnorm = {
	.info = { .name = "batchnorm",
		  .title = "batch normalization",
		  .about = "Brings each channel to mean 0 and variance 1 over the batch, then "
			   "scales and shifts it.",
		  .params = batchnorm_params },
	.role = LAYER_NORM,
	.place = LAYER_IMAGES,
	.shape = batchnorm_shape,
	.init = batchnorm_init,
	.kept_bytes = batchnorm_kept,
	.forward = batchnorm_forward,
	.backward = batchnorm_backward,
	.whole = true,
};
