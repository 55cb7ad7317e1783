/* Shared by the files of the screen: its state, and who does what.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_SCREEN_INSIDE_H
#define WATTLE_APP_SCREEN_INSIDE_H

#include <stdint.h>

#include "app/screen/linear.h"
#include "app/screen/screen.h"
#include "ui/term.h"
#include "ui/ui.h"

struct Screen {
	Ui *ui;
	Term *term; /* NULL: linear */
	Linear linear;
	enum {
		AWAIT_NOTHING,
		AWAIT_OPENED,
		AWAIT_ANSWER,
		AWAIT_EXERCISE, /* until its state is told */
		AWAIT_CHECKS,
		AWAIT_ROUND, /* they are over: until the worker has said what texts make of it */
		AWAIT_RUN
	} await;       /* what holds the lines of a pipe back */
	bool prompted; /* in sentences: what is asked for was said since the line came */
	Canvas canvas;
	Scene scene;
	Session *session;             /* while a job runs */
	const ScreenLesson *follower; /* of an open lesson; NULL: none */
	json_t *kept; /* records that came while the terminal was lent; NULL: it is not */
	bool asking;  /* the follower is being asked */
	Err failed;   /* what the follower said */
	SessionHook hook;
	Request asked;
	char badge[64];
	bool dirty, measuring, lesson, stopped;
	bool in_run;                          /* its records come */
	bool terminated;                      /* by a signal while a job ran, which took it */
	bool gone;                            /* the terminal, or who wrote the lines */
	char farewell[SCREEN_TEXT_MAX];       /* said at the end; "": nothing */
	int64_t drawn_ns, opened_ns, last_ns; /* last_ns: t_ns of the newest record */
	uint64_t draws;
};

/* The badge is that of the newest window's joules; before the first one, what would give them. */
void screen_note_badge(Screen *screen, const json_t *record);

/* screen_requests.c: what views ask for. */
/* Carries out what can be done at once; the rest is kept for whoever runs the loop. */
void screen_perform(Screen *screen, const Request *request);
/* Keeps it. */
void screen_ask(Screen *screen, const Request *request);

/* screen_lines.c: sentences, of which a line in is what a key is on the screen. */
/* All lines that have come and need not wait. */
void screen_take_lines(Screen *screen);
/* A person types when there is something to answer; lines of a pipe are all there at once, and wait
 * for what each one does. A record may end that wait. */
void screen_note_answer(Screen *screen, const json_t *record, const char *type);
/* Says what is asked for now, once there is nothing more to wait for; not on a screen. */
void screen_ask_on(Screen *screen);

#endif
