/* Pruning of single weights: the smallest scores go, the mask is held while fine-tuning
 * (1506.02626). Biases stay, and every layer keeps at least one weight.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base/random.h"
#include "technique/select.h"
#include "technique/technique.h"

typedef struct Prune {
	Model *model;  /* the new one; has a mask */
	float *score;  /* laid out as the model's block; the smallest go; below 0: pruned before */
	float *sorted; /* room for the scores of a group */
	double sparsity;
} Prune;

static void prune_score_magnitude(const Model *model, const Span *span, float *score)
{
	for (size_t at = span->offset; at < span->offset + span->rows * span->cols; at++)
		score[at] = model->mask[at] ? fabsf(model->params[at]) : -1;
}

static void prune_score_random(const Model *model, const Span *span, float *score, Random *random)
{
	for (size_t at = span->offset; at < span->offset + span->rows * span->cols; at++) {
		float drawn = random_uniform(random, 0, 1);

		score[at] = model->mask[at] ? drawn : -1;
	}
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

/* Prunes the share of the group's weights; of equal scores the first go. */
static void prune_group(const Prune *prune, const Span *const *group, size_t spans)
{
	size_t n = 0, want, ties;

	for (size_t i = 0; i < spans; i++) {
		size_t len = group[i]->rows * group[i]->cols;

		memcpy(prune->sorted + n, prune->score + group[i]->offset, len * sizeof(float));
		n += len;
	}
	want = (size_t)llround(prune->sparsity * (double)n);
	if (want > n - spans)
		want = n - spans;
	if (want == 0)
		return;
	float border = select_kth(prune->sorted, n, want);

	ties = want;
	for (size_t i = 0; i < n; i++)
		ties -= prune->sorted[i] < border;
	for (size_t i = 0; i < spans; i++) {
		size_t end = group[i]->offset + group[i]->rows * group[i]->cols;

		for (size_t at = group[i]->offset; at < end; at++) {
			bool tie = prune->score[at] == border && ties > 0;

			ties -= tie;
			if (tie || prune->score[at] < border) {
				prune->model->mask[at] = 0;
				prune->model->params[at] = 0;
			}
		}
	}
}

static void prune_score(Prune *prune, const Params *params)
{
	char criterion[32];
	Random random;
	bool magnitude = strcmp(params_choice(params, "criterion", criterion), "magnitude") == 0;

	random_init(&random, (uint64_t)params_get(params, "seed")->integer, RANDOM_TECHNIQUE);
	for (size_t i = 0; i < prune->model->spans; i++) {
		const Span *span = &prune->model->span[i];

		if (!span->prunable)
			continue;
		if (magnitude)
			prune_score_magnitude(prune->model, span, prune->score);
		else
			prune_score_random(prune->model, span, prune->score, &random);
		prune_protect(span, prune->score);
	}
}

static bool prune_weights(Model *model, const Params *params, Err *err)
{
	Prune prune = { .model = model, .sparsity = params_get(params, "sparsity")->number };
	const Span *group[MODEL_SPANS_MAX];
	Arena *arena = arena_new(0, err);
	char scope[32];
	size_t spans = 0;

	if (arena)
		prune.score = arena_take(arena, model->count, sizeof(float), err);
	if (prune.score)
		prune.sorted = arena_take(arena, model->count, sizeof(float), err);
	if (prune.sorted) {
		prune_score(&prune, params);
		for (size_t i = 0; i < model->spans; i++)
			if (model->span[i].prunable)
				group[spans++] = &model->span[i];
		if (strcmp(params_choice(params, "scope", scope), "global") == 0)
			prune_group(&prune, group, spans);
		else
			for (size_t i = 0; i < spans; i++)
				prune_group(&prune, &group[i], 1);
	}
	arena_free(arena);
	return prune.sorted;
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
	if (params_get(params, "epochs")->integer > 0 && !params_get(params, "data")->object)
		return err_set(err, ERR_ARGUMENT,
			       "give data = training rows to fine-tune on, or epochs = 0");
	return true;
}

static bool prune_tune(Model *model, const Params *params, FitWatch *watch, Control *control,
		       Err *err)
{
	FitOptions options;

	if (params_get(params, "epochs")->integer == 0)
		return true;
	fit_options_init(&options, model);
	options.epochs = (size_t)params_get(params, "epochs")->integer;
	options.batch = (size_t)params_get(params, "batch")->integer;
	options.lr *= (float)params_get(params, "lr_scale")->number;
	options.seed = (uint64_t)params_get(params, "seed")->integer;
	options.schedule = FIT_COSINE; /* ends settled: few epochs, most of the weights gone */
	return model_fit(model, params_get(params, "data")->object, &options, watch, control, err);
}

static Model *prune_apply(const Model *model, const Params *params, FitWatch *watch,
			  Control *control, Err *err)
{
	Model *pruned = NULL;

	if (prune_check(model, params, err))
		pruned = model_dup(model, err);
	if (pruned && (pruned->mask || model_take_mask(pruned, err)) &&
	    prune_weights(pruned, params, err) && prune_tune(pruned, params, watch, control, err))
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
	  .choices = "oneshot",
	  .help = "When weights go: all at once, before fine-tuning." },
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
	  .help = "Length of the fine-tuning." },
	{ .name = "lr_scale",
	  .type = PARAM_NUMBER,
	  .value = "0.1",
	  .minimum = 1e-6,
	  .maximum = 100,
	  .help = "Learning rate of the fine-tuning, as a share of 0.001." },
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
