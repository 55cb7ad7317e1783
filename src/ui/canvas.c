/* The grid of cells: makes text harmless, cuts it, draws frames and marks.
 * SPDX-License-Identifier: MIT */
#include "ui/canvas.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/text.h"

#define CANVAS_INVALID 0xfffd
#define CANVAS_PRINT_MAX 1024 /* bytes of a formatted text; more than a row can show is no loss */
#define CANVAS_SHOWN_MAX 12   /* "\U0001f1e6" and room */

/* One character of a text as it is drawn: itself, an escape, or a spelling in ASCII. */
typedef struct Shown {
	uint32_t code[CANVAS_SHOWN_MAX];
	int count;
} Shown;

typedef struct Spelling {
	uint32_t code;
	const char *ascii;
} Spelling;

static const uint32_t canvas_marks[MARK_COUNT][3];
static const Spelling canvas_spellings[];

static int canvas_clamp(int size)
{
	return size < 1 ? 1 : size > CANVAS_SIZE_MAX ? CANVAS_SIZE_MAX : size;
}

bool canvas_resize(Canvas *canvas, int width, int height, Err *err)
{
	width = canvas_clamp(width);
	height = canvas_clamp(height);
	if (canvas->cells && width == canvas->width && height == canvas->height) {
		canvas_clear(canvas);
		return true;
	}
	CanvasCell *cells = calloc((size_t)width * (size_t)height, sizeof *cells);

	if (!cells)
		return err_set(err, ERR_MEMORY, "no memory for a screen of %dx%d", width, height);
	free(canvas->cells);
	canvas->cells = cells;
	canvas->width = width;
	canvas->height = height;
	canvas_clear(canvas);
	return true;
}

bool canvas_init(Canvas *canvas, int width, int height, Glyphs glyphs, Err *err)
{
	*canvas = (Canvas){ .glyphs = glyphs };
	return canvas_resize(canvas, width, height, err);
}

void canvas_done(Canvas *canvas)
{
	free(canvas->cells);
	*canvas = (Canvas){ 0 };
}

void canvas_clear(Canvas *canvas)
{
	int count = canvas->width * canvas->height;

	for (int i = 0; i < count; i++)
		canvas->cells[i] = (CanvasCell){ .code = ' ', .style = STYLE_TEXT };
	canvas->cursor_x = canvas->cursor_y = -1;
	canvas_clip(canvas, NULL);
}

static int canvas_least(int a, int b)
{
	return a < b ? a : b;
}

static int canvas_most(int a, int b)
{
	return a > b ? a : b;
}

void canvas_clip(Canvas *canvas, const Pane *pane)
{
	Pane all = { 0, 0, canvas->width, canvas->height };

	if (!pane)
		pane = &all;
	int right = canvas_least(pane->x + pane->width, canvas->width);
	int below = canvas_least(pane->y + pane->height, canvas->height);

	canvas->clip_x = canvas_most(pane->x, 0);
	canvas->clip_y = canvas_most(pane->y, 0);
	canvas->clip_width = canvas_most(right - canvas->clip_x, 0);
	canvas->clip_height = canvas_most(below - canvas->clip_y, 0);
}

/* Lines, blocks, arrows and braille, which the probe found to be narrow whatever the locale says.
 */
static bool canvas_ours(uint32_t code)
{
	return (code >= 0x2190 && code <= 0x2193) || (code >= 0x2500 && code <= 0x25ff) ||
	       code == 0x2713 || (code >= 0x2800 && code <= 0x28ff);
}

/* Columns: 1, 2; 0 for what is hidden or joins its neighbour (combining characters, flags, skin
 * tones); -1 for what the locale does not know. */
static int canvas_char_columns(uint32_t code)
{
	if (code >= 0x20 && code < 0x7f)
		return 1;
	if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return -1;
	if (text_hidden(code) || (code >= 0x1f1e6 && code <= 0x1f1ff) ||
	    (code >= 0x1f3fb && code <= 0x1f3ff))
		return 0;
	int columns = wcwidth((wchar_t)code);

	if (columns < 2 && canvas_ours(code))
		return 1;
	return columns > 2 ? -1 : columns;
}

/* One cell, with the halves of wide characters that it cuts mended. */
static void canvas_cell(Canvas *canvas, int x, int y, uint32_t code, Style style)
{
	if (x < canvas->clip_x || y < canvas->clip_y || x >= canvas->clip_x + canvas->clip_width ||
	    y >= canvas->clip_y + canvas->clip_height)
		return;
	CanvasCell *cell = &canvas->cells[y * canvas->width + x];

	if (cell->code == 0 && x > 0)
		cell[-1].code = ' ';
	if (x + 1 < canvas->width && cell[1].code == 0)
		cell[1].code = ' ';
	*cell = (CanvasCell){ .code = code, .style = (uint8_t)style };
}

/* A code that was looked at already. */
static void canvas_draw(Canvas *canvas, int x, int y, uint32_t code, int columns, Style style)
{
	if (columns < 2) {
		canvas_cell(canvas, x, y, code, style);
	} else if (x < canvas->clip_x || x + 1 >= canvas->clip_x + canvas->clip_width) {
		canvas_cell(canvas, x, y, ' ', style);
		canvas_cell(canvas, x + 1, y, ' ', style);
	} else {
		canvas_cell(canvas, x, y, code, style);
		canvas_cell(canvas, x + 1, y, 0, style);
	}
}

static void canvas_spell(Shown *shown, const char *ascii)
{
	shown->count = 0;
	while (*ascii && shown->count < CANVAS_SHOWN_MAX)
		shown->code[shown->count++] = (unsigned char)*ascii++;
}

static void canvas_spell_code(Shown *shown, uint32_t code)
{
	for (const Spelling *spelling = canvas_spellings; spelling->ascii; spelling++)
		if (spelling->code == code) {
			canvas_spell(shown, spelling->ascii);
			return;
		}
	if (code >= 0x2500 && code <= 0x257f)
		canvas_spell(shown, "+");
	else if (code >= 0x2580 && code <= 0x259f)
		canvas_spell(shown, "#");
	else if (code >= 0x2800 && code <= 0x28ff)
		canvas_spell(shown, "*");
	else
		canvas_spell(shown, "?");
}

/* How a code is drawn at the level of the canvas. */
static void canvas_show(const Canvas *canvas, uint32_t code, Shown *shown)
{
	shown->count = 1;
	shown->code[0] = code;
	if (code >= 0x20 && code < 0x7f)
		return;
	if (code == '\n' || code == '\t') {
		shown->code[0] = ' ';
		return;
	}
	int columns = canvas_char_columns(code);

	if (columns == 0) {
		char escape[CANVAS_SHOWN_MAX + 1];
		const char *format = code < 0x100     ? "\\x%02x"
				     : code < 0x10000 ? "\\u%04x"
						      : "\\U%08x";

		snprintf(escape, sizeof escape, format, (unsigned)code);
		canvas_spell(shown, escape);
		return;
	}
	if (columns < 0 && canvas->glyphs != GLYPHS_ASCII) {
		shown->code[0] = CANVAS_INVALID;
		return;
	}
	if (canvas->glyphs != GLYPHS_BRAILLE)
		for (int mark = 0; mark < MARK_COUNT; mark++)
			if (canvas_marks[mark][GLYPHS_BRAILLE] == code) {
				shown->code[0] = canvas_marks[mark][canvas->glyphs];
				return;
			}
	if (canvas->glyphs == GLYPHS_ASCII)
		canvas_spell_code(shown, code);
}

void canvas_put(Canvas *canvas, int x, int y, uint32_t code, Style style)
{
	Shown shown;

	canvas_show(canvas, code, &shown);
	if (shown.count != 1)
		shown.code[0] = '?';
	canvas_draw(canvas, x, y, shown.code[0], canvas_char_columns(shown.code[0]), style);
}

static int canvas_shown_columns(const Shown *shown)
{
	int columns = shown->count == 1 ? canvas_char_columns(shown->code[0]) : shown->count;

	return columns < 1 ? 1 : columns;
}

/* Columns of len bytes of text; stops counting beyond enough. */
static int canvas_measure(const Canvas *canvas, const char *text, size_t len, int enough)
{
	int columns = 0;

	for (size_t i = 0; i < len && columns <= enough;) {
		uint32_t code;
		Shown shown;

		i += text_decode(text + i, len - i, &code);
		canvas_show(canvas, code, &shown);
		columns += canvas_shown_columns(&shown);
	}
	return columns;
}

int canvas_columns(const Canvas *canvas, const char *text)
{
	return text ? canvas_measure(canvas, text, strlen(text), INT_MAX / 2) : 0;
}

int canvas_text(Canvas *canvas, int x, int y, int columns, Style style, const char *text)
{
	if (!text || columns < 1)
		return 0;
	/* Every character takes a column, so that more bytes than these cannot be seen. */
	size_t len = strnlen(text, 4 * ((size_t)columns + 1));
	bool cut = canvas_measure(canvas, text, len, columns) > columns;
	int limit = cut ? columns - 1 : columns, used = 0;

	for (size_t i = 0; i < len && used < limit;) {
		uint32_t code;
		Shown shown;

		i += text_decode(text + i, len - i, &code);
		canvas_show(canvas, code, &shown);
		int wide = shown.count == 1 ? canvas_shown_columns(&shown) : 1;

		if (used + wide > limit)
			break;
		for (int k = 0; k < shown.count && used < limit; k++, used += wide)
			canvas_draw(canvas, x + used, y, shown.code[k], wide, style);
	}
	if (cut)
		canvas_cell(canvas, x + used++, y, canvas_mark(canvas, MARK_ELLIPSIS), style);
	return used;
}

int canvas_printf(Canvas *canvas, int x, int y, int columns, Style style, const char *format, ...)
{
	char text[CANVAS_PRINT_MAX];
	va_list args;

	va_start(args, format);
	text_vformat(text, sizeof text, format, args);
	va_end(args);
	return canvas_text(canvas, x, y, columns, style, text);
}

void canvas_text_right(Canvas *canvas, int x, int y, int columns, Style style, const char *text)
{
	if (!text || columns < 1)
		return;
	int used = canvas_measure(canvas, text, strnlen(text, 4 * ((size_t)columns + 1)), columns);

	canvas_text(canvas, x + (used < columns ? columns - used : 0), y, columns, style, text);
}

void canvas_fill(Canvas *canvas, const Pane *pane, uint32_t code, Style style)
{
	int right = canvas_least(pane->x + pane->width, canvas->width);
	int below = canvas_least(pane->y + pane->height, canvas->height);

	for (int y = canvas_most(pane->y, 0); y < below; y++)
		for (int x = canvas_most(pane->x, 0); x < right; x++)
			canvas_put(canvas, x, y, code, style);
}

void canvas_frame(Canvas *canvas, const Pane *pane, const char *title, const char *note,
		  bool focused, Pane *inside)
{
	int x = pane->x, y = pane->y, width = pane->width, height = pane->height;
	Style style = focused ? STYLE_EMPHASIS : STYLE_BORDER;
	uint32_t rule = canvas_mark(canvas, MARK_RULE), wall = canvas_mark(canvas, MARK_WALL);

	*inside = (Pane){ x + 1, y + 1, canvas_most(width - 2, 0), canvas_most(height - 2, 0) };
	if (width < 2 || height < 2)
		return;
	for (int i = 1; i < width - 1; i++) {
		canvas_put(canvas, x + i, y, rule, style);
		canvas_put(canvas, x + i, y + height - 1, rule, style);
	}
	for (int i = 1; i < height - 1; i++) {
		canvas_put(canvas, x, y + i, wall, style);
		canvas_put(canvas, x + width - 1, y + i, wall, style);
	}
	canvas_put(canvas, x, y, 0x250c, style);
	canvas_put(canvas, x + width - 1, y, 0x2510, style);
	canvas_put(canvas, x, y + height - 1, 0x2514, style);
	canvas_put(canvas, x + width - 1, y + height - 1, 0x2518, style);
	int room = width - 6; /* a corner, a rule and a space at either side */

	if (title && *title && room > 0) {
		int used = canvas_text(canvas, x + 3, y, room, STYLE_TITLE, title);

		canvas_put(canvas, x + 2, y, ' ', style);
		canvas_put(canvas, x + 3 + used, y, ' ', style);
	}
	if (note && *note && room > 0) {
		int used = canvas_least(canvas_columns(canvas, note), room);
		int begin = x + width - 3 - used;

		canvas_text(canvas, begin, y + height - 1, used, STYLE_DIM, note);
		canvas_put(canvas, begin - 1, y + height - 1, ' ', style);
		canvas_put(canvas, x + width - 3, y + height - 1, ' ', style);
	}
}

uint32_t canvas_mark(const Canvas *canvas, Mark mark)
{
	return canvas_marks[mark][canvas->glyphs];
}

/* Braille, half blocks (what the fonts of TERM=linux have), ASCII. */
/* clang-format off */
static const uint32_t canvas_marks[MARK_COUNT][3] = {
	[MARK_LESS] = { 0x25bc, 0x25bc, 'v' },
	[MARK_MORE] = { 0x25b2, 0x25b2, '^' },
	[MARK_UNSURE] = { '~', '~', '~' },
	[MARK_SAME] = { '=', '=', '=' },
	[MARK_WARNING] = { '!', '!', '!' },
	[MARK_DONE] = { 0x2713, 0x221a, 'x' },
	[MARK_PART] = { 0x25d0, 0x00b0, '+' },
	[MARK_OPEN] = { 0x00b7, 0x00b7, '.' },
	[MARK_HERE] = { 0x25b8, 0x25ba, '>' },
	[MARK_DOT] = { 0x25cf, 0x2022, '*' },
	[MARK_RING] = { 0x25cb, 0x25cb, 'o' },
	[MARK_NOW] = { 0x25c9, 0x25d9, '@' },
	[MARK_RULE] = { 0x2500, 0x2500, '-' },
	[MARK_WALL] = { 0x2502, 0x2502, '|' },
	[MARK_TICK] = { 0x2524, 0x2524, '+' },
	[MARK_CORNER] = { 0x2514, 0x2514, '+' },
	[MARK_BLOCK] = { 0x2588, 0x2588, '#' },
	[MARK_SHADE] = { 0x2591, 0x2591, '.' },
	[MARK_INTERVAL] = { 0x2501, 0x2550, '-' },
	[MARK_ELLIPSIS] = { 0x2026, 0x2026, '~' },
	[MARK_FAILED] = { 0x2717, '!', '!' },
	[MARK_POINT] = { 0x25c6, 0x2666, 'o' },
	[MARK_STAR] = { 0x2605, '*', '*' },
};

static const Spelling canvas_spellings[] = {
	{ 0x00a0, " " }, { 0x00b1, "+-" }, { 0x00b2, "2" }, { 0x00b3, "3" }, { 0x00b5, "u" },
	{ 0x00d7, "x" }, { 0x2010, "-" }, { 0x2011, "-" }, { 0x2013, "-" }, { 0x2014, "--" },
	{ 0x2018, "'" }, { 0x2019, "'" }, { 0x201c, "\"" }, { 0x201d, "\"" }, { 0x2022, "*" },
	{ 0x2190, "<-" }, { 0x2191, "^" }, { 0x2192, "->" }, { 0x2193, "v" }, { 0x2212, "-" },
	{ 0x221a, "x" }, { 0x2248, "~" }, { 0x2260, "!=" }, { 0x2264, "<=" }, { 0x2265, ">=" },
	{ 0x2550, "-" }, { 0x25b6, ">" }, { 0x25ba, ">" }, { 0x25c0, "<" }, { 0x25c2, "<" },
	{ 0x25c6, "o" }, { 0x2605, "*" }, { 0x2666, "o" }, { 0, NULL },
};
/* clang-format on */
