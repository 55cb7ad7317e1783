/* Planning a program: the steps that a model's layers become, the conversions between them, how
 * many rows run at once, and one piece of memory for all that lies between steps.
 * SPDX-License-Identifier: MIT */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "model/network.h"
#include "model/program_inside.h"

#define NO_VALUE SIZE_MAX

/* What lies between the steps of a tile should stay in the second-level cache, beside weights. */
#define PROGRAM_TILE_BYTES ((size_t)512 << 10)
/* Sparse and integer kernels are no faster on more rows; f32 products of large matrices are, and
 * get all. */
#define PROGRAM_TILE_ROWS 64

/* The outputs of a layer, in the layouts in which they exist so far. */
typedef struct Output {
	size_t value[LAYOUT_TILES_F32 + 1]; /* NO_VALUE: none */
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
	for (size_t i = 0; i <= LAYOUT_TILES_F32; i++)
		out->value[i] = NO_VALUE;
}

/* The one that was made first; conversions come later. */
static size_t output_first(const Output *out)
{
	size_t first = NO_VALUE;

	for (size_t i = 0; i <= LAYOUT_TILES_F32; i++)
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

/* The f32 value of an output in a layout; there is a way from each to each, over rows. */
static size_t plan_f32(Program *p, Output *out, Layout layout)
{
	size_t from = output_first(out), n = p->value[from].n;
	Layout have = p->value[from].layout;

	if (out->value[layout] != NO_VALUE)
		return out->value[layout];
	if (from != 0 && have != LAYOUT_ROWS_F32 && layout != LAYOUT_ROWS_F32) {
		from = plan_f32(p, out, LAYOUT_ROWS_F32);
		have = LAYOUT_ROWS_F32;
	}
	assert(from == 0 || have != LAYOUT_ROWS_U8);
	const Step *step = plan_step(p, from == 0 ? from_bytes[layout] : conversions[have][layout],
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

	model_linear(plan->model, at, linear, quant);
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
	if (packed.in == LAYOUT_ROWS_U8)
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

/* A copy of the layer and its spans, for the model may go. */
static LayerRun *plan_layer_run(Program *p, const Model *model, const Layer *layer, Layout layout,
				Err *err)
{
	LayerRun *run = arena_take(p->arena, 1, sizeof *run, err);
	Layer *copy = run ? arena_take(p->arena, 1, sizeof *copy, err) : NULL;
	const float **span = copy ? arena_take(p->arena, LAYER_SPANS_MAX, sizeof *span, err) : NULL;

	if (!span)
		return NULL;
	*copy = *layer;
	for (size_t i = 0; i < layer->spans; i++) {
		const Span *from = &model->span[layer->span[i]];
		size_t n = from->rows * from->cols;
		float *to = arena_take(p->arena, n, sizeof *to, err);

		if (!to)
			return NULL;
		memcpy(to, model->params + from->offset, n * sizeof *to);
		span[i] = to;
	}
	*run = (LayerRun){ .layer = copy, .span = span, .features = p->features, .layout = layout };
	return run;
}

static bool plan_layer(Planning *plan, const Layer *layer, Output *x, Output *y, Err *err)
{
	Program *p = plan->p;
	Layout layout = p->value[output_first(x)].layout;

	layout = layer_layout(layer, layout == LAYOUT_TILES_F32 ? layout : LAYOUT_ROWS_F32);
	size_t from = plan_f32(p, x, layout), skip = NO_VALUE;

	if (layer->kind->skips)
		skip = plan_f32(p, &plan->out[plan->live[layer->from]], layout);
	LayerRun *run = plan_layer_run(p, plan->model, layer, layout, err);

	if (!run)
		return false;
	Step *step = plan_step(p, STEP_LAYER, from, layout, shape_size(layer->out));

	step->layer = run;
	step->of = run->layer;
	step->from_skip = skip;
	if (skip != NO_VALUE)
		p->value[skip].last = p->steps - 1;
	y->value[layout] = step->to;
	return true;
}

static bool plan_pool_u8(Planning *plan, const Layer *layer, size_t from, Output *y, Err *err)
{
	Program *p = plan->p;
	const Value *x = &p->value[from];
	const LayerRun *run = plan_layer_run(p, plan->model, layer, LAYOUT_ROWS_U8, err);

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

/* --- rows at once ----------------------------------------------------------------------------- */

static size_t value_row_bytes(const Value *value)
{
	size_t n = value->n;

	if (value->layout != LAYOUT_ROWS_U8)
		return n * sizeof(float);
	return (n + KERNEL_U8_ALIGN - 1) / KERNEL_U8_ALIGN * KERNEL_U8_ALIGN;
}

static bool step_of_images(const Step *step)
{
	if (step->op == STEP_KERNEL)
		return step->kernel->op == KERNEL_CONV;
	return step->op == STEP_POOL_U8 ||
	       (step->op == STEP_LAYER && step->layer->layout == LAYOUT_TILES_F32);
}

/* Images run a few at once, for each has many features; the layers behind them read large weights,
 * and want many rows. So there is a cut between the two, where one value alone is kept for all
 * rows. */
static void plan_cut(Program *p)
{
	size_t last = p->steps;

	p->cut = p->steps;
	while (last > 0 && !step_of_images(&p->step[last - 1]))
		last--;
	for (size_t i = last; last > 0 && i < p->steps; i++) {
		const Value *value = &p->value[p->step[i].from];
		bool alone = p->step[i - 1].to == p->step[i].from && value->last == i &&
			     value->layout != LAYOUT_COLS_F32;

		for (size_t v = 0; v < p->step[i].from; v++)
			alone = alone && p->value[v].last < i;
		if (alone) {
			p->cut = i;
			return;
		}
	}
}

static size_t plan_tile(const Program *p, size_t begin, size_t end, size_t share)
{
	size_t widest = 1, tile = share;
	bool images = false;

	for (size_t i = begin; i < end; i++) {
		const Step *step = &p->step[i];
		size_t bytes = value_row_bytes(&p->value[step->from]) +
			       value_row_bytes(&p->value[step->to]);

		widest = bytes > widest ? bytes : widest;
		images |= step_of_images(step);
		if (step->op == STEP_KERNEL && step->kernel->form != KERNEL_DENSE &&
		    tile > PROGRAM_TILE_ROWS)
			tile = PROGRAM_TILE_ROWS;
	}
	if (images && tile > PROGRAM_TILE_BYTES / widest)
		tile = PROGRAM_TILE_BYTES / widest + 1;
	/* Whole blocks, and whole vectors of columns, for each thread that has others behind it. */
	tile = (tile + KERNEL_TILE - 1) / KERNEL_TILE * KERNEL_TILE;
	return tile < share ? tile : share;
}

/* --- memory ----------------------------------------------------------------------------------- */

static bool value_plan(Value *value, size_t rows, Err *err)
{
	size_t lines = rows, size = sizeof(float);
	bool fine = true;

	value->ld = value->n;
	value->row = value_row_bytes(value);
	switch (value->layout) {
	case LAYOUT_COLS_F32:
		fine = size_align(rows, KERNEL_COLS_ALIGN, &value->ld);
		lines = value->n;
		break;
	case LAYOUT_ROWS_U8:
		fine = size_align(value->n, KERNEL_U8_ALIGN, &value->ld);
		size = 1;
		break;
	case LAYOUT_TILES_F32:
		fine = size_mul(value->n, KERNEL_TILE, &value->ld);
		lines = (rows + KERNEL_TILE - 1) / KERNEL_TILE;
		break;
	case LAYOUT_ROWS_F32:
		break;
	}
	if (fine && size_mul(lines, value->ld, &value->bytes) &&
	    size_mul(value->bytes, size, &value->bytes) &&
	    size_align(value->bytes, ARENA_ALIGN, &value->bytes))
		return true;
	return err_set(err, ERR_MEMORY, "no memory for %zu rows of %zu units", rows, value->n);
}

/* Buffers take turns: a value gets one whose last reader has gone. */
typedef struct Slots {
	size_t count;
	size_t bytes[PROGRAM_STEPS_MAX], until[PROGRAM_STEPS_MAX];
	size_t slot[PROGRAM_STEPS_MAX + 1]; /* of each value */
} Slots;

/* The largest that is free when step i writes; a small value never makes a small buffer grow while
 * a large one lies idle. */
static size_t slots_take(Slots *slots, size_t i, const Value *value)
{
	size_t best = slots->count;

	for (size_t s = 0; s < slots->count; s++)
		if (slots->until[s] < i &&
		    (best == slots->count || slots->bytes[s] > slots->bytes[best]))
			best = s;
	if (best == slots->count) {
		slots->bytes[best] = 0;
		slots->count++;
	}
	if (value->bytes > slots->bytes[best])
		slots->bytes[best] = value->bytes;
	slots->until[best] = value->last;
	return best;
}

/* Values of the rows of each step, then buffers, and where each begins in a thread's memory. What
 * is kept for all rows has a buffer of its own, for the steps around it run again and again. */
static bool plan_buffers(Program *p, size_t share, Slots *slots, Err *err)
{
	size_t at[PROGRAM_STEPS_MAX];

	if (p->cut < p->steps) {
		Value *kept = &p->value[p->step[p->cut].from];

		if (!value_plan(kept, share, err))
			return false;
		slots->bytes[0] = kept->bytes;
		slots->until[0] = SIZE_MAX;
		slots->count = 1;
	}
	for (size_t i = 0; i < p->steps; i++) {
		Value *value = &p->value[p->step[i].to];

		if (i + 1 == p->cut && p->cut < p->steps)
			continue;
		if (!value_plan(value, p->tile[i >= p->cut], err))
			return false;
		if (i + 1 < p->steps) /* the last writes the caller's logits */
			slots->slot[p->step[i].to] = slots_take(slots, i, value);
	}
	for (size_t s = 0; s < slots->count; s++) {
		at[s] = p->memory_bytes;
		if (!size_add(p->memory_bytes, slots->bytes[s], &p->memory_bytes))
			return err_set(err, ERR_MEMORY, "no memory for a batch of %zu rows",
				       p->batch);
	}
	for (size_t i = 0; i < p->steps; i++)
		p->value[p->step[i].to].offset = at[slots->slot[p->step[i].to]];
	return true;
}

/* The places of every step, once those of the values are known. */
static void plan_places(Program *p)
{
	for (size_t i = 0; i < p->steps; i++) {
		Step *step = &p->step[i];
		const Value *x = &p->value[step->from], *y = &p->value[step->to];
		bool cut = p->cut < p->steps;

		step->x = step->from == 0 ? AT_INPUT : x->offset;
		step->y = i + 1 == p->steps ? AT_LOGITS : y->offset;
		step->x_row = cut && i == p->cut ? x->row : 0;
		step->y_row = cut && i + 1 == p->cut ? y->row : 0;
		step->x_ld = x->ld;
		step->y_ld = y->ld;
		if (step->from_skip != NO_VALUE)
			step->skip = p->value[step->from_skip].offset;
	}
}

static bool plan_scratch(Program *p, Err *err)
{
	size_t most = 0, whole, copy;

	for (size_t i = 0; i < p->steps; i++) {
		Step *step = &p->step[i];
		const LayerKind *kind = step->op == STEP_LAYER ? step->of->kind : NULL;

		if (kind && kind->scratch_bytes)
			step->scratch_bytes = kind->scratch_bytes(step->of, p->tile[i >= p->cut]);
		most = step->scratch_bytes > most ? step->scratch_bytes : most;
	}
	p->scratch = p->memory_bytes;
	if (!size_align(most, ARENA_ALIGN, &most) || !size_add(p->memory_bytes, most, &p->copy) ||
	    !size_mul(p->tile[0], p->inputs, &copy) || !size_align(copy, ARENA_ALIGN, &copy) ||
	    !size_add(p->copy, copy, &whole))
		return err_set(err, ERR_MEMORY, "no memory for a batch of %zu rows", p->batch);
	p->memory_bytes = whole;
	return true;
}

static bool plan_memory(Program *p, Err *err)
{
	size_t share = (p->batch + p->threads - 1) / p->threads;

	share = (share + KERNEL_TILE - 1) / KERNEL_TILE * KERNEL_TILE;
	if (p->batch < share) /* one share, and no row more: an image may be large */
		share = p->batch;
	Slots *slots = arena_take(p->arena, 1, sizeof *slots, err);

	if (!slots)
		return false;
	plan_cut(p);
	p->tile[0] = plan_tile(p, 0, p->cut, share);
	p->tile[1] = plan_tile(p, p->cut, p->steps, share);
	if (!value_plan(&p->value[0], p->tile[0], err) || !plan_buffers(p, share, slots, err))
		return false;
	p->value[0].ld = p->inputs;
	plan_places(p);
	if (!plan_scratch(p, err))
		return false;
	p->memory = arena_take(p->arena, p->threads, p->memory_bytes, err);
	p->logits =
		p->memory ? arena_take(p->arena, p->batch * p->outputs, sizeof(float), err) : NULL;
	return p->logits;
}

/* --- the whole -------------------------------------------------------------------------------- */

static bool plan_kernels(Program *p, const Model *model, const ProgramOptions *options, Err *err)
{
	for (size_t at = 0; at < p->weighted; at++) {
		const Layer *layer = &model->layer[model->weighted_layer[at]];
		KernelOp op = layer->conv.filters ? KERNEL_CONV : KERNEL_LINEAR;
		const Kernel *kernel = options->kernel[at];

		if (!kernel)
			kernel = kernel_pick(op, options->form[at], options->batch, &options->wish);
		if (!kernel)
			return err_set(err, ERR_ARGUMENT,
				       "layer %zu, '%s': no %s kernel runs here under this wish",
				       at, layer->text, kernel_form_name(options->form[at]));
		if (kernel->op != op || !kernel->run || kernel->needs & ~options->wish.features)
			return err_set(err, ERR_ARGUMENT,
				       "layer %zu, '%s': the kernel '%s' does not run here", at,
				       layer->text, kernel->info.name);
		p->kernel[at] = kernel;
	}
	return true;
}

bool program_plan(Program *p, const Model *model, const ProgramOptions *options, Err *err)
{
	Planning *plan = arena_take(p->arena, 1, sizeof *plan, err);
	size_t at = 0;

	if (!plan || !plan_kernels(p, model, options, err))
		return false;
	*plan = (Planning){ .p = p, .model = model, .options = options };
	output_none(&plan->input);
	p->value[0] = (Value){ .layout = LAYOUT_ROWS_U8, .n = p->inputs };
	p->values = 1;
	plan->input.value[LAYOUT_ROWS_U8] = 0;
	for (size_t i = 0; i < model->layers; i++)
		if (!plan_add(plan, i, &at, err))
			return false;
	Output *last = &plan->out[plan->live[model->layers - 1]];

	/* The logits must be what the last step writes, and rows. */
	plan_f32(p, last, LAYOUT_ROWS_F32);
	return plan_memory(p, err);
}
