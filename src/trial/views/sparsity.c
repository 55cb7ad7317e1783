/* Where the weights of a layer are 0: the matrix as a grid of cells, each with its share of weights
 * that are not.
 * SPDX-License-Identifier: MIT */
#include "trial/view.h"

#define CELLS 64 /* a side; CELLS² is at most VIEW_VALUES_MAX */

static size_t count_cell(const float *weights, const Span *span, const size_t begin[2],
			 const size_t end[2])
{
	size_t nonzero = 0;

	for (size_t row = begin[0]; row < end[0]; row++)
		for (size_t col = begin[1]; col < end[1]; col++)
			nonzero += weights[row * span->cols + col] != 0;
	return nonzero;
}

static bool sparsity_fill(const ViewWish *wish, json_t *out, Err *err)
{
	const float *weights;
	const Span *span = view_weights(wish, &weights);
	size_t width = span->cols < CELLS ? span->cols : CELLS,
	       height = span->rows < CELLS ? span->rows : CELLS, nonzero = 0;
	json_t *list = json_array();

	(void)err;
	for (size_t y = 0; y < height; y++) {
		for (size_t x = 0; x < width; x++) {
			const size_t begin[2] = { y * span->rows / height, x * span->cols / width },
				     end[2] = { (y + 1) * span->rows / height,
						(x + 1) * span->cols / width };
			size_t n = count_cell(weights, span, begin, end);

			nonzero += n;
			json_array_append_new(
				list, view_share((double)n / (double)((end[0] - begin[0]) *
								      (end[1] - begin[1]))));
		}
	}
	json_object_set_new(out, "rows", json_integer((json_int_t)span->rows));
	json_object_set_new(out, "columns", json_integer((json_int_t)span->cols));
	json_object_set_new(out, "width", json_integer((json_int_t)width));
	json_object_set_new(out, "height", json_integer((json_int_t)height));
	json_object_set_new(out, "share", list);
	json_object_set_new(out, "nonzero", json_integer((json_int_t)nonzero));
	json_object_set_new(out, "total", json_integer((json_int_t)(span->rows * span->cols)));
	return true;
}

const ModelView view_sparsity = {
	.info = { .name = "sparsity",
		  .title = "Where the weights are not zero",
		  .about = "The weight matrix of a layer as a grid, inputs down, outputs across." },
	.shows = view_weights_show,
	.fill = sparsity_fill,
};
