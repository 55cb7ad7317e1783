/* Dual coordinate descent for linear SVMs (Hsieh et al., ICML 2008) and for logistic regression (Yu,
 * Huang and Lin, Machine Learning 85, 2011), as liblinear has them: one class against the rest, with
 * shrinking and seeded permutations. Private to the fits of src/model/.
 *
 *   min ½|w|² + C·Σ_i loss(y_i·(w'x_i + b)),  y_i = ±1
 *
 * loss: hinge max(0, 1 − m), its square, or log(1 + e^−m). The intercept is the weight of a feature
 * that is always 1: it is penalized like the others. Each class is a problem of its own; threads share
 * the classes.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_LINEAR_DUAL_H
#define WATTLE_MODEL_LINEAR_DUAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/linear/design.h"
#include "model/linear/linear.h"

typedef enum DualLoss { DUAL_HINGE, DUAL_SQUARED_HINGE, DUAL_LOGISTIC } DualLoss;

typedef struct DualOptions {
	DualLoss loss;
	double c;
	double tolerance; /* of the projected gradient: .1 is liblinear's default */
	size_t epochs;    /* passes over the rows, at most */
	bool intercept;
	uint64_t seed;
} DualOptions;

/* Of the fit's rows into weights (features, outputs) and biases (outputs) of a dense layer; reports
 * each pass (loss and accuracy NaN). */
bool dual_fit(LinearFit *fit, const DualOptions *options, float *weights, float *biases,
	      size_t outputs, Err *err);

/* One row of a hinge problem: moves its alpha by the exact minimum along it. sign·(w'x + b) is the
 * margin, square |x|² (+ 1 with an intercept). Returns by how much sign·alpha changes, which is to be
 * added to w in units of x. */
static inline double dual_hinge_step(double *alpha, double margin, double square, double diagonal,
				     double upper)
{
	double old = *alpha, next = old - (margin - 1 + diagonal * old) / (square + diagonal);

	next = next < 0 ? 0 : next > upper ? upper : next;
	*alpha = next;
	return next - old;
}

#endif
