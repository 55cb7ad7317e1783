/* Static int8 quantization (1712.05877, 2106.08295): weights s8 symmetric, activations u8
 * asymmetric with ranges calibrated on training rows.
 * SPDX-License-Identifier: MIT */
#include <float.h>
#include <math.h>
#include <string.h>

#include "model/fold.h"
#include "model/network.h"
#include "model/program.h"
#include "num/cpu.h"
#include "technique/select.h"
#include "technique/technique.h"

#define QUANTIZE_WEIGHT_MAX 127.0f
#define QUANTIZE_LEVELS 255.0f
#define QUANTIZE_PERCENTILE 0.9999
#define QUANTIZE_ROWS_MAX 8192

/* A column's scale stays within this factor of its layer's largest: a column of almost no weight
 * would otherwise turn its bias into a huge integer. */
#define QUANTIZE_SCALE_SPREAD 65536.0f
/* For the same reason, a bias takes at most this integer; the sums of 66,311 products fit beside
 * it. */
#define QUANTIZE_BIAS_MAX 536870912.0f

/* Rows that the float model runs at once. */
#define QUANTIZE_BATCH 64

#define SEEN_HALF 65536

/* What went through one place of the network. For percentiles two passes count the upper and then
 * the lower halves of the numbers' bits, which finds them exactly in little memory. */
typedef struct Seen {
	float low, high;
	size_t count;
	uint32_t *upper;    /* (SEEN_HALF); NULL: low and high will do */
	uint32_t *lower[2]; /* of those whose upper half is half[i] */
	uint32_t half[2];   /* where the low and the high percentile are */
	size_t rank[2];     /* of the percentile among those */
} Seen;

typedef struct Range {
	float scale;
	uint8_t zero;
} Range;

typedef struct Calibration {
	Seen *seen; /* (layers, 2): inputs, outputs */
	int pass;
} Calibration;

/* --- activations ------------------------------------------------------------------------------ */

static void seen_take(void *user, size_t layer, bool output, const float *x, size_t count)
{
	const Calibration *c = user;
	Seen *seen = &c->seen[2 * layer + output];
	float low = seen->low, high = seen->high;

	for (size_t i = 0; c->pass == 0 && i < count; i++) {
		low = x[i] < low ? x[i] : low;
		high = x[i] > high ? x[i] : high;
	}
	seen->low = low;
	seen->high = high;
	for (size_t i = 0; seen->upper && i < count; i++) {
		uint32_t bits = select_bits(x[i]), half = bits >> 16;

		if (c->pass == 0)
			seen->upper[half]++;
		for (int k = 0; c->pass == 1 && k < 2; k++)
			if (half == seen->half[k])
				seen->lower[k][bits & 0xffff]++;
	}
	seen->count += c->pass == 0 ? count : 0;
}

/* The place of the k-th in a histogram; *k becomes its rank there. */
static uint32_t seen_find(const uint32_t *counts, size_t *k)
{
	uint32_t at = 0;

	while (at + 1 < SEEN_HALF && *k >= counts[at])
		*k -= counts[at++];
	return at;
}

static void seen_between(Seen *seen)
{
	seen->rank[1] = (size_t)(QUANTIZE_PERCENTILE * (double)(seen->count - 1));
	seen->rank[0] = seen->count - 1 - seen->rank[1];
	for (int k = 0; k < 2; k++)
		seen->half[k] = seen_find(seen->upper, &seen->rank[k]);
}

static void seen_after(Seen *seen)
{
	float bound[2];

	for (int k = 0; k < 2; k++)
		bound[k] = select_float(seen->half[k] << 16 |
					seen_find(seen->lower[k], &seen->rank[k]));
	seen->low = fminf(bound[0], 0);
	seen->high = fmaxf(bound[1], 0);
}

/* Scale and zero point so that 0 and low … high are inside. */
static Range quantize_range(const Seen *seen)
{
	Range range = { .scale = 1 };

	/* Nothing but zeros: any scale will do. */
	if (seen->high - seen->low < FLT_MIN * QUANTIZE_LEVELS)
		return range;
	range.scale = (seen->high - seen->low) / QUANTIZE_LEVELS;
	range.zero = (uint8_t)fminf(rintf(-seen->low / range.scale), QUANTIZE_LEVELS);
	return range;
}

/* The first n rows through the f32 program. */
static bool calibrate_pass(Program *program, Calibration *c, const Rows *rows, size_t n,
			   float *logits, Control *control, Err *err)
{
	for (size_t at = 0; at < n; at += QUANTIZE_BATCH) {
		size_t count = n - at < QUANTIZE_BATCH ? n - at : QUANTIZE_BATCH;

		if (!control_poll(control, err))
			return false;
		program_run_seen(program, rows, at, count, logits, seen_take, c);
	}
	return true;
}

static bool calibrate(Program *program, Calibration *c, size_t places, const Rows *rows, size_t n,
		      float *logits, Control *control, Err *err)
{
	if (!calibrate_pass(program, c, rows, n, logits, control, err))
		return false;
	for (size_t i = 0; i < places; i++)
		if (!isfinite(c->seen[i].high - c->seen[i].low))
			return err_set(err, ERR_DIVERGED,
				       "an activation of layer %zu is not a number", i / 2);
	if (!c->seen[0].upper)
		return true;
	for (size_t i = 0; i < places; i++)
		seen_between(&c->seen[i]);
	c->pass = 1;
	if (!calibrate_pass(program, c, rows, n, logits, control, err))
		return false;
	for (size_t i = 0; i < places; i++)
		seen_after(&c->seen[i]);
	return true;
}

static bool seen_room(Seen *seen, Arena *arena, Err *err)
{
	seen->upper = arena_take(arena, SEEN_HALF, sizeof *seen->upper, err);
	for (int k = 0; seen->upper && k < 2; k++) {
		seen->lower[k] = arena_take(arena, SEEN_HALF, sizeof *seen->upper, err);
		if (!seen->lower[k])
			return false;
	}
	return seen->upper;
}

/* range[2·l]: inputs of weighted layer l; range[2·l + 1]: its outputs, behind a relu. */
static bool quantize_calibrate(const Model *model, const Rows *rows, size_t n, bool percentile,
			       Range *range, Control *control, Err *err)
{
	ProgramOptions options = { .batch = QUANTIZE_BATCH, .wish.features = cpu_features() };
	size_t places = 2 * model->weighted;
	Program *program = NULL;
	Arena *arena = arena_new(0, err);
	Calibration c = { .seen = arena ? arena_take(arena, places, sizeof *c.seen, err) : NULL };
	float *logits = c.seen ? arena_take(arena, QUANTIZE_BATCH * model_outputs(model),
					    sizeof *logits, err)
			       : NULL;
	bool fine = logits;

	for (size_t i = 0; fine && percentile && i < places; i++)
		fine = seen_room(&c.seen[i], arena, err);
	if (fine)
		program = program_new(model, &options, err);
	fine = program && calibrate(program, &c, places, rows, n, logits, control, err);
	for (size_t i = 0; fine && i < places; i++)
		range[i] = quantize_range(&c.seen[i]);
	program_free(program);
	arena_free(arena);
	return fine;
}

/* --- weights ---------------------------------------------------------------------------------- */

static float quantize_column_max(const float *w, const Span *span, size_t col)
{
	float most = 0;

	for (size_t row = 0; row < span->rows; row++)
		most = fmaxf(most, fabsf(w[row * span->cols + col]));
	return most;
}

static bool quantize_scales(const Linear *layer, const Span *span, bool channel, SpanQuant *quant,
			    Control *control, Err *err)
{
	float most = 0;

	for (size_t col = 0; col < span->cols; col++) {
		if (!technique_poll(control, col * span->rows, span->rows, err))
			return false;
		quant->w_scale[col] = quantize_column_max(layer->w, span, col);
		most = fmaxf(most, quant->w_scale[col]);
	}
	for (size_t col = 0; col < span->cols; col++) {
		float bias = fabsf(layer->b[col]) / (quant->x_scale * QUANTIZE_BIAS_MAX);
		float scale =
			channel ? fmaxf(quant->w_scale[col], most / QUANTIZE_SCALE_SPREAD) : most;

		scale = fmaxf(scale / QUANTIZE_WEIGHT_MAX, bias);
		quant->w_scale[col] = scale < FLT_MIN ? 1 : scale;
	}
	return true;
}

static bool quantize_weights(const Model *model, size_t at, bool channel, SpanQuant *quant,
			     Control *control, Err *err)
{
	const Span *span = &model->span[model->layer[model->weighted_layer[at]].span[0]];
	LinearQuant unused;
	Linear layer;

	model_weights(model, at, &layer, &unused);
	if (!quantize_scales(&layer, span, channel, quant, control, err))
		return false;
	for (size_t row = 0; row < span->rows; row++) {
		const float *w = layer.w + row * span->cols;

		if (!technique_poll(control, row * span->cols, span->cols, err))
			return false;
		for (size_t col = 0; col < span->cols; col++) {
			float q = rintf(w[col] / quant->w_scale[col]);

			q = fmaxf(-QUANTIZE_WEIGHT_MAX, fminf(q, QUANTIZE_WEIGHT_MAX));
			quant->w[row * span->cols + col] = (int8_t)q;
		}
	}
	return true;
}

/* --- the technique ---------------------------------------------------------------------------- */

static bool quantize_check(const Model *model, const Rows *rows, Err *err)
{
	if (model->quant)
		return err_set(err, ERR_ARGUMENT, "the model is quantized already");
	if (model->layers == 0)
		return err_set(err, ERR_ARGUMENT, "the %s is not fitted yet: fit it first",
			       model->kind->info.name);
	if (model->weighted == 0)
		return err_set(err, ERR_ARGUMENT, "a %s has no weights that could be quantized",
			       model->kind->info.name);
	for (size_t i = 0; i < model->count; i++)
		if (!isfinite(model->params[i]))
			return err_set(err, ERR_DIVERGED,
				       "a weight is not a number (did the training diverge?)");
	if (rows->test)
		return err_set(err, ERR_ARGUMENT,
			       "data holds test rows of %s; calibrate on training rows",
			       rows->set->name);
	if (rows->count == 0 || rows->set->features != model_inputs(model))
		return err_set(err, ERR_ARGUMENT,
			       "data has %zu rows of %zu features; the model takes %zu features",
			       rows->count, rows->set->features, model_inputs(model));
	if (rows->set->form != model->form)
		return err_set(err, ERR_ARGUMENT,
			       "the model was fitted on rows of %s, but data has rows of %s",
			       dataset_form_name(model->form), dataset_form_name(rows->set->form));
	if (model->form == DATASET_SPARSE)
		return err_set(err, ERR_ARGUMENT,
			       "a model of sparse rows runs on them by an f32 kernel; there is no "
			       "int8 one%s",
			       strcmp(model->kind->info.name, "textbag") == 0
				       ? ": fit a textbag with form = \"int8\""
				       : "");
	if (rows->set->form == DATASET_BYTES && rows->set->byte_scale != model->input_scale)
		return err_set(
			err, ERR_ARGUMENT,
			"data is scaled by %g, but the model was fitted on data scaled by %g",
			(double)rows->set->byte_scale, (double)model->input_scale);
	return true;
}

static bool quantize_model(Model *model, const Params *params, Control *control, Err *err)
{
	const Rows *rows = params_get(params, "data")->object;
	size_t n = (size_t)params_get(params, "rows")->integer;
	Range range[2 * MODEL_LAYERS_MAX];
	char text[32];
	bool percentile = strcmp(params_choice(params, "range", text), "percentile") == 0;
	bool channel = strcmp(params_choice(params, "per", text), "channel") == 0;

	if (n > rows->count)
		n = rows->count;
	if (!quantize_calibrate(model, rows, n, percentile, range, control, err) ||
	    !model_take_quant(model, err))
		return false;
	for (size_t i = 0; i < model->weighted; i++) {
		size_t index = model->weighted_layer[i], next;
		const Layer *layer = &model->layer[index];
		SpanQuant *quant = &model->quant[layer->span[0]];
		bool relu = model_feeds_next(model, index) &&
			    model->layer[index + 1].kind->role == LAYER_RELU;
		/* Integers that stay integers are those that the next layer reads. */
		const Range *y = network_feeds_weights(model, index + relu, &next)
					 ? &range[2 * next]
					 : &range[2 * i + 1];

		quant->x_scale = range[2 * i].scale;
		quant->x_zero = range[2 * i].zero;
		quant->y_scale = y->scale;
		quant->y_zero = y->zero;
		if (!quantize_weights(model, i, channel, quant, control, err))
			return false;
	}
	model_dequantize(model);
	return true;
}

static Model *quantize_apply(const Model *model, const Params *params, FitWatch *watch,
			     Control *control, Err *err)
{
	Model *quantized = NULL;

	(void)watch; /* nothing is trained */
	if (quantize_check(model, params_get(params, "data")->object, err))
		quantized = model_folds(model) ? model_fold(model, err) : model_dup(model, err);
	if (quantized && quantize_model(quantized, params, control, err))
		return quantized;
	model_free(quantized);
	err_prefix(err, "quantize");
	return NULL;
}

static const Param quantize_params[] = {
	{ .name = "bits",
	  .type = PARAM_INT,
	  .value = "8",
	  .minimum = 8,
	  .maximum = 8,
	  .unit = "bits",
	  .help = "Bits of a weight and of an activation." },
	{ .name = "mode",
	  .type = PARAM_CHOICE,
	  .value = "static",
	  .choices = "static",
	  .help = "How activation ranges are found: once, on the rows of data." },
	{ .name = "per",
	  .type = PARAM_CHOICE,
	  .value = "channel",
	  .choices = "channel|tensor",
	  .help = "Whether each output has its own weight scale or all share one." },
	{ .name = "range",
	  .type = PARAM_CHOICE,
	  .value = "minmax",
	  .choices = "minmax|percentile",
	  .help = "Range of an activation: all values seen, or all but 1 in 10,000 at either "
		  "end." },
	{ .name = "data",
	  .type = PARAM_OBJECT,
	  .choices = "rows",
	  .required = true,
	  .help = "Training rows to calibrate on." },
	{ .name = "rows",
	  .type = PARAM_INT,
	  .value = "512",
	  .minimum = 1,
	  .maximum = QUANTIZE_ROWS_MAX,
	  .unit = "rows",
	  .help = "How many rows of data are used, from its first." },
	{ 0 },
};

const Technique technique_quantize = {
	.info = { .name = "quantize",
		  .title = "int8 quantization",
		  .about = "Replaces weights and activations by 8-bit integers.",
		  .params = quantize_params },
	.apply = quantize_apply,
	.form = KERNEL_INT8,
};
