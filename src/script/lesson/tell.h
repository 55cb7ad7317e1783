/* What a lesson tells its reader: the records of wattle-records(5), texts filled.
 *
 * Each false and *err: the reader has gone, or memory is short.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_SCRIPT_TELL_H
#define WATTLE_SCRIPT_TELL_H

#include "script/lesson/lesson_inside.h"

typedef struct Serve {
	Script *script;
	Lesson *lesson;
	RecordOut *out;
} Serve;

/* A new record of the lesson, and how it goes out; drops the reference to record. */
json_t *tell_record(const Serve *serve, const char *type);
bool tell_put(const Serve *serve, json_t *record, Err *err);
/* Sets the filled text; step as for fill_text. */
bool tell_filled(const Serve *serve, json_t *record, const char *key, const Step *step,
		 const char *text, Err *err);

/* Sets what an inspect step looks at. */
void tell_inspect(const Step *step, json_t *out);

/* Of a step, from 1. */
size_t lesson_step_number(const Lesson *lesson, const Step *step);

/* What is off goes out as a record; only a reader that has gone is an error here. */
bool tell_error(const Serve *serve, const Err *what, Err *err);
bool tell_lesson(const Serve *serve, Err *err);
/* Makes the step the current one. */
bool tell_step(const Serve *serve, size_t number, Err *err);
/* step: the reveal or exercise whose text it is, or NULL. */
bool tell_text(const Serve *serve, size_t number, const Step *step, const char *text, Err *err);
bool tell_prompt(const Serve *serve, size_t number, const Step *step, Err *err);
bool tell_step_end(const Serve *serve, size_t number, bool ok, const char *why, Err *err);
/* A point that the body of a run has drawn. */
bool tell_chart(const Serve *serve, const Step *run, const char *name, double x, double y,
		Err *err);
/* Hint n, from 1, of a check of that exercise. */
bool tell_hint(const Serve *serve, size_t number, const Check *check, size_t n, Err *err);
/* What the answer to a quiz is worth. */
bool tell_check(const Serve *serve, size_t number, const Step *step, Err *err);

#endif
