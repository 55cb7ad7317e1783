/* Linear regression: one dense layer.
 * SPDX-License-Identifier: MIT */
#include "model/linear/gram.h"

static bool linear_run(LinearFit *fit, const Gram *gram, double *w, Arena *arena, Err *err)
{
	return gram_ridge(fit, gram, 0, w, arena, err);
}

static bool linear_kind_fit(Model *model, const Rows *train, const FitOptions *options,
			    FitWatch *watch, Control *control, Err *err)
{
	LinearFit fit = linear_fit(model, train, options, watch, control);

	return gram_fit(&fit, linear_run, err);
}

static const char *const linear_keys[] = { NULL };

const ModelKind model_linear = {
	.info = { .name = "linear",
		  .title = "linear regression",
		  .about = "The weighted sum of the features with the least squared error." },
	.takes = MODEL_NUMBERS | MODEL_NO_CLASSES,
	.by_data = true,
	.fit_keys = linear_keys,
	.fit = linear_kind_fit,
};
