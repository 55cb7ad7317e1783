/* Logistic regression, of two classes or, by softmax, of more: one dense layer.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "model/linear/dual.h"
#include "model/linear/ftrl.h"
#include "model/linear/minimize.h"
#include "model/linear/objective.h"

enum { SOLVER_AUTO, SOLVER_LBFGS, SOLVER_CD, SOLVER_FTRL };
enum { PENALTY_L2, PENALTY_L1, PENALTY_NONE };

static double logistic_number(const LinearFit *fit, const char *name)
{
	return model_setting(fit->model, name)->number;
}

static size_t logistic_size(const LinearFit *fit, const char *name)
{
	return (size_t)model_setting(fit->model, name)->integer;
}

/* All rows at once. The objective is divided by C, so that the loss has the weight 1. */
static bool logistic_lbfgs(LinearFit *fit, int penalty, size_t outputs, Err *err)
{
	double c = logistic_number(fit, "c");
	size_t iterations = logistic_size(fit, "iterations");
	Arena *arena = arena_new(0, err);
	Objective *o = arena ? objective_take(fit, OBJECTIVE_LOGISTIC, outputs,
					      penalty == PENALTY_L2 ? 1 / c : 0, arena, err)
			     : NULL;
	Minimize *m = o ? minimize_take(objective_count(o), arena, err) : NULL;
	bool fine = m;

	if (fine) {
		m->penalized = objective_count(o) - outputs;
		m->l1 = penalty == PENALTY_L1 ? 1 / c : 0;
		m->tolerance = logistic_number(fit, "tolerance") / fmax(1, c);
	}
	fine = fine && objective_minimize(fit, o, m, iterations, err);
	arena_free(arena);
	return fine;
}

static bool logistic_cd(LinearFit *fit, size_t outputs, Err *err)
{
	const DualOptions options = { .loss = DUAL_LOGISTIC,
				      .c = logistic_number(fit, "c"),
				      .tolerance = fmax(logistic_number(fit, "tolerance"), 1e-8),
				      .epochs = logistic_size(fit, "iterations"),
				      .intercept = true,
				      .seed = fit->model->seed };

	return dual_fit(fit, &options, linear_weights(fit, 0), linear_biases(fit, 0), outputs, err);
}

static FtrlOptions logistic_ftrl_options(const LinearFit *fit)
{
	int penalty = model_setting(fit->model, "penalty")->choice;
	double c = logistic_number(fit, "c");

	return (FtrlOptions){ .alpha = logistic_number(fit, "step"),
			      .beta = 1,
			      .l1 = penalty == PENALTY_L1 ? 1 / c : 0,
			      .l2 = penalty == PENALTY_L2 ? 1 / c : 0,
			      .epochs = logistic_size(fit, "iterations"),
			      .seed = fit->model->seed };
}

static bool logistic_ftrl(LinearFit *fit, size_t outputs, Err *err)
{
	const FtrlOptions options = logistic_ftrl_options(fit);

	return ftrl_fit(fit, &options, linear_weights(fit, 0), linear_biases(fit, 0), outputs, err);
}

static bool logistic_fit(Model *model, const Rows *train, const FitOptions *options,
			 FitWatch *watch, Control *control, Err *err)
{
	LinearFit fit = linear_fit(model, train, options, watch, control);
	int solver = model_setting(model, "solver")->choice;
	int penalty = model_setting(model, "penalty")->choice;
	size_t outputs = linear_outputs(train->set);
	bool sparse = train->set->form == DATASET_SPARSE;

	if (solver == SOLVER_AUTO)
		solver = sparse && penalty == PENALTY_L2 && outputs == 1 ? SOLVER_CD : SOLVER_LBFGS;
	if (solver == SOLVER_CD && penalty != PENALTY_L2)
		return err_set(err, ERR_ARGUMENT,
			       "logistic: solver cd has the penalty l2 only; use lbfgs or ftrl");
	if (!linear_restart(&fit, "", outputs, err))
		return false;
	if (solver == SOLVER_CD)
		return logistic_cd(&fit, outputs, err);
	if (solver == SOLVER_FTRL)
		return logistic_ftrl(&fit, outputs, err);
	return logistic_lbfgs(&fit, penalty, outputs, err);
}

/* --- streams ---------------------------------------------------------------------------------- */

typedef struct LogisticStream {
	LinearFit fit;
	FtrlOptions options;
	Ftrl *ftrl;
} LogisticStream;

static bool logistic_begin(FitStream *stream, Err *err)
{
	LogisticStream *l = arena_take(stream->arena, 1, sizeof *l, err);
	int solver = model_setting(stream->model, "solver")->choice;

	if (!l)
		return false;
	if (solver != SOLVER_AUTO && solver != SOLVER_FTRL)
		return err_set(err, ERR_ARGUMENT,
			       "logistic: this solver takes all rows at once; stream with ftrl");
	stream->state = l;
	l->fit = linear_fit(stream->model, NULL, stream->options, NULL, stream->control);
	l->options = logistic_ftrl_options(&l->fit);
	l->ftrl = ftrl_take(&l->fit, stream->about, &l->options, linear_outputs(stream->about),
			    stream->arena, err);
	return l->ftrl;
}

static bool logistic_take(FitStream *stream, const Rows *piece, Err *err)
{
	LogisticStream *l = stream->state;
	const FtrlPlace place = { .epoch = stream->epoch,
				  .seen = stream->seen,
				  .rows = stream->about->train_rows };

	l->fit.rows = piece;
	if (!ftrl_rows(l->ftrl, NULL, &place, err))
		return false;
	stream->loss = ftrl_loss_sum(l->ftrl);
	stream->right = (double)ftrl_right(l->ftrl);
	return true;
}

static bool logistic_end(FitStream *stream, Err *err)
{
	LogisticStream *l = stream->state;
	const Rows all = { .set = stream->about, .count = stream->about->train_rows };

	l->fit.rows = &all;
	if (!linear_restart(&l->fit, "", linear_outputs(stream->about), err))
		return false;
	ftrl_write(l->ftrl, linear_weights(&l->fit, 0), linear_biases(&l->fit, 0));
	stream->model->steps += stream->epoch - 1;
	return true;
}

static const ModelLearner logistic_learner = {
	.begin = logistic_begin,
	.take = logistic_take,
	.end = logistic_end,
};

static const Param logistic_params[] = {
	LINEAR_C,
	{ .name = "penalty",
	  .type = PARAM_CHOICE,
	  .value = "l2",
	  .choices = "l2|l1|none",
	  .help = "Of the weights: their squares, or their sizes, which makes many of them 0." },
	{ .name = "solver",
	  .type = PARAM_CHOICE,
	  .value = "auto",
	  .choices = "auto|lbfgs|cd|ftrl",
	  .help = "All rows at once; dual coordinate descent, one class against the rest; row by "
		  "row. auto: cd for sparse rows of two classes, else lbfgs." },
	{ .name = "iterations",
	  .type = PARAM_INT,
	  .value = "100",
	  .minimum = 1,
	  .maximum = 1000000,
	  .help = "Iterations of lbfgs, or passes over the rows, at most." },
	{ .name = "tolerance",
	  .type = PARAM_NUMBER,
	  .value = "0.0001",
	  .minimum = 0,
	  .maximum = 1e6,
	  .help = "Largest number of the gradient at which the fit is done." },
	{ .name = "step",
	  .type = PARAM_NUMBER,
	  .value = "0.1",
	  .minimum = 1e-6,
	  .maximum = 1000,
	  .help = "ftrl: size of the first steps." },
	LINEAR_SEED,
	{ 0 },
};

static const char *const logistic_keys[] = { NULL };

const ModelKind model_logistic = {
	.info = { .name = "logistic",
		  .title = "logistic regression",
		  .about = "A weighted sum for each class, as probabilities; convex.",
		  .params = logistic_params },
	.takes = MODEL_SPARSE,
	.by_data = true,
	.fit_keys = logistic_keys,
	.fit = logistic_fit,
	.learner = &logistic_learner,
};
