/* Fuzzes model files. What loads is used: it saves to bytes that load to the same, runs in its
 * form, and meets the techniques, which refuse it or make a model that runs.
 *
 * Checksums would stop nearly every mutation, so they are made right first: of the header as it
 * stands, and of the sections that it names.
 * SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "model/file.h"
#include "model/file_format.h"
#include "model/program.h"
#include "technique/technique.h"
#include "fuzz.h"

#define RUN_ROWS 3
#define RUN_SIZE_MAX 4096 /* parameters and inputs of what is run */

/* Puts the right checksum of each section into the header; new memory. NULL when the header
 * cannot be read. */
static uint8_t *mended(const uint8_t *data, size_t size, size_t *len)
{
	size_t header_len = size >= FILE_FIXED_BYTES ? get_u32(data + 8) : 0;

	if (size < FILE_FIXED_BYTES || header_len > size - FILE_FIXED_BYTES)
		return NULL;
	json_t *header = json_loadb((const char *)data + FILE_FIXED_BYTES, header_len, 0, NULL);
	json_t *spans = json_object_get(header, "spans");
	size_t at = FILE_FIXED_BYTES + header_len, body = at;

	for (size_t i = 0; i < json_array_size(spans); i++) {
		json_t *span = json_array_get(spans, i);
		json_int_t n = json_integer_value(json_object_get(span, "bytes"));

		if (!json_is_object(span) || n < 0 || (size_t)n > size - at)
			break;
		json_object_set_new(span, "crc32c", json_integer(crc32c(0, data + at, (size_t)n)));
		at += (size_t)n;
	}
	char *text = header ? json_dumps(header, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;

	json_decref(header);
	if (!text)
		return NULL;
	header_len = strlen(text);
	*len = FILE_FIXED_BYTES + header_len + size - body;
	uint8_t *out = malloc(*len);

	require(out);
	memcpy(out, FILE_MAGIC, FILE_MAGIC_BYTES);
	put_u32(out + 8, (uint32_t)header_len);
	put_u32(out + 12, crc32c(0, text, header_len));
	memcpy(out + FILE_FIXED_BYTES, text, header_len);
	memcpy(out + FILE_FIXED_BYTES + header_len, data + body, size - body);
	free(text);
	return out;
}

/* Rows in the form that the model takes. */
static Dataset *rows_for(const Model *model)
{
	size_t n = model_inputs(model), cells = RUN_ROWS * n;
	Err err = { .code = ERR_NONE };
	Dataset *set = dataset_new("fuzz", model->form, RUN_ROWS, n, 2, cells, &err);

	require(set);
	for (size_t i = 0; set->bytes && i < cells; i++)
		set->bytes[i] = 0x81;
	for (size_t i = 0; set->floats && i < cells; i++)
		set->floats[i] = (float)(i % 5) - 2;
	for (size_t i = 0; model->form == DATASET_SPARSE && i < cells; i++) {
		set->sparse.column[i] = (uint32_t)(i % n);
		set->sparse.value[i] = (float)(i % 5) - 2;
		set->sparse.begin[i / n + 1] = i + 1;
	}
	return set;
}

static bool small(const Model *model)
{
	if (model->count > RUN_SIZE_MAX || model->integers_bytes > RUN_SIZE_MAX ||
	    model_inputs(model) > RUN_SIZE_MAX)
		return false;
	for (size_t i = 0; i < model->layers; i++)
		if (shape_size(model->layer[i].out) > RUN_SIZE_MAX)
			return false;
	return true;
}

static void run(const Model *model)
{
	ProgramOptions options = { .batch = RUN_ROWS };
	Err err = { .code = ERR_NONE };

	require(kernel_wish_parse(&options.wish, "auto", &err));
	for (size_t i = 0; i < model->weighted; i++)
		options.form[i] = model->quant  ? KERNEL_INT8
				  : model->mask ? KERNEL_CSR
						: KERNEL_DENSE;
	Program *program = program_new(model, &options, &err);

	if (program) {
		Dataset *set = rows_for(model);
		Rows rows = { .set = set, .count = RUN_ROWS };
		float *outputs = malloc(RUN_ROWS * model_outputs(model) * sizeof *outputs);

		require(outputs && program_score(program, &rows, outputs, NULL, &err));
		require(model->numbers || program_predict(program, &rows, NULL, NULL, &err));
		program_compares(program, &rows, NULL, &err);
		free(outputs);
		dataset_free(set);
	} else {
		/* Scales that leave 32 bits; compressed rows for a layer that reads none. */
		require(err.code == ERR_ARGUMENT);
	}
	program_free(program);
}

/* Rows of the task that the model solves, for all techniques. */
static Dataset *lesson_for(const Model *model)
{
	size_t outputs = model_outputs(model);
	Dataset *set = rows_for(model);

	set->classes = model->numbers ? 0 : outputs > 1 ? outputs : 2;
	set->byte_scale = model->input_scale;
	set->targets = calloc(RUN_ROWS, sizeof *set->targets);
	require(set->targets);
	return set;
}

static void change(const Model *model)
{
	static const char *const names[] = { "prune-trees", "fewer-trees", "byte-trees",
					     "byte-neighbours", "condense" };
	Dataset *set = lesson_for(model);
	const Rows rows = { .set = set, .count = RUN_ROWS };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const Technique *technique = technique_find(names[i]);
		Err err = { .code = ERR_NONE };
		Params params;

		require(technique && params_init(&params, &technique->info, &err));
		if (i < 2)
			require(params_set_object(&params, "data", "rows", &rows, &err));
		require(params_complete(&params, &err));
		Model *after = technique->apply(model, &params, NULL, NULL, &err);

		require(after || err.text[0]);
		if (after && small(after))
			run(after);
		model_free(after);
	}
	dataset_free(set);
}

static void load(const uint8_t *data, size_t size)
{
	Err err = { .code = ERR_NONE };
	Model *model = model_load_memory(data, size, "fuzz", &err), *again;
	uint8_t *bytes, *twice;
	size_t len, len_twice;

	if (!model) {
		require(err.code == ERR_FORMAT && err.text[0]);
		return;
	}
	if (small(model)) {
		run(model);
		change(model);
	}
	require(model_save_memory(model, &bytes, &len, &err));
	again = model_load_memory(bytes, len, "again", &err);
	require(again);
	require(model_save_memory(again, &twice, &len_twice, &err));
	require(len == len_twice && memcmp(bytes, twice, len) == 0);
	require(memcmp(model->params, again->params, model->count * sizeof(float)) == 0);
	require(model->integers_bytes == again->integers_bytes);
	require(!model->integers ||
		memcmp(model->integers, again->integers, model->integers_bytes) == 0);
	free(bytes);
	free(twice);
	model_free(again);
	model_free(model);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len;
	uint8_t *mend = mended(data, size, &len);

	load(data, size);
	if (mend)
		load(mend, len);
	free(mend);
	return 0;
}
