/* A cost, or accuracy, over something that was varied: over a factor of the experiment, or over the
 * number that the names of arms hold ("batch 1", "batch 64"). One line a series.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "lab/figures/levels.h"
#include "lab/figures/sheet.h"

#define PANELS_MOST 6
#define LEGEND_WIDTH 212.0
#define PLOT_HEIGHT 250.0

typedef struct Sweep {
	const FigureAsk *ask;
	const Results *results; /* of the first subject, for words */
	const Levels *levels;
	Metric metric;
	Unit unit;
	bool modelled;
} Sweep;

static Estimate amount_of(const Sweep *self, const LevelPoint *point)
{
	return sheet_amount(self->ask->subject[point->subject].results, point->arm, self->metric);
}

static void fit_across(const Sweep *self, Panel *panel)
{
	const Levels *levels = self->levels;
	Span span = SPAN_EMPTY;

	if (!levels->numbers) {
		panel->across = (FigureAxis){ .low = -0.5, .high = (double)levels->ticks - 0.5 };
	} else {
		for (size_t i = 0; i < levels->n; i++)
			span_add(&span, levels->point[i].x);
		axis_fit(&panel->across, span, 1, false,
			 span.least > 0 && span.most / span.least >= 8, 7);
	}
	panel->across.places = true;
	text_format(panel->across.title, sizeof panel->across.title, "%s%s", levels->what,
		    panel->across.log ? " (logarithmic)" : "");
}

/* One kind of axis for all panels. */
static bool is_wide(const Sweep *self)
{
	Span all = SPAN_EMPTY;

	for (size_t i = 0; i < self->levels->n; i++)
		span_add(&all, amount_of(self, &self->levels->point[i]).value);
	return self->metric != METRIC_ACCURACY && span_is_wide(&all);
}

static void fit(const Sweep *self, size_t which, Panel *panel)
{
	Span up = SPAN_EMPTY;
	bool wide = is_wide(self);

	for (size_t i = 0; i < self->levels->n; i++) {
		Estimate amount = amount_of(self, &self->levels->point[i]);

		if (wide && !(amount.low > 0)) /* a logarithmic axis has no 0 */
			amount.low = NAN;
		if (self->levels->point[i].panel == which)
			span_add_estimate(&up, amount);
	}
	axis_fit(&panel->up, up, self->unit.by, self->metric != METRIC_ACCURACY, wide, 6);
	text_format(panel->up.title, sizeof panel->up.title, "%s (%s%s)",
		    sheet_metric(self->results, self->metric), self->unit.name,
		    panel->up.log ? ", logarithmic" : "");
	fit_across(self, panel);
}

/* The names of levels that are no numbers. */
static void draw_levels(FILE *to, const Sweep *self, const Panel *panel)
{
	double foot = panel->y + panel->height;
	double each = panel->width / (double)(self->levels->ticks ? self->levels->ticks : 1);

	for (size_t i = 0; !self->levels->numbers && i < self->levels->ticks; i++) {
		double x = panel_x(panel, (double)i);

		svg_line(to, "axis", x, foot, x, foot + 5);
		svg_words_fit(to, "tick", x, foot + 19, SVG_MIDDLE, each - 4, 12.5,
			      self->levels->tick[i]);
	}
}

static void draw_series(FILE *to, const Sweep *self, const Panel *panel, size_t which,
			size_t series)
{
	SvgPath path;

	sheet_series(to, series);
	svg_path_open(&path, to, "line");
	for (size_t i = 0; i < self->levels->n; i++) {
		const LevelPoint *point = &self->levels->point[i];

		if (point->panel == which && point->series == series)
			svg_path_point(&path, panel_x(panel, point->x),
				       panel_y(panel,
					       amount_of(self, point).value / self->unit.by));
	}
	svg_path_close(&path, false);
	for (size_t i = 0; i < self->levels->n; i++) {
		const LevelPoint *point = &self->levels->point[i];

		if (point->panel != which || point->series != series)
			continue;
		Estimate amount = amount_of(self, point);
		double x = panel_x(panel, point->x);

		if (amount.high > amount.low)
			svg_error_up(to, x, panel_y(panel, amount.low / self->unit.by),
				     panel_y(panel, amount.high / self->unit.by));
		svg_glyph(to, series, x, panel_y(panel, amount.value / self->unit.by),
			  self->modelled);
	}
	svg_group_end(to);
}

static void draw_panel(FILE *to, const Sweep *self, size_t which, Panel *panel)
{
	fit(self, which, panel);
	panel_draw(to, panel);
	draw_levels(to, self, panel);
	if (*self->levels->panel[which])
		svg_words_fit(to, "head", panel->x, panel->y - 10, SVG_START, panel->width, 13.5,
			      self->levels->panel[which]);
	for (size_t s = 0; s < self->levels->serieses; s++)
		draw_series(to, self, panel, which, s);
}

static void draw_panels(FILE *to, const Sweep *self, size_t panels)
{
	size_t columns = panels > 1 ? 2 : 1;
	double room = (FIGURE_WIDTH - LEGEND_WIDTH - 24) / (double)columns;
	LegendRow rows[LEVELS_SERIES_MAX];

	for (size_t i = 0; i < panels; i++) {
		Panel panel = { .x = 84 + room * (double)(i % columns),
				.y = 84 + (PLOT_HEIGHT + 84) * (double)(i / columns),
				.width = room - 96,
				.height = PLOT_HEIGHT };

		draw_panel(to, self, i, &panel);
	}
	for (size_t i = 0; i < self->levels->serieses; i++)
		rows[i] = (LegendRow){
			self->levels->series[i], i, true, true, self->modelled, false
		};
	sheet_legend(to, FIGURE_WIDTH - LEGEND_WIDTH - 8, 96, LEGEND_WIDTH, rows,
		     self->levels->serieses);
}

static void draw_sheet(Sweep *self, FigureList *list, Err *err)
{
	size_t panels = self->levels->panels < PANELS_MOST ? self->levels->panels : PANELS_MOST;
	size_t rows = panels > 1 ? (panels + 1) / 2 : 1;
	double legend = 96 + LEGEND_STEP * (double)self->levels->serieses;
	double height = fmax(72 + (PLOT_HEIGHT + 84) * (double)rows, legend);
	char badge[SHEET_BADGE_MAX], about[FIGURE_ABOUT_MAX], name[48], title[FIGURE_TITLE_MAX],
		sub[128];
	const char *of = sheet_metric_of(self->results, self->metric);
	Sheet sheet;

	text_format(name, sizeof name, "sweep-%s", metric_name(self->metric));
	text_format(title, sizeof title, "%s by %s", sheet_metric(self->results, self->metric),
		    self->levels->what);
	if (!sheet_open(&sheet, self->ask, name, (int)height, err))
		return;
	text_format(sub, sizeof sub, "%s%s%s%s", *of ? "Costs " : "", of, *of ? ". " : "",
		    self->ask->scope == FIGURE_CONDITIONS
			    ? "Each condition is a comparison of its own"
			    : "Arms whose names differ by a number");
	sheet_head(&sheet, title, sub, sheet_badge(self->results, self->metric, badge));
	draw_panels(sheet.to, self, panels);
	text_format(about, sizeof about,
		    "Means over the blocks, upright lines are 95 %% intervals.%s%s%s",
		    self->ask->scope == FIGURE_CONDITIONS ? " Verdicts are within a condition."
							  : "",
		    self->modelled ? " Hollow marks: joules that no sensor measured." : "",
		    panels < self->levels->panels ? " Further combinations are not shown." : "");
	sheet_close(&sheet, list, about, err);
}

static void draw_metric(const FigureAsk *ask, const Levels *levels, Metric metric, FigureList *list,
			Err *err)
{
	Sweep self = {
		.ask = ask, .results = ask->subject[0].results, .levels = levels, .metric = metric
	};
	Span all = SPAN_EMPTY;

	for (size_t i = 0; i < levels->n; i++) {
		span_add(&all, amount_of(&self, &levels->point[i]).value);
		self.modelled |=
			sheet_modelled(ask->subject[levels->point[i].subject].results, metric);
	}
	if (all.least > all.most || !results_plan(self.results)->wanted[metric])
		return;
	self.unit = sheet_unit(metric, all.most);
	draw_sheet(&self, list, err);
}

static const char *sweep_draw(const FigureAsk *ask, FigureList *list, Err *err)
{
	static const Metric metrics[] = { METRIC_ENERGY, METRIC_TIME, METRIC_ACCURACY };
	Levels *levels = levels_new(ask, err);
	bool any = levels && levels->n > 0;

	for (size_t i = 0; any && i < sizeof metrics / sizeof *metrics && err->code == ERR_NONE;
	     i++)
		draw_metric(ask, levels, metrics[i], list, err);
	levels_free(levels);
	return any ? NULL
		   : "nothing was varied: no factor, and no three arms whose names differ by a "
		     "number";
}

const FigureKind figure_sweep = {
	.info = { .name = "sweep",
		  .title = "Over what was varied",
		  .about =
			  "Energy, time and accuracy over a factor, or over the numbers of arms." },
	.scopes = FIGURE_COMPARISON | FIGURE_CONDITIONS,
	.draw = sweep_draw,
};
