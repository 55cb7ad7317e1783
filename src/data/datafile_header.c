/* Dataset files: where the parts are, and the header that says so.
 * SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/crc32c.h"
#include "base/text.h"
#include "data/datafile_inside.h"

#define HEADER_FEATURES_MAX INT32_MAX
#define HEADER_SCALE_MAX 1e30f

/* --- layout ----------------------------------------------------------------------------------- */

static void layout_add(DataLayout *out, const char *name, DataUnit unit, uint64_t size)
{
	out->part[out->parts++] = (DataPart){ .name = name, .unit = unit, .size = size };
}

static void layout_parts(DataLayout *out, const Dataset *about)
{
	switch (about->form) {
	case DATASET_BYTES:
		layout_add(out, "features", UNIT_ROW, about->features);
		break;
	case DATASET_FLOATS:
		layout_add(out, "features", UNIT_ROW, sizeof(float) * (uint64_t)about->features);
		break;
	case DATASET_SPARSE:
		layout_add(out, "begin", UNIT_ROW_AND_END, sizeof(uint64_t));
		layout_add(out, "columns", UNIT_ENTRY, sizeof(uint32_t));
		layout_add(out, "values", UNIT_ENTRY, sizeof(float));
		break;
	}
	if (about->classes)
		layout_add(out, "labels", UNIT_ROW, sizeof(uint16_t));
	else
		layout_add(out, "targets", UNIT_ROW, sizeof(float));
}

static bool layout_sizes(const Dataset *about, uint64_t entries, Err *err)
{
	bool image = about->width > 0 || about->height > 0;
	size_t pixels = 0;

	if (about->rows == 0 || about->rows >= UINT32_MAX)
		return err_set(err, ERR_ARGUMENT, "rows is %zu, but must be from 1 to %" PRIu32,
			       about->rows, UINT32_MAX - 1);
	if (about->train_rows == 0 || about->train_rows > about->rows)
		return err_set(err, ERR_ARGUMENT, "train_rows is %zu, but must be from 1 to %zu",
			       about->train_rows, about->rows);
	if (about->features == 0 || about->features > HEADER_FEATURES_MAX)
		return err_set(err, ERR_ARGUMENT, "features is %zu, but must be from 1 to %d",
			       about->features, HEADER_FEATURES_MAX);
	if (about->classes > DATASET_CLASSES_MAX)
		return err_set(err, ERR_ARGUMENT, "classes is %zu, but must be at most %d",
			       about->classes, DATASET_CLASSES_MAX);
	if (image && (!size_mul(about->width, about->height, &pixels) || pixels == 0 ||
		      about->features % pixels != 0))
		return err_set(err, ERR_ARGUMENT,
			       "%zu features are no images of %zu x %zu (width, height)",
			       about->features, about->width, about->height);
	if (!(isnormal(about->byte_scale) && about->byte_scale > 0 &&
	      about->byte_scale <= HEADER_SCALE_MAX))
		return err_set(err, ERR_ARGUMENT, "byte_scale must be a number above 0");
	/* Both factors have 32 bits at most. */
	if (entries > (uint64_t)about->rows * about->features)
		return err_set(err, ERR_ARGUMENT,
			       "entries is %" PRIu64 ", but must be at most %" PRIu64, entries,
			       (uint64_t)about->rows * about->features);
	return true;
}

static uint64_t layout_units(const Dataset *about, uint64_t entries, DataUnit unit)
{
	return unit == UNIT_ENTRY ? entries : (uint64_t)about->rows + (unit == UNIT_ROW_AND_END);
}

bool datafile_layout(DataLayout *out, const Dataset *about, uint64_t entries, uint64_t body,
		     Err *err)
{
	uint64_t at = body;

	*out = (DataLayout){ .entries = about->form == DATASET_SPARSE ? entries : 0 };
	if (!layout_sizes(about, out->entries, err))
		return false;
	layout_parts(out, about);
	for (size_t i = 0; i < out->parts; i++) {
		DataPart *part = &out->part[i];
		uint64_t units = layout_units(about, out->entries, part->unit);

		at = (at + DATAFILE_ALIGN - 1) / DATAFILE_ALIGN * DATAFILE_ALIGN;
		part->offset = at;
		if (__builtin_mul_overflow(units, part->size, &part->bytes) ||
		    __builtin_add_overflow(at, part->bytes, &at) || at > INT64_MAX / 2)
			return err_set(err, ERR_ARGUMENT, "%zu rows of %zu features are too many",
				       about->rows, about->features);
	}
	out->end = at;
	return true;
}

void *datafile_place(const Dataset *set, size_t part, size_t at)
{
	bool sparse = set->form == DATASET_SPARSE;

	if (sparse && part == 0)
		return set->sparse.begin + at;
	if (sparse && part == 1)
		return set->sparse.column + at;
	if (sparse && part == 2)
		return set->sparse.value + at;
	if (part == 0)
		return set->form == DATASET_BYTES ? (void *)(set->bytes + at * set->features)
						  : (void *)(set->floats + at * set->features);
	return set->classes ? (void *)(set->labels + at) : (void *)(set->targets + at);
}

/* --- making ----------------------------------------------------------------------------------- */

/* Takes over value, which may be NULL; false when memory is short. */
static bool put(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value) == 0;
}

static json_t *texts_make(const char *const *text, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < n; i++)
		if (json_array_append_new(list, json_string(text[i]))) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *columns_make(const Dataset *about)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < about->features; i++) {
		const Column *column = &about->column[i];
		json_t *row = json_object();
		bool fine = row && put(row, "name",
				       column->name ? json_string(column->name) : json_null());

		if (fine && column->categories)
			fine = put(row, "categories",
				   texts_make(column->category, column->categories));
		if (!fine)
			json_decref(row);
		if (!fine || json_array_append_new(list, row)) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *parts_make(const DataLayout *layout)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < layout->parts; i++) {
		const DataPart *part = &layout->part[i];

		if (json_array_append_new(list, json_pack("{s:s, s:I, s:I}", "name", part->name,
							  "bytes", (json_int_t)part->bytes,
							  "crc32c", (json_int_t)part->crc))) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *header_json(const Dataset *about, const DataLayout *layout)
{
	json_t *header = json_object();
	bool fine = header && put(header, "name", json_string(about->name)) &&
		    put(header, "form", json_string(dataset_form_name(about->form))) &&
		    put(header, "rows", json_integer((json_int_t)about->rows)) &&
		    put(header, "train_rows", json_integer((json_int_t)about->train_rows)) &&
		    put(header, "features", json_integer((json_int_t)about->features)) &&
		    put(header, "entries", json_integer((json_int_t)layout->entries)) &&
		    put(header, "classes", json_integer((json_int_t)about->classes)) &&
		    put(header, "width", json_integer((json_int_t)about->width)) &&
		    put(header, "height", json_integer((json_int_t)about->height)) &&
		    put(header, "byte_scale", json_real((double)about->byte_scale)) &&
		    put(header, "missing", json_boolean(about->missing)) &&
		    put(header, "sha256", json_string(about->sha256)) &&
		    put(header, "columns", about->column ? columns_make(about) : json_null()) &&
		    put(header, "class_names",
			about->class_name ? texts_make(about->class_name, about->classes)
					  : json_null()) &&
		    put(header, "parts", parts_make(layout));

	if (fine)
		return header;
	json_decref(header);
	return NULL;
}

static void put_u32(uint8_t *to, uint32_t value)
{
	for (size_t i = 0; i < 4; i++)
		to[i] = (uint8_t)(value >> 8 * i);
}

static bool header_size(size_t used, size_t room, size_t *len, Err *err)
{
	size_t needs = (DATAFILE_FIXED_BYTES + used + DATAFILE_ALIGN - 1) / DATAFILE_ALIGN *
		       DATAFILE_ALIGN;

	*len = room ? room : needs;
	if (needs > *len)
		return err_set(err, ERR_INTERNAL, "the header outgrew its place");
	return *len <= DATAFILE_HEADER_MAX ||
	       err_set(err, ERR_LIMIT,
		       "names of columns, categories and classes take more than "
		       "%u bytes",
		       DATAFILE_HEADER_MAX);
}

uint8_t *datafile_header_make(const Dataset *about, const DataLayout *layout, size_t room,
			      size_t *len, Err *err)
{
	json_t *header = header_json(about, layout);
	/* 9 digits tell any two floats apart. */
	char *text = header ? json_dumps(header, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
	size_t used = text ? strlen(text) : 0;
	uint8_t *out = NULL;

	if (!text)
		err_set(err, ERR_MEMORY, "no memory for the header, or a name in it is no UTF-8");
	else if (header_size(used, room, len, err)) {
		out = malloc(*len);
		if (!out)
			err_set(err, ERR_MEMORY, "no memory for the header");
	}
	if (out) {
		memset(out, ' ', *len);
		memcpy(out, DATAFILE_MAGIC, DATAFILE_MAGIC_BYTES);
		memcpy(out + DATAFILE_FIXED_BYTES, text, used);
		put_u32(out + 8, (uint32_t)(*len - DATAFILE_FIXED_BYTES));
		put_u32(out + 12,
			crc32c(0, out + DATAFILE_FIXED_BYTES, *len - DATAFILE_FIXED_BYTES));
	}
	free(text);
	json_decref(header);
	return out;
}

/* --- reading ---------------------------------------------------------------------------------- */

static bool get_size(const json_t *header, const char *key, size_t *out, Err *err)
{
	const json_t *value = json_object_get(header, key);
	json_int_t n = json_integer_value(value);

	if (!json_is_integer(value) || n < 0 || (uint64_t)n > SIZE_MAX)
		return err_set(err, ERR_FORMAT, "%s must be a whole number, 0 or above", key);
	*out = (size_t)n;
	return true;
}

static bool get_text(const json_t *header, const char *key, char *out, size_t cap, Err *err)
{
	const char *text = json_string_value(json_object_get(header, key));

	if (!text || strlen(text) >= cap)
		return err_set(err, ERR_FORMAT, "%s must be a text of fewer than %zu bytes", key,
			       cap);
	text_format(out, cap, "%s", text);
	return true;
}

static const char *const *get_texts(const json_t *list, const char *what, Arena *arena, Err *err)
{
	size_t n = json_array_size(list);
	const char **out = arena_take(arena, n, sizeof *out, err);

	for (size_t i = 0; out && i < n; i++) {
		const char *text = json_string_value(json_array_get(list, i));

		if (!text) {
			err_set(err, ERR_FORMAT, "%s %zu is no text", what, i + 1);
			return NULL;
		}
		out[i] = arena_dup_text(arena, text, err);
		if (!out[i])
			return NULL;
	}
	return out;
}

static bool get_column(const json_t *row, Column *out, Arena *arena, Err *err)
{
	const json_t *name = json_object_get(row, "name");
	const json_t *categories = json_object_get(row, "categories");

	*out = (Column){ .categories = json_array_size(categories) };
	if (!json_is_null(name) && !json_is_string(name))
		return err_set(err, ERR_FORMAT, "name must be a text or null");
	if (categories && out->categories == 0)
		return err_set(err, ERR_FORMAT, "categories must be a list of texts");
	if (json_is_string(name)) {
		out->name = arena_dup_text(arena, json_string_value(name), err);
		if (!out->name)
			return false;
	}
	if (out->categories)
		out->category = get_texts(categories, "category", arena, err);
	return !out->categories || out->category;
}

static bool get_columns(const json_t *header, Dataset *about, Err *err)
{
	const json_t *list = json_object_get(header, "columns");
	Column *column;

	if (json_is_null(list))
		return true;
	if (json_array_size(list) != about->features)
		return err_set(err, ERR_FORMAT, "columns has %zu entries, expected %zu",
			       json_array_size(list), about->features);
	column = arena_take(about->arena, about->features, sizeof *column, err);
	for (size_t i = 0; column && i < about->features; i++) {
		if (!get_column(json_array_get(list, i), &column[i], about->arena, err))
			return err_prefix(err, "column %zu", i + 1);
		if (column[i].categories && about->form == DATASET_SPARSE)
			return err_set(err, ERR_FORMAT, "column %zu of sparse rows has categories",
				       i + 1);
	}
	about->column = column;
	return column;
}

static bool get_class_names(const json_t *header, Dataset *about, Err *err)
{
	const json_t *list = json_object_get(header, "class_names");

	if (json_is_null(list))
		return true;
	if (!json_is_array(list) || json_array_size(list) != about->classes)
		return err_set(err, ERR_FORMAT, "class_names has %zu entries, expected %zu",
			       json_array_size(list), about->classes);
	about->class_name = get_texts(list, "class name", about->arena, err);
	return about->class_name;
}

/* Names and bytes must be those that follow from the sizes. */
static bool get_parts(const json_t *header, DataLayout *layout, Err *err)
{
	const json_t *list = json_object_get(header, "parts");

	if (json_array_size(list) != layout->parts)
		return err_set(err, ERR_FORMAT, "there are %zu parts, expected %zu",
			       json_array_size(list), layout->parts);
	for (size_t i = 0; i < layout->parts; i++) {
		const json_t *row = json_array_get(list, i);
		const char *name = json_string_value(json_object_get(row, "name"));
		DataPart *part = &layout->part[i];
		size_t bytes, crc;

		if (!name || strcmp(name, part->name) != 0)
			return err_set(err, ERR_FORMAT, "part %zu is not called %s", i + 1,
				       part->name);
		if (!get_size(row, "bytes", &bytes, err) || !get_size(row, "crc32c", &crc, err))
			return err_prefix(err, "part %s", part->name);
		if (bytes != part->bytes || crc > UINT32_MAX)
			return err_set(err, ERR_FORMAT, "part %s has %zu bytes, expected %" PRIu64,
				       part->name, bytes, part->bytes);
		part->crc = (uint32_t)crc;
	}
	return true;
}

static bool get_about(const json_t *header, Dataset *about, size_t *entries, Err *err)
{
	const json_t *scale = json_object_get(header, "byte_scale");
	const json_t *missing = json_object_get(header, "missing");
	char form[16];

	if (!get_text(header, "name", about->name, sizeof about->name, err) ||
	    !get_text(header, "form", form, sizeof form, err) ||
	    !get_text(header, "sha256", about->sha256, sizeof about->sha256, err) ||
	    !get_size(header, "rows", &about->rows, err) ||
	    !get_size(header, "train_rows", &about->train_rows, err) ||
	    !get_size(header, "features", &about->features, err) ||
	    !get_size(header, "entries", entries, err) ||
	    !get_size(header, "classes", &about->classes, err) ||
	    !get_size(header, "width", &about->width, err) ||
	    !get_size(header, "height", &about->height, err))
		return false;
	if (!dataset_form_find(form, &about->form))
		return err_set(err, ERR_FORMAT, "form must be bytes, floats or sparse");
	if (!json_is_boolean(missing))
		return err_set(err, ERR_FORMAT, "missing must be true or false");
	about->missing = json_is_true(missing);
	about->byte_scale = (float)json_number_value(scale);
	return json_is_number(scale) || err_set(err, ERR_FORMAT, "byte_scale must be a number");
}

static bool header_fill(DataFile *file, const json_t *header, uint64_t body, Err *err)
{
	Dataset *about = &file->about;
	size_t entries;

	if (!get_about(header, about, &entries, err))
		return false;
	if (!datafile_layout(&file->layout, about, entries, body, err)) {
		err->code = ERR_FORMAT;
		return false;
	}
	about->arena = arena_new(16384, err);
	return about->arena && get_columns(header, about, err) &&
	       get_class_names(header, about, err) && get_parts(header, &file->layout, err);
}

bool datafile_header_read(DataFile *file, const char *text, size_t len, uint64_t body, Err *err)
{
	json_error_t fault;
	json_t *header = json_loadb(text, len, JSON_REJECT_DUPLICATES, &fault);
	bool fine;

	/* Short of memory it sometimes leaves no text. */
	if (!header && (!fault.text[0] || json_error_code(&fault) == json_error_out_of_memory))
		return err_set(err, ERR_MEMORY, "no memory for the header");
	if (!header)
		return err_set(err, ERR_FORMAT, "the header is no JSON: %s", fault.text);
	fine = header_fill(file, header, body, err);
	json_decref(header);
	return fine;
}
