/* What the units of the first layer look for in an image: their weights as images. Those whose
 * weights are largest together come first; channels are averaged.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>

#include "trial/view.h"

#define FILTERS_MAX 16

typedef struct Filter {
	size_t unit;
	double norm;
} Filter;

static bool is_convolution(const Layer *layer)
{
	return layer->conv.filters > 0;
}

/* Of the images that a layer's weights are; false when they are none. */
static bool image_of(const ViewWish *wish, size_t at, Shape *out)
{
	const Layer *layer = &wish->model->layer[at];
	const Dataset *set = wish->rows->set;
	size_t pixels = set->width * set->height;

	if (is_convolution(layer)) {
		*out = (Shape){ layer->conv.channels / layer->conv.groups, layer->conv.kernel_h,
				layer->conv.kernel_w };
		return out->height * out->width > 1;
	}
	if (pixels == 0 || shape_size(layer->in) % pixels || shape_size(layer->in) != set->features)
		return false;
	*out = (Shape){ set->features / pixels, set->height, set->width };
	return true;
}

static bool filters_show(const ViewWish *wish, size_t layer)
{
	const Model *model = wish->model;
	Shape image;

	return view_weights_show(wish, layer) && layer == model->weighted_layer[0] &&
	       image_of(wish, layer, &image) && image.height * image.width <= VIEW_VALUES_MAX;
}

static int by_norm(const void *a, const void *b)
{
	const Filter *x = a, *y = b;

	if (x->norm != y->norm)
		return x->norm < y->norm ? 1 : -1;
	return x->unit < y->unit ? -1 : x->unit > y->unit;
}

static Filter *sorted_filters(const Span *span, const float *weights)
{
	Filter *filters = calloc(span->cols, sizeof *filters);

	for (size_t unit = 0; filters && unit < span->cols; unit++) {
		filters[unit].unit = unit;
		for (size_t row = 0; row < span->rows; row++)
			filters[unit].norm += pow((double)weights[row * span->cols + unit], 2);
	}
	if (filters)
		qsort(filters, span->cols, sizeof *filters, by_norm);
	return filters;
}

/* Pixels of one unit, the smallest as 0 and the largest as 1. */
static json_t *image_json(const Span *span, const float *weights, size_t unit, Shape image)
{
	size_t pixels = image.height * image.width;
	double value[VIEW_VALUES_MAX], low = INFINITY, high = -INFINITY;
	json_t *list = json_array();

	for (size_t i = 0; i < pixels; i++) {
		value[i] = 0;
		for (size_t c = 0; c < image.channels; c++)
			value[i] += (double)weights[(c * pixels + i) * span->cols + unit];
		low = fmin(low, value[i]);
		high = fmax(high, value[i]);
	}
	for (size_t i = 0; i < pixels; i++)
		json_array_append_new(list, view_share(high > low ? (value[i] - low) / (high - low)
								  : 0.5));
	return json_pack("{s:I, s:o}", "unit", (json_int_t)unit + 1, "values", list);
}

static bool filters_fill(const ViewWish *wish, json_t *out, Err *err)
{
	const float *weights;
	const Span *span = view_weights(wish, &weights);
	Filter *filters = sorted_filters(span, weights);
	json_t *images = json_array();
	Shape image;

	json_object_set_new(out, "images", images);
	if (!filters)
		return err_set(err, ERR_MEMORY, "no memory for a figure");
	image_of(wish, wish->layer, &image);
	size_t fit = VIEW_VALUES_MAX / (image.height * image.width);

	for (size_t i = 0; i < span->cols && i < fit && i < FILTERS_MAX; i++)
		json_array_append_new(images, image_json(span, weights, filters[i].unit, image));
	free(filters);
	json_object_set_new(out, "width", json_integer((json_int_t)image.width));
	json_object_set_new(out, "height", json_integer((json_int_t)image.height));
	return true;
}

const ModelView view_filters = {
	.info = { .name = "filters",
		  .title = "What the first units look for",
		  .about = "Weights of the first layer as images, of the strongest units." },
	.shows = filters_show,
	.fill = filters_fill,
};
