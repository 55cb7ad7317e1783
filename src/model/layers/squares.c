/* Every number and its square, both from a centre: what turns a quadratic score into a linear one.
 * SPDX-License-Identifier: MIT */
#include "model/layer.h"
#include "model/model.h"

static bool squares_shape(Layer *layer, Model *model, const Params *params, Err *err)
{
	size_t n = shape_size(layer->in), out;

	(void)params;
	if (!size_mul(n, 2, &out))
		return err_set(err, ERR_ARGUMENT, "%zu inputs are too many", n);
	layer->out = (Shape){ out, 1, 1 };
	return layer_add_span(layer, model, "centre", 1, n, false, false, err);
}

static void squares_forward(const LayerRun *run)
{
	const float *centre = run->span[0];
	size_t n = shape_size(run->layer->in);

	for (size_t r = run->begin; r < run->end; r++) {
		const float *restrict x = run->x + r * n;
		float *restrict y = run->y + r * 2 * n;

		for (size_t j = 0; j < n; j++) {
			float d = x[j] - centre[j];

			y[j] = d;
			y[n + j] = d * d;
		}
	}
}

const LayerKind layer_squares = {
	.info = { .name = "squares",
		  .title = "numbers and squares",
		  .about = "All numbers of a row, less a centre, then their squares: scores that "
			   "are "
			   "quadratic become linear." },
	.role = LAYER_PLAIN,
	.place = LAYER_ROWS,
	.shape = squares_shape,
	.forward = squares_forward,
};
