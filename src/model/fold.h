/* Folding: what training needs and inference does not goes into the weights.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_FOLD_H
#define WATTLE_MODEL_FOLD_H

#include "model/model.h"

/* Whether there is something to fold. */
bool model_folds(const Model *model);

/* A new model, the caller's: batch norms that alone read the outputs of weights are folded into
 * them, dropout is gone, but for that of the inputs; the rest, pruned weights too, is as it was. In
 * a quantized model, whose weights are what they are, batch norms stay. */
Model *model_fold(const Model *model, Err *err);

#endif
