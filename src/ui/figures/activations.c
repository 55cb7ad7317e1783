/* How often each unit is at work.
 * SPDX-License-Identifier: MIT */
#include "ui/figures/figure.h"

#include "ui/chart.h"

static bool take_activations(Figure *figure, const json_t *record)
{
	figure->dead = figure_count(record, "dead");
	return figure_add_values(figure, json_object_get(record, "share"));
}

static void caption_activations(const Figure *figure, Flow *flow)
{
	size_t least = figure_extreme(figure->values, figure->n, false),
	       most = figure_extreme(figure->values, figure->n, true);

	flow_format(flow, STYLE_TEXT, "%zu units; %lld of them dead: above zero for no test row.",
		    figure->n, (long long)figure->dead);
	flow_format(flow, STYLE_TEXT,
		    "On average a unit is above zero for %.0f %% of the rows: unit %zu for "
		    "%.0f %%, unit %zu for %.0f %%.",
		    100 * figure_sum(figure->values, figure->n) / (double)figure->n, least + 1,
		    100 * figure->values[least], most + 1, 100 * figure->values[most]);
}

static void draw_activations(const Figure *figure, Canvas *canvas, const Pane *pane, size_t first,
			     size_t *most)
{
	(void)first;
	(void)most;
	chart_bars(canvas, pane, figure->values, figure->n, STYLE_SERIES1,
		   &(Axis){ 1, (double)figure->n, false, false, "unit" },
		   &(Axis){ 0, 1, true, false, "share of rows above zero" });
}

static void say_activations(const Figure *figure, Flow *flow)
{
	figure_say_range(figure->values, figure->n, 100, "percent of the rows", "unit", flow);
}

const FigureView figure_view_activations = {
	.name = "activations",
	.take = take_activations,
	.caption = caption_activations,
	.draw = draw_activations,
	.say = say_activations,
};
