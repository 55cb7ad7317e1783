/* What it costs to make a model and then to use it N times: one curve an arm, over N.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "lab/figures/sheet.h"
#include "lab/payback.h"
#include "lab/tabulate.h"

#define STEPS 80
#define PLOT_WIDTH 560.0
#define LEGEND_WIDTH 250.0

/* Making it, and one prediction; of one arm. */
typedef struct Price {
	Estimate build, use;
	Payback payback; /* beside the baseline */
} Price;

typedef struct Prices {
	const Results *results;
	const Plan *plan;
	Metric metric;
	Price arm[PLAN_ARMS_MAX];
	size_t known;
	double least, most; /* predictions that are shown */
	Unit unit;
} Prices;

static bool is_known(const Price *price)
{
	return price->build.value >= 0 && isfinite(price->build.value) && price->use.value > 0;
}

/* Whether it has cost less than the baseline in all from some number of predictions on. */
static bool pays_back(const Prices *self, size_t arm)
{
	const Payback *payback = &self->arm[arm].payback;

	return arm != self->plan->versus && payback->word == PAYBACK_AFTER && payback->value > 0 &&
	       isfinite(payback->value);
}

static void look(Prices *self)
{
	Span span = SPAN_EMPTY;

	self->known = 0;
	for (size_t arm = 0; arm < self->plan->arms; arm++) {
		Price *price = &self->arm[arm];

		price->build = results_build_cost(self->results, arm, self->metric);
		price->use = results_cost(self->results, arm, self->metric, 1);
		price->payback = payback_make(self->results, arm, self->plan->versus, self->metric);
		if (!is_known(price))
			continue;
		self->known++;
		if (price->build.value > 0)
			span_add(&span, price->build.value / price->use.value);
	}
	for (size_t arm = 0; arm < self->plan->arms; arm++)
		if (pays_back(self, arm))
			span_add(&span, self->arm[arm].payback.value);
	if (span.least > span.most)
		span = (Span){ 1, 1e6 };
	self->least = fmax(1, pow(10, floor(log10(span.least)) - 1));
	self->most = fmin(1e18, pow(10, ceil(log10(span.most)) + 1));
}

/* Of the ends of an interval that is not known, the value. */
static double total(const Price *price, double n, int end)
{
	double build = end < 0 ? price->build.low : price->build.high;
	double use = end < 0 ? price->use.low : price->use.high;

	build = end && isfinite(build) ? build : price->build.value;
	use = end && isfinite(use) ? use : price->use.value;
	return build + n * use;
}

static void fit(const Prices *self, Panel *panel)
{
	Span up = SPAN_EMPTY, across = { self->least, self->most };

	for (size_t arm = 0; arm < self->plan->arms; arm++)
		if (is_known(&self->arm[arm])) {
			span_add(&up, total(&self->arm[arm], self->least, -1));
			span_add(&up, total(&self->arm[arm], self->most, 1));
		}
	axis_fit(&panel->across, across, 1, false, true, 8);
	panel->across.low = self->least;
	panel->across.high = self->most;
	panel->across.count = scale_log_ticks(self->least, self->most, panel->across.tick, 8);
	axis_fit(&panel->up, up, self->unit.by, false, true, 8);
	text_format(panel->across.title, sizeof panel->across.title,
		    tabulate_quoted(self->results) == 1
			    ? "runs (logarithmic)"
			    : "predictions that the model makes (logarithmic)");
	text_format(panel->up.title, sizeof panel->up.title, "%s in all (%s, logarithmic)",
		    self->metric == METRIC_ENERGY ? "energy" : "time", self->unit.name);
}

static void curve(FILE *to, const Prices *self, const Panel *panel, size_t arm)
{
	const Price *price = &self->arm[arm];
	double factor = pow(self->most / self->least, 1.0 / STEPS);
	SvgPath path;

	sheet_series(to, arm);
	svg_path_open(&path, to, "area");
	for (int i = 0; i <= STEPS; i++) {
		double n = self->least * pow(factor, i);

		svg_path_point(&path, panel_x(panel, n),
			       panel_y(panel, total(price, n, 1) / self->unit.by));
	}
	for (int i = STEPS; i >= 0; i--) {
		double n = self->least * pow(factor, i);

		svg_path_point(&path, panel_x(panel, n),
			       panel_y(panel, total(price, n, -1) / self->unit.by));
	}
	svg_path_close(&path, true);
	svg_path_open(&path, to, "line");
	for (int i = 0; i <= STEPS; i++) {
		double n = self->least * pow(factor, i);

		svg_path_point(&path, panel_x(panel, n),
			       panel_y(panel, total(price, n, 0) / self->unit.by));
	}
	svg_path_close(&path, false);
	for (int i = 4; i <= STEPS; i += 16) {
		double n = self->least * pow(factor, i);

		svg_glyph(to, arm, panel_x(panel, n),
			  panel_y(panel, total(price, n, 0) / self->unit.by),
			  sheet_modelled(self->results, self->metric));
	}
	svg_group_end(to);
}

static void count_text(double n, char out[32])
{
	if (n < 1e15)
		text_thousands(out, (uint64_t)n);
	else
		text_format(out, 32, "%.2e", n);
}

static void draw_legend(FILE *to, const Prices *self, const Panel *panel)
{
	char name[PLAN_ARMS_MAX][PLAN_NAME_MAX + 48], count[32];
	LegendRow rows[PLAN_ARMS_MAX];
	size_t n = 0;

	for (size_t arm = 0; arm < self->plan->arms; arm++) {
		const Price *price = &self->arm[arm];

		if (!is_known(price))
			continue;
		text_format(name[arm], sizeof name[arm], "%s", self->plan->arm[arm]);
		if (pays_back(self, arm)) {
			double x = panel_x(panel, price->payback.value);

			count_text(ceil(price->payback.value), count);
			text_format(name[arm], sizeof name[arm], "%s: from %s",
				    self->plan->arm[arm], count);
			svg_line(to, "base", x, panel->y, x, panel->y + panel->height);
		}
		rows[n++] = (LegendRow){ name[arm],
					 arm,
					 true,
					 true,
					 sheet_modelled(self->results, self->metric),
					 arm == self->plan->versus };
	}
	sheet_legend(to, panel->x + panel->width + 24, panel->y + 12, LEGEND_WIDTH, rows, n);
}

static void write_about(const Prices *self, char out[FIGURE_ABOUT_MAX])
{
	char sentence[256];
	size_t len =
		text_format(out, FIGURE_ABOUT_MAX,
			    "Training and set-up, and then using it so often. Bands are 95 %% "
			    "intervals; dotted lines mark from where on an arm has cost less than "
			    "%s in all.",
			    self->plan->arm[self->plan->versus]);

	for (size_t arm = 0; arm < self->plan->arms; arm++) {
		const PaybackAbout about = { self->plan->arm[arm],
					     self->plan->arm[self->plan->versus],
					     self->metric == METRIC_ENERGY,
					     sheet_modelled(self->results, self->metric), NAN };

		if (!pays_back(self, arm))
			continue;
		payback_sentence(sentence, sizeof sentence, &self->arm[arm].payback, &about);
		len += text_format(out + len, FIGURE_ABOUT_MAX - len, " %s", sentence);
	}
}

static const char *breakeven_draw(const FigureAsk *ask, FigureList *list, Err *err)
{
	Prices self = { .results = ask->subject[0].results, .metric = METRIC_ENERGY };
	char badge[SHEET_BADGE_MAX], about[FIGURE_ABOUT_MAX];
	Sheet sheet;

	self.plan = results_plan(self.results);
	look(&self);
	if (self.known < 2) {
		self.metric = METRIC_TIME;
		look(&self);
	}
	if (self.known < 2)
		return "what the arms cost to build was not recorded";
	double height = fmax(320, LEGEND_STEP * (double)self.plan->arms);
	Panel panel = { .x = 92, .y = 68, .width = PLOT_WIDTH, .height = height };

	self.unit =
		sheet_unit(self.metric, total(&self.arm[self.plan->versus], self.most, 0) / 1e3);
	fit(&self, &panel);
	if (!sheet_open(&sheet, ask, "breakeven", (int)(68 + height + 58), err))
		return NULL;
	sheet_head(&sheet, "When a model has paid for its making",
		   "All that it has cost so far, training and set-up included",
		   sheet_badge(self.results, self.metric, badge));
	panel_draw(sheet.to, &panel);
	for (size_t arm = 0; arm < self.plan->arms; arm++)
		if (is_known(&self.arm[arm]))
			curve(sheet.to, &self, &panel, arm);
	draw_legend(sheet.to, &self, &panel);
	write_about(&self, about);
	sheet_close(&sheet, list, about, err);
	return NULL;
}

const FigureKind figure_breakeven = {
	.info = { .name = "breakeven",
		  .title = "Break-even",
		  .about = "What making a model and using it so many times costs, arm by arm." },
	.scopes = FIGURE_COMPARISON,
	.draw = breakeven_draw,
};
