/* The table side by side: accuracy, cost, size and work of every arm with intervals, and how it
 * stands to the baseline.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "ui/chart.h"
#include "ui/views/panes.h"
#include "ui/views/quantity.h"

#define WIDE 130 /* columns from which on bounds, bars and words are shown */

/* A column: where it begins is the sum of what stands before it. */
typedef struct Column {
	const char *title;
	Metric metric;
	int width, wide; /* of the value, at either width */
} Column;

static const Column columns[] = {
	{ "accuracy", METRIC_ACCURACY, 12, 19 },   { "time / 10k", METRIC_TIME, 13, 22 },
	{ "energy / 10k", METRIC_ENERGY, 16, 24 }, { "size", METRIC_BYTES, 7, 8 },
	{ "mul-adds", METRIC_MACS, 8, 8 },
};

#define COLUMNS (sizeof columns / sizeof columns[0])
#define NAME_WIDTH 10
#define NAME_WIDE 20
#define BAR_WIDE 11  /* beside accuracy, time and energy */
#define WORD_WIDE 13 /* "not resolved" */

static Quantity quantity_of(Metric metric)
{
	static const Quantity of[METRIC_COUNT] = {
		[METRIC_TIME] = QUANTITY_SECONDS,   [METRIC_ENERGY] = QUANTITY_JOULES,
		[METRIC_ACCURACY] = QUANTITY_SHARE, [METRIC_BYTES] = QUANTITY_BYTES,
		[METRIC_MACS] = QUANTITY_COUNT,
	};

	return of[metric];
}

/* The cost of a program's run is that of a run. */
static const char *title_of(const Race *race, const Column *column)
{
	bool run = strcmp(race_each(race), "run") == 0;

	if (run && column->metric == METRIC_TIME)
		return "time / run";
	return run && column->metric == METRIC_ENERGY ? "energy / run" : column->title;
}

static void value_text(const Race *race, size_t arm, const Column *column, bool wide, Glyphs glyphs,
		       char out[QUANTITY_MAX])
{
	Estimate estimate = race_estimate(race->results, arm, column->metric);
	Quantity quantity = quantity_of(column->metric);
	const ArmResult *result = results_arm(race->results, arm);

	if (column->metric == METRIC_ACCURACY && result && result->diverged > 0 &&
	    isnan(estimate.value))
		text_format(out, QUANTITY_MAX, "! diverged");
	else if (column->metric == METRIC_ENERGY && race_modelled(race))
		quantity_modelled(out, &estimate, glyphs);
	else if (wide)
		quantity_bounds(out, quantity, &estimate, glyphs);
	else
		quantity_short(out, quantity, &estimate, glyphs);
}

/* The scale that the bars of all arms share: from 0 to the largest for costs, around the values
 * for accuracies. */
static void common_scale(const Race *race, Metric metric, double *least, double *most)
{
	*least = INFINITY;
	*most = -INFINITY;
	for (size_t arm = 0; arm < race->plan->arms; arm++) {
		Estimate estimate = race_estimate(race->results, arm, metric);
		if (isnan(estimate.value))
			continue;
		*least = fmin(*least, isnan(estimate.low) ? estimate.value : estimate.low);
		*most = fmax(*most, isnan(estimate.high) ? estimate.value : estimate.high);
	}
	if (metric != METRIC_ACCURACY)
		*least = 0;
}

static void draw_bar(const Race *race, Canvas *canvas, int x, int y, size_t arm, Metric metric)
{
	Estimate estimate = race_estimate(race->results, arm, metric);
	double least, most;

	if (!isfinite(estimate.value))
		return;
	common_scale(race, metric, &least, &most);
	if (!(most > least))
		return;
	if (metric == METRIC_ACCURACY)
		chart_interval(canvas, x, y, BAR_WIDE, estimate.value, estimate.low, estimate.high,
			       least, most, race_style(arm));
	else
		chart_bar(canvas, x, y, BAR_WIDE, estimate.value / most, race_style(arm));
}

static Style value_style(const Race *race, size_t arm, Metric metric)
{
	const ArmResult *result = results_arm(race->results, arm);

	if (metric == METRIC_ENERGY)
		return race_modelled(race) ? STYLE_MODELLED : STYLE_MEASURED;
	return result && result->diverged > 0 ? STYLE_WARNING : STYLE_TEXT;
}

static bool has_bar(Metric metric)
{
	return metric == METRIC_ACCURACY || metric == METRIC_TIME || metric == METRIC_ENERGY;
}

static bool is_counted(Metric metric)
{
	return metric == METRIC_BYTES || metric == METRIC_MACS;
}

static void draw_cell(const Race *race, Canvas *canvas, int x, int y, size_t arm,
		      const Column *column, bool wide)
{
	int width = wide ? column->wide : column->width;
	char text[QUANTITY_MAX];
	const char *word;
	Style style;
	Mark mark;

	value_text(race, arm, column, wide, canvas->glyphs, text);
	if (is_counted(column->metric))
		canvas_text_right(canvas, x, y, width, value_style(race, arm, column->metric),
				  text);
	else
		canvas_text(canvas, x, y, width, value_style(race, arm, column->metric), text);
	x += width + (wide ? 1 : 0);
	if (wide && has_bar(column->metric)) {
		draw_bar(race, canvas, x, y, arm, column->metric);
		x += BAR_WIDE + 1;
	}
	if (race_standing(race, arm, column->metric, &mark, &word, &style)) {
		char other[QUANTITY_MAX];

		/* What was counted is marked by what its digits show. */
		value_text(race, race->plan->versus, column, wide, canvas->glyphs, other);
		if (is_counted(column->metric) && strcmp(text, other) == 0) {
			mark = MARK_SAME;
			style = STYLE_TEXT;
		}
		canvas_put(canvas, x, y, canvas_mark(canvas, mark), style);
	}
}

static int column_width(const Column *column, bool wide)
{
	if (!wide)
		return column->width + 2;
	return column->wide + 3 + (has_bar(column->metric) ? BAR_WIDE + 1 : 0);
}

static void draw_row(const Race *race, Canvas *canvas, const Pane *pane, int y, size_t arm)
{
	bool wide = pane->width >= WIDE;
	int x = pane->x + 1, name = wide ? NAME_WIDE : NAME_WIDTH;
	bool works = race->phase == RACE_MEASURING && strcmp(race->arm, race->plan->arm[arm]) == 0;

	canvas_text(canvas, x, y, name, works ? STYLE_EMPHASIS : race_style(arm),
		    race->plan->arm[arm]);
	x += name + 1;
	for (size_t c = 0; c < COLUMNS; c++) {
		if (!race->plan->wanted[columns[c].metric])
			continue;
		draw_cell(race, canvas, x, y, arm, &columns[c], wide);
		x += column_width(&columns[c], wide);
	}
}

static void draw_heading(const Race *race, Canvas *canvas, const Pane *pane)
{
	bool wide = pane->width >= WIDE;
	int x = pane->x + 1 + (wide ? NAME_WIDE : NAME_WIDTH) + 1;

	for (size_t c = 0; c < COLUMNS; c++) {
		if (!race->plan->wanted[columns[c].metric])
			continue;
		if (columns[c].metric == METRIC_BYTES || columns[c].metric == METRIC_MACS)
			canvas_text_right(canvas, x, pane->y,
					  wide ? columns[c].wide : columns[c].width, STYLE_DIM,
					  title_of(race, &columns[c]));
		else
			canvas_text(canvas, x, pane->y, column_width(&columns[c], wide) - 1,
				    STYLE_DIM, title_of(race, &columns[c]));
		x += column_width(&columns[c], wide);
	}
}

static void draw_progress(const Race *race, Canvas *canvas, const Pane *pane, int y,
			  const Scene *scene)
{
	char status[RACE_STATUS_MAX], left[QUANTITY_MAX], tail[QUANTITY_MAX + 32] = "";
	int bar = pane->width >= WIDE ? 60 : 20, room = pane->width - bar - 26;
	double seconds = race_left_s(race);

	race_status(race, status);
	if (scene->paused)
		text_format(tail, sizeof tail, "paused: p goes on");
	else if (!isnan(seconds))
		text_format(tail, sizeof tail, "ETA %s", quantity_duration(left, seconds));
	else if (results_repeated(race->results) > 0)
		text_format(tail, sizeof tail, "%zu repeated", results_repeated(race->results));
	canvas_text(canvas, pane->x + 1, y, room, STYLE_TEXT, status);
	chart_bar(canvas, pane->x + 2 + room, y, bar, race_share(race), STYLE_TEXT);
	canvas_printf(canvas, pane->x + 3 + room + bar, y, 5, STYLE_TEXT, "%3.0f %%",
		      100 * race_share(race));
	canvas_text(canvas, pane->x + 10 + room + bar, y, pane->width - 10 - room - bar, STYLE_DIM,
		    tail);
}

static void legend(const Race *race, Canvas *canvas, char *out, size_t cap)
{
	bool ascii = canvas->glyphs == GLYPHS_ASCII;

	text_format(out, cap, "%s%s less  %s more  = same or kept  ~ not resolved  ! lost",
		    race_modelled(race) ? "( ) modelled  " : "", ascii ? "v" : "▼",
		    ascii ? "^" : "▲");
}

int panes_table_height(const Race *race)
{
	return 4 + (int)(race->plan ? race->plan->arms : 1);
}

void panes_table(const Race *race, Canvas *canvas, const Pane *pane, size_t first,
		 const Scene *scene, bool focused)
{
	Pane inside;
	char note[160], title[RACE_CONDITION_MAX + 64], condition[RACE_CONDITION_MAX];
	int rows;

	legend(race, canvas, note, sizeof note);
	race_condition(race, condition);
	text_format(title, sizeof title, "Side by side%s%s", *condition ? ", " : "", condition);
	rows = pane->height - 4;
	if (race->plan && (size_t)(rows > 0 ? rows : 0) < race->plan->arms)
		text_format(title, sizeof title, "Side by side, %s%s%zu to %zu of %zu", condition,
			    *condition ? ", " : "", first + 1,
			    first + (size_t)(rows > 0 ? rows : 0), race->plan->arms);
	canvas_frame(canvas, pane, title, note, focused, &inside);
	canvas_clip(canvas, &inside);
	if (!race->plan) {
		char status[RACE_STATUS_MAX];
		race_status(race, status);
		canvas_text(canvas, inside.x + 1, inside.y, inside.width - 1, STYLE_DIM,
			    race->results ? status : "No run yet.");
	} else {
		draw_heading(race, canvas, &inside);
		for (int row = 0; row < inside.height - 2 && first + (size_t)row < race->plan->arms;
		     row++)
			draw_row(race, canvas, &inside, inside.y + 1 + row, first + (size_t)row);
		if (inside.height > 1)
			draw_progress(race, canvas, &inside, inside.y + inside.height - 1, scene);
	}
	canvas_clip(canvas, NULL);
}
