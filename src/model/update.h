/* The optimizer's side of a training step: gradients of the spans, mask, clipping, the step itself.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_UPDATE_H
#define WATTLE_MODEL_UPDATE_H

#include "model/graph.h"

typedef struct Update {
	Model *model;
	Graph *graph;
	const FitOptions *options;
	Schedule schedule;
	uint64_t steps;                     /* planned in all */
	float *state[OPTIMIZER_STATES_MAX]; /* laid out as the block */
	OptimizerStep step;                 /* of the current step */
	bool moved[MODEL_SPANS_MAX];        /* spans that graph_gradient moves by itself */
} Update;

/* Memory of the arena. steps: so many will be done. */
bool update_init(Update *update, Model *model, Graph *graph, const FitOptions *options,
		 uint64_t steps, Arena *arena, Err *err);
/* Step number 0, 1, … with n rows, after graph_backward. */
void update_run(Update *update, size_t n, uint64_t step);
/* Pruned parameters, gradients or states become 0. */
void update_mask(const Update *update, float *x);

#endif
