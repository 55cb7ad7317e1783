/* What the two embedding bags share, of floats and of bytes. Private to them and to the fit of
 * textbag.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_LAYERS_BAG_H
#define WATTLE_MODEL_LAYERS_BAG_H

#include "model/layer.h"
#include "num/sparse/bag.h"

#define BAG_UNITS_MAX 1024
#define BAG_BUCKETS_MAX 16777216

/* For both kinds of layer: units, buckets, mean and shape from the parameters; the layer at
 * work. */
void bag_layer_shape(Layer *layer, const Params *params);
Bag bag_of_layer(const Layer *layer);
void bag_layer_forward(const LayerRun *run, const Bag *bag);
uint64_t bag_layer_macs(const Layer *layer, const Model *model);

#define BAG_PARAMS                                                                          \
	{ .name = "units",                                                                  \
	  .type = PARAM_INT,                                                                \
	  .minimum = 1,                                                                     \
	  .maximum = BAG_UNITS_MAX,                                                         \
	  .unit = "units",                                                                  \
	  .required = true,                                                                 \
	  .help = "Numbers that stand for a word." },                                       \
		{ .name = "buckets",                                                        \
		  .type = PARAM_INT,                                                        \
		  .minimum = 1,                                                             \
		  .maximum = BAG_BUCKETS_MAX,                                               \
		  .unit = "rows",                                                           \
		  .required = true,                                                         \
		  .help = "Rows of the table; where words are more, some share one." },     \
	{                                                                                   \
		.name = "by", .type = PARAM_CHOICE, .value = "mean", .choices = "mean|sum", \
		.help = "What becomes of a row's words: their sum, or that divided by how " \
			"many they are."                                                    \
	}

#endif
