/* What accuracy costs: an arm is a point, and the front is what no other arm beats in both.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "lab/figures/sheet.h"
#include "lab/pareto.h"

#define POINTS_MAX (PLAN_ARMS_MAX * 16)
#define LEGEND_WIDTH 232.0
#define LEGEND_MOST 40 /* rows */

typedef struct Point {
	char name[2 * PLAN_NAME_MAX + 16];
	size_t series;
	Estimate across, up;
	bool hollow, on;
} Point;

typedef struct Points {
	Point *at;
	size_t n;
	Metric across, up;
	Unit unit_across, unit_up;
} Points;

static void add_subject(Points *points, const FigureSubject *subject, bool one)
{
	const Results *results = subject->results;
	const Plan *plan = results_plan(results);

	for (size_t arm = 0; arm < plan->arms && points->n < POINTS_MAX; arm++) {
		Point point = { .series = one ? arm : points->n,
				.across = sheet_amount(results, arm, points->across),
				.up = sheet_amount(results, arm, points->up),
				.hollow = sheet_modelled(results, points->across) ||
					  sheet_modelled(results, points->up) };

		if (!isfinite(point.across.value) || !isfinite(point.up.value))
			continue;
		text_format(point.name, sizeof point.name, "%s%s%s", subject->name,
			    *subject->name ? ": " : "", plan->arm[arm]);
		points->at[points->n++] = point;
	}
}

/* Costs: less is better; accuracy: more. */
static bool find_front(Points *points)
{
	double *cost = malloc((points->n + 1) * sizeof *cost);
	double *score = malloc((points->n + 1) * sizeof *score);
	bool *on = malloc((points->n + 1) * sizeof *on);

	for (size_t i = 0; cost && score && on && i < points->n; i++) {
		double x = points->at[i].across.value, y = points->at[i].up.value;

		cost[i] = points->across == METRIC_ACCURACY ? -x : x;
		score[i] = points->up == METRIC_ACCURACY ? y : -y;
	}
	bool fine = cost && score && on;

	if (fine)
		pareto_front(on, cost, score, points->n);
	for (size_t i = 0; fine && i < points->n; i++)
		points->at[i].on = on[i];
	free(cost);
	free(score);
	free(on);
	return fine;
}

static int by_across(const void *a, const void *b)
{
	double x = ((const Point *)a)->across.value, y = ((const Point *)b)->across.value;

	return (x > y) - (x < y);
}

/* Steps from point to point of the front, in the order of what they cost. */
static bool draw_front(FILE *to, const Panel *panel, const Points *points, Err *err)
{
	Point *front = malloc((points->n + 1) * sizeof *front);
	size_t n = 0;
	double before = NAN;
	SvgPath path;

	if (!front)
		return err_set(err, ERR_MEMORY, "no memory for a figure");
	for (size_t i = 0; i < points->n; i++)
		if (points->at[i].on)
			front[n++] = points->at[i];
	qsort(front, n, sizeof *front, by_across);
	svg_path_open(&path, to, "front");
	for (size_t i = 0; i < n; i++) {
		double x = panel_x(panel, front[i].across.value / points->unit_across.by);
		double y = panel_y(panel, front[i].up.value / points->unit_up.by);

		if (isfinite(before))
			svg_path_point(&path, x, before);
		svg_path_point(&path, x, y);
		before = y;
	}
	if (isfinite(before) && points->across != METRIC_ACCURACY)
		svg_path_point(&path, panel->x + panel->width, before);
	svg_path_close(&path, false);
	free(front);
	return true;
}

static void draw_point(FILE *to, const Panel *panel, const Points *points, const Point *point)
{
	double x = panel_x(panel, point->across.value / points->unit_across.by);
	double y = panel_y(panel, point->up.value / points->unit_up.by);

	fputs("<g><title>", to);
	svg_text(to, point->name);
	fputs("</title>\n", to);
	sheet_series(to, point->series);
	if (point->across.high > point->across.low)
		svg_error_across(to, panel_x(panel, point->across.low / points->unit_across.by),
				 panel_x(panel, point->across.high / points->unit_across.by), y);
	if (point->up.high > point->up.low)
		svg_error_up(to, x, panel_y(panel, point->up.low / points->unit_up.by),
			     panel_y(panel, point->up.high / points->unit_up.by));
	svg_glyph(to, point->series, x, y, point->hollow);
	svg_group_end(to);
	svg_group_end(to);
}

static void fit(Panel *panel, Points *points, const Results *results)
{
	Span across = SPAN_EMPTY, up = SPAN_EMPTY;

	for (size_t i = 0; i < points->n; i++) {
		span_add_estimate(&across, points->at[i].across);
		span_add_estimate(&up, points->at[i].up);
	}
	points->unit_across = sheet_unit(points->across, across.most);
	points->unit_up = sheet_unit(points->up, up.most);
	axis_fit(&panel->across, across, points->unit_across.by, points->across != METRIC_ACCURACY,
		 points->across != METRIC_ACCURACY && span_is_wide(&across), 7);
	axis_fit(&panel->up, up, points->unit_up.by, points->up != METRIC_ACCURACY,
		 points->up != METRIC_ACCURACY && span_is_wide(&up), 7);
	for (int i = 0; i < 2; i++) {
		FigureAxis *axis = i ? &panel->up : &panel->across;
		Metric metric = i ? points->up : points->across;
		const char *of = sheet_metric_of(results, metric);

		text_format(axis->title, sizeof axis->title, "%s%s%s (%s%s)",
			    sheet_metric(results, metric), *of ? " " : "", of,
			    i ? points->unit_up.name : points->unit_across.name,
			    axis->log ? ", logarithmic" : "");
	}
}

static void draw_legend(FILE *to, const Points *points, double x, double y)
{
	LegendRow rows[LEGEND_MOST];
	size_t n = 0;

	for (size_t i = 0; i < points->n && n < LEGEND_MOST; i++)
		rows[n++] = (LegendRow){ .name = points->at[i].name,
					 .series = points->at[i].series,
					 .glyph = true,
					 .hollow = points->at[i].hollow,
					 .strong = points->at[i].on };
	sheet_legend(to, x, y, LEGEND_WIDTH, rows, n);
	if (n < points->n)
		svg_words(to, "sub", x, y + LEGEND_STEP * (double)n, SVG_START, "… and more");
}

/* "baseline and int8": the arms on the front. */
static void name_front(const Points *points, char *out, size_t cap)
{
	size_t len = 0, left = 0;

	out[0] = '\0';
	for (size_t i = 0; i < points->n; i++)
		left += points->at[i].on;
	for (size_t i = 0; i < points->n; i++)
		if (points->at[i].on) {
			left--;
			len += text_format(out + len, cap - len, "%s%s",
					   len == 0 ? ""
					   : left   ? ", "
						    : " and ",
					   points->at[i].name);
		}
}

static void draw_sheet(const FigureAsk *ask, Points *points, FigureList *list, Err *err)
{
	const Results *results = ask->subject[0].results;
	bool energy = points->across == METRIC_ENERGY || points->up == METRIC_ENERGY;
	char badge[SHEET_BADGE_MAX], about[FIGURE_ABOUT_MAX], front[512], name[48], title[128];
	double rows = (double)(points->n < LEGEND_MOST ? points->n : LEGEND_MOST + 1);
	double height = fmax(330, LEGEND_STEP * rows);
	Panel panel = { .x = 86, .y = 68, .width = 596, .height = height };
	Sheet sheet;

	text_format(name, sizeof name, points->up == METRIC_ACCURACY ? "pareto-%s" : "pareto-%s-%s",
		    metric_name(points->across), metric_name(points->up));
	if (!sheet_open(&sheet, ask, name, (int)(panel.y + height + 58), err))
		return;
	fit(&panel, points, results);
	text_format(title, sizeof title, "%s against %s", sheet_metric(results, points->up),
		    points->across == METRIC_BYTES  ? "bytes"
		    : points->across == METRIC_MACS ? "multiply-adds"
						    : metric_name(points->across));
	sheet_head(&sheet, title, "Bold: on the front, no arm is better in both",
		   sheet_badge(results, energy ? METRIC_ENERGY : points->across, badge));
	panel_draw(sheet.to, &panel);
	bool fine = draw_front(sheet.to, &panel, points, err);

	for (size_t i = 0; i < points->n; i++)
		draw_point(sheet.to, &panel, points, &points->at[i]);
	draw_legend(sheet.to, points, panel.x + panel.width + 26, panel.y + 12);
	name_front(points, front, sizeof front);
	text_format(
		about, sizeof about,
		"The dashed line is the Pareto front: %s. Crosses are 95 %% intervals; where "
		"they overlap, the order of two arms is not resolved by this figure.%s%s",
		front,
		ask->scope == FIGURE_RUNS
			? " Arms of different runs did not take turns on the machine: compare them "
			  "with care, no verdict does."
			: "",
		energy && sheet_modelled(results, METRIC_ENERGY)
			? " Hollow marks: joules that no sensor measured."
			: "");
	sheet_close(&sheet, list, fine ? about : "", err);
}

static bool all_cost_alike(const Points *points)
{
	size_t i = 1;

	while (i < points->n && points->at[i].across.value == points->at[0].across.value)
		i++;
	return i == points->n;
}

static const char *draw_pair(const FigureAsk *ask, Metric across, Metric up, FigureList *list,
			     Err *err)
{
	Points points = { .across = across, .up = up };
	const char *why = NULL;

	points.at = calloc(POINTS_MAX, sizeof *points.at);
	for (size_t i = 0; points.at && i < ask->subjects; i++)
		add_subject(&points, &ask->subject[i], ask->subjects == 1);
	if (!points.at || !find_front(&points))
		err_set(err, ERR_MEMORY, "no memory for a figure");
	else if (points.n < 2)
		why = "fewer than two arms have both";
	else if (!ask->axes_asked && all_cost_alike(&points))
		why = "all arms cost the same";
	else
		draw_sheet(ask, &points, list, err);
	free(points.at);
	return why;
}

static bool is_wanted(const FigureAsk *ask, Metric cost)
{
	for (size_t i = 0; i < ask->subjects; i++) {
		const Plan *plan = results_plan(ask->subject[i].results);

		if (plan->wanted[cost] && plan->wanted[METRIC_ACCURACY])
			return true;
	}
	return false;
}

/* Those that the script wants in its report; accuracy goes up. */
static const char *draw_asked(const FigureAsk *ask, const PlanReport *report, FigureList *list,
			      Err *err)
{
	const char *why = NULL;

	for (size_t i = 0; i < report->paretos && err->code == ERR_NONE; i++) {
		const Metric *pair = report->pareto[i];
		bool turn = pair[0] == METRIC_ACCURACY;

		why = draw_pair(ask, pair[turn], pair[!turn], list, err);
	}
	return why;
}

static const char *draw_usual(const FigureAsk *ask, FigureList *list, Err *err)
{
	static const Metric costs[] = { METRIC_ENERGY, METRIC_TIME, METRIC_BYTES };
	const char *why = "the plan does not want accuracy and a cost";

	for (size_t i = 0; i < sizeof costs / sizeof *costs && err->code == ERR_NONE; i++)
		why = is_wanted(ask, costs[i])
			      ? draw_pair(ask, costs[i], METRIC_ACCURACY, list, err)
			      : why;
	return why;
}

static const char *pareto_draw(const FigureAsk *ask, FigureList *list, Err *err)
{
	const PlanReport *report = &results_plan(ask->subject[0].results)->report;
	size_t before = list->n;
	const char *why;

	if (ask->axes_asked)
		why = draw_pair(ask, ask->across, ask->up, list, err);
	else if (report->paretos && ask->scope == FIGURE_COMPARISON)
		why = draw_asked(ask, report, list, err);
	else
		why = draw_usual(ask, list, err);
	return list->n > before ? NULL : why;
}

const FigureKind figure_pareto = {
	.info = { .name = "pareto",
		  .title = "Pareto front",
		  .about =
			  "Accuracy against joules, seconds and bytes, with the arms that no other "
			  "arm beats." },
	.scopes = FIGURE_COMPARISON | FIGURE_RUNS,
	.draw = pareto_draw,
};
