/* Bernoulli naive Bayes, for what is there or not: a threshold and one dense layer.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "base/text.h"
#include "model/linear/bayes.h"

static bool bernoulli_fill(LinearFit *fit, const Sums *s, Err *err)
{
	double alpha = model_setting(fit->model, "alpha")->number;
	double threshold = model_setting(fit->model, "threshold")->number;
	char before[64] = "";
	float *weights;

	/* Where every number is 0 or 1, none is needed. */
	if (threshold < 0 || threshold >= 1 || s->stray)
		text_format(before, sizeof before, "threshold %.9g", threshold);
	if (!linear_restart(fit, before, s->classes, err))
		return false;
	weights = linear_weights(fit, 0);
	for (size_t c = 0; c < s->classes; c++) {
		double all = s->rows[c] + 2 * alpha, none = bayes_prior(s, c);

		for (size_t j = 0; j < s->features; j++) {
			double yes = (s->sum[c * s->features + j] + alpha) / all;

			weights[j * s->classes + c] = (float)(log(yes) - log1p(-yes));
			none += log1p(-yes);
		}
		linear_biases(fit, 0)[c] = (float)none;
	}
	return true;
}

static const BayesKind bernoulli_bayes = { .of = SUMS_ABOVE, .fill = bernoulli_fill };

static bool bernoulli_fit(Model *model, const Rows *train, const FitOptions *options,
			  FitWatch *watch, Control *control, Err *err)
{
	LinearFit fit = linear_fit(model, train, options, watch, control);

	return bayes_fit(&fit, &bernoulli_bayes, err);
}

static bool bernoulli_begin(FitStream *stream, Err *err)
{
	return bayes_begin(stream, &bernoulli_bayes, err);
}

static const ModelLearner bernoulli_learner = {
	.once = true,
	.begin = bernoulli_begin,
	.take = bayes_take,
	.end = bayes_end,
};

static const Param bernoulli_params[] = {
	BAYES_ALPHA,
	{ .name = "threshold",
	  .type = PARAM_NUMBER,
	  .value = "0",
	  .minimum = 0,
	  .maximum = 1e30,
	  .help = "A feature above it is there." },
	{ 0 },
};

static const char *const bernoulli_keys[] = { NULL };

const ModelKind model_bernoulli_nb = {
	.info = { .name = "bernoulli-nb",
		  .title = "Bernoulli naive Bayes",
		  .about = "Each feature is there or not, with a probability of each class's own.",
		  .params = bernoulli_params },
	.takes = MODEL_SPARSE,
	.by_data = true,
	.fit_keys = bernoulli_keys,
	.fit = bernoulli_fit,
	.learner = &bernoulli_learner,
};
