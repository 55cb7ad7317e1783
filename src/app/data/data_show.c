/* wattle data show in the worker: what the rows of a dataset hold.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/data/data_job.h"
#include "base/text.h"
#include "data/imported.h"

#define COLUMNS_MAX 256 /* that are told of */
#define VALUES_MAX 32   /* of a row that is shown */
#define CATEGORIES_MAX 32
#define ROWS_SHOWN 5
#define NAME_CUT 64 /* bytes of a name; names of a file may be of any length */
#define CHUNK_FLOATS 65536

/* --- names ------------------------------------------------------------------------------------ */

static json_t *cut_json(const char *name)
{
	char cut[NAME_CUT];

	text_format(cut, sizeof cut, "%s", name);
	return json_string(cut);
}

static json_t *class_json(const Dataset *set, size_t k)
{
	return set->class_name ? cut_json(set->class_name[k]) : json_sprintf("%zu", k);
}

/* --- columns ---------------------------------------------------------------------------------- */

typedef struct ColumnSum {
	double least, most, sum;
	size_t count, missing, nonzero;
} ColumnSum;

static void sum_value(ColumnSum *sum, float value)
{
	if (isnan(value)) {
		sum->missing++;
		return;
	}
	sum->least = sum->count == 0 || value < sum->least ? value : sum->least;
	sum->most = sum->count == 0 || value > sum->most ? value : sum->most;
	sum->sum += value;
	sum->nonzero += value != 0;
	sum->count++;
}

static bool sum_dense(ColumnSum *sum, size_t columns, const Rows *rows, Control *control, Err *err)
{
	size_t features = rows->set->features, step = CHUNK_FLOATS / features + 1;
	float *x = malloc(step * features * sizeof *x);
	bool fine = x || err_set(err, ERR_MEMORY, "no memory to look at the rows");

	for (size_t at = 0; fine && at < rows->count; at += step) {
		size_t n = rows->count - at < step ? rows->count - at : step;

		fine = control_poll(control, err);
		rows_floats(rows, at, n, x);
		for (size_t i = 0; i < n; i++)
			for (size_t j = 0; j < columns; j++)
				sum_value(&sum[j], x[i * features + j]);
	}
	free(x);
	return fine;
}

/* What is not written is 0. */
static bool sum_sparse(ColumnSum *sum, size_t columns, const Rows *rows, Control *control, Err *err)
{
	for (size_t i = 0; i < rows->count; i++) {
		SparseRow row = rows_sparse(rows, i);

		if (i % 4096 == 0 && !control_poll(control, err))
			return false;
		for (size_t e = 0; e < row.count; e++)
			if (row.column[e] < columns)
				sum_value(&sum[row.column[e]], row.value[e]);
	}
	for (size_t j = 0; j < columns; j++)
		if (sum[j].count + sum[j].missing < rows->count) {
			size_t nonzero = sum[j].nonzero;

			sum_value(&sum[j], 0);
			sum[j].count = rows->count - sum[j].missing;
			sum[j].nonzero = nonzero;
		}
	return true;
}

static void set_range(json_t *json, const ColumnSum *sum)
{
	bool some = sum->count > 0;

	json_object_set_new(json, "min", some ? json_real(sum->least) : json_null());
	json_object_set_new(json, "max", some ? json_real(sum->most) : json_null());
	json_object_set_new(json, "mean",
			    some ? json_real(sum->sum / (double)sum->count) : json_null());
}

static json_t *column_json(const Dataset *set, size_t j, const ColumnSum *sum)
{
	const Column *column = set->column ? &set->column[j] : NULL;
	json_t *json = json_object(), *categories = json_array();

	json_object_set_new(json, "name",
			    column && column->name ? cut_json(column->name)
						   : json_sprintf("%zu", j + 1));
	set_range(json, sum);
	json_object_set_new(json, "missing", json_integer((json_int_t)sum->missing));
	json_object_set_new(json, "nonzero", json_integer((json_int_t)sum->nonzero));
	json_object_set_new(json, "categories",
			    json_integer(column ? (json_int_t)column->categories : 0));
	for (size_t k = 0; column && k < column->categories && k < CATEGORIES_MAX; k++)
		json_array_append_new(categories, cut_json(column->category[k]));
	json_object_set_new(json, "category", categories);
	return json;
}

/* Pixels are shown as pictures, not one by one. */
static bool add_columns(json_t *record, const Rows *all, Control *control, Err *err)
{
	const Dataset *set = all->set;
	size_t columns = set->features < COLUMNS_MAX ? set->features : COLUMNS_MAX;
	json_t *list = json_array();

	json_object_set_new(record, "columns", list);
	if (set->width)
		return true;
	ColumnSum *sum = calloc(columns, sizeof *sum);
	bool fine = sum || err_set(err, ERR_MEMORY, "no memory to look at the columns");

	if (fine)
		fine = set->form == DATASET_SPARSE ? sum_sparse(sum, columns, all, control, err)
						   : sum_dense(sum, columns, all, control, err);
	for (size_t j = 0; fine && j < columns; j++)
		json_array_append_new(list, column_json(set, j, &sum[j]));
	free(sum);
	return fine;
}

/* --- labels and numbers to predict ------------------------------------------------------------ */

static void add_labels(json_t *record, const Dataset *set)
{
	size_t train[DATASET_CLASSES_MAX] = { 0 }, test[DATASET_CLASSES_MAX] = { 0 };
	json_t *list = json_array();

	for (size_t i = 0; i < set->rows; i++)
		(i < set->train_rows ? train : test)[set->labels[i]]++;
	for (size_t k = 0; k < set->classes; k++)
		json_array_append_new(list, json_pack("{s:o, s:I, s:I}", "name", class_json(set, k),
						      "train", (json_int_t)train[k], "test",
						      (json_int_t)test[k]));
	json_object_set_new(record, "labels", list);
}

static void add_targets(json_t *record, const Dataset *set)
{
	json_t *json = json_object();
	ColumnSum sum = { .count = 0 };

	for (size_t i = 0; i < set->rows; i++)
		sum_value(&sum, set->targets[i]);
	set_range(json, &sum);
	json_object_set_new(record, "labels", json_array());
	json_object_set_new(record, "target", json);
}

/* --- the first rows --------------------------------------------------------------------------- */

static json_t *value_json(const Dataset *set, size_t j, float value)
{
	const Column *column = set->column ? &set->column[j] : NULL;

	if (isnan(value))
		return json_null();
	if (column && column->categories && value < (float)column->categories)
		return cut_json(column->category[(size_t)value]);
	return json_real(value);
}

static json_t *entries_json(const Rows *rows, size_t i)
{
	SparseRow row = rows_sparse(rows, i);
	json_t *list = json_array();

	for (size_t e = 0; e < row.count && e < VALUES_MAX; e++) {
		const Column *column = rows->set->column;
		json_t *name = column && column[row.column[e]].name
				       ? cut_json(column[row.column[e]].name)
				       : json_sprintf("%u", row.column[e] + 1);

		json_array_append_new(list, json_pack("{s:o, s:f}", "column", name, "value",
						      (double)row.value[e]));
	}
	return list;
}

static json_t *row_json(const Rows *rows, size_t i, float *x)
{
	const Dataset *set = rows->set;
	json_t *json = json_object(), *values = json_array();

	if (set->classes)
		json_object_set_new(json, "label", class_json(set, rows_label(rows, i)));
	else
		json_object_set_new(json, "target", json_real(rows_target(rows, i)));
	if (set->form == DATASET_SPARSE) {
		json_object_set_new(json, "entries", entries_json(rows, i));
	} else {
		rows_floats(rows, i, 1, x);
		for (size_t j = 0; j < set->features && j < VALUES_MAX; j++)
			json_array_append_new(values, value_json(set, j, x[j]));
	}
	json_object_set_new(json, "values", values);
	return json;
}

static bool add_rows(json_t *record, const Rows *all, Err *err)
{
	json_t *list = json_array();
	float *x = malloc(all->set->features * sizeof *x);

	json_object_set_new(record, "rows", list);
	if (!x)
		return err_set(err, ERR_MEMORY, "no memory for a row");
	for (size_t i = 0; i < all->count && i < ROWS_SHOWN && !all->set->width; i++)
		json_array_append_new(list, row_json(all, i, x));
	free(x);
	return true;
}

/* --- pictures --------------------------------------------------------------------------------- */

#define PICTURES_MAX 6
#define PICTURE_COLUMNS 78
#define PICTURE_SMALL 16 /* pixels; so small an image gets two characters a pixel */

/* Characters are about twice as high as wide: a small pixel is two of them, of a large image two
 * pixels, one above the other, share one. */
static json_t *picture_json(const Dataset *set, size_t row)
{
	static const char shades[] = " .:-=+*#%@";
	bool small = set->width <= PICTURE_SMALL;
	size_t down = small ? 1 : 2;
	const uint8_t *pixel = set->bytes + row * set->features;
	float most = set->byte_scale > 0 ? 1 / set->byte_scale : 255;
	json_t *lines = json_array();
	char line[PICTURE_COLUMNS + 1];

	for (size_t y = 0; y < set->height; y += down) {
		size_t at = 0;

		for (size_t x = 0; x < set->width && at + 1 < PICTURE_COLUMNS; x++) {
			float ink = pixel[y * set->width + x];

			if (down == 2 && y + 1 < set->height)
				ink = (ink + pixel[(y + 1) * set->width + x]) / 2;
			float shade = ink / most * 9 + 0.5f;
			char c = shades[shade < 0 ? 0 : shade > 9 ? 9 : (int)shade];

			line[at++] = c;
			if (small)
				line[at++] = c;
		}
		json_array_append_new(lines, json_stringn(line, at));
	}
	return json_pack("{s:o, s:o}", "label",
			 set->classes ? class_json(set, set->labels[row])
				      : json_sprintf("%g", (double)set->targets[row]),
			 "lines", lines);
}

/* The first image of each of the first classes, as many as a terminal has room for. */
static void add_pictures(json_t *record, const Dataset *set)
{
	json_t *list = json_array();
	size_t wide = (set->width <= PICTURE_SMALL ? 2 * set->width : set->width) + 2;
	size_t most = wide < PICTURE_COLUMNS ? PICTURE_COLUMNS / wide : 1;
	bool shown[DATASET_CLASSES_MAX] = { false };

	json_object_set_new(record, "pictures", list);
	if (!set->width || set->form != DATASET_BYTES || set->features != set->width * set->height)
		return;
	for (size_t i = 0; i < set->train_rows; i++) {
		size_t k = set->classes ? set->labels[i] : i % DATASET_CLASSES_MAX;

		if (json_array_size(list) == most || json_array_size(list) == PICTURES_MAX)
			return;
		if (!shown[k])
			json_array_append_new(list, picture_json(set, i));
		shown[k] = true;
	}
}

/* --- all of it -------------------------------------------------------------------------------- */

static bool add_content(const DataJob *job, json_t *record, const Dataset *set, Err *err)
{
	const Rows all = { .set = set, .count = set->rows };

	if (set->classes)
		add_labels(record, set);
	else
		add_targets(record, set);
	add_pictures(record, set);
	return add_columns(record, &all, job->control, err) && add_rows(record, &all, err);
}

static void add_nothing(json_t *record)
{
	static const char *const lists[] = { "labels", "columns", "rows", "pictures" };

	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		json_object_set_new(record, lists[i], json_array());
}

bool data_job_show(const DataJob *job, Err *err)
{
	const char *name = json_string_value(json_object_get(job->wish, "name"));
	const DataSource *source = name ? data_source_find(name) : NULL;
	char path[IMPORTED_PATH_MAX];
	bool imported = name && !source && imported_find(name, job->paths, path);
	/* First: it tells the nearest name, and of a damaged file. A set that is not here is shown
	 * without its rows. */
	Dataset *set = dataset_load(name ? name : "", job->paths, NULL, job->control, err);

	if (!set && !source && !imported)
		err->code = ERR_USAGE;
	if (!set && !(source && err->code == ERR_NEED))
		return false;
	err->code = ERR_NONE;
	json_t *record = data_job_about(job, "data-show", source, imported ? path : NULL, err);
	bool fine = record != NULL;

	if (fine && set)
		fine = add_content(job, record, set, err);
	else if (fine)
		add_nothing(record);
	dataset_free(set);
	if (fine)
		return record_out_put(job->out, record, err);
	json_decref(record);
	return false;
}
