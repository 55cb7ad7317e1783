/* Where the weights are not zero.
 * SPDX-License-Identifier: MIT */
#include "ui/figures/figure.h"

#include "base/text.h"
#include "ui/chart.h"

#define SHARE_COLUMNS 6 /* " 82 %" beside a map */

static bool take_sparsity(Figure *figure, const json_t *record)
{
	figure->nonzero = figure_count(record, "nonzero");
	figure->columns = figure_count(record, "columns");
	return figure_take_size(figure, record) &&
	       figure_add_values(figure, json_object_get(record, "share")) &&
	       figure->n == (size_t)figure->width * (size_t)figure->height;
}

static void caption_sparsity(const Figure *figure, Flow *flow)
{
	char nonzero[32], total[32];

	flow_format(flow, STYLE_TEXT, "%s of %s weights are not zero (%.1f %%), in %lld rows and",
		    text_thousands(nonzero, (uint64_t)figure->nonzero),
		    text_thousands(total, (uint64_t)figure->total),
		    figure_share((double)figure->nonzero, (double)figure->total),
		    (long long)figure->rows);
	flow_format(flow, STYLE_TEXT, "%lld columns; in the fullest place %.0f %%.",
		    (long long)figure->columns,
		    100 * figure->values[figure_extreme(figure->values, figure->n, true)]);
}

/* The map, drawn up to its fullest place, lest a sparse one be all empty. */
static void draw_map(const Figure *figure, Canvas *canvas, const Pane *pane)
{
	double shade[FIGURE_VALUES_MAX],
		most = figure->values[figure_extreme(figure->values, figure->n, true)];

	for (size_t i = 0; i < figure->n; i++)
		shade[i] = most > 0 ? figure->values[i] / most : 0;
	chart_map(canvas, pane, shade, figure->width, figure->height, false, STYLE_SERIES1);
}

/* Beside each line of the map stands the share of what is not zero. */
static void draw_sparsity(const Figure *figure, Canvas *canvas, const Pane *pane, size_t first,
			  size_t *most)
{
	(void)first;
	(void)most;
	Pane map = *pane;
	ChartMap size;
	int lines, dots;

	map.width = pane->width > 3 * SHARE_COLUMNS ? pane->width - SHARE_COLUMNS : pane->width;
	size = chart_map_size(canvas, &map, figure->width, figure->height, false);
	draw_map(figure, canvas, &map);
	if (map.width == pane->width || size.height < 1)
		return;
	dots = canvas->glyphs == GLYPHS_BRAILLE ? 4 : canvas->glyphs == GLYPHS_HALF ? 2 : 1;
	lines = (size.height + dots - 1) / dots;
	for (int line = 0; line < lines; line++) {
		int top = line * dots * figure->height / size.height,
		    bottom = (line + 1) * dots * figure->height / size.height;
		bottom = bottom > figure->height ? figure->height : bottom;
		bottom = bottom > top ? bottom : top + 1;
		size_t n = (size_t)(bottom - top) * (size_t)figure->width;
		canvas_printf(
			canvas, pane->x + pane->width - SHARE_COLUMNS + 1, pane->y + line,
			SHARE_COLUMNS - 1, STYLE_DIM, "%3.0f %%",
			100 * figure_sum(figure->values + (size_t)top * (size_t)figure->width, n) /
				(double)n);
	}
}

/* Rows of the map that hold least and most. */
static void say_sparsity(const Figure *figure, Flow *flow)
{
	double shares[FIGURE_VALUES_MAX];
	size_t width = (size_t)figure->width, height = (size_t)figure->height;

	for (size_t row = 0; row < height; row++)
		shares[row] = figure_sum(figure->values + row * width, width) / (double)width;
	figure_say_range(shares, height, 100, "percent not zero", "band", flow);
}

const FigureView figure_view_sparsity = {
	.name = "sparsity",
	.reading = "The fuller a place, the more of them; their share stands at the right.",
	.take = take_sparsity,
	.caption = caption_sparsity,
	.draw = draw_sparsity,
	.say = say_sparsity,
};
