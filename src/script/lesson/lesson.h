/* Lessons: a table of steps, checked when it is loaded, and served step by step to a reader that
 * sends commands. wattle-lesson(5) tells what a file holds, wattle-records(5) what is written.
 *
 * Order: lesson_open; lesson_serve until the reader hangs up; script_close.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_SCRIPT_LESSON_H
#define WATTLE_SCRIPT_LESSON_H

#include "script/script.h"

/* How a lesson hears its reader, and what it cannot know itself. */
typedef struct LessonReader LessonReader;
struct LessonReader {
	/* Waits for the next command: a new reference in *command, or NULL when no more will
	 * come. False and *err: the time is over, or it was told to end. */
	bool (*next)(LessonReader *self, json_t **command, Err *err);
	/* The receipt of a run; a new reference. */
	json_t *(*receipt)(LessonReader *self);
};

/* options->grading: a grading file will do, too. options->seed stands for the lesson's own seed; without it the seed is that of lesson_seed.
 * options->set and options->batch are not for lessons. fast: caps of the lesson's `fast` hold.
 * NULL and *err as script_open. */
Script *lesson_open(const ScriptOptions *options, const char *student, bool fast, Err *err);
/* Writes the lesson record, then serves commands. A planned one is ERR_USAGE. False and *err when it ends otherwise than by the
 * end of the commands; mistakes of commands, runs and functions are records and end nothing. */
bool lesson_serve(Script *script, LessonReader *reader, Err *err);

/* A lesson-source record: what the file holds, as it stands there, with the datasets that it needs and
 * that are here, which are loaded; of a grading file (options->grading) a grading-source record. A new
 * reference; NULL and *err when a dataset is broken. */
json_t *lesson_describe(Script *script, Err *err);

/* The first 4 bytes, the highest first, of SHA-256("wattle-1\0" course "\0" lesson "\0"
 * student): id is "course.lesson". */
uint32_t lesson_seed(const char *id, const char *student);
/* Which of count values the variant takes under that seed: the first 4 bytes of
 * SHA-256("wattle-1\0" seed in decimal "\0" name), modulo count. */
size_t lesson_pick(uint64_t seed, const char *name, size_t count);

/* {"name","title","about","minutes","level","points","steps","threads","goals","after","needs",
 * "outline"} for a list, of one that is planned {"name","title","about","planned","question"}; new
 * reference. */
json_t *lesson_row(const Script *script);

#endif
