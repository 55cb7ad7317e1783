/* What an inspect step shows of a model: a histogram of weights, where they are not zero, which
 * classes it takes for which, its filters, or how often its units are at work. Numbers stand beside
 * all that is drawn.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_UI_FIGURES_FIGURE_H
#define WATTLE_UI_FIGURES_FIGURE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/canvas.h"
#include "ui/views/flow.h"

#define FIGURE_VALUES_MAX 4096
#define FIGURE_IMAGES_MAX 16
#define FIGURE_CLASSES_MAX 64 /* so that their table has no more values */

typedef struct Figure {
	const struct FigureView *view;
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

/* A kind of figure: a const FigureView figure_view_NAME in a file of its own (src/ui/figures/), listed
 * in src/ui/figures.am; what it shows is made by the ModelView of that name (src/trial/views/). */
typedef struct FigureView {
	const char *name;    /* the record's "view" */
	const char *reading; /* how what is drawn is read; NULL: it needs no words */
	/* What the kind has of its own, from a record; false: it cannot be shown. */
	bool (*take)(Figure *figure, const json_t *record);
	void (*caption)(const Figure *figure, Flow *flow);
	/* *most comes as 0. */
	void (*draw)(const Figure *figure, Canvas *canvas, const Pane *pane, size_t first,
		     size_t *most);
	void (*say)(const Figure *figure, Flow *flow); /* behind title and caption */
} FigureView;

/* The table; ends with NULL. */
extern const FigureView *const figure_views[];

/* A figure record. NULL when it holds no figure that can be shown, or memory is short. */
Figure *figure_new(const json_t *record);
void figure_free(Figure *figure);
/* "pruned, layer fc1: …": what is seen, in numbers; drawn: and how it is read. */
void figure_caption(const Figure *figure, bool drawn, Flow *flow);
/* Into the room of a pane; lists from row first on. *most is set to how far it may be scrolled. */
void figure_draw(const Figure *figure, Canvas *canvas, const Pane *inside, size_t first,
		 size_t *most);
/* For --linear: caption, first, last, least and most, counts. */
void figure_say(const Figure *figure, Flow *flow);

/* --- for the figures' own files --- */

/* A count of a record: not negative, else 0. */
int64_t figure_count(const json_t *record, const char *key);
/* Appends the numbers of a list; false: one is no number or below 0, or they are too many. */
bool figure_add_values(Figure *figure, const json_t *list);
bool figure_add_label(Figure *figure, const char *text);
/* width and height of a record. */
bool figure_take_size(Figure *figure, const json_t *record);
/* Rows of a true class in a table of confusion. */
double figure_row_total(const Figure *figure, size_t class);
/* In per cent; 0 of nothing. */
double figure_share(double part, double whole);
/* Index of the least or the most of n values, the first of equals. */
size_t figure_extreme(const double *values, size_t n, bool most);
double figure_sum(const double *values, size_t n);
/* First, last, least and most of values times scale; what: "weights"; each: what one of them is. */
void figure_say_range(const double *values, size_t n, double scale, const char *what,
		      const char *each, Flow *flow);

#endif
