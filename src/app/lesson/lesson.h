/* Lessons from the reader's side: the list, one open lesson's worker, and answers from a file.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_LESSON_H
#define WATTLE_APP_LESSON_H

#include <jansson.h>
#include <stdbool.h>

#include "app/command.h"
#include "app/session/session.h"
#include "base/err.h"

/* The lessons that are there: rows of `list lessons`, as a new array. */
json_t *lesson_list(const Cli *cli, Err *err);
/* The row of a lesson by id ("green.05") or by number ("5"); NULL with the nearest name in *err.
 * Borrowed. */
const json_t *lesson_find(const json_t *rows, const char *name, Err *err);

/* Where the records of a lesson go, and what else lives beside it. */
typedef struct LessonSink {
	bool (*take)(void *user, Session *session, const json_t *record, Err *err);
	void *user;
	const SessionHook *hook; /* or NULL */
} LessonSink;

/* Runs one lesson's worker until it ends: records go to the sink, a plan as run-begin. */
bool lesson_open_run(const Cli *cli, const json_t *row, const LessonSink *sink, Err *err);

/* Answers a lesson by itself: goes from step to step, gives the answers of a JSON object
 * {"p1":{"choice":2,…}}, runs what is to be run. Feed it every record. *right and *total count the
 * quizzes' points. */
typedef struct LessonPilot {
	const json_t *answers; /* borrowed */
	size_t step, steps;
	size_t ran; /* the last step that was run: its step record comes again when the run begins
		     */
	double right, total;
	bool done, failed;
} LessonPilot;
/* False and *err when an answer is missing. */
bool lesson_pilot_take(LessonPilot *pilot, Session *session, const json_t *record, Err *err);

#endif
