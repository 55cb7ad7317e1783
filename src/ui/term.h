/* The terminal: the files behind it (term_curses*) alone include curses.
 *
 * Order: setlocale(LC_CTYPE), term_open, then any of the others, term_close. One Term at a time.
 * The UI process must be the supervisor's child: the supervisor restores the terminal whatever this
 * process dies of.
 *
 * One poll loop serves: poll term_fd; when it is readable, call term_key until KEY_NONE; draw once.
 * SIGWINCH and SIGCONT are blocked while a Term is open, and term_fd is readable when they came.
 * Other signals stay the caller's.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_UI_TERM_H
#define WATTLE_UI_TERM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "ui/canvas.h"
#include "ui/keys.h"
#include "ui/theme.h"

typedef struct Term Term;

typedef struct TermOptions {
	Theme theme;
	bool ascii; /* --ascii */
	bool mouse;
} TermOptions;

/* ERR_NEED, naming --linear, when stdin or stdout is no terminal, TERM is unset, unknown or
 * cannot address the cursor. Asks the terminal how wide it draws our glyphs and does not wait:
 * an answer comes as KEY_SIZE when it changes term_glyphs. */
Term *term_open(const TermOptions *options, Err *err);
void term_close(Term *term);
/* The descriptor to poll for reading: keys, mouse, sizes. Term owns it. */
int term_fd(const Term *term);
/* The next event; KEY_NONE when there is none. Waits only after an Esc, at most 25 ms, for the
 * rest of a sequence. What the terminal sends and no key stands for is dropped. */
KeyEvent term_key(Term *term);
void term_size(const Term *term, int *width, int *height);
/* What to give to the canvas; see KEY_SIZE. */
Glyphs term_glyphs(const Term *term);
void term_set_theme(Term *term, Theme theme);
/* Sends the cells that differ from what the terminal shows; a canvas of another size is cut. */
void term_show(Term *term, const Canvas *canvas);
/* Everything anew at the next term_show. */
void term_redraw(Term *term);
/* Restores the terminal, stops this process (SIGTSTP), and takes the terminal again once
 * continued. */
void term_suspend(Term *term);

/* Leaves the terminal to another program as it was before term_open, until term_retake. Between
 * them nothing is shown and no key is taken. */
void term_lend(Term *term);
/* Takes the terminal as if for the first time: whoever had it may have left anything. */
void term_retake(Term *term);

/* For the supervisor, with no Term open: the bytes that leave the screen of a process that died
 * (colours, mouse, keypad, alternate screen, cursor). Returns their count, less than cap; 0
 * where term_open would fail. */
size_t term_leave(char *out, size_t cap);

#endif
