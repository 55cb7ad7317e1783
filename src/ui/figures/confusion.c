/* Which classes are taken for which, the worst first.
 * SPDX-License-Identifier: MIT */
#include "ui/figures/figure.h"

#include <string.h>

#include "base/text.h"
#include "ui/views/panes.h"

#define NAME_COLUMNS 14 /* of a class beside its row, at most */
#define CELL_COLUMNS 5  /* of a count in a table */

static double wrong(const Figure *figure, size_t class)
{
	return figure_row_total(figure, class) - figure->values[class * figure->labels + class];
}

/* The worst first, by insertion: there are few. */
static void order_classes(Figure *figure)
{
	for (size_t i = 0; i < figure->labels; i++) {
		size_t at = i;

		for (; at > 0 && wrong(figure, figure->order[at - 1]) < wrong(figure, i); at--)
			figure->order[at] = figure->order[at - 1];
		figure->order[at] = i;
	}
}

static bool take_confusion(Figure *figure, const json_t *record)
{
	const json_t *classes = json_object_get(record, "classes"),
		     *counts = json_object_get(record, "counts");
	size_t n = json_array_size(classes);

	if (n == 0 || n > FIGURE_CLASSES_MAX || json_array_size(counts) != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		const char *name = json_string_value(json_array_get(classes, i));
		const json_t *row = json_array_get(counts, i);

		if (json_array_size(row) != n || !figure_add_values(figure, row) ||
		    !figure_add_label(figure, name ? name : ""))
			return false;
	}
	order_classes(figure);
	return true;
}

static double right_of(const Figure *figure)
{
	double right = 0;

	for (size_t i = 0; i < figure->labels; i++)
		right += figure->values[i * figure->labels + i];
	return right;
}

static void caption_confusion(const Figure *figure, Flow *flow)
{
	double all = figure_sum(figure->values, figure->n), right = right_of(figure);

	flow_format(flow, STYLE_TEXT, "%.0f of %.0f test rows are right (%.1f %%).", right, all,
		    figure_share(right, all));
}

static int name_columns(const Figure *figure, const Canvas *canvas)
{
	int columns = 5; /* "class" */

	for (size_t i = 0; i < figure->labels; i++) {
		int wide = canvas_columns(canvas, figure->label[i]);

		columns = wide > columns ? wide : columns;
	}
	return columns < NAME_COLUMNS ? columns : NAME_COLUMNS;
}

/* The begin of a name above a column: four letters without a mark say more than three with one. */
static void draw_short(Canvas *canvas, int x, int y, const char *name)
{
	char text[24];
	uint32_t code;
	size_t len = 0, end = strlen(name);

	while (len < end && len < sizeof text - 5) {
		size_t step = text_decode(name + len, end - len, &code);

		text_format(text, sizeof text, "%.*s", (int)(len + step), name);
		if (canvas_columns(canvas, text) > CELL_COLUMNS - 1)
			break;
		len += step;
	}
	text_format(text, sizeof text, "%.*s", (int)len, name);
	canvas_text_right(canvas, x, y, CELL_COLUMNS - 1, STYLE_DIM, text);
}

static void draw_cell(Canvas *canvas, int x, int y, double count, bool right)
{
	char text[24];

	text_format(text, sizeof text, "%.0f", count);
	canvas_text_right(canvas, x, y, CELL_COLUMNS - 1, right ? STYLE_DIM : STYLE_TEXT,
			  count > 0 ? text : "·");
}

/* What a class was taken for most often, in words: for tables that are wider than the pane. */
static void mistakes(const Figure *figure, size_t class, char *out, size_t cap)
{
	const double *row = figure->values + class * figure->labels;
	bool used[FIGURE_CLASSES_MAX] = { false };
	size_t len = 0;

	out[0] = '\0';
	for (int k = 0; k < 3; k++) {
		size_t best = class;

		for (size_t i = 0; i < figure->labels; i++)
			if (i != class && !used[i] && row[i] > (best == class ? 0 : row[best]))
				best = i;
		if (best == class)
			break;
		used[best] = true;
		len += text_format(out + len, cap - len, "%s%s %.0f", k ? ", " : "",
				   figure->label[best], row[best]);
	}
}

static void draw_class(const Figure *figure, Canvas *canvas, const Pane *line, size_t class,
		       int name, bool table)
{
	double all = figure_row_total(figure, class),
	       right = figure->values[class * figure->labels + class];
	int x = line->x + name + 1;
	char text[256];

	canvas_text(canvas, line->x, line->y, name, STYLE_TEXT, figure->label[class]);
	text_format(text, sizeof text, "%.0f of %.0f", all - right, all);
	canvas_text_right(canvas, x, line->y, 12, all > right ? STYLE_WARNING : STYLE_TEXT, text);
	x += 13;
	for (size_t i = 0; table && i < figure->labels; i++)
		draw_cell(canvas, x + (int)i * CELL_COLUMNS, line->y,
			  figure->values[class * figure->labels + i], i == class);
	if (table)
		return;
	mistakes(figure, class, text, sizeof text);
	canvas_text(canvas, x + 1, line->y, line->x + line->width - x - 1, STYLE_TEXT, text);
}

static void draw_confusion(const Figure *figure, Canvas *canvas, const Pane *pane, size_t first,
			   size_t *most)
{
	int name = name_columns(figure, canvas), x = pane->x + name + 1;
	bool table = name + 14 + (int)figure->labels * CELL_COLUMNS <= pane->width;

	*most = panes_scroll_max(figure->labels, pane->height - 1);
	first = first < *most ? first : *most;
	canvas_text(canvas, pane->x, pane->y, name, STYLE_DIM, "class");
	canvas_text_right(canvas, x, pane->y, 12, STYLE_DIM, "wrong");
	x += 13;
	if (!table)
		canvas_text(canvas, x + 1, pane->y, pane->x + pane->width - x - 1, STYLE_DIM,
			    "taken for, most often");
	for (size_t i = 0; table && i < figure->labels; i++)
		draw_short(canvas, x + (int)i * CELL_COLUMNS, pane->y, figure->label[i]);
	for (int row = 0; row + 1 < pane->height && first + (size_t)row < figure->labels; row++)
		draw_class(figure, canvas, &(Pane){ pane->x, pane->y + 1 + row, pane->width, 1 },
			   figure->order[first + (size_t)row], name, table);
}

static void say_confusion(const Figure *figure, Flow *flow)
{
	char text[256];

	for (size_t i = 0; i < figure->labels; i++) {
		size_t class = figure->order[i];
		double all = figure_row_total(figure, class),
		       right = figure->values[class * figure->labels + class];

		mistakes(figure, class, text, sizeof text);
		flow_format(flow, STYLE_TEXT, "Class %s: %.0f of %.0f wrong%s%s.",
			    figure->label[class], all - right, all,
			    text[0] ? ", most often taken for " : "", text);
		flow_break(flow);
	}
}

const FigureView figure_view_confusion = {
	.name = "confusion",
	.reading = "A row is a true class, a column what it was taken for; the class with most "
		   "errors stands first.",
	.take = take_confusion,
	.caption = caption_confusion,
	.draw = draw_confusion,
	.say = say_confusion,
};
