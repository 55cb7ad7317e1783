/* A reflection of a lesson: a text of several lines, written into a small editor and locked as
 * other answers are.
 *
 * Enter breaks the line. Ctrl-D ends the text, as does a line that holds a "." alone: so it is
 * written in sentences, too.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_UI_VIEWS_REFLECTION_H
#define WATTLE_UI_VIEWS_REFLECTION_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/keys.h"
#include "ui/view.h"
#include "ui/views/flow.h"

#define REFLECTION_MAX 4001 /* bytes of the text, with its NUL */

typedef struct Reflection {
	int64_t step, min_words;
	char *ask; /* owned; never NULL */
	char text[REFLECTION_MAX];
	size_t at; /* the cursor: a byte of text, at the begin of a character */
	bool locked;
	bool sent; /* locked here and not yet confirmed: an error unlocks it again */
} Reflection;

/* NULL when memory is short. */
Reflection *reflection_new(void);
void reflection_free(Reflection *reflection);
/* A prompt record; a locked text in it is taken over, one that is being written stays. */
void reflection_take(Reflection *reflection, const json_t *record);
/* The text that is not locked, as a new object of members of a draft record; NULL: none. */
json_t *reflection_draft(const Reflection *reflection);
/* Takes what was written in an earlier sitting, unless something was since. */
void reflection_resume(Reflection *reflection, const json_t *draft);
/* The worker refused what was sent. */
void reflection_refused(Reflection *reflection);

/* A key while the text is written; columns: of its lines, as drawn. True when used; *out is the
 * answer once it is ended with words enough. */
bool reflection_key(Reflection *reflection, Action action, const KeyEvent *event, int columns,
		    Request *out);
/* The text in a frame with the count of its words. *columns is set to those of a line, *most to how
 * far it may be scrolled once it is locked. */
void reflection_draw(const Reflection *reflection, Canvas *canvas, const Pane *pane, bool focused,
		     size_t first, size_t *columns, size_t *most);
/* What to press. */
void reflection_hint(const Reflection *reflection, char *out, size_t cap);
/* For --linear: the question, and the text when it is locked. */
void reflection_say(const Reflection *reflection, const Speech *speech);
/* The line that asks for more; ends with '>'. */
void reflection_say_field(const Reflection *reflection, const Speech *speech);

#endif
