/* Power over the time of the run: what the sensor showed, what each window drew on the mean, and
 * idle power between them.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "lab/figures/sheet.h"

#define PLOT_WIDTH 620.0
#define LEGEND_WIDTH 196.0
#define NS_PER_S 1e9

typedef struct Scene {
	const FigureAsk *ask;
	const Story *story;
	const Plan *plan;
	int64_t condition;
	size_t windows;
	bool modelled;
	int64_t begin_ns, end_ns; /* what is shown */
	Unit clock;
	Panel panel;
} Scene;

/* Of some joules over the window; NaN when there are none. */
static double watts_of(const StoryWindow *window, double joules)
{
	double span_s = (double)(window->end_ns - window->begin_ns) / NS_PER_S;

	return span_s > 0 && window->begin_ns >= 0 ? joules / span_s : NAN;
}

static size_t arm_of(const Scene *scene, const StoryWindow *window)
{
	size_t arm = 0;

	while (arm < scene->plan->arms && strcmp(scene->plan->arm[arm], window->arm) != 0)
		arm++;
	return arm;
}

static bool is_shown(const Scene *scene, const StoryWindow *window)
{
	return window->condition == scene->condition &&
	       isfinite(watts_of(window, window->energy_j)) &&
	       arm_of(scene, window) < scene->plan->arms;
}

static double place_x(const Scene *scene, int64_t at_ns)
{
	return panel_x(&scene->panel,
		       (double)(at_ns - scene->begin_ns) / NS_PER_S / scene->clock.by);
}

/* The span of the windows that are shown, and a little around it. */
static void find_span(Scene *scene)
{
	scene->begin_ns = INT64_MAX;
	scene->end_ns = INT64_MIN;
	for (size_t i = 0; i < scene->story->windows; i++) {
		const StoryWindow *window = &scene->story->window[i];

		if (!is_shown(scene, window))
			continue;
		scene->windows++;
		scene->modelled |= window->modelled;
		if (window->begin_ns < scene->begin_ns)
			scene->begin_ns = window->begin_ns;
		if (window->end_ns > scene->end_ns)
			scene->end_ns = window->end_ns;
	}
}

static bool within(const Scene *scene, const StoryPower *power)
{
	return power->end_ns > scene->begin_ns && power->begin_ns < scene->end_ns;
}

static void fit(Scene *scene)
{
	Span up = SPAN_EMPTY, across = { 0, 0 };
	const Story *story = scene->story;
	double span_s = (double)(scene->end_ns - scene->begin_ns) / NS_PER_S;

	for (size_t i = 0; i < story->windows; i++)
		if (is_shown(scene, &story->window[i])) {
			const StoryWindow *window = &story->window[i];

			span_add(&up, watts_of(window, window->energy_j));
			span_add(&up, watts_of(window, window->energy_high_j));
		}
	for (size_t i = 0; i < story->readings; i++)
		if (within(scene, &story->reading[i]))
			span_add(&up, story->reading[i].watts);
	for (size_t i = 0; i < story->idles; i++)
		if (within(scene, &story->idle[i]))
			span_add(&up, story->idle[i].watts);
	scene->clock = sheet_clock(span_s);
	span_add(&across, span_s);
	axis_fit(&scene->panel.across, across, scene->clock.by, true, false, 8);
	scene->panel.across.high = fmax(span_s / scene->clock.by, 1e-9);
	scene->panel.across.count =
		scale_ticks(0, scene->panel.across.high, scene->panel.across.tick, 8);
	axis_fit(&scene->panel.up, up, 1, true, false, 6);
	text_format(scene->panel.across.title, sizeof scene->panel.across.title,
		    "time since the first window (%s)", scene->clock.name);
	text_format(scene->panel.up.title, sizeof scene->panel.up.title, "power (W)");
}

/* The readings of one column of the plot. */
typedef struct Merged {
	double x, least, most;
} Merged;

static void draw_merged(SvgPath *path, const Panel *panel, Merged *merged)
{
	if (merged->least <= merged->most) {
		svg_path_point(path, merged->x, panel_y(panel, merged->least));
		svg_path_point(path, merged->x, panel_y(panel, merged->most));
	}
	*merged = (Merged){ NAN, INFINITY, -INFINITY };
}

/* Steps: a reading is the mean since the one before. Those that are narrower than a column are
 * merged, the least to the most, none is dropped. */
static void draw_readings(FILE *to, const Scene *scene)
{
	const Panel *panel = &scene->panel;
	Merged merged = { NAN, INFINITY, -INFINITY };
	SvgPath path;

	svg_group(to, "quiet");
	svg_path_open(&path, to, "thin");
	for (size_t i = 0; i < scene->story->readings; i++) {
		const StoryPower *power = &scene->story->reading[i];
		double x1 = fmax(place_x(scene, power->begin_ns), panel->x);
		double x2 = fmin(place_x(scene, power->end_ns), panel->x + panel->width);

		if (!within(scene, power))
			continue;
		if (x2 - x1 >= 1 || x2 - merged.x >= 1)
			draw_merged(&path, panel, &merged);
		if (x2 - x1 >= 1) {
			svg_path_point(&path, x1, panel_y(panel, power->watts));
			svg_path_point(&path, x2, panel_y(panel, power->watts));
			continue;
		}
		if (isnan(merged.x))
			merged.x = x2;
		merged.least = fmin(merged.least, power->watts);
		merged.most = fmax(merged.most, power->watts);
	}
	draw_merged(&path, panel, &merged);
	svg_path_close(&path, false);
	svg_group_end(to);
}

static void draw_idle(FILE *to, const Scene *scene)
{
	svg_group(to, "ink d2");
	for (size_t i = 0; i < scene->story->idles; i++) {
		const StoryPower *idle = &scene->story->idle[i];
		double y = panel_y(&scene->panel, idle->watts);

		if (within(scene, idle))
			svg_line(to, "line", fmax(place_x(scene, idle->begin_ns), scene->panel.x),
				 y,
				 fmin(place_x(scene, idle->end_ns),
				      scene->panel.x + scene->panel.width),
				 y);
	}
	svg_group_end(to);
}

/* A window is as wide as it was long; its mark stands in its middle. */
static void draw_windows(FILE *to, const Scene *scene)
{
	size_t every = 1 + scene->windows / 160, seen = 0;

	for (size_t i = 0; i < scene->story->windows; i++) {
		const StoryWindow *window = &scene->story->window[i];

		if (!is_shown(scene, window))
			continue;
		size_t arm = arm_of(scene, window);
		double x1 = place_x(scene, window->begin_ns), x2 = place_x(scene, window->end_ns);
		double y = panel_y(&scene->panel, watts_of(window, window->energy_j));
		double low = panel_y(&scene->panel, watts_of(window, window->energy_low_j));
		double high = panel_y(&scene->panel, watts_of(window, window->energy_high_j));

		svg_group(to, "s%zu", arm % SVG_SERIES);
		if (low > high)
			svg_rect(to, "area", x1, high, x2 - x1, low - high);
		svg_line(to, "line", x1, y, x2, y);
		if (seen++ % every == 0)
			svg_glyph(to, arm, (x1 + x2) / 2, y, window->modelled || window->spoiled);
		svg_group_end(to);
	}
}

static void draw_legend(FILE *to, const Scene *scene, double x, double y)
{
	LegendRow rows[PLAN_ARMS_MAX];
	const Plan *plan = scene->plan;

	for (size_t arm = 0; arm < plan->arms; arm++)
		rows[arm] = (LegendRow){ plan->arm[arm],     arm, false, true, scene->modelled,
					 arm == plan->versus };
	sheet_legend(to, x, y, LEGEND_WIDTH, rows, plan->arms);
	y += LEGEND_STEP * (double)plan->arms;
	if (scene->story->readings) {
		svg_group(to, "quiet");
		svg_line(to, "thin", x, y - 4, x + 26, y - 4);
		svg_group_end(to);
		svg_words(to, "name", x + 34, y, SVG_START, "the sensor");
		y += LEGEND_STEP;
	}
	if (scene->story->idles) {
		svg_group(to, "ink d2");
		svg_line(to, "line", x, y - 4, x + 26, y - 4);
		svg_group_end(to);
		svg_words(to, "name", x + 34, y, SVG_START, "idle");
	}
}

static const char *power_draw(const FigureAsk *ask, FigureList *list, Err *err)
{
	const FigureSubject *subject = &ask->subject[0];
	Scene scene = { .ask = ask,
			.story = subject->story,
			.plan = results_plan(subject->results),
			.condition = subject->number };
	double height = fmax(250, LEGEND_STEP * (double)(scene.plan->arms + 2));
	char badge[SHEET_BADGE_MAX], about[FIGURE_ABOUT_MAX];
	Sheet sheet;

	find_span(&scene);
	if (!scene.windows || !scene.plan->wanted[METRIC_ENERGY])
		return "no window has joules that the plan wants shown";
	scene.panel = (Panel){ .x = 74, .y = 68, .width = PLOT_WIDTH, .height = height };
	fit(&scene);
	if (!sheet_open(&sheet, ask, "power", (int)(68 + height + 58), err))
		return NULL;
	sheet_head(&sheet, "Power over the time of the run",
		   "Each window at its mean power, idle power included",
		   sheet_badge(subject->results, METRIC_ENERGY, badge));
	panel_draw(sheet.to, &scene.panel);
	draw_readings(sheet.to, &scene);
	draw_idle(sheet.to, &scene);
	draw_windows(sheet.to, &scene);
	draw_legend(sheet.to, &scene, scene.panel.x + PLOT_WIDTH + 24, 82);
	text_format(
		about, sizeof about,
		"%zu windows in the order in which they ran, warm-up and repeated ones too. A line "
		"is as long as its window, the shade around it is the 95 %% interval of its "
		"joules. Hollow marks were %s.",
		scene.windows, scene.modelled ? "not measured by a sensor" : "spoiled by a gate");
	sheet_close(&sheet, list, about, err);
	return NULL;
}

const FigureKind figure_power = {
	.info = { .name = "power",
		  .title = "Energy over time",
		  .about = "Power of each window and of the sensor, in the order of the run." },
	.scopes = FIGURE_COMPARISON,
	.draw = power_draw,
};
