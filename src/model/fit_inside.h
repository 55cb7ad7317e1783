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

/* Stands before the watch of who asked: counts the model's epochs and tells how many are behind it. */
typedef struct FitCounter {
	FitWatch watch;  /* first member */
	FitWatch *asked; /* NULL: nobody did */
	Model *model;
	size_t behind;
} FitCounter;
/* Begins to count; a model that is shaped by its data learns anew. */
FitCounter fit_counter(Model *model, FitWatch *asked);

#endif
