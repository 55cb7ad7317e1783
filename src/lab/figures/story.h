/* The story of a run: what its records say besides the costs and accuracies of Results, for
 * figures and reports. How the arms learned, what each window took and when, what the sensor
 * showed meanwhile.
 *
 * Fed with every record, in order, as Results are. Unknown types and fields are passed over, odd
 * ones too: what matters for a verdict is checked there, here a value that is no number is NaN.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_LAB_FIGURES_STORY_H
#define WATTLE_LAB_FIGURES_STORY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "lab/epoch.h"
#include "lab/plan.h"

#define STORY_NOTES_MAX 50
#define STORY_EPOCHS_MAX 100000 /* of one curve that a figure shows */

/* One epoch; NaN: not told. Accuracies are shares. */
typedef struct StoryEpoch {
	double loss, accuracy[EPOCH_ROWS];
} StoryEpoch;

/* One training before the arms, or all that an arm was trained for while it was built. */
typedef struct StoryCurve {
	char arm[PLAN_NAME_MAX]; /* none of the plan's: what was made before the arms */
	int64_t condition;       /* its number; 0 without factors */
	char of[PLAN_NAME_MAX]; /* the kind of model, or the technique that trained: "mlp", "prune" */
	size_t number;          /* of the trainings before the arms: 0, 1, …; 0 of an arm */
	size_t behind;          /* epochs that its model had been trained for before */
	StoryEpoch *epoch;
	size_t n, capacity;
} StoryCurve;

typedef struct StoryWindow {
	char arm[PLAN_NAME_MAX];
	int64_t condition, block, attempt; /* block below 0: warm-up */
	int64_t begin_ns, end_ns;
	double items, time_s;
	double energy_j, energy_low_j, energy_high_j, net_j, attributed_j; /* NaN: absent */
	bool modelled; /* the joules are no measurement */
	bool spoiled;  /* by one of the gates */
} StoryWindow;

/* Power of the headline source: between two readings, or over an idle span. */
typedef struct StoryPower {
	int64_t begin_ns, end_ns;
	double watts;
} StoryPower;

typedef struct Story {
	json_t *begin;    /* run-begin; NULL until it came */
	json_t *end;      /* run-end; NULL: the run did not end */
	json_t *datasets; /* the dataset records, each set once */
	json_t *notes;    /* texts of log and error records, at most STORY_NOTES_MAX */
	size_t notes_left;
	StoryCurve *curve;
	size_t curves, curves_room;
	StoryWindow *window;
	size_t windows, windows_room;
	StoryPower *reading, *idle;
	size_t readings, readings_room, idles, idles_room;
	size_t records;
	int64_t read_ns; /* of the headline's reading before; −1: none */
	bool fresh;      /* the next epoch begins a new curve */
} Story;

Story *story_new(Err *err);
void story_free(Story *story);
/* record is borrowed. False only when memory is short. */
bool story_take(Story *story, const json_t *record, Err *err);

#endif
