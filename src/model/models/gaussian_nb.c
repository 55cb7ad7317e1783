/* Gaussian naive Bayes. The logarithm of a class's density is quadratic in the features: a layer of
 * squares and a dense one.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "model/linear/bayes.h"

/* Of one class: −½Σ (log 2πσ² + (u − m)²/σ²) with u = x − centre, as weights of u and u². */
static void gaussian_class(const Sums *s, size_t class, double least, float *weights, float *bias)
{
	size_t n = s->features, classes = s->classes;
	double rows = s->rows[class] > 0 ? s->rows[class] : 1, score = bayes_prior(s, class);

	for (size_t j = 0; j < n; j++) {
		double mean = s->sum[class * n + j] / rows;
		double variance = s->square[class * n + j] / rows - mean * mean;

		variance = fmax(variance, 0) + least;
		weights[j * classes + class] = (float)(mean / variance);
		weights[(n + j) * classes + class] = (float)(-0.5 / variance);
		score -=
			0.5 * (log(2 * 3.14159265358979323846 * variance) + mean * mean / variance);
	}
	*bias = (float)score;
}

/* The largest variance of a feature over all rows. */
static double gaussian_largest(const Sums *s)
{
	double most = 0, rows = 0;

	for (size_t c = 0; c < s->classes; c++)
		rows += s->rows[c];
	for (size_t j = 0; j < s->features; j++) {
		double sum = 0, square = 0;

		for (size_t c = 0; c < s->classes; c++) {
			sum += s->sum[c * s->features + j];
			square += s->square[c * s->features + j];
		}
		most = fmax(most, square / rows - (sum / rows) * (sum / rows));
	}
	return most;
}

static bool gaussian_fill(LinearFit *fit, const Sums *s, Err *err)
{
	double least;
	const Layer *squares;

	if (!linear_restart(fit, "squares", s->classes, err))
		return false;
	least = model_setting(fit->model, "smoothing")->number * gaussian_largest(s);
	least = fmax(least, 1e-30);
	squares = &fit->model->layer[0];
	for (size_t j = 0; j < s->features; j++)
		fit->model->params[fit->model->span[squares->span[0]].offset + j] =
			(float)s->centre[j];
	for (size_t c = 0; c < s->classes; c++)
		gaussian_class(s, c, least, linear_weights(fit, 0), linear_biases(fit, 0) + c);
	return true;
}

static const BayesKind gaussian_bayes = { .of = SUMS_SQUARES, .fill = gaussian_fill };

static bool gaussian_fit(Model *model, const Rows *train, const FitOptions *options,
			 FitWatch *watch, Control *control, Err *err)
{
	LinearFit fit = linear_fit(model, train, options, watch, control);

	return bayes_fit(&fit, &gaussian_bayes, err);
}

static bool gaussian_begin(FitStream *stream, Err *err)
{
	return bayes_begin(stream, &gaussian_bayes, err);
}

static const ModelLearner gaussian_learner = {
	.once = true,
	.begin = gaussian_begin,
	.take = bayes_take,
	.end = bayes_end,
};

static const Param gaussian_params[] = {
	{ .name = "smoothing",
	  .type = PARAM_NUMBER,
	  .value = "1e-9",
	  .minimum = 0,
	  .maximum = 1e6,
	  .help = "Share of the largest variance that is added to all." },
	{ 0 },
};

static const char *const gaussian_keys[] = { NULL };

const ModelKind model_gaussian_nb = {
	.info = { .name = "gaussian-nb",
		  .title = "Gaussian naive Bayes",
		  .about = "Each feature of each class is a normal distribution of its own.",
		  .params = gaussian_params },
	.by_data = true,
	.fit_keys = gaussian_keys,
	.fit = gaussian_fit,
	.learner = &gaussian_learner,
};
