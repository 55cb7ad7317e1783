/* From trees in f32 to trees of bytes.
 * SPDX-License-Identifier: MIT */
#include "model/trees/bytes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* Where the numbers of all trees go. */
typedef struct BytesSpans {
	ByteSplit *split;
	ByteRoot *root;
	uint8_t *share;
	float *number;         /* one of them is NULL */
	size_t splits, leaves; /* so far */
} BytesSpans;

/* The greatest byte whose number is at or below a threshold; -1: none. */
static int bytes_most(float threshold, float scale)
{
	int most = -1;

	while (most < 255 && (float)(most + 1) * scale <= threshold)
		most++;
	return most;
}

/* Splits of a subtree; below[split] is known of those behind it. */
static uint32_t bytes_below(uint32_t ref, const uint32_t *below)
{
	return ref & TREE_LEAF ? 0 : below[ref];
}

static bool bytes_splits(BytesSpans *spans, const Tree *tree, float scale, uint32_t *below,
			 Err *err)
{
	ByteSplit *split = spans->split + spans->splits;

	for (size_t i = tree->splits; i-- > 0;) {
		uint32_t left = tree->child[2 * i], right = tree->child[2 * i + 1];
		int most = bytes_most(tree->threshold[i], scale);

		if (most < 0)
			return err_set(err, ERR_ARGUMENT, "a threshold, %g, is below every byte",
				       (double)tree->threshold[i]);
		below[i] = 1 + bytes_below(left, below) + bytes_below(right, below);
		split[i].test = tree->feature[i] | (uint32_t)most << 16 |
				(left & TREE_LEAF ? BYTES_LEFT_ENDS : 0) |
				(right & TREE_LEAF ? BYTES_RIGHT_ENDS : 0);
		split[i].right = (uint32_t)(spans->splits + i + 1) + bytes_below(left, below);
	}
	return true;
}

static void bytes_values(BytesSpans *spans, const Tree *tree)
{
	size_t at = spans->leaves * tree->values, n = tree->leaves * tree->values;

	for (size_t i = 0; i < n; i++) {
		float value = tree->value[i];

		if (spans->number)
			spans->number[at + i] = value;
		else
			/* A share, unless a stranger wrote the file. */
			spans->share[at + i] = (uint8_t)(fminf(fmaxf(value, 0), 1) * 255 + 0.5f);
	}
}

static bool bytes_put(BytesSpans *spans, const Tree *tree, size_t number, float scale, Err *err)
{
	uint32_t *below = calloc(tree->splits + 1, sizeof *below);
	bool fine = below;

	if (!below)
		return err_set(err, ERR_MEMORY, "no memory for a tree of %zu splits", tree->splits);
	spans->root[number] =
		(ByteRoot){ (uint32_t)spans->splits | (tree->splits ? 0 : BYTES_ALONE),
			    (uint32_t)spans->leaves };
	fine = bytes_splits(spans, tree, scale, below, err);
	bytes_values(spans, tree);
	spans->splits += tree->splits;
	spans->leaves += tree->leaves;
	free(below);
	return fine;
}

/* The same trees with their splits and leaves in order; the caller gives them back. */
static bool bytes_read(const TreesView *view, Tree *tree, size_t *splits, size_t *leaves, Err *err)
{
	*splits = *leaves = 0;
	for (size_t t = 0; t < view->trees; t++) {
		if (!trees_read(view, t, &tree[t], NULL, err))
			return false;
		*splits += tree[t].splits;
		*leaves += tree[t].leaves;
	}
	return *splits < TREES_MISSING ||
	       err_set(err, ERR_ARGUMENT, "%zu splits are too many for one model", *splits);
}

static bool bytes_make(Model *model, const TreesView *view, const Tree *tree, size_t splits,
		       size_t leaves, Err *err)
{
	char line[LAYER_TEXT_MAX];
	const Layer *layer = &model->layer[0];
	const Shape input = model->input;
	bool numbers = view->sum == TREES_TURNS || model->numbers;

	text_format(line, sizeof line, "byte-trees %zu splits=%zu leaves=%zu outputs=%zu%s%s",
		    view->trees, splits ? splits : 1, leaves, view->outputs,
		    view->sum == TREES_TURNS ? " sum=turns" : "", numbers ? " leaf=numbers" : "");
	if (!model_restart(model, input, line, err))
		return false;
	void *value = model_span_data(model, layer->span[BYTES_VALUE]);
	BytesSpans spans = { .split = model_span_data(model, layer->span[BYTES_SPLIT]),
			     .root = model_span_data(model, layer->span[BYTES_ROOT]),
			     .share = numbers ? NULL : value,
			     .number = numbers ? value : NULL };

	for (size_t t = 0; t < view->trees; t++)
		if (!bytes_put(&spans, &tree[t], t, model->input_scale, err))
			return false;
	if (view->base)
		memcpy(model_span_data(model, layer->span[BYTES_BASE]), view->base,
		       view->outputs * sizeof *view->base);
	return true;
}

bool bytes_model(Model *model, const TreesView *view, Err *err)
{
	uint64_t steps = model->steps;
	size_t splits, leaves;

	if (shape_size(model->input) > BYTES_SPLIT_FEATURES)
		return err_set(err, ERR_ARGUMENT, "%zu features are more than %d",
			       shape_size(model->input), BYTES_SPLIT_FEATURES);
	if (view->trees > BYTES_TREES_MAX)
		return err_set(err, ERR_ARGUMENT, "%zu trees are more than %d", view->trees,
			       BYTES_TREES_MAX);
	Tree *tree = calloc(view->trees, sizeof *tree);

	if (!tree)
		return err_set(err, ERR_MEMORY, "no memory for %zu trees", view->trees);
	bool fine = bytes_read(view, tree, &splits, &leaves, err) &&
		    bytes_make(model, view, tree, splits, leaves, err);

	model->steps = steps;
	for (size_t t = 0; t < view->trees; t++)
		tree_done(&tree[t]);
	free(tree);
	return fine;
}
