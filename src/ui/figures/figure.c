/* Figures: the table of their kinds, and what all of them have.
 * SPDX-License-Identifier: MIT */
#include "ui/figures/figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/record.h"

#define ROW(name) extern const FigureView figure_view_##name;
#include "ui/figures.inc"
#undef ROW

const FigureView *const figure_views[] = {
#define ROW(name) &figure_view_##name,
#include "ui/figures.inc"
#undef ROW
	NULL,
};

void figure_free(Figure *figure)
{
	if (!figure)
		return;
	for (size_t i = 0; i < figure->labels; i++)
		free(figure->label[i]);
	free(figure->title);
	free(figure->arm);
	free(figure->layer);
	free(figure->values);
	free(figure);
}

/* --- for the figures' own files -------------------------------------------------------------- */

int64_t figure_count(const json_t *record, const char *key)
{
	int64_t count = record_integer(record, key, 0);

	return count > 0 ? count : 0;
}

bool figure_add_values(Figure *figure, const json_t *list)
{
	size_t i, n = json_array_size(list);
	json_t *value;

	if (n == 0 || n > FIGURE_VALUES_MAX - figure->n)
		return false;
	json_array_foreach((json_t *)(uintptr_t)list, i, value)
	{
		double number = json_is_number(value) ? json_number_value(value) : NAN;

		if (!isfinite(number) || number < 0)
			return false;
		figure->values[figure->n++] = number;
	}
	return true;
}

bool figure_add_label(Figure *figure, const char *text)
{
	char *label = figure->labels < FIGURE_CLASSES_MAX ? strdup(text) : NULL;

	if (label)
		figure->label[figure->labels++] = label;
	return label != NULL;
}

bool figure_take_size(Figure *figure, const json_t *record)
{
	int64_t width = record_integer(record, "width", 0),
		height = record_integer(record, "height", 0);

	if (width < 1 || height < 1 || width > FIGURE_VALUES_MAX || height > FIGURE_VALUES_MAX ||
	    width * height > FIGURE_VALUES_MAX)
		return false;
	figure->width = (int)width;
	figure->height = (int)height;
	return true;
}

double figure_row_total(const Figure *figure, size_t class)
{
	double total = 0;

	for (size_t i = 0; i < figure->labels; i++)
		total += figure->values[class * figure->labels + i];
	return total;
}

double figure_share(double part, double whole)
{
	return whole > 0 ? 100 * part / whole : 0;
}

size_t figure_extreme(const double *values, size_t n, bool most)
{
	size_t at = 0;

	for (size_t i = 1; i < n; i++)
		if (most ? values[i] > values[at] : values[i] < values[at])
			at = i;
	return at;
}

double figure_sum(const double *values, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += values[i];
	return sum;
}

void figure_say_range(const double *values, size_t n, double scale, const char *what,
		      const char *each, Flow *flow)
{
	size_t least = figure_extreme(values, n, false), most = figure_extreme(values, n, true);

	flow_format(flow, STYLE_TEXT,
		    "%zu %ss: the first %.0f %s, the last %.0f, least %.0f (%s %zu), most %.0f (%s "
		    "%zu).",
		    n, each, scale * values[0], what, scale * values[n - 1], scale * values[least],
		    each, least + 1, scale * values[most], each, most + 1);
	flow_break(flow);
}

/* --- from records ----------------------------------------------------------------------------- */

/* By its number among all layers; "": the figure is of the whole model. */
static const char *layer_of(const json_t *record)
{
	const json_t *layers = json_object_get(record, "layers");
	int64_t number = record_integer(record, "layer", 0);
	const char *name =
		number > 0 ? json_string_value(json_array_get(layers, (size_t)number - 1)) : NULL;

	return name ? name : "";
}

Figure *figure_new(const json_t *record)
{
	const FigureView *const *view = figure_views;
	Figure *figure = calloc(1, sizeof *figure);

	while (*view && !record_is(record, "view", (*view)->name))
		view++;
	if (!figure || !*view)
		goto fail;
	figure->view = *view;
	figure->title = strdup(record_text(record, "title"));
	figure->arm = strdup(record_text(record, "arm"));
	figure->layer = strdup(layer_of(record));
	figure->values = calloc(FIGURE_VALUES_MAX, sizeof *figure->values);
	figure->total = figure_count(record, "total");
	figure->rows = figure_count(record, "rows");
	if (!figure->title || !figure->arm || !figure->layer || !figure->values ||
	    !figure->view->take(figure, record))
		goto fail;
	return figure;
fail:
	figure_free(figure);
	return NULL;
}

/* --- shown ------------------------------------------------------------------------------------ */

void figure_caption(const Figure *figure, bool drawn, Flow *flow)
{
	if (figure->layer[0])
		flow_format(flow, STYLE_EMPHASIS, "%s, layer %s:", figure->arm, figure->layer);
	else
		flow_format(flow, STYLE_EMPHASIS, "%s:", figure->arm);
	figure->view->caption(figure, flow);
	if (drawn && figure->view->reading)
		flow_text(flow, STYLE_DIM, figure->view->reading);
	flow_break(flow);
}

void figure_draw(const Figure *figure, Canvas *canvas, const Pane *inside, size_t first,
		 size_t *most)
{
	*most = 0;
	if (inside->width > 0 && inside->height > 0)
		figure->view->draw(figure, canvas, inside, first, most);
}

void figure_say(const Figure *figure, Flow *flow)
{
	flow_format(flow, STYLE_TEXT, "Figure: %s.", figure->title);
	flow_break(flow);
	figure_caption(figure, false, flow);
	figure->view->say(figure, flow);
}
