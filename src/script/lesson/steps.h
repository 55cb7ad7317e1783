/* What the constructors of steps share. A constructor is a Lua function that gets one table,
 * checks it key by key, and leaves a step: w.quiz { … }. Kinds of steps lie in files of their
 * own; the list in steps.c names them.
 *
 * All raise for what is wrong in the table, with the line of the key.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_SCRIPT_STEPS_H
#define WATTLE_SCRIPT_STEPS_H

#include "script/lesson/lesson_inside.h"

#define STEP_POINTS_MAX 1000

/* Stack of a constructor. */
enum { STEP_TABLE = 1, STEP_SELF, STEP_LIST /* strings that the step points to */ };

/* Checks the table's keys, pushes a step and its list of strings, fills what all steps have. */
Step *step_push(lua_State *L, StepKind kind, const Key *keys);
/* Leaves the step on top; what the constructor returns. */
int step_done(lua_State *L);
/* Keeps the string on top of the stack alive in the list at `strings`; pops it. */
const char *step_anchor(lua_State *L, int strings, const char *what, const char *key, size_t cap);
/* A number of the table; `otherwise` when absent. */
double step_number(lua_State *L, const char *what, const char *key, double otherwise,
		   double minimum, double maximum);
/* A whole number; 0 when absent. */
size_t step_count(lua_State *L, const char *what, const char *key, size_t minimum, size_t maximum);
bool step_flag(lua_State *L, const char *key);

/* Constructors that lie in files of their own. */
int step_inspect(lua_State *L);
int step_reflect(lua_State *L);

/* Reads the list of checks on top of the stack; their number. Functions go into the table at
 * `functions`, by their number. owner, what, key: "exercise", "exercise: checks", and where the
 * list stands: "checks". */
size_t step_checks(lua_State *L, const char *owner, const char *what, const char *key,
		   int functions, Check *checks);

/* Reads the text of a reflection from the command; false and *bad. */
bool reflect_take(const Step *step, const json_t *command, Answer *out, Err *bad);

#endif
