/* What must hold of every canvas, whatever was drawn; and its rows as text.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_CANVAS_SOUND_H
#define WATTLE_TESTS_CANVAS_SOUND_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/text.h"
#include "ui/canvas.h"
#include "ui/dump.h"

/* Every cell is one narrow harmless character or a half of a wide one, in ASCII at that level. */
static inline bool canvas_sound(const Canvas *canvas)
{
	for (int y = 0; y < canvas->height; y++)
		for (int x = 0; x < canvas->width; x++) {
			const CanvasCell *cell = &canvas->cells[y * canvas->width + x];
			/* In the C locale wcwidth does not know them. */
			bool ours = (cell->code >= 0x2500 && cell->code < 0x2900) ||
				    (cell->code >= 0x2190 && cell->code <= 0x2193);
			int columns = cell->code == 0 ? 0 : wcwidth((wchar_t)cell->code);

			if (cell->style >= STYLE_COUNT)
				return false;
			if (cell->code == 0 && (x == 0 || wcwidth((wchar_t)cell[-1].code) != 2))
				return false;
			if (cell->code != 0 && (text_hidden(cell->code) || (columns < 1 && !ours)))
				return false;
			if (columns == 2 && (x + 1 >= canvas->width || cell[1].code != 0))
				return false;
			if (canvas->glyphs == GLYPHS_ASCII &&
			    (cell->code < ' ' || cell->code > '~'))
				return false;
		}
	return canvas->cursor_x >= -1 && canvas->cursor_x < canvas->width &&
	       canvas->cursor_y >= -1 && canvas->cursor_y < canvas->height;
}

/* The whole grid as text; the caller frees it. */
static inline char *canvas_dump(const Canvas *canvas)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return NULL;
	dump_text(canvas, to);
	fclose(to);
	return text;
}

static inline bool canvas_shows(const Canvas *canvas, const char *what)
{
	char *text = canvas_dump(canvas);
	bool found = text && strstr(text, what);

	free(text);
	return found;
}

#endif
