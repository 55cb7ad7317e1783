/* Charts, verdicts and facts of a race in frames.
 * SPDX-License-Identifier: MIT */
#include "ui/views/panes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "lab/tabulate.h"
#include "ui/chart.h"
#include "ui/views/quantity.h"

size_t panes_scroll_max(size_t lines, int rows)
{
	size_t room = rows > 0 ? (size_t)rows : 0;

	return lines > room ? lines - room : 0;
}

/* Series of a chart; what was allocated for them is one block. */
typedef struct Plot {
	Series series[RACE_CURVES];
	char name[RACE_CURVES][RACE_LABEL_MAX]; /* of curves */
	size_t n;
	double *memory;
} Plot;

static bool any_known(const double *y, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isnan(y[i]))
			return true;
	return false;
}

/* Of all that told what they learned, also what has no value here: a letter and a pattern are of one
 * curve in the charts of loss and accuracy. None where no value is known. What was trained before
 * the arms comes first: they go on from it. */
static void plot_curves(const Race *race, bool loss, EpochRows rows, Plot *plot)
{
	bool known = false;

	for (size_t i = 0; i < RACE_CURVES; i++) {
		size_t curve = (RACE_SHARED + i) % RACE_CURVES;
		const Curve *from = &race->curve[curve];
		const double *y = loss ? from->loss : from->accuracy[rows];
		if (!from->told)
			continue;
		plot->series[plot->n] =
			(Series){ .name = race_curve_name(race, curve, plot->name[plot->n]),
				  .x = from->x,
				  .y = y,
				  .n = from->n,
				  .style = race_style(curve) };
		plot->n++;
		known |= any_known(y, from->n);
	}
	plot->n = known ? plot->n : 0;
}

static void plot_drawn(const Race *race, Plot *plot)
{
	for (size_t i = 0; i < race->drawings; i++)
		plot->series[plot->n++] = (Series){ .name = race->drawn[i].name,
						    .x = race->drawn[i].x,
						    .y = race->drawn[i].y,
						    .n = race->drawn[i].n,
						    .style = race_style(i) };
}

/* Costs of tabulate_quoted predictions per counted block, in the unit's scale. */
static void plot_costs(const Race *race, Metric metric, double worth, Plot *plot)
{
	size_t blocks = race->plan ? race->plan->blocks_max : 0,
	       arms = race->plan ? race->plan->arms : 0;
	double *next = blocks ? calloc(blocks * (arms + 1), sizeof *next) : NULL, *x = next;

	double per = race->plan ? tabulate_quoted(race->results) : 1;

	plot->memory = next;
	if (!next)
		return;
	for (size_t b = 0; b < blocks; b++)
		x[b] = (double)b + 1;
	for (size_t arm = 0; arm < arms; arm++) {
		const ArmResult *result = results_arm(race->results, arm);
		double *y = next += blocks;
		size_t known = 0;
		for (size_t b = 0; b < results_blocks(race->results); b++) {
			y[b] = per * results_cell_cost(&result->cells[b], metric) / worth;
			known += isnan(y[b]) ? 0 : 1;
		}
		if (known > 0)
			plot->series[plot->n++] = (Series){ .name = result->name,
							    .x = x,
							    .y = y,
							    .n = results_blocks(race->results),
							    .style = race_style(arm) };
	}
}

/* A unit in which the costs read well: of the baseline's first block. */
static const char *cost_unit(const Race *race, Metric metric, double *worth, Glyphs glyphs)
{
	const ArmResult *result =
		race->plan ? results_arm(race->results, race->plan->versus) : NULL;
	double value = result && results_blocks(race->results)
			       ? tabulate_quoted(race->results) *
					 results_cell_cost(&result->cells[0], metric)
			       : 1;
	bool joules = metric == METRIC_ENERGY;

	*worth = 1;
	if (!(value < 0.1))
		return joules ? "J" : "s";
	*worth = value < 1e-4 ? 1e-6 : 1e-3;
	if (value < 1e-4)
		return glyphs == GLYPHS_ASCII ? joules ? "uJ" : "us" : joules ? "µJ" : "µs";
	return joules ? "mJ" : "ms";
}

/* What stands in the place of a chart without a line. */
static const char *nothing_yet(const Race *race, bool learning)
{
	if (!learning)
		return "Comes with the first whole block.";
	return race->phase == RACE_NONE || race->phase == RACE_BUILDING
		       ? "Comes with the first epoch."
		       : "No epochs to show.";
}

static void draw_plot(const Plot *plot, const char *nothing, Canvas *canvas, const Pane *pane,
		      const char *title, const char *note, const Axis *x, const Axis *y,
		      bool focused)
{
	Pane inside;

	canvas_frame(canvas, pane, title, note, focused, &inside);
	canvas_clip(canvas, &inside);
	if (plot->n > 0)
		chart_lines(canvas, &inside, plot->series, plot->n, x, y);
	else
		canvas_text(canvas, inside.x + 1, inside.y, inside.width - 1, STYLE_DIM, nothing);
	canvas_clip(canvas, NULL);
}

void panes_chart(const Race *race, Canvas *canvas, const Pane *pane, RaceChart chart,
		 const Scene *scene, bool focused)
{
	bool learning = chart == RACE_CHART_LOSS || chart == RACE_CHART_ACCURACY;
	Axis x = { .low = NAN,
		   .high = NAN,
		   .whole = chart != RACE_CHART_DRAWN,
		   .unit = learning ? "epoch" : "block" },
	     y = { .low = NAN, .high = NAN };
	Plot plot = { .n = 0 };
	char title[64];
	const char *note = NULL;

	if (chart == RACE_CHART_DRAWN) {
		plot_drawn(race, &plot);
		x.unit = y.unit = "";
		text_format(title, sizeof title, "%s",
			    plot.n == 1 ? plot.series[0].name : "drawn by the run");
	} else if (learning) {
		EpochRows rows = race_rows(race);
		plot_curves(race, chart == RACE_CHART_LOSS, rows, &plot);
		y.unit = chart == RACE_CHART_LOSS ? "" : "%";
		text_format(title, sizeof title, chart == RACE_CHART_LOSS ? "loss" : "accuracy");
		if (chart == RACE_CHART_ACCURACY && plot.n > 0)
			text_format(title, sizeof title, "accuracy on %s", epoch_rows_name(rows));
	} else {
		Metric metric = chart == RACE_CHART_COST ? race_cost_metric(race) : METRIC_TIME;
		double worth;
		y.unit = cost_unit(race, metric, &worth, canvas->glyphs);
		y.zero = true;
		plot_costs(race, metric, worth, &plot);
		text_format(title, sizeof title, "%s / %s, by block", metric_name(metric),
			    race_each(race));
		note = metric == METRIC_ENERGY && scene->badge && scene->badge[0] ? scene->badge
										  : NULL;
	}
	draw_plot(&plot, nothing_yet(race, learning), canvas, pane, title, note, &x, &y, focused);
	free(plot.memory);
}

static Style sentence_style(const char *sentence)
{
	if (strstr(sentence, "Not resolved") || strstr(sentence, "No verdict"))
		return STYLE_DIM;
	return STYLE_TEXT;
}

void panes_verdicts_flow(const Race *race, Flow *flow, Glyphs glyphs)
{
	for (size_t i = 0; race->told && i < race->told->sentences; i++) {
		const char *sentence = race->told->sentence[i];
		flow->indent = 0;
		flow_text(flow, STYLE_DIM, glyphs == GLYPHS_ASCII ? "-" : "·");
		flow->indent = 2;
		flow_text(flow, sentence_style(sentence), sentence);
		flow_break(flow);
	}
	flow->indent = 0;
	if (race->results && results_repeated(race->results) > 0) {
		flow_format(
			flow, STYLE_DIM,
			"Blocks repeated: %zu, as other work took CPU time or joules were lost.",
			results_repeated(race->results));
		flow_break(flow);
	}
	if (race->notice[0]) {
		flow_text(flow, race->failed ? STYLE_ERROR : STYLE_DIM,
			  race->failed ? "! error:" : "note:");
		flow_text(flow, race->failed ? STYLE_ERROR : STYLE_DIM, race->notice);
		flow_break(flow);
	}
}

void panes_facts_flow(const Race *race, Flow *flow)
{
	const Plan *plan = race->plan;

	if (!plan)
		return;
	if (plan->question[0]) {
		flow_text(flow, STYLE_TITLE, plan->question);
		flow_gap(flow);
	}
	if (plan->factors) {
		char condition[RACE_CONDITION_MAX];
		flow_format(flow, STYLE_TEXT, "condition %s; [ and ] show the others",
			    race_condition(race, condition));
		flow_break(flow);
	}
	flow_format(flow, STYLE_TEXT, "dataset %s", race->dataset[0] ? race->dataset : "not told");
	flow_break(flow);
	flow_format(flow, STYLE_TEXT, "seed %llu", (unsigned long long)results_seed(race->results));
	flow_break(flow);
	if (plan->blocks_min < plan->blocks_max)
		flow_format(flow, STYLE_TEXT, "%zu to", plan->blocks_min);
	flow_format(flow, STYLE_TEXT, "%zu blocks and %zu warm-up, windows of %g s, %s",
		    plan->blocks_max, plan->warmup, plan->window_s,
		    plan->build == PLAN_BUILD_ONCE
			    ? "arms built once: verdicts on these models"
			    : "arms built in each block: verdicts on the method");
	flow_break(flow);
	flow_format(flow, STYLE_TEXT, "same within: time %g %%, energy %g %%, accuracy %g pt",
		    100 * plan->margin_time, 100 * plan->margin_energy, plan->margin_accuracy_pt);
	flow_break(flow);
	if (race->cpu[0]) {
		flow_text(flow, STYLE_TEXT, race->cpu);
		flow_break(flow);
	}
}

void panes_flow(const Flow *flow, Canvas *canvas, const Pane *pane, const char *title, size_t first,
		bool focused)
{
	Pane inside, text;
	size_t lines = flow_lines(flow), room = pane->height > 2 ? (size_t)pane->height - 2 : 0,
	       most, end;
	char note[64] = "";

	most = panes_scroll_max(lines, (int)room);
	if (first > most)
		first = most;
	end = first + room < lines ? first + room : lines;
	if (most > 0)
		text_format(note, sizeof note, "%zu-%zu of %zu%s", first + 1, end, lines,
			    focused && end < lines ? "  PgDn" : "");
	canvas_frame(canvas, pane, title, note[0] ? note : NULL, focused, &inside);
	canvas_clip(canvas, &inside);
	text = inside;
	if (text.width > 2) {
		text.x++;
		text.width -= 2;
	}
	flow_draw(flow, canvas, &text, first);
	canvas_clip(canvas, NULL);
}
