/* Weights by their value, zeros left out.
 * SPDX-License-Identifier: MIT */
#include "ui/figures/figure.h"

#include <math.h>

#include "base/record.h"
#include "base/text.h"
#include "ui/chart.h"

static bool take_histogram(Figure *figure, const json_t *record)
{
	figure->low = record_number(record, "low");
	figure->high = record_number(record, "high");
	figure->zeros = figure_count(record, "zeros");
	return figure_add_values(figure, json_object_get(record, "counts")) &&
	       isfinite(figure->low) && isfinite(figure->high) && figure->low <= figure->high;
}

static void caption_histogram(const Figure *figure, Flow *flow)
{
	char zeros[32], total[32];
	size_t at = figure_extreme(figure->values, figure->n, true);
	double step = (figure->high - figure->low) / (double)figure->n;

	flow_format(flow, STYLE_TEXT, "%s of %s weights are exactly zero (%.1f %%).",
		    text_thousands(zeros, (uint64_t)figure->zeros),
		    text_thousands(total, (uint64_t)figure->total),
		    figure_share((double)figure->zeros, (double)figure->total));
	flow_format(flow, STYLE_TEXT,
		    "The others lie from %.3g to %.3g; most of them, %.0f, from %.2g to %.2g.",
		    figure->low, figure->high, figure->values[at], figure->low + step * (double)at,
		    figure->low + step * (double)(at + 1));
}

static void draw_histogram(const Figure *figure, Canvas *canvas, const Pane *pane, size_t first,
			   size_t *most)
{
	(void)first;
	(void)most;
	chart_bars(canvas, pane, figure->values, figure->n, STYLE_SERIES1,
		   &(Axis){ figure->low, figure->high, false, false, "weight" },
		   &(Axis){ NAN, NAN, true, false, "weights" });
}

static void say_histogram(const Figure *figure, Flow *flow)
{
	figure_say_range(figure->values, figure->n, 1, "weights", "bar", flow);
}

const FigureView figure_view_histogram = {
	.name = "histogram",
	.take = take_histogram,
	.caption = caption_histogram,
	.draw = draw_histogram,
	.say = say_histogram,
};
