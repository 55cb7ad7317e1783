/* Many trees that know nothing of each other, on all threads. Private to the kinds that grow trees.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_TREES_FOREST_H
#define WATTLE_MODEL_TREES_FOREST_H

#include "model/model.h"
#include "model/trees/grow.h"

/* What a model is asked to be: the settings that tree, forest and extra-trees share. */
typedef struct ForestOptions {
	GrowOptions grow;
	size_t trees;
	unsigned codes, exact; /* of a column of floats: codes_max and exact_max of trees_table */
	double alpha;          /* of tree_prune; 0: not pruned */
	uint64_t seed;
} ForestOptions;

/* The settings "criterion", "depth", "min_leaf", "min_split" and "features" of a model, and one
 * tree; the rest is 0. */
void forest_options(ForestOptions *out, const Model *model, const Rows *train,
		    const FitOptions *options);
/* Those of kinds with many trees besides: "trees", "bins", and how many features are tried when
 * that is 0. */
void forest_options_many(ForestOptions *out, const Model *model, const Rows *train);

/* Grows the trees and makes the model of them. Each tree draws from a stream of its own, so
 * that threads change nothing. A "stop" of control ends it with the trees that are grown. */
bool forest_fit(Model *model, const Rows *train, const ForestOptions *options, Pool *pool,
		FitWatch *watch, Control *control, Err *err);

/* Rows of the table of parameters that the kinds share. */
#define FOREST_DEPTH                                                                       \
	{                                                                                  \
		.name = "depth", .type = PARAM_INT, .value = "0", .minimum = 0,            \
		.maximum = TREE_DEPTH_MAX, .unit = "splits",                               \
		.help = "Splits from the root to a leaf at most; 0: as many as it takes.", \
	}
#define FOREST_MIN_LEAF                                                                            \
	{                                                                                          \
		.name = "min_leaf", .type = PARAM_INT, .value = "1", .minimum = 1, .maximum = 1e9, \
		.unit = "rows", .help = "Training rows of a leaf, at least.",                      \
	}
#define FOREST_MIN_SPLIT                                                                          \
	{                                                                                         \
		.name = "min_split", .type = PARAM_INT, .value = "2", .minimum = 2,               \
		.maximum = 1e9, .unit = "rows", .help = "Training rows of a node that is split.", \
	}
#define FOREST_CRITERION(usual)                                                    \
	{                                                                          \
		.name = "criterion", .type = PARAM_CHOICE, .value = usual,         \
		.choices = "gini|entropy",                                         \
		.help = "Impurity of classes; that of numbers is their variance.", \
	}
#define FOREST_FEATURES(rule)                                                               \
	{                                                                                   \
		.name = "features", .type = PARAM_INT, .value = "0", .minimum = 0,          \
		.maximum = 1 << 24, .unit = "features",                                     \
		.help = "Features that are tried at a node, drawn at random; 0: " rule ".", \
	}
#define FOREST_TREES                                                                 \
	{                                                                            \
		.name = "trees", .type = PARAM_INT, .value = "100", .minimum = 1,    \
		.maximum = 100000, .unit = "trees", .help = "Trees that are grown.", \
	}
#define FOREST_BINS                                                                        \
	{                                                                                  \
		.name = "bins", .type = PARAM_INT, .value = "255", .minimum = 2,           \
		.maximum = TREES_WORD_CODES, .unit = "bins",                               \
		.help = "Numbers of a column fall into so many; exact for columns of no "  \
			"more distinct values, or, unless it is set, of 1000. Bytes stay " \
			"bytes.",                                                          \
	}
#define FOREST_SEED                                                               \
	{                                                                         \
		.name = "seed", .type = PARAM_INT, .value = "1", .minimum = 0,    \
		.maximum = 9007199254740992.0, .help = "Seed of what is random.", \
	}
/* All of them, of kinds with many trees. */
extern const Param forest_params_many[];

#endif
