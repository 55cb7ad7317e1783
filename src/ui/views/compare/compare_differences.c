/* Differences from the baseline with their intervals: costs in percent, accuracy in points, each on
 * an axis of its own with 0 marked.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "lab/scale.h"
#include "ui/chart.h"
#include "ui/views/compare/compare.h"

#define WIDE 130
#define METRIC_WIDTH 8
#define VALUE_WIDTH 22 /* "-12.3 % [-12.5,-12.1]" */
#define TEST_WIDTH 13
#define TICKS_MAX 9
#define TEXT_MAX 96

/* What a row is drawn from. */
typedef struct Row {
	const Verdict *verdict;
	double value, low, high; /* percent or points */
	bool net;                /* joules over idle power */
	bool modelled, diverged;
} Row;

/* Columns of the pane, and the scale of one of the two axes. */
typedef struct Scale {
	bool points, log;
	double least, most; /* as placed() has them */
	double ticks[TICKS_MAX];
	int count;
	int name, test, axis_x, axis; /* widths; where the axis begins, its columns */
} Scale;

static bool is_points(const Verdict *verdict)
{
	return verdict->metric == METRIC_ACCURACY;
}

/* Nothing is known of it, and nothing is to be told. */
static bool is_blank(const Verdict *verdict)
{
	return isnan(verdict->ratio) && !strstr(verdict->why, "diverged");
}

/* The i-th verdict that has a row; NULL behind the last. */
static const Verdict *shown(const Judged *judged, size_t i)
{
	for (size_t k = 0; k < judged->verdicts; k++)
		if (!is_blank(&judged->verdict[k]) && i-- == 0)
			return &judged->verdict[k];
	return NULL;
}

/* Costs come first: where the accuracies begin, among what is shown. */
static size_t costs(const Judged *judged, size_t *all)
{
	size_t n = 0;
	const Verdict *verdict;

	for (*all = 0; (verdict = shown(judged, *all)); ++*all)
		n += is_points(verdict) ? 0 : 1;
	return n;
}

size_t compare_lines(const Judged *judged)
{
	size_t all, first = costs(judged, &all);

	return all + (first > 0 ? 1 : 0) + (all > first ? 1 : 0);
}

static double percent(double ratio)
{
	return (ratio - 1) * 100;
}

static Row row_of(const Judged *judged, const Results *results, const CompareLook *look,
		  const Verdict *verdict)
{
	Row row = { .verdict = verdict };

	row.diverged = isnan(verdict->ratio);
	row.net = look->net && verdict->metric == METRIC_ENERGY && judged->any_net;
	row.modelled = verdict->metric == METRIC_ENERGY && !results_joules_measured(results);
	if (is_points(verdict)) {
		row.value = verdict->ratio;
		row.low = verdict->low;
		row.high = verdict->high;
	} else if (row.net) {
		row.value = percent(judged->net[verdict->arm]);
		row.low = row.high = NAN;
	} else {
		row.value = percent(verdict->ratio);
		row.low = percent(verdict->low);
		row.high = percent(verdict->high);
	}
	return row;
}

/* --- the axis --------------------------------------------------------------------------------- */

static double placed(const Scale *scale, double value)
{
	return scale->log ? log(fmax(1 + value / 100, 1e-6)) : value;
}

static void extend(Scale *scale, double value)
{
	if (!isfinite(value))
		return;
	scale->least = fmin(scale->least, value);
	scale->most = fmax(scale->most, value);
}

/* −90, −80, −50 %, nothing, twice, five times …: as many of them as there is room for. */
static int log_ticks(const Scale *scale, double *out, int max)
{
	static const double steps[] = { 1, 2, 5 };
	int count = 0;

	for (int wide = 0; wide < 2; wide++) { /* all, or powers of ten alone */
		count = 0;
		for (int power = -6; power <= 6; power++)
			for (int i = 0; i < (wide ? 1 : 3); i++) {
				double ratio = steps[i] * pow(10, power);
				if (log(ratio) < scale->least || log(ratio) > scale->most)
					continue;
				if (count < max)
					out[count] = percent(ratio);
				count++;
			}
		if (count <= max)
			return count;
	}
	return max;
}

static void find_ticks(Scale *scale)
{
	int max = scale->axis / 6 < TICKS_MAX ? scale->axis / 6 : TICKS_MAX;

	scale->count = scale->log ? log_ticks(scale, scale->ticks, max)
				  : scale_ticks(scale->least, scale->most, scale->ticks, max);
}

/* Around the values of one kind (counted or not), none further than limit. */
static void extend_values(Scale *scale, const Judged *judged, const Results *results,
			  const CompareLook *look, bool exact, double limit)
{
	const Verdict *verdict;

	for (size_t i = 0; (verdict = shown(judged, i)); i++) {
		Row row = row_of(judged, results, look, verdict);
		if (is_points(verdict) == scale->points && verdict->exact == exact)
			extend(scale, fmin(row.value, limit));
	}
}

/* Around all rows of the axis and 0, with a little room. Intervals of the first blocks, and what is
 * counted, as a model of a hundred times the bytes, may reach far: they do not squeeze what is
 * measured into a corner, but end in "<" or ">". */
static void find_scale(Scale *scale, const Judged *judged, const Results *results,
		       const CompareLook *look, bool points)
{
	const Verdict *verdict;
	double room, limit;

	scale->points = points;
	scale->least = scale->most = 0;
	extend_values(scale, judged, results, look, false, INFINITY);
	limit = 3 * fmax(points ? 5 : 50, fmax(scale->most, -scale->least));
	extend_values(scale, judged, results, look, true, limit);
	for (size_t i = 0; (verdict = shown(judged, i)); i++) {
		Row row = row_of(judged, results, look, verdict);
		if (is_points(verdict) != points || verdict->exact)
			continue;
		extend(scale, fmax(row.low, -limit));
		extend(scale, fmin(row.high, limit));
	}
	if (look->log && !points) {
		scale->log = true;
		scale->least = placed(scale, scale->least);
		scale->most = placed(scale, scale->most);
	}
	room = 0.04 * (scale->most - scale->least);
	if (!(room > 0))
		room = scale->log ? 0.01 : 1;
	scale->least -= room;
	scale->most += room;
	find_ticks(scale);
}

static void layout(Scale *scale, const Pane *pane, const CompareLook *look)
{
	scale->name = pane->width >= WIDE ? 20 : 11;
	scale->test = look->test ? TEST_WIDTH : 0;
	scale->axis_x =
		pane->x + METRIC_WIDTH + 1 + scale->name + 1 + 2 + VALUE_WIDTH + scale->test + 1;
	scale->axis = pane->x + pane->width - scale->axis_x - 1;
}

static int column(const Scale *scale, double value)
{
	int at = chart_place(placed(scale, value), scale->least, scale->most, scale->axis);

	return at < 0 ? -1 : scale->axis_x + at;
}

static void draw_heading(const Scale *scale, const Results *results, Canvas *canvas, int x, int y)
{
	char label[32];
	int taken = 0;

	canvas_printf(canvas, x, y, METRIC_WIDTH + 1 + scale->name + 2 + VALUE_WIDTH, STYLE_DIM,
		      "against %s", results_plan(results)->arm[results_plan(results)->versus]);
	if (scale->test)
		canvas_text(canvas, scale->axis_x - scale->test - 1, y, scale->test, STYLE_DIM,
			    scale->points ? "p (McNemar)" : "p (Holm)");
	for (int i = 0; i < scale->count; i++) {
		int width, at = column(scale, scale->ticks[i]);
		text_format(label, sizeof label, "%s%.6g%s", scale->ticks[i] > 0 ? "+" : "",
			    scale->ticks[i],
			    scale->ticks[i] == 0 ? ""
			    : scale->points      ? " pt"
						 : " %");
		width = canvas_columns(canvas, label);
		at -= width / 2;
		at = at + width > scale->axis_x + scale->axis ? scale->axis_x + scale->axis - width
							      : at;
		at = at < scale->axis_x ? scale->axis_x : at;
		if (at < taken)
			continue;
		canvas_text(canvas, at, y, width, STYLE_DIM, label);
		taken = at + width + 1;
	}
}

/* --- rows ------------------------------------------------------------------------------------- */

/* No "-0.0". */
static double rounded(double value, int decimals)
{
	return fabs(value) < 0.5 * pow(10, -decimals) ? 0 : value;
}

static void value_text(const Row *row, char out[TEXT_MAX])
{
	const char *unit = is_points(row->verdict) ? "pt" : "%";
	double half = fmax(row->value - row->low, row->high - row->value);
	bool bounded = isfinite(row->low) && isfinite(row->high) && !row->verdict->exact;
	double far = fmax(fabs(row->value), fmax(fabs(row->low), fabs(row->high)));
	int decimals = far >= 99.95 || half >= 9.95 ? 0 : 1;
	size_t len;

	if (bounded && half < 0.05 && fabs(row->value) < 9.95)
		decimals = 2;
	if (row->diverged) {
		text_format(out, TEXT_MAX, "diverged");
		return;
	}
	if (row->verdict->exact && row->value == 0) {
		text_format(out, TEXT_MAX, "equal, counted");
		return;
	}
	len = text_format(out, TEXT_MAX, "%s%+.*f %s", row->modelled ? "(" : "", decimals,
			  rounded(row->value, decimals), unit);
	if (bounded)
		len += text_format(out + len, TEXT_MAX - len, " [%+.*f,%+.*f]", decimals,
				   rounded(row->low, decimals), decimals,
				   rounded(row->high, decimals));
	else if (row->verdict->exact)
		len += text_format(out + len, TEXT_MAX - len, " counted");
	else if (row->net)
		len += text_format(out + len, TEXT_MAX - len, " over idle");
	text_format(out + len, TEXT_MAX - len, "%s", row->modelled ? ")" : "");
}

static size_t p_number(char *out, size_t cap, double p)
{
	return p < 0.001 ? text_format(out, cap, "<.001") : text_format(out, cap, "%.3f", p);
}

static void p_text(const Row *row, char out[TEXT_MAX])
{
	const Verdict *verdict = row->verdict;
	double p = is_points(verdict) ? verdict->p_mcnemar : verdict->p_sign_flip;
	size_t len;

	if (isnan(p) || verdict->exact) {
		text_format(out, TEXT_MAX, "-");
		return;
	}
	len = p_number(out, TEXT_MAX, p);
	if (isnan(verdict->p_holm))
		return;
	len += text_format(out + len, TEXT_MAX - len, " (");
	len += p_number(out + len, TEXT_MAX - len, verdict->p_holm);
	text_format(out + len, TEXT_MAX - len, ")");
}

/* What is counted needs no verdict to be told apart. */
static VerdictWord word_of(const Verdict *verdict)
{
	if (!verdict->exact || isnan(verdict->ratio))
		return verdict->word;
	return verdict->ratio < 1   ? VERDICT_BETTER
	       : verdict->ratio > 1 ? VERDICT_WORSE
				    : VERDICT_SAME;
}

static void draw_axis(const Scale *scale, Canvas *canvas, int y)
{
	for (int i = 0; i < scale->count; i++)
		canvas_put(canvas, column(scale, scale->ticks[i]), y,
			   canvas_mark(canvas, MARK_OPEN), STYLE_DIM);
	canvas_put(canvas, column(scale, 0), y, canvas_mark(canvas, MARK_WALL), STYLE_BORDER);
}

static void draw_row(const Row *row, const Scale *scale, const Results *results, Canvas *canvas,
		     int x, int y, bool first)
{
	const Verdict *verdict = row->verdict;
	char text[TEXT_MAX];
	const char *word;
	Style style;
	Mark mark;

	race_look(word_of(verdict), &mark, &word, &style);
	if (row->modelled || row->net) {
		style = row->modelled ? STYLE_MODELLED : STYLE_TEXT;
		mark = MARK_OPEN;
	}
	if (first)
		canvas_text(canvas, x, y, METRIC_WIDTH, STYLE_DIM, metric_name(verdict->metric));
	x += METRIC_WIDTH + 1;
	canvas_text(canvas, x, y, scale->name, race_style(verdict->arm),
		    results_arm(results, verdict->arm)->name);
	x += scale->name + 1;
	canvas_put(canvas, x, y, canvas_mark(canvas, row->diverged ? MARK_WARNING : mark),
		   row->diverged ? STYLE_WARNING : style);
	value_text(row, text);
	canvas_text(canvas, x + 2, y, VALUE_WIDTH, style, text);
	if (scale->test) {
		p_text(row, text);
		canvas_text(canvas, x + 2 + VALUE_WIDTH, y, scale->test, STYLE_DIM, text);
	}
	if (scale->axis < 8 || row->diverged)
		return;
	draw_axis(scale, canvas, y);
	chart_interval(canvas, scale->axis_x, y, scale->axis, placed(scale, row->value),
		       isnan(row->low) ? NAN : placed(scale, row->low),
		       isnan(row->high) ? NAN : placed(scale, row->high), scale->least, scale->most,
		       style);
}

/* Line 0 of the pane is the heading of what stands below it, wherever one scrolled to. */
static void draw_lines(const Judged *judged, const Results *results, const CompareLook *look,
		       Canvas *canvas, const Pane *pane, size_t first)
{
	Scale scale[2] = { 0 }; /* costs, points */
	const Verdict *before = NULL, *verdict;
	int y = pane->y;

	for (int i = 0; i < 2; i++) {
		layout(&scale[i], pane, look);
		find_scale(&scale[i], judged, results, look, i == 1);
	}
	for (size_t at = first; (verdict = shown(judged, at)) && y < pane->y + pane->height; at++) {
		const Scale *used = &scale[is_points(verdict) ? 1 : 0];
		if (!before || is_points(before) != is_points(verdict))
			draw_heading(used, results, canvas, pane->x, y++);
		Row row = row_of(judged, results, look, verdict);
		draw_row(&row, used, results, canvas, pane->x, y++,
			 !before || before->metric != verdict->metric);
		before = verdict;
	}
}

void compare_differences(const Judged *judged, const Results *results, const CompareLook *look,
			 Canvas *canvas, const Pane *pane, size_t first, bool focused)
{
	char title[160], note[128];
	Pane inside;
	const char *less = canvas->glyphs == GLYPHS_ASCII ? "v" : "▼",
		   *more = canvas->glyphs == GLYPHS_ASCII ? "^" : "▲";

	text_format(title, sizeof title, "Differences, intervals together 95 %%%s",
		    judged->ended ? "" : ", so far");
	text_format(note, sizeof note, "%s less  %s more  = same or kept  ~ not resolved  ! lost",
		    less, more);
	canvas_frame(canvas, pane, title, note, focused, &inside);
	canvas_clip(canvas, &inside);
	inside.x++;
	inside.width -= 2;
	if (!results || compare_lines(judged) == 0)
		canvas_text(canvas, inside.x, inside.y, inside.width, STYLE_DIM,
			    results ? "Comes with the first whole block." : "No run yet.");
	else
		draw_lines(judged, results, look, canvas, &inside, first);
	canvas_clip(canvas, NULL);
}
