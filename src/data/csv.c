/* Reads tables from CSV: finds the header, the kinds of the columns, and fills the rows.
 * SPDX-License-Identifier: MIT */
#include "data/csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "data/csv_record.h"
#include "data/lines.h"
#include "data/number.h"

#define CSV_POLL 65536 /* values between two looks at control */

typedef struct CsvColumn {
	bool category;
	bool filled; /* has a value that is not missing */
	Categories categories;
	/* The first number that is infinite or does not fit; row 0: none. An error unless the column
	 * turns out to hold categories. */
	size_t bad_row, bad_line;
	NumberIs bad;
} CsvColumn;

typedef struct Csv {
	CsvOptions options;
	CsvRecords records;
	Lines *lines;
	Dataset *out;
	Control *control;
	Err *err;
	size_t columns; /* the label too */
	size_t label;
	bool header;
	const char **name; /* (columns), the arena's */
	CsvColumn *column; /* (columns) */
	TableLabels labels;
	float *floats; /* (rows, columns − 1) */
	size_t rows, room;
	bool again;   /* what was stored is void: a column turned out to hold categories */
	bool whole;   /* all values so far are whole numbers, 0 to 255 */
	bool missing; /* a value is */
} Csv;

/* --- the first record ------------------------------------------------------------------------- */

static bool csv_is_header(const Csv *c)
{
	double value;

	if (c->options.header != CSV_HEADER_AUTO)
		return c->options.header == CSV_HEADER_YES;
	for (size_t k = 0; k < c->records.count; k++)
		if (number_read(csv_text(&c->records, k), c->records.field[k].len, &value) !=
		    NUMBER_NOT)
			return false;
	return true;
}

static bool csv_name(Csv *c, size_t k)
{
	char number[24];
	const char *text = csv_text(&c->records, k);
	size_t len = c->records.field[k].len;
	char *copy;

	if (!c->header || !len) {
		len = text_format(number, sizeof number, "%zu", k + 1);
		text = number;
	}
	copy = arena_take(c->out->arena, len + 1, 1, c->err);
	if (!copy)
		return false;
	memcpy(copy, text, len);
	c->name[k] = copy;
	return true;
}

static int csv_compare_names(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Two columns of one name could not be told apart. sorted has room for all the names. */
static bool csv_names_differ(Csv *c, const char **sorted)
{
	char cut[TABLE_CUT_MAX];

	memcpy(sorted, c->name, c->columns * sizeof *sorted);
	qsort(sorted, c->columns, sizeof *sorted, csv_compare_names);
	for (size_t k = 1; k < c->columns; k++)
		if (strcmp(sorted[k - 1], sorted[k]) == 0)
			return err_set(c->err, ERR_FORMAT,
				       "%s: two columns are called '%s'; rename one of them",
				       lines_name(c->lines),
				       table_cut(cut, sorted[k], strlen(sorted[k])));
	sorted[c->columns] = NULL;
	return true;
}

static bool csv_find_label(Csv *c, const char *const *names)
{
	const char *label = c->options.label;
	char hint[TEXT_HINT_MAX], first[TABLE_CUT_MAX];

	c->label = c->columns - 1;
	if (!label)
		return true;
	for (c->label = 0; c->label < c->columns; c->label++)
		if (strcmp(c->name[c->label], label) == 0)
			return true;
	text_did_you_mean(hint, label, names);
	return err_set(c->err, ERR_ARGUMENT,
		       "%s: no column '%s' for the label%s; the first is '%s'%s",
		       lines_name(c->lines), label, hint,
		       table_cut(first, c->name[0], strlen(c->name[0])),
		       c->header ? "" : " (the file has no header)");
}

/* Takes the columns from the first record. */
static bool csv_columns(Csv *c)
{
	const char **sorted;
	bool fine;

	c->columns = c->records.count;
	c->header = csv_is_header(c);
	if (c->columns < 2)
		return err_set(
			c->err, ERR_FORMAT,
			"%s: line %zu has one column, where a label and a feature are needed; "
			"is the separator another than '%c'?",
			lines_name(c->lines), c->records.line.number, c->records.separator);
	c->name = arena_take(c->out->arena, c->columns, sizeof *c->name, c->err);
	c->column = calloc(c->columns, sizeof *c->column);
	sorted = calloc(c->columns + 1, sizeof *sorted);
	fine = c->name != NULL;
	if (fine && (!c->column || !sorted))
		fine = err_set(c->err, ERR_MEMORY, "no memory for %zu columns", c->columns);
	for (size_t k = 0; fine && k < c->columns; k++) {
		c->column[k].categories.arena = c->out->arena;
		fine = csv_name(c, k);
	}
	fine = fine && csv_names_differ(c, sorted) && csv_find_label(c, sorted);
	free(sorted);
	c->records.name = c->name;
	c->records.names = fine ? c->columns : 0;
	return fine;
}

/* --- rows ------------------------------------------------------------------------------------- */

static bool csv_category(Csv *c, size_t k, const char *text, size_t len, float *out)
{
	CsvColumn *column = &c->column[k];
	size_t most = c->options.limits.categories;
	uint32_t number;

	if (!categories_number(&column->categories, text, len, &number, c->err))
		return false;
	*out = (float)number;
	if (column->categories.count <= most)
		return true;
	TablePlace place = csv_place(&c->records, k);
	char cut[TABLE_CUT_MAX];

	return table_fault(c->err, ERR_LIMIT, &place,
			   "'%s' is one different text too many: %zu are allowed. Free text and "
			   "identifiers cannot be learned from; remove the column",
			   table_cut(cut, text, len), most);
}

static bool csv_value(Csv *c, size_t k, float *out)
{
	CsvColumn *column = &c->column[k];
	const char *text = csv_text(&c->records, k);
	size_t len = c->records.field[k].len;
	double value;
	NumberIs is = column->category ? NUMBER_NOT : number_read(text, len, &value);

	if (is == NUMBER_FINE) {
		column->filled = true;
		*out = (float)value;
		c->whole = c->whole && value >= 0 && value <= 255 && value == floor(value);
		return true;
	}
	c->whole = false;
	if (is == NUMBER_NAN || table_missing(text, len)) {
		*out = NAN;
		c->missing = true;
		return true;
	}
	if (is != NUMBER_NOT) {
		if (!column->bad_row) {
			column->bad_row = c->records.row;
			column->bad_line = c->records.line.number;
			column->bad = is;
		}
		column->filled = true;
		*out = 0;
		return true;
	}
	if (!column->category) {
		column->category = true;
		c->again |= column->filled;
	}
	column->filled = true;
	return csv_category(c, k, text, len, out);
}

static bool csv_ragged(Csv *c)
{
	TablePlace place = csv_place(&c->records, SIZE_MAX);

	return table_fault(c->err, ERR_FORMAT, &place, "has %zu fields, where the %s has %zu; %s",
			   c->records.count, c->header ? "header" : "first row", c->columns,
			   c->records.count < c->columns
				   ? "fill in what is missing (nothing between two separators is a "
				     "missing value)"
				   : "put fields that hold the separator in quotes");
}

static bool csv_row(Csv *c)
{
	CsvRecords *r = &c->records;
	size_t features = c->columns - 1, values;
	float *out;

	if (r->count != c->columns)
		return csv_ragged(c);
	if (c->rows == c->options.limits.rows)
		return err_set(c->err, ERR_LIMIT,
			       "%s: has more than the %zu rows allowed; raise the limit, or read a "
			       "part of it",
			       lines_name(c->lines), c->rows);
	if (!size_mul(features, sizeof *c->floats, &values) ||
	    !table_grow((void **)&c->floats, c->rows, &c->room, values, lines_name(c->lines),
			c->err))
		return false;
	out = c->floats + c->rows * features;
	for (size_t k = 0; k < c->columns; k++)
		if (k != c->label && !csv_value(c, k, out++))
			return false;
	TablePlace place = csv_place(r, c->label);

	if (!table_label_add(&c->labels, csv_text(r, c->label), r->field[c->label].len, &place,
			     c->err))
		return false;
	c->rows++;
	return true;
}

/* Once through the file, from its first line. */
static bool csv_pass(Csv *c)
{
	bool first = true;

	for (;; first = false) {
		bool header = first && (!c->columns || c->header);

		if (!csv_next(&c->records, header ? 0 : c->rows + 1))
			return false;
		if (!c->records.count)
			return true;
		if (first && !c->columns && !csv_columns(c))
			return false;
		if (first && c->header)
			continue;
		c->records.row = c->rows + 1;
		if (!csv_row(c))
			return false;
	}
}

/* Makes ready for the second pass: the kinds of columns are known now, their content is not. */
static bool csv_start_again(Csv *c)
{
	for (size_t k = 0; k < c->columns; k++) {
		categories_done(&c->column[k].categories);
		c->column[k].filled = false;
		c->column[k].bad_row = 0;
	}
	table_labels_done(&c->labels);
	c->rows = 0;
	c->again = c->missing = false;
	return lines_again(c->lines) && csv_pass(c) &&
	       (!c->again ||
		err_set(c->err, ERR_FILE, "%s: changed while it was read", lines_name(c->lines)));
}

/* --- the dataset ------------------------------------------------------------------------------ */

static bool csv_check(Csv *c)
{
	const char *file = lines_name(c->lines);

	if (!c->columns)
		return err_set(c->err, ERR_FORMAT, "%s: is empty; a header and rows are expected",
			       file);
	if (!c->rows)
		return err_set(c->err, ERR_FORMAT, "%s: has a header (line 1), but no rows", file);
	for (size_t k = 0; k < c->columns; k++) {
		const CsvColumn *column = &c->column[k];
		TablePlace place = { file, column->bad_row, column->bad_line, k + 1, c->name[k] };

		if (k == c->label)
			continue;
		if (!column->filled) {
			char cut[TABLE_CUT_MAX];

			return err_set(c->err, ERR_FORMAT,
				       "%s: column %zu '%s' has no value in any row; remove it",
				       file, k + 1, table_cut(cut, c->name[k], strlen(c->name[k])));
		}
		if (column->bad_row && !column->category)
			return table_fault(c->err, ERR_FORMAT, &place,
					   "the number is %s; leave the field empty when it is "
					   "missing, or remove the row",
					   column->bad == NUMBER_INFINITE ? "infinite"
									  : "too large");
	}
	return true;
}

static bool csv_sort_column(Csv *c, CsvColumn *column, size_t feature, Column *out)
{
	size_t features = c->columns - 1;
	uint32_t *rank = categories_sort(&column->categories, &out->category, c->err);

	if (!rank)
		return false;
	out->categories = column->categories.count;
	bool fine = true;

	for (size_t i = 0; fine && i < c->rows; i++) {
		float *value = &c->floats[i * features + feature];

		if (!isnan(*value))
			*value = (float)rank[(size_t)*value];
		fine = i % CSV_POLL || control_poll(c->control, c->err);
	}
	free(rank);
	return fine;
}

static bool csv_names(Csv *c)
{
	Column *columns = arena_take(c->out->arena, c->columns - 1, sizeof *columns, c->err);
	bool wanted = c->header;
	size_t feature = 0;

	if (!columns)
		return false;
	for (size_t k = 0; k < c->columns; k++) {
		if (k == c->label)
			continue;
		columns[feature].name = c->name[k];
		if (c->column[k].category) {
			wanted = true;
			if (!csv_sort_column(c, &c->column[k], feature, &columns[feature]))
				return false;
		}
		feature++;
	}
	c->out->column = wanted ? columns : NULL;
	return true;
}

/* Gives the features to the dataset, as bytes when they are wanted and can be. */
static bool csv_features(Csv *c)
{
	Dataset *out = c->out;
	size_t cells = c->rows * (c->columns - 1);

	if (!c->options.bytes || !c->whole) {
		float *fitting = realloc(c->floats, cells * sizeof *fitting);

		free(out->floats);
		out->floats = fitting ? fitting : c->floats;
		c->floats = NULL;
		out->form = DATASET_FLOATS;
		out->missing = c->missing;
		return true;
	}
	free(out->bytes);
	out->bytes = malloc(cells);
	if (!out->bytes)
		return err_set(c->err, ERR_MEMORY, "no memory for %zu bytes", cells);
	for (size_t i = 0; i < cells; i++) {
		out->bytes[i] = (uint8_t)c->floats[i];
		if (i % CSV_POLL == 0 && !control_poll(c->control, c->err))
			return false;
	}
	free(out->floats);
	out->floats = NULL;
	out->form = DATASET_BYTES;
	return true;
}

static bool csv_give(Csv *c)
{
	Dataset *out = c->out;

	if (!csv_check(c) || !csv_names(c) || !csv_features(c) ||
	    !table_labels_move(&c->labels, out, lines_name(c->lines), c->err))
		return false;
	out->rows = c->rows;
	out->features = c->columns - 1;
	lines_sha256(c->lines, out->sha256);
	text_format(out->from, sizeof out->from, "%s", lines_name(c->lines));
	return true;
}

static size_t csv_limit(size_t asked, size_t usual)
{
	return asked ? asked : usual;
}

bool csv_fill(Dataset *out, const char *path, const uint8_t *bytes, size_t len,
	      const CsvOptions *options, Control *control, Err *err)
{
	Csv c = { .out = out, .control = control, .err = err, .whole = true };
	TableLimits *limits = &c.options.limits;
	bool fine = false;

	if (options)
		c.options = *options;
	if (c.options.separator && strchr("\"\r\n \0", c.options.separator))
		return err_set(err, ERR_ARGUMENT, "the separator cannot be a quote or a blank");
	limits->rows = csv_limit(limits->rows, TABLE_ROWS);
	limits->categories = csv_limit(limits->categories, TABLE_CATEGORIES);
	if (!out->arena)
		out->arena = arena_new(4096, err);
	if (!out->arena)
		return false;
	c.labels = (TableLabels){ .task = c.options.task, .classes.arena = out->arena };
	c.lines = lines_open(bytes ? NULL : path, bytes, len, path, limits, control, err);
	if (!c.lines)
		return false;
	c.records = (CsvRecords){ .lines = c.lines,
				  .err = err,
				  .columns_max = csv_limit(limits->columns, TABLE_COLUMNS),
				  .separator = c.options.separator };
	fine = csv_pass(&c) && (!c.again || csv_start_again(&c)) && csv_give(&c);
	for (size_t k = 0; c.column && k < c.columns; k++)
		categories_done(&c.column[k].categories);
	free(c.column);
	free(c.floats);
	table_labels_done(&c.labels);
	csv_records_done(&c.records);
	lines_close(c.lines);
	return fine;
}

static Dataset *csv_new(const char *path, const uint8_t *bytes, size_t len,
			const CsvOptions *options, Control *control, Err *err)
{
	char name[DATASET_NAME_MAX];
	Dataset *d = dataset_new(table_name(name, path), DATASET_FLOATS, 0, 0, 0, 0, err);

	if (!d)
		return NULL;
	if (csv_fill(d, path, bytes, len, options, control, err)) {
		d->train_rows = d->rows;
		return d;
	}
	dataset_free(d);
	return NULL;
}

Dataset *csv_read(const char *path, const CsvOptions *options, Control *control, Err *err)
{
	return csv_new(path, NULL, 0, options, control, err);
}

Dataset *csv_read_memory(const uint8_t *bytes, size_t len, const char *name,
			 const CsvOptions *options, Control *control, Err *err)
{
	return csv_new(name, bytes ? bytes : (const uint8_t *)"", len, options, control, err);
}
