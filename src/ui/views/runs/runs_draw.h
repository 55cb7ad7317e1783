/* The state of the list of runs, and how it is drawn and said. For runs.c and runs_draw.c alone.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_UI_VIEWS_RUNS_DRAW_H
#define WATTLE_UI_VIEWS_RUNS_DRAW_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "ui/canvas.h"
#include "ui/view.h"
#include "ui/views/runs/runs_view.h"

typedef enum RunsAsk {
	RUNS_ASK_NOTHING,
	RUNS_ASK_FILTER,
	RUNS_ASK_TAG,
	RUNS_ASK_DELETE,
} RunsAsk;

typedef struct Runs {
	RunsList list, coming; /* what is shown; what an answer brought so far */
	json_t *coming_answer; /* records of an answer that is not yet whole; owned, as the next */
	json_t *detail;        /* those of the pane that lies over the list */
	json_t *answer;        /* what it answers; NULL: no pane is open */
	bool listed;           /* the store was asked */
	char why[512];         /* why it could not be read; "" when it could */
	size_t row;            /* under the cursor, among those shown */
	size_t scroll;         /* of the pane */
	RunsAsk ask;
	char text[RUNS_FILTER_MAX]; /* what was typed */
	char notice[128];           /* until the next key */
	struct {
		char hint[RUNS_LABEL_MAX + 64];
		int top, first_y, rows; /* of the list as it was drawn last: line, screen, lines */
		size_t page;            /* rows that a page key moves by */
		size_t most;            /* how far the pane scrolls */
	} * seen;
} Runs;

void runs_draw_list(const Runs *runs, Canvas *canvas, const Pane *pane);
void runs_draw_detail(const Runs *runs, Canvas *canvas, const Pane *pane);
/* Chooses the row on that line of the screen; false when there is none. */
bool runs_click(Runs *runs, int y);
const char *runs_hint(const Runs *runs);
void runs_say(void *state, const json_t *record, const Speech *speech);

#endif
