/* A random forest (Breiman, "Random forests", 2001).
 * SPDX-License-Identifier: MIT */
#include "model/trees/forest.h"

static bool forest_fit_rows(Model *model, const Rows *train, const FitOptions *options,
			    FitWatch *watch, Control *control, Err *err)
{
	ForestOptions forest;

	forest_options(&forest, model, train, options);
	forest_options_many(&forest, model, train);
	forest.grow.bootstrap = true;
	return forest_fit(model, train, &forest, options->pool, watch, control, err);
}

static const char *const forest_fit_keys[] = { NULL };

static const Param forest_params[] = {
	FOREST_TREES,
	FOREST_CRITERION("gini"),
	FOREST_DEPTH,
	FOREST_MIN_LEAF,
	FOREST_MIN_SPLIT,
	FOREST_FEATURES("the square root of all, or all for numbers"),
	FOREST_BINS,
	FOREST_SEED,
	{ 0 },
};

const ModelKind model_forest = {
	.info = { .name = "forest",
		  .title = "random forest",
		  .about = "The mean of many trees, each grown on rows and features drawn at "
			   "random.",
		  .params = forest_params },
	.takes = MODEL_NUMBERS,
	.by_data = true,
	.fit_keys = forest_fit_keys,
	.fit = forest_fit_rows,
};
