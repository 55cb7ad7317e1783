/* What is asked of every fit before it begins.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "model/model.h"
#include "num/cpu.h"

void fit_options_init(FitOptions *options, const Model *model)
{
	*options = (FitOptions){
		.epochs = 10,
		.batch = 64,
		.optimizer = optimizer_default(OPTIMIZER_ADAM),
		.lr = optimizers[OPTIMIZER_ADAM].lr,
		.schedule = SCHEDULE_CONSTANT,
		.loss = loss_default(LOSS_XENT),
		.seed = model->seed,
	};
}

/* --- rows ------------------------------------------------------------------------------------- */

/* One output tells two classes apart where the loss has no softmax. */
static bool fit_one_output(const Model *model, const Rows *rows, const Loss *loss)
{
	return model_outputs(model) == 1 && rows->set->classes == 2 && loss->kind != LOSS_XENT &&
	       loss->kind != LOSS_DISTILL;
}

static bool fit_check_rows(const Model *model, const Rows *rows, const Loss *loss, const char *what,
			   Err *err)
{
	const char *name = model->kind->info.name;

	if (rows->test)
		return err_set(err, ERR_ARGUMENT,
			       "fit: the %s rows are test rows of %s; use training rows", what,
			       rows->set->name);
	if (rows->count == 0)
		return err_set(err, ERR_ARGUMENT, "fit: there are no %s rows", what);
	if (rows->set->features != model_inputs(model))
		return err_set(err, ERR_ARGUMENT, "fit: the %s takes %zu features, but %s has %zu",
			       name, model_inputs(model), rows->set->name, rows->set->features);
	if (rows->set->classes != model_outputs(model) && !fit_one_output(model, rows, loss))
		return err_set(err, ERR_ARGUMENT,
			       "fit: the %s has %zu outputs, but %s has %zu classes", name,
			       model_outputs(model), rows->set->name, rows->set->classes);
	return true;
}

/* Whatever the loss, one class leaves nothing to tell apart. */
static bool fit_check_classes(const Rows *rows, Err *err)
{
	const uint16_t *labels = rows->set->labels;
	uint16_t first = labels[rows_at(rows, 0)];

	for (size_t i = 1; i < rows->count; i++)
		if (labels[rows_at(rows, i)] != first)
			return true;
	return err_set(
		err, ERR_ARGUMENT,
		"fit: all %zu training rows of %s are of class %u; give rows of at least two "
		"classes",
		rows->count, rows->set->name, first);
}

/* --- options ---------------------------------------------------------------------------------- */

typedef struct Range {
	const char *name;
	float value, least, most;
} Range;

static bool fit_check_ranges(const FitOptions *options, Err *err)
{
	const Optimizer *o = &options->optimizer;
	const float below_one = nextafterf(1, 0), least = nextafterf(0, 1);
	const Range ranges[] = {
		{ "lr", options->lr, least, 1e30f },
		{ "momentum", o->momentum, 0, below_one },
		{ "beta1", o->beta1, 0, below_one },
		{ "beta2", o->beta2, 0, below_one },
		{ "epsilon", o->epsilon, 0, 1e30f },
		{ "decay", o->decay, 0, 1e30f },
		{ "warmup", options->warmup, 0, 1 },
		{ "clip", options->clip, 0, 1e30f },
		{ "smoothing", options->loss.smoothing, 0, below_one },
		{ "delta", options->loss.delta, least, 1e30f },
		{ "alpha", options->loss.alpha, 0, 1 },
		{ "temperature", options->loss.temperature, least, 1e30f },
	};

	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
		const Range *r = &ranges[i];

		if (!(r->value >= r->least && r->value <= r->most))
			return err_set(err, ERR_ARGUMENT, "fit: %s is %g, but must be %s %s",
				       r->name, (double)r->value,
				       r->least > 0 ? "above 0" : "0 or above",
				       r->most == 1           ? "and at most 1"
				       : r->most == below_one ? "and below 1"
							      : "and a number");
	}
	return true;
}

static bool fit_check_teacher(const Model *model, const FitOptions *options, Err *err)
{
	const Model *teacher = options->teacher;

	if ((options->loss.kind == LOSS_DISTILL) != (teacher != NULL))
		return err_set(err, ERR_ARGUMENT,
			       teacher ? "fit: a teacher is for loss = \"distill\""
				       : "fit: loss = \"distill\" needs a teacher");
	if (!teacher)
		return true;
	if (model_inputs(teacher) != model_inputs(model) ||
	    model_outputs(teacher) != model_outputs(model))
		return err_set(err, ERR_ARGUMENT,
			       "fit: the teacher takes %zu features and has %zu outputs, but the "
			       "model takes %zu and has %zu",
			       model_inputs(teacher), model_outputs(teacher), model_inputs(model),
			       model_outputs(model));
	if (teacher == model)
		return err_set(err, ERR_ARGUMENT, "fit: a model cannot be its own teacher");
	return true;
}

static bool fit_check_options(const Model *model, const FitOptions *options, Err *err)
{
	if (options->epochs == 0 || options->batch == 0 || options->batch > FIT_BATCH_MAX)
		return err_set(err, ERR_ARGUMENT,
			       "fit: epochs is %zu and batch %zu, but they must be at least 1, and "
			       "batch at most %d",
			       options->epochs, options->batch, FIT_BATCH_MAX);
	if (!fit_check_ranges(options, err) || !fit_check_teacher(model, options, err))
		return false;
	if (options->bf16 && !(cpu_features() & CPU_BF16))
		return err_set(err, ERR_NEED,
			       "fit: this processor has no bfloat16 products (AVX-512 BF16); "
			       "train with precision = \"f32\"");
	if (options->patience && !options->valid)
		return err_set(
			err, ERR_ARGUMENT,
			"fit: patience needs validation rows: load the data with valid = 0.1");
	return true;
}

/* --- the model -------------------------------------------------------------------------------- */

static bool fit_check_weights(const Model *model, Err *err)
{
	if (model->quant)
		return err_set(err, ERR_ARGUMENT,
			       "fit: the model is quantized; fit it first, then quantize");
	for (size_t i = 0; i < model->spans; i++) {
		const Span *span = &model->span[i];

		for (size_t at = 0; at < span->rows * span->cols; at++)
			if (!isfinite(model->params[span->offset + at]))
				return err_set(err, ERR_ARGUMENT,
					       "fit: %s holds what is not a number (did a fit "
					       "before this one diverge?); begin with a new model",
					       span->name);
	}
	return true;
}

bool model_fit(Model *model, const Rows *train, const FitOptions *options, FitWatch *watch,
	       Control *control, Err *err)
{
	const Loss *loss = &options->loss;

	if (!fit_check_options(model, options, err) || !fit_check_weights(model, err) ||
	    !fit_check_rows(model, train, loss, "training", err))
		return false;
	if (options->valid && !fit_check_rows(model, options->valid, loss, "validation", err))
		return false;
	if (options->batch > train->count && !options->lbfgs)
		return err_set(err, ERR_ARGUMENT,
			       "fit: batch is %zu, but there are only %zu training rows; make it "
			       "%zu or less",
			       options->batch, train->count, train->count);
	return fit_check_classes(train, err) &&
	       model->kind->fit(model, train, options, watch, control, err);
}
