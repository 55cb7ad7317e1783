/* Results: what the records of one run say, arm by arm and block by block, ready for analysis.
 *
 * Fed with records in the order in which they were written (live or from a file); unknown types and
 * fields are ignored. Holds no tensors. The verdicts that follow from it are in verdict.h.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_LAB_RESULTS_H
#define WATTLE_LAB_RESULTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "lab/plan.h"

#define RESULTS_LABEL_MAX 64 /* bytes of a scope, a source, the name of a dataset */

/* What an accuracy was scored on. Two accuracies are compared only where all of it is equal. */
typedef struct ScoredRows {
	size_t count; /* 0: not told; so are empty texts */
	char dataset[RESULTS_LABEL_MAX];
	char split[16];  /* "test", "train" */
	char sha256[65]; /* of the dataset and the numbers of the rows, in their order */
} ScoredRows;

/* One measured window of one arm in one block. NaN: absent. */
typedef struct Cell {
	bool there, flagged; /* flagged: CONTENDED or void; not ranked, the block is repeated */
	bool run;            /* the one item is a whole run of a program that told of no items */
	bool diverged;       /* training did; the arm is shown and gets no verdict */
	double time_s;       /* of items predictions */
	uint64_t items;
	/* Gross, of the headline source, of items predictions. */
	double energy_j, energy_low_j, energy_high_j;
	double net_j; /* over idle power */
	/* What building the arm cost, set-up included, before this block was measured. */
	double build_s, build_j, build_low_j, build_high_j;
	uint64_t build_items;   /* predictions that carry it; 0: none does */
	double accuracy;        /* 0 … 1; NaN until the trial record came */
	const uint8_t *hits;    /* one bit a test row, lowest first; NULL: not told; of Results */
	const ScoredRows *rows; /* what accuracy and hits are of; of Results */
	uint64_t seed;
} Cell;

typedef struct ArmResult {
	char name[PLAN_NAME_MAX];
	uint64_t size_bytes, macs; /* of one saved model; of one prediction */
	double accuracy;           /* of the last trial; NaN until one came */
	ScoredRows rows;           /* of the last trial */
	size_t diverged;           /* scored blocks in which it diverged */
	Cell *cells;  /* one a whole block, in block order; valid until the next take */
	Cell *scores; /* one a scored block, likewise: no window, but what the trial tells */
} ArmResult;

typedef struct Results Results;

Results *results_new(Err *err);
void results_free(Results *results);

/* Takes one record (borrowed). ERR_FORMAT names the field when a record that matters is
 * malformed; the rest of what was taken stays valid. */
bool results_take(Results *results, const json_t *record, Err *err);

/* NULL until a run-begin with a plan came. */
const Plan *results_plan(const Results *results);
uint64_t results_seed(const Results *results); /* of the run; 0 when not told */
/* Whole blocks: every arm has its window and its trial of the block's last attempt, none
 * flagged. Warm-up blocks never count. Where the arms are built once, the arm's one trial serves
 * every block; an arm that diverged needs no window. */
size_t results_blocks(const Results *results);
/* Scored blocks: every arm has a trial, whatever its windows were like: accuracy does not depend on
 * who else used the machine. 1 where the arms are built once and all have theirs. */
size_t results_scored(const Results *results);
/* The attempt at a block that is to come: 0 when nothing of it was recorded; −1 when it is
 * through: whole, or spoiled in the plan's last attempt, too. What was broken off does not count
 * as a try. */
int results_next_attempt(const Results *results, size_t block);
size_t results_repeated(const Results *results); /* blocks that a gate repeated */
/* Blocks that the plan's last attempt left spoiled: they are not whole and never will be. */
size_t results_disturbed(const Results *results);
bool results_measured(const Results *results); /* a window or a trial came */
/* Rows of the first trial that tells them, and their split: "test" (also when not told), "train",
 * "mixed" when the trials differ. */
size_t results_test_rows(const Results *results);
const char *results_split(const Results *results);
/* Whether the accuracies of two arms can be compared: in each scored block on the same rows, in all
 * on as many. */
bool results_same_rows(const Results *results, size_t arm, size_t versus);
/* Whether an item of one is what an item of the other is, as far as is known: a whole run of a
 * program and a prediction are not. */
bool results_same_work(const Results *results, size_t arm, size_t versus);
/* Whether every window, of an arm or of all, is a whole run of a program. */
bool results_arm_runs(const Results *results, size_t arm);
bool results_runs(const Results *results);
/* Whether an item of one arm is not what an item of another is: their costs have no order. */
bool results_mixed_work(const Results *results);
/* NULL without a plan or without such an arm. */
const ArmResult *results_arm(const Results *results, size_t arm);
/* Of the energy: "measured", "modelled", "attributed" or "none"; its scope and source as
 * recorded. */
const char *results_provenance(const Results *results);
const char *results_scope(const Results *results);
const char *results_source(const Results *results);
bool results_replayed(const Results *results); /* some joules are a replay of another run's */
bool results_mixed_energy(
	const Results *results); /* the source or the scope changed within the run */
/* Whether the joules may stand as measured ones: by one source, here and now. A replay keeps the
 * provenance of what it replays, and was not measured here. */
bool results_joules_measured(const Results *results);
/* One item's cost in a cell: seconds or joules; NaN when absent. Where the plan charges the build,
 * with the item's share of it. For bytes and macs use the ArmResult. */
double results_cell_cost(const Cell *cell, Metric metric);

/* The arm's joules over idle power for one prediction by those of versus, over the whole blocks;
 * NaN unless both were measured in all of them. Gross joules rank; where this lies on the other
 * side of 1, that is to be said. */
double results_net_ratio(const Results *results, size_t arm, size_t versus);

/* Seconds and joules for 10,000 predictions over the whole blocks: mean with its t interval (95
 * %), and n. NaN bounds when n < 2 (but bytes and macs are exact: low = high = value). The
 * energy's interval also covers the source's own error; of one block it is that alone. */
typedef struct Estimate {
	double value, low, high;
	size_t n;
} Estimate;
Estimate results_cost(const Results *results, size_t arm, Metric metric, double per_items);
/* Accuracy, mean over the scored blocks (before the first: of the last trial), with its 95 % Wilson
 * interval over the arm's rows (n: rows). */
Estimate results_accuracy(const Results *results, size_t arm);

/* What making the model cost before the measured work, set-up included: seconds or joules, the
 * mean over the scored blocks with its t interval and n; the joules' interval also covers the
 * source's own error. What was not told is NaN. Bytes and multiply-adds have none. */
Estimate results_build_cost(const Results *results, size_t arm, Metric metric);

/* The conditions of an experiment: each combination of the levels of its factors is a comparison of
 * its own, never pooled with another. Without factors there is one, which is results itself and has
 * the name "". Names read "dataset=digits threads=2". With factors all else but the plan, the seed
 * and results_measured is asked of a condition; it is a Results with one condition, itself. */
size_t results_conditions(const Results *results);
const Results *results_condition(const Results *results, size_t condition);
const char *results_condition_name(const Results *results, size_t condition);
/* Which of the conditions this one is; −1 without factors. */
int results_condition_index(const Results *results);

/* True when a window record has one of the plan's gates, of its own or of its energy. */
bool results_window_void(const json_t *window);

#endif
