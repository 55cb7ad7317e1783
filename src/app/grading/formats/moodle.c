/* Grades for Moodle's import of CSV files (Grades, Import, CSV file).
 *
 * Its rules (docs.moodle.org/405/en/Grade_import, and the importer itself, which is more exact:
 * moodle/moodle, grade/import/csv/classes/load_data.php and grade/import/lib.php):
 *   - a row of column names, then a row a student, all of as many cells; separated by commas, UTF-8
 *   - students are found by "Email address" (upper and lower case differ) or "ID number"; one that is
 *     not found ends the whole import, and a row without a key would be taken for the one before it
 *   - a grade is a number with a point, or an empty cell: no grade, one that is there is deleted; a
 *     column that becomes a new grade item would take an empty cell for 0, a feedback column cannot
 *     become one, so the item has to be there first
 *   - grade and feedback are mapped together: feedback alone deletes the grades
 *   - one grade above 100 ends the import, unless the site allows more (unlimitedgrades)
 *   - feedback is kept as FORMAT_MOODLE, that is as HTML: &, < and > are written as entities
 * SPDX-License-Identifier: MIT */
#include <math.h>
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

/* Quotes stay what they are: inside of HTML's text they mean nothing, and people read the file too. */
static void put_html(FILE *to, const char *text)
{
	for (; *text; text++) {
		if (*text == '&')
			fputs("&amp;", to);
		else if (*text == '<')
			fputs("&lt;", to);
		else if (*text == '>')
			fputs("&gt;", to);
		else
			fputc(*text, to);
	}
}

static void tell_mark(FILE *to, const Grades *grades, const Mark *mark)
{
	const char *status = mark_status_name(mark->status);
	fprintf(to, "; %s%s%s: ", mark->exercise, *mark->check ? " " : "", mark->check);
	if (!isnan(mark->points))
		fprintf(to, "%g of %g (%s)", mark->points, mark->max, status);
	else if (!grades_wait(grades, mark))
		fputs(status, to);
	else if (mark->status == MARK_MANUAL)
		fputs("graded by hand", to);
	else
		fprintf(to, "graded by hand (%s)", status);
	if (mark->message && mark->status != MARK_MANUAL) {
		fputc(' ', to);
		put_html(to, mark->message);
	}
}

/* The sum, for a grade item may have another maximum, then the marks that are shown at once: an
 * import tells them before the due date. */
static char *feedback(const Grades *grades, size_t student, double points, double max)
{
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);
	if (!to)
		return NULL;
	fprintf(to, "%g of %g points", points, max);
	for (size_t i = 0; i < grades->count; i++) {
		const Mark *mark = &grades->mark[i];
		if (mark->student == student && mark->show == SHOW_NOW)
			tell_mark(to, grades, mark);
	}
	fclose(to);
	return text;
}

static bool put_student(Table *table, const Grades *grades, size_t student, bool email, Err *err)
{
	const RosterEntry *entry = &grades->roster.entry[student];
	const char *key = email ? entry->email : entry->number;
	const Submission *submission = grades_submission(grades, student);
	double points, max;
	grades_sum(grades, student, &points, &max);
	char *text = submission ? feedback(grades, student, points, max)
				: strdup("No submission was graded.");
	if (!text)
		return err_set(err, ERR_MEMORY, "no memory for the grades");
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
