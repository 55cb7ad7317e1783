/* The command line: ":" and the name of an action; Tab completes among those that work here.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_UI_PROMPT_H
#define WATTLE_UI_PROMPT_H

#include <stdbool.h>
#include <stdint.h>

#include "ui/canvas.h"
#include "ui/keys.h"

#define PROMPT_TEXT_MAX 32
#define PROMPT_HINT_MAX 256

typedef struct Prompt {
	bool open;
	char text[PROMPT_TEXT_MAX]; /* ASCII */
	char hint[PROMPT_HINT_MAX]; /* what could follow, or why not; "": nothing */
} Prompt;

void prompt_open(Prompt *prompt);
/* place: where it was opened. *perform is the action of a command that was entered; the line is
 * closed then. False for a key that does nothing. */
bool prompt_key(Prompt *prompt, const KeyEvent *event, uint32_t place, Action *perform);
/* The action of a command that works in place; else ACTION_NONE, and *hint says so. */
Action prompt_find(const char *command, uint32_t place, char hint[PROMPT_HINT_MAX]);
/* On line y. */
void prompt_draw(const Prompt *prompt, Canvas *canvas, int y);

#endif
