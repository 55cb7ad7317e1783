/* Networks that learn from a stream: the training engine, given one piece after the other.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "model/training.h"
#include "model/training_inside.h"

static bool network_begin(FitStream *fit, Err *err)
{
	Training *t = arena_take(fit->arena, 1, sizeof *t, err);

	if (!t)
		return false;
	if (fit->options->lbfgs)
		return err_set(err, ERR_ARGUMENT,
			       "fit: the optimizer lbfgs takes all rows at once; stream with adam "
			       "or sgd");
	*t = (Training){ .model = fit->model, .options = fit->options, .control = fit->control };
	fit->state = t;
	if (!training_take(t, fit->rows_max, fit->about->train_rows, fit->arena, err))
		return false;
	training_begin(t);
	return true;
}

static bool network_take(FitStream *fit, const Rows *piece, Err *err)
{
	Training *t = fit->state;
	bool cut = false;

	if (fit->seen == 0)
		training_epoch_begin(t, fit->epoch);
	t->train = piece;
	if (!training_rows(t, &cut, err))
		return false;
	fit->loss = t->loss;
	fit->right = t->targets ? (double)NAN : (double)t->right;
	return true;
}

static bool network_epoch(FitStream *fit, FitEpoch *report, bool *done, Err *err)
{
	return training_judge(fit->state, report, done, err);
}

static bool network_end(FitStream *fit, Err *err)
{
	(void)err;
	training_end(fit->state);
	return true;
}

const ModelLearner training_learner = {
	.begin = network_begin,
	.take = network_take,
	.epoch = network_epoch,
	.end = network_end,
};
