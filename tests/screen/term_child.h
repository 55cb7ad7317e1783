/* A child on a pty that opens the terminal, shows scenes on command and tells its events; and the
 * test's side of it. Fails the test that runs when the child does not do what it should.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_TERM_CHILD_H
#define WATTLE_TESTS_TERM_CHILD_H

#include <stdbool.h>

#include "base/err.h"
#include "fake_terminal.h"
#include "ui/term.h"

#define WIDTH 80
#define HEIGHT 24

typedef struct Setup {
	const char *term;   /* NULL: TERM is not set */
	const char *locale; /* NULL: C.UTF-8 */
	TermOptions options;
	bool piped; /* stdout is a pipe */
	int commands[2], messages[2];
} Setup;

typedef struct Command {
	enum { SHOW, SET_THEME, REDRAW, QUIT } op;
	int value;
} Command;

typedef struct Message {
	KeyEvent event;
	int width, height;
	Glyphs glyphs;
	Err err; /* of term_open */
	bool opened;
} Message;

enum {
	SCENE_STYLES,
	SCENE_TEXT,
	SCENE_TEXT_CHANGED,
	SCENE_CURSOR,
	SCENE_NO_CURSOR,
	SCENE_CORNERS,
	SCENE_HOSTILE,
	SCENE_RANDOM = 1000 /* and above: each number a scene */
};

typedef struct Bench {
	Pty pty;
	Setup setup;
	int marks;
} Bench;

/* The same scene is always the same. */
void draw_scene(Canvas *canvas, int scene);

/* Starts the child, whose first message tells whether the terminal opened. */
void bench_open(Bench *bench, Setup setup, int width, int height);
/* The same at WIDTH × HEIGHT; the terminal must open. */
Message bench_start(Bench *bench, Setup setup);
/* Returns when the child did it; QUIT returns at once. */
void bench_order(Bench *bench, int op, int value);
Message bench_message(Bench *bench);
/* Ends the child; it must leave the terminal as it was. */
void bench_stop(Bench *bench);

#endif
