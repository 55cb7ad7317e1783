/* Products of all columns of a table with each other and with the targets: what linear, ridge and
 * lasso regression need to know of the rows. Private to the fits of src/model/.
 *
 * Columns are centred first; products are f32 in blocks of rows, and blocks add up in double.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_LINEAR_GRAM_H
#define WATTLE_MODEL_LINEAR_GRAM_H

#include "model/linear/linear.h"

#define GRAM_COLUMNS_MAX 8192 /* features; half a gigabyte */

typedef struct Gram {
	size_t rows, features;
	double *mean; /* (features + 1): the last is that of the targets */
	double *xx;   /* (features, features) Σ (x_i − mean_i)(x_j − mean_j), symmetric */
	double *xy;   /* (features) the same with the targets */
	double yy;
} Gram;

/* Memory of the arena. ERR_ARGUMENT: more than GRAM_COLUMNS_MAX features. */
Gram *gram_take(const LinearFit *fit, Arena *arena, Err *err);

/* min |y − Xw − b|² + alpha·|w|²: Cholesky's factors of the scaled products, and corrections by
 * residuals in double. A column that depends on those before it, to five digits, gets the weight 0.
 * w (features). */
bool gram_ridge(const LinearFit *fit, const Gram *gram, double alpha, double *w, Arena *arena,
		Err *err);

/* min |y − Xw − b|²/(2·rows) + alpha·|w|₁ by cyclic coordinate descent, until the duality gap is below
 * tolerance·yy; reports each pass. */
bool gram_lasso(LinearFit *fit, const Gram *gram, double alpha, double tolerance, size_t passes,
		double *w, Arena *arena, Err *err);

/* The fit of a kind that is one dense layer on a Gram matrix: run finds w (features), zeroed. */
typedef bool (*GramRun)(LinearFit *fit, const Gram *gram, double *w, Arena *arena, Err *err);
bool gram_fit(LinearFit *fit, GramRun run, Err *err);

/* mean of the targets − w·means. */
double gram_intercept(const Gram *gram, const double *w);
/* Mean of the squared residuals. */
double gram_error(const Gram *gram, const double *w);

#endif
