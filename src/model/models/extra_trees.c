/* Extremely randomized trees (Geurts, Ernst and Wehenkel, 2006).
 * SPDX-License-Identifier: MIT */
#include "model/trees/forest.h"

static bool extra_trees_fit(Model *model, const Rows *train, const FitOptions *options,
			    FitWatch *watch, Control *control, Err *err)
{
	ForestOptions forest;

	forest_options(&forest, model, train, options);
	forest_options_many(&forest, model, train);
	forest.grow.random = true;
	return forest_fit(model, train, &forest, options->pool, watch, control, err);
}

static const char *const extra_trees_fit_keys[] = { NULL };

const ModelKind model_extra_trees = {
	.info = { .name = "extra-trees",
		  .title = "extra trees",
		  .about = "The mean of many trees, each grown on all rows with features and "
			   "thresholds drawn at random.",
		  .params = forest_params_many },
	.takes = MODEL_NUMBERS,
	.by_data = true,
	.fit_keys = extra_trees_fit_keys,
	.fit = extra_trees_fit,
};
