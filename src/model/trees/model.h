/* Trees as a model keeps them: what the layer "trees", the kinds that grow trees and the techniques
 * that change them agree on. Private to those.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_TREES_MODEL_H
#define WATTLE_MODEL_TREES_MODEL_H

#include <math.h>

#include "model/model.h"
#include "model/trees/tree.h"

#define TREES_LEAF TREE_LEAF
#define TREES_MISSING 0x40000000u /* in a left child: what is missing goes left */
#define TREES_DEPTH_MAX TREE_DEPTH_MAX

/* A split as it is kept: a row of four numbers of 32 bits, so that a visit touches one cache
 * line. */
typedef struct TreesSplit {
	uint32_t feature;
	float threshold;   /* a value that is at most this goes left */
	uint32_t child[2]; /* left, right */
} TreesSplit;
_Static_assert(sizeof(TreesSplit) == 4 * sizeof(uint32_t), "a row of the span");

/* Spans of the layer, in their order. */
enum { TREES_SPLIT, TREES_VALUE, TREES_ROOT, TREES_BASE };

/* Layer.own. */
enum { TREES_OWN_TREES, TREES_OWN_TURNS, TREES_OWN_MISSING, TREES_OWN_SPLITS };

/* How leaves become outputs: the parameter "sum" of the layer. */
typedef enum TreesSum { TREES_MEAN, TREES_TURNS } TreesSum;

/* Makes the model one layer of these trees, of at least one tree. base (outputs): of
 * TREES_TURNS. */
bool trees_model(Model *model, size_t features, const Tree *tree, size_t trees, size_t outputs,
		 TreesSum sum, const float *base, bool missing, Err *err);

/* The trees of a fitted model, borrowed from it. */
typedef struct TreesView {
	const TreesSplit *split;
	const float *value; /* (leaves, values) */
	const uint32_t *root;
	const float *base; /* (outputs); NULL unless in turns */
	size_t trees, splits, leaves, outputs;
	size_t values; /* numbers of a leaf: outputs, or 1 in turns */
	TreesSum sum;
	bool missing;
} TreesView;

/* False when the model is none of trees in f32. */
bool trees_view(TreesView *out, const Model *model);
/* Tree `number` as it grew, into one that is empty; weights and costs are 0. leaf, unless NULL, is
 * where each of its leaves stands in the view: room for as many as there are. ERR_FORMAT when splits
 * share a child, as no fit makes them. */
bool trees_read(const TreesView *view, size_t number, Tree *out, uint32_t *leaf, Err *err);

/* The child of a split that a value goes to. What is no number is at or below nothing. */
static inline uint32_t trees_next(const TreesSplit *split, float value, bool missing)
{
	bool right = !(value <= split->threshold);

	if (!missing)
		return split->child[right];
	right = right && !((split->child[0] & TREES_MISSING) && isnan(value));
	return split->child[right] & ~(right ? 0 : TREES_MISSING);
}

/* About how many splits a row passes: LayerKind.touches. */
static inline uint64_t trees_touches(size_t trees, size_t splits)
{
	return trees * (uint64_t)(1 + log2(1 + (double)splits / (double)trees));
}

/* The leaf of the view where a row ends. */
static inline size_t trees_leaf(const TreesView *view, size_t number, const float *x)
{
	uint32_t at = view->root[number];

	while (!(at & TREES_LEAF))
		at = trees_next(&view->split[at], x[view->split[at].feature], view->missing);
	return at & ~TREES_LEAF;
}

#endif
