/* Serving a lesson, in parts: serve.c answers a step, serve_run.c runs a body, serve_commands.c
 * follows commands. A command that needs more than a few lines lies in a file of its own and has a
 * line in the table of serve_commands.c.
 *
 * Each false and *err: the lesson is over, since the reader has gone or the time is.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_SCRIPT_SERVE_H
#define WATTLE_SCRIPT_SERVE_H

#include "script/lesson/tell.h"

/* Of the seconds that the lesson gives a call those that the user lets it have. */
double serve_seconds(const Script *script, double seconds);
/* Runs body(host data) protected, for at most serve_seconds of seconds. False and *failed: what it
 * raised. *err is left for what ends the lesson: then false, too, and err->code is set. */
bool serve_call(const Serve *serve, lua_CFunction body, void *data, double seconds, Err *failed,
		Err *err);
/* The first cost that is measured here: joules only where a sensor gives them. */
bool serve_fix_cost(const Serve *serve, Err *err);
/* Pushes one of the user values of a step, STEP_FUNCTION or STEP_RESULT. */
void serve_push_step(lua_State *L, const Lesson *lesson, const Step *step, int value);
/* Pushes the context c, as bodies and set-ups get it. Raises when a need is not met. */
void serve_push_context(lua_State *L, const Lesson *lesson);

/* Writes what a step holds. */
bool serve_content(const Serve *serve, size_t number, Err *err);
/* c:chart(name, x, y) (serve_chart.c) */
int serve_chart(lua_State *L);
/* Runs the body and writes the step-end. */
bool serve_run(const Serve *serve, size_t number, Err *err);
/* The value on top of the stack becomes the step's result. */
void serve_keep_result(lua_State *L, const Step *step);
/* Writes the figures of the run that has ended, and lets its models go (serve_figure.c). */
bool serve_figures(const Serve *serve, Step *run, Err *err);
/* Forgets what an earlier run left, and what was revealed of it. */
void serve_forget(Lesson *lesson, Step *run);

/* A command of the reader. *bad: it was wrong, which is told and ends nothing. */
typedef bool ServeCommand(const Serve *serve, const json_t *command, Err *bad, Err *err);
ServeCommand serve_restore; /* serve_restore.c */
bool serve_follow(const Serve *serve, const json_t *command, Err *err);
/* The "step" of a command; false and *bad. */
bool serve_take_number(const Serve *serve, const json_t *command, size_t *out, Err *bad);

#endif
