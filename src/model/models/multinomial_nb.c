/* Multinomial naive Bayes, for counts: one dense layer.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "model/linear/bayes.h"

static bool multinomial_fill(LinearFit *fit, const Sums *s, Err *err)
{
	double alpha = model_setting(fit->model, "alpha")->number;
	float *weights;

	if (s->stray)
		return err_set(err, ERR_ARGUMENT,
			       "multinomial-nb: %s has numbers below 0, but counts cannot be; use "
			       "gaussian-nb",
			       fit->rows->set->name);
	if (!linear_restart(fit, "", s->classes, err))
		return false;
	weights = linear_weights(fit, 0);
	for (size_t c = 0; c < s->classes; c++) {
		const double *sum = s->sum + c * s->features;
		double all = 0;

		for (size_t j = 0; j < s->features; j++)
			all += sum[j] + alpha;
		for (size_t j = 0; j < s->features; j++)
			weights[j * s->classes + c] = (float)log((sum[j] + alpha) / all);
		linear_biases(fit, 0)[c] = (float)bayes_prior(s, c);
	}
	return true;
}

static const BayesKind multinomial_bayes = { .of = SUMS_VALUES, .fill = multinomial_fill };

static bool multinomial_fit(Model *model, const Rows *train, const FitOptions *options,
			    FitWatch *watch, Control *control, Err *err)
{
	LinearFit fit = linear_fit(model, train, options, watch, control);

	return bayes_fit(&fit, &multinomial_bayes, err);
}

static bool multinomial_begin(FitStream *stream, Err *err)
{
	return bayes_begin(stream, &multinomial_bayes, err);
}

static const ModelLearner multinomial_learner = {
	.once = true,
	.begin = multinomial_begin,
	.take = bayes_take,
	.end = bayes_end,
};

static const Param multinomial_params[] = { BAYES_ALPHA, { 0 } };

static const char *const multinomial_keys[] = { NULL };

const ModelKind model_multinomial_nb = {
	.info = { .name = "multinomial-nb",
		  .title = "multinomial naive Bayes",
		  .about = "Each class draws features as words from a bag: for counts.",
		  .params = multinomial_params },
	.takes = MODEL_SPARSE,
	.by_data = true,
	.fit_keys = multinomial_keys,
	.fit = multinomial_fit,
	.learner = &multinomial_learner,
};
