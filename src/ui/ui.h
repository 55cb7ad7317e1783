/* The frame around the views: first line, footer, messages, help, meters, command line; from
 * records and keys to one canvas.
 *
 * Pure of terminals and processes: src/app feeds it and shows what it drew. So the screen tests run
 * it without either.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_UI_UI_H
#define WATTLE_UI_UI_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "ui/canvas.h"
#include "ui/keys.h"
#include "ui/theme.h"
#include "ui/view.h"

#define UI_WIDTH_MIN 80
#define UI_HEIGHT_MIN 24

typedef struct Ui Ui;

/* Opens all views; view is the first one shown ("lessons", "lab"). */
Ui *ui_new(const char *view, Err *err);
void ui_free(Ui *ui);

/* Every view takes every record; the meter's are kept for the meters overlay. */
void ui_take(Ui *ui, const json_t *record);
/* A record of a stored run that is opened: not for the views that follow their own worker. */
void ui_take_stored(Ui *ui, const json_t *record);
/* Shows a view over the one there is: closing it leads back. False when there is none of that
 * name. */
bool ui_show(Ui *ui, const char *view);
/* One key. *out is what src/app should do, REQUEST_NONE when nothing; never REQUEST_SHOW. False for
 * a key that changed nothing. */
bool ui_key(Ui *ui, const KeyEvent *event, Request *out);
/* Asks whether to quit, with y/n, until a key answers: REQUEST_QUIT or REQUEST_STAY. */
void ui_confirm(Ui *ui, const char *question);
/* What was typed in the open lesson, or the one that was left just now, and not handed in, as a new
 * array of the members of draft records. */
json_t *ui_drafts(const Ui *ui);
/* Letters are text now, or the answer to a question with y/n. */
bool ui_typing(const Ui *ui);
/* By its command name, as `:` and --linear give it. False when there is none of that name here. */
bool ui_command(Ui *ui, const char *command, Request *out);
/* Draws everything for the canvas's size; smaller than UI_WIDTH_MIN × UI_HEIGHT_MIN: three lines
 * that name both sizes. */
void ui_draw(Ui *ui, Canvas *canvas, const Scene *scene);
/* A notice on the line above the footer, until the next key. */
void ui_message(Ui *ui, Style style, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Begins with theme_from_environment(THEME_AUTO); the user changes it by a key. */
/* The notice; "" when there is none. */
const char *ui_notice(const Ui *ui);
Theme ui_theme(const Ui *ui);
void ui_set_theme(Ui *ui, Theme theme);
/* The level to draw at: best, or what the user chose below it. */
Glyphs ui_glyphs(const Ui *ui, Glyphs best);
/* For --linear: what the current view says of a record. */
void ui_say(Ui *ui, const json_t *record, const Speech *speech);

#endif
