/* Keys: one table makes the footer, the help, the command line and wattle-keys(7).
 *
 * A row is a key, an action, and the places where it works. No two rows of one place have the same
 * key (a contract test).
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_UI_KEYS_H
#define WATTLE_UI_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Keys as events: a code point, or one of these. */
typedef enum Key {
	KEY_NONE = 0,
	KEY_ESC = 27,
	KEY_TAB_ = 9,
	KEY_RETURN = 13,
	KEY_CTRL_C = 3,
	KEY_CTRL_D = 4,
	KEY_CTRL_L = 12,
	KEY_CTRL_Z = 26,
	KEY_BACK = 127,
	KEY_SPECIAL = 0x110000, /* above all code points */
	KEY_ARROW_UP,
	KEY_ARROW_DOWN,
	KEY_ARROW_LEFT,
	KEY_ARROW_RIGHT,
	KEY_PAGE_UP,
	KEY_PAGE_DOWN,
	KEY_TOP,    /* Home */
	KEY_BOTTOM, /* End */
	KEY_F1,
	KEY_BACKTAB,
	KEY_CLICK, /* with a place */
	KEY_WHEEL_UP,
	KEY_WHEEL_DOWN,
	KEY_SIZE, /* the terminal changed its size or its glyphs, or was taken again: draw anew */
	KEY_GONE, /* the terminal hung up; comes once */
} Key;

typedef struct KeyEvent {
	uint32_t key;
	int x, y;  /* of a click */
	bool line; /* it is a whole line: a digit that chooses is accepted at once */
} KeyEvent;

/* Where a row works; a view names its place. */
enum {
	PLACE_COURSE = 1 << 0, /* the list of lessons */
	PLACE_LESSON = 1 << 1, /* the reader of one lesson */
	PLACE_LAB = 1 << 2,
	PLACE_METERS = 1 << 3,
	PLACE_HELP = 1 << 4,
	PLACE_PROMPT = 1 << 5, /* letters are text */
	PLACE_COMPARE = 1 << 6,
	PLACE_RUNS = 1 << 7,     /* the list of stored runs */
	PLACE_DETAIL = 1 << 8,   /* a pane over that list */
	PLACE_EXERCISE = 1 << 9, /* of a lesson: together with PLACE_LESSON */
	PLACE_WRITE = 1 << 10,   /* a text of several lines: letters and Enter are text */
	PLACE_CHOICE = 1 << 11,  /* a question of a lesson: digits answer, letters are keys */
	PLACE_VARY = 1 << 12,    /* of a lesson in which a value can be changed */
	PLACE_SEVERAL = 1 << 13, /* … and there are several: together with PLACE_VARY */
	/* What does nothing at this step, together with the place: the footer leaves it out. */
	PLACE_NO_RUN = 1 << 14,
	PLACE_NO_STOP = 1 << 15,
	PLACE_NO_SKIP = 1 << 16,
	PLACE_NO_UNDO = 1 << 17,
	PLACE_NO_HINT = 1 << 18,
	PLACE_NO_SOLUTION = 1 << 19,
	PLACE_NO_MOVE = 1 << 20, /* a run is at work */
	PLACE_CONFIRM = 1 << 21, /* a question with y/n: together with PLACE_PROMPT */
	PLACE_NUMBER = 1 << 22,  /* together with PLACE_PROMPT: a command is no answer */
	PLACE_PANES = PLACE_COURSE | PLACE_LESSON | PLACE_LAB | PLACE_COMPARE, /* several */
	PLACE_VIEWS = PLACE_PANES | PLACE_RUNS | PLACE_DETAIL,
	PLACE_ALL = PLACE_VIEWS | PLACE_METERS,
};

/* X(NAME, command): what a key does; the command is what `:` and --linear call it. */
#define ACTION_LIST(X)                          \
	X(HELP, "help")                         \
	X(QUIT, "quit")                         \
	X(CLOSE, "close")                       \
	X(LESSONS, "lessons")                   \
	X(LAB, "lab")                           \
	X(COMPARE, "compare")                   \
	X(RUNS, "runs")                         \
	X(UP, "up")                             \
	X(DOWN, "down")                         \
	X(PAGE_UP, "page-up")                   \
	X(PAGE_DOWN, "page-down")               \
	X(TOP, "top")                           \
	X(BOTTOM, "bottom")                     \
	X(OPEN, "open")                         \
	X(PANE, "pane")                         \
	X(ZOOM, "zoom")                         \
	X(COMMAND, "command")                   \
	X(THEME, "theme")                       \
	X(GLYPHS, "glyphs")                     \
	X(METERS, "meters")                     \
	X(REDRAW, "redraw")                     \
	X(SUSPEND, "suspend")                   \
	X(INTERRUPT, "interrupt")               \
	X(NEXT, "next")                         \
	X(BACK, "back")                         \
	X(RUN, "run")                           \
	X(RERUN, "rerun") /* with a new seed */ \
	X(MORE, "more")                         \
	X(LESS, "less")                         \
	X(VARY, "vary") /* the next name */     \
	X(PAUSE, "pause")                       \
	X(STOP, "stop")                         \
	X(STEP, "step")                         \
	X(OUTLINE, "outline")                   \
	X(EDIT, "edit")                         \
	X(CHECK, "check")                       \
	X(HINT, "hint")                         \
	X(SOLUTION, "solution")                 \
	X(RESET, "reset")                       \
	X(UNDO, "undo")                         \
	X(SKIP, "skip")                         \
	X(LOCK, "lock")                         \
	X(YES, "yes")                           \
	X(NO, "no")                             \
	X(AXIS_X, "axis-x")                     \
	X(AXIS_Y, "axis-y")                     \
	X(TEST, "test")                         \
	X(IDLE, "idle")                         \
	X(ZERO, "zero")                         \
	X(LOG, "log")                           \
	X(MARK, "mark")                         \
	X(DIFF, "diff")                         \
	X(BESIDE, "beside")                     \
	X(FILTER, "filter")                     \
	X(GROUP, "group")                       \
	X(TAG, "tag")                           \
	X(DELETE, "delete")                     \
	X(CONDITION_BACK, "turn-back")          \
	X(CONDITION, "turn")                    \
	X(WRITE, "write") /* the screen as text into a file */

typedef enum Action {
	ACTION_NONE,
#define X(name, command) ACTION_##name,
	ACTION_LIST(X)
#undef X
		ACTION_COUNT
} Action;

typedef struct KeyRow {
	uint32_t key;
	Action action;
	uint32_t places;
	const char *label; /* how the key is written: "PgDn", "r" */
	const char *brief; /* a word or two for the footer; NULL: not shown there */
	const char *help;  /* a sentence without a full stop */
} KeyRow;

/* The table; ends with a NULL label. Order is that of the footer and the help. */
extern const KeyRow key_rows[];

/* What key does in a place; ACTION_NONE when nothing. */
Action key_action(uint32_t key, uint32_t place);
/* The footer has the row in a place, if there is room. */
bool key_offered(const KeyRow *row, uint32_t place);
const char *action_command(Action action);
/* By its command; ACTION_NONE for an unknown one. */
Action action_find(const char *command);

#endif
