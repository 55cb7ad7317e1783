/* Grading files: what an instructor checks and weighs beyond a lesson, kept apart from it.
 * wattle-lesson(5) tells what they hold.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_SCRIPT_GRADING_H
#define WATTLE_SCRIPT_GRADING_H

#include "script/lesson/lesson_inside.h"

#define GRADING_HANDLE "grading"
#define GRADING_EXTRAS_MAX 16 /* exercises */

typedef struct GradingWeight {
	char id[LESSON_NAME_MAX]; /* of a step */
	bool manual;              /* graded by hand */
	double points;
} GradingWeight;

typedef struct GradingExtra {
	char exercise[LESSON_NAME_MAX];
	size_t checks;
	Check check[EXERCISE_CHECKS_MAX];
} GradingExtra;

typedef struct Grading {
	char lesson[PLAN_NAME_MAX];
	int line;
	bool allow_skip;
	double seconds; /* of each extra check; 0: the exercise's own */
	size_t weights;
	GradingWeight weight[LESSON_STEPS_MAX];
	size_t extras;
	GradingExtra extra[GRADING_EXTRAS_MAX];
} Grading;

/* Loads the text into the lesson's own state, for its checks work with what the lesson's set-up made,
 * and holds it against the lesson: its id, the steps that it weighs, the exercises that it adds to.
 * Once for a script, and before a deadline is set; what is returned lives as long as the script.
 * NULL and *err: ERR_SCRIPT with the file's name and line, or what ends the script. */
const Grading *grading_open(Script *script, const char *name, const char *text, Err *err);
/* What it adds to an exercise; NULL: nothing. */
const GradingExtra *grading_extra(const Grading *grading, const char *exercise);
/* Pushes the function of a check of that exercise, by its number from 1. */
void grading_push_function(lua_State *L, const char *exercise, size_t number);

/* Registers the handle and sets the function `grading` in the table on top. */
void grading_functions(lua_State *L);

#endif
