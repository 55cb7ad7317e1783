/* Losses of logits (rows,n) against classes: value, gradient and right predictions in one pass.
 *
 * The loss of a row:
 *   xent     −Σ q_j·log p_j, p = softmax, q = (1 − smoothing)·onehot + smoothing/n, as in PyTorch
 *   bce      binary cross-entropy with logits of each class against the rest, mean over the n
 *   hinge    Σ max(0, 1 − t_j·x_j), t = 1 for the label, −1 for the rest: n linear SVMs side by
 *            side, each as if it were alone
 *   mse      (x − onehot)², mean over the n
 *   huber    |d| ≤ delta: d²/2, else delta·(|d| − delta/2), d = x − onehot; mean over the n
 *   distill  (1 − alpha)·xent + alpha·T²·KL(softmax(teacher/T) ‖ softmax(x/T)) (1503.02531)
 * With n = 1, bce, hinge, mse and huber take labels 0 and 1 as their target (hinge: −1 and 1).
 * A prediction is the greatest logit, the first of equals; with n = 1 class 1 where the logit is
 * above 0, or above ½ for mse and huber. What is not a number makes the loss so.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_LOSS_H
#define WATTLE_NUM_LOSS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/info.h"

typedef enum LossKind {
	LOSS_XENT,
	LOSS_BCE,
	LOSS_HINGE,
	LOSS_MSE,
	LOSS_HUBER,
	LOSS_DISTILL,
	LOSS_KINDS
} LossKind;

typedef struct Loss {
	LossKind kind;
	float smoothing;   /* xent, distill: in [0, 1); default 0 */
	float delta;       /* huber: above 0; default 1 */
	float alpha;       /* distill: in [0, 1]; default .7 */
	float temperature; /* distill: above 0; default 4 */
} Loss;

/* By kind: names and their sentences. */
extern const Info losses[LOSS_KINDS];
bool loss_find(const char *name, LossKind *kind);
/* With every default. */
Loss loss_default(LossKind kind);

/* Returns the loss summed over rows, adds the number of right predictions to *right and writes
 * grad (rows,n) = d(mean of the rows' losses)/d(logits). grad may be logits. labels are below n (2
 * with n = 1). teacher (rows,n): for distill alone, else NULL. features: cpu_features(), or fewer;
 * every level gives the same bits. */
double loss_run(uint32_t features, const Loss *loss, float *grad, const float *logits,
		const uint16_t *labels, const float *teacher, size_t rows, size_t n, size_t *right);

/* The same of one output for each row that is to be a number: targets (rows), finite. For mse and
 * huber alone. */
double loss_run_numbers(uint32_t features, const Loss *loss, float *grad, const float *outputs,
			const float *targets, size_t rows);

#endif
