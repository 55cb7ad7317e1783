/* What the files of training share. Private to them.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_TRAINING_INSIDE_H
#define WATTLE_MODEL_TRAINING_INSIDE_H

#include "model/graph.h"
#include "model/update.h"

typedef struct Training {
	Model *model;
	const Rows *train;
	const FitOptions *options;
	FitWatch *watch;
	Control *control;
	Graph *graph;
	Graph *teacher; /* NULL: none */
	float *best;    /* weights of the best epoch; NULL without patience */
	double best_loss;
	size_t waited;     /* epochs since */
	uint16_t *labels;  /* (batch) */
	uint32_t *order;   /* of the training rows, as positions */
	uint32_t *in_turn; /* 0, 1, … of the validation rows */
	Update update;     /* not of L-BFGS */
} Training;

/* Forward through a batch of training rows. Returns its summed loss; the gradient of its mean lies
 * at the logits. step: of dropout. */
double training_forward(Training *t, const uint32_t *order, size_t n, uint64_t step, size_t *right);
/* After an epoch: validation, the report, patience. *done: no further epoch. report: epoch, epochs,
 * loss, accuracy and time_s are filled. */
bool training_epoch_end(Training *t, FitEpoch *report, bool *done, Err *err);
/* All epochs by L-BFGS; memory of the arena. */
bool training_lbfgs(Training *t, Arena *arena, Err *err);

#endif
