/* What fits of rows in memory and of streams ask before they begin. Private to them.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_FIT_INSIDE_H
#define WATTLE_MODEL_FIT_INSIDE_H

#include "model/model.h"

/* All that model_fit says of options, model and sizes; nothing of the values of train, whose set may
 * have none. */
bool fit_check(const Model *model, const Rows *train, const FitOptions *options, Err *err);
/* What a model keeps of the rows that it is fitted on; entries: of a sparse row, on average. */
void fit_note(Model *model, const Dataset *set, double entries);

#endif
