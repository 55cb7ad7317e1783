/* What the two halves of the terminal share; for src/ui/term_curses*.c alone, since curses exports
 * plain names such as move and clear.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_UI_TERM_CURSES_H
#define WATTLE_UI_TERM_CURSES_H

#include "ui/term.h"

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* The longest escape sequence that nobody knows. */
#define TERM_PENDING_MAX 32
/* Where the answer to the probe is a key of its own: the column is added. Above all codes of
 * curses. */
#define TERM_CODE_ANSWER 0x4000

/* The pair and the attributes of a style. */
typedef struct Paint {
	attr_t attributes;
	short pair;
} Paint;

struct Term {
	SCREEN *screen;
	WINDOW *input; /* a pad: reading through it never refreshes the screen */
	FILE *out;
	int poll_fd, signal_fd;
	sigset_t signals_before;
	bool signals_taken, gone, probing, cursor_shown;
	int width, height;
	Glyphs glyphs;
	Theme theme;
	Paint paint[STYLE_COUNT];
	CanvasCell *shown;                  /* what curses was told, row-major, width × height */
	uint32_t pending[TERM_PENDING_MAX]; /* keys read ahead */
	int pending_count;
};

/* Follows the size of the terminal. True when it changed. */
bool term_follow_size(Term *term);
/* True when we were stopped and continued since the last call. */
bool term_was_continued(const Term *term);
/* The answer to the probe of the glyphs. True when it changes what is drawn. */
bool term_take_answer(Term *term, int column);

#endif
