/* What the techniques of trees share: which models and rows they take, and how wrong a row is.
 * Private to src/technique/techniques/.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TECHNIQUE_TREES_H
#define WATTLE_TECHNIQUE_TREES_H

#include "base/arena.h"
#include "model/trees/model.h"

/* The trees of a model; ERR_ARGUMENT when it is not fitted, or has none. */
bool technique_trees(TreesView *out, const Model *model, Err *err);

/* ERR_ARGUMENT when these rows are for testing, or not of the sort that the model was fitted on;
 * name: of the parameter that gives them. */
bool technique_rows(const Model *model, const Rows *rows, const char *name, Err *err);

/* Outputs of a model for one row: 1 for a wrong class, else 0; of a number the squared error. */
double technique_loss(const Model *model, const Rows *rows, size_t i, const float *outputs);

#endif
