/* Reads the table of points that people gave.
 * SPDX-License-Identifier: MIT */
#include "app/grading/by_hand.h"

#include <stdlib.h>

#include "app/grading/cells.h"
#include "data/number.h"

#define ROWS_MAX 1000000
#define POINTS_MAX 1e6

enum { STUDENT, EXERCISE, POINTS, MAX, LESSON, CHECK, COLUMNS };

static const char *const names[COLUMNS] = {
	[STUDENT] = "student", [EXERCISE] = "exercise", [POINTS] = "points",
	[MAX] = "max",         [LESSON] = "lesson",     [CHECK] = "check",
};

static bool read_head(CsvRecords *csv, size_t column[COLUMNS])
{
	for (size_t i = 0; i < COLUMNS; i++)
		column[i] = cells_column(csv, names[i]);
	for (size_t i = 0; i <= MAX; i++)
		if (column[i] == CELLS_NONE)
			return err_set(csv->err, ERR_FORMAT,
				       "%s:1: it has no column '%s'; fill in what wattle grade "
				       "--out writes",
				       lines_name(csv->lines), names[i]);
	return true;
}

static bool is_empty(const CsvRecords *csv, size_t field)
{
	return field >= csv->count || csv->field[field].len == 0;
}

static bool read_number(CsvRecords *csv, size_t column, double *out)
{
	char text[TABLE_CUT_MAX];
	TablePlace place = csv_place(csv, column);
	if (is_empty(csv, column))
		return table_fault(csv->err, ERR_FORMAT, &place, "points of how many?");
	const char *cell = csv_text(csv, column);
	size_t len = csv->field[column].len;
	if (number_read(cell, len, out) == NUMBER_FINE && *out >= 0 && *out <= POINTS_MAX)
		return true;
	return table_fault(csv->err, ERR_FORMAT, &place,
			   "'%s' is no number of points; write 3 or 2.5",
			   table_cut(text, cell, len));
}

static bool add_row(ByHand *out, CsvRecords *csv, const size_t column[COLUMNS])
{
	TablePlace place = csv_place(csv, column[POINTS]);
	if (out->count == ROWS_MAX)
		return table_fault(csv->err, ERR_FORMAT, &place, "more than %d rows", ROWS_MAX);
	if (!table_grow((void **)&out->row, out->count, &out->room, sizeof *out->row, place.file,
			csv->err))
		return false;
	HandRow *row = &out->row[out->count];
	*row = (HandRow){ .line = csv->line.number };
	cells_text(csv, column[STUDENT], row->student, sizeof row->student);
	cells_text(csv, column[EXERCISE], row->exercise, sizeof row->exercise);
	cells_text(csv, column[LESSON], row->lesson, sizeof row->lesson);
	cells_text(csv, column[CHECK], row->check, sizeof row->check);
	if (!cells_check(csv, column[STUDENT]) || !cells_check(csv, column[EXERCISE]) ||
	    !cells_check(csv, column[CHECK]) || !read_number(csv, column[POINTS], &row->points) ||
	    !read_number(csv, column[MAX], &row->max))
		return false;
	if (row->points > row->max)
		return table_fault(csv->err, ERR_FORMAT, &place, "%g points of %g", row->points,
				   row->max);
	out->count++;
	return true;
}

static bool read_lines(ByHand *out, Lines *lines, Err *err)
{
	size_t column[COLUMNS];
	CsvRecords csv = { .lines = lines, .err = err, .columns_max = CELLS_COLUMNS_MAX };
	bool ok = csv_next(&csv, 0) && read_head(&csv, column);
	for (size_t row = 1; ok && (ok = csv_next(&csv, row)) && csv.count; row++)
		ok = is_empty(&csv, column[POINTS]) || add_row(out, &csv, column);
	csv_records_done(&csv);
	return ok;
}

static bool read_table(ByHand *out, const char *path, const uint8_t *bytes, size_t len,
		       const char *name, Err *err)
{
	const TableLimits limits = { .line_bytes = (size_t)1 << 18, .bytes = (size_t)1 << 28 };
	*out = (ByHand){ .row = NULL };
	Lines *lines = lines_open(path, bytes, len, name, &limits, NULL, err);
	bool ok = lines && read_lines(out, lines, err);
	lines_close(lines);
	if (!ok)
		by_hand_done(out);
	return ok;
}

bool by_hand_read(ByHand *out, const char *path, Err *err)
{
	return read_table(out, path, NULL, 0, NULL, err);
}

bool by_hand_parse(ByHand *out, const uint8_t *bytes, size_t len, const char *name, Err *err)
{
	return read_table(out, NULL, bytes, len, name, err);
}

void by_hand_done(ByHand *hand)
{
	free(hand->row);
	*hand = (ByHand){ .row = NULL };
}
