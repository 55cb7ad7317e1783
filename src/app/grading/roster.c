/* Rosters by the reader of CSV files.
 * SPDX-License-Identifier: MIT */
#include "app/grading/roster.h"

#include <stdlib.h>
#include <string.h>

#include "app/grading/cells.h"
#include "app/grading/submission.h"
#include "base/list.h"

typedef struct Columns {
	size_t student, email, number;
} Columns;

static char *copy(const char *text)
{
	return text && *text ? strdup(text) : NULL;
}

size_t roster_find(const Roster *roster, const char *student)
{
	size_t i = 0;
	while (i < roster->count && strcmp(roster->entry[i].student, student) != 0)
		i++;
	return i;
}

bool roster_add(Roster *roster, const char *student, const char *email, const char *number,
		Err *err)
{
	RosterEntry *more = list_room(roster->entry, roster->count, &roster->room, sizeof *more);
	if (!more)
		return err_set(err, ERR_MEMORY, "no memory for the roster");
	roster->entry = more;
	RosterEntry *entry = &roster->entry[roster->count];
	*entry = (RosterEntry){ copy(student), copy(email), copy(number) };
	if (!entry->student)
		return err_set(err, ERR_MEMORY, "no memory for the roster");
	roster->count++;
	return true;
}

void roster_done(Roster *roster)
{
	for (size_t i = 0; i < roster->count; i++) {
		free(roster->entry[i].student);
		free(roster->entry[i].email);
		free(roster->entry[i].number);
	}
	free(roster->entry);
	*roster = (Roster){ .entry = NULL };
}

static bool read_head(CsvRecords *csv, Columns *columns)
{
	static const char *const names[] = { "student", "ID number", "Email address",
					     "SID",     "id",        "email" };
	columns->student = CELLS_NONE;
	for (size_t i = 0; columns->student == CELLS_NONE && i < sizeof names / sizeof *names; i++)
		columns->student = cells_column(csv, names[i]);
	columns->email = cells_column(csv, "Email address");
	if (columns->email == CELLS_NONE)
		columns->email = cells_column(csv, "email");
	columns->number = cells_column(csv, "ID number");
	if (columns->student != CELLS_NONE)
		return true;
	return err_set(csv->err, ERR_FORMAT,
		       "%s:1: no column tells who a student is; call it student, ID number, Email "
		       "address or SID",
		       lines_name(csv->lines));
}

/* Grades go back by them unchanged, in UTF-8, and none may be what a spreadsheet would take for a
 * formula. */
static bool check_key(CsvRecords *csv, size_t column, const char *key)
{
	if (!cells_check(csv, column))
		return false;
	if (!*key || !strchr("=+-@", *key))
		return true;
	TablePlace place = csv_place(csv, column);
	return table_fault(csv->err, ERR_FORMAT, &place,
			   "'%s' begins with %c: spreadsheets would take it for a formula", key,
			   *key);
}

static bool read_row(Roster *out, CsvRecords *csv, const Columns *columns)
{
	char student[2 * SUBMISSION_NAME_MAX], email[SUBMISSION_NAME_MAX],
		number[SUBMISSION_NAME_MAX];
	cells_text(csv, columns->student, student, sizeof student);
	cells_text(csv, columns->email, email, sizeof email);
	cells_text(csv, columns->number, number, sizeof number);
	TablePlace place = csv_place(csv, columns->student);
	if (!submission_name_ok(student))
		return table_fault(csv->err, ERR_FORMAT, &place,
				   "the name of a student has 1 to %d printable bytes",
				   SUBMISSION_NAME_MAX - 1);
	if (!check_key(csv, columns->student, student) || !check_key(csv, columns->email, email) ||
	    !check_key(csv, columns->number, number))
		return false;
	if (roster_find(out, student) < out->count)
		return table_fault(csv->err, ERR_FORMAT, &place, "'%s' stands here a second time",
				   student);
	if (out->count == ROSTER_STUDENTS_MAX)
		return table_fault(csv->err, ERR_FORMAT, &place, "more than %d students",
				   ROSTER_STUDENTS_MAX);
	return roster_add(out, student, email, number, csv->err);
}

static bool read_lines(Roster *out, Lines *lines, Err *err)
{
	Columns columns;
	CsvRecords csv = { .lines = lines, .err = err, .columns_max = CELLS_COLUMNS_MAX };
	bool ok = csv_next(&csv, 0) && read_head(&csv, &columns);
	for (size_t row = 1; ok && (ok = csv_next(&csv, row)) && csv.count; row++)
		ok = read_row(out, &csv, &columns);
	csv_records_done(&csv);
	return ok;
}

static bool read_table(Roster *out, const char *path, const uint8_t *bytes, size_t len,
		       const char *name, Err *err)
{
	const TableLimits limits = { .line_bytes = (size_t)1 << 16, .bytes = (size_t)1 << 26 };
	*out = (Roster){ .entry = NULL };
	Lines *lines = lines_open(path, bytes, len, name, &limits, NULL, err);
	bool ok = lines && read_lines(out, lines, err);
	lines_close(lines);
	if (ok && out->count == 0)
		ok = err_set(err, ERR_FORMAT, "%s: nobody stands on the roster",
			     path ? path : name);
	if (!ok)
		roster_done(out);
	return ok;
}

bool roster_read(Roster *out, const char *path, Err *err)
{
	return read_table(out, path, NULL, 0, NULL, err);
}

bool roster_parse(Roster *out, const uint8_t *bytes, size_t len, const char *name, Err *err)
{
	return read_table(out, NULL, bytes, len, name, err);
}
