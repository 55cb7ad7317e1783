/* The loss of logistic regression, or of linear SVMs, over all rows, and its gradient. Private to the
 * fits of src/model/.
 *
 *   f(W, b) = Σ_i loss(W'x_i + b, y_i) + ½·l2·|W|²
 *
 * Logistic: one output for two classes, by the logistic function; more by softmax. Squared hinge:
 * Σ_k max(0, 1 − t_k·z_k)², each class against the rest; there |b|² is penalized too, as by
 * liblinear. W is (features, outputs) row-major, b (outputs) follows it. Bytes and floats go through matrix products
 * in blocks that stay in the cache, sparse rows entry by entry.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_LINEAR_OBJECTIVE_H
#define WATTLE_MODEL_LINEAR_OBJECTIVE_H

#include "model/linear/design.h"
#include "model/linear/linear.h"
#include "model/linear/minimize.h"

typedef struct Objective Objective;

typedef enum ObjectiveLoss { OBJECTIVE_LOGISTIC, OBJECTIVE_SQUARED_HINGE } ObjectiveLoss;

/* outputs as the rows have classes, or 1. */
Objective *objective_take(const LinearFit *fit, ObjectiveLoss loss, size_t outputs, double l2,
			  Arena *arena, Err *err);
/* Numbers in w: (features + 1)·outputs. */
size_t objective_count(const Objective *objective);
/* A MinimizeEval; user: the Objective. */
bool objective_eval(void *user, const double *w, double *grad, double *value, Err *err);
/* Iterations until it is done, each reported; what is found goes into the first weighted layer. */
bool objective_minimize(LinearFit *fit, Objective *objective, Minimize *minimize, size_t iterations,
			Err *err);

#endif
