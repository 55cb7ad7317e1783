/* Planning a program: the steps that a model's layers become, and the conversions between them.
 * SPDX-License-Identifier: MIT */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "model/network.h"
#include "model/program_inside.h"

/* The outputs of a layer, in the layouts in which they exist so far. */
typedef struct Output {
	size_t value[LAYOUT_ROWS_CSR + 1]; /* NO_VALUE: none */
} Output;

typedef struct Planning {
	Program *p;
	const Model *model;
	const ProgramOptions *options;
	Output input;
	Output out[MODEL_LAYERS_MAX];
	size_t live[MODEL_LAYERS_MAX]; /* of each layer: whose outputs are its outputs */
	bool fused[MODEL_LAYERS_MAX];  /* a relu that the layer before has done */
} Planning;

/* --- values and steps ------------------------------------------------------------------------- */

static void output_none(Output *out)
{
	for (size_t i = 0; i <= LAYOUT_ROWS_CSR; i++)
		out->value[i] = NO_VALUE;
}

/* The one that was made first; conversions come later. */
static size_t output_first(const Output *out)
{
	size_t first = NO_VALUE;

	for (size_t i = 0; i <= LAYOUT_ROWS_CSR; i++)
		if (out->value[i] < first)
			first = out->value[i];
	return first;
}

/* Appends a step that reads value `from` and writes a new one. */
static Step *plan_step(Program *p, StepOp op, size_t from, Layout layout, size_t n)
{
	Step *step = &p->step[p->steps];

	assert(p->steps < PROGRAM_STEPS_MAX);
	*step = (Step){ .op = op, .from = from, .from_skip = NO_VALUE, .to = p->values, .n = n };
	p->value[p->values++] = (Value){ .layout = layout, .n = n };
	p->value[from].last = p->steps++;
	return step;
}

static const StepOp conversions[][LAYOUT_TILES_F32 + 1] = {
	[LAYOUT_ROWS_F32] = { [LAYOUT_COLS_F32] = STEP_ROWS_TO_COLS,
			      [LAYOUT_TILES_F32] = STEP_ROWS_TO_TILES,
			      [LAYOUT_ROWS_U8] = STEP_ROWS_TO_U8 },
	[LAYOUT_COLS_F32] = { [LAYOUT_ROWS_F32] = STEP_COLS_TO_ROWS },
	[LAYOUT_TILES_F32] = { [LAYOUT_ROWS_F32] = STEP_TILES_TO_ROWS },
};

static const StepOp from_bytes[] = {
	[LAYOUT_ROWS_F32] = STEP_BYTES_TO_ROWS,
	[LAYOUT_COLS_F32] = STEP_BYTES_TO_COLS,
	[LAYOUT_TILES_F32] = STEP_BYTES_TO_TILES,
};

/* The f32 value of an output in a layout; there is a way from each to each, over rows, but none from
 * compressed rows. */
static size_t plan_f32(Program *p, Output *out, Layout layout)
{
	size_t from = output_first(out), n = p->value[from].n;
	Layout have = p->value[from].layout;
	bool bytes = from == 0 && have == LAYOUT_ROWS_U8;

	if (out->value[layout] != NO_VALUE)
		return out->value[layout];
	if (!bytes && have != LAYOUT_ROWS_F32 && layout != LAYOUT_ROWS_F32) {
		from = plan_f32(p, out, LAYOUT_ROWS_F32);
		have = LAYOUT_ROWS_F32;
	}
	assert(bytes || have != LAYOUT_ROWS_U8);
	const Step *step = plan_step(p, bytes ? from_bytes[layout] : conversions[have][layout],
				     from, layout, n);

	out->value[layout] = step->to;
	return step->to;
}

/* q = clamp(round(byte·input_scale / scale) + zero), as convert_rows_to_u8 would make it. */
static uint8_t *plan_table(Program *p, float scale, uint8_t zero, Err *err)
{
	uint8_t *table = arena_take(p->arena, 256, 1, err);

	for (int i = 0; table && i < 256; i++) {
		float q = rintf((float)i * p->input_scale / scale) + (float)zero;

		table[i] = q < 0 ? 0 : q > 255 ? 255 : (uint8_t)q;
	}
	return table;
}

/* The value of an output as integers of this scale; NO_VALUE and *err when memory is short. */
static size_t plan_u8(Program *p, Output *out, float scale, uint8_t zero, Err *err)
{
	size_t have = out->value[LAYOUT_ROWS_U8];
	StepOp op = STEP_ROWS_TO_U8;
	const uint8_t *table = NULL;

	if (have != NO_VALUE && have != 0)
		return have;
	if (have == 0) {
		op = STEP_BYTES_TO_U8;
		table = plan_table(p, scale, zero, err);
		if (!table)
			return NO_VALUE;
	} else {
		have = plan_f32(p, out, LAYOUT_ROWS_F32);
	}
	Step *step = plan_step(p, op, have, LAYOUT_ROWS_U8, p->value[have].n);

	step->scale = scale;
	step->zero = zero;
	step->table = table;
	return step->to;
}

/* --- layers ----------------------------------------------------------------------------------- */

/* Whether the outputs of a weighted layer are read by an int8 layer alone, *next, so that they stay
 * integers. */
static bool plan_stays_integer(const Planning *plan, size_t index, size_t *next)
{
	const Kernel *const *kernel = plan->p->kernel;

	return network_feeds_weights(plan->model, index, next) &&
	       kernel[*next]->form == KERNEL_INT8;
}

/* Packs weighted layer `at`. */
static bool plan_pack(Planning *plan, size_t at, Linear *linear, LinearQuant *quant,
		      KernelPacked *packed, Err *err)
{
	Program *p = plan->p;
	const Kernel *kernel = p->kernel[at];
	size_t index = plan->model->weighted_layer[at], next = 0;

	model_weights(plan->model, at, linear, quant);
	if (kernel->form == KERNEL_INT8 && !linear->quant)
		return err_set(err, ERR_ARGUMENT,
			       "layer %zu is not quantized: use technique.quantize", at);
	if (kernel->form != KERNEL_INT8)
		linear->quant = NULL;
	linear->to_f32 = !plan_stays_integer(plan, index + linear->relu, &next);
	if (!linear->to_f32 && linear->quant) {
		const SpanQuant *reader =
			&plan->model->quant[plan->model->layer[plan->model->weighted_layer[next]]
						    .span[0]];

		quant->y_scale = reader->x_scale;
		quant->y_zero = reader->x_zero;
	}
	if (!kernel->pack(packed, linear, p->arena, err))
		return err_prefix(err, "layer %zu, %s", at, kernel->info.name);
	return true;
}

static bool plan_weights(Planning *plan, size_t at, Output *x, Output *y, Err *err)
{
	Program *p = plan->p;
	size_t index = plan->model->weighted_layer[at], from;
	Layer *of = arena_take(p->arena, 1, sizeof *of, err);
	KernelPacked packed;
	LinearQuant quant = { .y_scale = 0 };
	Linear linear;

	if (!of || !plan_pack(plan, at, &linear, &quant, &packed, err))
		return false;
	*of = plan->model->layer[index];
	if (packed.in == LAYOUT_ROWS_CSR)
		from = 0;
	else if (packed.in == LAYOUT_ROWS_U8)
		from = plan_u8(p, x, quant.x_scale, quant.x_zero, err);
	else
		from = plan_f32(p, x, packed.in);
	if (from == NO_VALUE)
		return false;
	Step *step = plan_step(p, STEP_KERNEL, from, packed.out, shape_size(of->out));

	step->of = of;
	step->kernel = p->kernel[at];
	step->run = p->kernel[at]->run;
	step->packed = packed;
	step->scratch_bytes = packed.scratch_bytes;
	step->weighted = at;
	p->value[step->to].scale = quant.y_scale;
	p->value[step->to].zero = quant.y_zero;
	y->value[packed.out] = step->to;
	if (linear.relu)
		plan->fused[index + 1] = true;
	return true;
}

/* A copy of the layer and its spans, for the model may go; or what its kind packs of them. */
static LayerRun *plan_layer_run(Program *p, const Model *model, const Layer *layer, Layout layout,
				LayerPacked *packed, Err *err)
{
	LayerRun *run = arena_take(p->arena, 1, sizeof *run, err);
	Layer *copy = run ? arena_take(p->arena, 1, sizeof *copy, err) : NULL;
	const void **span = copy ? arena_take(p->arena, LAYER_SPANS_MAX, sizeof *span, err) : NULL;

	*packed = (LayerPacked){ .data = NULL };
	if (!span)
		return NULL;
	*copy = *layer;
	*run = (LayerRun){ .layer = copy, .span = span, .features = p->features, .layout = layout };
	if (layer->kind->pack) {
		if (!layer->kind->pack(layer, model, p->features, p->pool, p->arena, packed, err))
			return NULL;
		run->packed = packed->data;
		return run;
	}
	for (size_t i = 0; i < layer->spans; i++) {
		const Span *from = &model->span[layer->span[i]];
		size_t n = from->rows * from->cols, size = span_size(from->type);
		void *to = arena_take(p->arena, n, size, err);

		if (!to)
			return NULL;
		memcpy(to, model_span_at(model, layer->span[i]), n * size);
		span[i] = to;
	}
	return run;
}

/* The numbers of layers that train by their outputs' gradient are few, but for tables. */
static bool plan_counts_spans(const LayerKind *kind)
{
	return !kind->pack && (!kind->backward || kind->sparse);
}

static bool plan_layer(Planning *plan, const Layer *layer, Output *x, Output *y, Err *err)
{
	Program *p = plan->p;
	Layout layout = p->value[output_first(x)].layout;
	bool sparse = layout == LAYOUT_ROWS_CSR; /* plan_check_sparse: the layer reads them */

	layout = layer_layout(layer, layout == LAYOUT_TILES_F32 ? layout : LAYOUT_ROWS_F32);
	bool bytes = layer->kind->bytes && x->value[LAYOUT_ROWS_U8] == 0;
	size_t from = sparse || bytes ? 0 : plan_f32(p, x, layout), skip = NO_VALUE;

	if (layer->kind->bytes && !bytes)
		return err_set(err, ERR_ARGUMENT, "'%s' reads rows of bytes alone", layer->text);
	if (layer->kind->skips)
		skip = plan_f32(p, &plan->out[plan->live[layer->from]], layout);
	LayerPacked packed;
	LayerRun *run = plan_layer_run(p, plan->model, layer, layout, &packed, err);

	if (!run)
		return false;
	Step *step = plan_step(p, STEP_LAYER, from, layout, shape_size(layer->out));

	step->layer = run;
	step->of = run->layer;
	step->from_skip = skip;
	step->packed.macs = packed.macs;
	step->packed.weight_bytes = packed.bytes;
	if (layer->kind->macs)
		step->packed.macs = layer->kind->macs(layer, plan->model);
	step->touches = layer->kind->touches ? layer->kind->touches(layer) : 0;
	for (size_t i = 0; plan_counts_spans(layer->kind) && i < layer->spans; i++) {
		const Span *span = &plan->model->span[layer->span[i]];

		step->packed.weight_bytes += span->rows * span->cols * span_size(span->type);
	}
	if (skip != NO_VALUE)
		p->value[skip].last = p->steps - 1;
	y->value[layout] = step->to;
	return true;
}

static bool plan_pool_u8(Planning *plan, const Layer *layer, size_t from, Output *y, Err *err)
{
	Program *p = plan->p;
	const Value *x = &p->value[from];
	LayerPacked packed;
	const LayerRun *run = plan_layer_run(p, plan->model, layer, LAYOUT_ROWS_U8, &packed, err);

	if (!run)
		return false;
	Step *step = plan_step(p, STEP_POOL_U8, from, LAYOUT_ROWS_U8, shape_size(layer->out));

	step->of = run->layer;
	step->pool = &run->layer->conv;
	p->value[step->to].scale = x->scale;
	p->value[step->to].zero = x->zero;
	y->value[LAYOUT_ROWS_U8] = step->to;
	return true;
}

/* Layer i, which reads the outputs of the layer before it. */
static bool plan_add(Planning *plan, size_t i, size_t *at, Err *err)
{
	const Layer *layer = &plan->model->layer[i];
	Output *x = i ? &plan->out[plan->live[i - 1]] : &plan->input, *y = &plan->out[i];
	size_t u8 = x->value[LAYOUT_ROWS_U8];

	output_none(y);
	plan->live[i] = i;
	switch (layer->kind->role) {
	case LAYER_WEIGHTS:
		return plan_weights(plan, (*at)++, x, y, err);
	case LAYER_POOL_MAX:
		if (u8 != NO_VALUE && u8 != 0)
			return plan_pool_u8(plan, layer, u8, y, err);
		return plan_layer(plan, layer, x, y, err);
	case LAYER_RELU:
		if (!plan->fused[i])
			return plan_layer(plan, layer, x, y, err);
		break;
	case LAYER_THRESHOLD:
		if (x->value[LAYOUT_ROWS_CSR] != NO_VALUE) /* the weights' kernel does it */
			break;
		return plan_layer(plan, layer, x, y, err);
	case LAYER_TRAINING:
	case LAYER_SHAPE:
		break;
	case LAYER_NORM:
	case LAYER_PLAIN:
		return plan_layer(plan, layer, x, y, err);
	}
	/* Nothing runs: its outputs are its inputs. */
	*y = *x;
	plan->live[i] = i ? plan->live[i - 1] : i;
	return true;
}

/* --- the whole -------------------------------------------------------------------------------- */

static bool plan_kernels(Program *p, const Model *model, const ProgramOptions *options, Err *err)
{
	for (size_t at = 0; at < p->weighted; at++) {
		const Layer *layer = &model->layer[model->weighted_layer[at]];
		KernelOp op = layer->conv.filters ? KERNEL_CONV : KERNEL_LINEAR;
		const Kernel *kernel = options->kernel[at];

		bool sparse = model_reads_sparse(model, at);
		KernelForm form = sparse ? KERNEL_ROWS_CSR : options->form[at];

		if (!kernel)
			kernel = kernel_pick(op, form, options->batch, &options->wish);
		if (!kernel)
			return err_set(err, ERR_ARGUMENT,
				       "layer %zu, '%s': no %s kernel runs here under this wish",
				       at, layer->text, kernel_form_name(form));
		if (sparse != (kernel->form == KERNEL_ROWS_CSR))
			return err_set(err, ERR_ARGUMENT,
				       "layer %zu, '%s': its inputs are %s rows, which the kernel "
				       "'%s' cannot read",
				       at, layer->text, sparse ? "compressed" : "dense",
				       kernel->info.name);
		if (kernel->op != op || !kernel->run || kernel->needs & ~options->wish.features)
			return err_set(err, ERR_ARGUMENT,
				       "layer %zu, '%s': the kernel '%s' does not run here", at,
				       layer->text, kernel->info.name);
		p->kernel[at] = kernel;
	}
	return true;
}

/* The first layer that does something to compressed rows; thresholds are part of a dense one. */
static size_t plan_first(const Model *model)
{
	for (size_t i = 0; i < model->layers; i++) {
		LayerRole role = model->layer[i].kind->role;

		if (role != LAYER_SHAPE && role != LAYER_TRAINING && role != LAYER_THRESHOLD)
			return i;
	}
	return 0;
}

/* Compressed rows are read by one layer alone, a dense one or one that says so. */
static bool plan_check_sparse(const Model *model, Err *err)
{
	size_t first = plan_first(model);
	bool dense = model->weighted && model->weighted_layer[0] == first &&
		     model_reads_sparse(model, 0) && !model->layer[first].conv.filters;
	bool fine = dense || model->layer[first].kind->sparse;

	for (size_t i = 0; !dense && i < first; i++)
		fine = fine && model->layer[i].kind->role != LAYER_THRESHOLD;

	for (size_t i = first; fine && i < model->layers; i++)
		fine = !model->layer[i].kind->skips || model->layer[i].from >= first;
	return fine || err_set(err, ERR_ARGUMENT,
			       "lower: the %s takes compressed rows, but begins with '%s', which "
			       "does not",
			       model->kind->info.name, model->layer[first].text);
}

static Layout plan_input_layout(DatasetForm form)
{
	static const Layout layouts[] = {
		[DATASET_BYTES] = LAYOUT_ROWS_U8,
		[DATASET_FLOATS] = LAYOUT_ROWS_F32,
		[DATASET_SPARSE] = LAYOUT_ROWS_CSR,
	};

	return layouts[form];
}

bool program_plan(Program *p, const Model *model, const ProgramOptions *options, Err *err)
{
	Planning *plan = arena_take(p->arena, 1, sizeof *plan, err);
	size_t at = 0;

	Layout layout = plan_input_layout(p->form);

	if (!plan || (p->form == DATASET_SPARSE && !plan_check_sparse(model, err)) ||
	    !plan_kernels(p, model, options, err))
		return false;
	*plan = (Planning){ .p = p, .model = model, .options = options };
	output_none(&plan->input);
	p->value[0] = (Value){ .layout = layout, .n = p->inputs };
	p->values = 1;
	plan->input.value[layout] = 0;
	for (size_t i = 0; i < model->layers; i++)
		if (!plan_add(plan, i, &at, err))
			return false;
	Output *last = &plan->out[plan->live[model->layers - 1]];

	/* The logits must be what the last step writes, and rows. */
	plan_f32(p, last, LAYOUT_ROWS_F32);
	return program_plan_memory(p, err);
}
