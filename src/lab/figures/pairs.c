/* Before and after: arms whose names end in " before" and " after" stand side by side, with what
 * the optimization changed. The energy of a neural network and of a decision tree before and
 * after it is the figure that founded this program.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "lab/figures/sheet.h"
#include "lab/stats.h"

#define PAIRS_MAX (PLAN_ARMS_MAX / 2)
#define APART 15.0 /* so many times further apart, pairs get scales of their own */
#define TOP 84.0
#define CELL_HEIGHT 386.0
#define PLOT_HEIGHT 270.0
#define PLOT_LEFT 78.0

typedef struct Pair {
	char name[PLAN_NAME_MAX];
	size_t before, after; /* arms */
	Estimate first, second;
} Pair;

typedef struct Pairs {
	const Results *results;
	Metric metric;
	Pair pair[PAIRS_MAX];
	size_t n;
} Pairs;

static bool ends_in(const char *name, const char *end, size_t *stem)
{
	size_t len = strlen(name), tail = strlen(end);

	*stem = len > tail ? len - tail : 0;
	return len > tail && strcmp(name + *stem, end) == 0;
}

static void find_pairs(Pairs *self)
{
	const Plan *plan = results_plan(self->results);
	size_t stem, other;

	for (size_t a = 0; a < plan->arms; a++) {
		if (!ends_in(plan->arm[a], " before", &stem))
			continue;
		for (size_t b = 0; b < plan->arms && self->n < PAIRS_MAX; b++) {
			if (!ends_in(plan->arm[b], " after", &other) || other != stem ||
			    strncmp(plan->arm[a], plan->arm[b], stem) != 0)
				continue;
			Pair *pair = &self->pair[self->n++];

			*pair = (Pair){ .before = a,
					.after = b,
					.first = sheet_amount(self->results, a, self->metric),
					.second = sheet_amount(self->results, b, self->metric) };
			text_format(pair->name, sizeof pair->name, "%.*s", (int)stem, plan->arm[a]);
			break;
		}
	}
}

/* "-37.1 %" and "(-39.2 to -35.0 %)": paired by blocks, as verdicts are; "" where it cannot be
 * had. */
static void change_text(const Pairs *self, const Pair *pair, char change[32], char interval[48])
{
	double d[PLAN_SEEDS_MAX], ratio = pair->second.value / pair->first.value;
	size_t n = 0;

	for (size_t i = 0; i < results_blocks(self->results); i++) {
		double x = results_cell_cost(&results_arm(self->results, pair->before)->cells[i],
					     self->metric);
		double y = results_cell_cost(&results_arm(self->results, pair->after)->cells[i],
					     self->metric);

		if (isfinite(x) && isfinite(y))
			d[n++] = log(y / x);
	}
	Paired paired = stats_paired(d, n);
	double half = stats_half_width(&paired, 0.05);

	change[0] = interval[0] = '\0';
	if (n)
		ratio = exp(paired.mean);
	if (isfinite(ratio))
		text_format(change, 32, "%+.1f %%", 100 * (ratio - 1));
	if (isfinite(half) && !sheet_modelled(self->results, self->metric))
		text_format(interval, 48, "(%+.1f to %+.1f %%)",
			    100 * (exp(paired.mean - half) - 1),
			    100 * (exp(paired.mean + half) - 1));
}

static void draw_bar(FILE *to, const Pairs *self, const Panel *panel, Unit unit, size_t series,
		     Estimate amount, double x, double width)
{
	double foot = panel->y + panel->height, y = panel_y(panel, amount.value / unit.by);
	char value[SCALE_LABEL_MAX];

	if (!isfinite(y)) {
		svg_words(to, "tick", x + width / 2, foot - 6, SVG_MIDDLE, "–");
		return;
	}
	sheet_series(to, series);
	if (sheet_modelled(self->results, self->metric))
		svg_hatched(to, x, y, width, foot - y);
	else
		svg_rect(to, "bar", x, y, width, foot - y);
	svg_group_end(to);
	svg_group(to, "ink");
	double top = y;

	if (amount.high > amount.low) {
		top = panel_y(panel, amount.high / unit.by);
		svg_error_up(to, x + width / 2, panel_y(panel, amount.low / unit.by), top);
	}
	svg_group_end(to);
	svg_words(to, "value", x + width / 2, top - 8, SVG_MIDDLE,
		  sheet_value(amount.value / unit.by, value));
}

static void draw_pair(FILE *to, const Pairs *self, const Panel *panel, Unit unit, const Pair *pair,
		      double x, double width)
{
	double foot = panel->y + panel->height, bar = fmin(64, width * 0.3), middle = x + width / 2;
	char change[32], interval[48];

	draw_bar(to, self, panel, unit, 0, pair->first, middle - bar - 5, bar);
	draw_bar(to, self, panel, unit, 1, pair->second, middle + 5, bar);
	svg_words(to, "tick", middle - bar / 2 - 5, foot + 18, SVG_MIDDLE, "before");
	svg_words(to, "tick", middle + bar / 2 + 5, foot + 18, SVG_MIDDLE, "after");
	svg_words_fit(to, "head", middle, foot + 39, SVG_MIDDLE, width - 8, 13.5, pair->name);
	change_text(self, pair, change, interval);
	svg_words(to, "name", middle, foot + 59, SVG_MIDDLE, change);
	svg_words(to, "tick", middle, foot + 77, SVG_MIDDLE, interval);
}

/* The pairs from … until − 1, in a cell of the sheet. */
static void draw_panel(FILE *to, const Pairs *self, size_t from, size_t until, const Panel *cell)
{
	Panel panel = { .x = cell->x + PLOT_LEFT,
			.y = cell->y,
			.width = cell->width - PLOT_LEFT,
			.height = PLOT_HEIGHT };
	const char *of = sheet_metric_of(self->results, self->metric);
	Span span = SPAN_EMPTY;

	for (size_t i = from; i < until; i++) {
		span_add_estimate(&span, self->pair[i].first);
		span_add_estimate(&span, self->pair[i].second);
	}
	Unit unit = sheet_unit(self->metric, span.most);

	axis_fit(&panel.up, span, unit.by, true, false, 6);
	panel.across = (FigureAxis){ .low = 0, .high = 1 };
	text_format(panel.up.title, sizeof panel.up.title, "%s%s%s (%s)",
		    sheet_metric(self->results, self->metric), *of ? " " : "", of, unit.name);
	panel_draw(to, &panel);
	for (size_t i = from; i < until; i++) {
		double each = panel.width / (double)(until - from);

		draw_pair(to, self, &panel, unit, &self->pair[i],
			  panel.x + each * (double)(i - from), each);
	}
}

/* Whether the pairs are so far apart that on one scale some could not be seen. */
static bool are_apart(const Pairs *self)
{
	Span span = SPAN_EMPTY;

	for (size_t i = 0; i < self->n; i++)
		span_add(&span, fmax(self->pair[i].first.value, self->pair[i].second.value));
	return span.least > 0 && span.most / span.least > APART;
}

static void draw_sheet(const FigureAsk *ask, const Pairs *self, FigureList *list, Err *err)
{
	bool apart = self->n > 1 && are_apart(self);
	size_t panels = apart ? self->n : 1, columns = panels == 4 ? 2 : panels < 3 ? panels : 3;
	double room = (FIGURE_WIDTH - SHEET_MARGIN) / (double)columns;
	double rows = ceil((double)panels / (double)columns);
	char badge[SHEET_BADGE_MAX], about[FIGURE_ABOUT_MAX], name[48], title[96];
	Sheet sheet;

	text_format(name, sizeof name, "before-after-%s", metric_name(self->metric));
	text_format(title, sizeof title, "%s before and after optimization",
		    sheet_metric(self->results, self->metric));
	if (!sheet_open(&sheet, ask, name, (int)(TOP - 24 + rows * CELL_HEIGHT), err))
		return;
	sheet_head(&sheet, title,
		   apart ? "Each pair has a scale of its own: mind the axes" : "All on one scale",
		   sheet_badge(self->results, self->metric, badge));
	for (size_t i = 0; i < panels; i++)
		draw_panel(sheet.to, self, apart ? i : 0, apart ? i + 1 : self->n,
			   &(Panel){ .x = room * (double)(i % columns),
				     .y = TOP + CELL_HEIGHT * (double)(i / columns),
				     .width = room });
	text_format(
		about, sizeof about,
		"Bars begin at zero, lines across the ends are 95 %% intervals. Below each pair: "
		"the "
		"change from before to after, from the same blocks%s.%s",
		sheet_modelled(self->results, self->metric) ? "" : ", with its 95 % interval",
		sheet_modelled(self->results, self->metric)
			? " Hatched: joules that no sensor measured, of which nothing is claimed."
			: "");
	sheet_close(&sheet, list, about, err);
}

static const char *pairs_draw(const FigureAsk *ask, FigureList *list, Err *err)
{
	static const Metric metrics[] = { METRIC_ENERGY, METRIC_TIME, METRIC_BYTES };
	const char *why = "no two arms are named \"... before\" and \"... after\"";

	for (size_t i = 0; i < sizeof metrics / sizeof *metrics && err->code == ERR_NONE; i++) {
		Pairs pairs = { .results = ask->subject[0].results, .metric = metrics[i] };

		if (!sheet_has(pairs.results, metrics[i]))
			continue;
		find_pairs(&pairs);
		if (!pairs.n)
			break;
		draw_sheet(ask, &pairs, list, err);
		why = NULL;
	}
	return why;
}

const FigureKind figure_pairs = {
	.info = { .name = "pairs",
		  .title = "Before and after",
		  .about = "Pairs of arms named \"... before\" and \"... after\", side by side." },
	.scopes = FIGURE_COMPARISON,
	.draw = pairs_draw,
};
