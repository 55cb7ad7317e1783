/* Fitting from a dataset file that need not fit in memory: its training rows come in pieces from a feed,
 * and the model's kind learns from each in turn (ModelKind.learner).
 *
 * Networks (a linear model is one of one layer) learn by mini-batches as in memory, the optimizer's state
 * kept between pieces; logistic regression by FTRL; k-means by mini-batches; naive Bayes by sums, in one
 * pass. Memory is that of the feed's buffer and of the model. The same file, seed and options give the
 * same bits, whatever the disk does.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_STREAM_H
#define WATTLE_MODEL_STREAM_H

#include "data/feed.h"
#include "model/model.h"

/* What a streamed fit waited for. */
typedef struct StreamSpent {
	double time_s;   /* of all epochs, reports and validation left out */
	double waited_s; /* of that, for rows from the disk */
	size_t rows_max; /* that were in work together */
} StreamSpent;

/* model_fit for the training rows of a file: refuses the same (ERR_ARGUMENT), but for training rows that
 * are all of one class, and damaged rows when they come (ERR_FORMAT, datafile_rows). feed: NULL is as
 * it comes, shuffled; its batch and seed are those of options. A learner that needs one pass only
 * (ModelLearner.once) takes the rows in the order of the file. Reports each epoch; after a "stop" the
 * model is fitted on what came. spent may be NULL. */
bool model_fit_stream(Model *model, const DataFile *file, const FeedOptions *feed,
		      const FitOptions *options, FitWatch *watch, Control *control,
		      StreamSpent *spent, Err *err);

#endif
