/* Trees of 8 bytes a split, for rows of bytes: what the layer "byte-trees" and the technique that
 * makes it agree on. Private to those.
 *
 * Splits stand in the order of a walk from the root, left side first, and so do leaves, tree after
 * tree. So the left child of a split is the split behind it, and a leaf needs no number: it is the
 * tree's first leaf, plus the splits that stand between the tree's first and the place where the
 * walk ended, less the left turns that were taken.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_TREES_BYTES_H
#define WATTLE_MODEL_TREES_BYTES_H

#include "model/trees/model.h"

#define BYTES_SPLIT_FEATURES 65536
#define BYTES_TREES_MAX 65536 /* sums of shares stay exact in f32 */

/* Bits of ByteSplit.test: which children are leaves. */
#define BYTES_LEFT_ENDS 0x01000000u
#define BYTES_RIGHT_ENDS 0x02000000u

typedef struct ByteSplit {
	uint32_t test;  /* feature; 16 bits on: the greatest byte that goes left; which ends */
	uint32_t right; /* the first split behind those of the left side */
} ByteSplit;
_Static_assert(sizeof(ByteSplit) == 2 * sizeof(uint32_t), "a row of the span");

/* first: of a tree that is one leaf BYTES_ALONE too. */
#define BYTES_ALONE TREE_LEAF
typedef struct ByteRoot {
	uint32_t first, leaf; /* the tree's first split and leaf */
} ByteRoot;
_Static_assert(sizeof(ByteRoot) == 2 * sizeof(uint32_t), "a row of the span");

/* Spans of the layer, in their order. */
enum { BYTES_SPLIT, BYTES_VALUE, BYTES_ROOT, BYTES_BASE };

/* What a leaf holds: the parameter "leaf" of the layer. SHARES: of the classes, in 255ths. */
typedef enum BytesLeaf { BYTES_SHARES, BYTES_NUMBERS } BytesLeaf;

/* Makes the model one layer of the view's trees, which are another model's. It is fitted on rows of
 * bytes, so nothing is missing. ERR_ARGUMENT: too many features or trees, or a threshold below every
 * byte. */
bool bytes_model(Model *model, const TreesView *view, Err *err);

#endif
