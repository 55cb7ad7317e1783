/* One tree: its arrays, and pruning it.
 * SPDX-License-Identifier: MIT */
#include "model/trees/tree.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void tree_init(Tree *tree, size_t values)
{
	*tree = (Tree){ .values = values };
}

void tree_done(Tree *tree)
{
	free(tree->feature);
	free(tree->threshold);
	free(tree->missing);
	free(tree->child);
	free(tree->value);
	free(tree->weight);
	free(tree->split_cost);
	free(tree->leaf_cost);
	*tree = (Tree){ .values = tree->values };
}

/* An array of n · size bytes instead of *array, which stays when memory is short. */
static bool tree_room(void *array, size_t n, size_t size)
{
	void *old, *more;

	memcpy(&old, array, sizeof old);
	more = realloc(old, n ? n * size : 1);
	if (!more)
		return false;
	memcpy(array, &more, sizeof more);
	return true;
}

static bool tree_room_splits(Tree *tree, size_t n)
{
	if (!tree_room(&tree->feature, n, sizeof *tree->feature) ||
	    !tree_room(&tree->threshold, n, sizeof *tree->threshold) ||
	    !tree_room(&tree->missing, n, sizeof *tree->missing) ||
	    !tree_room(&tree->child, 2 * n, sizeof *tree->child) ||
	    !tree_room(&tree->split_cost, n, sizeof *tree->split_cost))
		return false;
	tree->splits_max = n;
	return true;
}

static bool tree_room_leaves(Tree *tree, size_t n)
{
	if (!tree_room(&tree->value, n * tree->values, sizeof *tree->value) ||
	    !tree_room(&tree->weight, n, sizeof *tree->weight) ||
	    !tree_room(&tree->leaf_cost, n, sizeof *tree->leaf_cost))
		return false;
	tree->leaves_max = n;
	return true;
}

long tree_add_split(Tree *tree, uint32_t feature, float threshold, Err *err)
{
	size_t at = tree->splits;

	if (at == tree->splits_max && !tree_room_splits(tree, at ? 2 * at : 64)) {
		err_set(err, ERR_MEMORY, "no memory for a tree of %zu splits", at);
		return -1;
	}
	tree->splits++;
	tree->feature[at] = feature;
	tree->threshold[at] = threshold;
	tree->missing[at] = 0;
	tree->child[2 * at] = tree->child[2 * at + 1] = 0;
	tree->split_cost[at] = 0;
	return (long)at;
}

long tree_add_leaf(Tree *tree, Err *err)
{
	size_t at = tree->leaves;

	if (at == tree->leaves_max && !tree_room_leaves(tree, at ? 2 * at : 64)) {
		err_set(err, ERR_MEMORY, "no memory for a tree of %zu leaves", at);
		return -1;
	}
	tree->leaves++;
	memset(tree->value + at * tree->values, 0, tree->values * sizeof *tree->value);
	tree->weight[at] = tree->leaf_cost[at] = 0;
	return (long)at;
}

void tree_fit(Tree *tree)
{
	tree_room_splits(tree, tree->splits);
	tree_room_leaves(tree, tree->leaves);
}

/* --- pruning ---------------------------------------------------------------------------------- */

/* Of a subtree: its cost as it is left, and its leaves before pruning, which follow each other. */
typedef struct TreePart {
	double cost, weight;
	size_t begin, end;
	bool leaf; /* it becomes one */
} TreePart;

static TreePart prune_child(const Tree *tree, const TreePart *part, uint32_t ref, double alpha,
			    double weight)
{
	if (!(ref & TREE_LEAF))
		return part[ref];
	size_t leaf = ref & ~TREE_LEAF;

	return (TreePart){ tree->leaf_cost[leaf] / weight + alpha, tree->weight[leaf], leaf,
			   leaf + 1, true };
}

/* The mean of the leaves of a part, into leaf `to` of the new ones (never behind the first). */
static void prune_merge(Tree *tree, const TreePart *part, size_t to, double cost)
{
	size_t values = tree->values;

	for (size_t v = 0; v < values; v++) {
		double sum = 0;

		for (size_t i = part->begin; i < part->end; i++)
			sum += tree->weight[i] * (double)tree->value[i * values + v];
		/* What stands there is of a leaf of this part, or of one that has moved. */
		tree->value[to * values + v] = part->end - part->begin == 1
						       ? tree->value[part->begin * values + v]
						       : (float)(sum / part->weight);
	}
	tree->weight[to] = part->weight;
	tree->leaf_cost[to] = cost;
}

/* Keeps the splits that are not within a part that became a leaf, in their order. */
typedef struct TreeKeep {
	const TreePart *part;
	uint32_t split, leaf; /* kept so far */
} TreeKeep;

typedef struct TreeTodo {
	uint32_t from, into; /* reference; where the new one goes: 0 the root, 1 + entry of child */
} TreeTodo;

static uint32_t prune_keep(Tree *tree, TreeKeep *keep, uint32_t from)
{
	bool leaf = from & TREE_LEAF;
	uint32_t at = from & ~TREE_LEAF;

	if (!leaf && !keep->part[at].leaf) {
		uint32_t to = keep->split++;

		tree->feature[to] = tree->feature[at];
		tree->threshold[to] = tree->threshold[at];
		tree->missing[to] = tree->missing[at];
		tree->split_cost[to] = tree->split_cost[at];
		return to;
	}
	TreePart part = leaf ? (TreePart){ .begin = at, .end = at + 1 } : keep->part[at];

	if (leaf)
		part.weight = tree->weight[at];
	prune_merge(tree, &part, keep->leaf, leaf ? tree->leaf_cost[at] : tree->split_cost[at]);
	return TREE_LEAF | keep->leaf++;
}

static void prune_all(Tree *tree, TreeKeep *keep)
{
	TreeTodo stack[TREE_DEPTH_MAX + 2];
	size_t todo = 1;

	stack[0] = (TreeTodo){ tree->root, 0 };
	while (todo > 0) {
		TreeTodo now = stack[--todo];
		uint32_t to = prune_keep(tree, keep, now.from);

		if (!(to & TREE_LEAF)) {
			uint32_t left = tree->child[2 * now.from];
			uint32_t right = tree->child[2 * now.from + 1];

			assert(todo + 2 <= sizeof stack / sizeof *stack);
			stack[todo++] = (TreeTodo){ right, 2 + 2 * to };
			stack[todo++] = (TreeTodo){ left, 1 + 2 * to };
		}
		if (now.into == 0)
			tree->root = to;
		else
			tree->child[now.into - 1] = to;
	}
	tree->splits = keep->split;
	tree->leaves = keep->leaf;
}

bool tree_prune(Tree *tree, double alpha, double weight, Err *err)
{
	TreePart *part = calloc(tree->splits ? tree->splits : 1, sizeof *part);
	TreeKeep keep = { .part = part };

	if (!part)
		return err_set(err, ERR_MEMORY, "no memory to prune a tree of %zu splits",
			       tree->splits);
	for (size_t i = tree->splits; i-- > 0;) {
		TreePart left = prune_child(tree, part, tree->child[2 * i], alpha, weight);
		TreePart right = prune_child(tree, part, tree->child[2 * i + 1], alpha, weight);
		double alone = tree->split_cost[i] / weight + alpha;

		part[i] = (TreePart){ left.cost + right.cost, left.weight + right.weight,
				      left.begin, right.end, false };
		/* What rounding makes of equal costs counts as equal. */
		if (alone <= part[i].cost * (1 + 1e-12)) {
			part[i].leaf = true;
			part[i].cost = alone;
		}
	}
	prune_all(tree, &keep);
	free(part);
	return true;
}
