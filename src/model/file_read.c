/* Model files: reading. The header, every size, the whole length and every checksum are checked
 * before memory is taken; then every value of its sections (file_section.h), and what layers use as
 * an index.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/crc32c.h"
#include "model/file.h"
#include "model/file_section.h"
#include "model/file_settings.h"

#define FILE_DEPTH_MAX 8
#define FILE_BYTES_MAX \
	(MODEL_PARAMETERS_MAX * 5 + MODEL_INTEGERS_MAX + 2 * (uint64_t)MODEL_FILE_HEADER_MAX)

/* A file while it is read. All borrowed but the header. */
typedef struct Reading {
	const uint8_t *bytes;
	size_t len;
	size_t body; /* where the sections begin */
	json_t *header;
	bool pruned, quantized;
	Section section[MODEL_SPANS_MAX];
} Reading;

/* --- header ----------------------------------------------------------------------------------- */

/* Nesting is bounded before the text reaches a recursive parser. */
static bool header_shallow(const uint8_t *text, size_t len)
{
	bool quoted = false;
	int depth = 0;

	for (size_t i = 0; i < len; i++) {
		if (quoted && text[i] == '\\')
			i++;
		else if (text[i] == '"')
			quoted = !quoted;
		else if (!quoted && (text[i] == '{' || text[i] == '[') && ++depth > FILE_DEPTH_MAX)
			return false;
		else if (!quoted && (text[i] == '}' || text[i] == ']'))
			depth--;
	}
	return true;
}

static bool header_parse(Reading *file, Err *err)
{
	json_error_t fault;
	size_t len;

	if (file->len < FILE_FIXED_BYTES || memcmp(file->bytes, FILE_MAGIC, FILE_MAGIC_BYTES) != 0)
		return file_bad(err, "not a wattle model file");
	len = get_u32(file->bytes + 8);
	if (len > MODEL_FILE_HEADER_MAX)
		return file_bad(err, "the header is too long");
	if (len > file->len - FILE_FIXED_BYTES)
		return err_set(err, ERR_FORMAT, "file ends at byte %zu, expected at least %zu",
			       file->len, FILE_FIXED_BYTES + len);
	const uint8_t *text = file->bytes + FILE_FIXED_BYTES;

	if (crc32c(0, text, len) != get_u32(file->bytes + 12))
		return file_bad(err, "the header is damaged (its checksum is wrong)");
	if (!header_shallow(text, len))
		return file_bad(err, "the header is nested too deep");
	file->body = FILE_FIXED_BYTES + len;
	file->header = json_loadb((const char *)text, len, JSON_REJECT_DUPLICATES, &fault);
	if (file->header)
		return json_is_object(file->header) || file_bad(err, "the header is no object");
	if (json_error_code(&fault) == json_error_out_of_memory)
		return err_set(err, ERR_MEMORY, "no memory for the header");
	return err_set(err, ERR_FORMAT, "the header is no JSON: %s", fault.text);
}

/* A whole number in 0 … maximum. */
static bool header_integer(const json_t *object, const char *key, uint64_t maximum, uint64_t *out,
			   Err *err)
{
	const json_t *value = json_object_get(object, key);
	json_int_t n = json_integer_value(value);

	if (!json_is_integer(value) || n < 0 || (uint64_t)n > maximum)
		return err_set(err, ERR_FORMAT, "%s must be a whole number from 0 to %" PRIu64, key,
			       maximum);
	*out = (uint64_t)n;
	return true;
}

static bool header_scale(const json_t *object, const char *key, float *out, Err *err)
{
	const json_t *value = json_object_get(object, key);

	*out = (float)json_number_value(value);
	return (json_is_number(value) && section_scale_fine(*out)) ||
	       err_set(err, ERR_FORMAT, "%s must be a number above 0", key);
}

static bool header_input(const Reading *file, Shape *input, Err *err)
{
	const json_t *sizes = json_object_get(file->header, "input");
	size_t *to[] = { &input->channels, &input->height, &input->width };

	if (json_array_size(sizes) != 3)
		return file_bad(err, "input must have three sizes");
	for (size_t i = 0; i < 3; i++) {
		json_int_t n = json_integer_value(json_array_get(sizes, i));

		if (n < 1 || n > INT32_MAX)
			return file_bad(err, "a size of input is no whole number above 0");
		*to[i] = (size_t)n;
	}
	return true;
}

static Model *header_layers(const Reading *file, const ModelKind *kind, Err *err)
{
	const json_t *rows = json_object_get(file->header, "layers");
	const char *lines[MODEL_LAYERS_MAX];
	size_t count = json_array_size(rows);
	uint64_t seed;
	Shape input;

	if (!header_integer(file->header, "seed", (uint64_t)FILE_SEED_MAX, &seed, err) ||
	    !header_input(file, &input, err))
		return NULL;
	if (count == 0 || count > MODEL_LAYERS_MAX) {
		err_set(err, ERR_FORMAT, "layers must have from 1 to %d entries", MODEL_LAYERS_MAX);
		return NULL;
	}
	for (size_t i = 0; i < count; i++) {
		lines[i] = json_string_value(json_array_get(rows, i));
		if (!lines[i] || strlen(lines[i]) >= LAYER_TEXT_MAX) {
			err_set(err, ERR_FORMAT, "layer %zu is %s", i + 1,
				lines[i] ? "too long" : "no text");
			return NULL;
		}
	}
	return model_shape_layers(kind, input, lines, count, seed, err);
}

/* A number that may be absent. */
static bool header_number(const Reading *file, const char *key, double least, double most,
			  double *out, Err *err)
{
	const json_t *value = json_object_get(file->header, key);

	if (!value)
		return true;
	*out = json_number_value(value);
	return (json_is_number(value) && *out >= least && *out <= most) ||
	       err_set(err, ERR_FORMAT, "%s must be a number from %g to %g", key, least, most);
}

static bool header_form(const Reading *file, Model *model, Err *err)
{
	const json_t *form = json_object_get(file->header, "form");
	const json_t *numbers = json_object_get(file->header, "numbers");
	const char *name = json_string_value(form);
	double border = (double)model->border;

	if (form && (!name || !dataset_form_find(name, &model->form)))
		return file_bad(err, "form must be bytes, floats or sparse");
	if (numbers && !json_is_boolean(numbers))
		return file_bad(err, "numbers must be true or false");
	if (!header_number(file, "border", -FILE_SCALE_MAX, FILE_SCALE_MAX, &border, err) ||
	    !header_number(file, "entries", 0, (double)model_inputs(model), &model->entries, err))
		return false;
	model->border = (float)border;
	model->numbers = json_is_true(numbers);
	if (model->numbers && model_outputs(model) != 1)
		return file_bad(err, "numbers are of models with one output");
	return true;
}

static bool header_settings(const Reading *file, Model *model, Err *err)
{
	const json_t *settings = json_object_get(file->header, "settings");

	if (!model->kind->by_data)
		return !settings || file_bad(err, "a model of this kind has no settings");
	model->settings = malloc(sizeof *model->settings);
	if (!model->settings)
		return err_set(err, ERR_MEMORY, "no memory for the settings");
	return settings_read(model->settings, &model->kind->info, settings, err);
}

/* A model with its spans, but no memory yet. */
static Model *header_model(Reading *file, Err *err)
{
	const char *name = json_string_value(json_object_get(file->header, "kind"));
	const ModelKind *kind = name ? model_kind_find(name) : NULL;
	const json_t *pruned = json_object_get(file->header, "pruned");
	Model *model;

	if (!kind) {
		err_set(err, ERR_FORMAT, "this version knows no kind of model called '%.40s'",
			name ? name : "");
		return NULL;
	}
	model = header_layers(file, kind, err);
	if (!model) {
		if (err->code == ERR_ARGUMENT)
			err->code = ERR_FORMAT;
		return NULL;
	}
	file->pruned = json_is_true(pruned);
	if ((json_is_boolean(pruned) || file_bad(err, "pruned must be true or false")) &&
	    header_integer(file->header, "steps", (uint64_t)FILE_SEED_MAX, &model->steps, err) &&
	    header_scale(file->header, "input_scale", &model->input_scale, err) &&
	    header_form(file, model, err) && header_settings(file, model, err))
		return model;
	model_free(model);
	return NULL;
}

/* --- sections --------------------------------------------------------------------------------- */

static bool section_encoding(const Reading *file, const Span *span, const json_t *row,
			     Section *section, Err *err)
{
	const char *name = json_string_value(json_object_get(row, "encoding"));
	bool suits = false;

	for (int i = 0; name && i < ENCODINGS; i++)
		if (strcmp(name, encoding_names[i]) == 0) {
			section->encoding = (Encoding)i;
			suits = true;
		}
	if (suits && !span->prunable)
		suits = section->encoding == encoding_of(span->type);
	else if (suits && !file->pruned)
		suits = section->encoding == ENCODING_F32 || section->encoding == ENCODING_S8;
	else if (suits)
		suits = section->encoding < ENCODING_U8;
	return suits ||
	       err_set(err, ERR_FORMAT, "the encoding '%.20s' does not suit", name ? name : "");
}

/* How many values a section of so many bytes keeps, if its encoding leaves that open. */
static bool section_check_bytes(const Section *section, const Span *span, Err *err)
{
	uint64_t none, bytes;
	size_t kept = span->rows * span->cols, all = kept;

	encoding_bytes(section->encoding, span->rows, span->cols, 0, &none);
	if (section->len < none)
		return err_set(err, ERR_FORMAT, "%zu bytes, expected at least %" PRIu64,
			       section->len, none);
	if (section->encoding == ENCODING_BITS32)
		kept = (section->len - (size_t)none) / 4;
	else if (section->encoding == ENCODING_CSR16)
		kept = (section->len - (size_t)none) / 6;
	else if (section->encoding == ENCODING_BITS8)
		kept = section->len - (size_t)none;
	if (kept > all ||
	    !encoding_bytes(section->encoding, span->rows, span->cols, kept, &bytes) ||
	    bytes != section->len)
		return err_set(err, ERR_FORMAT, "%zu bytes do not suit %zu x %zu parameters",
			       section->len, span->rows, span->cols);
	return true;
}

static bool section_quant(const json_t *row, Section *section, Err *err)
{
	uint64_t x_zero, y_zero;

	if (!header_scale(row, "x_scale", &section->x_scale, err) ||
	    !header_scale(row, "y_scale", &section->y_scale, err) ||
	    !header_integer(row, "x_zero", 255, &x_zero, err) ||
	    !header_integer(row, "y_zero", 255, &y_zero, err))
		return false;
	section->x_zero = (uint8_t)x_zero;
	section->y_zero = (uint8_t)y_zero;
	return true;
}

/* The row of one span; *at moves behind its section. */
static bool section_read(Reading *file, const Span *span, const json_t *row, Section *section,
			 size_t *at, Err *err)
{
	const char *name = json_string_value(json_object_get(row, "name"));
	uint64_t len, crc;

	if (!name || strcmp(name, span->name) != 0)
		return file_bad(err, "the name in the header is another");
	if (!section_encoding(file, span, row, section, err) ||
	    !header_integer(row, "bytes", FILE_BYTES_MAX, &len, err) ||
	    !header_integer(row, "crc32c", UINT32_MAX, &crc, err))
		return false;
	if (len > file->len - *at)
		return err_set(err, ERR_FORMAT, "file ends at byte %zu, expected at least %" PRIu64,
			       file->len, *at + len);
	section->bytes = file->bytes + *at;
	section->len = (size_t)len;
	*at += section->len;
	if (!section_check_bytes(section, span, err))
		return false;
	if (crc32c(0, section->bytes, section->len) != crc)
		return file_bad(err, "damaged (its checksum is wrong)");
	return !encoding_quantized(section->encoding) || section_quant(row, section, err);
}

static bool sections_read(Reading *file, const Model *model, Err *err)
{
	const json_t *rows = json_object_get(file->header, "spans");
	size_t at = file->body, prunable = 0, quantized = 0;

	if (!json_is_array(rows) || json_array_size(rows) != model->spans)
		return err_set(err, ERR_FORMAT, "the header lists %zu spans, expected %zu",
			       json_array_size(rows), model->spans);
	for (size_t i = 0; i < model->spans; i++) {
		if (!section_read(file, &model->span[i], json_array_get(rows, i), &file->section[i],
				  &at, err))
			return err_prefix(err, "%s", model->span[i].name);
		prunable += model->span[i].prunable;
		quantized += encoding_quantized(file->section[i].encoding);
	}
	if (at != file->len)
		return err_set(err, ERR_FORMAT, "file ends at byte %zu, expected %zu", file->len,
			       at);
	if (quantized != 0 && quantized != prunable)
		return file_bad(err, "some layers are quantized and others are not");
	file->quantized = quantized != 0;
	return true;
}

/* --- the model ------------------------------------------------------------------------------- */

static bool model_fill(Model *model, const Reading *file, Err *err)
{
	if (!model_take_block(model, err) || (file->pruned && !model_take_mask(model, err)) ||
	    (file->quantized && !model_take_quant(model, err)))
		return false;
	for (size_t i = 0; i < model->spans; i++) {
		const Span *span = &model->span[i];
		Target to = { .span = span, .data = model_span_data(model, i) };

		if (span->type == SPAN_F32) {
			to.w = to.data;
			to.mask = model->mask ? model->mask + span->offset : NULL;
			to.quant = model->quant ? &model->quant[i] : NULL;
		}
		if (!section_fill(&to, &file->section[i], err))
			return err_prefix(err, "%s", span->name);
	}
	if (model->quant)
		model_dequantize(model);
	return true;
}

/* What the layers use as an index. */
static bool model_check_layers(const Model *model, Err *err)
{
	for (size_t i = 0; i < model->layers; i++) {
		const Layer *layer = &model->layer[i];

		if (layer->kind->check && !layer->kind->check(layer, model, err))
			return err_prefix(err, "layer %zu, '%s'", i + 1, layer->text);
	}
	return true;
}

/* --- public ----------------------------------------------------------------------------------- */

Model *model_load_memory(const uint8_t *bytes, size_t len, const char *name, Err *err)
{
	Reading file = { .bytes = bytes, .len = len };
	Model *model = NULL;

	if (header_parse(&file, err))
		model = header_model(&file, err);
	if (model && !(sections_read(&file, model, err) && model_fill(model, &file, err) &&
		       model_check_layers(model, err))) {
		model_free(model);
		model = NULL;
	}
	json_decref(file.header);
	if (!model)
		err_prefix(err, "%s", name);
	return model;
}

/* The whole of fd; *bytes is malloc'ed. */
static bool file_read_all(int fd, size_t len, uint8_t **bytes, Err *err)
{
	*bytes = malloc(len ? len : 1);
	if (!*bytes)
		return err_set(err, ERR_MEMORY, "no memory for %zu bytes", len);
	for (size_t at = 0; at < len;) {
		ssize_t n = read(fd, *bytes + at, len - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(err, ERR_FILE, "read: %s", strerror(errno));
		if (n == 0)
			return err_set(err, ERR_FORMAT, "file ends at byte %zu, expected %zu", at,
				       len);
		at += (size_t)n;
	}
	return true;
}

/* Opened once; O_NONBLOCK so that a FIFO cannot hold us. */
static bool file_open(const char *path, int *fd, size_t *len, Err *err)
{
	struct stat st;

	*fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (*fd < 0)
		return err_set(err, ERR_FILE, "cannot open: %s", strerror(errno));
	if (fstat(*fd, &st) != 0)
		return err_set(err, ERR_FILE, "fstat: %s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_FILE, "not a regular file");
	if ((uint64_t)st.st_size > FILE_BYTES_MAX)
		return err_set(err, ERR_LIMIT, "%jd bytes are more than a model file may have",
			       (intmax_t)st.st_size);
	*len = (size_t)st.st_size;
	return true;
}

Model *model_load(const char *path, Err *err)
{
	uint8_t *bytes = NULL;
	Model *model = NULL;
	size_t len = 0;
	int fd;

	if (!file_open(path, &fd, &len, err) || !file_read_all(fd, len, &bytes, err))
		err_prefix(err, "%s", path);
	else
		model = model_load_memory(bytes, len, path, err);
	if (fd >= 0)
		close(fd);
	free(bytes);
	return model;
}
