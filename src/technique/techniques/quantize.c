/* Static int8 quantization (1712.05877, 2106.08295): weights s8 symmetric, activations u8
 * asymmetric with ranges calibrated on training rows.
 * SPDX-License-Identifier: MIT */
#include <float.h>
#include <math.h>
#include <string.h>

#include "model/forward.h"
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

typedef struct Range {
	float scale;
	uint8_t zero;
} Range;

/* --- activations ------------------------------------------------------------------------------ */

/* Scale and zero point so that 0 and low … high are inside; reorders x for percentiles. */
static Range quantize_range(float *x, size_t n, bool percentile)
{
	float low = 0, high = 0;
	Range range = { .scale = 1 };

	if (percentile) {
		size_t k = (size_t)(QUANTIZE_PERCENTILE * (double)(n - 1));

		high = fmaxf(select_kth(x, n, k), 0);
		low = fminf(select_kth(x, n, n - 1 - k), 0);
	} else {
		for (size_t i = 0; i < n; i++) {
			high = fmaxf(high, x[i]);
			low = fminf(low, x[i]);
		}
	}
	/* Nothing but zeros: any scale will do. */
	if (high - low < FLT_MIN * QUANTIZE_LEVELS)
		return range;
	range.scale = (high - low) / QUANTIZE_LEVELS;
	range.zero = (uint8_t)fminf(rintf(-low / range.scale), QUANTIZE_LEVELS);
	return range;
}

/* range[l]: inputs of layer l; range[layers]: the logits. */
static bool quantize_calibrate(const Model *model, const Rows *rows, size_t n, bool percentile,
			       Range *range, Control *control, Err *err)
{
	Arena *arena = arena_new(0, err);
	uint32_t *order = arena ? arena_take(arena, n, sizeof *order, err) : NULL;
	uint16_t *labels = order ? arena_take(arena, n, sizeof *labels, err) : NULL;
	Forward forward;
	bool fine = labels && forward_init(&forward, model, n, arena, err);

	if (fine) {
		for (size_t i = 0; i < n; i++)
			order[i] = (uint32_t)i;
		rows_gather(rows, order, n, forward.act[0], labels);
		forward_run(&forward, model, n);
	}
	for (size_t i = 0; fine && i <= model->layers; i++) {
		fine = control_poll(control, err);
		if (fine)
			range[i] = quantize_range(forward.act[i], n * model->size[i], percentile);
	}
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

static void quantize_scales(const Linear *layer, const Span *span, bool channel, SpanQuant *quant)
{
	float most = 0;

	for (size_t col = 0; col < span->cols; col++) {
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
}

static void quantize_weights(const Model *model, size_t at, bool channel, SpanQuant *quant)
{
	const Span *span = &model->span[2 * at];
	LinearQuant unused;
	Linear layer;

	model->kind->linear(model, at, &layer, &unused);
	quantize_scales(&layer, span, channel, quant);
	for (size_t i = 0; i < span->rows * span->cols; i++) {
		float q = rintf(layer.w[i] / quant->w_scale[i % span->cols]);

		q = fmaxf(-QUANTIZE_WEIGHT_MAX, fminf(q, QUANTIZE_WEIGHT_MAX));
		quant->w[i] = (int8_t)q;
	}
}

/* --- the technique ---------------------------------------------------------------------------- */

static bool quantize_check(const Model *model, const Rows *rows, Err *err)
{
	if (model->quant)
		return err_set(err, ERR_ARGUMENT, "the model is quantized already");
	for (size_t i = 0; i < model->count; i++)
		if (!isfinite(model->params[i]))
			return err_set(err, ERR_DIVERGED,
				       "a weight is not a number (did the training diverge?)");
	if (rows->test)
		return err_set(err, ERR_ARGUMENT,
			       "data holds test rows of %s; calibrate on training rows",
			       rows->set->name);
	if (rows->count == 0 || rows->set->features != model->size[0])
		return err_set(err, ERR_ARGUMENT,
			       "data has %zu rows of %zu features; the model takes %zu features",
			       rows->count, rows->set->features, model->size[0]);
	if (rows->set->byte_scale != model->input_scale)
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
	Range range[MODEL_LAYERS_MAX + 1];
	char text[32];
	bool percentile = strcmp(params_choice(params, "range", text), "percentile") == 0;
	bool channel = strcmp(params_choice(params, "per", text), "channel") == 0;

	if (n > rows->count)
		n = rows->count;
	if (!quantize_calibrate(model, rows, n, percentile, range, control, err) ||
	    !model_take_quant(model, err))
		return false;
	for (size_t i = 0; i < model->layers; i++) {
		SpanQuant *quant = &model->quant[2 * i];

		quant->x_scale = range[i].scale;
		quant->x_zero = range[i].zero;
		quant->y_scale = range[i + 1].scale;
		quant->y_zero = range[i + 1].zero;
		quantize_weights(model, i, channel, quant);
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
		quantized = model_dup(model, err);
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
