/* The help overlay: the keys that work where it was opened; typing searches, Enter performs the
 * row.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_UI_HELP_H
#define WATTLE_UI_HELP_H

#include <stdbool.h>
#include <stdint.h>

#include "ui/canvas.h"
#include "ui/keys.h"

#define HELP_SEARCH_MAX 32

typedef struct Help {
	bool open;
	char search[HELP_SEARCH_MAX]; /* ASCII */
	int row, top;                 /* among the rows found */
	int page;                     /* rows that the last drawing had room for */
	int first_y;                  /* where it put them; −1: nowhere */
} Help;

void help_open(Help *help);
/* place: where it was opened. *perform is the action of the row that Enter or a click chose; the
 * overlay is closed then. False for a key that does nothing. */
bool help_key(Help *help, const KeyEvent *event, uint32_t place, Action *perform);
/* where: the screen's title. */
void help_draw(Help *help, Canvas *canvas, const Pane *pane, const char *where, uint32_t place);

#endif
