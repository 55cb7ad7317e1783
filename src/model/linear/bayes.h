/* What the kinds of naive Bayes share. Private to the fits of src/model/.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_LINEAR_BAYES_H
#define WATTLE_MODEL_LINEAR_BAYES_H

#include "model/linear/sums.h"

/* How a kind becomes a model. */
typedef struct BayesKind {
	SumsOf of; /* SUMS_ABOVE: the setting "threshold" */
	/* Fills the spans of the model, which it restarts, from sums of the classes. */
	bool (*fill)(LinearFit *fit, const Sums *sums, Err *err);
} BayesKind;

/* A whole fit; one report. */
bool bayes_fit(LinearFit *fit, const BayesKind *kind, Err *err);

/* The parts of a ModelLearner: one pass. */
bool bayes_begin(FitStream *stream, const BayesKind *kind, Err *err);
bool bayes_take(FitStream *stream, const Rows *piece, Err *err);
bool bayes_end(FitStream *stream, Err *err);

/* log(rows of the class / rows); of a class without rows, that of a tenth of a row: it is never
 * chosen, and every weight is finite. */
double bayes_prior(const Sums *sums, size_t class);

#define BAYES_ALPHA                                                                            \
	{                                                                                      \
		.name = "alpha", .type = PARAM_NUMBER, .value = "1", .minimum = 1e-10,         \
		.maximum = 1e6,                                                                \
		.help = "Added to every count, so that what was never seen is not impossible." \
	}

#endif
