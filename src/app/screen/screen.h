/* The screen: the UI process's side of a terminal. It shows what the views drew, takes keys, and
 * carries out what they ask for, while a worker runs or not.
 *
 * Drawing budget: at most ten frames a second, one a second while windows are measured; a key is
 * answered at once. The CPU time of this process is shown and goes into the records (ui record at
 * the end of a run).
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_SCREEN_H
#define WATTLE_APP_SCREEN_H

#include <jansson.h>
#include <stdbool.h>

#include "app/session/session.h"
#include "base/err.h"
#include "ui/view.h"

#define SCREEN_TEXT_MAX (ERR_TEXT_MAX + 128) /* of a question and of a farewell */

typedef struct Screen Screen;

typedef struct ScreenOptions {
	const char *view; /* shown first */
	const char *theme;
	bool ascii, mouse;
	bool linear; /* sentences instead of a screen */
} ScreenOptions;

/* True when stdin and stdout are terminals. */
bool screen_wanted(void);
Screen *screen_open(const ScreenOptions *options, Err *err);
/* Restores the terminal. */
void screen_close(Screen *screen);

/* Shows a record. Its time stamps are the clock of the views. */
void screen_take(Screen *screen, const json_t *record);
/* The same of a record that tells of an earlier sitting: nothing is said of it. */
void screen_recall(Screen *screen, const json_t *record);
/* For a session: keys and drawing while a job runs. Borrowed. */
const SessionHook *screen_hook(Screen *screen);
/* Keys and drawing while nothing runs, for at most wait_ms (−1: until something is asked). Gives
 * what a view asked for that ends this: REQUEST_QUIT, REQUEST_RUN, REQUEST_OPEN_LESSON;
 * REQUEST_NONE when the time is over. The caller frees request->value. */
Request screen_wait(Screen *screen, int wait_ms);
/* What was asked for while a job ran and ended it; REQUEST_NONE when it ended by itself. */
Request screen_asked(Screen *screen);
/* Draws what there is, before something that takes a while. */
void screen_show(Screen *screen);
/* Until the next key; in sentences, said. */
void screen_message(Screen *screen, const char *text);
/* Said on stderr when the screen has been closed; the last one counts. */
void screen_farewell(Screen *screen, const char *text);
/* Asks whether to quit, with y/n. REQUEST_QUIT: yes, or there is nobody to answer; REQUEST_STAY: no;
 * in sentences, another request where a command was given instead. */
Request screen_confirm(Screen *screen, const char *question);
/* What was typed in the open lesson and not handed in: ui_drafts. */
json_t *screen_drafts(const Screen *screen);
/* The store was changed by the run that ended: a list that is shown is read again. */
void screen_stored(Screen *screen);
/* Who follows what views ask of an open lesson. Both are called from the hook's tick; false and
 * *err ends the lesson. */
typedef struct ScreenLesson {
	/* Takes the reference to command. */
	bool (*command)(void *user, json_t *command, Err *err);
	bool (*exercise)(void *user, const char *what, size_t step, Err *err);
	void *user;
} ScreenLesson;
/* Borrowed; NULL: the lesson is over. */
void screen_set_lesson(Screen *screen, const ScreenLesson *lesson);
/* The terminal belongs to another program, or is ours again. Records that come meanwhile are shown
 * then. */
void screen_lend(Screen *screen, bool lent);
/* A lesson is being opened: lines from a pipe wait until it has said something. */
void screen_await(Screen *screen);

#endif
