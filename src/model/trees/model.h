/* Trees as a model keeps them: what the layer "trees" and the kinds that grow trees agree on.
 * Private to those.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_TREES_MODEL_H
#define WATTLE_MODEL_TREES_MODEL_H

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

/* How leaves become outputs: the parameter "sum" of the layer. */
typedef enum TreesSum { TREES_MEAN, TREES_TURNS } TreesSum;

/* Makes the model one layer of these trees, of at least one tree. base (outputs): of
 * TREES_TURNS. */
bool trees_model(Model *model, size_t features, const Tree *tree, size_t trees, size_t outputs,
		 TreesSum sum, const float *base, bool missing, Err *err);

#endif
