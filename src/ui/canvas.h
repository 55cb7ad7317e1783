/* The canvas: a grid of cells that views draw into. Knows no terminal: term_curses.c sends the
 * cells that changed, dump.c writes them as text, and tests compare them.
 *
 * Every text is made harmless (base/text.h) and is cut to its place with "…" ("~" in ASCII):
 * nothing drawn can move the cursor, retitle a terminal or reach beyond its pane. A wide character
 * takes two cells (the second has code 0) or, where only one is left, none; what would combine with
 * its neighbour is shown as an escape (\u0301); a newline or a tab is a space. Widths are
 * wcwidth's: call setlocale(LC_CTYPE) first. At GLYPHS_ASCII every cell is ASCII. Coordinates
 * outside the grid are ignored.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_UI_CANVAS_H
#define WATTLE_UI_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* What a cell means, not how it looks; theme.h gives the looks. X(NAME) */
#define STYLE_LIST(X)                                \
	X(TEXT)                                      \
	X(DIM)                                       \
	X(TITLE)                                     \
	X(FOCUS) /* the focused row */               \
	X(BORDER)                                    \
	X(BAR)    /* first and last line */          \
	X(KEY)    /* a key in a footer or in help */ \
	X(LESS)   /* costs less */                   \
	X(MORE)   /* costs more */                   \
	X(UNSURE) /* not resolved */                 \
	X(WARNING)                                   \
	X(ERROR)                                     \
	X(MEASURED)                                  \
	X(MODELLED)                                  \
	X(EMPHASIS)                                  \
	X(CODE)                                      \
	X(SERIES1)                                   \
	X(SERIES2)                                   \
	X(SERIES3)                                   \
	X(SERIES4)

typedef enum Style {
#define X(name) STYLE_##name,
	STYLE_LIST(X)
#undef X
		STYLE_COUNT
} Style;

/* What the terminal can show: GLYPHS_BRAILLE: UTF-8 with braille; GLYPHS_HALF: UTF-8 with half
 * blocks; GLYPHS_ASCII. */
typedef enum Glyphs { GLYPHS_BRAILLE, GLYPHS_HALF, GLYPHS_ASCII } Glyphs;

typedef struct CanvasCell {
	uint32_t code; /* code point; 0: right half of the wide character before it */
	uint8_t style;
} CanvasCell;

typedef struct Canvas {
	int width, height; /* at least 1 */
	Glyphs glyphs;
	CanvasCell *cells;      /* row-major; owned */
	int cursor_x, cursor_y; /* where the hardware cursor rests; −1: hidden */
	int clip_x, clip_y, clip_width, clip_height;
} Canvas;

/* Sizes are clamped to 1 … CANVAS_SIZE_MAX. */
#define CANVAS_SIZE_MAX 1000
bool canvas_init(Canvas *canvas, int width, int height, Glyphs glyphs, Err *err);
/* Empties the canvas; when memory is short it stays as it was. */
bool canvas_resize(Canvas *canvas, int width, int height, Err *err);
void canvas_done(Canvas *canvas);
void canvas_clear(Canvas *canvas);

/* A rectangle of the screen. */
typedef struct Pane {
	int x, y, width, height;
} Pane;

/* Drawing is kept inside the pane until the next call; a NULL pane is the whole canvas. */
void canvas_clip(Canvas *canvas, const Pane *pane);

/* One character; wide ones take two cells. */
void canvas_put(Canvas *canvas, int x, int y, uint32_t code, Style style);
/* Cleaned text of at most columns cells (cut with an ellipsis); returns the columns used. */
int canvas_text(Canvas *canvas, int x, int y, int columns, Style style, const char *text);
int canvas_printf(Canvas *canvas, int x, int y, int columns, Style style, const char *format, ...)
	__attribute__((format(printf, 6, 7)));
/* The columns that text takes uncut, its escapes included. */
int canvas_columns(const Canvas *canvas, const char *text);
/* Right-aligned: ends at column x + columns − 1. */
void canvas_text_right(Canvas *canvas, int x, int y, int columns, Style style, const char *text);
void canvas_fill(Canvas *canvas, const Pane *pane, uint32_t code, Style style);
/* A frame with a title in the top line and a note in the bottom line (both may be NULL); *inside
 * gets the room within. */
void canvas_frame(Canvas *canvas, const Pane *pane, const char *title, const char *note,
		  bool focused, Pane *inside);

/* A glyph by meaning at this canvas's level: "▼" or "v". A text that holds the left form is drawn
 * in the form of the level. */
typedef enum Mark {
	MARK_LESS,     /* ▼ v */
	MARK_MORE,     /* ▲ ^ */
	MARK_UNSURE,   /* ~ */
	MARK_SAME,     /* = */
	MARK_WARNING,  /* ! */
	MARK_DONE,     /* ✓ x */
	MARK_PART,     /* ◐ ° + */
	MARK_OPEN,     /* · . */
	MARK_HERE,     /* ▸ > */
	MARK_DOT,      /* ● * */
	MARK_RING,     /* ○ o */
	MARK_NOW,      /* ◉ @ */
	MARK_RULE,     /* ─ - */
	MARK_WALL,     /* │ | */
	MARK_TICK,     /* ┤ + */
	MARK_CORNER,   /* └ + */
	MARK_BLOCK,    /* █ # */
	MARK_SHADE,    /* ░ . */
	MARK_INTERVAL, /* ━ - */
	MARK_ELLIPSIS, /* … ~ */
	MARK_FAILED,   /* ✗ ! */
	MARK_POINT,    /* ◆ o */
	MARK_STAR,     /* ★ * */
	MARK_COUNT,
} Mark;
uint32_t canvas_mark(const Canvas *canvas, Mark mark);

#endif
