/* The charts over the scaler.
 * SPDX-License-Identifier: MIT */
#include "ui/chart.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/scale.h"

#define BRAILLE 0x2800

/* What a chart draws with: the plot in cells and in dots, and the range of both axes. */
typedef struct Plot {
	Canvas *canvas;
	Pane pane;          /* of the lines alone */
	int dots_x, dots_y; /* in a cell */
	double x_low, x_high, y_low, y_high;
} Plot;

/* A line on its way through the columns of dots. */
typedef struct Pen {
	const Plot *plot;
	Style style;
	unsigned pattern; /* which of the series */
	unsigned step;    /* dots so far, for the pattern */
	bool down;        /* column holds points */
	bool joined;      /* the column before joins this one */
	int column, first, last, least, most;
	int from_column, from; /* where the column before ended */
} Pen;

/* The bit of a braille cell by column and row of its dot. */
static const uint8_t braille_bits[2][4];
/* ASCII: one letter a series; the others: which of eight dots in a row are set. */
static const char chart_letters[4];
/* Thresholds of the ordered dither in sixteenths, and ASCII's greys. */
static const uint8_t chart_bayer[4][4];
static const char chart_greys[] = " .:-=+*#%@";
static const uint8_t chart_patterns[4];

int chart_place(double value, double low, double high, int size)
{
	if (isnan(value) || isnan(low) || isnan(high) || size < 1)
		return -1;
	/* Halves, so that no difference overflows. */
	double share = (value / 2 - low / 2) / (high / 2 - low / 2);

	if (!(share > 0)) /* also 0/0 */
		return 0;
	if (share >= 1)
		return size - 1;
	return (int)(share * (size - 1) + 0.5);
}

/* Widens the range by the finite values of a series. */
static void chart_extend(const double *values, const double *other, size_t n, double *low,
			 double *high)
{
	for (size_t i = 0; i < n; i++) {
		if (!isfinite(values[i]) || !isfinite(other[i]))
			continue;
		*low = fmin(*low, values[i]);
		*high = fmax(*high, values[i]);
	}
}

static void chart_range(const Axis *axis, double *low, double *high)
{
	scale_range(axis ? axis->low : NAN, axis ? axis->high : NAN, axis && axis->zero, low, high);
}

/* ------------------------------------------------------------------ lines */

/* Of a cell. */
static void chart_dots(const Canvas *canvas, int *x, int *y)
{
	*x = canvas->glyphs == GLYPHS_BRAILLE ? 2 : 1;
	*y = canvas->glyphs == GLYPHS_BRAILLE ? 4 : canvas->glyphs == GLYPHS_HALF ? 2 : 1;
}

static void chart_dot(const Plot *plot, int column, int row, unsigned series, Style style)
{
	Canvas *canvas = plot->canvas;
	int x = plot->pane.x + column / plot->dots_x, y = plot->pane.y + row / plot->dots_y;

	if (x < 0 || y < 0 || x >= canvas->width || y >= canvas->height)
		return;
	uint32_t code = canvas->cells[y * canvas->width + x].code;

	if (canvas->glyphs == GLYPHS_ASCII) {
		code = (unsigned char)chart_letters[series % 4];
	} else if (canvas->glyphs == GLYPHS_HALF) {
		uint32_t half = row % 2 ? 0x2584 : 0x2580;

		code = (code == 0x2580 || code == 0x2584) && code != half ? 0x2588
		       : code == 0x2588                                   ? code
									  : half;
	} else {
		uint32_t dots = code >= BRAILLE && code <= BRAILLE + 0xff ? code : BRAILLE;

		code = dots | braille_bits[column % 2][row % 4];
	}
	canvas_put(canvas, x, y, code, style);
}

static void pen_dot(Pen *pen, int column, int row)
{
	bool set = pen->plot->canvas->glyphs == GLYPHS_ASCII ||
		   chart_patterns[pen->pattern % 4] >> (pen->step % 8) & 1;

	if (set)
		chart_dot(pen->plot, column, row, pen->pattern, pen->style);
	pen->step++;
}

/* From where the column before ended to the first point of this one; both ends are drawn by their
 * columns. */
static void pen_join(Pen *pen)
{
	int wide = pen->column - pen->from_column, high = pen->first - pen->from;
	int steps = abs(wide) > abs(high) ? abs(wide) : abs(high);

	for (int i = 1; i < steps; i++)
		pen_dot(pen, pen->from_column + (int)lround((double)wide * i / steps),
			pen->from + (int)lround((double)high * i / steps));
}

/* Draws the column that is complete: its points merged to least … most. */
static void pen_flush(Pen *pen)
{
	if (!pen->down)
		return;
	if (pen->joined)
		pen_join(pen);
	for (int row = pen->least; row <= pen->most; row++)
		pen_dot(pen, pen->column, row);
	pen->from_column = pen->column;
	pen->from = pen->last;
	pen->joined = true;
	pen->down = false;
}

static void pen_point(Pen *pen, int column, int row)
{
	if (pen->down && column != pen->column)
		pen_flush(pen);
	if (!pen->down) {
		pen->down = true;
		pen->column = column;
		pen->first = pen->least = pen->most = row;
	}
	pen->last = row;
	pen->least = row < pen->least ? row : pen->least;
	pen->most = row > pen->most ? row : pen->most;
}

/* A gap: the line ends. What was a single dot would hardly be seen and becomes a mark. */
static void pen_lift(Pen *pen)
{
	const Plot *plot = pen->plot;
	bool alone = pen->down && !pen->joined && pen->least == pen->most;

	pen_flush(pen);
	pen->joined = false;
	pen->step = 0;
	if (alone && plot->canvas->glyphs != GLYPHS_ASCII)
		canvas_put(plot->canvas, plot->pane.x + pen->column / plot->dots_x,
			   plot->pane.y + pen->most / plot->dots_y,
			   canvas_mark(plot->canvas, MARK_DOT), pen->style);
}

static void chart_series(const Plot *plot, const Series *series, unsigned pattern)
{
	Pen pen = { .plot = plot, .style = series->style, .pattern = pattern };
	int columns = plot->pane.width * plot->dots_x, rows = plot->pane.height * plot->dots_y;

	for (size_t i = 0; i < series->n; i++) {
		double x = series->x[i], y = series->y[i];

		if (!isfinite(x) || !isfinite(y)) {
			pen_lift(&pen);
			continue;
		}
		if (x < plot->x_low || x > plot->x_high)
			continue;
		pen_point(&pen, chart_place(x, plot->x_low, plot->x_high, columns),
			  rows - 1 - chart_place(y, plot->y_low, plot->y_high, rows));
	}
	pen_lift(&pen);
}

/* ------------------------------------------------------------------ axes */

/* Unit of y at the left, names of the series at the right, each behind a piece of its line. */
static void chart_legend(const Plot *plot, const Pane *row, const Series *series, size_t n,
			 const Axis *y)
{
	Canvas *canvas = plot->canvas;
	int x = row->x, end = row->x + row->width;

	if (y && y->unit)
		x += canvas_text(canvas, x, row->y, row->width, STYLE_DIM, y->unit) + 2;
	for (size_t i = 0; n > 1 && i < n && x + 4 <= end; i++) {
		Plot sample = *plot;
		Pen pen = { .plot = &sample, .style = series[i].style, .pattern = (unsigned)i };

		sample.pane = (Pane){ x, row->y, 2, 1 };
		for (int column = 0; column < 2 * plot->dots_x; column++)
			pen_dot(&pen, column, plot->dots_y / 2);
		if (canvas->glyphs == GLYPHS_ASCII)
			canvas_put(canvas, x + 1, row->y, ' ', STYLE_TEXT);
		x += 3;
		x += canvas_text(canvas, x, row->y, end - x, STYLE_TEXT,
				 series[i].name ? series[i].name : "") +
		     2;
	}
}

/* Ticks and labels left of the lines; labels end where the wall is. */
static void chart_left(const Plot *plot, const double *ticks, int count, int label_columns)
{
	const Pane *pane = &plot->pane;
	int wall = pane->x - 1, rows = pane->height, foot = rows - 1;

	for (int row = 0; row < rows; row++)
		canvas_put(plot->canvas, wall, pane->y + row, canvas_mark(plot->canvas, MARK_WALL),
			   STYLE_BORDER);
	for (int i = 0; i < count; i++) {
		char label[SCALE_LABEL_MAX];
		int row = rows - 1 -
			  chart_place(ticks[i], plot->y_low, plot->y_high, rows * plot->dots_y) /
				  plot->dots_y;

		scale_label(ticks, count, i, label);
		canvas_text_right(plot->canvas, wall - 1 - label_columns, pane->y + row,
				  label_columns, STYLE_DIM, label);
		canvas_put(plot->canvas, wall, pane->y + row, canvas_mark(plot->canvas, MARK_TICK),
			   STYLE_BORDER);
		if (row == foot)
			foot--;
	}
	if (foot >= 0 && (plot->y_low > 0 || plot->y_high < 0))
		canvas_put(plot->canvas, wall, pane->y + foot, '/', STYLE_BORDER);
}

/* The line below and, where there is a row for them, its labels and the unit. */
/* Leaves out what lies between whole numbers; how many there are. */
static int chart_whole(double *ticks, int count)
{
	int kept = 0;

	for (int i = 0; i < count; i++)
		if (fabs(ticks[i] - round(ticks[i])) < 1e-9)
			ticks[kept++] = round(ticks[i]);
	return kept;
}

static void chart_below(const Plot *plot, const Axis *axis, bool labels)
{
	Canvas *canvas = plot->canvas;
	const Pane *pane = &plot->pane;
	int y = pane->y + pane->height, end = pane->x + pane->width, free_from = pane->x - 1;
	double ticks[SCALE_TICKS_MAX];
	int most = pane->width / 8 + 1;
	int count = scale_ticks(plot->x_low, plot->x_high, ticks,
				most < SCALE_TICKS_MAX ? most : SCALE_TICKS_MAX);

	if (axis && axis->whole)
		count = chart_whole(ticks, count);
	canvas_put(canvas, pane->x - 1, y, canvas_mark(canvas, MARK_CORNER), STYLE_BORDER);
	for (int x = pane->x; x < end; x++)
		canvas_put(canvas, x, y, canvas_mark(canvas, MARK_RULE), STYLE_BORDER);
	if (labels && axis && axis->unit) {
		int columns = canvas_columns(canvas, axis->unit);

		if (columns < pane->width) {
			canvas_text(canvas, end - columns, y + 1, columns, STYLE_DIM, axis->unit);
			end -= columns + 1;
		}
	}
	for (int i = 0; i < count; i++) {
		char label[SCALE_LABEL_MAX];
		int at = pane->x + chart_place(ticks[i], plot->x_low, plot->x_high,
					       pane->width * plot->dots_x) /
					   plot->dots_x;

		scale_label(ticks, count, i, label);
		int columns = (int)strlen(label), begin = at - columns / 2;

		canvas_put(canvas, at, y, canvas->glyphs == GLYPHS_ASCII ? '+' : 0x252c,
			   STYLE_BORDER);
		if (labels && begin >= free_from && begin + columns <= end) {
			canvas_text(canvas, begin, y + 1, columns, STYLE_DIM, label);
			free_from = begin + columns + 1;
		}
	}
}

/* Gives the lines what legend, labels and axes leave; true in *axes when there is room for them. */
static void chart_layout(Plot *plot, const Pane *pane, bool legend, const double *ticks, int count,
			 int *label_columns, bool *axes)
{
	int columns = 0;

	for (int i = 0; i < count; i++) {
		char label[SCALE_LABEL_MAX];

		scale_label(ticks, count, i, label);
		columns = (int)strlen(label) > columns ? (int)strlen(label) : columns;
	}
	*axes = pane->height >= 4 && pane->width >= columns + 2 + 4;
	*label_columns = columns;
	plot->pane = *pane;
	if (legend) {
		plot->pane.y++;
		plot->pane.height--;
	}
	if (*axes) {
		plot->pane.x += columns + 2;
		plot->pane.width -= columns + 2;
		plot->pane.height -= plot->pane.height >= 5 ? 2 : 1;
	}
}

void chart_lines(Canvas *canvas, const Pane *pane, const Series *series, size_t n, const Axis *x,
		 const Axis *y)
{
	Plot plot = { .canvas = canvas,
		      .x_low = INFINITY,
		      .x_high = -INFINITY,
		      .y_low = INFINITY,
		      .y_high = -INFINITY };
	double ticks[SCALE_TICKS_MAX];
	bool axes, legend = pane->height >= 6 && (n > 1 || (y && y->unit));
	int label_columns;

	if (pane->width < 1 || pane->height < 1)
		return;
	chart_dots(canvas, &plot.dots_x, &plot.dots_y);
	for (size_t i = 0; i < n; i++) {
		chart_extend(series[i].x, series[i].y, series[i].n, &plot.x_low, &plot.x_high);
		chart_extend(series[i].y, series[i].x, series[i].n, &plot.y_low, &plot.y_high);
	}
	chart_range(x, &plot.x_low, &plot.x_high);
	chart_range(y, &plot.y_low, &plot.y_high);
	int most = (pane->height - 2) / 3 + 1;
	int count = scale_ticks(plot.y_low, plot.y_high, ticks,
				most < SCALE_TICKS_MAX ? most : SCALE_TICKS_MAX);

	chart_layout(&plot, pane, legend, ticks, count, &label_columns, &axes);
	if (legend)
		chart_legend(&plot, &(Pane){ pane->x, pane->y, pane->width, 1 }, series, n, y);
	if (axes) {
		chart_left(&plot, ticks, count, label_columns);
		chart_below(&plot, x, pane->y + pane->height - plot.pane.y - plot.pane.height >= 2);
	}
	for (size_t i = 0; i < n; i++)
		chart_series(&plot, &series[i], (unsigned)i);
}

/* ------------------------------------------------------------------ bars and maps */

/* The mean of values begin … end − 1 that are numbers. */
static double chart_mean(const double *values, size_t begin, size_t end)
{
	double sum = 0;
	size_t n = 0;

	for (size_t i = begin; i < end; i++)
		if (isfinite(values[i])) {
			sum += values[i] / (double)(end - begin);
			n++;
		}
	return n > 0 ? sum : NAN;
}

static void chart_column(const Plot *plot, int column, double value, Style style)
{
	int rows = plot->pane.height * plot->dots_y,
	    top = chart_place(value, plot->y_low, plot->y_high, rows + 1);

	if (top == 0 && value > 0)
		top = 1; /* what is there is seen */
	for (int row = 0; row < top; row++)
		for (int dot = 0; dot < plot->dots_x; dot++)
			if (plot->canvas->glyphs == GLYPHS_ASCII)
				canvas_put(plot->canvas, plot->pane.x + column,
					   plot->pane.y + rows - 1 - row, '#', style);
			else
				chart_dot(plot, column * plot->dots_x + dot, rows - 1 - row, 0,
					  style);
}

void chart_bars(Canvas *canvas, const Pane *pane, const double *values, size_t n, Style style,
		const Axis *x, const Axis *y)
{
	Plot plot = { .canvas = canvas, .x_low = 0, .x_high = 1, .y_low = 0, .y_high = -INFINITY };
	double ticks[SCALE_TICKS_MAX];
	bool axes, legend = pane->height >= 6 && y->unit;
	int labels, most = (pane->height - 2) / 3 + 1, count;

	if (pane->width < 1 || pane->height < 1 || n == 0)
		return;
	chart_dots(canvas, &plot.dots_x, &plot.dots_y);
	for (size_t i = 0; i < n; i++)
		if (isfinite(values[i]))
			plot.y_high = fmax(plot.y_high, values[i]);
	chart_range(y, &plot.y_low, &plot.y_high);
	scale_range(x->low, x->high, false, &plot.x_low, &plot.x_high);
	count = scale_ticks(plot.y_low, plot.y_high, ticks,
			    most < SCALE_TICKS_MAX ? most : SCALE_TICKS_MAX);
	chart_layout(&plot, pane, legend, ticks, count, &labels, &axes);
	int wide =
		plot.pane.width > 0 && (size_t)plot.pane.width >= n ? plot.pane.width / (int)n : 0;
	if (wide > 0)
		plot.pane.width = wide * (int)n;
	if (legend)
		chart_legend(&plot, &(Pane){ pane->x, pane->y, pane->width, 1 }, NULL, 0, y);
	if (axes) {
		chart_left(&plot, ticks, count, labels);
		chart_below(&plot, x, pane->y + pane->height - plot.pane.y - plot.pane.height >= 2);
	}
	for (int column = 0; column < plot.pane.width; column++) {
		size_t columns = (size_t)plot.pane.width, at = (size_t)column,
		       begin = wide ? at / (size_t)wide : at * n / columns,
		       end = wide ? begin + 1 : (at + 1) * n / columns;
		chart_column(&plot, column, chart_mean(values, begin, end), style);
	}
}

ChartMap chart_map_size(const Canvas *canvas, const Pane *pane, int width, int height, bool image)
{
	int dots_x, dots_y;

	chart_dots(canvas, &dots_x, &dots_y);
	int across = pane->width * dots_x, down = pane->height * dots_y;

	if (width < 1 || height < 1 || across < 1 || down < 1)
		return (ChartMap){ 0 };
	int by_x = across / width, by_y = down / height, both = by_x < by_y ? by_x : by_y;

	if (image)
		by_x = by_y = both;
	return (ChartMap){ by_x             ? width * by_x
			   : across < width ? across
					    : width,
			   by_y            ? height * by_y
			   : down < height ? down
					   : height,
			   across < width || down < height };
}

/* The mean of the values that a dot stands for. */
static double map_value(const double *values, int width, int height, const ChartMap *map, int x,
			int y)
{
	int left = x * width / map->width, right = (x + 1) * width / map->width,
	    top = y * height / map->height, bottom = (y + 1) * height / map->height, n = 0;
	double sum = 0;

	right = right > left ? right : left + 1;
	bottom = bottom > top ? bottom : top + 1;
	for (int row = top; row < bottom; row++)
		for (int column = left; column < right; column++, n++) {
			double value = values[row * width + column];
			sum += isfinite(value) ? fmin(fmax(value, 0), 1) : 0;
		}
	return sum / n;
}

void chart_map(Canvas *canvas, const Pane *pane, const double *values, int width, int height,
	       bool image, Style style)
{
	const ChartMap map = chart_map_size(canvas, pane, width, height, image);
	Plot plot = { .canvas = canvas, .pane = *pane };
	int greys = (int)sizeof chart_greys - 2;

	chart_dots(canvas, &plot.dots_x, &plot.dots_y);
	for (int y = 0; y < map.height; y++)
		for (int x = 0; x < map.width; x++) {
			double value = map_value(values, width, height, &map, x, y);

			if (canvas->glyphs == GLYPHS_ASCII)
				canvas_put(canvas, pane->x + x, pane->y + y,
					   (unsigned char)chart_greys[(int)(value * greys + 0.5)],
					   style);
			else if (value * 16 > chart_bayer[y % 4][x % 4] + 0.5)
				chart_dot(&plot, x, y, 0, style);
		}
}

/* ------------------------------------------------------------------ rows */

void chart_bar(Canvas *canvas, int x, int y, int columns, double share, Style style)
{
	int parts = canvas->glyphs == GLYPHS_BRAILLE ? 8 : canvas->glyphs == GLYPHS_HALF ? 2 : 1;

	if (isnan(share) || columns < 1)
		return;
	share = fmin(fmax(share, 0), 1);
	int filled = (int)(share * columns * parts + 0.5), whole = filled / parts,
	    rest = filled % parts;

	for (int i = 0; i < columns; i++) {
		if (i < whole)
			canvas_put(canvas, x + i, y, canvas_mark(canvas, MARK_BLOCK), style);
		else if (i == whole && rest) /* left eighths: 0x258f is one, 0x2589 seven */
			canvas_put(canvas, x + i, y, 0x2590u - (uint32_t)(rest * 8 / parts), style);
		else
			canvas_put(canvas, x + i, y, canvas_mark(canvas, MARK_SHADE), STYLE_DIM);
	}
}

void chart_interval(Canvas *canvas, int x, int y, int columns, double value, double low,
		    double high, double least, double most, Style style)
{
	bool ascii = canvas->glyphs == GLYPHS_ASCII;

	if (columns < 1 || !isfinite(least) || !isfinite(most) || least >= most)
		return;
	if (!isnan(low) && !isnan(high) && low <= high && high >= least && low <= most) {
		int from = chart_place(low, least, most, columns),
		    to = chart_place(high, least, most, columns);

		for (int i = from; i <= to; i++)
			canvas_put(canvas, x + i, y, canvas_mark(canvas, MARK_RULE), style);
		canvas_put(canvas, x + from, y, low < least ? '<' : ascii ? '|' : 0x251c, style);
		canvas_put(canvas, x + to, y, high > most ? '>' : ascii ? '|' : 0x2524, style);
	}
	if (isnan(value))
		return;
	int at = chart_place(value, least, most, columns);

	canvas_put(canvas, x + at, y,
		   value < least  ? '<'
		   : value > most ? '>'
		   : ascii        ? 'o'
				  : canvas_mark(canvas, MARK_DOT),
		   style);
}

/* Dots 1, 2, 3, 7 stand in the left column, 4, 5, 6, 8 in the right (Unicode, chapter 21.1). */
static const uint8_t braille_bits[2][4] = { { 0x01, 0x02, 0x04, 0x40 },
					    { 0x08, 0x10, 0x20, 0x80 } };
static const char chart_letters[4] = { '*', 'o', '+', 'x' };
static const uint8_t chart_bayer[4][4] = {
	{ 0, 8, 2, 10 }, { 12, 4, 14, 6 }, { 3, 11, 1, 9 }, { 15, 7, 13, 5 }
};
static const uint8_t chart_patterns[4] = { 0xff, 0x55, 0x77, 0x33 };
