/* An exercise of a lesson as its reader sees it: the file, the rounds of checks and what each
 * check said, the hints that were opened and the solution.
 *
 * What a round said stays until the next one says something else of the same check.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_UI_VIEWS_EXERCISE_H
#define WATTLE_UI_VIEWS_EXERCISE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/keys.h"
#include "ui/view.h"
#include "ui/views/flow.h"

#define EXERCISE_CHECKS_MAX 64
#define EXERCISE_HINTS_MAX 8 /* of one check */
#define EXERCISE_TRIES 3     /* failed rounds after which the solution may be opened */

typedef enum CheckStatus {
	CHECK_OPEN, /* no round has told */
	CHECK_PASS,
	CHECK_FAIL,
	CHECK_ERROR,
	CHECK_TIMEOUT,
	CHECK_SKIPPED
} CheckStatus;

typedef struct Check {
	char *id, *text;       /* owned; never NULL, as the next ones */
	char *message, *place; /* of the last round; "" */
	char *hint[EXERCISE_HINTS_MAX];
	size_t hints; /* opened, in order */
	bool last;    /* the last of them is the last there is */
	double points, of;
	CheckStatus status;
	bool told;  /* by the round at work, or the last one */
	bool later; /* what came of it is told after the due date */
} Check;

typedef struct Exercise {
	int64_t step;
	char *file;   /* as the lesson calls it; owned, as the next ones; never NULL */
	char *path;   /* of the student's file; "": not told */
	char *why;    /* what went wrong; "" */
	char *source; /* of the solution; "": not told */
	double points;
	int64_t minutes; /* 0: not told */
	Check check[EXERCISE_CHECKS_MAX];
	size_t checks;
	int64_t round, failed_rounds;
	double best; /* points of the best round */
	bool exists, checking, unwatched, may_open, may_undo;
	bool ended;     /* a round has */
	bool solution;  /* is shown */
	char said[256]; /* for --linear: the last sentence on its state, which is said once */
} Exercise;

/* The step object of a lesson record. NULL when memory is short. */
Exercise *exercise_new(const json_t *step);
void exercise_free(Exercise *exercise);
/* The lesson is told again, after a value was set: results and hints stay. */
void exercise_describe(Exercise *exercise, const json_t *step);
/* Records of the types exercise-state, check, exercise, hint, solution and text-less others, which
 * are ignored. */
void exercise_take(Exercise *exercise, const json_t *record);

/* All that are told pass, but those that cannot be made on this machine. */
bool exercise_passed(const Exercise *exercise);
/* How a sentence of one that passed begins. */
const char *exercise_passed_by(const Exercise *exercise);
/* Some check was told. */
bool exercise_tried(const Exercise *exercise);
/* What is to be mended first; NULL: nothing failed. */
const Check *exercise_first_failing(const Exercise *exercise);
/* Points got, of those that can be got here: what was skipped is left out. */
double exercise_got(const Exercise *exercise);
/* Points that stay: those of the best round. */
double exercise_earned(const Exercise *exercise);
double exercise_of(const Exercise *exercise);

/* The exercise's own keys. True when action is one of them; then *out is what is asked for, or
 * why[] says why not ("": nothing to say). RESET asks first and is none of them. */
#define EXERCISE_WHY_MAX 160
bool exercise_act(Exercise *exercise, Action action, Request *out, char why[EXERCISE_WHY_MAX]);
/* Asks for "edit", "check", "solution", "reset" or "undo". */
void exercise_ask(const Exercise *exercise, const char *what, Request *out);

/* The checks: the first one that fails with its message, place and hints on top, then those that
 * passed, then the others. */
void exercise_flow(const Exercise *exercise, Flow *flow);
/* Where the student's file is. */
void exercise_file_flow(const Exercise *exercise, Flow *flow);
/* The solution with numbers of lines. */
void exercise_solution_flow(const Exercise *exercise, Flow *flow);
/* "round 3, checking: 2 of 4 told" */
void exercise_title(const Exercise *exercise, char *out, size_t cap);
/* What to press next. */
void exercise_next(const Exercise *exercise, char *out, size_t cap);
/* For --linear: what the record that was just taken means. */
void exercise_say(Exercise *exercise, const json_t *record, Flow *flow);

#endif
