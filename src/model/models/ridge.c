/* Ridge regression: one dense layer.
 * SPDX-License-Identifier: MIT */
#include "model/linear/gram.h"

static bool ridge_run(LinearFit *fit, const Gram *gram, double *w, Arena *arena, Err *err)
{
	return gram_ridge(fit, gram, model_setting(fit->model, "alpha")->number, w, arena, err);
}

static bool ridge_fit(Model *model, const Rows *train, const FitOptions *options, FitWatch *watch,
		      Control *control, Err *err)
{
	LinearFit fit = linear_fit(model, train, options, watch, control);

	return gram_fit(&fit, ridge_run, err);
}

static const Param ridge_params[] = {
	{ .name = "alpha",
	  .type = PARAM_NUMBER,
	  .value = "1",
	  .minimum = 0,
	  .maximum = 1e12,
	  .help = "Weight of the squares of the weights against the sum of squared errors." },
	{ 0 },
};

static const char *const ridge_keys[] = { NULL };

const ModelKind model_ridge = {
	.info = { .name = "ridge",
		  .title = "ridge regression",
		  .about = "Linear regression whose weights are held small by their squares.",
		  .params = ridge_params },
	.takes = MODEL_NUMBERS | MODEL_NO_CLASSES,
	.by_data = true,
	.fit_keys = ridge_keys,
	.fit = ridge_fit,
};
