/* From trees as they grew to the spans of a model, and back.
 * SPDX-License-Identifier: MIT */
#include "model/trees/model.h"

#include <string.h>

#include "base/text.h"

/* Where the numbers of all trees go. */
typedef struct Spans {
	TreesSplit *split;
	uint32_t *root;
	float *value;
	size_t splits, leaves; /* so far */
} Spans;

static Spans model_spans(Model *model)
{
	const Layer *layer = &model->layer[0];

	return (Spans){ .split = model_span_data(model, layer->span[TREES_SPLIT]),
			.value = model_span_data(model, layer->span[TREES_VALUE]),
			.root = model_span_data(model, layer->span[TREES_ROOT]) };
}

static uint32_t spans_ref(const Spans *spans, uint32_t ref)
{
	return ref & TREE_LEAF ? ref + (uint32_t)spans->leaves : ref + (uint32_t)spans->splits;
}

static void spans_put(Spans *spans, const Tree *tree, size_t number)
{
	for (size_t i = 0; i < tree->splits; i++) {
		TreesSplit *split = &spans->split[spans->splits + i];

		split->feature = tree->feature[i];
		split->threshold = tree->threshold[i];
		for (size_t k = 0; k < 2; k++)
			split->child[k] = spans_ref(spans, tree->child[2 * i + k]);
		if (tree->missing[i])
			split->child[0] |= TREES_MISSING;
	}
	memcpy(spans->value + spans->leaves * tree->values, tree->value,
	       tree->leaves * tree->values * sizeof *tree->value);
	spans->root[number] = spans_ref(spans, tree->root);
	spans->splits += tree->splits;
	spans->leaves += tree->leaves;
}

bool trees_model(Model *model, size_t features, const Tree *tree, size_t trees, size_t outputs,
		 TreesSum sum, const float *base, bool missing, Err *err)
{
	char line[LAYER_TEXT_MAX];
	size_t splits = 0, leaves = 0;

	for (size_t t = 0; t < trees; t++) {
		splits += tree[t].splits;
		leaves += tree[t].leaves;
	}
	if (splits >= TREES_MISSING || leaves >= TREES_MISSING)
		return err_set(err, ERR_ARGUMENT, "fit: %zu splits are too many for one model",
			       splits);
	/* Spans are never empty: without a split there is one that no root leads to. */
	bool none = splits == 0;

	text_format(line, sizeof line, "trees %zu splits=%zu leaves=%zu outputs=%zu%s%s", trees,
		    none ? 1 : splits, leaves, outputs, sum == TREES_TURNS ? " sum=turns" : "",
		    missing ? " missing=true" : "");
	if (!model_restart(model, (Shape){ features, 1, 1 }, line, err))
		return false;
	Spans spans = model_spans(model);

	if (none)
		spans.split[0].child[0] = spans.split[0].child[1] = TREES_LEAF;
	for (size_t t = 0; t < trees; t++)
		spans_put(&spans, &tree[t], t);
	if (sum == TREES_TURNS)
		memcpy(model_span_data(model, model->layer[0].span[TREES_BASE]), base,
		       outputs * sizeof *base);
	return true;
}

/* --- back ------------------------------------------------------------------------------------- */

bool trees_view(TreesView *out, const Model *model)
{
	const Layer *layer = &model->layer[0];

	if (model->layers != 1 || strcmp(layer->kind->info.name, "trees") != 0)
		return false;
	const Span *value = &model->span[layer->span[TREES_VALUE]];
	bool turns = layer->spans > TREES_BASE;

	*out = (TreesView){ .split = model_span_at(model, layer->span[TREES_SPLIT]),
			    .value = model_span_at(model, layer->span[TREES_VALUE]),
			    .root = model_span_at(model, layer->span[TREES_ROOT]),
			    .base = turns ? model_span_at(model, layer->span[TREES_BASE]) : NULL,
			    .trees = model->span[layer->span[TREES_ROOT]].cols,
			    .splits = model->span[layer->span[TREES_SPLIT]].rows,
			    .leaves = value->rows,
			    .outputs = layer->out.channels,
			    .values = value->cols,
			    .sum = turns ? TREES_TURNS : TREES_MEAN,
			    .missing = layer->own[TREES_OWN_MISSING] };
	return true;
}

/* What is to be read; into: 0 the root, 1 + entry of child. */
typedef struct ReadTodo {
	uint32_t from, into;
} ReadTodo;

static bool read_split(const TreesView *view, Tree *out, uint32_t from, uint32_t *to, Err *err)
{
	const TreesSplit *split = &view->split[from];
	long at;

	if (out->splits == view->splits)
		return err_set(err, ERR_FORMAT, "splits share a child");
	at = tree_add_split(out, split->feature, split->threshold, err);
	if (at < 0)
		return false;
	out->missing[at] = view->missing && split->child[0] & TREES_MISSING;
	*to = (uint32_t)at;
	return true;
}

static bool read_leaf(const TreesView *view, Tree *out, uint32_t from, uint32_t *to, uint32_t *leaf,
		      Err *err)
{
	long at;

	if (out->leaves == view->leaves)
		return err_set(err, ERR_FORMAT, "splits share a leaf");
	at = tree_add_leaf(out, err);
	if (at < 0)
		return false;
	memcpy(out->value + (size_t)at * out->values, view->value + from * view->values,
	       view->values * sizeof *out->value);
	if (leaf)
		leaf[at] = from;
	*to = TREE_LEAF | (uint32_t)at;
	return true;
}

bool trees_read(const TreesView *view, size_t number, Tree *out, uint32_t *leaf, Err *err)
{
	ReadTodo stack[TREES_DEPTH_MAX + 2];
	size_t todo = 1;

	tree_init(out, view->values);
	stack[0] = (ReadTodo){ view->root[number], 0 };
	while (todo > 0) {
		ReadTodo now = stack[--todo];
		uint32_t from = now.from & ~TREES_LEAF, to = 0;

		if (now.from & TREES_LEAF ? !read_leaf(view, out, from, &to, leaf, err)
					  : !read_split(view, out, from, &to, err))
			return false;
		if (!(now.from & TREES_LEAF)) {
			const uint32_t *child = view->split[from].child;

			stack[todo++] = (ReadTodo){ child[1], 2 + 2 * to };
			stack[todo++] = (ReadTodo){ child[0] & ~(view->missing ? TREES_MISSING : 0),
						    1 + 2 * to };
		}
		if (now.into == 0)
			out->root = to;
		else
			out->child[now.into - 1] = to;
	}
	return true;
}
