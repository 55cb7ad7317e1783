/* A terminal for tests: a child on a pty, and libvterm that shows what the child wrote. Waits by
 * polling, never by sleeping.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_FAKE_TERMINAL_H
#define WATTLE_TESTS_FAKE_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <vterm.h>

/* A byte that shows nothing and that curses never sends: the child's "so far", in order with
 * what it drew. */
#define PTY_MARK "\006"
#define PTY_WAIT_MS 20000 /* a guard against hanging, no verdict */

typedef struct Pty {
	int master;
	pid_t pid;
	bool answers; /* queries of the child are answered by libvterm */
	VTerm *vt;
	VTermScreen *screen;
	/* What the terminal's state is now. */
	bool alternate, cursor_visible;
	int times_left; /* the alternate screen */
	int mouse;
	VTermPos cursor;
	size_t bytes; /* of output so far */
	int marks; /* PTY_MARK seen */
	char held[64]; /* an escape sequence under way */
	size_t held_bytes;
	bool closed; /* every slave end is closed */
	char said[4096]; /* the last bytes of the child, for messages */
	size_t said_bytes;
} Pty;

/* Runs child(user) on a terminal as a session leader; its result is the exit status. */
void pty_open(Pty *pty, int width, int height, int (*child)(void *user), void *user);
/* Kills what still runs. */
void pty_close(Pty *pty);
/* Reads the child's output until fd (if not negative) is readable or there was some output.
 * False when neither can come. */
bool pty_pump(Pty *pty, int fd);
/* Pumps until the child has sent count marks in all. */
void pty_marks(Pty *pty, int count);
/* What is typed. */
void pty_type(Pty *pty, const char *keys);
void pty_resize(Pty *pty, int width, int height);
/* The text of a row, trailing spaces cut; out is returned. */
const char *pty_row(const Pty *pty, int y, char out[1024]);
VTermScreenCell pty_cell(const Pty *pty, int x, int y);
/* Pumps until the child ends; its status as waitpid gives it. */
int pty_wait(Pty *pty);

#endif
