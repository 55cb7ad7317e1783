/* Lasso: one dense layer.
 * SPDX-License-Identifier: MIT */
#include "model/linear/gram.h"

static bool lasso_run(LinearFit *fit, const Gram *gram, double *w, Arena *arena, Err *err)
{
	const Model *model = fit->model;

	return gram_lasso(fit, gram, model_setting(model, "alpha")->number,
			  model_setting(model, "tolerance")->number,
			  (size_t)model_setting(model, "iterations")->integer, w, arena, err);
}

static bool lasso_fit(Model *model, const Rows *train, const FitOptions *options, FitWatch *watch,
		      Control *control, Err *err)
{
	LinearFit fit = linear_fit(model, train, options, watch, control);

	return gram_fit(&fit, lasso_run, err);
}

static const Param lasso_params[] = {
	{ .name = "alpha",
	  .type = PARAM_NUMBER,
	  .value = "1",
	  .minimum = 0,
	  .maximum = 1e12,
	  .help = "Weight of the sizes of the weights against half the mean squared error." },
	{ .name = "tolerance",
	  .type = PARAM_NUMBER,
	  .value = "0.0001",
	  .minimum = 0,
	  .maximum = 1,
	  .help = "Duality gap, as a share of the targets' variance, at which the fit is done." },
	{ .name = "iterations",
	  .type = PARAM_INT,
	  .value = "1000",
	  .minimum = 1,
	  .maximum = 10000000,
	  .help = "Passes over the features, at most." },
	{ 0 },
};

static const char *const lasso_keys[] = { NULL };

const ModelKind model_lasso = {
	.info = { .name = "lasso",
		  .title = "lasso",
		  .about = "Linear regression that sets weights to 0 by a penalty on their sizes.",
		  .params = lasso_params },
	.takes = MODEL_NUMBERS | MODEL_NO_CLASSES,
	.by_data = true,
	.fit_keys = lasso_keys,
	.fit = lasso_fit,
};
