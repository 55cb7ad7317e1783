/* Model files: reading. The header, every size, the whole length and every checksum are checked
 * before memory is taken; then every value that is used as an index, and every number that must
 * be finite.
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
#include "model/file_format.h"

#define FILE_DEPTH_MAX 8
#define FILE_BYTES_MAX (MODEL_PARAMETERS_MAX * 5 + 2 * (uint64_t)MODEL_FILE_HEADER_MAX)

/* One span as the header describes it. */
typedef struct Section {
	Encoding encoding;
	const uint8_t *bytes;
	size_t len;
	float x_scale, y_scale;
	uint8_t x_zero, y_zero;
} Section;

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

static bool file_bad(Err *err, const char *what)
{
	return err_set(err, ERR_FORMAT, "%s", what);
}

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

static bool scale_fine(float scale)
{
	return isnormal(scale) && scale > 0 && scale <= FILE_SCALE_MAX;
}

static bool header_scale(const json_t *object, const char *key, float *out, Err *err)
{
	const json_t *value = json_object_get(object, key);

	*out = (float)json_number_value(value);
	return (json_is_number(value) && scale_fine(*out)) ||
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
	    header_scale(file->header, "input_scale", &model->input_scale, err))
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
		suits = section->encoding == ENCODING_F32;
	else if (suits && !file->pruned)
		suits = section->encoding == ENCODING_F32 || section->encoding == ENCODING_S8;
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

/* --- values ----------------------------------------------------------------------------------- */

/* Where a span's values go. */
typedef struct Target {
	const Span *span;
	float *w;
	uint8_t *mask;    /* NULL: not pruned */
	SpanQuant *quant; /* NULL: not quantized */
} Target;

static bool value_f32(const uint8_t *from, float *to, Err *err)
{
	*to = get_f32(from);
	return isfinite(*to) || file_bad(err, "a value is not finite");
}

static bool bitmap_at(const uint8_t *bitmap, size_t at)
{
	return bitmap[at / 8] >> at % 8 & 1;
}

/* True when exactly kept bits are set, all of them below n. */
static bool bitmap_check(const uint8_t *bitmap, size_t n, size_t kept, Err *err)
{
	size_t set = 0;

	for (size_t at = 0; at < (n + 7) / 8 * 8; at++) {
		if (at >= n && bitmap_at(bitmap, at))
			return file_bad(err, "a bit is set behind the end of the bitmap");
		set += bitmap_at(bitmap, at);
	}
	return set == kept ||
	       err_set(err, ERR_FORMAT, "%zu values for %zu kept parameters", kept, set);
}

static bool target_f32(Target *to, const Section *section, Err *err)
{
	for (size_t at = 0; at < to->span->rows * to->span->cols; at++)
		if (!value_f32(section->bytes + 4 * at, &to->w[at], err))
			return false;
	return true;
}

static bool target_bits32(Target *to, const Section *section, Err *err)
{
	size_t n = to->span->rows * to->span->cols, bitmap = (n + 7) / 8;
	const uint8_t *value = section->bytes + bitmap;

	if (!bitmap_check(section->bytes, n, (section->len - bitmap) / 4, err))
		return false;
	for (size_t at = 0; at < n; at++) {
		to->mask[at] = bitmap_at(section->bytes, at);
		if (!to->mask[at])
			continue;
		if (!value_f32(value, &to->w[at], err))
			return false;
		value += 4;
	}
	return true;
}

static bool target_csr16(Target *to, const Section *section, Err *err)
{
	size_t rows = to->span->rows, cols = to->span->cols, kept = (section->len - 4 * cols) / 6,
	       at = 0;
	const uint8_t *index = section->bytes + 4 * cols, *value = index + 2 * kept;

	memset(to->mask, 0, rows * cols);
	for (size_t col = 0; col < cols; col++) {
		uint32_t count = get_u32(section->bytes + 4 * col);
		size_t next = 0;

		if (count > kept - at)
			return err_set(err, ERR_FORMAT,
				       "column %zu keeps more values than there are", col);
		for (size_t end = at + count; at < end; at++) {
			size_t row = get_u16(index + 2 * at);

			if (row < next || row >= rows)
				return err_set(err, ERR_FORMAT,
					       "column %zu: row %zu is out of order", col, row);
			if (!value_f32(value + 4 * at, &to->w[row * cols + col], err))
				return false;
			to->mask[row * cols + col] = 1;
			next = row + 1;
		}
	}
	return at == kept || file_bad(err, "more values than the columns keep");
}

/* s8 and bits8. */
static bool target_integers(Target *to, const Section *section, Err *err)
{
	size_t n = to->span->rows * to->span->cols, cols = to->span->cols, bitmap = (n + 7) / 8;
	bool all = section->encoding == ENCODING_S8;
	const uint8_t *bits = section->bytes + 4 * cols, *value = all ? bits : bits + bitmap;

	for (size_t col = 0; col < cols; col++) {
		to->quant->w_scale[col] = get_f32(section->bytes + 4 * col);
		if (!scale_fine(to->quant->w_scale[col]))
			return err_set(err, ERR_FORMAT, "the scale of column %zu is off", col);
	}
	if (!all && !bitmap_check(bits, n, section->len - 4 * cols - bitmap, err))
		return false;
	for (size_t at = 0; at < n; at++) {
		bool kept = all || bitmap_at(bits, at);

		to->quant->w[at] = kept ? (int8_t)*value++ : 0;
		if (to->quant->w[at] == INT8_MIN || (!all && kept && to->quant->w[at] == 0))
			return file_bad(err, "an integer is out of range");
	}
	to->quant->x_scale = section->x_scale;
	to->quant->y_scale = section->y_scale;
	to->quant->x_zero = section->x_zero;
	to->quant->y_zero = section->y_zero;
	return true;
}

static bool target_fill(Target *to, const Section *section, Err *err)
{
	switch (section->encoding) {
	case ENCODING_F32:
		return target_f32(to, section, err);
	case ENCODING_BITS32:
		return target_bits32(to, section, err);
	case ENCODING_CSR16:
		return target_csr16(to, section, err);
	case ENCODING_S8:
	case ENCODING_BITS8:
		return target_integers(to, section, err);
	case ENCODINGS:
		break;
	}
	return false;
}

static bool model_fill(Model *model, const Reading *file, Err *err)
{
	if (!model_take_block(model, err) || (file->pruned && !model_take_mask(model, err)) ||
	    (file->quantized && !model_take_quant(model, err)))
		return false;
	for (size_t i = 0; i < model->spans; i++) {
		const Span *span = &model->span[i];
		Target to = { .span = span, .w = model->params + span->offset };

		to.mask = model->mask ? model->mask + span->offset : NULL;
		to.quant = model->quant ? &model->quant[i] : NULL;
		if (!target_fill(&to, &file->section[i], err))
			return err_prefix(err, "%s", span->name);
	}
	if (model->quant)
		model_dequantize(model);
	return true;
}

/* --- public ----------------------------------------------------------------------------------- */

Model *model_load_memory(const uint8_t *bytes, size_t len, const char *name, Err *err)
{
	Reading file = { .bytes = bytes, .len = len };
	Model *model = NULL;

	if (header_parse(&file, err))
		model = header_model(&file, err);
	if (model && !(sections_read(&file, model, err) && model_fill(model, &file, err))) {
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
