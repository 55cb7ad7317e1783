/* L-BFGS (Liu and Nocedal 1989) on a full batch: two-loop recursion, strong Wolfe line search
 * (Nocedal and Wright, Numerical Optimization, algorithms 3.5 and 3.6).
 *
 *   Lbfgs *l = lbfgs_take(n, 10, features, arena, &err);
 *   while (!l->done && lbfgs_step(l, w, eval, user, &err)) …
 *
 * Parameters and gradients are f32; inner products are summed in double, in an order that depends
 * on n alone: the same run gives the same bits at every level of features. lbfgs_step allocates
 * nothing.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_LBFGS_H
#define WATTLE_NUM_LBFGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

#define LBFGS_HISTORY 10    /* as usual */
#define LBFGS_LINE_EVALS 25 /* evaluations of one line search, at most */
#define LBFGS_GRADIENT 1e-5 /* largest |g_i| at which it is done */
#define LBFGS_CHANGE 1e-9   /* relative change of the loss below which it is done */

/* The loss at w (n) and its gradient (n). False ends the step with *err. A loss that is no number
 * is a point too far. */
typedef bool (*LbfgsEval)(void *user, const float *w, float *grad, double *loss, Err *err);

typedef struct Lbfgs {
	double loss;        /* at w; after the first step */
	double gradient;    /* largest |g_i| there */
	size_t iterations;  /* steps taken */
	size_t evaluations; /* calls of eval in all */
	bool done;          /* no step is left: converged, or the line search found nothing lower */
	/* Its own. */
	size_t n, history, kept, next; /* pairs in use, and where the next one goes */
	uint32_t features;
	float *grad, *direction;   /* (n) */
	float *trial, *trial_grad; /* (n): a point of the line search */
	float *best, *best_grad;   /* (n): its best point so far */
	float *s, *y;              /* (history,n): differences of points and of gradients */
	double *rho, *alpha;       /* (history) */
} Lbfgs;

Lbfgs *lbfgs_take(size_t n, size_t history, uint32_t features, Arena *arena, Err *err);
/* One iteration: moves w to a lower loss, or leaves it and sets done. ERR_DIVERGED when the loss or
 * its gradient at the first w is no number. */
bool lbfgs_step(Lbfgs *lbfgs, float *w, LbfgsEval eval, void *user, Err *err);

#endif
