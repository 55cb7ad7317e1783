/* The weights of single units, as images.
 * SPDX-License-Identifier: MIT */
#include "ui/figures/figure.h"

#include "base/text.h"
#include "ui/chart.h"

static bool take_filters(Figure *figure, const json_t *record)
{
	const json_t *images = json_object_get(record, "images"), *image;
	size_t i;

	if (!figure_take_size(figure, record) || json_array_size(images) == 0)
		return false;
	json_array_foreach(images, i, image)
	{
		const json_t *unit = json_object_get(image, "unit"),
			     *values = json_object_get(image, "values");
		char name[32];

		if (i >= FIGURE_IMAGES_MAX)
			break;
		if (json_is_string(unit))
			text_format(name, sizeof name, "%s", json_string_value(unit));
		else
			text_format(name, sizeof name, "%lld", (long long)json_integer_value(unit));
		if (json_array_size(values) != (size_t)figure->width * (size_t)figure->height ||
		    !figure_add_values(figure, values) || !figure_add_label(figure, name))
			return false;
	}
	return true;
}

static void caption_filters(const Figure *figure, Flow *flow)
{
	flow_format(flow, STYLE_TEXT, "%zu unit%s, %d by %d weights each.", figure->labels,
		    figure->labels == 1 ? "" : "s", figure->width, figure->height);
}

static void draw_filters(const Figure *figure, Canvas *canvas, const Pane *pane, size_t first,
			 size_t *most)
{
	(void)first;
	(void)most;
	int rows = 1, images = (int)figure->labels, across, wide, high;

	while (rows < images && (images + rows - 1) / rows > 4 && rows < 4)
		rows++;
	if (rows * 4 > pane->height)
		rows = pane->height >= 8 ? pane->height / 4 : 1;
	across = (images + rows - 1) / rows;
	wide = pane->width / across;
	high = pane->height / rows;
	for (int i = 0; i < images; i++) {
		Pane cell = { pane->x + i % across * wide, pane->y + i / across * high, wide - 1,
			      high };
		if (cell.width < 1 || cell.height < 2)
			continue;
		canvas_printf(canvas, cell.x, cell.y, cell.width, STYLE_DIM, "unit %s",
			      figure->label[i]);
		cell.y++;
		cell.height -= rows > 1 ? 2 : 1;
		chart_map(canvas, &cell,
			  figure->values + (size_t)i * (size_t)(figure->width * figure->height),
			  figure->width, figure->height, true, STYLE_TEXT);
	}
}

static void say_filters(const Figure *figure, Flow *flow)
{
	size_t each = (size_t)figure->width * (size_t)figure->height;

	for (size_t i = 0; i < figure->labels; i++) {
		const double *values = figure->values + i * each;
		size_t least = figure_extreme(values, each, false),
		       most = figure_extreme(values, each, true), width = (size_t)figure->width;

		flow_format(flow, STYLE_TEXT,
			    "Unit %s: least in row %zu, column %zu; most in row %zu, column %zu; "
			    "mean %.2f of 1.",
			    figure->label[i], least / width + 1, least % width + 1,
			    most / width + 1, most % width + 1,
			    figure_sum(values, each) / (double)each);
		flow_break(flow);
	}
}

const FigureView figure_view_filters = {
	.name = "filters",
	.reading = "Empty is the least weight of a unit, full its most.",
	.take = take_filters,
	.caption = caption_filters,
	.draw = draw_filters,
	.say = say_filters,
};
