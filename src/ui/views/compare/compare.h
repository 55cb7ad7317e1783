/* The comparison of one run's arms, in parts: what the records let one say (judged), the panes
 * that show it, and the sentences. For compare*.c alone.
 *
 * Verdicts are dear: they are made when a pane is drawn or said, and only after a block became
 * whole. All words, intervals and claims are lab/verdict.h's.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_UI_VIEWS_COMPARE_H
#define WATTLE_UI_VIEWS_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

#include "lab/results.h"
#include "lab/verdict.h"
#include "ui/canvas.h"
#include "ui/views/flow.h"
#include "ui/views/race/race.h"

/* What is shown of the condition that was chosen. */
typedef struct Judged {
	/* Of what it was made: made anew when one of these is another. */
	const Results *results;
	size_t blocks, scored, disturbed;
	bool ended;

	/* Each arm but the baseline, metric by metric: primary costs, the other costs, bytes and
	 * multiply-adds, accuracy; only what is known. */
	Verdict verdict[VERDICTS_MAX];
	size_t verdicts;
	size_t primaries; /* sentences[0 …]: those that the plan asked for, in its order */
	size_t sentence[VERDICTS_MAX]; /* indices of verdict */
	RaceSaid words;
	double net[PLAN_ARMS_MAX]; /* joules over idle power, as a ratio to the baseline's */
	bool any_net;
	ClaimState claim[PLAN_CLAIMS_MAX];
	Drift drift[METRIC_COUNT]; /* of time and energy */
	char dominated[512];       /* a sentence; "" where nothing can be said */
	bool said;                 /* as it is; for --linear */
} Judged;

/* How it is to be shown. */
typedef struct CompareLook {
	Metric x, y;    /* of the Pareto chart */
	bool x_chosen;  /* else it follows what is known */
	bool around;    /* its axes are around the values; else those of costs begin at 0 */
	bool log;       /* axes of costs */
	bool test, net; /* p values; joules over idle power */
} CompareLook;

/* The results of the condition that is shown; NULL without a plan. */
const Results *compare_results(const Race *race);
/* Brings judged up to date. */
void compare_judge(Judged *judged, const Race *race, const CompareLook *look);
/* The metric along the Pareto chart: what was chosen, or measured joules, or time. */
Metric compare_x(const Results *results, const CompareLook *look);
/* True when at least one arm has a value of the metric. */
bool compare_known(const Results *results, Metric metric);
/* Value and interval for the Pareto chart: look->net takes idle power off the joules. */
Estimate compare_estimate(const Results *results, const CompareLook *look, size_t arm,
			  Metric metric);
/* Which arms are on the front of x and y. */
void compare_front(bool on[PLAN_ARMS_MAX], const Results *results, const CompareLook *look);

/* Rows of the differences and the headings of their axes; 0 before anything is known. */
size_t compare_lines(const Judged *judged);
/* Differences with intervals in a frame, from row first on. */
void compare_differences(const Judged *judged, const Results *results, const CompareLook *look,
			 Canvas *canvas, const Pane *pane, size_t first, bool focused);
/* The Pareto chart in a frame. */
void compare_pareto(const Results *results, const CompareLook *look, Canvas *canvas,
		    const Pane *pane, bool focused);
/* Claims, verdicts and notes. */
void compare_flow(const Judged *judged, const Race *race, const CompareLook *look, Flow *flow,
		  Glyphs glyphs);

/* All of it, for --linear. */
void compare_say(const Judged *judged, const Race *race, const CompareLook *look,
		 const Speech *speech);

#endif
