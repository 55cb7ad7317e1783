/* Heads, panels, axes and legends of figures.
 * SPDX-License-Identifier: MIT */
#include "lab/figures/sheet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/text.h"

#define TITLE_SIZE 17.0
#define BADGE_SIZE 12.0
#define TICK_SIZE 12.5
#define TITLE_Y 28.0
#define SUB_Y 49.0

bool sheet_open(Sheet *sheet, const FigureAsk *ask, const char *name, int height, Err *err)
{
	*sheet = (Sheet){ .figure = { .height = height } };
	sheet->to = open_memstream(&sheet->bytes, &sheet->len);
	if (!sheet->to)
		return err_set(err, ERR_MEMORY, "no memory for a figure");
	text_format(sheet->figure.name, FIGURE_NAME_MAX, "%s%s", ask->prefix, name);
	svg_rect(sheet->to, "paper", 0, 0, FIGURE_WIDTH, height);
	return true;
}

void sheet_head(Sheet *sheet, const char *title, const char *sub, const char *badge)
{
	double width = svg_width(badge, BADGE_SIZE) + 20, x = FIGURE_WIDTH - SHEET_MARGIN - width;

	text_format(sheet->figure.title, FIGURE_TITLE_MAX, "%s", title);
	svg_words_fit(sheet->to, "title", SHEET_MARGIN, TITLE_Y, SVG_START, x - 2 * SHEET_MARGIN,
		      TITLE_SIZE, title);
	if (sub)
		svg_words(sheet->to, "sub", SHEET_MARGIN, SUB_Y, SVG_START, sub);
	svg_group(sheet->to, "badge");
	fprintf(sheet->to, "<rect x=\"%.1f\" y=\"12\" width=\"%.1f\" height=\"23\" rx=\"11.5\"/>\n",
		x, width);
	svg_words(sheet->to, "", x + width / 2, TITLE_Y, SVG_MIDDLE, badge);
	svg_group_end(sheet->to);
}

bool sheet_close(Sheet *sheet, FigureList *list, const char *about, Err *err)
{
	bool fine = !ferror(sheet->to);

	fine = fclose(sheet->to) == 0 && fine;
	Figure *more =
		fine ? list_room(list->figure, list->n, &list->capacity, sizeof *more) : NULL;

	if (!more) {
		free(sheet->bytes);
		return err_set(err, ERR_MEMORY, "no memory for a figure");
	}
	list->figure = more;
	text_format(sheet->figure.about, FIGURE_ABOUT_MAX, "%s", about);
	sheet->figure.shapes = sheet->bytes;
	sheet->figure.len = sheet->len;
	list->figure[list->n++] = sheet->figure;
	return true;
}

/* --- panels ----------------------------------------------------------------------------------- */

void span_add(Span *span, double value)
{
	if (!isfinite(value))
		return;
	span->least = fmin(span->least, value);
	span->most = fmax(span->most, value);
}

void span_add_estimate(Span *span, Estimate estimate)
{
	span_add(span, estimate.value);
	span_add(span, estimate.low);
	span_add(span, estimate.high);
}

bool span_is_wide(const Span *span)
{
	return span->least > 0 && span->most / span->least >= 30;
}

void axis_fit(FigureAxis *axis, Span span, double by, bool zero, bool log, int ticks)
{
	double low = span.least / by, high = span.most / by;

	axis->log = log && low > 0 && isfinite(high);
	if (axis->log) {
		double room = pow(high / low, 0.05) * 1.08;

		axis->low = fmax(low / room, 1e-300);
		axis->high = fmin(high * room, 1e300);
		axis->count = scale_log_ticks(axis->low, axis->high, axis->tick, ticks);
		return;
	}
	scale_range(NAN, NAN, zero, &low, &high);
	double room = 0.06 * (high - low);

	axis->low = zero && low >= 0 ? 0 : low - room;
	axis->high = zero && high <= 0 ? 0 : high + room;
	axis->count = scale_ticks(axis->low, axis->high, axis->tick, ticks);
}

/* Where a value lies, 0 … 1. */
static double axis_share(const FigureAxis *axis, double value)
{
	if (!axis->log)
		return (value - axis->low) / (axis->high - axis->low);
	/* What is 0, as the low end of an interval may be, lies at the foot. */
	return value > axis->low ? log(value / axis->low) / log(axis->high / axis->low)
	       : isnan(value)    ? NAN
				 : 0;
}

double panel_x(const Panel *panel, double value)
{
	return panel->x + panel->width * axis_share(&panel->across, value);
}

double panel_y(const Panel *panel, double value)
{
	return panel->y + panel->height * (1 - axis_share(&panel->up, value));
}

static void tick_label(const FigureAxis *axis, int i, char out[SCALE_LABEL_MAX])
{
	if (axis->log)
		scale_log_label(axis->tick[i], out);
	else
		scale_label(axis->tick, axis->count, i, out);
}

static void draw_across(FILE *to, const Panel *panel)
{
	double foot = panel->y + panel->height, free_from = -INFINITY;

	for (int i = 0; i < panel->across.count; i++) {
		char label[SCALE_LABEL_MAX];
		double x = panel_x(panel, panel->across.tick[i]);

		tick_label(&panel->across, i, label);
		double half = svg_width(label, TICK_SIZE) / 2;

		svg_line(to, "grid", x, panel->y, x, foot);
		svg_line(to, "axis", x, foot, x, foot + 5);
		if (x - half < free_from)
			continue;
		svg_words(to, "tick", x, foot + 19, SVG_MIDDLE, label);
		free_from = x + half + 4;
	}
	if (*panel->across.title)
		svg_words(to, "name", panel->x + panel->width / 2, foot + 39, SVG_MIDDLE,
			  panel->across.title);
}

static void draw_up(FILE *to, const Panel *panel)
{
	double widest = 0;

	for (int i = 0; i < panel->up.count; i++) {
		char label[SCALE_LABEL_MAX];
		double y = panel_y(panel, panel->up.tick[i]);

		tick_label(&panel->up, i, label);
		widest = fmax(widest, svg_width(label, TICK_SIZE));
		svg_line(to, "grid", panel->x, y, panel->x + panel->width, y);
		svg_line(to, "axis", panel->x - 5, y, panel->x, y);
		svg_words(to, "tick", panel->x - 9, y + 4.4, SVG_END, label);
	}
	if (*panel->up.title)
		svg_words_up(to, "name", panel->x - 18 - widest, panel->y + panel->height / 2,
			     panel->up.title);
}

/* Two strokes through an axis that leaves 0 out. */
static void mark_cut(FILE *to, double x, double y, bool upright)
{
	for (int i = -1; i <= 1; i += 2)
		if (upright)
			svg_line(to, "axis", x - 5, y + 2.5 * i + 2, x + 5, y + 2.5 * i - 2);
		else
			svg_line(to, "axis", x + 2.5 * i - 2, y + 5, x + 2.5 * i + 2, y - 5);
}

static bool is_cut(const FigureAxis *axis)
{
	return axis->count && !axis->log && !axis->places && (axis->low > 0 || axis->high < 0);
}

void panel_draw(FILE *to, const Panel *panel)
{
	double foot = panel->y + panel->height;

	draw_across(to, panel);
	draw_up(to, panel);
	svg_line(to, "axis", panel->x, foot, panel->x + panel->width, foot);
	svg_line(to, "axis", panel->x, panel->y, panel->x, foot);
	if (is_cut(&panel->across))
		mark_cut(to, panel->x + 7, foot, false);
	if (is_cut(&panel->up))
		mark_cut(to, panel->x, foot - 7, true);
}

/* --- legend ----------------------------------------------------------------------------------- */

void sheet_series(FILE *to, size_t series)
{
	svg_group(to, "s%zu d%zu", series % SVG_SERIES, series % SVG_SERIES);
}

void sheet_legend(FILE *to, double x, double y, double width, const LegendRow *rows, size_t n)
{
	for (size_t i = 0; i < n; i++, y += LEGEND_STEP) {
		sheet_series(to, rows[i].series);
		if (rows[i].line)
			svg_line(to, "line", x, y - 4, x + 26, y - 4);
		if (rows[i].glyph)
			svg_glyph(to, rows[i].series, x + 13, y - 4, rows[i].hollow);
		svg_group_end(to);
		svg_words_fit(to, rows[i].strong ? "name strong" : "name", x + 34, y, SVG_START,
			      width - 34, 13.5, rows[i].name);
	}
}
