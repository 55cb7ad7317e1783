/* Lessons from the reader's side: the list of them.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_LESSON_H
#define WATTLE_APP_LESSON_H

#include <jansson.h>
#include <limits.h>

#include "app/command.h"
#include "app/lesson/progress.h"
#include "base/err.h"

/* The lessons that are there: rows of `list lessons`, as a new array. */
json_t *lesson_list(const Cli *cli, Err *err);
/* The row of a lesson by id ("green.05") or by number ("5"); NULL with the nearest name in *err.
 * Borrowed. */
const json_t *lesson_find(const json_t *rows, const char *name, Err *err);

/* Where the file of a row lies, as its author calls it: messages begin with this. Returned. */
char *lesson_path(char out[PATH_MAX], const json_t *row);

/* Whose attempts at the lesson of a row: by the flags --student and --fast. Borrowed from both. */
ProgressKey lesson_key(const json_t *row, const Cli *cli);
/* Sets "progress" of a row: {"step","points","done","wall"}, null without an attempt. */
void lesson_add_progress(json_t *row, Progress *progress, const Cli *cli);

#endif
