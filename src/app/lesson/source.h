/* What a lesson's file says of its steps, as the worker's job "describe" tells it: the record
 * lesson-source of wattle-records(5). Borrowed texts live as long as the record.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_LESSON_SOURCE_H
#define WATTLE_APP_LESSON_SOURCE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* The step of that id; NULL: there is none. Borrowed. */
const json_t *source_step(const json_t *source, const char *id);
bool source_is(const json_t *step, const char *kind);
/* The student answers it: a prediction, a question of a quiz, a reflection. */
bool source_asks(const json_t *step);
/* The line of the file on which a step, a check, a text or the lesson stands. */
int source_line(const json_t *object);
/* A grading file weighs steps, and adds to exercises, that the lesson has; else ERR_SCRIPT with
 * the nearest name. name: how messages call the grading file. */
bool source_grades(const json_t *grading, const char *name, const json_t *source, Err *err);
/* What an exercise has beside other steps: file, solution, minutes, seconds, checks; NULL of
 * another step. */
const json_t *source_exercise(const json_t *step);
/* Threads that the lesson's runs need. */
unsigned source_threads(const json_t *source);
/* The lesson as a row of `list lessons` names it, for a sitting; folder and file lead to it, path is
 * how messages call it. New reference. */
json_t *source_row(const json_t *source, const char *folder, const char *file, const char *path);
/* The path of a file of the lesson folder/file: folder/NAME/name, NAME being file without ".lua".
 * Returned. */
char *source_file(char *out, size_t cap, const char *folder, const char *file, const char *name);

#endif
