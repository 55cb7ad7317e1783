/* A round of checks: the student's file in a state of its own, the lesson's checks beside it, and a
 * record for each. wattle-lesson(5) tells what checks see, wattle-records(5) what is written.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_SCRIPT_EXERCISE_H
#define WATTLE_SCRIPT_EXERCISE_H

#include <jansson.h>

#include "script/script.h"

#define EXERCISE_TEXT_MAX 65536 /* bytes of a student's file */

/* Checks one exercise of a lesson that lesson_open opened. wish: {"exercise": id, "file": what
 * errors call the student's file, "text": its text, "only": [ids of checks], "attempts": rounds
 * before this one, "seconds": a check has at most, "run_seed": instead of the lesson's own, "grading": {"name", "text"}: its
 * extra checks run behind the lesson's}; all but the first three may be absent. What is wrong
 * with the student's file is in the check records. False and *err when the lesson's own part of
 * it fails, or the wish names nothing: ERR_USAGE. */
bool exercise_check(Script *script, const json_t *wish, Err *err);

#endif
