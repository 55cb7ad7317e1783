/* Embedding bag: a row of a table for each word, summed over the words of a text.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "model/layers/bag.h"
#include "model/model.h"
#include "num/pool.h"

static bool bag_shape(Layer *layer, Model *model, const Params *params, Err *err)
{
	bag_layer_shape(layer, params);
	Bag bag = bag_of_layer(layer);

	/* No kernel runs a pruned or a quantized table: embedding-bag-int8 has one of bytes. */
	return layer_add_span(layer, model, "table", bag.buckets, bag.units, false, true, err);
}

/* U(±1/√units): the sum of squares of a row is about ⅓. */
static bool bag_init(const Layer *layer, float *const *span, Random *random, Control *control,
		     Err *err)
{
	Bag bag = bag_of_layer(layer);
	float bound = 1 / sqrtf((float)bag.units);

	return layer_draw(span[0], bag.buckets * bag.units, bound, random, control, err);
}

static Bag bag_of_run(const LayerRun *run)
{
	Bag bag = bag_of_layer(run->layer);

	bag.table = run->span[0];
	return bag;
}

static void bag_forward(const LayerRun *run)
{
	Bag bag = bag_of_run(run);

	bag_layer_forward(run, &bag);
}

static void bag_backward(const LayerRun *run)
{
	Bag bag = bag_of_run(run);

	for (size_t r = run->begin; r < run->end; r++) {
		const SparseRow row = { bag.features, NULL, run->x + r * bag.features };
		const float *dy = run->dy + r * bag.units;
		float factor = bag_factor(&bag, &row);

		for (size_t j = 0; j < bag.features; j++) {
			const float *from = bag.table + bag_bucket(&bag, (uint32_t)j) * bag.units;
			float sum = 0;

			for (size_t u = 0; u < bag.units; u++)
				sum += dy[u] * from[u];
			run->dx[r * bag.features + j] = factor * sum;
		}
	}
}

static void bag_add_row(const Bag *bag, const SparseRow *row, const float *dy, size_t begin,
			size_t end, float *grad)
{
	float factor = bag_factor(bag, row);

	for (size_t e = 0; e < row->count; e++) {
		size_t at = bag_bucket(bag, bag_column(row, e));

		if (at < begin || at >= end)
			continue;
		for (size_t u = 0; u < bag->units; u++)
			grad[at * bag->units + u] += factor * row->value[e] * dy[u];
	}
}

/* Threads share the rows of the table. */
static void bag_gradient(const LayerRun *run, unsigned part, unsigned parts)
{
	Bag bag = bag_of_run(run);
	size_t begin, end;

	pool_share(bag.buckets, 1, part, parts, &begin, &end);
	memset(run->grad[0] + begin * bag.units, 0,
	       (end - begin) * bag.units * sizeof *run->grad[0]);
	for (size_t r = 0; r < run->rows; r++) {
		const SparseRow row = { bag.features, NULL, run->x + r * bag.features };

		bag_add_row(&bag, &row, run->dy + r * bag.units, begin, end, run->grad[0]);
	}
}

static const Param bag_params[] = { BAG_PARAMS, { 0 } };

const LayerKind layer_embedding_bag = {
	.info = { .name = "embedding-bag",
		  .title = "embedding bag",
		  .about = "Each word has a row of a table; a text is the sum or the mean of its "
			   "words' rows.",
		  .params = bag_params },
	.role = LAYER_PLAIN,
	.place = LAYER_ROWS,
	.sparse = true,
	.shape = bag_shape,
	.macs = bag_layer_macs,
	.init = bag_init,
	.forward = bag_forward,
	.backward = bag_backward,
	.gradient = bag_gradient,
};
