/* What programs say of themselves: sizes, counts, and the list of steps.
 * SPDX-License-Identifier: MIT */
#include <assert.h>

#include "base/text.h"
#include "model/program_inside.h"

#define SHAPE_TEXT_MAX 96

bool program_numbers(const Program *program)
{
	return program->numbers;
}

size_t program_batch(const Program *program)
{
	return program->batch;
}

Pool *program_pool(const Program *program)
{
	return program->pool;
}

size_t program_inputs(const Program *program)
{
	return program->inputs;
}

size_t program_outputs(const Program *program)
{
	return program->outputs;
}

double program_row_bytes(const Program *program)
{
	switch (program->form) {
	case DATASET_FLOATS:
		return (double)(program->inputs * sizeof(float));
	case DATASET_SPARSE:
		return program->entries * (sizeof(uint32_t) + sizeof(float));
	default:
		return (double)program->inputs;
	}
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

const Kernel *program_kernel(const Program *program, size_t layer)
{
	assert(layer < program->weighted);
	return program->kernel[layer];
}

KernelForm program_form(const Program *program, size_t layer)
{
	return program_kernel(program, layer)->form;
}

static size_t text_of_shape(char *out, size_t cap, Shape shape)
{
	if (shape.height == 1 && shape.width == 1)
		return text_format(out, cap, "%zu", shape.channels);
	return text_format(out, cap, "%zu x %zu x %zu", shape.channels, shape.height, shape.width);
}

static void step_shape(const Step *step, char *out, size_t cap)
{
	size_t len;

	if (!step->of) {
		text_format(out, cap, "%zu", step->n);
		return;
	}
	len = text_of_shape(out, cap, step->of->in);
	len += text_format(out + len, cap - len, " -> ");
	text_of_shape(out + len, cap - len, step->of->out);
}

static const char *const step_names[STEP_OPS] = {
	[STEP_BYTES_TO_ROWS] = "bytes to rows",   [STEP_BYTES_TO_COLS] = "bytes to columns",
	[STEP_BYTES_TO_TILES] = "bytes to tiles", [STEP_BYTES_TO_U8] = "bytes to integers",
	[STEP_ROWS_TO_COLS] = "rows to columns",  [STEP_ROWS_TO_TILES] = "rows to tiles",
	[STEP_ROWS_TO_U8] = "rows to integers",   [STEP_COLS_TO_ROWS] = "columns to rows",
	[STEP_TILES_TO_ROWS] = "tiles to rows",
};

static json_t *step_json(const Program *p, const Step *step)
{
	bool integers = p->value[step->to].layout == LAYOUT_ROWS_U8;
	uint64_t bytes = (uint64_t)p->batch * step->n * (integers ? 1 : sizeof(float));
	const char *name = step_names[step->op], *kernel = "convert";
	char text[32], shape[SHAPE_TEXT_MAX];

	step_shape(step, shape, sizeof shape);
	if (step->op == STEP_KERNEL) {
		text_format(text, sizeof text, "%s %zu",
			    step->kernel->op == KERNEL_CONV ? "conv" : "linear", step->weighted);
		name = text;
		kernel = step->kernel->info.name;
		bytes = step->packed.weight_bytes;
	} else if (step->of) {
		name = step->of->kind->info.name;
		kernel = step->op == STEP_POOL_U8 ? "integers" : "layer";
		if (step->packed.weight_bytes)
			bytes = step->packed.weight_bytes;
	}
	return json_pack("{s:s, s:s, s:s, s:I, s:I}", "step", name, "kernel", kernel, "shape",
			 shape, "macs", (json_int_t)step->packed.macs, "bytes", (json_int_t)bytes);
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
