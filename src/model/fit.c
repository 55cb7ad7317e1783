/* What is asked of every fit before it begins.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "model/fit_inside.h"
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

bool fit_takes(const ModelKind *kind, const char *key)
{
	static const char *const always[] = { "seed", "valid", NULL };
	const char *const *lists[] = { always, kind->fit_keys };

	if (!kind->fit_keys)
		return true;
	for (size_t i = 0; i < 2; i++)
		for (const char *const *name = lists[i]; *name; name++)
			if (strcmp(*name, key) == 0)
				return true;
	return false;
}

/* --- rows ------------------------------------------------------------------------------------- */

/* One output tells two classes apart where the loss has no softmax. */
static bool fit_one_output(const Model *model, const Rows *rows, const Loss *loss)
{
	return model_outputs(model) == 1 && rows->set->classes == 2 && loss->kind != LOSS_XENT &&
	       loss->kind != LOSS_DISTILL;
}

/* "; these do: knn, trees", of the kinds that take such rows; "" when there is none. */
static const char *fit_who_takes(unsigned takes, char *out, size_t cap)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; model_kinds[i]; i++)
		if (model_kinds[i]->takes & takes)
			len += text_format(out + len, cap - len, "%s%s",
					   len ? ", " : "; these do: ", model_kinds[i]->info.name);
	return out;
}

/* What the kind takes at all. */
static bool fit_check_kind(const ModelKind *kind, const Dataset *set, Err *err)
{
	char who[256];

	if (set->form == DATASET_SPARSE && !(kind->takes & MODEL_SPARSE))
		return err_set(err, ERR_ARGUMENT, "fit: the %s takes no sparse rows as %s has%s",
			       kind->info.name, set->name,
			       fit_who_takes(MODEL_SPARSE, who, sizeof who));
	if (!set->classes && !(kind->takes & MODEL_NUMBERS))
		return err_set(err, ERR_ARGUMENT,
			       "fit: the %s predicts classes, but %s has numbers to predict%s",
			       kind->info.name, set->name,
			       fit_who_takes(MODEL_NUMBERS, who, sizeof who));
	if (set->classes && (kind->takes & MODEL_NO_CLASSES))
		return err_set(err, ERR_ARGUMENT,
			       "fit: the %s predicts numbers, but %s has classes to predict",
			       kind->info.name, set->name);
	return true;
}

/* Of a model that has its size. */
static bool fit_check_size(const Model *model, const Rows *rows, const Loss *loss, Err *err)
{
	const char *name = model->kind->info.name;
	const Dataset *set = rows->set;

	if (set->features != model_inputs(model))
		return err_set(err, ERR_ARGUMENT, "fit: the %s takes %zu features, but %s has %zu",
			       name, model_inputs(model), set->name, set->features);
	if (!set->classes && model_outputs(model) != 1)
		return err_set(err, ERR_ARGUMENT,
			       "fit: the %s has %zu outputs, but the numbers of %s need 1", name,
			       model_outputs(model), set->name);
	if (!set->classes && loss->kind != LOSS_MSE && loss->kind != LOSS_HUBER)
		return err_set(err, ERR_ARGUMENT,
			       "fit: %s has numbers to predict: use loss = \"mse\" or \"huber\"",
			       set->name);
	if (set->classes && set->classes != model_outputs(model) &&
	    !fit_one_output(model, rows, loss))
		return err_set(err, ERR_ARGUMENT,
			       "fit: the %s has %zu outputs, but %s has %zu classes", name,
			       model_outputs(model), set->name, set->classes);
	return true;
}

/* Where a value that is not finite stands. */
static bool fit_bad_value(const Rows *rows, const char *what, size_t row, size_t column,
			  float value, Err *err)
{
	const Dataset *set = rows->set;
	char place[160];

	if (set->column && set->column[column].name)
		text_format(place, sizeof place, "row %zu of %s, '%.60s'", row + 1, set->name,
			    set->column[column].name);
	else
		text_format(place, sizeof place, "row %zu of %s, feature %zu", row + 1, set->name,
			    column + 1);
	if (isnan(value))
		return err_set(err, ERR_ARGUMENT,
			       "%s: %s is missing, and the model takes no missing values: "
			       "prepare the data with \"impute\"",
			       what, place);
	return err_set(err, ERR_ARGUMENT, "%s: %s is not finite", what, place);
}

bool model_check_values(const ModelKind *kind, const Rows *rows, const char *what, Err *err)
{
	const Dataset *set = rows->set;
	bool missing = kind->takes & MODEL_MISSING;

	for (size_t i = 0; set->form != DATASET_BYTES && i < rows->count; i++) {
		bool sparse = set->form == DATASET_SPARSE;
		SparseRow row = { .count = set->features };

		if (sparse)
			row = rows_sparse(rows, i);
		else
			row.value = set->floats + rows_at(rows, i) * set->features;
		for (size_t j = 0; j < row.count; j++)
			if (!isfinite(row.value[j]) && !(missing && isnan(row.value[j])))
				return fit_bad_value(rows, what, rows_at(rows, i),
						     sparse ? row.column[j] : j, row.value[j], err);
	}
	return true;
}

/* But for the values. */
static bool fit_check_view(const Model *model, const Rows *rows, const Loss *loss, const char *what,
			   Err *err)
{
	if (rows->test)
		return err_set(err, ERR_ARGUMENT,
			       "fit: the %s rows are test rows of %s; use training rows", what,
			       rows->set->name);
	if (rows->count == 0)
		return err_set(err, ERR_ARGUMENT, "fit: there are no %s rows", what);
	return fit_check_kind(model->kind, rows->set, err) &&
	       (model->kind->by_data || fit_check_size(model, rows, loss, err));
}

static bool fit_check_valid(const Model *model, const Rows *train, const FitOptions *options,
			    Err *err)
{
	const Rows *valid = options->valid;
	const Dataset *a = train->set, *b = valid ? valid->set : NULL;

	if (!valid)
		return true;
	if (!fit_check_view(model, valid, &options->loss, "validation", err) ||
	    !model_check_values(model->kind, valid, "fit", err))
		return false;
	return (a->form == b->form && a->features == b->features && a->classes == b->classes) ||
	       err_set(err, ERR_ARGUMENT,
		       "fit: the validation rows of %s are not like the training rows of %s",
		       b->name, a->name);
}

/* Whatever the loss, one class, or one number, leaves nothing to tell apart. */
static bool fit_check_classes(const ModelKind *kind, const Rows *rows, Err *err)
{
	const Dataset *set = rows->set;
	size_t first = rows_at(rows, 0);

	if (kind->takes & MODEL_UNLABELLED)
		return true;
	for (size_t i = 1; i < rows->count; i++) {
		size_t row = rows_at(rows, i);

		if (set->labels ? set->labels[row] != set->labels[first]
				: set->targets[row] < set->targets[first] ||
					  set->targets[row] > set->targets[first])
			return true;
	}
	if (!set->labels)
		return err_set(err, ERR_ARGUMENT,
			       "fit: all %zu training rows of %s have the target %g; there is "
			       "nothing to learn",
			       rows->count, set->name, (double)set->targets[first]);
	return err_set(
		err, ERR_ARGUMENT,
		"fit: all %zu training rows of %s are of class %u; give rows of at least two "
		"classes",
		rows->count, set->name, set->labels[first]);
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
	if (teacher->layers == 0)
		return err_set(err, ERR_ARGUMENT, "fit: the teacher is not fitted yet");
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
	if (options->patience && !options->valid && fit_takes(model->kind, "patience"))
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
	if (model->kind->by_data)
		return !model->mask ||
		       err_set(err, ERR_ARGUMENT,
			       "fit: the %s is pruned, and its fit would begin anew: fit it "
			       "first, then prune",
			       model->kind->info.name);
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

/* A network is trained through every layer. */
static bool fit_check_layers(const Model *model, Err *err)
{
	for (size_t i = 0; !model->kind->by_data && i < model->layers; i++) {
		const LayerKind *kind = model->layer[i].kind;

		if (kind->forward && !kind->backward)
			return err_set(err, ERR_ARGUMENT,
				       "fit: layer %zu, '%s': a network cannot be trained through "
				       "%s",
				       i + 1, model->layer[i].text, kind->info.name);
	}
	return true;
}

static bool fit_check_batch(const Model *model, const Rows *train, const FitOptions *options,
			    Err *err)
{
	return options->batch <= train->count || options->lbfgs ||
	       !fit_takes(model->kind, "batch") ||
	       err_set(err, ERR_ARGUMENT,
		       "fit: batch is %zu, but there are only %zu training rows; make it "
		       "%zu or less",
		       options->batch, train->count, train->count);
}

static double fit_entries(const Rows *rows)
{
	uint64_t entries = 0;

	if (rows->set->form != DATASET_SPARSE)
		return 0;
	for (size_t i = 0; i < rows->count; i++)
		entries += rows_sparse(rows, i).count;
	return (double)entries / (double)rows->count;
}

bool fit_check(const Model *model, const Rows *train, const FitOptions *options, Err *err)
{
	return fit_check_options(model, options, err) && fit_check_weights(model, err) &&
	       fit_check_layers(model, err) &&
	       fit_check_view(model, train, &options->loss, "training", err) &&
	       fit_check_valid(model, train, options, err) &&
	       fit_check_batch(model, train, options, err);
}

void fit_note(Model *model, const Dataset *set, double entries)
{
	model->form = set->form;
	model->numbers = set->classes == 0 && !(model->kind->takes & MODEL_UNLABELLED);
	model->input_scale = set->form == DATASET_BYTES ? set->byte_scale : 1;
	model->entries = entries;
}

static bool count_epoch(FitWatch *self, const FitEpoch *report, Err *err)
{
	FitCounter *counter = (FitCounter *)self;
	FitEpoch told = *report;

	told.behind = counter->behind;
	counter->model->epochs = counter->behind + report->epoch;
	return !counter->asked || counter->asked->epoch(counter->asked, &told, err);
}

FitCounter fit_counter(Model *model, FitWatch *asked)
{
	return (FitCounter){ .watch = { .epoch = count_epoch },
			     .asked = asked,
			     .model = model,
			     .behind = model->kind->by_data ? 0 : model->epochs };
}

bool model_fit(Model *model, const Rows *train, const FitOptions *options, FitWatch *watch,
	       Control *control, Err *err)
{
	if (!fit_check(model, train, options, err) ||
	    !model_check_values(model->kind, train, "fit", err) ||
	    !fit_check_classes(model->kind, train, err))
		return false;
	fit_note(model, train->set, fit_entries(train));
	FitCounter counter = fit_counter(model, watch);
	return model->kind->fit(model, train, options, &counter.watch, control, err);
}
