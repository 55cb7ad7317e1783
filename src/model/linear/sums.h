/* Sums of features by class, which naive Bayes models are made of. Private to the fits of src/model/.
 *
 * Of bytes they are exact; of floats and sparse rows, in double. Threads share the features, so that
 * the number of threads changes nothing.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_LINEAR_SUMS_H
#define WATTLE_MODEL_LINEAR_SUMS_H

#include "model/linear/linear.h"

typedef enum SumsOf {
	SUMS_VALUES,  /* Σ x */
	SUMS_SQUARES, /* Σ (x − centre) and Σ (x − centre)² */
	SUMS_ABOVE,   /* rows with x > threshold */
} SumsOf;

typedef struct Sums {
	size_t classes, features;
	double *rows;   /* (classes) */
	double *sum;    /* (classes, features) */
	double *square; /* (classes, features); NULL but for SUMS_SQUARES */
	double *centre; /* (features) 0 for bytes, the mean for floats; NULL but for SUMS_SQUARES */
	/* SUMS_VALUES: a feature is below 0; SUMS_ABOVE: one is neither 0 nor 1. */
	bool stray;
} Sums;

/* Of rows that come in one piece or more: the same bits however they are cut, but for the squares of
 * floats, whose last bits may differ. set: what the pieces will be like; each then stands in fit->rows.
 * SUMS_SQUARES is not for sparse rows. Memory of the arena. */
typedef struct SumsWork SumsWork;
SumsWork *sums_begin(const LinearFit *fit, const Dataset *set, SumsOf of, double threshold,
		     Arena *arena, Err *err);
bool sums_add(SumsWork *work, Err *err);
/* At least one piece came. */
Sums *sums_end(SumsWork *work);

#endif
