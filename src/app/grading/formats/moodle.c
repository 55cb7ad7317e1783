/* Grades for Moodle's import of CSV files (Grades, Import, CSV file).
 *
 * Its rules (docs.moodle.org, "Grade import"): a row of column names, then a row a student;
 * students are mapped by "Email address" (upper and lower case differ) or by "ID number"; a grade
 * item and its feedback are columns that are mapped together, for feedback without its grade
 * deletes the grades. An empty cell leaves a student without a grade. Numbers with a point.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "app/grading/format.h"
#include "base/record.h"
#include "base/text.h"

enum { COLUMN_STUDENT, COLUMN_GRADE, COLUMN_FEEDBACK, COLUMNS };

static const TableColumn by_email[COLUMNS] = {
	{ .name = "Email address" },
	{ .name = "Grade", .kind = TABLE_REAL },
	{ .name = "Feedback" },
};
static const TableColumn by_number[COLUMNS] = {
	{ .name = "ID number" },
	{ .name = "Grade", .kind = TABLE_REAL },
	{ .name = "Feedback" },
};

/* What a student reads of one mark, which is shown at once: an import tells it before the due date. */
static void tell_mark(FILE *to, const Mark *mark, const char *between)
{
	fprintf(to, "%s%s%s%s: ", between, mark->exercise, *mark->check ? " " : "", mark->check);
	if (mark->status == MARK_MANUAL)
		fputs("graded by hand", to);
	else
		fprintf(to, "%g of %g (%s)", mark->points, mark->max,
			mark_status_name(mark->status));
	if (mark->message && mark->status != MARK_MANUAL)
		fprintf(to, " %s", mark->message);
}

static char *feedback(const Grades *grades, size_t student)
{
	char *text = NULL;
	size_t len = 0;
	bool first = true;
	FILE *to = open_memstream(&text, &len);
	for (size_t i = 0; to && i < grades->count; i++) {
		const Mark *mark = &grades->mark[i];
		if (mark->student != student || mark->show != SHOW_NOW)
			continue;
		tell_mark(to, mark, first ? "" : "; ");
		first = false;
	}
	if (to)
		fclose(to);
	return text;
}

static bool put_student(Table *table, const Grades *grades, size_t student, bool email, Err *err)
{
	const RosterEntry *entry = &grades->roster.entry[student];
	const char *key = email ? entry->email : entry->number;
	const Submission *submission = grades_submission(grades, student);
	double points, max;
	char *text = submission ? feedback(grades, student) : strdup("No submission was graded.");
	if (!text)
		return err_set(err, ERR_MEMORY, "no memory for the grades");
	grades_sum(grades, student, &points, &max);
	table_row(table);
	table_text(table, COLUMN_STUDENT, key ? key : entry->student);
	if (submission)
		table_number(table, COLUMN_GRADE, points);
	table_text(table, COLUMN_FEEDBACK, text);
	free(text);
	return true;
}

/* By their address when all of the roster have one. */
static Table *moodle_table(const Grades *grades, Err *err)
{
	bool email = true, ok = true;
	for (size_t s = 0; s < grades->roster.count; s++)
		email &= grades->roster.entry[s].email || strchr(grades_student(grades, s), '@');
	Table *table = table_new(email ? by_email : by_number, COLUMNS, "grade", err);
	for (size_t s = 0; table && ok && s < grades->roster.count; s++)
		ok = put_student(table, grades, s, email, err);
	if (ok)
		return table;
	table_free(table);
	return NULL;
}

const GradeFormat grade_format_moodle = {
	.info = { .name = "moodle", .title = "Moodle", .about = "A row for each student." },
	.table = moodle_table,
};
