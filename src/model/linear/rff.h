/* Fit of a linear SVM on random Fourier features (Rahimi and Recht, NIPS 2007). Private to the fits
 * of src/model/.
 *
 * exp(−gamma·|x − x'|²) ≈ z(x)'z(x') with z = √(1/P)·[cos(V'x), sin(V'x)], the columns of V drawn from
 * N(0, 2·gamma). The features of all rows are never there at once: blocks of rows are projected,
 * and dual coordinate descent passes over each block several times while it is in the cache (block
 * minimization, Yu et al., KDD 2010).
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_LINEAR_RFF_H
#define WATTLE_MODEL_LINEAR_RFF_H

#include "model/linear/linear.h"

typedef struct RffOptions {
	double c, gamma;
	bool squared;         /* hinge */
	size_t epochs, inner; /* passes over all rows, and over each block within them */
	uint64_t seed;
} RffOptions;

/* V (features, pairs), drawn. */
void rff_draw(const RffOptions *options, float *projection, size_t features, size_t pairs);
/* Weights (2·pairs, outputs) for [cos, sin] without the factor √(1/P), and biases (outputs). Reports
 * each pass: mean hinge loss and accuracy of the rows as they were seen. */
bool rff_fit(LinearFit *fit, const RffOptions *options, const float *projection, size_t pairs,
	     float *weights, float *biases, size_t outputs, Err *err);
/* 1/(features · variance of all numbers), the rule that scikit-learn calls "scale". False and *err
 * when interrupted. */
bool rff_gamma(const LinearFit *fit, double *gamma, Arena *arena, Err *err);

#endif
