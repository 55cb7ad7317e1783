/* The sheet that a figure is drawn on: its head and badge, panels with axes, legends, and the
 * amounts that are shown. For the kinds of figures alone.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_LAB_FIGURES_SHEET_H
#define WATTLE_LAB_FIGURES_SHEET_H

#include <math.h>

#include "lab/figures/figure.h"
#include "lab/figures/svg.h"
#include "lab/scale.h"

#define SHEET_MARGIN 16.0
#define SHEET_BADGE_MAX 160

/* --- the sheet --- */

typedef struct Sheet {
	FILE *to;
	char *bytes;
	size_t len;
	Figure figure;
} Sheet;

/* title and sub (NULL: none) stand above, the badge at the right. */
bool sheet_open(Sheet *sheet, const FigureAsk *ask, const char *name, int height, Err *err);
void sheet_head(Sheet *sheet, const char *title, const char *sub, const char *badge);
/* Adds the figure to the list. about: in sentences, what is seen. */
bool sheet_close(Sheet *sheet, FigureList *list, const char *about, Err *err);

/* --- amounts --- */

/* Time and energy for what tabulate_quoted says, 10,000 predictions or a run, accuracy in
 * percent, bytes of the model's file, multiply-adds of a prediction. NaN: not known. */
Estimate sheet_amount(const Results *results, size_t arm, Metric metric);
/* Whether the amounts of a metric stand for no measurement. */
bool sheet_modelled(const Results *results, Metric metric);
/* Whether the plan wants this metric shown and any arm has such an amount. */
bool sheet_has(const Results *results, Metric metric);
/* "measured, package, rapl-perf", "modelled ±60 %, profile", "time only"; of what is not energy
 * "measured, clock", "counted, exact", "counted, test rows". out holds SHEET_BADGE_MAX;
 * returned. */
char *sheet_badge(const Results *results, Metric metric, char *out);

/* Of a scale: what amounts are divided by, and what they then are. */
typedef struct Unit {
	double by;
	const char *name; /* "ms" */
} Unit;
Unit sheet_unit(Metric metric, double most);
/* Seconds ("min", "h") of a time axis. */
Unit sheet_clock(double most_s);
/* "Time", and "of 10,000 predictions" or "of one run". */
const char *sheet_metric(const Results *results, Metric metric);
const char *sheet_metric_of(const Results *results, Metric metric);
/* What that is of: "10,000 predictions". */
const char *sheet_per(const Results *results);
/* Three digits. out holds SCALE_LABEL_MAX; returned. */
char *sheet_value(double value, char *out);

/* --- panels --- */

typedef struct FigureAxis {
	char title[96];
	double low, high; /* what it shows, low < high */
	bool log;
	bool places; /* its numbers are places in an order: that it leaves out 0 means nothing */
	int count;
	double tick[SCALE_TICKS_MAX];
} FigureAxis;

typedef struct Panel {
	double x, y, width, height; /* of the plot */
	FigureAxis across, up;
} Panel;

/* The range of what is to be shown; begins as SPAN_EMPTY. */
typedef struct Span {
	double least, most;
} Span;
#define SPAN_EMPTY ((Span){ INFINITY, -INFINITY })
void span_add(Span *span, double value); /* NaN is passed over */
void span_add_estimate(Span *span, Estimate estimate);
/* Whether a logarithmic axis fits it better: all of it above 0, over a range of 30 or more. */
bool span_is_wide(const Span *span);

/* Fits an axis to a range in units of by; zero: it begins there, else it leaves a little room. */
void axis_fit(FigureAxis *axis, Span span, double by, bool zero, bool log, int ticks);
/* Places on the sheet; NaN of NaN. */
double panel_x(const Panel *panel, double value);
double panel_y(const Panel *panel, double value);
/* Grid, ticks, labels and titles; an axis of a cost that leaves out 0 is marked. across or up
 * may be without ticks: then it has no labels. */
void panel_draw(FILE *to, const Panel *panel);

/* --- legend --- */

typedef struct LegendRow {
	const char *name;
	size_t series;
	bool line, glyph, hollow, strong;
} LegendRow;

#define LEGEND_STEP 21.0
void sheet_legend(FILE *to, double x, double y, double width, const LegendRow *rows, size_t n);
/* A group with the colour and the dashes of a series. */
void sheet_series(FILE *to, size_t series);

#endif
