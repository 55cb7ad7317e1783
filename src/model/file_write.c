/* Model files: writing. All sections are made in memory first, since the header holds their
 * sizes and checksums.
 * SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/crc32c.h"
#include "base/file.h"
#include "base/text.h"
#include "model/file.h"
#include "model/file_format.h"
#include "model/file_settings.h"

/* One span on its way into the file. All borrowed. */
typedef struct Source {
	const Span *span;
	const float *w;         /* NULL: integers */
	const void *integers;   /* NULL: floats */
	const uint8_t *mask;    /* NULL: all kept */
	const SpanQuant *quant; /* NULL: not quantized */
	size_t kept;
	Encoding encoding;
	uint64_t bytes;
} Source;

/* --- encodings -------------------------------------------------------------------------------- */

static bool source_kept(const Source *source, size_t at)
{
	return source->quant ? source->quant->w[at] != 0 : !source->mask || source->mask[at];
}

static void source_choose(Source *source, Encoding encoding)
{
	uint64_t bytes;

	if (!encoding_bytes(encoding, source->span->rows, source->span->cols, source->kept,
			    &bytes) ||
	    bytes >= source->bytes)
		return;
	source->encoding = encoding;
	source->bytes = bytes;
}

static Source source_of(const Model *model, size_t i)
{
	const Span *span = &model->span[i];
	Source source = { .span = span, .bytes = UINT64_MAX };

	if (span->type != SPAN_F32) {
		source.integers = model_span_at(model, i);
		source_choose(&source, encoding_of(span->type));
		return source;
	}
	source.w = model_span_at(model, i);
	if (model->quant && model->quant[i].w)
		source.quant = &model->quant[i];
	if (model->mask && span->prunable)
		source.mask = model->mask + span->offset;
	for (size_t at = 0; at < span->rows * span->cols; at++)
		source.kept += source_kept(&source, at);
	if (source.quant) {
		source_choose(&source, ENCODING_S8);
		if (source.mask)
			source_choose(&source, ENCODING_BITS8);
	} else if (source.mask) {
		source_choose(&source, ENCODING_BITS32);
		source_choose(&source, ENCODING_CSR16);
	} else {
		source_choose(&source, ENCODING_F32);
	}
	return source;
}

static void source_put_f32(const Source *source, uint8_t *to)
{
	for (size_t at = 0; at < source->span->rows * source->span->cols; at++)
		put_f32(to + 4 * at, source->w[at]);
}

static uint8_t *source_put_bitmap(const Source *source, uint8_t *to)
{
	size_t n = source->span->rows * source->span->cols;

	for (size_t at = 0; at < n; at++)
		if (source_kept(source, at))
			to[at / 8] |= (uint8_t)(1u << at % 8);
	return to + (n + 7) / 8;
}

static void source_put_bits32(const Source *source, uint8_t *to)
{
	to = source_put_bitmap(source, to);
	for (size_t at = 0; at < source->span->rows * source->span->cols; at++) {
		if (!source_kept(source, at))
			continue;
		put_f32(to, source->w[at]);
		to += 4;
	}
}

static void source_put_csr16(const Source *source, uint8_t *to)
{
	size_t rows = source->span->rows, cols = source->span->cols;
	uint8_t *index = to + 4 * cols, *value = index + 2 * source->kept;

	for (size_t col = 0; col < cols; col++) {
		uint32_t count = 0;

		for (size_t row = 0; row < rows; row++) {
			if (!source_kept(source, row * cols + col))
				continue;
			put_u16(index, (uint16_t)row);
			put_f32(value, source->w[row * cols + col]);
			index += 2;
			value += 4;
			count++;
		}
		put_u32(to + 4 * col, count);
	}
}

/* s8 and bits8. */
static void source_put_integers(const Source *source, uint8_t *to)
{
	bool all = source->encoding == ENCODING_S8;

	for (size_t col = 0; col < source->span->cols; col++, to += 4)
		put_f32(to, source->quant->w_scale[col]);
	if (!all)
		to = source_put_bitmap(source, to);
	for (size_t at = 0; at < source->span->rows * source->span->cols; at++)
		if (all || source_kept(source, at))
			*to++ = (uint8_t)source->quant->w[at];
}

/* u8, u16 and u32. */
static void source_put_unsigned(const Source *source, uint8_t *to)
{
	size_t n = source->span->rows * source->span->cols;
	const uint16_t *u16 = source->integers;
	const uint32_t *u32 = source->integers;

	if (source->encoding == ENCODING_U8)
		memcpy(to, source->integers, n);
	for (size_t at = 0; source->encoding == ENCODING_U16 && at < n; at++)
		put_u16(to + 2 * at, u16[at]);
	for (size_t at = 0; source->encoding == ENCODING_U32 && at < n; at++)
		put_u32(to + 4 * at, u32[at]);
}

/* to: source->bytes, zeroed. */
static void source_put(const Source *source, uint8_t *to)
{
	switch (source->encoding) {
	case ENCODING_F32:
		source_put_f32(source, to);
		break;
	case ENCODING_BITS32:
		source_put_bits32(source, to);
		break;
	case ENCODING_CSR16:
		source_put_csr16(source, to);
		break;
	case ENCODING_S8:
	case ENCODING_BITS8:
		source_put_integers(source, to);
		break;
	case ENCODING_U8:
	case ENCODING_U16:
	case ENCODING_U32:
		source_put_unsigned(source, to);
		break;
	case ENCODINGS:
		break;
	}
}

/* --- header ----------------------------------------------------------------------------------- */

static json_t *header_span(const Source *source, uint32_t crc)
{
	json_t *span = json_pack("{s:s, s:s, s:I, s:I}", "name", source->span->name, "encoding",
				 encoding_names[source->encoding], "bytes",
				 (json_int_t)source->bytes, "crc32c", (json_int_t)crc);
	const SpanQuant *quant = source->quant;

	if (!span || !quant)
		return span;
	if (json_object_set_new(span, "x_scale", json_real((double)quant->x_scale)) ||
	    json_object_set_new(span, "x_zero", json_integer(quant->x_zero)) ||
	    json_object_set_new(span, "y_scale", json_real((double)quant->y_scale)) ||
	    json_object_set_new(span, "y_zero", json_integer(quant->y_zero))) {
		json_decref(span);
		return NULL;
	}
	return span;
}

/* What only some models say. Takes over header; NULL when memory is short. */
static json_t *header_more(json_t *header, const Model *model)
{
	bool fine = header;

	if (fine && model->form != DATASET_BYTES)
		fine = !json_object_set_new(header, "form",
					    json_string(dataset_form_name(model->form)));
	if (fine && model->form == DATASET_SPARSE)
		fine = !json_object_set_new(header, "entries", json_real(model->entries));
	if (fine && model->numbers)
		fine = !json_object_set_new(header, "numbers", json_true());
	if (fine && !model->numbers && model_outputs(model) == 1)
		fine = !json_object_set_new(header, "border", json_real((double)model->border));
	if (fine && model->settings)
		fine = !json_object_set_new(header, "settings", settings_json(model->settings));
	if (fine)
		return header;
	json_decref(header);
	return NULL;
}

/* Takes over spans. */
static json_t *header_of(const Model *model, json_t *spans)
{
	json_t *layers = json_array();

	for (size_t i = 0; layers && i < model->layers; i++) {
		if (json_array_append_new(layers, json_string(model->layer[i].text))) {
			json_decref(layers);
			layers = NULL;
		}
	}
	/* o with NULL makes json_pack fail and release the other. */
	json_t *header =
		json_pack("{s:s, s:[I,I,I], s:o, s:I, s:I, s:f, s:b, s:o}", "kind",
			  model->kind->info.name, "input", (json_int_t)model->input.channels,
			  (json_int_t)model->input.height, (json_int_t)model->input.width, "layers",
			  layers, "seed", (json_int_t)model->seed, "steps",
			  (json_int_t)model->steps, "input_scale", (double)model->input_scale,
			  "pruned", model->mask != NULL, "spans", spans);

	return header_more(header, model);
}

/* --- public ----------------------------------------------------------------------------------- */

static bool file_check(const Model *model, Err *err)
{
	if (model->layers == 0)
		return err_set(
			err, ERR_ARGUMENT,
			"the %s is not fitted yet, so there is nothing to save: fit it first",
			model->kind->info.name);
	for (size_t i = 0; i < model->count; i++)
		if (!isfinite(model->params[i]))
			return err_set(
				err, ERR_DIVERGED,
				"the model cannot be saved: a weight is not a number (did its "
				"training diverge?)");
	return true;
}

/* Sections, one behind the other; their rows of the header are appended to spans. *bytes is
 * malloc'ed. */
static bool file_sections(const Model *model, json_t *spans, uint8_t **bytes, size_t *len, Err *err)
{
	Source source[MODEL_SPANS_MAX];
	size_t at = 0;

	*len = 0;
	for (size_t i = 0; i < model->spans; i++) {
		source[i] = source_of(model, i);
		*len += (size_t)source[i].bytes;
	}
	*bytes = calloc(*len ? *len : 1, 1);
	if (!*bytes)
		return err_set(err, ERR_MEMORY, "no memory for a model file of %zu bytes", *len);
	for (size_t i = 0; i < model->spans; i++) {
		size_t n = (size_t)source[i].bytes;

		source_put(&source[i], *bytes + at);
		if (json_array_append_new(spans,
					  header_span(&source[i], crc32c(0, *bytes + at, n))))
			return err_set(err, ERR_MEMORY, "no memory for a model file's header");
		at += n;
	}
	return true;
}

/* Joins header text and sections. */
static bool file_join(const char *header, const uint8_t *sections, size_t len, uint8_t **bytes,
		      size_t *all, Err *err)
{
	size_t header_len = strlen(header);

	if (header_len > MODEL_FILE_HEADER_MAX)
		return err_set(err, ERR_LIMIT, "the model's header takes %zu bytes, more than %u",
			       header_len, MODEL_FILE_HEADER_MAX);
	*all = FILE_FIXED_BYTES + header_len + len;
	*bytes = malloc(*all);
	if (!*bytes)
		return err_set(err, ERR_MEMORY, "no memory for a model file of %zu bytes", *all);
	memcpy(*bytes, FILE_MAGIC, FILE_MAGIC_BYTES);
	put_u32(*bytes + 8, (uint32_t)header_len);
	put_u32(*bytes + 12, crc32c(0, header, header_len));
	memcpy(*bytes + FILE_FIXED_BYTES, header, header_len);
	memcpy(*bytes + FILE_FIXED_BYTES + header_len, sections, len);
	return true;
}

bool model_save_memory(const Model *model, uint8_t **bytes, size_t *len, Err *err)
{
	uint8_t *sections = NULL;
	char *text = NULL;
	bool fine = false;
	size_t sections_len;

	*bytes = NULL;
	if (!file_check(model, err))
		return false;
	json_t *spans = json_array(), *header = NULL;

	if (!spans)
		err_set(err, ERR_MEMORY, "no memory for a model file's header");
	else if (file_sections(model, spans, &sections, &sections_len, err)) {
		header = header_of(model, json_incref(spans));
		/* 9 digits tell any two floats apart. */
		text = header ? json_dumps(header, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
		if (!text)
			err_set(err, ERR_MEMORY, "no memory for a model file's header");
		else
			fine = file_join(text, sections, sections_len, bytes, len, err);
	}
	free(text);
	json_decref(header);
	json_decref(spans);
	free(sections);
	return fine;
}

uint64_t model_file_bytes(const Model *model, Err *err)
{
	uint8_t *bytes;
	size_t len;

	if (!model_save_memory(model, &bytes, &len, err))
		return 0;
	free(bytes);
	return len;
}

bool model_save(const Model *model, const char *path, Err *err)
{
	uint8_t *bytes;
	size_t len;
	bool fine;

	if (!model_save_memory(model, &bytes, &len, err))
		return false;
	fine = file_write(path, "the model", bytes, len, FILE_REPLACE, err);
	free(bytes);
	return fine;
}
