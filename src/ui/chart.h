/* Charts into a pane: lines, bars and intervals over one scaler (lab/scale.h). Both axes carry a
 * unit, ticks are round, series differ by glyph as well as by colour; points older than the pane are
 * merged per column (least, most), never dropped; NaN is a gap.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_UI_CHART_H
#define WATTLE_UI_CHART_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/canvas.h"

typedef struct Series {
	const char *name;
	const double *x, *y; /* borrowed; x ascends; NaN y: a gap */
	size_t n;
	Style style;
} Series;

typedef struct Axis {
	double low, high; /* NaN: from the data */
	bool zero;        /* begins at 0 */
	bool whole;       /* ticks at whole numbers only */
	const char *unit; /* "epoch", "J" */
} Axis;

/* Where value falls on cells or dots 0 … size − 1; clamped; −1 for NaN. */
int chart_place(double value, double low, double high, int size);

/* Lines in the pane: unit of y and names above (where there is a unit or more than one series),
 * ticks at the left and below, unit of x at the right below. What does not fit is left out, the
 * labels before the lines. An axis of y that leaves 0 out is marked by a "/" at its foot. */
void chart_lines(Canvas *canvas, const Pane *pane, const Series *series, size_t n, const Axis *x,
		 const Axis *y);
/* Standing bars from 0 over the scale of x, one a value, each as wide as fits; where there are more
 * values than columns a bar is the mean of its neighbours. Axes as chart_lines draws them. */
void chart_bars(Canvas *canvas, const Pane *pane, const double *values, size_t n, Style style,
		const Axis *x, const Axis *y);

/* How a map of width × height values falls on the dots of a pane. */
typedef struct ChartMap {
	int width, height; /* in dots, within the pane */
	bool merged;       /* a dot is the mean of several values */
} ChartMap;
/* Smaller maps are drawn by whole factors; image: by the same one across and down. */
ChartMap chart_map_size(const Canvas *canvas, const Pane *pane, int width, int height, bool image);
/* Values 0 … 1, row-major, as grey: ordered dither (B. E. Bayer, 1973) where there are dots, ten
 * letters in ASCII. NaN is 0. */
void chart_map(Canvas *canvas, const Pane *pane, const double *values, int width, int height,
	       bool image, Style style);
/* A bar of a row: share 0 … 1 filled, the rest shaded; all blank for NaN. */
void chart_bar(Canvas *canvas, int x, int y, int columns, double share, Style style);
/* low ├─●─┤ high of a row on the common scale least … most; NaN bounds: only the dot. What lies
 * beyond the scale is "<" or ">". */
void chart_interval(Canvas *canvas, int x, int y, int columns, double value, double low,
		    double high, double least, double most, Style style);

#endif
