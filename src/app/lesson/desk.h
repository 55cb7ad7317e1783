/* The desk of a sitting: the exercises' files, the editor, and the rounds of checks.
 *
 * A save begins a round, and ends the one that goes on. A round waits while a run of the lesson is
 * measured, and ends when one begins: it would disturb it.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_DESK_H
#define WATTLE_APP_DESK_H

#include <limits.h>

#include "app/lesson/check_round.h"
#include "app/lesson/editor.h"
#include "app/lesson/sitting.h"
#include "app/lesson/tries.h"
#include "app/lesson/watch.h"

/* Tries that must fail before the solution may be seen. */
#define DESK_FAILED_MIN 3

typedef struct DeskExercise {
	size_t step;
	char path[PATH_MAX]; /* of the student's file; "": there can be none */
	Watch watch;
	size_t rounds;          /* in this attempt */
	Tries tries;            /* those that failed */
	double best;            /* points of the best round */
	bool failed;            /* some round did, whether it counts as a try or not */
	bool passed, solved;    /* solved: the solution was seen */
	bool waits;             /* a round is to begin */
	char why[ERR_TEXT_MAX]; /* what went wrong last; "": nothing */
} DeskExercise;

typedef struct Desk {
	DeskExercise *exercise; /* in the order of their steps */
	size_t exercises;
	DeskExercise *checked; /* by the round that goes on; NULL: none does */
	CheckRound round;
	json_t *records;          /* of that round */
	char tried[TRY_TEXT_MAX]; /* its text */
	char *text; /* to be checked instead of the student's file, by sitting_check_file */
	Editor editor;
} Desk;

/* The lesson has opened, its attempt is known. */
bool desk_open(Sitting *sitting, Err *err);
void desk_close(Sitting *sitting);
/* Looks after editor, files and round. */
bool desk_tick(Sitting *sitting, Err *err);
/* A step is looked at: the state of its exercise, if it is one. */
bool desk_step(Sitting *sitting, size_t step, Err *err);
/* Tells the state of every exercise, as of an earlier sitting. */
bool desk_recall(Sitting *sitting, Err *err);
/* A run begins, or has ended. */
bool desk_run(Sitting *sitting, bool begins, Err *err);
bool desk_editing(const Desk *desk);
/* The exercise of that step; NULL: there is none. */
DeskExercise *desk_find(Desk *desk, size_t step);

#endif
