/* What an inspect step shows of a model: a histogram of weights, where they are not zero, which
 * classes it takes for which, its filters, or how often its units are at work. Numbers stand beside
 * all that is drawn.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_UI_VIEWS_FIGURE_H
#define WATTLE_UI_VIEWS_FIGURE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/canvas.h"
#include "ui/views/flow.h"

#define FIGURE_VALUES_MAX 4096
#define FIGURE_IMAGES_MAX 16
#define FIGURE_CLASSES_MAX 64 /* so that their table has no more values */

typedef enum FigureKind {
	FIGURE_HISTOGRAM,
	FIGURE_SPARSITY,
	FIGURE_CONFUSION,
	FIGURE_FILTERS,
	FIGURE_ACTIVATIONS,
	FIGURE_KINDS
} FigureKind;

typedef struct Figure {
	FigureKind kind;
	char *title, *arm, *layer; /* owned, as labels; "" where not told */
	/* histogram: counts from low to high. sparsity: width × height shares of what is not zero.
	 * confusion: classes × classes counts, a row is a true class. filters: images of width ×
	 * height greys 0 … 1. activations: of each unit the share of rows in which it is above 0. */
	double *values;
	size_t n;
	double low, high;
	int64_t zeros, nonzero, total, rows, columns, dead;
	int width, height;
	char *label[FIGURE_CLASSES_MAX]; /* classes, or units of filters */
	size_t labels;
	size_t order[FIGURE_CLASSES_MAX]; /* confusion: the classes, the worst first */
} Figure;

/* A figure record. NULL when it holds no figure that can be shown, or memory is short. */
Figure *figure_new(const json_t *record);
void figure_free(Figure *figure);
/* Rows of a true class in a table of confusion. */
double figure_row_total(const Figure *figure, size_t class);
/* "pruned, layer fc1: …": what is seen, in numbers; drawn: and how it is read. */
void figure_caption(const Figure *figure, bool drawn, Flow *flow);
/* Into the room of a pane; lists from row first on. *most is set to how far it may be scrolled. */
void figure_draw(const Figure *figure, Canvas *canvas, const Pane *inside, size_t first,
		 size_t *most);
/* For --linear: caption, first, last, least and most, counts. */
void figure_say(const Figure *figure, Flow *flow);

#endif
