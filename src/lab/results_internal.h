/* The inside of Results, shared by the two files that fill it and read it.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_LAB_RESULTS_INTERNAL_H
#define WATTLE_LAB_RESULTS_INTERNAL_H

#include "lab/results.h"

/* What one arm did in one block: the latest attempt's window and trial. */
typedef struct Entry {
	bool window, trial; /* came */
	uint64_t window_attempt, trial_attempt;
	Cell cell;
	uint8_t *hits;   /* owned; cell.hits points here */
	ScoredRows rows; /* cell.rows points here */
} Entry;

typedef enum Provenance {
	PROVENANCE_NONE,
	PROVENANCE_MODELLED,
	PROVENANCE_ATTRIBUTED,
	PROVENANCE_MEASURED,
} Provenance;

struct Results {
	/* With factors: one for each condition, and what follows is empty but for the plan. */
	Results *condition[PLAN_CONDITIONS_MAX];
	int index;                     /* of this condition; −1: there are no factors */
	char name[PLAN_CONDITION_MAX]; /* of this condition */
	bool planned;
	Plan plan;
	uint64_t seed;
	Entry *blocks[PLAN_SEEDS_MAX];  /* plan.arms entries each; NULL until its first record */
	bool counted[PLAN_SEEDS_MAX];   /* the block is whole and in the lists of cells */
	bool has_score[PLAN_SEEDS_MAX]; /* … has every arm's trial and is in the lists of scores */
	Entry built[PLAN_ARMS_MAX];     /* the trial of an arm that is built once */
	ArmResult arms[PLAN_ARMS_MAX];
	size_t whole, scored, test_rows;
	bool measured, split_mixed;
	char split[16];
	Provenance provenance; /* the lowest seen; meaningless until energy */
	bool energy, mixed, replayed;
	char scope[RESULTS_LABEL_MAX], source[RESULTS_LABEL_MAX];
};

/* The entry of an arm in a block, made on demand; NULL and ERR_MEMORY. */
Entry *results_entry(Results *results, size_t arm, size_t block, Err *err);
/* After a change of a block: rebuilds the lists of counted cells if that matters to them. */
void results_changed(Results *results, size_t block);
/* Rebuilds the lists of counted cells. */
void results_recount(Results *results);
/* Forgets every block: what comes now is counted from the beginning. */
void results_forget(Results *results);

#endif
