/* Flowing text: words of several styles, wrapped into lines of a given width; what a lesson's
 * page, a prompt and a list of verdicts are made of, on the screen as in sentences.
 *
 * Texts are cleaned on the way in, so that what is measured is what is drawn. A word wider than
 * the line is broken.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_UI_VIEWS_FLOW_H
#define WATTLE_UI_VIEWS_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/canvas.h"
#include "ui/view.h"

#define FLOW_COLUMNS_MAX 76 /* of text that is read */
#define FLOW_SAY_COLUMNS 80 /* of sentences, for --linear */

/* A stretch of one style on one line. */
typedef struct FlowRun {
	size_t line;
	int x;
	Style style;
	char *text; /* clean; owned */
} FlowRun;

typedef struct Flow {
	int columns;
	int indent; /* of the lines that follow */
	FlowRun *runs;
	size_t n, capacity;
	size_t line; /* the one being filled; how many there are, after flow_end */
	int x;       /* next free column */
	bool space;  /* a space is due before the next word */
	bool failed; /* memory was short: some text is missing */
} Flow;

/* columns: at least 1 are used. */
void flow_init(Flow *flow, int columns);
void flow_done(Flow *flow);
/* Words between blanks, wrapped; the first one goes on directly behind what is there. */
void flow_words(Flow *flow, Style style, const char *text, size_t len);
/* The same behind a space. */
void flow_text(Flow *flow, Style style, const char *text);
/* The same; what stands between ` is code. */
void flow_spans(Flow *flow, Style style, const char *text);
void flow_format(Flow *flow, Style style, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* One line as it stands, blanks kept; cut when drawn. */
void flow_verbatim(Flow *flow, Style style, const char *text, size_t len);
/* Ends the line, if anything is on it. */
void flow_break(Flow *flow);
/* Ends the line and leaves one empty, unless the flow is empty or its last line is. */
void flow_gap(Flow *flow);
/* How many lines there are. */
size_t flow_lines(const Flow *flow);
/* Lines from first on into the pane. */
void flow_draw(const Flow *flow, Canvas *canvas, const Pane *pane, size_t first);
/* Each line as a sentence. */
void flow_say(const Flow *flow, const Speech *speech);
/* One sentence, wrapped; what follows its first line is indented. */
void flow_sentence(const Speech *speech, int indent, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A code point as UTF-8 with a closing NUL; returns the bytes before it, 0 for what is no
 * character. */
size_t flow_encode(char out[5], uint32_t code);

#endif
