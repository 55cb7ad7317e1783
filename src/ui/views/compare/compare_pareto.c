/* The Pareto chart: each arm by two metrics, with the interval along the cost; what no other arm
 * beats in both is starred.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "lab/scale.h"
#include "lab/tabulate.h"
#include "ui/chart.h"
#include "ui/views/compare/compare.h"

#define TICKS_MAX 8
#define LABEL_MAX 32
#define NAME_MAX 40

/* One axis: its metric in a unit that reads well. */
typedef struct Ruler {
	Metric metric;
	bool log;
	double worth;
	const char *unit;
	double low, high; /* as placed() has them */
	double ticks[TICKS_MAX];
	int count;
} Ruler;

typedef struct Plot {
	Canvas *canvas;
	Pane area; /* of the points alone */
	Ruler x, y;
} Plot;

static const struct {
	double worth;
	const char *unit, *ascii;
} units[METRIC_COUNT][4] = {
	[METRIC_TIME] = { { 1, "s", "s" }, { 1e-3, "ms", "ms" }, { 1e-6, "µs", "us" }, { 0 } },
	[METRIC_ENERGY] = { { 1, "J", "J" }, { 1e-3, "mJ", "mJ" }, { 1e-6, "µJ", "uJ" }, { 0 } },
	[METRIC_ACCURACY] = { { 0.01, "%", "%" }, { 0 } },
	[METRIC_BYTES] = { { 1e6, "MB", "MB" }, { 1e3, "kB", "kB" }, { 1, "B", "B" }, { 0 } },
	[METRIC_MACS] = { { 1e6, "M", "M" }, { 1e3, "k", "k" }, { 1, "", "" }, { 0 } },
};

static double placed(const Ruler *ruler, double value)
{
	value /= ruler->worth;
	return ruler->log ? value > 0 ? log10(value) : NAN : value;
}

/* The largest unit of which the least value holds a tenth. */
static void choose_unit(Ruler *ruler, double least, Glyphs glyphs)
{
	size_t i = 0;

	while (units[ruler->metric][i + 1].worth > 0 &&
	       !(least >= 0.1 * units[ruler->metric][i].worth))
		i++;
	ruler->worth = units[ruler->metric][i].worth;
	ruler->unit = glyphs == GLYPHS_ASCII ? units[ruler->metric][i].ascii
					     : units[ruler->metric][i].unit;
}

/* 1, 2, 5 times the powers of ten that lie on the axis. */
static int log_ticks(const Ruler *ruler, double *out, int max)
{
	static const double steps[] = { 1, 2, 5 };
	int count = 0;

	for (int power = (int)floor(ruler->low); power <= (int)ceil(ruler->high); power++)
		for (int i = 0; i < 3; i++) {
			double value = log10(steps[i]) + power;
			if (value >= ruler->low - 1e-9 && value <= ruler->high + 1e-9 &&
			    count < max)
				out[count++] = value;
		}
	return count;
}

static void find_ticks(Ruler *ruler, int max)
{
	max = max < 1 ? 1 : max > TICKS_MAX ? TICKS_MAX : max;
	ruler->count = ruler->log ? log_ticks(ruler, ruler->ticks, max) : 0;
	if (ruler->count < 2) /* as it is on a narrow stretch of a logarithmic axis, too */
		ruler->count = scale_ticks(ruler->low, ruler->high, ruler->ticks, max);
}

/* Around the values (and the intervals of a cost), with a little room. */
static void find_range(Ruler *ruler, const Results *results, const CompareLook *look, bool bounds)
{
	double least = INFINITY, most = -INFINITY, room;

	ruler->low = INFINITY;
	ruler->high = -INFINITY;
	for (size_t arm = 0; results_arm(results, arm); arm++) {
		Estimate estimate = compare_estimate(results, look, arm, ruler->metric);
		if (!isfinite(estimate.value))
			continue;
		least = fmin(least, estimate.value);
		most = fmax(most, estimate.value);
		double ends[] = { estimate.value, bounds ? estimate.low : NAN,
				  bounds ? estimate.high : NAN };
		for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
			double at = placed(ruler, ends[i]);
			ruler->low = isfinite(at) ? fmin(ruler->low, at) : ruler->low;
			ruler->high = isfinite(at) ? fmax(ruler->high, at) : ruler->high;
		}
	}
	room = 0.06 * (ruler->high - ruler->low);
	if (!(room > 0))
		room = ruler->log ? 0.1 : fmax(0.02 * fabs(ruler->high), 1e-9);
	ruler->high += room;
	if (metric_is_cost(ruler->metric) && !ruler->log && !look->around && ruler->low >= 0)
		ruler->low = 0;
	else
		ruler->low -= room;
}

static double least_value(const Results *results, const CompareLook *look, Metric metric)
{
	double least = INFINITY;

	for (size_t arm = 0; results_arm(results, arm); arm++) {
		double value = compare_estimate(results, look, arm, metric).value;
		if (value > 0)
			least = fmin(least, value);
	}
	return least;
}

static void open_ruler(Ruler *ruler, Metric metric, const Results *results, const CompareLook *look,
		       Glyphs glyphs)
{
	*ruler = (Ruler){ .metric = metric, .log = look->log && metric_is_cost(metric) };
	choose_unit(ruler, least_value(results, look, metric), glyphs);
	find_range(ruler, results, look, metric_is_cost(metric));
}

static size_t tick_label(const Ruler *ruler, int i, char out[LABEL_MAX])
{
	double value = ruler->log ? pow(10, ruler->ticks[i]) : ruler->ticks[i];

	return text_format(out, LABEL_MAX, ruler->log ? "%.3g" : "%.6g", value);
}

static int column(const Plot *plot, double value)
{
	int at = chart_place(placed(&plot->x, value), plot->x.low, plot->x.high, plot->area.width);

	return at < 0 ? -1 : plot->area.x + at;
}

static int row(const Plot *plot, double value)
{
	int at = chart_place(placed(&plot->y, value), plot->y.low, plot->y.high, plot->area.height);

	return at < 0 ? -1 : plot->area.y + plot->area.height - 1 - at;
}

/* --- axes ------------------------------------------------------------------------------------- */

static void draw_left(const Plot *plot, int labels)
{
	Canvas *canvas = plot->canvas;
	char label[LABEL_MAX];
	int x = plot->area.x - 1, foot = plot->area.y + plot->area.height;

	for (int y = plot->area.y; y < foot; y++)
		canvas_put(canvas, x, y, canvas_mark(canvas, MARK_WALL), STYLE_BORDER);
	canvas_put(canvas, x, foot, canvas_mark(canvas, MARK_CORNER), STYLE_BORDER);
	for (int i = 0; i < plot->y.count; i++) {
		int at =
			chart_place(plot->y.ticks[i], plot->y.low, plot->y.high, plot->area.height);
		tick_label(&plot->y, i, label);
		canvas_put(canvas, x, foot - 1 - at, canvas_mark(canvas, MARK_TICK), STYLE_BORDER);
		canvas_text_right(canvas, x - labels, foot - 1 - at, labels, STYLE_DIM, label);
	}
	/* An axis of costs that is cut says so, as other charts do. */
	if (metric_is_cost(plot->y.metric) && !plot->y.log && plot->y.low > 0)
		canvas_put(canvas, x, foot, '/', STYLE_WARNING);
}

static void draw_below(const Plot *plot)
{
	Canvas *canvas = plot->canvas;
	const Pane *area = &plot->area;
	int y = area->y + area->height, end = area->x + area->width, taken = area->x - 1;
	int unit = canvas_columns(canvas, plot->x.unit);
	char label[LABEL_MAX];

	for (int x = area->x; x < end; x++)
		canvas_put(canvas, x, y, canvas_mark(canvas, MARK_RULE), STYLE_BORDER);
	if (metric_is_cost(plot->x.metric) && !plot->x.log && plot->x.low > 0)
		canvas_put(canvas, area->x, y, '/', STYLE_WARNING);
	canvas_text_right(canvas, end - unit, y + 1, unit, STYLE_DIM, plot->x.unit);
	for (int i = 0; i < plot->x.count; i++) {
		int width, at = area->x + chart_place(plot->x.ticks[i], plot->x.low, plot->x.high,
						      area->width);
		tick_label(&plot->x, i, label);
		width = canvas_columns(canvas, label);
		canvas_put(canvas, at, y, canvas->glyphs == GLYPHS_ASCII ? '+' : 0x252c,
			   STYLE_BORDER);
		at -= width / 2;
		if (at <= taken || at + width > end - unit - 1)
			continue;
		canvas_text(canvas, at, y + 1, width, STYLE_DIM, label);
		taken = at + width;
	}
}

/* --- points ----------------------------------------------------------------------------------- */

static bool is_free(const Plot *plot, int x, int y, int width)
{
	const Canvas *canvas = plot->canvas;

	if (x < plot->area.x || x + width > plot->area.x + plot->area.width || y < plot->area.y ||
	    y >= plot->area.y + plot->area.height)
		return false;
	for (int i = x; i < x + width; i++)
		if (i < 0 || i >= canvas->width || y >= canvas->height ||
		    canvas->cells[y * canvas->width + i].code != ' ')
			return false;
	return true;
}

/* The name beside its point where there is room: right, left, below, above; else nowhere: the arm
 * is in the table and in the line of what is dominated. */
static void draw_name(const Plot *plot, const char *name, bool starred, int from, int to, int y,
		      Style style)
{
	Canvas *canvas = plot->canvas;
	int width = canvas_columns(canvas, name), all;

	width = width > NAME_MAX ? NAME_MAX : width;
	width = width > plot->area.width / 2 ? plot->area.width / 2 : width;
	all = width + (starred ? 2 : 0);
	int middle = (from + to - all) / 2;
	const int places[][2] = { { to + 2, y },       { from - 1 - all, y }, { middle, y + 1 },
				  { middle, y - 1 },   { from, y + 1 },       { from, y - 1 },
				  { to - all, y + 1 }, { to - all, y - 1 } };
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		int x = places[i][0], at = places[i][1];
		if (!is_free(plot, x - 1, at, all + 2) && !is_free(plot, x, at, all + 1))
			continue;
		canvas_text(canvas, x, at, width, style, name);
		if (starred)
			canvas_put(canvas, x + width + 1, at, canvas_mark(canvas, MARK_STAR),
				   STYLE_EMPHASIS);
		return;
	}
}

static void draw_point(const Plot *plot, const Estimate *x, int y, Style style)
{
	Canvas *canvas = plot->canvas;
	bool ascii = canvas->glyphs == GLYPHS_ASCII;
	int from = column(plot, x->low), to = column(plot, x->high), at = column(plot, x->value);

	if (from >= 0 && to > from) {
		for (int i = from; i <= to; i++)
			canvas_put(canvas, i, y, canvas_mark(canvas, MARK_RULE), style);
		canvas_put(canvas, from, y, ascii ? '|' : 0x251c, style);
		canvas_put(canvas, to, y, ascii ? '|' : 0x2524, style);
	}
	canvas_put(canvas, at, y, canvas_mark(canvas, MARK_POINT), style);
}

static void draw_points(const Plot *plot, const Results *results, const CompareLook *look)
{
	bool on[PLAN_ARMS_MAX];
	const ArmResult *arm;

	compare_front(on, results, look);
	/* All points, then the names around them. */
	for (int names = 0; names < 2; names++)
		for (size_t i = 0; (arm = results_arm(results, i)); i++) {
			Estimate x = compare_estimate(results, look, i, plot->x.metric);
			int at = column(plot, x.value), from = column(plot, x.low),
			    to = column(plot, x.high),
			    y = row(plot, compare_estimate(results, look, i, plot->y.metric).value);
			if (at < 0 || y < 0)
				continue;
			if (names)
				draw_name(plot, arm->name, on[i], from < 0 ? at : from,
					  to < 0 ? at : to, y, race_style(i));
			else
				draw_point(plot, &x, y, race_style(i));
		}
}

static void draw_plot(Plot *plot, const Results *results, const CompareLook *look, const Pane *pane)
{
	char label[LABEL_MAX];
	int labels = 0;

	find_ticks(&plot->y, (pane->height - 2) / 3 + 1);
	for (int i = 0; i < plot->y.count; i++) {
		int len = (int)tick_label(&plot->y, i, label);
		labels = len > labels ? len : labels;
	}
	plot->area =
		(Pane){ pane->x + labels + 1, pane->y, pane->width - labels - 2, pane->height - 2 };
	if (plot->area.width < 8 || plot->area.height < 2)
		return;
	find_ticks(&plot->x, plot->area.width / 8);
	draw_left(plot, labels);
	draw_below(plot);
	draw_points(plot, results, look);
}

/* Why there is no chart. */
static void say_why(Canvas *canvas, const Pane *pane, const Results *results,
		    const CompareLook *look)
{
	char text[96];
	bool begun = results && results_blocks(results) > 0;

	if (begun)
		text_format(text, sizeof text, "Not told: %s.",
			    metric_name(compare_known(results, look->y) ? compare_x(results, look)
									: look->y));
	else
		text_format(text, sizeof text, "%s",
			    results ? "Comes with the first whole block." : "No run yet.");
	canvas_text(canvas, pane->x + 1, pane->y, pane->width - 1, STYLE_DIM, text);
}

/* "accuracy %", "net J per 10k", "(J per 10k)" when it is modelled, "kB": what is up and what is to
 * the right. */
static void axis_name(const Ruler *ruler, const Results *results, const CompareLook *look,
		      char out[LABEL_MAX])
{
	bool modelled = !results_joules_measured(results);
	const char *of = tabulate_quoted(results) == 1 ? "run" : "10k";

	if (ruler->metric == METRIC_ACCURACY)
		text_format(out, LABEL_MAX, "accuracy %%");
	else if (ruler->metric == METRIC_BYTES)
		text_format(out, LABEL_MAX, "%s", ruler->unit);
	else if (ruler->metric == METRIC_MACS)
		text_format(out, LABEL_MAX, "%s%smul-adds", ruler->unit, ruler->unit[0] ? " " : "");
	else if (ruler->metric == METRIC_ENERGY && modelled)
		text_format(out, LABEL_MAX, "(%s per %s)", ruler->unit, of);
	else
		text_format(out, LABEL_MAX, "%s%s per %s",
			    ruler->metric == METRIC_ENERGY && look->net ? "net " : "", ruler->unit,
			    of);
}

void compare_pareto(const Results *results, const CompareLook *look, Canvas *canvas,
		    const Pane *pane, bool focused)
{
	Plot plot = { .canvas = canvas };
	char title[160];
	char x[LABEL_MAX], y[LABEL_MAX];
	Pane inside;
	bool drawn = results && results_blocks(results) + results_scored(results) > 0 &&
		     compare_known(results, compare_x(results, look)) &&
		     compare_known(results, look->y);

	text_format(title, sizeof title, "Pareto");
	if (drawn) {
		open_ruler(&plot.x, compare_x(results, look), results, look, canvas->glyphs);
		open_ruler(&plot.y, look->y, results, look, canvas->glyphs);
		axis_name(&plot.x, results, look, x);
		axis_name(&plot.y, results, look, y);
		text_format(title, sizeof title, "Pareto: %s / %s", y, x);
	}
	canvas_frame(canvas, pane, title,
		     canvas->glyphs == GLYPHS_BRAILLE ? "★ not dominated" : "* not dominated",
		     focused, &inside);
	canvas_clip(canvas, &inside);
	if (drawn)
		draw_plot(&plot, results, look, &inside);
	else
		say_why(canvas, &inside, results, look);
	canvas_clip(canvas, NULL);
}
