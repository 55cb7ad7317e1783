/* Embedding bag whose table is bytes: a quarter of the memory, for inference.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "model/layers/bag.h"
#include "model/model.h"

enum { SPAN_CODES, SPAN_SCALE };

static bool bag_int8_shape(Layer *layer, Model *model, const Params *params, Err *err)
{
	bag_layer_shape(layer, params);
	Bag bag = bag_of_layer(layer);

	return layer_add_integers(layer, model, "table", SPAN_U8, bag.buckets, bag.units, err) &&
	       layer_add_span(layer, model, "scale", 1, bag.units, false, false, err);
}

static bool bag_int8_check(const Layer *layer, const Model *model, Err *err)
{
	const float *scale = model_span_at(model, layer->span[SPAN_SCALE]);

	for (size_t u = 0; u < layer->out.channels; u++)
		if (!(scale[u] >= 0) || !isfinite(scale[u]))
			return err_set(err, ERR_FORMAT,
				       "the scale of unit %zu is %g, but must be 0 or above", u,
				       (double)scale[u]);
	return true;
}

static void bag_int8_forward(const LayerRun *run)
{
	Bag bag = bag_of_layer(run->layer);

	bag.codes = run->span[SPAN_CODES];
	bag.scale = run->span[SPAN_SCALE];
	bag_layer_forward(run, &bag);
}

static const Param bag_int8_params[] = { BAG_PARAMS, { 0 } };

const LayerKind layer_embedding_bag_int8 = {
	.info = { .name = "embedding-bag-int8",
		  .title = "embedding bag of bytes",
		  .about = "An embedding bag whose table holds bytes, with a scale for each unit.",
		  .params = bag_int8_params },
	.role = LAYER_PLAIN,
	.place = LAYER_ROWS,
	.sparse = true,
	.shape = bag_int8_shape,
	.check = bag_int8_check,
	.macs = bag_layer_macs,
	.forward = bag_int8_forward,
};
