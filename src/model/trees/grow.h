/* Growing one tree by splitting nodes until they are pure or too small (CART; with random
 * features of a forest, or random cuts of extra trees). Private to src/model/trees/ and the
 * kinds that grow trees.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_TREES_GROW_H
#define WATTLE_MODEL_TREES_GROW_H

#include <stdatomic.h>

#include "base/random.h"
#include "model/trees/split.h"
#include "model/trees/table.h"
#include "model/trees/tree.h"

typedef struct GrowOptions {
	SplitCriterion criterion;
	bool random;                  /* one random cut a feature instead of the best */
	bool bootstrap;               /* rows are drawn with replacement, as many as there are */
	size_t features;              /* that are tried at a node, drawn without replacement */
	unsigned depth;               /* at most TREE_DEPTH_MAX */
	uint64_t min_leaf, min_split; /* rows of a leaf, of a node that is split */
	/* Of equal splits, which are many where rows and values are few, any may win; else that of the
	 * lowest feature does, and trees lean on the first columns. */
	bool ties;
} GrowOptions;

/* Working memory of one thread. */
typedef struct Grower Grower;
Grower *grower_new(const TreesTable *table, const GrowOptions *options, const double *xlogx,
		   Arena *arena, Err *err);

/* Called between the features of a node; false ends the growing with what it has set. */
typedef struct GrowWatch {
	bool (*poll)(struct GrowWatch *self, Err *err);
} GrowWatch;

/* Fills an empty tree from the table's rows: leaves hold the shares of the classes, or the mean
 * of the targets. The same for the same random. */
bool grower_grow(Grower *grower, Tree *tree, Random *random, GrowWatch *watch, Err *err);

#endif
