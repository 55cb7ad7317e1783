/* Fuzzes the lines of layers. A network that is accepted is the same when its layers are written
 * out and read again, and a small one runs.
 *
 * Input: a byte for each size of the input's shape, then the lines.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "model/fold.h"
#include "model/model.h"
#include "model/program.h"
#include "fuzz.h"

#define RUN_ROWS 2
#define RUN_SIZE_MAX 2048 /* parameters, and numbers of a row at any layer, of what is run */
#define LINES_MAX 4096

static bool small(const Model *model)
{
	bool fits = model->count <= RUN_SIZE_MAX && model_inputs(model) <= RUN_SIZE_MAX;

	for (size_t i = 0; i < model->layers; i++)
		fits = fits && shape_size(model->layer[i].out) <= RUN_SIZE_MAX &&
		       shape_size(model->layer[i].in) <= RUN_SIZE_MAX;
	return fits;
}

static void run(Model *model)
{
	ProgramOptions options = { .batch = RUN_ROWS };
	Dataset set = { .rows = RUN_ROWS, .features = model_inputs(model), .byte_scale = 1 };
	Rows rows = { .set = &set, .count = RUN_ROWS };
	Err err = { .code = ERR_NONE };

	require(model_take_block(model, &err) && kernel_wish_parse(&options.wish, "auto", &err));
	for (size_t i = 0; i < model->count; i++)
		model->params[i] = (float)(i % 7) / 8;
	for (size_t i = 0; i < model->layers; i++)
		if (model->layer[i].kind->check &&
		    !model->layer[i].kind->check(&model->layer[i], model, &err))
			return;
	Program *program = program_new(model, &options, &err);

	set.bytes = calloc(RUN_ROWS, set.features);
	require(program && set.bytes);
	require(program_predict(program, &rows, NULL, NULL, &err));
	free(set.bytes);
	program_free(program);
}

static void again(const Model *model)
{
	const char *lines[MODEL_LAYERS_MAX];
	Err err = { .code = ERR_NONE };

	for (size_t i = 0; i < model->layers; i++)
		lines[i] = model->layer[i].text;
	Model *same = model_shape_layers(model->kind, model->input, lines, model->layers, 1, &err);

	require(same && same->layers == model->layers && same->count == model->count);
	for (size_t i = 0; i < model->layers; i++) {
		const Shape *a = &model->layer[i].out, *b = &same->layer[i].out;

		require(a->channels == b->channels && a->height == b->height &&
			a->width == b->width);
		require(same->layer[i].from == model->layer[i].from);
	}
	if (small(same))
		run(same);
	model_free(same);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Err err = { .code = ERR_NONE };
	Model *model = calloc(1, sizeof *model);
	char lines[LINES_MAX] = "";

	require(model);
	if (size >= 3 && size - 3 < sizeof lines) {
		const Shape input = { data[0], data[1], data[2] };

		memcpy(lines, data + 3, size - 3);
		model->kind = model_kind_find("network");
		model->input_scale = 1;
		if (!model_begin(model, input, 1, &err) || !model_add_layers(model, lines, &err))
			require(err.code == ERR_ARGUMENT && err.text[0]);
		else if (model->weighted > 0)
			again(model);
	}
	model_free(model);
	return 0;
}
