/* The numbers behind verdicts, shared by the word, the stop rule and the claims.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_LAB_VERDICT_INTERNAL_H
#define WATTLE_LAB_VERDICT_INTERNAL_H

#include "lab/verdict.h"

#define VERDICT_ALPHA 0.05 /* for the whole family of comparisons */

/* Arms that are compared with the baseline: neither itself nor its second arm. */
static inline size_t verdict_others(const Plan *plan)
{
	return plan_twin(plan) - 1;
}
/* m = (arms − 1) × (cost metrics with a verdict), at least 1: bytes and multiply-adds are exact,
 * and joules that were not measured get no verdict. */
size_t verdict_family(const Results *results);
/* Why no cost of this metric can be compared; NULL when it can. */
const char *verdict_refusal(const Results *results, Metric metric);

/* False where both tell what they ran on, and it is not the same dataset and split. */
bool verdict_same_data(const Results *results, size_t arm);
/* False where the costs of an arm are of another kind of item than those of the baseline, or of
 * items of other data: no words for them, and nothing waits for their intervals. */
bool verdict_same_work(const Results *results, size_t arm, Metric metric);

/* d = ln(x_arm/x_versus) of the whole blocks where both are known; d holds PLAN_SEEDS_MAX.
 * Returns n. */
size_t verdict_log_ratios(const Results *results, size_t arm, Metric metric, double *d);
/* How the baseline's second arm stands to it. */
#define VERDICT_SELF_ALPHA 0.01
typedef struct SelfTest {
	Metric metric;
	Paired paired; /* of ln(second/first) over the whole blocks */
	double half;   /* of the interval, on the log scale; INFINITY when n < 2 */
	bool differs;  /* it does not hold 0 */
} SelfTest;
/* Of one cost; false when the plan has no such arm or the cost cannot be compared. */
bool verdict_self(const Results *results, Metric metric, SelfTest *out);
/* The first cost by which the baseline differs from itself; false when it does not. */
bool verdict_self_differs(const Results *results, SelfTest *out);
/* The interval of the mean log ratio, 1 − alpha: t, or the bootstrap where the plan asks for it and
 * there are enough pairs. Infinite with fewer than 2. */
typedef struct CostInterval {
	double low, high;
	bool bootstrap;
} CostInterval;
CostInterval verdict_interval(const Results *results, const double *d, const Paired *paired,
			      double alpha);
/* 0.02 … of a cost as a margin on the log scale. */
double verdict_margin(const Plan *plan, Metric metric);

/* Differences of accuracy, as shares (not points). */
typedef struct AccuracyTest {
	size_t n;      /* seeds */
	Paired paired; /* of acc_arm − acc_versus */
	/* Variance of the mean difference that the test set alone causes, at least so large that
	 * the interval reaches −ln(α)/N: "no row in N differs" is as likely as α at that rate of
	 * differing rows (the rule of three: 3/N at 5 %). The design's formula gives 0 there, and
	 * the sentence would promise "at worst 0.0". */
	double v;
	double se;                    /* √(s²/n + v); built once: √v; NaN when n gives no s */
	double t;                     /* t(1 − α, n − 1); built once: the normal's */
	double only_arm, only_versus; /* mean rows a block that one of the two alone gets right */
	size_t rows;
	bool once, hits;
	bool other_rows; /* the arms were not scored on the same rows: nothing else is filled in */
} AccuracyTest;

/* Of two arms, with one-sided bounds at alpha. */
AccuracyTest verdict_accuracy_pair(const Results *results, size_t arm, size_t versus, double alpha);
/* Against the baseline, α = 0.05/verdict_others. */
AccuracyTest verdict_accuracy_test(const Results *results, size_t arm);
/* kept, lost, unsupported or not_resolved at a margin (a share). */
VerdictWord verdict_accuracy_word(const AccuracyTest *test, double margin);

#endif
