/* The table of keys.
 * SPDX-License-Identifier: MIT */
#include "ui/keys.h"

#include <string.h>

#define PLACE_WORK (PLACE_LESSON | PLACE_LAB)
#define PLACE_TEXT (PLACE_PROMPT | PLACE_WRITE)
#define PLACE_READ (PLACE_LESSON | PLACE_CHOICE)
#define PLACE_LETTERS (PLACE_ALL | PLACE_CHOICE)              /* where letters are keys */
#define PLACE_LISTS (PLACE_LETTERS | PLACE_HELP | PLACE_TEXT) /* also where letters are text */

static const char *const action_commands[ACTION_COUNT];

Action key_action(uint32_t key, uint32_t place)
{
	for (const KeyRow *row = key_rows; row->label; row++)
		if (row->key == key && (row->places & place))
			return row->action;
	return ACTION_NONE;
}

bool key_offered(const KeyRow *row, uint32_t place)
{
	static const uint32_t without[ACTION_COUNT] = {
		[ACTION_RUN] = PLACE_NO_RUN,    [ACTION_RERUN] = PLACE_NO_RUN,
		[ACTION_PAUSE] = PLACE_NO_STOP, [ACTION_STOP] = PLACE_NO_STOP,
		[ACTION_SKIP] = PLACE_NO_SKIP,  [ACTION_UNDO] = PLACE_NO_UNDO,
		[ACTION_HINT] = PLACE_NO_HINT,  [ACTION_SOLUTION] = PLACE_NO_SOLUTION,
		[ACTION_NEXT] = PLACE_NO_MOVE,  [ACTION_BACK] = PLACE_NO_MOVE,
		[ACTION_OPEN] = PLACE_CONFIRM,
	};

	return row->brief && (row->places & place) && !(without[row->action] & place);
}

const char *action_command(Action action)
{
	return action_commands[action];
}

Action action_find(const char *command)
{
	for (Action action = ACTION_NONE + 1; action < ACTION_COUNT; action++)
		if (strcmp(action_commands[action], command) == 0)
			return action;
	return ACTION_NONE;
}

static const char *const action_commands[ACTION_COUNT] = { [ACTION_NONE] = "",
#define X(name, command) [ACTION_##name] = command,
							   ACTION_LIST(X)
#undef X
};

/* key, action, places, label, brief, help */
/* clang-format off */
const KeyRow key_rows[] = {
	{ 'y', ACTION_YES, PLACE_CONFIRM, "y", "yes", "yes to what is asked" },
	{ 'n', ACTION_NO, PLACE_CONFIRM, "n", "no", "no, and so does every other key" },
	{ 'n', ACTION_NEXT, PLACE_READ, "n", "next", "next step of the lesson" },
	{ 'b', ACTION_BACK, PLACE_READ, "b", "back", "previous step" },
	{ 'e', ACTION_EDIT, PLACE_EXERCISE, "e", "edit", "open your file in your editor" },
	{ 'c', ACTION_CHECK, PLACE_EXERCISE, "c", "check", "run the checks on your file" },
	{ 'H', ACTION_HINT, PLACE_EXERCISE, "H", "hint", "a hint for the first check that fails" },
	{ 'S', ACTION_SOLUTION, PLACE_EXERCISE, "S", "solution", "show the solution, or put it away" },
	{ 'u', ACTION_UNDO, PLACE_EXERCISE, "u", "undo", "take the reset back" },
	{ 'X', ACTION_AXIS_X, PLACE_COMPARE, "X", "x axis", "next metric along the Pareto chart" },
	{ 'Y', ACTION_AXIS_Y, PLACE_COMPARE, "Y", "y axis", "next metric up the Pareto chart" },
	{ 't', ACTION_TEST, PLACE_COMPARE, "t", "test",
	  "p values beside the intervals; they decide nothing" },
	{ 'i', ACTION_IDLE, PLACE_COMPARE, "i", "idle", "joules with idle power, or those above it" },
	{ '0', ACTION_ZERO, PLACE_COMPARE, "0", "zero", "Pareto axes from zero, or around the values" },
	{ 'l', ACTION_LOG, PLACE_COMPARE, "l", "log", "logarithmic axes of costs, or linear ones" },
	{ KEY_RETURN, ACTION_OPEN, PLACE_COURSE | PLACE_RUNS, "Enter", "open",
	  "open what is under the cursor" },
	{ ' ', ACTION_MARK, PLACE_RUNS, "Space", "mark", "mark the run, or take the mark off" },
	{ 'd', ACTION_DIFF, PLACE_RUNS, "d", "diff", "where two marked runs differ" },
	{ 'c', ACTION_BESIDE, PLACE_RUNS, "c", "compare", "the marked runs side by side" },
	{ 'f', ACTION_FILTER, PLACE_RUNS, "f", "filter", "only runs that hold the words that follow" },
	{ '/', ACTION_FILTER, PLACE_RUNS, "/", NULL, "only runs that hold the words that follow" },
	{ 'b', ACTION_GROUP, PLACE_RUNS, "b", "group", "group by name, by script, or not at all" },
	{ 'D', ACTION_DELETE, PLACE_RUNS, "D", "delete", "delete the marked runs; asks first" },
	{ 't', ACTION_TAG, PLACE_RUNS, "t", "tag", "tag the marked runs; -TAG takes one off" },
	{ KEY_RETURN, ACTION_OPEN, PLACE_WORK, "Enter", NULL, "open what is under the cursor" },
	{ KEY_RETURN, ACTION_OPEN, PLACE_PROMPT | PLACE_CHOICE, "Enter", "accept",
	  "accept what was typed" },
	{ KEY_RETURN, ACTION_OPEN, PLACE_HELP, "Enter", "do it", "do what the row says" },
	{ 'r', ACTION_RUN, PLACE_WORK | PLACE_CHOICE, "r", "run", "run, with the same seed" },
	{ 'R', ACTION_RERUN, PLACE_WORK | PLACE_CHOICE, "R", "new seed", "run with a new seed" },
	{ '+', ACTION_MORE, PLACE_VARY, "+/-", "value",
	  "next value of what varies; asks if a result goes" },
	{ '-', ACTION_LESS, PLACE_VARY, "-", NULL, "the value before" },
	{ 'v', ACTION_VARY, PLACE_SEVERAL, "v", NULL, "choose what + and - change" },
	{ 'p', ACTION_PAUSE, PLACE_WORK | PLACE_CHOICE, "p", "pause", "pause the run, or go on" },
	{ 's', ACTION_STOP, PLACE_WORK | PLACE_CHOICE, "s", "stop",
	  "stop the run at the end of the batch" },
	{ '.', ACTION_STEP, PLACE_LAB, ".", "step", "one step of a paused run" },
	{ '[', ACTION_CONDITION_BACK, PLACE_LAB | PLACE_COMPARE, "[", NULL,
	  "the condition before, where there are factors" },
	{ ']', ACTION_CONDITION, PLACE_LAB | PLACE_COMPARE, "]", NULL, "the next condition" },
	{ 'K', ACTION_SKIP, PLACE_READ, "K", "skip", "leave this step undone; asks first" },
	{ 'o', ACTION_OUTLINE, PLACE_READ, "o", "outline", "the steps of the lesson" },
	{ 'x', ACTION_RESET, PLACE_EXERCISE, "x", "reset", "put the starter back; asks first" },
	{ KEY_CTRL_D, ACTION_LOCK, PLACE_WRITE, "Ctrl-D", "lock", "lock what was written" },
	{ KEY_TAB_, ACTION_PANE, PLACE_PANES, "Tab", "pane", "next pane" },
	{ KEY_TAB_, ACTION_PANE, PLACE_TEXT | PLACE_CHOICE, "Tab", NULL, "next pane, or complete" },
	{ 'z', ACTION_ZOOM, PLACE_PANES | PLACE_CHOICE, "z", "zoom", "the pane alone, or all panes" },
	{ 'm', ACTION_METERS, PLACE_LETTERS, "m", "meters",
	  "energy meters: source, state, why, what helps" },
	{ ':', ACTION_COMMAND, PLACE_LETTERS, ":", "command", "type a command; Tab completes" },
	{ '1', ACTION_LESSONS, PLACE_ALL, "1", NULL, "the lessons" },
	{ '2', ACTION_LAB, PLACE_ALL, "2", NULL, "the lab" },
	{ '3', ACTION_COMPARE, PLACE_ALL, "3", NULL, "the arms of a run, against its baseline" },
	{ '4', ACTION_RUNS, PLACE_ALL, "4", NULL, "the stored runs" },
	{ KEY_ARROW_UP, ACTION_UP, PLACE_LISTS, "Up", NULL, "one row up" },
	{ KEY_ARROW_DOWN, ACTION_DOWN, PLACE_LISTS, "Down", NULL, "one row down" },
	{ 'k', ACTION_UP, PLACE_LETTERS, "k", NULL, "one row up" },
	{ 'j', ACTION_DOWN, PLACE_LETTERS, "j", NULL, "one row down" },
	{ KEY_WHEEL_UP, ACTION_UP, PLACE_LISTS, "wheel up", NULL, "one row up" },
	{ KEY_WHEEL_DOWN, ACTION_DOWN, PLACE_LISTS, "wheel down", NULL, "one row down" },
	{ KEY_PAGE_UP, ACTION_PAGE_UP, PLACE_LISTS, "PgUp", NULL, "one page up" },
	{ KEY_PAGE_DOWN, ACTION_PAGE_DOWN, PLACE_LISTS, "PgDn", NULL, "one page down" },
	{ 'g', ACTION_TOP, PLACE_LETTERS, "g", NULL, "first row" },
	{ 'G', ACTION_BOTTOM, PLACE_LETTERS, "G", NULL, "last row" },
	{ KEY_TOP, ACTION_TOP, PLACE_LISTS, "Home", NULL, "first row" },
	{ KEY_BOTTOM, ACTION_BOTTOM, PLACE_LISTS, "End", NULL, "last row" },
	{ 'w', ACTION_WRITE, PLACE_LETTERS, "w", "write", "write the screen as text into a file" },
	{ 'T', ACTION_THEME, PLACE_LETTERS, "T", NULL, "next theme: auto, dark, light, mono" },
	{ 'a', ACTION_GLYPHS, PLACE_LETTERS, "a", NULL, "next glyphs: braille, half blocks, ASCII" },
	{ KEY_CTRL_L, ACTION_REDRAW, PLACE_LISTS, "Ctrl-L", NULL, "draw the screen anew" },
	{ KEY_CTRL_Z, ACTION_SUSPEND, PLACE_LISTS, "Ctrl-Z", NULL, "suspend wattle; fg returns" },
	{ KEY_CTRL_C, ACTION_INTERRUPT, PLACE_LISTS, "Ctrl-C", NULL,
	  "stop the run; again: abort it; again: quit" },
	{ KEY_ESC, ACTION_CLOSE, PLACE_VIEWS, "Esc", NULL, "close what is open; never quits" },
	{ KEY_ESC, ACTION_CLOSE, PLACE_LISTS & ~(uint32_t)PLACE_VIEWS, "Esc", "close",
	  "close; never quits" },
	{ KEY_F1, ACTION_HELP, PLACE_LISTS & ~(uint32_t)PLACE_TEXT, "F1", NULL, "these keys" },
	{ KEY_F1, ACTION_HELP, PLACE_TEXT, "F1", "help", "the keys that work here" },
	{ '?', ACTION_HELP, PLACE_LETTERS, "?", "help", "these keys; typing searches" },
	{ 'q', ACTION_QUIT, PLACE_LETTERS, "q", "quit", "back, then quit; asks when something runs" },
	{ 0, ACTION_NONE, 0, NULL, NULL, NULL },
};
/* clang-format on */
