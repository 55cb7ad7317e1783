/* Figures of a report: each kind is a const FigureKind in a file of its own (src/lab/figures/),
 * listed in figures.am. From Results and the Story of a run to shapes of SVG; no tensors, no
 * files.
 *
 * Every figure has a title, axes with units and round ticks, intervals wherever they are known,
 * a badge that says where its numbers come from, and series that differ by glyph and dash as
 * well as by colour. What was not measured is hollow or hatched.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_LAB_FIGURES_FIGURE_H
#define WATTLE_LAB_FIGURES_FIGURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "base/info.h"
#include "lab/figures/story.h"
#include "lab/results.h"

#define FIGURE_WIDTH 960
#define FIGURE_NAME_MAX 96
#define FIGURE_TITLE_MAX 192
#define FIGURE_ABOUT_MAX 1024

/* What a figure is asked for: one comparison; all conditions of a run; several runs, whose arms
 * did not take turns. */
typedef enum FigureScope {
	FIGURE_COMPARISON = 1,
	FIGURE_CONDITIONS = 2,
	FIGURE_RUNS = 4,
} FigureScope;

/* One comparison: a run, or a condition of one. Borrowed. */
typedef struct FigureSubject {
	const Results *results; /* with a plan */
	const Story *story;
	const char *condition; /* as results_condition_name has it */
	int64_t number;        /* of the condition; 0 without factors */
	const char *name;      /* what sets it apart from the others; "" when it is alone */
} FigureSubject;

typedef struct FigureAsk {
	FigureScope scope;
	const FigureSubject *subject;
	size_t subjects;
	const char *prefix; /* of the figures' names, "threads-2-"; "" */
	bool axes_asked;    /* the Pareto figure that is wanted, in place of those that there are */
	Metric across, up;
} FigureAsk;

typedef struct Figure {
	char name[FIGURE_NAME_MAX]; /* of its file, and the id of its elements: "pareto-energy" */
	char title[FIGURE_TITLE_MAX];
	char about[FIGURE_ABOUT_MAX]; /* what is seen, for a caption and for who does not see it */
	int height;                   /* its width is FIGURE_WIDTH */
	char *shapes;                 /* what stands in the svg element; owned */
	size_t len;
} Figure;

/* A figure that there is not, and why. */
typedef struct FigureMissing {
	const char *title;
	const char *why;
} FigureMissing;

#define FIGURE_MISSING_MAX 32

typedef struct FigureList {
	Figure *figure;
	size_t n, capacity;
	FigureMissing missing[FIGURE_MISSING_MAX];
	size_t missings;
} FigureList;

typedef struct FigureKind {
	Info info;
	unsigned scopes; /* FigureScope bits that it can draw */
	/* Adds its figures, none or several. NULL, or a constant text: why there is none. *err
	 * is set only when memory is short. */
	const char *(*draw)(const FigureAsk *ask, FigureList *list, Err *err);
} FigureKind;

/* The table; ends with NULL. */
extern const FigureKind *const figure_kinds[];

/* Adds all figures of the ask's scope to a list (all zero: empty). */
bool figures_draw(FigureList *list, const FigureAsk *ask, Err *err);
void figures_done(FigureList *list);

/* A file of its own, with the style in it; or the element alone, for a page that has the style. */
typedef enum FigureWay { FIGURE_FILE, FIGURE_INLINE } FigureWay;
void figure_write(FILE *to, const Figure *figure, FigureWay way);

/* The rules of the shapes, and the colours in the light and in the dark as CSS variables: what
 * stands within the braces of the element that holds figures. */
extern const char figure_rules[], figure_light[], figure_dark[];

#endif
