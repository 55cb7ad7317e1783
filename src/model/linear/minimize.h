/* Smooth convex functions, with or without an L1 penalty: L-BFGS and OWL-QN (Andrew and Gao, ICML
 * 2007), in double. Private to the fits of src/model/.
 *
 *   F(w) = f(w) + l1·Σ_{i < penalized} |w_i|
 *
 * Unlike num/train/lbfgs.h, which moves networks in f32, it keeps the few numbers of a linear model
 * in double: coefficients then agree with those of other solvers to many digits. Without l1 it
 * is L-BFGS with a backtracking line search; curvature is positive as f is convex. Allocates nothing
 * after minimize_take.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_LINEAR_MINIMIZE_H
#define WATTLE_MODEL_LINEAR_MINIMIZE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

#define MINIMIZE_HISTORY 10

/* f at w (n) and its gradient (n). False ends the step with *err. */
typedef bool (*MinimizeEval)(void *user, const double *w, double *grad, double *value, Err *err);

typedef struct Minimize {
	size_t n, penalized;
	double l1;
	double tolerance; /* done when no |gradient| (with l1: least subgradient) is larger */
	double value;     /* F at w; after the first step */
	double gradient;  /* the largest there */
	bool done;        /* no step is left, or F cannot fall any more in the digits that f has */
	size_t iterations, evaluations;
	/* Its own. */
	size_t kept, next, flat;
	double least;            /* gradient so far */
	double *w;               /* (n) begins at 0 */
	double *grad, *steepest; /* (n) of f; the least subgradient of F */
	double *direction, *trial, *trial_grad, *trial_steepest;
	double *s, *y; /* (MINIMIZE_HISTORY, n) */
	double rho[MINIMIZE_HISTORY];
} Minimize;

Minimize *minimize_take(size_t n, Arena *arena, Err *err);
/* One iteration. ERR_DIVERGED when F at the first w is no number. */
bool minimize_step(Minimize *m, MinimizeEval eval, void *user, Err *err);

#endif
