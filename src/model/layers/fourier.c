/* Random Fourier features, behind a dense layer of random weights: cosines and sines.
 * SPDX-License-Identifier: MIT */
#include "model/layer.h"
#include "model/model.h"
#include "num/train/fourier.h"

static bool fourier_shape(Layer *layer, Model *model, const Params *params, Err *err)
{
	size_t n = shape_size(layer->in), out;

	(void)model, (void)params;
	if (!size_mul(n, 2, &out))
		return err_set(err, ERR_ARGUMENT, "%zu inputs are too many", n);
	layer->out = (Shape){ out, 1, 1 };
	return true;
}

static void fourier_forward(const LayerRun *run)
{
	size_t n = shape_size(run->layer->in);

	fourier_run(run->features, run->y + run->begin * 2 * n, run->x + run->begin * n,
		    run->end - run->begin, n);
}

const LayerKind layer_fourier = {
	.info = { .name = "fourier",
		  .title = "cosines and sines",
		  .about = "The cosines of all numbers of a row, then their sines: behind random "
			   "weights, features of a Gaussian kernel." },
	.role = LAYER_PLAIN,
	.place = LAYER_ROWS,
	.shape = fourier_shape,
	.forward = fourier_forward,
};
