/* Programs: planning the steps and buffers of a lowered model, and running them by row shares.
 * SPDX-License-Identifier: MIT */
#include "model/program.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "num/cpu.h"

#define PROGRAM_STEPS_MAX (2 * MODEL_LAYERS_MAX + 2)
#define PROGRAM_BATCH_MAX 65536

/* Rows that sparse and integer layers take through the whole chain at once, so that what lies
 * between the layers stays in the second-level cache; their kernels are no faster on more. BLAS
 * is, and gets all rows. */
#define PROGRAM_TILE 64

typedef enum StepOp {
	STEP_BYTES_TO_ROWS,
	STEP_BYTES_TO_COLS,
	STEP_BYTES_TO_U8,
	STEP_ROWS_TO_COLS,
	STEP_COLS_TO_ROWS,
	STEP_LINEAR,
} StepOp;

/* Where a step reads and writes. Two buffers take turns; the logits are the caller's. */
typedef enum Place { PLACE_BYTES, PLACE_A, PLACE_B, PLACE_LOGITS, PLACES } Place;

typedef struct Step {
	StepOp op;
	Place from, to;
	Layout layout; /* of what it writes */
	size_t n;      /* features of a row that it writes */
	size_t from_ld, ld;
	size_t layer;
	const Kernel *kernel; /* of a linear step */
	KernelPacked packed;
} Step;

struct Program {
	Arena *arena; /* owns packed weights and buffers */
	Pool *pool;
	size_t batch, layers, inputs, outputs;
	size_t tile;       /* rows that one thread takes through all steps at once */
	uint32_t features; /* instructions that conversions may use */
	float input_scale;
	uint8_t table[256]; /* byte to quantized input */
	KernelForm form[MODEL_LAYERS_MAX];
	size_t steps;
	Step step[PROGRAM_STEPS_MAX];
	/* Buffers of a tile, for each thread its own: at any time threads are at different steps. */
	size_t place_bytes[PLACES];
	uint8_t *place[PLACES];
	float *logits;     /* (batch, outputs), of program_predict */
	uint16_t *classes; /* of program_predict; grows */
	size_t count, classes_max;
};

/* One run, cut into row shares. */
typedef struct Run {
	const Program *program;
	const Rows *rows;
	size_t begin, n;
	float *logits;
} Run;

/* --- planning --------------------------------------------------------------------------------- */

/* Elements from one row, or column, to the next. */
static bool layout_ld(Layout layout, size_t batch, size_t n, size_t *ld)
{
	switch (layout) {
	case LAYOUT_COLS_F32:
		return size_align(batch, KERNEL_COLS_ALIGN, ld);
	case LAYOUT_ROWS_U8:
		return size_align(n, KERNEL_U8_ALIGN, ld);
	case LAYOUT_ROWS_F32:
		break;
	}
	*ld = n;
	return true;
}

static bool layout_bytes(Layout layout, size_t batch, size_t n, size_t ld, size_t *bytes)
{
	size_t lines = layout == LAYOUT_COLS_F32 ? n : batch;
	size_t size = layout == LAYOUT_ROWS_U8 ? 1 : sizeof(float);

	return size_mul(lines, ld, bytes) && size_mul(*bytes, size, bytes);
}

/* Appends a step that reads where the last one wrote. */
static Step *program_add(Program *p, StepOp op, Layout layout, size_t n, Err *err)
{
	const Step *last = p->steps ? &p->step[p->steps - 1] : NULL;
	Step *step = &p->step[p->steps];
	size_t bytes;

	assert(p->steps < PROGRAM_STEPS_MAX);
	*step = (Step){ .op = op, .layout = layout, .n = n };
	step->from = last ? last->to : PLACE_BYTES;
	step->from_ld = last ? last->ld : p->inputs;
	step->to = step->from == PLACE_A ? PLACE_B : PLACE_A;
	if (!layout_ld(layout, p->tile, n, &step->ld) ||
	    !layout_bytes(layout, p->tile, n, step->ld, &bytes)) {
		err_set(err, ERR_MEMORY, "no memory for %zu rows of %zu units", p->tile, n);
		return NULL;
	}
	if (bytes > p->place_bytes[step->to])
		p->place_bytes[step->to] = bytes;
	p->steps++;
	return step;
}

/* Adds the conversion, if any, that makes what the last step wrote readable as layout. */
static bool program_convert(Program *p, Layout layout, Err *err)
{
	static const StepOp from_bytes[] = {
		[LAYOUT_ROWS_F32] = STEP_BYTES_TO_ROWS,
		[LAYOUT_COLS_F32] = STEP_BYTES_TO_COLS,
		[LAYOUT_ROWS_U8] = STEP_BYTES_TO_U8,
	};

	if (p->steps == 0)
		return program_add(p, from_bytes[layout], layout, p->inputs, err);
	const Step *last = &p->step[p->steps - 1];

	if (last->layout == layout)
		return true;
	if (layout == LAYOUT_ROWS_U8 || last->layout == LAYOUT_ROWS_U8)
		return err_set(err, ERR_INTERNAL, "integer and f32 layers side by side");
	return program_add(p, layout == LAYOUT_COLS_F32 ? STEP_ROWS_TO_COLS : STEP_COLS_TO_ROWS,
			   layout, last->n, err);
}

static bool program_check_forms(const Model *model, const ProgramOptions *options, Err *err)
{
	if (options->batch < 1 || options->batch > PROGRAM_BATCH_MAX)
		return err_set(err, ERR_ARGUMENT, "lower: batch is %zu, but must be from 1 to %d",
			       options->batch, PROGRAM_BATCH_MAX);
	for (size_t i = 1; i < model->layers; i++)
		if ((options->form[i] == KERNEL_INT8) != (options->form[0] == KERNEL_INT8))
			return err_set(
				err, ERR_ARGUMENT,
				"layer %zu is %s and layer 0 %s: an int8 program is integers "
				"from its input to the logits, so all layers must be int8, or none",
				i, kernel_form_name(options->form[i]),
				kernel_form_name(options->form[0]));
	return true;
}

static bool program_add_layer(Program *p, const Model *model, size_t at,
			      const ProgramOptions *options, Err *err)
{
	KernelForm form = options->form[at];
	const Kernel *kernel = kernel_pick(form, &options->wish);
	KernelPacked packed;
	LinearQuant quant;
	Linear layer;

	model->kind->linear(model, at, &layer, &quant);
	if (form == KERNEL_INT8 && !layer.quant)
		return err_set(err, ERR_ARGUMENT,
			       "layer %zu is not quantized: use technique.quantize", at);
	if (form != KERNEL_INT8)
		layer.quant = NULL;
	if (!kernel)
		return err_set(err, ERR_ARGUMENT,
			       "layer %zu: no %s kernel runs here under this wish", at,
			       kernel_form_name(form));
	if (!kernel->pack(&packed, &layer, p->arena, err))
		return err_prefix(err, "layer %zu, %s", at, kernel->info.name);
	if (!program_convert(p, packed.in, err))
		return false;
	Step *step = program_add(p, STEP_LINEAR, packed.out, layer.out, err);

	if (!step)
		return false;
	step->kernel = kernel;
	step->packed = packed;
	step->layer = at;
	p->form[at] = form;
	return true;
}

static bool program_take_buffers(Program *p, Err *err)
{
	p->place_bytes[PLACE_BYTES] = p->tile * p->inputs;
	for (int i = PLACE_BYTES; i <= PLACE_B; i++) {
		if (!size_align(p->place_bytes[i], ARENA_ALIGN, &p->place_bytes[i]))
			return err_set(err, ERR_MEMORY, "no memory for a batch of %zu rows",
				       p->batch);
		p->place[i] = arena_take(p->arena, pool_threads(p->pool), p->place_bytes[i], err);
		if (!p->place[i])
			return false;
	}
	p->logits = arena_take(p->arena, p->batch * p->outputs, sizeof *p->logits, err);
	return p->logits;
}

/* q = clamp(round(byte·input_scale / x_scale) + x_zero), as convert_rows_to_u8 would make it. */
static void program_fill_table(Program *p, const Model *model)
{
	LinearQuant quant;
	Linear layer;

	model->kind->linear(model, 0, &layer, &quant);
	for (int i = 0; layer.quant && i < 256; i++) {
		float q = rintf((float)i * p->input_scale / quant.x_scale) + (float)quant.x_zero;

		p->table[i] = q < 0 ? 0 : q > 255 ? 255 : (uint8_t)q;
	}
}

/* Whole vectors of columns for each thread, whatever its share. */
static void program_plan_tile(Program *p, const ProgramOptions *options)
{
	size_t threads = pool_threads(p->pool), share = (p->batch + threads - 1) / threads;

	p->tile = (share + KERNEL_COLS_ALIGN - 1) / KERNEL_COLS_ALIGN * KERNEL_COLS_ALIGN;
	for (size_t i = 0; i < p->layers; i++)
		if (options->form[i] != KERNEL_DENSE && p->tile > PROGRAM_TILE)
			p->tile = PROGRAM_TILE;
}

static bool program_plan(Program *p, const Model *model, const ProgramOptions *options, Err *err)
{
	program_plan_tile(p, options);
	for (size_t i = 0; i < p->layers; i++)
		if (!program_add_layer(p, model, i, options, err))
			return false;
	if (!program_convert(p, LAYOUT_ROWS_F32, err))
		return false;
	p->step[p->steps - 1].to = PLACE_LOGITS;
	program_fill_table(p, model);
	return program_take_buffers(p, err);
}

Program *program_new(const Model *model, const ProgramOptions *options, Err *err)
{
	if (!program_check_forms(model, options, err))
		return NULL;
	Program *p = calloc(1, sizeof *p);

	if (!p) {
		err_set(err, ERR_MEMORY, "no memory for a program");
		return NULL;
	}
	p->pool = options->pool;
	p->batch = options->batch;
	p->layers = model->layers;
	p->inputs = model->size[0];
	p->outputs = model->size[model->layers];
	p->features = options->wish.features & cpu_features();
	p->input_scale = model->input_scale;
	p->arena = arena_new(0, err);
	if (!p->arena || !program_plan(p, model, options, err)) {
		program_free(p);
		return NULL;
	}
	return p;
}

void program_free(Program *program)
{
	if (!program)
		return;
	arena_free(program->arena);
	free(program->classes);
	free(program);
}

/* --- running ---------------------------------------------------------------------------------- */

static void step_run(const Program *p, const Step *step, const void *x, void *y, size_t n)
{
	switch (step->op) {
	case STEP_BYTES_TO_ROWS:
		convert_bytes_to_rows(p->features, x, step->from_ld, y, step->ld, n, step->n,
				      p->input_scale);
		break;
	case STEP_BYTES_TO_COLS:
		convert_bytes_to_cols(p->features, x, step->from_ld, y, step->ld, n, step->n,
				      p->input_scale);
		break;
	case STEP_BYTES_TO_U8:
		convert_bytes_to_u8(p->features, x, step->from_ld, y, step->ld, n, step->n,
				    p->table);
		break;
	case STEP_ROWS_TO_COLS:
		convert_rows_to_cols(p->features, x, step->from_ld, y, step->ld, n, step->n);
		break;
	case STEP_COLS_TO_ROWS:
		convert_cols_to_rows(p->features, x, step->from_ld, y, step->ld, n, step->n);
		break;
	case STEP_LINEAR:
		step->kernel->run(&step->packed, x, step->from_ld, y, step->ld, n);
		break;
	}
}

/* All steps on the rows begin … begin + n − 1 of a run, in the buffers of one thread. */
static void program_tile(const Run *run, size_t begin, size_t n, unsigned part)
{
	const Program *p = run->program;
	const void *x = rows_bytes_in_place(run->rows, run->begin + begin, n);

	if (!x) {
		uint8_t *copy = p->place[PLACE_BYTES] + part * p->place_bytes[PLACE_BYTES];

		rows_bytes(run->rows, run->begin + begin, n, copy, NULL);
		x = copy;
	}
	for (size_t i = 0; i < p->steps; i++) {
		const Step *step = &p->step[i];
		void *y = step->to == PLACE_LOGITS
				  ? (void *)(run->logits + begin * p->outputs)
				  : p->place[step->to] + part * p->place_bytes[step->to];

		step_run(p, step, x, y, n);
		x = y;
	}
}

/* One thread's share, tile by tile. */
static void program_share(void *user, unsigned part, unsigned parts)
{
	const Run *run = user;
	size_t tile = run->program->tile, begin, end;

	pool_share(run->n, KERNEL_COLS_ALIGN, part, parts, &begin, &end);
	for (; begin < end; begin += tile)
		program_tile(run, begin, end - begin < tile ? end - begin : tile, part);
}

void program_run(Program *program, const Rows *rows, size_t begin, size_t n, float *logits)
{
	Run run = { .program = program, .rows = rows, .begin = begin, .n = n, .logits = logits };

	assert(n <= program->batch && begin + n <= rows->count);
	assert(rows->set->features == program->inputs);
	pool_run(program->pool, program_share, &run);
}

static uint16_t program_argmax(const float *logits, size_t n)
{
	size_t best = 0;

	for (size_t i = 1; i < n; i++)
		if (logits[i] > logits[best])
			best = i;
	return (uint16_t)best;
}

static bool program_room(Program *p, size_t count, Err *err)
{
	if (count > p->classes_max) {
		uint16_t *more = realloc(p->classes, count * sizeof *more);

		if (!more)
			return err_set(err, ERR_MEMORY, "no memory for %zu predictions", count);
		p->classes = more;
		p->classes_max = count;
	}
	p->count = count;
	return true;
}

bool program_predict(Program *program, const Rows *rows, uint16_t *classes, Control *control,
		     Err *err)
{
	if (rows->set->features != program->inputs)
		return err_set(err, ERR_ARGUMENT,
			       "predict: the model takes %zu features, but %s has %zu",
			       program->inputs, rows->set->name, rows->set->features);
	if (!classes) {
		if (!program_room(program, rows->count, err))
			return false;
		classes = program->classes;
	}
	for (size_t at = 0; at < rows->count; at += program->batch) {
		size_t left = rows->count - at;
		size_t n = left < program->batch ? left : program->batch;

		if (!control_poll(control, err))
			return false;
		program_run(program, rows, at, n, program->logits);
		for (size_t i = 0; i < n; i++)
			classes[at + i] = program_argmax(program->logits + i * program->outputs,
							 program->outputs);
	}
	return true;
}

const uint16_t *program_classes(const Program *program, size_t *count)
{
	*count = program->count;
	return program->classes;
}

double program_accuracy(const uint16_t *classes, const Rows *rows, uint8_t *hits)
{
	size_t right = 0;

	if (hits)
		memset(hits, 0, (rows->count + 7) / 8);
	for (size_t i = 0; i < rows->count; i++) {
		bool hit = classes[i] == rows->set->labels[rows_at(rows, i)];

		right += hit;
		if (hits && hit)
			hits[i / 8] |= (uint8_t)(1u << i % 8);
	}
	return rows->count ? (double)right / (double)rows->count : NAN;
}

/* --- what it is ------------------------------------------------------------------------------- */

size_t program_batch(const Program *program)
{
	return program->batch;
}

size_t program_inputs(const Program *program)
{
	return program->inputs;
}

size_t program_outputs(const Program *program)
{
	return program->outputs;
}

uint64_t program_macs(const Program *program)
{
	uint64_t macs = 0;

	for (size_t i = 0; i < program->steps; i++)
		macs += program->step[i].packed.macs;
	return macs;
}

uint64_t program_weight_bytes(const Program *program)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < program->steps; i++)
		bytes += program->step[i].packed.weight_bytes;
	return bytes;
}

KernelForm program_form(const Program *program, size_t layer)
{
	assert(layer < program->layers);
	return program->form[layer];
}

/* bytes: weights that a linear step reads; what a conversion of one batch writes. */
static json_t *step_json(const Program *p, const Step *step)
{
	static const char *const names[] = {
		[STEP_BYTES_TO_ROWS] = "bytes to rows",   [STEP_BYTES_TO_COLS] = "bytes to columns",
		[STEP_BYTES_TO_U8] = "bytes to integers", [STEP_ROWS_TO_COLS] = "rows to columns",
		[STEP_COLS_TO_ROWS] = "columns to rows",
	};
	size_t size = step->layout == LAYOUT_ROWS_U8 ? 1 : sizeof(float);
	char name[32];

	if (step->op == STEP_LINEAR) {
		text_format(name, sizeof name, "linear %zu", step->layer);
		return json_pack("{s:s, s:s, s:I, s:I}", "step", name, "kernel",
				 step->kernel->info.name, "macs", (json_int_t)step->packed.macs,
				 "bytes", (json_int_t)step->packed.weight_bytes);
	}
	return json_pack("{s:s, s:s, s:i, s:I}", "step", names[step->op], "kernel", "convert",
			 "macs", 0, "bytes", (json_int_t)(p->batch * step->n * size));
}

json_t *program_steps_json(const Program *program)
{
	json_t *steps = json_array();

	for (size_t i = 0; steps && i < program->steps; i++) {
		if (json_array_append_new(steps, step_json(program, &program->step[i])) != 0) {
			json_decref(steps);
			return NULL;
		}
	}
	return steps;
}
