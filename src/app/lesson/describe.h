/* Asking a worker what a lesson's or a grading file says.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_LESSON_DESCRIBE_H
#define WATTLE_APP_LESSON_DESCRIBE_H

#include <jansson.h>

#include "app/session/session.h"
#include "base/err.h"

#define DESCRIBE_WATCHED_S 3

/* The record "lesson-source" of a lesson, "grading-source" of a grading file; new reference. NULL
 * and *err: what the file is wrong in, with its line. hook: somebody watches meanwhile, so that
 * loading may take DESCRIBE_WATCHED_S; NULL: nobody. */
json_t *describe_script(const Paths *paths, const SessionHook *hook, const ScriptFile *script,
			Err *err);
/* The same of a file by its path. */
json_t *describe_file(const Paths *paths, const char *path, Err *err);

#endif
