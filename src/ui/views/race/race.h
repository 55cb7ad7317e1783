/* A race as views see it: what the records of one run say so far, for charts, table, progress
 * and sentences. Both the lab and the reader of a lesson hold one.
 *
 * The numbers and their intervals are Results' (lab/results.h); the words are those of the
 * verdict records, never computed here.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_UI_VIEWS_RACE_H
#define WATTLE_UI_VIEWS_RACE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "lab/epoch.h"
#include "lab/results.h"
#include "lab/verdict.h"
#include "ui/canvas.h"
#include "ui/view.h"

#define RACE_LABEL_MAX 128
#define RACE_SHARED PLAN_ARMS_MAX /* the first curve of what was trained before the arms */
#define RACE_SHARED_MAX 8         /* the last trainings of it; each has a curve */
#define RACE_CURVES (PLAN_ARMS_MAX + RACE_SHARED_MAX)
#define RACE_DRAWN_MAX 8     /* curves that a lesson's run draws itself */
#define RACE_POINTS_MAX 2000 /* of one of them */

/* Learning, epoch by epoch: of one arm, with a gap between its trainings, or one training of what
 * the arms share. It begins behind the epochs that its model had been trained for. NaN: not told. */
typedef struct Curve {
	double *x, *loss, *accuracy[EPOCH_ROWS]; /* accuracies in per cent */
	size_t n, capacity, gaps; /* gaps: of the points; NaN where another training begins */
	double begin;             /* epochs behind the last training */
	size_t first;             /* its first point */
	bool stale; /* the arm is being built again: the next epoch begins a new curve */
	bool told;  /* any loss or accuracy */
	char of[RACE_LABEL_MAX]; /* what a shared one is of: the kind of model, or a technique */
	unsigned number;         /* of that name: 1, 2, … */
} Curve;

/* What a lesson's run draws itself. */
typedef struct RaceDrawn {
	char name[64];
	double *x, *y; /* x does not fall */
	size_t n, capacity;
} RaceDrawn;

typedef enum RacePhase { RACE_NONE, RACE_BUILDING, RACE_MEASURING, RACE_ENDED } RacePhase;

/* The verdicts of one condition. */
typedef struct RaceSaid {
	VerdictWord word[PLAN_ARMS_MAX][METRIC_COUNT]; /* meaningful where told */
	bool told[PLAN_ARMS_MAX][METRIC_COUNT];
	char *sentence[VERDICTS_MAX]; /* owned */
	size_t sentences;
} RaceSaid;

typedef struct Race {
	Results *all; /* NULL before a run began; then it may still lack a plan */
	/* One condition is shown, and all numbers and curves are its own; without factors there is
	 * but one. */
	size_t condition, conditions; /* the one that is shown, of how many; 0: none yet */
	const Results *results;       /* of it; NULL as all */
	RaceSaid *said_of;            /* conditions */
	const RaceSaid *told;         /* of it; NULL before a run began */
	const Plan *plan;             /* NULL: none came; of results */
	RacePhase phase;
	Curve curve[RACE_CURVES];
	size_t trainings; /* before the arms, so far */
	RaceDrawn drawn[RACE_DRAWN_MAX];
	size_t drawings;
	char script[RACE_LABEL_MAX]; /* its file's name */
	char run[64], wall[32];      /* id, and when it began to the minute; "": not told */
	char arm[PLAN_NAME_MAX];     /* at work; "": none */
	char what[RACE_LABEL_MAX];   /* what it trains: "fit", "prune" */
	char model[RACE_LABEL_MAX];  /* the kind that it trains: "mlp" */
	int64_t epoch, epochs;       /* 0: no epoch of this arm yet */
	int64_t block, attempt;      /* of the last window */
	int64_t first_block_ns;      /* when the first block that counts began; −1 */
	int64_t last_ns;             /* of the last record */
	char dataset[RACE_LABEL_MAX], cpu[RACE_LABEL_MAX];
	char notice[512]; /* the last log or error, or a record that could not be used */
	bool failed;      /* the notice is an error */
	int64_t exit;     /* when ended */
	char why[RACE_LABEL_MAX];
	int said; /* quarters of the measuring that were said, for --linear */
} Race;

/* All zero is an empty race. */
void race_done(Race *race);
/* Takes a record of any type; a run-begin starts anew. */
void race_take(Race *race, const json_t *record);

/* Takes an epoch record; what the record of an arm that begins says of its curve; forgets all points;
 * gives all back. race_take and race_done do so. */
void race_take_epoch(Race *race, const json_t *record);
void race_begin_curve(Race *race, const json_t *record);
void race_curves_clear(Race *race);
void race_curves_done(Race *race);
/* The curve that the last epoch was put on. */
const Curve *race_learning(const Race *race);
/* "pruned", "shared", or where several trainings came before the arms, what each is of: "mlp",
 * "prune 2". Returns out. */
const char *race_curve_name(const Race *race, size_t curve, char out[RACE_LABEL_MAX]);
/* The record is of the condition that is shown. */
bool race_of_shown(const Race *race, const json_t *record);

/* Takes a chart record; forgets them all. race_take and race_done do so. */
void race_take_drawn(Race *race, const json_t *record);
void race_drawn_done(Race *race);

/* Shows the next condition, or with −1 the one before; false: there is no other. */
bool race_turn(Race *race, int by);
/* "threads=2 (2/4)" of the condition that is shown; "" without factors. Returns out. */
#define RACE_CONDITION_MAX (PLAN_CONDITION_MAX + 32)
const char *race_condition(const Race *race, char out[RACE_CONDITION_MAX]);

/* Index of an arm, plan->arms when there is none of that name. */
size_t race_arm(const Race *race, const char *name);
/* Blocks after which the run may stop as planned; 0 without a plan. */
size_t race_target(const Race *race);
/* Something was told of it. */
bool race_begun(const Race *race);
/* It ended before its plan's least number of blocks. */
bool race_short(const Race *race);
/* Share of the measuring that is done, 0 … 1. */
double race_share(const Race *race);
/* Seconds left, judged by the blocks that are done; NaN: unknown. */
double race_left_s(const Race *race);
/* METRIC_ENERGY where there are joules, else METRIC_TIME. */
Metric race_cost_metric(const Race *race);
bool race_modelled(const Race *race);
/* What costs are shown for: "10k" predictions, or a "run" of programs. */
const char *race_each(const Race *race);
/* What is known of an arm by a metric, costs of tabulate_quoted predictions; NaN: nothing. */
Estimate race_estimate(const Results *results, size_t arm, Metric metric);
/* How a verdict's word is shown. */
void race_look(VerdictWord verdict, Mark *mark, const char **word, Style *style);
/* How an arm stands to the baseline: MARK_LESS, MARK_MORE, MARK_SAME, MARK_UNSURE or
 * MARK_WARNING with its word and style; false where nothing is known (yet). Costs that are
 * measured and accuracies by their verdict, bytes and multiply-adds as counted. */
bool race_standing(const Race *race, size_t arm, Metric metric, Mark *mark, const char **word,
		   Style *style);
/* The rows whose accuracy is drawn: the first that any curve tells it of. */
EpochRows race_rows(const Race *race);
/* Style of a curve. */
Style race_style(size_t curve);

/* What is happening, in one line: "int8 block 7/10", "pruned: prune, epoch 2 of 4". */
#define RACE_STATUS_MAX 256
void race_status(const Race *race, char out[RACE_STATUS_MAX]);

/* For --linear: what the record that was just taken means; lines of at most 80 columns. */
void race_say(Race *race, const json_t *record, const Speech *speech);
/* What the run drew itself, curve by curve. */
void race_say_drawn(const Race *race, const Speech *speech);
/* The table, arm by arm; nothing before the first whole block. */
void race_say_table(const Race *race, const Speech *speech);

/* Replaces a text (owned, never NULL) by that of a JSON field; short of memory it stays. */
void race_keep(char **text, const json_t *object, const char *key);

#endif
