/* Verdicts: what an experiment lets one say, and the sentence that says it. Every rule, margin and
 * formula is of the design's statistics (randomised paired blocks, t intervals on log ratios, exact
 * tests beside them).
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_LAB_VERDICT_H
#define WATTLE_LAB_VERDICT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "lab/plan.h"
#include "lab/results.h"
#include "lab/stats.h"

/* costs: better worse same not_resolved; accuracy: kept lost not_resolved unsupported; none with
 * a why. */
typedef enum VerdictWord {
	VERDICT_NONE,
	VERDICT_BETTER,
	VERDICT_WORSE,
	VERDICT_SAME,
	VERDICT_NOT_RESOLVED,
	VERDICT_KEPT,
	VERDICT_LOST,
	VERDICT_UNSUPPORTED,
} VerdictWord;

typedef struct Verdict {
	size_t arm, versus;
	Metric metric;
	VerdictWord word;
	char why[PLAN_TEXT_MAX]; /* for VERDICT_NONE */
	bool exploratory;        /* not a primary metric: numbers, but never a word */
	bool exact;              /* bytes and multiply-adds: counted, no interval */
	size_t n; /* pairs of whole blocks; accuracy of arms that are built once: 1 */
	/* Costs: x_arm/x_versus and its interval at level. Accuracy: points. */
	double ratio, low, high;
	/* 0.95, 0.90 for "same", 1 − 0.05/m …; accuracy: 1 − 2·0.05/(arms − 1), both bounds being
	 * one-sided. */
	double level;
	bool bootstrap; /* how the interval was made, asked for and from PLAN_BOOTSTRAP_BLOCKS on; else by t */
	size_t family;  /* m: how many comparisons share the 5 % */
	double margin;  /* ratio or points */
	double visible; /* smallest difference this run could show (ratio − 1); accuracy: NaN */
	double median_ratio;
	double p_sign_flip, p_mcnemar; /* beside, never deciding; NaN: not applicable */
	double p_holm; /* of p_sign_flip within all the run's costs; NaN until verdict_make_all */
	/* Costs: the share of blocks in which arm costs less, ties half, with Wilson's 95 %. */
	double better, better_low, better_high;
	bool usually; /* "usually better": share 0.75 or more, and its lower bound over 0.5 */
	double spikes_arm, spikes_versus; /* share of windows far above their arm's median */
	size_t outliers, severe;          /* among the log ratios; none is ever dropped */
	/* Accuracy: test rows that only one of the two gets right, mean over the blocks. */
	uint64_t only_arm, only_versus;
	/* Accuracy: no row-by-row hits; the arms' errors were taken as independent
	 * (conservative). */
	bool no_hits;
	char sentence[512];
} Verdict;

#define VERDICT_PAIRS_MIN 10 /* fewer pairs never give better, worse or same */
#define VERDICTS_MAX (PLAN_ARMS_MAX * METRIC_COUNT)
#define VERDICT_EXIT_INCONCLUSIVE 6

const char *verdict_name(VerdictWord word);

/* The verdict on one arm and one primary metric. Never fails: what cannot be said has the word
 * none and a why. */
void verdict_make(Verdict *out, const Results *results, size_t arm, Metric metric);

/* Of one condition, as is all that follows but verdict_exit_status: every verdict of the run,
 * arm by arm in the plan's order of primary metrics, with Holm's adjustment of the costs' p
 * beside. out holds VERDICTS_MAX. Returns how many; 0 without a plan. */
size_t verdict_make_all(Verdict *out, const Results *results);

/* Where the baseline ran twice: how its two measurements of a cost compare, as a sentence, and
 * whether they differ. False when it did not, or the cost cannot be compared. */
#define VERDICT_SELF_MAX 256
bool verdict_self_text(const Results *results, Metric metric, char out[VERDICT_SELF_MAX],
		       bool *differs);

/* Drift of a cost over the run: the blocks' geometric means over the arms, in block order. */
Drift verdict_drift(const Results *results, Metric metric);

/* The record without v, type and t_ns: every number behind the sentence. New reference. */
json_t *verdict_json(const Verdict *verdict, const Results *results);

/* True when every primary half-width that can be had is within half its margin and there are at
 * least blocks_min blocks, or blocks_max is reached. Never looks at p. Joules that were not
 * measured and arms that diverged do not hold a run up. */
bool verdict_stop(const Results *results);

typedef enum ClaimState { CLAIM_HOLDS, CLAIM_REFUTED, CLAIM_NO_METER, CLAIM_OPEN } ClaimState;
/* below, above: the whole interval lies on the right side (holds) or the wrong side (refuted) of
 * the ratio, from VERDICT_PAIRS_MIN pairs on. not_worse_by_pt: the accuracy is kept or lost at
 * that margin. */
ClaimState verdict_claim(const Results *results, const PlanClaim *claim);
/* The exit status of the whole run, over all its conditions. Of an arm against itself
 * (plan->again): 1 when a difference is claimed, 0 when none is, VERDICT_EXIT_INCONCLUSIVE while
 * there are too few blocks to claim one, or an arm diverged. With claims: every one holds in each 0; one refuted 1;
 * else no meter 4; else VERDICT_EXIT_INCONCLUSIVE. Without: 0 when every primary cost is better,
 * worse or same and every accuracy kept or lost, else VERDICT_EXIT_INCONCLUSIVE; joules that were
 * not measured never spoil it. */
int verdict_exit_status(const Results *results);

#endif
