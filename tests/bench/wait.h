/* What benches of the program on a terminal of 80x24 share: begin it, wait for a text on the screen,
 * tell of the waits.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_BENCH_WAIT_H
#define WATTLE_TESTS_BENCH_WAIT_H

#include "fake_terminal.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/order.h"
#include "unit.h"

#include "base/clock.h"

static char program[4096]; /* the path of wattle */

/* The child of pty_open; user: its argv. */
static int run_program(void *user)
{
	setenv("TERM", "xterm-256color", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	execv(program, user);
	return 127;
}

static bool shows(const Pty *pty, const char *text)
{
	char row[1024];
	for (int y = 0; y < 24; y++)
		if (strstr(pty_row(pty, y, row), text))
			return true;
	return false;
}

/* Pumps until the text is on the screen, or no longer. */
static void await(Pty *pty, const char *text, bool there)
{
	while (shows(pty, text) != there)
		if (!pty_pump(pty, -1))
			fail_msg("the program ended before '%s'; it said last: %.*s", text,
				 (int)pty->said_bytes, pty->said);
}

static void end(Pty *pty)
{
	kill(pty->pid, SIGTERM);
	pty_wait(pty);
	pty_close(pty);
}

static double ms_since(int64_t start_ns)
{
	return (double)(clock_now_ns() - start_ns) / 1e6;
}

/* Sorts them, and begins a line of a table: "what  median  max  n"; what follows is the caller's.
 * Returns the median. */
static double tell_waits(const char *what, double *ms, size_t n)
{
	order_sort(ms, n);
	double median = order_middle(ms, n);
	printf("%-44s median %6.1f  max %6.1f ms  n %2zu", what, median, ms[n - 1], n);
	return median;
}

#endif
