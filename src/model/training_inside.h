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
	uint16_t *labels;  /* (batch); NULL: … */
	float *targets;    /* … numbers to predict */
	uint32_t *order;   /* of the rows of train, as positions */
	uint32_t *in_turn; /* 0, 1, … of the validation rows */
	Update update;     /* not of L-BFGS */
	uint64_t steps;    /* done so far, in all epochs; not of L-BFGS */
	/* Of this epoch: its number (1 …), summed loss, right predictions and rows so far. */
	size_t epoch, right, seen;
	double loss;
} Training;

/* All memory but train, which comes later: for epochs of `rows` rows, `together` of them at a time. */
bool training_take(Training *t, size_t together, uint64_t rows, Arena *arena, Err *err);
/* Before the first step, after the last. */
void training_begin(const Training *t);
void training_end(const Training *t);
void training_epoch_begin(Training *t, size_t epoch);
/* All batches of train, in the order of t->order. *cut: a "stop" came before one that is not the first
 * of its epoch. */
bool training_rows(Training *t, bool *cut, Err *err);
/* Validation into the report; *done: patience is over. */
bool training_judge(Training *t, FitEpoch *report, bool *done, Err *err);

/* Forward through a batch of training rows. Returns its summed loss; the gradient of its mean lies
 * at the logits. step: of dropout. */
double training_forward(Training *t, const uint32_t *order, size_t n, uint64_t step, size_t *right);
/* Share of right predictions; NaN for numbers. */
double training_share(const Training *t, size_t right, size_t count);
/* training_judge and the report. *done: no further epoch. report: epoch, epochs,
 * loss, accuracy and time_s are filled. */
bool training_epoch_end(Training *t, FitEpoch *report, bool *done, Err *err);
/* All epochs by L-BFGS; memory of the arena. */
bool training_lbfgs(Training *t, Arena *arena, Err *err);

#endif
