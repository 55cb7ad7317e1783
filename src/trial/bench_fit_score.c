/* How good a fitted model is on rows that it has not seen, by its kind.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/clusters/rand.h"
#include "trial/bench_fit_inside.h"

static bool score_accuracy(const FitData *data, const Model *model, const void *predicted,
			   double *out, const char **why, Err *err)
{
	(void)model;
	(void)why;
	(void)err;
	*out = program_accuracy(predicted, &data->test, NULL);
	return true;
}

static bool score_r2(const FitData *data, const Model *model, const void *predicted, double *out,
		     const char **why, Err *err)
{
	(void)model;
	(void)err;
	*out = program_r2(predicted, &data->test);
	*why = "all targets are equal";
	return true;
}

/* --- without labels --------------------------------------------------------------------------- */

static uint16_t largest(const float *x, size_t n)
{
	size_t best = 0;
	for (size_t i = 1; i < n; i++)
		if (x[i] > x[best])
			best = i;
	return (uint16_t)best;
}

/* The adjusted Rand index of clusters and classes. */
static bool score_ari(const FitData *data, const Model *model, const void *predicted, double *out,
		      const char **why, Err *err)
{
	const Rows *rows = &data->test;
	const float *outputs = predicted;
	size_t clusters = model_outputs(model);
	*out = NAN;
	*why = "the set has no classes to compare the clusters with";
	if (!rows->set->classes)
		return true;
	uint16_t *both = malloc(2 * rows->count * sizeof *both);
	if (!both)
		return err_set(err, ERR_MEMORY, "comparing %zu clusters", clusters);
	for (size_t i = 0; i < rows->count; i++) {
		both[i] = largest(outputs + i * clusters, clusters);
		both[rows->count + i] = rows_label(rows, i);
	}
	*out = adjusted_rand(both, clusters, both + rows->count, rows->set->classes, rows->count);
	free(both);
	return true;
}

/* Squares of all outputs over those of the components' lengths, which are not 1 when the outputs were
 * whitened. */
static double squares_of(const Model *model, const float *outputs, size_t rows)
{
	size_t inputs = model_inputs(model), n = model_outputs(model);
	const float *weight = model_span_at(model, model->layer[0].span[0]);
	double all = 0;
	for (size_t c = 0; c < n; c++) {
		double length = 0, sum = 0;
		for (size_t f = 0; f < inputs; f++)
			length += (double)weight[f * n + c] * (double)weight[f * n + c];
		for (size_t i = 0; i < rows; i++)
			sum += (double)outputs[i * n + c] * (double)outputs[i * n + c];
		all += length > 0 ? sum / length : 0;
	}
	return all;
}

/* Sums of the columns, or of the squared distances to the means that are there already. */
static void add_rows(const Rows *rows, float *x, double *mean, double *squares)
{
	size_t n = rows->set->features;
	for (size_t i = 0; i < rows->count; i++) {
		rows_floats(rows, i, 1, x);
		for (size_t f = 0; f < n; f++) {
			double away = (double)x[f] - mean[f];
			if (squares)
				*squares += away * away;
			else
				mean[f] += (double)x[f];
		}
	}
}

/* The share of the squared distances from the mean of the training rows that the components keep. */
static bool score_explained(const FitData *data, const Model *model, const void *predicted,
			    double *out, const char **why, Err *err)
{
	size_t n = model_inputs(model);
	double total = 0, *mean = calloc(n, sizeof *mean);
	float *x = malloc(n * sizeof *x);
	bool fine = mean && x;
	*out = NAN;
	*why = "all rows are equal";
	if (fine) {
		add_rows(&data->train, x, mean, NULL);
		for (size_t f = 0; f < n; f++)
			mean[f] /= (double)data->train.count;
		add_rows(&data->test, x, mean, &total);
		*out = total > 0 ? squares_of(model, predicted, data->test.count) / total : NAN;
	}
	free(mean);
	free(x);
	return fine || err_set(err, ERR_MEMORY, "the variance of %zu features", n);
}

/* --- which ------------------------------------------------------------------------------------ */

const FitScore *fit_score_of(const ModelKind *kind, const Dataset *set)
{
	static const FitScore accuracy = { "accuracy", true, score_accuracy },
			      r2 = { "r2", false, score_r2 };
	static const struct {
		const char *kind;
		FitScore score;
	} own[] = {
		{ "k-means", { "ari", false, score_ari } },
		{ "pca", { "explained_variance", false, score_explained } },
	};
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (strcmp(own[i].kind, kind->info.name) == 0)
			return &own[i].score;
	return set->classes ? &accuracy : &r2;
}
