/* What was varied: the conditions of an experiment, or arms whose names differ by a number, as
 * points of series over an axis. For figures alone.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_LAB_FIGURES_LEVELS_H
#define WATTLE_LAB_FIGURES_LEVELS_H

#include "lab/figures/figure.h"

#define LEVELS_SERIES_MAX 16
#define LEVELS_PANELS_MAX 64
#define LEVELS_TICKS_MAX 64
#define LEVELS_TEXT_MAX 256

typedef struct LevelPoint {
	size_t subject, arm, series, panel;
	double x; /* the number, or that of the tick */
} LevelPoint;

typedef struct Levels {
	char what[PLAN_NAME_MAX]; /* is varied along the axis */
	bool numbers;             /* the levels are; else tick has their names */
	char tick[LEVELS_TICKS_MAX][PLAN_NAME_MAX];
	char series[LEVELS_SERIES_MAX][PLAN_NAME_MAX];
	char panel[LEVELS_PANELS_MAX][LEVELS_TEXT_MAX]; /* the levels of the other factors */
	size_t ticks, serieses, panels;
	LevelPoint *point; /* by series, then by x */
	size_t n;
} Levels;

/* Of several conditions their factors, of one comparison the numbers of its arms; n is 0 when
 * there is nothing to show. NULL and *err when memory is short. */
Levels *levels_new(const FigureAsk *ask, Err *err);
void levels_free(Levels *levels);

#endif
