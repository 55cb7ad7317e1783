/* FTRL-Proximal (McMahan et al., KDD 2013): logistic regression row by row, with steps of its own for
 * each weight and weights that L1 holds at exactly 0. Private to the fits of src/model/.
 *
 * Of a gradient g of weight w with the sums n = Σ g² and z = Σ (g − s·w), s = (√(n + g²) − √n)/alpha:
 *   w = 0 where |z| ≤ l1·t, else −(z − sign(z)·l1·t) / ((beta + √n)/alpha + l2·t)
 * t counts passes over the rows: so the penalty is one of the summed loss of all rows, as for the
 * other solvers, however many passes there are (their l1 is one of all steps together).
 * Only the weights of features that a row has are touched. Of more than two classes each is one
 * against the rest.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_LINEAR_FTRL_H
#define WATTLE_MODEL_LINEAR_FTRL_H

#include "model/linear/linear.h"

typedef struct FtrlOptions {
	double alpha, beta, l1, l2;
	size_t epochs;
	uint64_t seed;
} FtrlOptions;

/* Into weights (features, outputs) and biases (outputs), which are not penalized. Reports each pass:
 * mean loss and accuracy of the rows as they were seen. */
bool ftrl_fit(LinearFit *fit, const FtrlOptions *options, float *weights, float *biases,
	      size_t outputs, Err *err);

/* The same by hand, of rows that come in pieces; each stands in fit->rows. Memory of the arena; fit and
 * options are borrowed. */
typedef struct Ftrl Ftrl;
/* Where a piece stands: its epoch (1 …), rows of that epoch before it, rows of an epoch. */
typedef struct FtrlPlace {
	size_t epoch, seen, rows;
} FtrlPlace;
Ftrl *ftrl_take(LinearFit *fit, const Dataset *set, const FtrlOptions *options, size_t outputs,
		Arena *arena, Err *err);
/* In this order (positions), or as they stand (NULL). ERR_DIVERGED. */
bool ftrl_rows(Ftrl *ftrl, const uint32_t *order, const FtrlPlace *place, Err *err);
/* Of the rows of this epoch so far, as they were seen. */
double ftrl_loss_sum(const Ftrl *ftrl);
size_t ftrl_right(const Ftrl *ftrl);
void ftrl_write(const Ftrl *ftrl, float *weights, float *biases);

#endif
