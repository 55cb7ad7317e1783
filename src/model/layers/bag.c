/* The layer of an embedding bag, whatever its table holds.
 * SPDX-License-Identifier: MIT */
#include "model/layers/bag.h"

#include <math.h>

#include "model/model.h"

/* Layer.own. */
enum { OWN_UNITS, OWN_BUCKETS, OWN_MEAN };

void bag_layer_shape(Layer *layer, const Params *params)
{
	layer->own[OWN_UNITS] = (size_t)params_get(params, "units")->integer;
	layer->own[OWN_BUCKETS] = (size_t)params_get(params, "buckets")->integer;
	layer->own[OWN_MEAN] = params_get(params, "by")->choice == 0;
	layer->out = (Shape){ layer->own[OWN_UNITS], 1, 1 };
}

Bag bag_of_layer(const Layer *layer)
{
	return (Bag){ .features = shape_size(layer->in),
		      .units = layer->own[OWN_UNITS],
		      .buckets = layer->own[OWN_BUCKETS],
		      .mean = layer->own[OWN_MEAN] };
}

void bag_layer_forward(const LayerRun *run, const Bag *bag)
{
	for (size_t r = run->begin; r < run->end; r++) {
		SparseRow dense = { .count = bag->features };

		if (!run->entries)
			dense.value = run->x + r * bag->features;
		bag_rows(run->features, bag, run->entries ? &run->entries[r] : &dense, 1,
			 run->y + r * bag->units);
	}
}

/* Of dense rows every feature is an entry. */
uint64_t bag_layer_macs(const Layer *layer, const Model *model)
{
	double entries =
		model->form == DATASET_SPARSE ? model->entries : (double)shape_size(layer->in);

	return (uint64_t)llrint(entries * (double)layer->own[OWN_UNITS]);
}
