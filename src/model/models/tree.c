/* A decision tree: CART, with exact splits and minimal cost-complexity pruning.
 * SPDX-License-Identifier: MIT */
#include "model/trees/forest.h"

static bool tree_fit_rows(Model *model, const Rows *train, const FitOptions *options,
			  FitWatch *watch, Control *control, Err *err)
{
	ForestOptions tree;

	forest_options(&tree, model, train, options);
	tree.codes = tree.exact = TREES_WORD_CODES;
	tree.alpha = model_setting(model, "alpha")->number;
	if (tree.grow.features == 0)
		tree.grow.features = train->set->features;
	return forest_fit(model, train, &tree, options->pool, watch, control, err);
}

static const char *const tree_fit_keys[] = { NULL };

static const Param tree_params[] = {
	FOREST_CRITERION("entropy"),
	FOREST_DEPTH,
	FOREST_MIN_LEAF,
	FOREST_MIN_SPLIT,
	FOREST_FEATURES("all"),
	{ .name = "alpha",
	  .type = PARAM_NUMBER,
	  .value = "0",
	  .minimum = 0,
	  .maximum = 1e30,
	  .help = "Minimal cost-complexity pruning: what a leaf costs, in units of the impurity of "
		  "all rows." },
	FOREST_SEED,
	{ 0 },
};

const ModelKind model_tree = {
	.info = { .name = "tree",
		  .title = "decision tree",
		  .about = "Splits the rows by one feature after the other until those that are "
			   "left together are alike.",
		  .params = tree_params },
	.takes = MODEL_NUMBERS,
	.by_data = true,
	.fit_keys = tree_fit_keys,
	.fit = tree_fit_rows,
};
