/* Rows of the parameters that both kinds of layers of trees have. Private to them.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_LAYERS_TREES_H
#define WATTLE_MODEL_LAYERS_TREES_H

#include "model/trees/model.h"

#define TREES_CACHE ((size_t)512 << 10) /* half of a second-level cache */

/* what: "a threshold" */
#define TREES_PARAMS(most, what)                                                                \
	{ .name = "trees",                                                                      \
	  .type = PARAM_INT,                                                                    \
	  .minimum = 1,                                                                         \
	  .maximum = most,                                                                      \
	  .unit = "trees",                                                                      \
	  .required = true,                                                                     \
	  .help = "Trees that every row walks down." },                                         \
		{ .name = "splits",                                                             \
		  .type = PARAM_INT,                                                            \
		  .minimum = 1,                                                                 \
		  .maximum = TREES_MISSING - 1,                                                 \
		  .required = true,                                                             \
		  .help = "Comparisons of one feature with " what ", of all trees together." }, \
		{ .name = "leaves",                                                             \
		  .type = PARAM_INT,                                                            \
		  .minimum = 1,                                                                 \
		  .maximum = TREES_MISSING - 1,                                                 \
		  .required = true,                                                             \
		  .help = "Leaves of all trees together." },                                    \
		{ .name = "outputs",                                                            \
		  .type = PARAM_INT,                                                            \
		  .minimum = 1,                                                                 \
		  .maximum = DATASET_CLASSES_MAX,                                               \
		  .required = true,                                                             \
		  .help = "Classes, or 1 for a number." },                                      \
	{                                                                                       \
		.name = "sum", .type = PARAM_CHOICE, .value = "mean", .choices = "mean|turns",  \
		.help = "mean: the outputs are the mean of the leaves; turns: a leaf has one "  \
			"number, and the trees add to the outputs in turns."                    \
	}

#endif
