/* Panes that show a race: charts, the table side by side, progress and verdicts. Used by the lab
 * and by the reader of a lesson.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_UI_VIEWS_PANES_H
#define WATTLE_UI_VIEWS_PANES_H

#include "ui/canvas.h"
#include "ui/view.h"
#include "ui/views/flow.h"
#include "ui/views/race/race.h"

typedef enum RaceChart {
	RACE_CHART_LOSS,
	RACE_CHART_ACCURACY,
	RACE_CHART_COST,  /* per block: joules where there are any, else seconds */
	RACE_CHART_TIME,  /* per block */
	RACE_CHART_DRAWN, /* what a lesson's run draws itself */
} RaceChart;

/* A frame with the chart in it; a sentence where there is nothing to draw yet. */
void panes_chart(const Race *race, Canvas *canvas, const Pane *pane, RaceChart chart,
		 const Scene *scene, bool focused);

/* The table side by side in a frame: a heading, one row an arm from row first on, the progress,
 * and what the marks mean. */
void panes_table(const Race *race, Canvas *canvas, const Pane *pane, size_t first,
		 const Scene *scene, bool focused);
/* Rows that the whole table takes, with its frame. */
int panes_table_height(const Race *race);

/* Verdict sentences, and notices that people must see. */
void panes_verdicts_flow(const Race *race, Flow *flow, Glyphs glyphs);
/* What the run is: question, data, seed, plan, host. */
void panes_facts_flow(const Race *race, Flow *flow);
/* A flow in a frame from line first on; the share that is seen stands in the frame. */
void panes_flow(const Flow *flow, Canvas *canvas, const Pane *pane, const char *title, size_t first,
		bool focused);

/* How far one may scroll so that the last of lines is still seen in rows. */
size_t panes_scroll_max(size_t lines, int rows);

#endif
