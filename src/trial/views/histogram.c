/* How large the weights of a layer are. Those that are exactly 0 are counted apart, for they would
 * hide all others.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "trial/view.h"

#define BINS 40

static bool histogram_fill(const ViewWish *wish, json_t *out, Err *err)
{
	const float *weights;
	const Span *span = view_weights(wish, &weights);
	size_t total = span->rows * span->cols, zeros = 0, counts[BINS] = { 0 };
	double low = INFINITY, high = -INFINITY;
	json_t *list = json_array();

	(void)err;
	for (size_t i = 0; i < total; i++) {
		zeros += weights[i] == 0;
		if (weights[i] == 0)
			continue;
		low = fmin(low, (double)weights[i]);
		high = fmax(high, (double)weights[i]);
	}
	if (zeros == total)
		low = high = 0;
	for (size_t i = 0; i < total; i++) {
		double at = high > low ? ((double)weights[i] - low) / (high - low) * BINS : 0;

		if (weights[i] != 0)
			counts[at < BINS ? (size_t)at : BINS - 1]++;
	}
	for (size_t i = 0; i < BINS; i++)
		json_array_append_new(list, json_integer((json_int_t)counts[i]));
	json_object_set_new(out, "low", json_real(low));
	json_object_set_new(out, "high", json_real(high));
	json_object_set_new(out, "counts", list);
	json_object_set_new(out, "zeros", json_integer((json_int_t)zeros));
	json_object_set_new(out, "total", json_integer((json_int_t)total));
	return true;
}

const ModelView view_histogram = {
	.info = { .name = "histogram",
		  .title = "How large the weights are",
		  .about = "Counts of the weights of a layer by their value, zeros apart." },
	.shows = view_weights_show,
	.fill = histogram_fill,
};
