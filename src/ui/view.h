/* Views: a function from records and keys to cells. A view holds no tensors, calls no curses and
 * starts nothing: what it wants done it asks of the UI by a request.
 *
 * Each is a const View view_NAME in a file of its own (src/ui/views/NAME.c), listed in views.am.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_UI_VIEW_H
#define WATTLE_UI_VIEW_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/info.h"
#include "ui/canvas.h"
#include "ui/keys.h"

/* What a view asks for; the UI (src/app) carries it out. */
typedef enum RequestKind {
	REQUEST_NONE,
	REQUEST_COMMAND, /* send to the worker: text is the command, value its JSON (owned by the
			    request) or NULL */
	REQUEST_OPEN_LESSON, /* text: lesson id */
	REQUEST_RUN,         /* run the script again; flag: with a new seed */
	REQUEST_SHOW,        /* text: another view's name; ui.c does it, src/app never sees it */
	/* Of the stored runs; text is what: "list", "open", "diff", "beside", "tag" or "remove".
	 * value: {"runs":[id…], "tag":TEXT}; NULL: of "list". list, diff and beside are answered by
	 * records: stored-run for each run, the oldest first; run-difference and run-arms; run-side
	 * for each arm of each run. Behind them comes {"type":"stored-answer","what","runs"}, with
	 * "why" when it failed. The records of a run that is opened come to every view that shows
	 * any run's; what was changed brings a new list. */
	REQUEST_STORE,
	/* Of an exercise; text is what: "edit", "check", "solution", "reset" or "undo". value:
	 * {"step":N}. Answered by records: exercise-state whenever one of its facts changes, check
	 * and exercise of a round, solution. */
	REQUEST_EXERCISE,
	REQUEST_QUIT,
	REQUEST_STAY,         /* no, to the question of ui_confirm; made by ui.c */
	REQUEST_SUSPEND,      /* Ctrl-Z; made by ui.c, as are the next three */
	REQUEST_REDRAW,       /* Ctrl-L: everything anew */
	REQUEST_INTERRUPT,    /* Ctrl-C: stop the run; again: abort it; again: quit */
	REQUEST_WRITE,        /* the screen as text into a file */
	REQUEST_LEAVE_LESSON, /* back to the list: ends its worker */
} RequestKind;

/* Who receives a request owns value and gives it back by request_done. */
typedef struct Request {
	RequestKind kind;
	char text[64];
	json_t *value;
	bool flag;
} Request;

/* What every view may know of the UI, borrowed for the call. */
typedef struct Scene {
	const char *badge;    /* energy badge of the headline source */
	bool modelled;        /* its joules are not measured */
	bool running, paused; /* a worker is at work */
	double ui_cpu_share;  /* the UI's own CPU time, share of one core */
	int64_t now_ns;       /* since the run began, for ETA; never read a clock in a view */
} Scene;

/* Sentences for --linear: lines of at most 80 columns, no symbols alone. */
typedef struct Speech {
	void (*line)(void *user, const char *text);
	void *user;
} Speech;

typedef struct View {
	Info info;               /* title: what the first line shows */
	uint32_t key;            /* '1' … '6'; 0: opened otherwise */
	uint32_t place;          /* of keys.h, while no prompt is open */
	bool own;                /* takes what its own worker says: no stored run that is opened */
	void *(*open)(Err *err); /* the state; freed by close */
	void (*close)(void *state);
	/* Takes a record (borrowed). Unknown types and fields are ignored; nothing a record holds
	 * may crash a view. */
	void (*take)(void *state, const json_t *record);
	/* An action of the key table, or ACTION_NONE with the raw event (letters in a prompt,
	 * clicks). event is never NULL; its key is KEY_NONE when the action came from a command.
	 * Used means true. ACTION_QUIT unused: the UI quits; the actions that the UI performs
	 * itself (HELP, COMMAND, THEME, GLYPHS, METERS, WRITE, REDRAW, SUSPEND, INTERRUPT and the
	 * screens) never come here. */
	bool (*act)(void *state, Action action, const KeyEvent *event, Request *out);
	/* A line of the command line that is no action's name; false: it is nothing to the view.
	 * NULL: there are none. */
	bool (*command)(void *state, const char *line, Request *out);
	/* What was typed and not handed in, as a new array of the members of draft records (step,
	 * and what was typed), of the lesson that is open, or was until just now; NULL: nothing.
	 * NULL: nothing is typed here. */
	json_t *(*drafts)(const void *state);
	/* It is shown now, and may ask for something. NULL: it does not mind. */
	void (*shown)(void *state, Request *out);
	/* The place for the key table now: PLACE_PROMPT while letters are text. */
	uint32_t (*at)(const void *state);
	/* Draws into the pane that the frame left: lines 2 … height − 2. */
	void (*draw)(const void *state, Canvas *canvas, const Pane *pane, const Scene *scene);
	/* Subject in the first line: lesson or script name; NULL: none. */
	const char *(*subject)(const void *state);
	/* What to press next, for the line above the footer while there is no message; NULL (also
	 * as a result): nothing. */
	const char *(*hint)(const void *state);
	/* Says what the record that was just taken means, for --linear. A NULL record: what is
	 * asked for now (the open question, or where one is), as after a line was typed. NULL:
	 * nothing to say. */
	void (*say)(void *state, const json_t *record, const Speech *speech);
} View;

/* The table; ends with NULL. */
extern const View *const views[];
const View *view_find(const char *name);

void request_done(Request *request);
/* The first row to show of a list, so that row stays in sight: top moves as little as possible. */
int view_scroll(int top, int row, int rows, int height);
/* Moves *at within 0 … most by up, down, page and end keys; false for any other action. */
bool view_move(size_t *at, size_t most, size_t page, Action action);
#define SCROLL_PAGE 8 /* lines of a text */

#endif
