/* A sitting: one open lesson, from its first record until it is left. It runs the lesson's worker,
 * brings back what the student did in earlier sittings, keeps what is done now, and looks after the
 * files of the exercises and their rounds of checks.
 *
 * Order: sitting_run calls take for each record, and the other functions may be called from there
 * and from the hook's tick. Records come from the lesson's worker, from a round of checks, and from
 * the sitting itself (notice, exercise-state, solution): wattle-records(5).
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_SITTING_H
#define WATTLE_APP_SITTING_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "app/command.h"
#include "app/lesson/progress.h"
#include "app/session/session.h"
#include "base/err.h"

typedef struct Sitting Sitting;

typedef struct SittingSink {
	/* Takes each record (borrowed). recalled: it tells of an earlier sitting, and there is
	 * nothing to say or to answer. */
	bool (*take)(void *user, Sitting *sitting, const json_t *record, bool recalled, Err *err);
	/* Gives the terminal to an editor, or takes it back; NULL: there is none to give. */
	void (*lend)(void *user, bool lent);
	/* Asked every few seconds, when a worker died and when the sitting ends, however it does:
	 * what was typed and not handed in, as a new array of the members of draft records. It is
	 * kept where progress is. NULL: there is no typing. */
	json_t *(*drafts)(void *user);
	const SessionHook *hook; /* or NULL */
	void *user;
} SittingSink;

typedef struct SittingOptions {
	const Cli *cli;    /* its flags: energy, fast, require, seed, student */
	const json_t *row; /* of lesson_list */
	const SittingSink *sink;
	Progress *progress; /* NULL: nothing is kept or brought back */
	const char *work;   /* folder of the exercises' files; NULL: the student's */
	bool reset;         /* begin a new attempt */
} SittingOptions;

/* Runs the lesson until its worker ends. */
bool sitting_run(const SittingOptions *options, Err *err);
/* Sends a command to the lesson's worker (drops the reference). What is not allowed yet is told
 * by a notice instead; false only when take fails. */
bool sitting_command(Sitting *sitting, json_t *command, Err *err);
/* What a view asks of the exercise of a step: "edit", "check", "solution", "reset" or "undo". What
 * cannot be done is told in the exercise-state record; false only when take fails. */
bool sitting_exercise(Sitting *sitting, const char *what, size_t step, Err *err);
/* A round of checks on the text of another file; NULL: the model solution. Where progress is kept,
 * it becomes the student's file, so that it is handed in. False and *err when it cannot be read. */
bool sitting_check_file(Sitting *sitting, size_t step, const char *path, Err *err);
/* No more commands will come: the lesson ends in order. */
void sitting_leave(Sitting *sitting);

#endif
