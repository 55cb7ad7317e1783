/* Minimal cost-complexity pruning of trees that are grown (Breiman, Friedman, Olshen and Stone,
 * "Classification and regression trees", 1984, chapter 3): a split becomes a leaf where that makes
 * R + alpha leaves no greater, R being the mean impurity of the rows of data. Or alpha is found by
 * rows that are held out: the smallest tree that is at most so many standard errors worse than the
 * best one.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "technique/technique.h"
#include "technique/trees.h"

#define PRUNE_ROWS 256   /* that become numbers at once */
#define PRUNE_EMPTY 1e-6 /* weight of a leaf that no row of data reaches, for means of leaves */
#define PRUNE_STEP 1.25  /* from one alpha that is tried to the next */
#define PRUNE_ALPHAS_MAX 256

typedef struct PruneTrees {
	Model *model; /* the new one */
	TreesView view;
	const Rows *data, *valid;
	double alpha, errors;
	bool entropy;
	Control *control;
	Arena *arena;
	ArenaMark mark; /* behind x; what follows is of one tree */
	float *x;       /* (PRUNE_ROWS, features) */
	double *count; /* (splits and leaves of a tree, values): classes; or rows, Σ y and Σ y² */
	size_t counts; /* of one split or leaf */
	double mean; /* of the targets: taken off them, so that sums of squares keep their digits */
} PruneTrees;

static size_t prune_leaf(const Tree *tree, const float *x, bool missing)
{
	uint32_t at = tree->root;

	while (!(at & TREE_LEAF)) {
		float value = x[tree->feature[at]];
		bool left = value <= tree->threshold[at];

		if (missing && isnan(value))
			left = tree->missing[at];
		at = tree->child[2 * at + !left];
	}
	return at & ~TREE_LEAF;
}

/* --- costs ------------------------------------------------------------------------------------ */

static double *prune_count(const PruneTrees *prune, const Tree *tree, uint32_t ref)
{
	size_t at = ref & TREE_LEAF ? tree->splits + (ref & ~TREE_LEAF) : ref;

	return prune->count + at * prune->counts;
}

static void prune_add(const PruneTrees *prune, size_t row, double *count)
{
	if (!prune->model->numbers) {
		count[rows_label(prune->data, row)]++;
		return;
	}
	double y = (double)rows_target(prune->data, row) - prune->mean;

	count[0]++;
	count[1] += y;
	count[2] += y * y;
}

/* Rows of a split or leaf; their weight · impurity. */
static double prune_cost(const PruneTrees *prune, const double *count, double *cost)
{
	double n = 0, squares = 0;

	*cost = 0;
	if (prune->model->numbers) {
		if (count[0] > 0)
			*cost = count[2] - count[1] * count[1] / count[0];
		return count[0];
	}
	for (size_t c = 0; c < prune->counts; c++) {
		n += count[c];
		squares += count[c] * count[c];
	}
	if (n > 0 && !prune->entropy)
		*cost = n - squares / n;
	for (size_t c = 0; prune->entropy && c < prune->counts; c++)
		if (count[c] > 0)
			*cost -= count[c] * log(count[c] / n);
	return n;
}

/* What tree_prune wants to know, from the rows of data. */
static bool prune_weigh(PruneTrees *prune, Tree *tree, Err *err)
{
	size_t features = model_inputs(prune->model), n;

	arena_rewind(prune->arena, prune->mark);
	prune->count = arena_take(prune->arena, (tree->splits + tree->leaves) * prune->counts,
				  sizeof *prune->count, err);
	if (!prune->count)
		return false;
	for (size_t i = 0; i < prune->data->count; i += n) {
		n = prune->data->count - i < PRUNE_ROWS ? prune->data->count - i : PRUNE_ROWS;
		if (!control_poll(prune->control, err))
			return false;
		rows_floats(prune->data, i, n, prune->x);
		for (size_t k = 0; k < n; k++) {
			size_t leaf =
				prune_leaf(tree, prune->x + k * features, prune->view.missing);

			prune_add(prune, i + k,
				  prune_count(prune, tree, TREE_LEAF | (uint32_t)leaf));
		}
	}
	/* Children come behind their parents. */
	for (uint32_t at = (uint32_t)tree->splits; at-- > 0;) {
		double *to = prune_count(prune, tree, at);

		for (size_t k = 0; k < 2; k++)
			for (size_t c = 0; c < prune->counts; c++)
				to[c] += prune_count(prune, tree, tree->child[2 * at + k])[c];
		prune_cost(prune, to, &tree->split_cost[at]);
	}
	for (size_t i = 0; i < tree->leaves; i++) {
		double weight = prune_cost(prune, prune_count(prune, tree, TREE_LEAF | (uint32_t)i),
					   &tree->leaf_cost[i]);

		tree->weight[i] = weight > 0 ? weight : PRUNE_EMPTY;
	}
	return true;
}

/* --- alpha ------------------------------------------------------------------------------------ */

/* Mean loss of one tree on the rows that are held out, and its standard error. */
static bool prune_try(const PruneTrees *prune, const Tree *tree, double *mean, double *error,
		      Err *err)
{
	size_t features = model_inputs(prune->model), count = prune->valid->count, n;
	double sum = 0, squares = 0;

	for (size_t i = 0; i < count; i += n) {
		n = count - i < PRUNE_ROWS ? count - i : PRUNE_ROWS;
		if (!control_poll(prune->control, err))
			return false;
		rows_floats(prune->valid, i, n, prune->x);
		for (size_t k = 0; k < n; k++) {
			size_t leaf =
				prune_leaf(tree, prune->x + k * features, prune->view.missing);
			double loss = technique_loss(prune->model, prune->valid, i + k,
						     tree->value + leaf * tree->values);

			sum += loss;
			squares += loss * loss;
		}
	}
	*mean = sum / (double)count;
	*error = sqrt(fmax(squares / (double)count - *mean * *mean, 0) / (double)count);
	return true;
}

/* Alphas rise from less than the share of one row to what leaves a leaf alone; the trees are nested,
 * so each is pruned from the one before. */
static bool prune_find(PruneTrees *prune, Err *err)
{
	double mean[PRUNE_ALPHAS_MAX], alpha[PRUNE_ALPHAS_MAX], rows = (double)prune->data->count;
	double best = INFINITY, error = 0, here, next;
	size_t tries = 0;
	Tree tree;
	bool fine = trees_read(&prune->view, 0, &tree, NULL, err) && prune_weigh(prune, &tree, err);

	next = fine && tree.splits ? tree.split_cost[0] / rows / rows / 4 : 0;
	prune->alpha = 0;
	for (double now = 0; fine && tries < PRUNE_ALPHAS_MAX; now = next, next *= PRUNE_STEP) {
		fine = tree_prune(&tree, now, rows, err) &&
		       prune_try(prune, &tree, &mean[tries], &here, err);
		if (fine && mean[tries] <= best) {
			best = mean[tries];
			error = here;
		}
		alpha[tries++] = now;
		if (tree.splits == 0)
			break;
	}
	for (size_t i = 0; fine && i < tries; i++)
		if (mean[i] <= best + prune->errors * error)
			prune->alpha = alpha[i];
	tree_done(&tree);
	return fine;
}

/* --- the model -------------------------------------------------------------------------------- */

static bool prune_take(PruneTrees *prune, Err *err)
{
	size_t features = model_inputs(prune->model), n = prune->data->count;
	bool numbers = prune->model->numbers;

	prune->counts = numbers ? 3 : prune->view.outputs;
	prune->x = arena_take(prune->arena, PRUNE_ROWS * features, sizeof *prune->x, err);
	prune->mark = arena_mark(prune->arena);
	for (size_t i = 0; numbers && i < n; i++)
		prune->mean += (double)rows_target(prune->data, i) / (double)n;
	return prune->x;
}

static bool prune_all(PruneTrees *prune, Tree *tree, Err *err)
{
	const TreesView *view = &prune->view;
	uint64_t steps = prune->model->steps;

	for (size_t t = 0; t < view->trees; t++)
		if (!trees_read(view, t, &tree[t], NULL, err) ||
		    !prune_weigh(prune, &tree[t], err) ||
		    !tree_prune(&tree[t], prune->alpha, (double)prune->data->count, err))
			return false;
	if (!trees_model(prune->model, model_inputs(prune->model), tree, view->trees, view->outputs,
			 view->sum, view->base, view->missing, err))
		return false;
	prune->model->steps = steps;
	return true;
}

static bool prune_model(PruneTrees *prune, Err *err)
{
	Tree *tree = calloc(prune->view.trees, sizeof *tree);
	bool fine = tree;

	if (!tree)
		err_set(err, ERR_MEMORY, "no memory for %zu trees", prune->view.trees);
	prune->arena = fine ? arena_new(0, err) : NULL;
	fine = prune->arena && prune_take(prune, err) &&
	       (!prune->valid || prune_find(prune, err)) && prune_all(prune, tree, err);
	for (size_t t = 0; tree && t < prune->view.trees; t++)
		tree_done(&tree[t]);
	free(tree);
	arena_free(prune->arena);
	return fine;
}

static bool prune_check(const PruneTrees *prune, const Model *model, const Params *params, Err *err)
{
	if (prune->view.sum == TREES_TURNS)
		return err_set(err, ERR_ARGUMENT,
			       "the trees of a %s correct each other; use fewer-trees",
			       model->kind->info.name);
	if (!prune->valid)
		return technique_rows(model, prune->data, "data", err);
	if (params_get(params, "alpha")->given)
		return err_set(err, ERR_ARGUMENT, "give alpha, or valid = rows to find it by");
	if (prune->view.trees > 1)
		return err_set(err, ERR_ARGUMENT,
			       "valid finds the alpha of one tree; for the %zu trees of a %s give "
			       "alpha",
			       prune->view.trees, model->kind->info.name);
	return technique_rows(model, prune->data, "data", err) &&
	       technique_rows(model, prune->valid, "valid", err);
}

/* A model from a file may be of a kind that grows no trees, and has no criterion. */
static bool prune_entropy(const Model *model)
{
	const Param *row = model->settings ? model->kind->info.params : NULL;

	while (row && row->name && strcmp(row->name, "criterion") != 0)
		row++;
	return row && row->name && model_setting(model, "criterion")->choice;
}

static Model *prune_trees_apply(const Model *model, const Params *params, FitWatch *watch,
				Control *control, Err *err)
{
	PruneTrees prune = { .data = params_get(params, "data")->object,
			     .valid = params_get(params, "valid")->object,
			     .alpha = params_get(params, "alpha")->number,
			     .errors = params_get(params, "errors")->number,
			     .control = control };

	(void)watch; /* nothing is trained */
	if (technique_trees(&prune.view, model, err) && prune_check(&prune, model, params, err))
		prune.model = model_dup(model, err);
	if (prune.model) {
		prune.entropy = prune_entropy(model);
		if (prune_model(&prune, err))
			return prune.model;
	}
	model_free(prune.model);
	err_prefix(err, "prune-trees");
	return NULL;
}

static const Param prune_trees_params[] = {
	{ .name = "data",
	  .type = PARAM_OBJECT,
	  .choices = "rows",
	  .required = true,
	  .help = "Training rows: impurities are theirs." },
	{ .name = "alpha",
	  .type = PARAM_NUMBER,
	  .value = "0.001",
	  .minimum = 0,
	  .maximum = 1e30,
	  .help = "What a leaf costs, in units of the impurity of all rows (the tree's criterion, "
		  "or the variance)." },
	{ .name = "valid",
	  .type = PARAM_OBJECT,
	  .choices = "rows",
	  .help = "Rows that the tree was not fitted on, to find alpha by, of a single tree." },
	{ .name = "errors",
	  .type = PARAM_NUMBER,
	  .value = "1",
	  .minimum = 0,
	  .maximum = 1e6,
	  .help = "Standard errors that the tree may be worse on valid than the best one." },
	{ 0 },
};

const Technique technique_prune_trees = {
	.info = { .name = "prune-trees",
		  .title = "cost-complexity pruning",
		  .about = "Cuts the splits of trees that gain less than their leaves cost.",
		  .params = prune_trees_params },
	.apply = prune_trees_apply,
	.form = KERNEL_DENSE,
};
