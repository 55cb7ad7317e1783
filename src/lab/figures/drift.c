/* Whether the machine stayed the same: each window's time beside the median of its arm, in the
 * order of the blocks.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "lab/figures/sheet.h"
#include "lab/stats.h"

#define PLOT_WIDTH 620.0
#define LEGEND_WIDTH 196.0

typedef struct Order {
	const Story *story;
	const Plan *plan;
	int64_t condition;
	double median[PLAN_ARMS_MAX]; /* seconds a prediction; NaN: no window */
	double blocks;
} Order;

static size_t arm_of(const Order *self, const StoryWindow *window)
{
	size_t arm = 0;

	while (arm < self->plan->arms && strcmp(self->plan->arm[arm], window->arm) != 0)
		arm++;
	return arm;
}

static bool is_of(const Order *self, const StoryWindow *window)
{
	return window->condition == self->condition && window->block >= 0 &&
	       window->block < PLAN_SEEDS_MAX && window->time_s > 0 && window->items > 0;
}

static bool find_medians(Order *self)
{
	double *cost = malloc((self->story->windows + 1) * sizeof *cost);

	for (size_t arm = 0; cost && arm < self->plan->arms; arm++) {
		size_t n = 0;

		for (size_t i = 0; i < self->story->windows; i++) {
			const StoryWindow *window = &self->story->window[i];

			if (!is_of(self, window) || arm_of(self, window) != arm)
				continue;
			self->blocks = fmax(self->blocks, (double)window->block + 1);
			if (!window->spoiled)
				cost[n++] = window->time_s / window->items;
		}
		self->median[arm] = stats_median(cost, n);
	}
	free(cost);
	return cost != NULL;
}

/* Percent over the arm's median; NaN where there is none. */
static double off_by(const Order *self, const StoryWindow *window)
{
	size_t arm = arm_of(self, window);

	return is_of(self, window) && arm < self->plan->arms
		       ? 100 * (window->time_s / window->items / self->median[arm] - 1)
		       : NAN;
}

static void fit(const Order *self, Panel *panel)
{
	double margin = 100 * self->plan->margin_time;
	Span across = { 1, fmax(2, self->blocks) }, up = { -2 * margin, 2 * margin };

	for (size_t i = 0; i < self->story->windows; i++)
		if (!self->story->window[i].spoiled)
			span_add(&up, off_by(self, &self->story->window[i]));
	axis_fit(&panel->across, across, 1, false, false, (int)fmin(10, across.most));
	panel->across.places = true;
	axis_fit(&panel->up, up, 1, false, false, 7);
	text_format(panel->across.title, sizeof panel->across.title,
		    "block, in the order of the run");
	text_format(panel->up.title, sizeof panel->up.title, "time over the arm's median (%%)");
}

static void draw(FILE *to, const Order *self, const Panel *panel)
{
	double margin = 100 * self->plan->margin_time;
	double low = panel_y(panel, -margin), high = panel_y(panel, margin);

	svg_group(to, "quiet");
	svg_rect(to, "area", panel->x, high, panel->width, low - high);
	svg_group_end(to);
	panel_draw(to, panel);
	for (size_t i = 0; i < self->story->windows; i++) {
		const StoryWindow *window = &self->story->window[i];
		double off = off_by(self, window);

		if (!isfinite(off))
			continue;
		svg_group(to, "s%zu", arm_of(self, window) % SVG_SERIES);
		svg_glyph(to, arm_of(self, window), panel_x(panel, (double)window->block + 1),
			  panel_y(panel, fmax(panel->up.low, fmin(panel->up.high, off))),
			  window->spoiled);
		svg_group_end(to);
	}
}

static const char *drift_draw(const FigureAsk *ask, FigureList *list, Err *err)
{
	const FigureSubject *subject = &ask->subject[0];
	Order self = { .story = subject->story,
		       .plan = results_plan(subject->results),
		       .condition = subject->number };
	double height = fmax(230, LEGEND_STEP * (double)self.plan->arms);
	Panel panel = { .x = 74, .y = 68, .width = PLOT_WIDTH, .height = height };
	char badge[SHEET_BADGE_MAX], about[FIGURE_ABOUT_MAX];
	LegendRow rows[PLAN_ARMS_MAX];
	Sheet sheet;

	if (!find_medians(&self)) {
		err_set(err, ERR_MEMORY, "no memory for a figure");
		return NULL;
	}
	if (!(self.blocks > 0))
		return "no window was measured";
	if (!sheet_open(&sheet, ask, "drift", (int)(68 + height + 58), err))
		return NULL;
	sheet_head(&sheet, "Times, block by block", "Each window beside the median of its arm",
		   sheet_badge(subject->results, METRIC_TIME, badge));
	fit(&self, &panel);
	draw(sheet.to, &self, &panel);
	for (size_t arm = 0; arm < self.plan->arms; arm++)
		rows[arm] = (LegendRow){ self.plan->arm[arm],     arm, false, true, false,
					 arm == self.plan->versus };
	sheet_legend(sheet.to, panel.x + PLOT_WIDTH + 24, 82, LEGEND_WIDTH, rows, self.plan->arms);
	text_format(
		about, sizeof about,
		"Each mark is a window. The shade is the margin of the plan, ±%.3g %%, within "
		"which "
		"times count as the same. Hollow: spoiled by other work, and not counted; at the "
		"edge they lie further out.",
		100 * self.plan->margin_time);
	sheet_close(&sheet, list, about, err);
	return NULL;
}

const FigureKind figure_drift = {
	.info = { .name = "drift",
		  .title = "Blocks in order",
		  .about = "Each window's time beside the median of its arm, block by block." },
	.scopes = FIGURE_COMPARISON,
	.draw = drift_draw,
};
