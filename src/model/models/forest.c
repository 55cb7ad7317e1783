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

const ModelKind model_forest = {
	.info = { .name = "forest",
		  .title = "random forest",
		  .about = "The mean of many trees, each grown on rows and features drawn at "
			   "random.",
		  .params = forest_params_many },
	.takes = MODEL_NUMBERS,
	.by_data = true,
	.fit_keys = forest_fit_keys,
	.fit = forest_fit_rows,
};
