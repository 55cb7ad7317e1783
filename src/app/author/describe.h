/* Asking a worker what a lesson's or a grading file says.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_AUTHOR_DESCRIBE_H
#define WATTLE_APP_AUTHOR_DESCRIBE_H

#include <jansson.h>

#include "app/session/session.h"
#include "base/err.h"

/* The record "lesson-source" of a lesson, "grading-source" of a grading file; new reference. NULL
 * and *err: what the file is wrong in, with its line. */
json_t *describe_script(const Paths *paths, const ScriptFile *script, Err *err);
/* The same of a file by its path. */
json_t *describe_file(const Paths *paths, const char *path, Err *err);

#endif
