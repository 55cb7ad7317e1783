/* Figures: from their records.
 * SPDX-License-Identifier: MIT */
#include "ui/views/figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "ui/views/race/race.h"

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

/* Not negative, else 0. */
static int64_t count_of(const json_t *record, const char *key)
{
	int64_t count = race_integer(record, key, 0);

	return count > 0 ? count : 0;
}

/* Appends the numbers of a list; what is no number, or below 0, is refused. */
static bool add_values(Figure *figure, const json_t *list)
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

static bool add_label(Figure *figure, const char *text)
{
	char *label = figure->labels < FIGURE_CLASSES_MAX ? strdup(text) : NULL;

	if (label)
		figure->label[figure->labels++] = label;
	return label != NULL;
}

static bool take_size(Figure *figure, const json_t *record)
{
	int64_t width = race_integer(record, "width", 0),
		height = race_integer(record, "height", 0);

	if (width < 1 || height < 1 || width > FIGURE_VALUES_MAX || height > FIGURE_VALUES_MAX ||
	    width * height > FIGURE_VALUES_MAX)
		return false;
	figure->width = (int)width;
	figure->height = (int)height;
	return true;
}

static bool take_histogram(Figure *figure, const json_t *record)
{
	figure->low = race_number(record, "low");
	figure->high = race_number(record, "high");
	figure->zeros = count_of(record, "zeros");
	return add_values(figure, json_object_get(record, "counts")) && isfinite(figure->low) &&
	       isfinite(figure->high) && figure->low <= figure->high;
}

static bool take_sparsity(Figure *figure, const json_t *record)
{
	figure->nonzero = count_of(record, "nonzero");
	figure->columns = count_of(record, "columns");
	return take_size(figure, record) && add_values(figure, json_object_get(record, "share")) &&
	       figure->n == (size_t)figure->width * (size_t)figure->height;
}

double figure_row_total(const Figure *figure, size_t class)
{
	double total = 0;

	for (size_t i = 0; i < figure->labels; i++)
		total += figure->values[class * figure->labels + i];
	return total;
}

static double wrong(const Figure *figure, size_t class)
{
	return figure_row_total(figure, class) - figure->values[class * figure->labels + class];
}

/* The worst first, by insertion: there are few. */
static void order_classes(Figure *figure)
{
	for (size_t i = 0; i < figure->labels; i++) {
		size_t at = i;

		for (; at > 0 && wrong(figure, figure->order[at - 1]) < wrong(figure, i); at--)
			figure->order[at] = figure->order[at - 1];
		figure->order[at] = i;
	}
}

static bool take_confusion(Figure *figure, const json_t *record)
{
	const json_t *classes = json_object_get(record, "classes"),
		     *counts = json_object_get(record, "counts");
	size_t n = json_array_size(classes);

	if (n == 0 || n > FIGURE_CLASSES_MAX || json_array_size(counts) != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		const char *name = json_string_value(json_array_get(classes, i));
		const json_t *row = json_array_get(counts, i);

		if (json_array_size(row) != n || !add_values(figure, row) ||
		    !add_label(figure, name ? name : ""))
			return false;
	}
	order_classes(figure);
	return true;
}

static bool take_filters(Figure *figure, const json_t *record)
{
	const json_t *images = json_object_get(record, "images"), *image;
	size_t i;

	if (!take_size(figure, record) || json_array_size(images) == 0)
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
		    !add_values(figure, values) || !add_label(figure, name))
			return false;
	}
	return true;
}

static bool take_activations(Figure *figure, const json_t *record)
{
	figure->dead = count_of(record, "dead");
	return add_values(figure, json_object_get(record, "share"));
}

static const struct {
	const char *view;
	bool (*take)(Figure *figure, const json_t *record);
} takers[FIGURE_KINDS] = {
	[FIGURE_HISTOGRAM] = { "histogram", take_histogram },
	[FIGURE_SPARSITY] = { "sparsity", take_sparsity },
	[FIGURE_CONFUSION] = { "confusion", take_confusion },
	[FIGURE_FILTERS] = { "filters", take_filters },
	[FIGURE_ACTIVATIONS] = { "activations", take_activations },
};

/* By its number among all layers; "": the figure is of the whole model. */
static const char *layer_of(const json_t *record)
{
	const json_t *layers = json_object_get(record, "layers");
	int64_t number = race_integer(record, "layer", 0);
	const char *name =
		number > 0 ? json_string_value(json_array_get(layers, (size_t)number - 1)) : NULL;

	return name ? name : "";
}

Figure *figure_new(const json_t *record)
{
	const char *view = race_text(record, "view");
	Figure *figure = calloc(1, sizeof *figure);
	int kind = 0;

	while (kind < FIGURE_KINDS && strcmp(takers[kind].view, view) != 0)
		kind++;
	if (!figure || kind == FIGURE_KINDS)
		goto fail;
	figure->kind = (FigureKind)kind;
	figure->title = strdup(race_text(record, "title"));
	figure->arm = strdup(race_text(record, "arm"));
	figure->layer = strdup(layer_of(record));
	figure->values = calloc(FIGURE_VALUES_MAX, sizeof *figure->values);
	figure->total = count_of(record, "total");
	figure->rows = count_of(record, "rows");
	if (!figure->title || !figure->arm || !figure->layer || !figure->values ||
	    !takers[kind].take(figure, record))
		goto fail;
	return figure;
fail:
	figure_free(figure);
	return NULL;
}
