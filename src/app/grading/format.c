/* The table of formats, and how their files are written.
 * SPDX-License-Identifier: MIT */
#include "app/grading/format.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/grading/file_name.h"
#include "base/file.h"
#include "base/text.h"

#define ROW(name) extern const GradeFormat grade_format_##name;
#include "app/grading/formats.inc"
#undef ROW

const GradeFormat *const grade_formats[] = {
#define ROW(name) &grade_format_##name,
#include "app/grading/formats.inc"
#undef ROW
	NULL,
};

const GradeFormat *grade_format_find(const char *name, Err *err)
{
	const char *names[16] = { NULL };
	char hint[TEXT_HINT_MAX];
	for (size_t i = 0; grade_formats[i] && i < 15; i++) {
		if (strcmp(grade_formats[i]->info.name, name) == 0)
			return grade_formats[i];
		names[i] = grade_formats[i]->info.name;
	}
	err_set(err, ERR_USAGE, "grades are not written as '%s'%s", name,
		text_did_you_mean(hint, name, names));
	return NULL;
}

json_t *grade_text(const char *text, size_t most)
{
	size_t len = 0, end = strlen(text);
	uint32_t code;
	while (len < end) {
		size_t used = text_decode(text + len, end - len, &code);
		if (len + used > most)
			break;
		len += used;
	}
	return json_stringn(text, len);
}

/* --- tables ----------------------------------------------------------------------------------- */

static bool write_table(const GradeFormat *format, const Grades *grades, const char *out, bool json,
			Err *err)
{
	char *text = NULL;
	size_t len = 0;
	Table *table = format->table(grades, err);
	FILE *to = table ? open_memstream(&text, &len) : NULL;
	bool ok = to && table_write(to, table, json ? TABLE_JSON : TABLE_CSV, NULL, err);
	if (table && !to)
		err_set(err, ERR_MEMORY, "no memory for the grades");
	if (to && fclose(to) != 0 && ok)
		ok = err_set(err, ERR_MEMORY, "no memory for the grades");
	if (ok && out)
		ok = file_write(out, "the grades", text, len, FILE_REPLACE, err);
	else if (ok)
		fwrite(text, 1, len, stdout);
	free(text);
	table_free(table);
	return ok;
}

/* --- a file a student ------------------------------------------------------------------------- */

static bool make_folder(const char *path, Err *err)
{
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return true;
	return err_set(err, ERR_FILE, "cannot make the folder %s: %s", path, strerror(errno));
}

static bool write_student(const GradeFormat *format, const Grades *grades, size_t student,
			  const char *out, Err *err)
{
	char name[GRADE_FILE_NAME_MAX], path[PATH_MAX];
	json_t *json = format->student(grades, student, err);
	char *text = json ? json_dumps(json, JSON_INDENT(2) | JSON_REAL_PRECISION(10)) : NULL;
	grade_file_name(name, grades_student(grades, student));
	text_format(path, sizeof path, "%s/%s", out, name);
	bool ok = text && make_folder(path, err);
	if (json && !text)
		err_set(err, ERR_MEMORY, "no memory for the grades");
	text_format(path, sizeof path, "%s/%s/results.json", out, name);
	ok = ok && file_write(path, "the grades", text, strlen(text), FILE_REPLACE, err);
	free(text);
	json_decref(json);
	return ok;
}

/* What stops one student's grades stops nobody else's. */
static bool write_students(const GradeFormat *format, const Grades *grades, const char *out,
			   Err *err)
{
	size_t lost = 0;
	Err why;
	if (!make_folder(out, err))
		return false;
	for (size_t s = 0; s < grades->roster.count; s++) {
		if (write_student(format, grades, s, out, &why))
			continue;
		text_printf(stderr, "wattle: the grades of '%s' are not written: %s\n",
			    grades_student(grades, s), why.text);
		lost++;
	}
	return lost == 0 ||
	       err_set(err, ERR_NEED, "the grades of %zu of %zu students are not written", lost,
		       grades->roster.count);
}

bool grade_format_write(const GradeFormat *format, const Grades *grades, const char *out, bool json,
			Err *err)
{
	if (format->table)
		return write_table(format, grades, out, json, err);
	if (!out)
		return err_set(
			err, ERR_USAGE,
			"--format %s writes a file for each student: name the folder by --out",
			format->info.name);
	return write_students(format, grades, out, err);
}
