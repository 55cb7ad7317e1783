/* A row for each check: everything that is known, for spreadsheets and programs.
 *
 * CSV by RFC 4180, section 2, which lab/table.h keeps to: records end with CR LF, the last one too;
 * a header, of as many fields as each record has; fields with a comma, a quote or the end of a line
 * stand in quotes, and a quote in them is doubled; spaces belong to a field. Beyond the RFC: UTF-8,
 * numbers with a point, and no field that a spreadsheet takes for a formula.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "app/grading/format.h"
#include "base/record.h"
#include "base/text.h"

enum {
	COLUMN_STUDENT,
	COLUMN_LESSON,
	COLUMN_EXERCISE,
	COLUMN_CHECK,
	COLUMN_POINTS,
	COLUMN_MAX,
	COLUMN_STATUS,
	COLUMN_MESSAGE,
	COLUMN_ATTEMPTS,
	COLUMN_SEED,
	COLUMN_VERSION,
	COLUMN_NOTE,
	COLUMNS
};

static const TableColumn columns[COLUMNS] = {
	[COLUMN_STUDENT] = { .name = "student", .title = "student" },
	[COLUMN_LESSON] = { .name = "lesson", .title = "lesson" },
	[COLUMN_EXERCISE] = { .name = "exercise", .title = "exercise" },
	[COLUMN_CHECK] = { .name = "check", .title = "check" },
	[COLUMN_POINTS] = { .name = "points", .title = "points", .kind = TABLE_REAL },
	[COLUMN_MAX] = { .name = "max", .title = "max", .kind = TABLE_REAL },
	[COLUMN_STATUS] = { .name = "status", .title = "status" },
	[COLUMN_MESSAGE] = { .name = "message", .title = "message" },
	[COLUMN_ATTEMPTS] = { .name = "attempts", .title = "attempts", .kind = TABLE_WHOLE },
	[COLUMN_SEED] = { .name = "seed", .title = "seed", .kind = TABLE_WHOLE },
	[COLUMN_VERSION] = { .name = "version", .title = "version" },
	[COLUMN_NOTE] = { .name = "note", .title = "note", .optional = true },
};

/* What bears on the grade and is no part of it. */
static void put_note(Table *table, const Grades *grades, const Mark *mark)
{
	const struct {
		bool holds;
		const char *text;
	} notes[] = {
		{ grades_changed(grades, mark->student), "the lesson has changed since" },
		{ grades_fast(grades, mark->student), "in fast mode" },
		{ mark->unfair, "the model solution does not pass it" },
	};
	char text[160];
	size_t len = 0;
	for (size_t i = 0; i < sizeof notes / sizeof *notes; i++)
		if (notes[i].holds)
			len += text_format(text + len, sizeof text - len, "%s%s", len ? "; " : "",
					   notes[i].text);
	if (len)
		table_text(table, COLUMN_NOTE, text);
}

static void put_row(Table *table, const Grades *grades, const Mark *mark)
{
	const char *student = grades_student(grades, mark->student);
	const char *lesson = record_text(grades->source, "id");
	table_row(table);
	table_text(table, COLUMN_STUDENT, student);
	table_text(table, COLUMN_LESSON, lesson);
	table_text(table, COLUMN_EXERCISE, mark->exercise);
	table_text(table, COLUMN_CHECK, mark->check);
	table_number(table, COLUMN_POINTS, mark->points);
	table_number(table, COLUMN_MAX, mark->max);
	table_text(table, COLUMN_STATUS, mark_status_name(mark->status));
	table_text(table, COLUMN_MESSAGE, mark->message);
	table_number(table, COLUMN_ATTEMPTS, mark->attempts < 0 ? NAN : (double)mark->attempts);
	if (grades->secret && *student)
		table_number(table, COLUMN_SEED, secret_seed(grades->secret, lesson, student));
	table_text(table, COLUMN_VERSION, WATTLE_VERSION);
	put_note(table, grades, mark);
}

static Table *generic_table(const Grades *grades, Err *err)
{
	Table *table = table_new(columns, COLUMNS, "grade", err);
	for (size_t i = 0; table && i < grades->count; i++)
		put_row(table, grades, &grades->mark[i]);
	return table;
}

const GradeFormat grade_format_generic = {
	.info = { .name = "generic", .title = "CSV", .about = "A row for each check." },
	.table = generic_table,
};
