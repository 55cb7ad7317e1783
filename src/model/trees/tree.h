/* One tree as it grows: splits and leaves in arrays, in the order in which a walk from the
 * root, left side first, meets them; so children come behind their parents. Private to
 * src/model/trees/ and the kinds that grow trees.
 *
 * A reference is the index of a split, or TREE_LEAF plus that of a leaf.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_TREES_TREE_H
#define WATTLE_MODEL_TREES_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define TREE_LEAF 0x80000000u
#define TREE_DEPTH_MAX 255 /* splits from the root to a leaf */

typedef struct Tree {
	size_t splits, leaves, values; /* values: numbers of a leaf */
	size_t splits_max, leaves_max;
	uint32_t root;
	uint32_t *feature;
	float *threshold; /* x <= threshold goes left */
	uint8_t *missing; /* 1: what is missing goes left too */
	uint32_t *child;  /* (splits, 2): left and right */
	float *value;     /* (leaves, values) */
	/* For pruning: rows (their weight) of a leaf, and weight · impurity of a split and a
	 * leaf. */
	double *weight, *split_cost, *leaf_cost;
} Tree;

/* An empty tree of so many values a leaf. done frees what it grew to. */
void tree_init(Tree *tree, size_t values);
void tree_done(Tree *tree);
/* Their index, or −1 and ERR_MEMORY. A new split has no children yet. */
long tree_add_split(Tree *tree, uint32_t feature, float threshold, Err *err);
long tree_add_leaf(Tree *tree, Err *err);
/* Gives back the room that is not used. */
void tree_fit(Tree *tree);

/* Minimal cost-complexity pruning (Breiman and others, 1984, chapter 3): a split becomes a leaf
 * where that makes impurity / weight + alpha · leaves of its subtree no greater; the value of
 * the new leaf is the mean of those that it replaces. weight: of all rows. alpha ≥ 0. */
bool tree_prune(Tree *tree, double alpha, double weight, Err *err);

#endif
