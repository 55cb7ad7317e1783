/* Fewer trees: of a forest the first trees that are as good as all, of boosting the first rounds,
 * by rows that the model was not fitted on.
 *
 * From all trees down, each number of trees is compared with all trees row by row; the first that
 * may lose more than the margin ends it (a fixed sequence of tests, each at 5 %: so the whole errs in
 * 5 % of cases, and no order was chosen by looking at the rows). Differences are paired: d = loss
 * of fewer - loss of all; fewer are kept while mean(d) + 1.645 standard errors is at most the
 * margin. Of classes two rows join those of data, of which half a one is worse and half a one better
 * (Agresti and Min 2005): that few rows show no difference proves little.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "technique/technique.h"
#include "technique/trees.h"

#define FEWER_ROWS 256             /* that pass the trees together */
#define FEWER_Z 1.6448536269514722 /* one-sided 5 % */

typedef struct FewerTrees {
	Model *model; /* the new one */
	TreesView view;
	const Rows *data;
	size_t each, count; /* trees that go together; how often */
	float *x;           /* (FEWER_ROWS, features) */
	uint32_t *leaf;     /* (FEWER_ROWS, trees) */
	double *sum;        /* (count, 2): Σ d and Σ d² of so many */
	float *score, *out; /* (outputs) */
	double *loss;       /* (count) of one row */
	Control *control;
} FewerTrees;

static bool fewer_take(FewerTrees *fewer, Arena *arena, Err *err)
{
	const TreesView *view = &fewer->view;

	fewer->each = view->sum == TREES_TURNS ? view->outputs : 1;
	fewer->count = view->trees / fewer->each;
	fewer->x =
		arena_take(arena, FEWER_ROWS * model_inputs(fewer->model), sizeof *fewer->x, err);
	fewer->leaf = arena_take(arena, FEWER_ROWS * view->trees, sizeof *fewer->leaf, err);
	fewer->sum = arena_take(arena, 2 * fewer->count, sizeof *fewer->sum, err);
	fewer->score = arena_take(arena, view->outputs, sizeof *fewer->score, err);
	fewer->out = arena_take(arena, view->outputs, sizeof *fewer->out, err);
	fewer->loss = arena_take(arena, fewer->count, sizeof *fewer->loss, err);
	return fewer->x && fewer->leaf && fewer->sum && fewer->score && fewer->out && fewer->loss;
}

/* Trees k · each … of one row. */
static void fewer_add(FewerTrees *fewer, const uint32_t *leaf, size_t k)
{
	const TreesView *view = &fewer->view;

	for (size_t t = k * fewer->each; t < (k + 1) * fewer->each; t++) {
		/* In turns a leaf has one number, of output t % outputs. */
		float *to = fewer->score + (view->base ? t % view->outputs : 0);

		for (size_t v = 0; v < view->values; v++)
			to[v] += view->value[leaf[t] * view->values + v];
	}
}

/* Losses of row i with 1 … count trees, and what they are worse than all. */
static void fewer_row(FewerTrees *fewer, size_t i, const uint32_t *leaf)
{
	const TreesView *view = &fewer->view;
	size_t bytes = view->outputs * sizeof *fewer->score;

	if (view->base)
		memcpy(fewer->score, view->base, bytes);
	else
		memset(fewer->score, 0, bytes);
	for (size_t k = 0; k < fewer->count; k++) {
		fewer_add(fewer, leaf, k);
		for (size_t c = 0; c < view->outputs; c++)
			fewer->out[c] =
				view->base ? fewer->score[c] : fewer->score[c] / (float)(k + 1);
		fewer->loss[k] = technique_loss(fewer->model, fewer->data, i, fewer->out);
	}
	for (size_t k = 0; k < fewer->count; k++) {
		double d = fewer->loss[k] - fewer->loss[fewer->count - 1];

		fewer->sum[2 * k] += d;
		fewer->sum[2 * k + 1] += d * d;
	}
}

static bool fewer_compare(FewerTrees *fewer, Err *err)
{
	const TreesView *view = &fewer->view;
	size_t features = model_inputs(fewer->model), n;

	memset(fewer->sum, 0, 2 * fewer->count * sizeof *fewer->sum);
	for (size_t i = 0; i < fewer->data->count; i += n) {
		n = fewer->data->count - i < FEWER_ROWS ? fewer->data->count - i : FEWER_ROWS;
		rows_floats(fewer->data, i, n, fewer->x);
		for (size_t t = 0; t < view->trees; t++) {
			if (!control_poll(fewer->control, err))
				return false;
			for (size_t k = 0; k < n; k++)
				fewer->leaf[k * view->trees + t] =
					(uint32_t)trees_leaf(view, t, fewer->x + k * features);
		}
		for (size_t k = 0; k < n; k++) {
			if (!control_poll(fewer->control, err))
				return false;
			fewer_row(fewer, i + k, fewer->leaf + k * view->trees);
		}
	}
	return true;
}

/* What a loss is measured in: a wrong row, or the variance of the targets. */
static double fewer_unit(const FewerTrees *fewer)
{
	double n = (double)fewer->data->count, mean = 0, squares = 0;

	if (!fewer->model->numbers)
		return 1;
	for (size_t i = 0; i < fewer->data->count; i++)
		mean += (double)rows_target(fewer->data, i) / n;
	for (size_t i = 0; i < fewer->data->count; i++) {
		double d = (double)rows_target(fewer->data, i) - mean;

		squares += d * d / n;
	}
	return squares;
}

/* What so many trees may lose against all, at worst; no number where one row is all there is. */
static double fewer_worst(const FewerTrees *fewer, size_t k)
{
	double joined = fewer->model->numbers ? 0 : 2, n = (double)fewer->data->count + joined;
	double mean = fewer->sum[2 * (k - 1)] / n;
	double spread = (fewer->sum[2 * (k - 1) + 1] + joined / 2) / n - mean * mean;

	return mean + FEWER_Z * sqrt(fmax(spread, 0) / (joined > 0 ? n : n - 1));
}

/* How many stay, in units of `each`. */
static size_t fewer_choose(const FewerTrees *fewer, double margin)
{
	double limit = margin * fewer_unit(fewer);
	size_t k = fewer->count;

	while (k > 1 && fewer_worst(fewer, k - 1) <= limit)
		k--;
	return k;
}

static bool fewer_cut(const FewerTrees *fewer, size_t trees, Err *err)
{
	const TreesView *view = &fewer->view;
	Tree *tree = calloc(trees, sizeof *tree);
	bool fine = tree;

	if (!tree)
		return err_set(err, ERR_MEMORY, "no memory for %zu trees", trees);
	for (size_t t = 0; fine && t < trees; t++)
		fine = trees_read(view, t, &tree[t], NULL, err);
	fine = fine && trees_model(fewer->model, model_inputs(fewer->model), tree, trees,
				   view->outputs, view->sum, view->base, view->missing, err);
	fewer->model->steps = trees / fewer->each;
	for (size_t t = 0; t < trees; t++)
		tree_done(&tree[t]);
	free(tree);
	return fine;
}

static bool fewer_model(FewerTrees *fewer, double margin, Err *err)
{
	Arena *arena = arena_new(0, err);
	bool fine = arena && fewer_take(fewer, arena, err) && fewer_compare(fewer, err) &&
		    fewer_cut(fewer, fewer_choose(fewer, margin) * fewer->each, err);

	arena_free(arena);
	return fine;
}

static Model *fewer_trees_apply(const Model *model, const Params *params, FitWatch *watch,
				Control *control, Err *err)
{
	FewerTrees fewer = { .data = params_get(params, "data")->object, .control = control };
	double margin = params_get(params, "margin_pt")->number / 100;

	(void)watch; /* nothing is trained */
	if (technique_trees(&fewer.view, model, err) &&
	    technique_rows(model, fewer.data, "data", err))
		fewer.model = model_dup(model, err);
	if (fewer.model && fewer_model(&fewer, margin, err))
		return fewer.model;
	model_free(fewer.model);
	err_prefix(err, "fewer-trees");
	return NULL;
}

static const Param fewer_trees_params[] = {
	{ .name = "data",
	  .type = PARAM_OBJECT,
	  .choices = "rows",
	  .required = true,
	  .help = "Rows that the model was not fitted on, to compare by." },
	{ .name = "margin_pt",
	  .type = PARAM_NUMBER,
	  .value = "1",
	  .minimum = 0,
	  .maximum = 100,
	  .unit = "points",
	  .help = "Points of accuracy (of numbers: of 100 · R²) that may be lost, with 95 % "
		  "confidence." },
	{ 0 },
};

const Technique technique_fewer_trees = {
	.info = { .name = "fewer-trees",
		  .title = "fewer trees",
		  .about = "Keeps the fewest trees that are as good as all, within a margin.",
		  .params = fewer_trees_params },
	.apply = fewer_trees_apply,
	.form = KERNEL_DENSE,
};
