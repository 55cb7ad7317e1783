/* All arms side by side, a row each: bars of what they cost, from zero, and dots of what they get
 * right, with intervals.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "lab/figures/sheet.h"

#define ROW_HEIGHT 27.0
#define BAR_HEIGHT 15.0
#define NAMES_MOST 210.0
#define VALUE_WIDTH 58.0
#define GAP 20.0
#define TOP 108.0 /* of the rows */
#define FOOT 62.0 /* below them */

static const Metric order[] = { METRIC_ACCURACY, METRIC_TIME, METRIC_ENERGY, METRIC_BYTES,
				METRIC_MACS };

/* One metric of all arms. */
typedef struct Column {
	const Results *results;
	Metric metric;
	Unit unit;
	Panel panel;
} Column;

static double names_width(const Plan *plan)
{
	double width = 60;

	for (size_t arm = 0; arm < plan->arms; arm++)
		width = fmax(width, svg_width(plan->arm[arm], 13.5) + 26);
	return fmin(width, NAMES_MOST);
}

static size_t pick_metrics(const Results *results, Metric *out)
{
	size_t n = 0;

	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		if (results_plan(results)->wanted[order[i]] && sheet_has(results, order[i]))
			out[n++] = order[i];
	return n;
}

static void fit_column(Column *column, size_t arms)
{
	Span span = SPAN_EMPTY;
	bool dots = column->metric == METRIC_ACCURACY;

	for (size_t arm = 0; arm < arms; arm++)
		span_add_estimate(&span, sheet_amount(column->results, arm, column->metric));
	column->unit = sheet_unit(column->metric, span.most);
	axis_fit(&column->panel.across, span, column->unit.by, !dots, false, 4);
	column->panel.up = (FigureAxis){ .low = 0, .high = 1 };
	text_format(column->panel.across.title, sizeof column->panel.across.title, "%s",
		    column->unit.name);
}

static void draw_amount(FILE *to, const Column *column, size_t arm, double y)
{
	Estimate amount = sheet_amount(column->results, arm, column->metric);
	const Panel *panel = &column->panel;
	double x = panel_x(panel, amount.value / column->unit.by);
	bool modelled = sheet_modelled(column->results, column->metric);

	if (!isfinite(x))
		return;
	sheet_series(to, arm);
	if (column->metric == METRIC_ACCURACY)
		svg_glyph(to, arm, x, y, false);
	else if (modelled)
		svg_hatched(to, panel->x, y - BAR_HEIGHT / 2, x - panel->x, BAR_HEIGHT);
	else
		svg_rect(to, "bar", panel->x, y - BAR_HEIGHT / 2, x - panel->x, BAR_HEIGHT);
	svg_group_end(to);
	if (!(amount.high > amount.low))
		return;
	svg_group(to, "ink");
	svg_error_across(to, panel_x(panel, amount.low / column->unit.by),
			 panel_x(panel, amount.high / column->unit.by), y);
	svg_group_end(to);
}

static void draw_column(FILE *to, const Column *column)
{
	const Plan *plan = results_plan(column->results);
	const Panel *panel = &column->panel;
	double base = sheet_amount(column->results, plan->versus, column->metric).value;
	const char *of = sheet_metric_of(column->results, column->metric);
	const char *short_of = column->metric == METRIC_MACS ? "of one" : "of 10,000";
	char value[SCALE_LABEL_MAX];

	svg_words(to, "head", panel->x, panel->y - 25, SVG_START,
		  sheet_metric(column->results, column->metric));
	svg_words(to, "sub", panel->x, panel->y - 8, SVG_START,
		  svg_width(of, 13) < panel->width + VALUE_WIDTH + GAP ? of : short_of);
	panel_draw(to, panel);
	if (isfinite(base)) {
		double x = panel_x(panel, base / column->unit.by);

		svg_line(to, "base", x, panel->y, x, panel->y + panel->height);
	}
	for (size_t arm = 0; arm < plan->arms; arm++) {
		double y = panel->y + ROW_HEIGHT * ((double)arm + 0.5);
		double amount = sheet_amount(column->results, arm, column->metric).value;

		draw_amount(to, column, arm, y);
		svg_words(to, "value", panel->x + panel->width + VALUE_WIDTH, y + 4.5, SVG_END,
			  sheet_value(amount / column->unit.by, value));
	}
}

static void draw_names(FILE *to, const Plan *plan, double width)
{
	for (size_t arm = 0; arm < plan->arms; arm++) {
		double y = TOP + ROW_HEIGHT * ((double)arm + 0.5);

		sheet_series(to, arm);
		svg_glyph(to, arm, SHEET_MARGIN + 6, y, false);
		svg_group_end(to);
		svg_words_fit(to, arm == plan->versus ? "name strong" : "name", SHEET_MARGIN + 20,
			      y + 4.5, SVG_START, width - 20, 13.5, plan->arm[arm]);
	}
}

static void write_about(const Results *results, bool modelled, char out[FIGURE_ABOUT_MAX])
{
	const Plan *plan = results_plan(results);
	size_t blocks = results_blocks(results);

	text_format(
		out, FIGURE_ABOUT_MAX,
		"The %zu arms over %zu whole block%s; costs are of %s. Lines "
		"across the ends are 95 %% intervals%s. Bars begin at zero, the axis of accuracy "
		"does not. The dotted line is the baseline, %s.%s",
		plan->arms, blocks, blocks == 1 ? "" : "s", sheet_per(results),
		blocks == 1 ? "; costs of one block have none but the source's own" : "",
		plan->arm[plan->versus],
		modelled ? " Hatched bars are of modelled or attributed joules, which no sensor "
			   "measured."
			 : "");
}

static const char *bars_draw(const FigureAsk *ask, FigureList *list, Err *err)
{
	const Results *results = ask->subject[0].results;
	const Plan *plan = results_plan(results);
	Metric metrics[METRIC_COUNT];
	size_t n = pick_metrics(results, metrics);
	double names = names_width(plan), height = ROW_HEIGHT * (double)plan->arms;
	double width = (FIGURE_WIDTH - 2 * SHEET_MARGIN - names + 6) / (double)(n ? n : 1);
	char badge[SHEET_BADGE_MAX], about[FIGURE_ABOUT_MAX];
	bool energy = strcmp(results_provenance(results), "none") == 0; /* "time only" */
	Sheet sheet;

	if (!n)
		return "no arm has a whole block or a trial";
	if (!sheet_open(&sheet, ask, "bars", (int)(TOP + height + FOOT), err))
		return NULL;
	for (size_t i = 0; i < n; i++)
		energy |= metrics[i] == METRIC_ENERGY;
	sheet_head(&sheet, "What each arm costs, and what it gets right",
		   "Mean and 95 % interval; the baseline is printed bold",
		   sheet_badge(results, energy ? METRIC_ENERGY : METRIC_TIME, badge));
	draw_names(sheet.to, plan, names);
	for (size_t i = 0; i < n; i++) {
		Column column = { results,
				  metrics[i],
				  { 1, "" },
				  { .x = SHEET_MARGIN + names + 6 + width * (double)i,
				    .y = TOP,
				    .width = width - VALUE_WIDTH - GAP,
				    .height = height } };

		fit_column(&column, plan->arms);
		draw_column(sheet.to, &column);
	}
	write_about(results,
		    sheet_has(results, METRIC_ENERGY) && sheet_modelled(results, METRIC_ENERGY),
		    about);
	sheet_close(&sheet, list, about, err);
	return NULL;
}

const FigureKind figure_bars = {
	.info = { .name = "bars",
		  .title = "All arms",
		  .about = "Every metric of every arm, with intervals." },
	.scopes = FIGURE_COMPARISON,
	.draw = bars_draw,
};
