/* Help made from the table of keys.
 * SPDX-License-Identifier: MIT */
#include "ui/help.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "ui/view.h"

#define HELP_COLUMNS_MAX 80

void help_open(Help *help)
{
	*help = (Help){ .open = true, .first_y = -1 };
}

static bool help_holds(const char *text, const char *search)
{
	size_t len = strlen(search);

	for (; *text; text++)
		if (strncasecmp(text, search, len) == 0)
			return true;
	return len == 0;
}

/* The next row after row (NULL: the first) that works in place and that the search finds. */
static const KeyRow *help_next(const Help *help, const KeyRow *row, uint32_t place)
{
	for (row = row ? row + 1 : key_rows; row->label; row++)
		if ((row->places & place) &&
		    (help_holds(row->label, help->search) || help_holds(row->help, help->search) ||
		     help_holds(action_command(row->action), help->search)))
			return row;
	return NULL;
}

static int help_rows(const Help *help, uint32_t place)
{
	int rows = 0;

	for (const KeyRow *row = help_next(help, NULL, place); row;
	     row = help_next(help, row, place))
		rows++;
	return rows;
}

static const KeyRow *help_row(const Help *help, int index, uint32_t place)
{
	const KeyRow *row = help_next(help, NULL, place);

	while (row && index-- > 0)
		row = help_next(help, row, place);
	return row;
}

static bool help_perform(Help *help, int index, uint32_t place, Action *perform)
{
	const KeyRow *row = help_row(help, index, place);

	if (!row)
		return false;
	*perform = row->action;
	help->open = false;
	return true;
}

/* Typing narrows the rows; the first one found is chosen. */
static bool help_type(Help *help, uint32_t key)
{
	size_t len = strlen(help->search);

	if (key == KEY_BACK && len > 0)
		help->search[len - 1] = '\0';
	else if (key >= ' ' && key < 0x7f && len + 1 < sizeof help->search)
		help->search[len] = (char)key;
	else
		return false;
	help->row = help->top = 0;
	return true;
}

bool help_key(Help *help, const KeyEvent *event, uint32_t place, Action *perform)
{
	int rows = help_rows(help, place), page = help->page > 1 ? help->page - 1 : 1;

	*perform = ACTION_NONE;
	switch (key_action(event->key, PLACE_HELP)) {
	case ACTION_CLOSE:
	case ACTION_HELP:
		help->open = false;
		return true;
	case ACTION_OPEN:
		return help_perform(help, help->row, place, perform);
	case ACTION_UP:
		help->row--;
		break;
	case ACTION_DOWN:
		help->row++;
		break;
	case ACTION_PAGE_UP:
		help->row -= page;
		break;
	case ACTION_PAGE_DOWN:
		help->row += page;
		break;
	case ACTION_TOP:
		help->row = 0;
		break;
	case ACTION_BOTTOM:
		help->row = rows - 1;
		break;
	default:
		if (event->key == KEY_CLICK)
			return help->first_y >= 0 && event->y >= help->first_y &&
			       event->y < help->first_y + help->page &&
			       help_perform(help, help->top + event->y - help->first_y, place,
					    perform);
		return help_type(help, event->key);
	}
	help->row = help->row >= rows ? rows - 1 : help->row;
	help->row = help->row < 0 ? 0 : help->row;
	return true;
}

static void help_draw_row(Canvas *canvas, const Pane *line, const KeyRow *row, bool focused)
{
	Style text = focused ? STYLE_FOCUS : STYLE_TEXT;

	if (focused)
		canvas_fill(canvas, line, ' ', STYLE_FOCUS);
	canvas_put(canvas, line->x, line->y, focused ? canvas_mark(canvas, MARK_HERE) : ' ', text);
	canvas_text(canvas, line->x + 2, line->y, 10, focused ? STYLE_FOCUS : STYLE_KEY,
		    row->label);
	int x = line->x + 13, command = 12, columns = line->width - 13 - command - 1;

	canvas_text(canvas, x, line->y, columns, text, row->help);
	canvas_printf(canvas, line->x + line->width - command, line->y, command,
		      focused ? STYLE_FOCUS : STYLE_DIM, ":%s", action_command(row->action));
	if (focused) {
		canvas->cursor_x = line->x;
		canvas->cursor_y = line->y;
	}
}

static void help_draw_count(const Help *help, Canvas *canvas, const Pane *inside, int rows)
{
	int last = help->top + help->page < rows ? help->top + help->page : rows;
	char text[48];

	text_format(text, sizeof text, "%d-%d of %d", rows > 0 ? help->top + 1 : 0, last, rows);
	canvas_text_right(canvas, inside->x, inside->y, inside->width - 1, STYLE_DIM, text);
}

void help_draw(Help *help, Canvas *canvas, const Pane *pane, const char *where, uint32_t place)
{
	int rows = help_rows(help, place);
	Pane box = *pane, inside;
	char title[96];

	if (box.width > HELP_COLUMNS_MAX) {
		box.x += (box.width - HELP_COLUMNS_MAX) / 2;
		box.width = HELP_COLUMNS_MAX;
	}
	if (box.height > rows + 4)
		box.height = rows + 4 > 8 ? rows + 4 : 8;
	if (box.height > pane->height)
		box.height = pane->height;
	text_format(title, sizeof title, "Help: %s", where);
	canvas_fill(canvas, &box, ' ', STYLE_TEXT);
	canvas_frame(canvas, &box, title, "type to search  Enter do it  Esc close", true, &inside);
	canvas_printf(canvas, inside.x + 1, inside.y, inside.width - 1, STYLE_TEXT, "Search: %s_",
		      help->search);
	help->page = inside.height > 2 ? inside.height - 2 : 0;
	help->first_y = help->page > 0 ? inside.y + 2 : -1;
	help->row = help->row >= rows && rows > 0 ? rows - 1 : help->row;
	help->top = view_scroll(help->top, help->row, rows, help->page);
	if (rows == 0 && help->page > 0)
		canvas_text(canvas, inside.x + 1, inside.y + 2, inside.width - 1, STYLE_DIM,
			    "No key does that here.");
	help_draw_count(help, canvas, &inside, rows);
	const KeyRow *row = help_row(help, help->top, place);

	for (int i = 0; i < help->page && row; i++, row = help_next(help, row, place))
		help_draw_row(canvas, &(Pane){ inside.x, inside.y + 2 + i, inside.width, 1 }, row,
			      help->top + i == help->row);
}
