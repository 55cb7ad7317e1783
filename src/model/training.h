/* Training of networks by mini-batches, or by L-BFGS on all rows.
 *
 * Rows are shuffled anew each epoch (seeded); the last, shorter batch counts too. All memory is
 * taken before the first step. The same seed, machine and number of threads give the same bits.
 * Where the optimizer is Adam or AdamW, nothing is pruned and nothing clipped, the gradient of a
 * dense layer's weights is consumed while it is computed and never exists as a whole.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_TRAINING_H
#define WATTLE_MODEL_TRAINING_H

#include <stdbool.h>

#include "model/model.h"

/* The fit of a ModelKind; its arguments are checked by model_fit. */
bool training_fit(Model *model, const Rows *train, const FitOptions *options, FitWatch *watch,
		  Control *control, Err *err);

/* The same by pieces: of rows in the same order, the same steps, where pieces hold whole batches. No
 * L-BFGS. */
extern const ModelLearner training_learner;

#endif
