/* Linear support vector machine: one dense layer.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "model/linear/dual.h"
#include "model/linear/objective.h"

enum { SOLVER_AUTO, SOLVER_LBFGS, SOLVER_CD };

static bool svm_cd(LinearFit *fit, bool squared, size_t outputs, Err *err)
{
	const Model *model = fit->model;
	const DualOptions options = {
		.loss = squared ? DUAL_SQUARED_HINGE : DUAL_HINGE,
		.c = model_setting(model, "c")->number,
		.tolerance = model_setting(model, "tolerance")->number,
		.epochs = (size_t)model_setting(model, "iterations")->integer,
		.intercept = true,
		.seed = model->seed,
	};

	return dual_fit(fit, &options, linear_weights(fit, 0), linear_biases(fit, 0), outputs, err);
}

/* The objective is divided by C, so that the loss has the weight 1. */
static bool svm_lbfgs(LinearFit *fit, size_t outputs, Err *err)
{
	double c = model_setting(fit->model, "c")->number;
	Arena *arena = arena_new(0, err);
	Objective *o =
		arena ? objective_take(fit, OBJECTIVE_SQUARED_HINGE, outputs, 1 / c, arena, err)
		      : NULL;
	Minimize *m = o ? minimize_take(objective_count(o), arena, err) : NULL;
	bool fine = m;

	if (fine) {
		m->tolerance = model_setting(fit->model, "tolerance")->number / fmax(1, c);
		fine = objective_minimize(
			fit, o, m, (size_t)model_setting(fit->model, "iterations")->integer, err);
	}
	arena_free(arena);
	return fine;
}

/* An iteration of L-BFGS looks at all rows, as a pass of coordinate descent does; where rows are many
 * times the features it needs fewer. Measured: of digits (21 times) coordinate descent takes a third
 * of the time, of satellite (123), letter and shuttle L-BFGS does or less. */
#define SVM_PRIMAL_RATIO 32
static bool svm_primal(const Model *model, const Rows *train)
{
	int solver = model_setting(model, "solver")->choice;
	bool squared = model_setting(model, "loss")->choice == 0;

	if (solver == SOLVER_AUTO)
		return squared && train->set->form != DATASET_SPARSE &&
		       train->count > SVM_PRIMAL_RATIO * train->set->features;
	return solver == SOLVER_LBFGS;
}

static bool svm_fit(Model *model, const Rows *train, const FitOptions *options, FitWatch *watch,
		    Control *control, Err *err)
{
	LinearFit fit = linear_fit(model, train, options, watch, control);
	bool primal = svm_primal(model, train);
	bool squared = model_setting(model, "loss")->choice == 0;
	size_t outputs = linear_outputs(train->set);

	if (primal && !squared)
		return err_set(err, ERR_ARGUMENT,
			       "svm: solver lbfgs has the squared hinge only; use cd");
	if (!linear_restart(&fit, "", outputs, err))
		return false;
	return primal ? svm_lbfgs(&fit, outputs, err) : svm_cd(&fit, squared, outputs, err);
}

static const Param svm_params[] = {
	LINEAR_C,
	{ .name = "loss",
	  .type = PARAM_CHOICE,
	  .value = "squared-hinge",
	  .choices = "squared-hinge|hinge",
	  .help = "Of a row whose margin is below 1: what it lacks, squared or not." },
	{ .name = "solver",
	  .type = PARAM_CHOICE,
	  .value = "auto",
	  .choices = "auto|lbfgs|cd",
	  .help = "All rows at once; dual coordinate descent. auto: lbfgs for dense rows that are "
		  "more than 32 times the features, else cd." },
	{ .name = "tolerance",
	  .type = PARAM_NUMBER,
	  .value = "0.1",
	  .minimum = 0,
	  .maximum = 1e6,
	  .help = "Largest number of the gradient (cd: range of the projected gradients) at "
		  "which the fit is done." },
	{ .name = "iterations",
	  .type = PARAM_INT,
	  .value = "200",
	  .minimum = 1,
	  .maximum = 1000000,
	  .help = "Passes over the rows, at most." },
	LINEAR_SEED,
	{ 0 },
};

static const char *const svm_keys[] = { NULL };

const ModelKind model_svm = {
	.info = { .name = "svm",
		  .title = "linear SVM",
		  .about = "The widest margin between each class and the rest.",
		  .params = svm_params },
	.takes = MODEL_SPARSE,
	.by_data = true,
	.fit_keys = svm_keys,
	.fit = svm_fit,
};
