/* Figures: drawn, and said.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "ui/chart.h"
#include "ui/views/figure.h"
#include "ui/views/panes.h"

#define SHARE_COLUMNS 6 /* " 82 %" beside a map */
#define NAME_COLUMNS 14 /* of a class beside its row, at most */
#define CELL_COLUMNS 5  /* of a count in a table */

static double share_of(double part, double whole)
{
	return whole > 0 ? 100 * part / whole : 0;
}

/* Index of the least or the most of n values, the first of equals. */
static size_t extreme(const double *values, size_t n, bool most)
{
	size_t at = 0;

	for (size_t i = 1; i < n; i++)
		if (most ? values[i] > values[at] : values[i] < values[at])
			at = i;
	return at;
}

static double sum_of(const double *values, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += values[i];
	return sum;
}

/* --- caption ---------------------------------------------------------------------------------- */

static void caption_histogram(const Figure *figure, Flow *flow)
{
	char zeros[32], total[32];
	size_t at = extreme(figure->values, figure->n, true);
	double step = (figure->high - figure->low) / (double)figure->n;

	flow_format(flow, STYLE_TEXT, "%s of %s weights are exactly zero (%.1f %%).",
		    text_thousands(zeros, (uint64_t)figure->zeros),
		    text_thousands(total, (uint64_t)figure->total),
		    share_of((double)figure->zeros, (double)figure->total));
	flow_format(flow, STYLE_TEXT,
		    "The others lie from %.3g to %.3g; most of them, %.0f, from %.2g to %.2g.",
		    figure->low, figure->high, figure->values[at], figure->low + step * (double)at,
		    figure->low + step * (double)(at + 1));
}

static void caption_sparsity(const Figure *figure, Flow *flow)
{
	char nonzero[32], total[32];

	flow_format(flow, STYLE_TEXT, "%s of %s weights are not zero (%.1f %%), in %lld rows and",
		    text_thousands(nonzero, (uint64_t)figure->nonzero),
		    text_thousands(total, (uint64_t)figure->total),
		    share_of((double)figure->nonzero, (double)figure->total),
		    (long long)figure->rows);
	flow_format(flow, STYLE_TEXT, "%lld columns; in the fullest place %.0f %%.",
		    (long long)figure->columns,
		    100 * figure->values[extreme(figure->values, figure->n, true)]);
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
	double all = sum_of(figure->values, figure->n), right = right_of(figure);

	flow_format(flow, STYLE_TEXT, "%.0f of %.0f test rows are right (%.1f %%).", right, all,
		    share_of(right, all));
}

static void caption_filters(const Figure *figure, Flow *flow)
{
	flow_format(flow, STYLE_TEXT, "%zu unit%s, %d by %d weights each.", figure->labels,
		    figure->labels == 1 ? "" : "s", figure->width, figure->height);
}

static void caption_activations(const Figure *figure, Flow *flow)
{
	size_t least = extreme(figure->values, figure->n, false),
	       most = extreme(figure->values, figure->n, true);

	flow_format(flow, STYLE_TEXT, "%zu units; %lld of them dead: above zero for no test row.",
		    figure->n, (long long)figure->dead);
	flow_format(flow, STYLE_TEXT,
		    "On average a unit is above zero for %.0f %% of the rows: unit %zu for "
		    "%.0f %%, unit %zu for %.0f %%.",
		    100 * sum_of(figure->values, figure->n) / (double)figure->n, least + 1,
		    100 * figure->values[least], most + 1, 100 * figure->values[most]);
}

/* How what is drawn is read; what is said needs none of it. */
static const char *reading_of(FigureKind kind)
{
	switch (kind) {
	case FIGURE_SPARSITY:
		return "The fuller a place, the more of them; their share stands at the right.";
	case FIGURE_CONFUSION:
		return "A row is a true class, a column what it was taken for; the class with most "
		       "errors stands first.";
	case FIGURE_FILTERS:
		return "Empty is the least weight of a unit, full its most.";
	default:
		return "";
	}
}

void figure_caption(const Figure *figure, bool drawn, Flow *flow)
{
	static void (*const captions[FIGURE_KINDS])(const Figure *figure, Flow *flow) = {
		[FIGURE_HISTOGRAM] = caption_histogram,     [FIGURE_SPARSITY] = caption_sparsity,
		[FIGURE_CONFUSION] = caption_confusion,     [FIGURE_FILTERS] = caption_filters,
		[FIGURE_ACTIVATIONS] = caption_activations,
	};

	if (figure->layer[0])
		flow_format(flow, STYLE_EMPHASIS, "%s, layer %s:", figure->arm, figure->layer);
	else
		flow_format(flow, STYLE_EMPHASIS, "%s:", figure->arm);
	captions[figure->kind](figure, flow);
	if (drawn)
		flow_text(flow, STYLE_DIM, reading_of(figure->kind));
	flow_break(flow);
}

/* --- drawing ---------------------------------------------------------------------------------- */

static void draw_histogram(const Figure *figure, Canvas *canvas, const Pane *pane)
{
	chart_bars(canvas, pane, figure->values, figure->n, STYLE_SERIES1,
		   &(Axis){ figure->low, figure->high, false, false, "weight" },
		   &(Axis){ NAN, NAN, true, false, "weights" });
}

static void draw_activations(const Figure *figure, Canvas *canvas, const Pane *pane)
{
	chart_bars(canvas, pane, figure->values, figure->n, STYLE_SERIES1,
		   &(Axis){ 1, (double)figure->n, false, false, "unit" },
		   &(Axis){ 0, 1, true, false, "share of rows above zero" });
}

/* The map, drawn up to its fullest place, lest a sparse one be all empty. */
static void draw_map(const Figure *figure, Canvas *canvas, const Pane *pane)
{
	double shade[FIGURE_VALUES_MAX],
		most = figure->values[extreme(figure->values, figure->n, true)];

	for (size_t i = 0; i < figure->n; i++)
		shade[i] = most > 0 ? figure->values[i] / most : 0;
	chart_map(canvas, pane, shade, figure->width, figure->height, false, STYLE_SERIES1);
}

/* Beside each line of the map stands the share of what is not zero. */
static void draw_sparsity(const Figure *figure, Canvas *canvas, const Pane *pane)
{
	Pane map = *pane;
	ChartMap size;
	int lines, dots;

	map.width = pane->width > 3 * SHARE_COLUMNS ? pane->width - SHARE_COLUMNS : pane->width;
	size = chart_map_size(canvas, &map, figure->width, figure->height, false);
	draw_map(figure, canvas, &map);
	if (map.width == pane->width || size.height < 1)
		return;
	dots = canvas->glyphs == GLYPHS_BRAILLE ? 4 : canvas->glyphs == GLYPHS_HALF ? 2 : 1;
	lines = (size.height + dots - 1) / dots;
	for (int line = 0; line < lines; line++) {
		int top = line * dots * figure->height / size.height,
		    bottom = (line + 1) * dots * figure->height / size.height;
		bottom = bottom > figure->height ? figure->height : bottom;
		bottom = bottom > top ? bottom : top + 1;
		size_t n = (size_t)(bottom - top) * (size_t)figure->width;
		canvas_printf(
			canvas, pane->x + pane->width - SHARE_COLUMNS + 1, pane->y + line,
			SHARE_COLUMNS - 1, STYLE_DIM, "%3.0f %%",
			100 * sum_of(figure->values + (size_t)top * (size_t)figure->width, n) /
				(double)n);
	}
}

static void draw_filters(const Figure *figure, Canvas *canvas, const Pane *pane)
{
	int rows = 1, images = (int)figure->labels, across, wide, high;

	while (rows < images && (images + rows - 1) / rows > 4 && rows < 4)
		rows++;
	if (rows * 4 > pane->height)
		rows = pane->height >= 8 ? pane->height / 4 : 1;
	across = (images + rows - 1) / rows;
	wide = pane->width / across;
	high = pane->height / rows;
	for (int i = 0; i < images; i++) {
		Pane cell = { pane->x + i % across * wide, pane->y + i / across * high, wide - 1,
			      high };
		if (cell.width < 1 || cell.height < 2)
			continue;
		canvas_printf(canvas, cell.x, cell.y, cell.width, STYLE_DIM, "unit %s",
			      figure->label[i]);
		cell.y++;
		cell.height -= rows > 1 ? 2 : 1;
		chart_map(canvas, &cell,
			  figure->values + (size_t)i * (size_t)(figure->width * figure->height),
			  figure->width, figure->height, true, STYLE_TEXT);
	}
}

/* --- the table of confusion ------------------------------------------------------------------- */

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

void figure_draw(const Figure *figure, Canvas *canvas, const Pane *inside, size_t first,
		 size_t *most)
{
	*most = 0;
	if (inside->width < 1 || inside->height < 1)
		return;
	if (figure->kind == FIGURE_HISTOGRAM)
		draw_histogram(figure, canvas, inside);
	else if (figure->kind == FIGURE_ACTIVATIONS)
		draw_activations(figure, canvas, inside);
	else if (figure->kind == FIGURE_SPARSITY)
		draw_sparsity(figure, canvas, inside);
	else if (figure->kind == FIGURE_FILTERS)
		draw_filters(figure, canvas, inside);
	else
		draw_confusion(figure, canvas, inside, first, most);
}

/* --- said ------------------------------------------------------------------------------------- */

/* First, last, least and most of values; what: "weights", "of the rows". */
static void say_range(const double *values, size_t n, double scale, const char *what,
		      const char *each, Flow *flow)
{
	size_t least = extreme(values, n, false), most = extreme(values, n, true);

	flow_format(flow, STYLE_TEXT,
		    "%zu %ss: the first %.0f %s, the last %.0f, least %.0f (%s %zu), most %.0f (%s "
		    "%zu).",
		    n, each, scale * values[0], what, scale * values[n - 1], scale * values[least],
		    each, least + 1, scale * values[most], each, most + 1);
	flow_break(flow);
}

/* Rows of the map that hold least and most. */
static void say_map(const Figure *figure, Flow *flow)
{
	double shares[FIGURE_VALUES_MAX];
	size_t width = (size_t)figure->width, height = (size_t)figure->height;

	for (size_t row = 0; row < height; row++)
		shares[row] = sum_of(figure->values + row * width, width) / (double)width;
	say_range(shares, height, 100, "percent not zero", "band", flow);
}

static void say_classes(const Figure *figure, Flow *flow)
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

static void say_images(const Figure *figure, Flow *flow)
{
	size_t each = (size_t)figure->width * (size_t)figure->height;

	for (size_t i = 0; i < figure->labels; i++) {
		const double *values = figure->values + i * each;
		size_t least = extreme(values, each, false), most = extreme(values, each, true),
		       width = (size_t)figure->width;

		flow_format(flow, STYLE_TEXT,
			    "Unit %s: least in row %zu, column %zu; most in row %zu, column %zu; "
			    "mean %.2f of 1.",
			    figure->label[i], least / width + 1, least % width + 1,
			    most / width + 1, most % width + 1,
			    sum_of(values, each) / (double)each);
		flow_break(flow);
	}
}

void figure_say(const Figure *figure, Flow *flow)
{
	flow_format(flow, STYLE_TEXT, "Figure: %s.", figure->title);
	flow_break(flow);
	figure_caption(figure, false, flow);
	if (figure->kind == FIGURE_HISTOGRAM)
		say_range(figure->values, figure->n, 1, "weights", "bar", flow);
	else if (figure->kind == FIGURE_ACTIVATIONS)
		say_range(figure->values, figure->n, 100, "percent of the rows", "unit", flow);
	else if (figure->kind == FIGURE_SPARSITY)
		say_map(figure, flow);
	else if (figure->kind == FIGURE_FILTERS)
		say_images(figure, flow);
	else
		say_classes(figure, flow);
}
