/* Pruning of single weights: the smallest scores go, the mask is held while fine-tuning
 * (1506.02626); or more and more go while training, along a cubic curve (1710.01878). Biases stay,
 * and every layer keeps at least one weight.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base/random.h"
#include "technique/select.h"
#include "technique/technique.h"

/* Steps between two prunings of the cubic schedule; a short training has at least so many
 * prunings. */
#define PRUNE_EACH 100
#define PRUNE_TIMES 10

/* The cubic schedule prunes what it has just trained, so it takes longer and larger steps to
 * settle: lenet300 on Fashion-MNIST at 90 % loses .4 to .6 points against a dense training of the
 * same length; with begin .2, end .75, 8 epochs and lr_scale 1 it loses 1.2 to 1.5. */
#define PRUNE_CUBIC_EPOCHS 10
#define PRUNE_CUBIC_LR_SCALE 2

typedef struct Prune {
	Model *model;  /* the new one; has a mask */
	float *score;  /* laid out as the model's block; the smallest go; below 0: pruned before */
	float *sorted; /* room for the scores of a group */
	bool random, global;
	uint64_t seed;
	Control *control;
	double before, sparsity; /* share of the weights that was pruned before; that is to be */
	double begin, end;       /* of the steps */
} Prune;

static bool prune_score_magnitude(const Prune *prune, const Span *span, Err *err)
{
	const Model *model = prune->model;

	for (size_t at = span->offset; at < span->offset + span->rows * span->cols; at++) {
		if (!technique_poll(prune->control, at, 1, err))
			return false;
		prune->score[at] = model->mask[at] ? fabsf(model->params[at]) : -1;
	}
	return true;
}

static bool prune_score_random(const Prune *prune, const Span *span, Random *random, Err *err)
{
	for (size_t at = span->offset; at < span->offset + span->rows * span->cols; at++) {
		float drawn = random_uniform(random, 0, 1);

		if (!technique_poll(prune->control, at, 1, err))
			return false;
		prune->score[at] = prune->model->mask[at] ? drawn : -1;
	}
	return true;
}

/* The best weight of a layer is never pruned. */
static void prune_protect(const Span *span, float *score)
{
	size_t best = span->offset;

	for (size_t at = best; at < span->offset + span->rows * span->cols; at++)
		if (score[at] > score[best])
			best = at;
	score[best] = INFINITY;
}

/* Prunes a share of the group's weights; of equal scores the first go. */
static bool prune_group(const Prune *prune, double share, const Span *const *group, size_t spans,
			Err *err)
{
	size_t n = 0, want, ties;

	for (size_t i = 0; i < spans; i++) {
		size_t len = group[i]->rows * group[i]->cols;

		memcpy(prune->sorted + n, prune->score + group[i]->offset, len * sizeof(float));
		n += len;
	}
	want = (size_t)llround(share * (double)n);
	if (want > n - spans)
		want = n - spans;
	if (want == 0)
		return true;
	if (!control_poll(prune->control, err))
		return false;
	float border = select_kth(prune->sorted, n, want);

	ties = want;
	for (size_t i = 0; i < n; i++)
		ties -= prune->sorted[i] < border;
	for (size_t i = 0; i < spans; i++) {
		size_t end = group[i]->offset + group[i]->rows * group[i]->cols;

		for (size_t at = group[i]->offset; at < end; at++) {
			bool tie = prune->score[at] == border && ties > 0;

			if (!technique_poll(prune->control, at, 1, err))
				return false;

			ties -= tie;
			if (tie || prune->score[at] < border) {
				prune->model->mask[at] = 0;
				prune->model->params[at] = 0;
			}
		}
	}
	return true;
}

static bool prune_score(const Prune *prune, Err *err)
{
	Random random;

	random_init(&random, prune->seed, RANDOM_TECHNIQUE);
	for (size_t i = 0; i < prune->model->spans; i++) {
		const Span *span = &prune->model->span[i];

		if (!span->prunable)
			continue;
		if (!(prune->random ? prune_score_random(prune, span, &random, err)
				    : prune_score_magnitude(prune, span, err)))
			return false;
		prune_protect(span, prune->score);
	}
	return true;
}

/* So that this share of the weights is pruned; false when the control says so. */
static bool prune_weights(const Prune *prune, double share, Err *err)
{
	const Span *group[MODEL_SPANS_MAX];
	size_t spans = 0;

	if (!prune_score(prune, err))
		return false;
	for (size_t i = 0; i < prune->model->spans; i++)
		if (prune->model->span[i].prunable)
			group[spans++] = &prune->model->span[i];
	if (prune->global)
		return prune_group(prune, share, group, spans, err);
	for (size_t i = 0; i < spans; i++)
		if (!prune_group(prune, share, &group[i], 1, err))
			return false;
	return true;
}

/* FitOptions.step: s_t = s_f + (s_i − s_f)·(1 − (t − t₀)/(n·Δt))³ every Δt steps from t₀ on. */
static void prune_step(void *user, Model *model, uint64_t step, uint64_t steps)
{
	const Prune *prune = user;
	uint64_t begin = (uint64_t)(prune->begin * (double)steps);
	uint64_t end = (uint64_t)(prune->end * (double)steps);
	uint64_t each = (end - begin) / PRUNE_TIMES + 1;

	Err stopped; /* which the training meets next, too */

	(void)model; /* the same */
	each = each < PRUNE_EACH ? each : PRUNE_EACH;
	if (step < begin || step > end || ((step - begin) % each != 0 && step != end))
		return;
	double left = begin < end ? 1 - (double)(step - begin) / (double)(end - begin) : 0;

	prune_weights(prune,
		      prune->sparsity + (prune->before - prune->sparsity) * left * left * left,
		      &stopped);
}

static bool prune_init(Prune *prune, Model *model, const Params *params, Control *control,
		       Arena *arena, Err *err)
{
	char text[32];
	uint64_t weights = 0, gone = 0;

	if (!model->mask && !model_take_mask(model, err))
		return false;
	*prune = (Prune){
		.model = model,
		.score = arena_take(arena, model->count, sizeof(float), err),
		.random = strcmp(params_choice(params, "criterion", text), "random") == 0,
		.global = strcmp(params_choice(params, "scope", text), "global") == 0,
		.seed = (uint64_t)params_get(params, "seed")->integer,
		.control = control,
		.sparsity = params_get(params, "sparsity")->number,
		.begin = params_get(params, "begin")->number,
		.end = params_get(params, "end")->number,
	};
	if (prune->score)
		prune->sorted = arena_take(arena, model->count, sizeof(float), err);
	for (size_t i = 0; i < model->spans; i++) {
		const Span *span = &model->span[i];
		size_t n = span->prunable ? span->rows * span->cols : 0;

		weights += n;
		for (size_t at = 0; at < n; at++)
			gone += !model->mask[span->offset + at];
	}
	prune->before = weights ? (double)gone / (double)weights : 0;
	return prune->sorted;
}

static bool prune_is_cubic(const Params *params)
{
	char text[32];

	return strcmp(params_choice(params, "schedule", text), "cubic") == 0;
}

static size_t prune_epochs(const Params *params)
{
	const ParamValue *epochs = params_get(params, "epochs");

	return !epochs->given && prune_is_cubic(params) ? PRUNE_CUBIC_EPOCHS
							: (size_t)epochs->integer;
}

static float prune_lr_scale(const Params *params)
{
	const ParamValue *scale = params_get(params, "lr_scale");

	return !scale->given && prune_is_cubic(params) ? PRUNE_CUBIC_LR_SCALE
						       : (float)scale->number;
}

static bool prune_suits(const Model *model)
{
	for (size_t i = 0; i < model->spans; i++)
		if (model->span[i].prunable)
			return true;
	return false;
}

static bool prune_check(const Model *model, const Params *params, Err *err)
{
	if (model->quant)
		return err_set(err, ERR_ARGUMENT,
			       "the model is quantized; prune first, then quantize");
	for (size_t i = 0; i < model->count; i++)
		if (!isfinite(model->params[i]))
			return err_set(err, ERR_DIVERGED,
				       "a weight is not a number (did the training diverge?)");
	if (model->layers == 0)
		return err_set(err, ERR_ARGUMENT, "the %s is not fitted yet: fit it first",
			       model->kind->info.name);
	if (!prune_suits(model))
		return err_set(err, ERR_ARGUMENT, "a %s has no weights that could be pruned",
			       model->kind->info.name);
	if (prune_epochs(params) > 0 && model->kind->by_data)
		return err_set(
			err, ERR_ARGUMENT,
			"a %s cannot be fine-tuned, for its fit begins anew: give epochs = 0",
			model->kind->info.name);
	if (prune_epochs(params) > 0 && !params_get(params, "data")->object)
		return err_set(err, ERR_ARGUMENT,
			       "give data = training rows to fine-tune on, or epochs = 0");
	if (!prune_is_cubic(params))
		return true;
	if (prune_epochs(params) == 0)
		return err_set(
			err, ERR_ARGUMENT,
			"schedule = \"cubic\" prunes while it trains; epochs must be above 0");
	if (params_get(params, "begin")->number > params_get(params, "end")->number)
		return err_set(err, ERR_ARGUMENT, "begin is %g, but must not be above end, %g",
			       params_get(params, "begin")->number,
			       params_get(params, "end")->number);
	return true;
}

static bool prune_tune(Prune *prune, const Params *params, FitWatch *watch, Control *control,
		       Err *err)
{
	FitOptions options;

	if (prune_epochs(params) == 0)
		return true;
	fit_options_init(&options, prune->model);
	options.epochs = prune_epochs(params);
	options.batch = (size_t)params_get(params, "batch")->integer;
	options.lr *= prune_lr_scale(params);
	options.seed = prune->seed;
	options.schedule = SCHEDULE_COSINE; /* ends settled: few epochs, most of the weights gone */
	options.step = prune_is_cubic(params) ? prune_step : NULL;
	options.step_user = prune;
	return model_fit(prune->model, params_get(params, "data")->object, &options, watch, control,
			 err);
}

static bool prune_model(Model *model, const Params *params, FitWatch *watch, Control *control,
			Err *err)
{
	Arena *arena = arena_new(0, err);
	Prune prune;
	bool fine = arena && prune_init(&prune, model, params, control, arena, err);

	if (fine && !prune_is_cubic(params))
		fine = prune_weights(&prune, prune.sparsity, err);
	fine = fine && prune_tune(&prune, params, watch, control, err);
	/* A fit that was stopped may not have come to the end of the curve. */
	if (fine && prune_is_cubic(params))
		fine = prune_weights(&prune, prune.sparsity, err);
	arena_free(arena);
	return fine;
}

static Model *prune_apply(const Model *model, const Params *params, FitWatch *watch,
			  Control *control, Err *err)
{
	Model *pruned = NULL;

	if (prune_check(model, params, err))
		pruned = model_dup(model, err);
	if (pruned && prune_model(pruned, params, watch, control, err))
		return pruned;
	model_free(pruned);
	err_prefix(err, "prune");
	return NULL;
}

static const Param prune_params[] = {
	{ .name = "structure",
	  .type = PARAM_CHOICE,
	  .value = "weights",
	  .choices = "weights",
	  .help = "What is removed: single weights." },
	{ .name = "criterion",
	  .type = PARAM_CHOICE,
	  .value = "magnitude",
	  .choices = "magnitude|random",
	  .help = "The score; the smallest go. random is the control." },
	{ .name = "sparsity",
	  .type = PARAM_NUMBER,
	  .value = "0.9",
	  .minimum = 0,
	  .maximum = 0.9999,
	  .help = "Share of the weights that goes." },
	{ .name = "scope",
	  .type = PARAM_CHOICE,
	  .value = "global",
	  .choices = "global|layer",
	  .help = "Whether layers compete with each other or each loses the same share." },
	{ .name = "schedule",
	  .type = PARAM_CHOICE,
	  .value = "oneshot",
	  .choices = "oneshot|cubic",
	  .help = "When weights go: all at once before fine-tuning, or more and more during it, "
		  "along "
		  "a cubic curve." },
	{ .name = "begin",
	  .type = PARAM_NUMBER,
	  .value = "0",
	  .minimum = 0,
	  .maximum = 1,
	  .help = "Share of the fine-tuning behind which the cubic schedule begins." },
	{ .name = "end",
	  .type = PARAM_NUMBER,
	  .value = "0.5",
	  .minimum = 0,
	  .maximum = 1,
	  .help = "Share of the fine-tuning behind which the cubic schedule has pruned all." },
	{ .name = "data",
	  .type = PARAM_OBJECT,
	  .choices = "rows",
	  .help = "Training rows to fine-tune on; needed when epochs is above 0." },
	{ .name = "epochs",
	  .type = PARAM_INT,
	  .value = "2",
	  .minimum = 0,
	  .maximum = 1000,
	  .unit = "epochs",
	  .help = "Length of the fine-tuning; of the cubic schedule 10 when absent." },
	{ .name = "lr_scale",
	  .type = PARAM_NUMBER,
	  .value = "1",
	  .minimum = 1e-6,
	  .maximum = 100,
	  .help = "Learning rate of the fine-tuning, in 0.001; of the cubic schedule 2 when "
		  "absent." },
	{ .name = "batch",
	  .type = PARAM_INT,
	  .value = "64",
	  .minimum = 1,
	  .maximum = FIT_BATCH_MAX,
	  .unit = "rows",
	  .help = "Rows of one step of the fine-tuning." },
	{ .name = "seed",
	  .type = PARAM_INT,
	  .value = "1",
	  .minimum = 0,
	  .maximum = 9007199254740992.0,
	  .help = "Seed of the random criterion and of the order of the rows." },
	{ 0 },
};

const Technique technique_prune = {
	.info = { .name = "prune",
		  .title = "pruning",
		  .about = "Removes the weights that matter least, then fine-tunes the rest.",
		  .params = prune_params },
	.apply = prune_apply,
	.form = KERNEL_CSR,
};
