/* Training of chains of linear layers by mini-batches: softmax cross-entropy, SGD, momentum or
 * Adam.
 *
 * For kinds whose spans are the weight and the bias of each layer in turn. Rows are shuffled
 * anew each epoch (seeded); the last, shorter batch counts too. All memory is taken before the
 * first step; the same seed and machine give the same bits. A weight's gradient is computed in
 * blocks of rows and consumed by the optimizer while it is in the cache; the whole gradient
 * never exists. One thread.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_TRAINING_H
#define WATTLE_MODEL_TRAINING_H

#include <stdbool.h>

#include "model/model.h"

/* The fit of a ModelKind; its arguments are checked by model_fit. */
bool training_fit(Model *model, const Rows *train, const FitOptions *options, FitWatch *watch,
		  Control *control, Err *err);

#endif
