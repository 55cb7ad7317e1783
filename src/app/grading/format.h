/* Formats in which grades leave: each is a const row in a file of its own
 * (src/app/grading/formats/), listed in formats.am.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_GRADING_FORMAT_H
#define WATTLE_APP_GRADING_FORMAT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "app/grading/grades.h"
#include "base/info.h"
#include "lab/table.h"

typedef struct GradeFormat {
	Info info;
	/* One table of all students. The table's columns live as long as the program. */
	Table *(*table)(const Grades *grades, Err *err);
	/* Or a JSON object for each student, written as results.json into a folder of theirs. */
	json_t *(*student)(const Grades *grades, size_t student, Err *err);
} GradeFormat;

/* The table; ends with NULL. */
extern const GradeFormat *const grade_formats[];
/* NULL, ERR_USAGE: there is no such format. */
const GradeFormat *grade_format_find(const char *name, Err *err);

/* Writes the table to the file out, or to stdout when out is NULL; as lines of JSON when json is
 * set. Of a format by student, a folder of theirs below the folder out: out/STUDENT/results.json;
 * those that cannot be written are told on stderr, and ERR_NEED once the others are. */
bool grade_format_write(const GradeFormat *format, const Grades *grades, const char *out, bool json,
			Err *err);
/* The text for a student, in at most most bytes, cut at a character border. New reference. */
json_t *grade_text(const char *text, size_t most);

#endif
