/* What the parts of bench fit share; for src/trial/bench_fit*.c alone.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TRIAL_BENCH_FIT_INSIDE_H
#define WATTLE_TRIAL_BENCH_FIT_INSIDE_H

#include "model/program.h"
#include "trial/bench_inside.h"

/* The rows that a fit is measured on. Owned. */
typedef struct FitData {
	Rows train, test;         /* test: those that are scored; of bench->set */
	double load_s, prepare_s; /* prepare_s: 0 without preparing */
} FitData;

/* Loads the set into bench->set, takes the sample or the fold, and prepares: by the training rows
 * that are left. What the kind cannot take is ERR_ARGUMENT with what to do. */
bool fit_data_load(FitData *out, Bench *bench, const ModelKind *kind, const DataPaths *paths,
		   Err *err);
void fit_data_done(FitData *data);

/* How a kind's predictions are judged. */
typedef struct FitScore {
	const char *name; /* "accuracy", "r2", "ari", "explained_variance" */
	bool classes;     /* of classes (program_predict); else of outputs (program_score) */
	/* NaN where there is none, and *why says so. False: *err. Predictions of data->test. */
	bool (*score)(const FitData *data, const Model *model, const void *predicted, double *out,
		      const char **why, Err *err);
} FitScore;
const FitScore *fit_score_of(const ModelKind *kind, const Dataset *set);

#endif
