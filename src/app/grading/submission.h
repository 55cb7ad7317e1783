/* A submission: what a student hands in for one lesson, one file of JSON lines. wattle-grading(7)
 * tells its fields.
 *
 *   {"v":1,"type":"submission","lesson","lesson_sha256","student","wall","wattle","fast"}
 *   {"v":1,"type":"submission-answer","id", "choice" | "number" | "text" | "skipped":true, …}
 *   {"v":1,"type":"submission-file","exercise","name","attempts","text"}
 *   {"v":1,"type":"submission-end","lines":N}, N the lines before it
 *
 * The file may be anything: whoever hands it in may have written it. Its names must be the
 * lesson's. What it says of attempts and times is told, and decides nothing.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_GRADING_SUBMISSION_H
#define WATTLE_APP_GRADING_SUBMISSION_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define SUBMISSION_FILE_MAX ((size_t)65536) /* of an exercise's file */
#define SUBMISSION_TEXT_MAX ((size_t)4000)  /* of a reflection */
#define SUBMISSION_NAME_MAX 128             /* of a student's name, with its end */

typedef struct Submission {
	json_t *head;    /* the first line; NULL: nothing was read */
	json_t *answers; /* {id: its line} */
	json_t *files;   /* {exercise: its line} */
} Submission;

/* Reads len bytes of the file that messages call name. source: the lesson's (app/lesson/source.h);
 * NULL: only the first line is looked at. ERR_FORMAT names the file, the line and what is off. To
 * be freed by submission_done in any case. */
bool submission_read(Submission *out, const char *name, const char *text, size_t len,
		     const json_t *source, Err *err);
void submission_done(Submission *submission);

/* The whole file as text, to be freed; ERR_LIMIT: more than LINE_FILE_MAX. */
char *submission_text(const Submission *submission, size_t *len, Err *err);

/* A name that a student may have: 1 to SUBMISSION_NAME_MAX − 1 bytes, nothing that hides, and
 * no blank at its ends, which tables do not keep. */
bool submission_name_ok(const char *name);

#endif
