/* When a run may stop, what becomes of its claims, and its exit status.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "lab/verdict_internal.h"

static bool cost_narrow(const Results *results, size_t arm, Metric metric)
{
	const Plan *plan = results_plan(results);
	double d[PLAN_SEEDS_MAX];
	Paired paired = stats_paired(d, verdict_log_ratios(results, arm, metric, d));
	CostInterval interval = verdict_interval(results, d, &paired,
						 VERDICT_ALPHA / (double)verdict_family(results));

	return (interval.high - interval.low) / 2 <= verdict_margin(plan, metric) / 2;
}

/* t·s/√n only: more blocks do not make the test set any larger. */
static bool accuracy_narrow(const Results *results, size_t arm)
{
	const Plan *plan = results_plan(results);
	AccuracyTest test = verdict_accuracy_test(results, arm);

	return test.once || test.other_rows ||
	       stats_half_width(&test.paired, VERDICT_ALPHA / (double)verdict_others(plan)) <=
		       plan->margin_accuracy_pt / 100 / 2;
}

static bool narrow(const Results *results, size_t arm, Metric metric)
{
	if (metric == METRIC_BYTES || metric == METRIC_MACS || verdict_refusal(results, metric) ||
	    !verdict_same_work(results, arm, metric))
		return true;
	return metric == METRIC_ACCURACY ? accuracy_narrow(results, arm)
					 : cost_narrow(results, arm, metric);
}

bool verdict_stop(const Results *results)
{
	const Plan *plan = results_plan(results);
	size_t blocks = results_blocks(results);

	if (!plan || blocks < plan->blocks_min)
		return false;
	if (blocks >= plan->blocks_max)
		return true;
	if (plan->blocked) /* that many were asked for, and nothing depends on them */
		return false;
	bool hopeless = results_arm(results, plan->versus)->diverged;
	for (size_t arm = 0; !hopeless && arm < plan_twin(plan); arm++)
		for (size_t i = 0; i < plan->primaries; i++)
			if (arm != plan->versus && !results_arm(results, arm)->diverged &&
			    !narrow(results, arm, plan->primary[i]))
				return false;
	return true;
}

/* The rule for below; above is its mirror. */
static ClaimState ratio_state(const Results *results, const PlanClaim *claim)
{
	double d[PLAN_SEEDS_MAX], limit = log(claim->value);
	Paired paired = stats_paired(d, verdict_log_ratios(results, claim->arm, claim->metric, d));
	CostInterval interval = verdict_interval(results, d, &paired,
						 VERDICT_ALPHA / (double)verdict_family(results));
	SelfTest self;

	if (paired.n < VERDICT_PAIRS_MIN || verdict_self_differs(results, &self) ||
	    !verdict_same_work(results, claim->arm, claim->metric))
		return CLAIM_OPEN;
	if (interval.high < limit)
		return claim->kind == CLAIM_BELOW ? CLAIM_HOLDS : CLAIM_REFUTED;
	if (interval.low > limit)
		return claim->kind == CLAIM_ABOVE ? CLAIM_HOLDS : CLAIM_REFUTED;
	return CLAIM_OPEN;
}

static ClaimState exact_state(const Results *results, const PlanClaim *claim)
{
	double b = results_cost(results, claim->arm, claim->metric, 1).value;
	double a = results_cost(results, results_plan(results)->versus, claim->metric, 1).value;

	if (!(a > 0 && b > 0))
		return CLAIM_OPEN;
	bool holds = claim->kind == CLAIM_BELOW ? b / a < claim->value : b / a > claim->value;
	return holds ? CLAIM_HOLDS : CLAIM_REFUTED;
}

static ClaimState accuracy_state(const Results *results, const PlanClaim *claim)
{
	AccuracyTest test = verdict_accuracy_test(results, claim->arm);
	VerdictWord word =
		test.n ? verdict_accuracy_word(&test, claim->value / 100) : VERDICT_NOT_RESOLVED;

	/* Without an interval (one seed, no test rows) every comparison is false and the word is
	 * not_resolved. */
	return word == VERDICT_KEPT   ? CLAIM_HOLDS
	       : word == VERDICT_LOST ? CLAIM_REFUTED
				      : CLAIM_OPEN;
}

ClaimState verdict_claim(const Results *results, const PlanClaim *claim)
{
	const Plan *plan = results_plan(results);

	if (!plan || claim->arm >= plan->arms || claim->arm == plan->versus || plan->blocked)
		return CLAIM_OPEN;
	bool needs_meter = claim->requires_measured || claim->metric == METRIC_ENERGY;
	if (needs_meter && verdict_refusal(results, METRIC_ENERGY))
		return CLAIM_NO_METER;
	if (results_arm(results, claim->arm)->diverged ||
	    results_arm(results, plan->versus)->diverged)
		return CLAIM_OPEN;
	if (claim->kind == CLAIM_NOT_WORSE_BY_PT)
		return accuracy_state(results, claim);
	if (claim->metric == METRIC_BYTES || claim->metric == METRIC_MACS)
		return exact_state(results, claim);
	return ratio_state(results, claim);
}

/* Each claim in each condition. */
static int claims_status(const Results *results, const Plan *plan)
{
	bool refuted = false, no_meter = false, open = false;

	for (size_t i = 0; i < plan->claims * results_conditions(results); i++) {
		const Results *condition = results_condition(results, i / plan->claims);
		ClaimState state = verdict_claim(condition, &plan->claim[i % plan->claims]);
		refuted |= state == CLAIM_REFUTED;
		no_meter |= state == CLAIM_NO_METER;
		open |= state == CLAIM_OPEN;
	}
	if (refuted)
		return err_exit_status(ERR_CLAIM);
	if (no_meter)
		return err_exit_status(ERR_NEED);
	return open ? VERDICT_EXIT_INCONCLUSIVE : 0;
}

static bool decided(const Verdict *v, const Results *results)
{
	switch (v->word) {
	case VERDICT_BETTER:
	case VERDICT_WORSE:
	case VERDICT_SAME:
	case VERDICT_KEPT:
	case VERDICT_LOST:
		return true;
	case VERDICT_NONE: /* nothing that this machine could have measured is missing */
		return verdict_refusal(results, v->metric) && !results_plan(results)->blocked;
	default:
		return false;
	}
}

/* The word on the one arm that is the other one again. */
static VerdictWord again_word(const Results *results, Metric metric)
{
	Verdict verdict;

	verdict_make(&verdict, results, results_plan(results)->versus ? 0 : 1, metric);
	return verdict.word;
}

/* An arm against itself: 0 when nothing claims a difference, which is how it has to be. */
static int again_status(const Results *results, const Plan *plan)
{
	bool open = false;

	for (size_t k = 0; k < results_conditions(results); k++) {
		const Results *condition = results_condition(results, k);
		open |= results_blocks(condition) < VERDICT_PAIRS_MIN;
		/* No word is claimed then, but for want of anything to compare. */
		for (size_t arm = 0; arm < plan->arms; arm++)
			open |= results_arm(condition, arm)->diverged > 0;
		for (size_t i = 0; i < plan->primaries; i++) {
			VerdictWord word = again_word(condition, plan->primary[i]);
			if (word == VERDICT_BETTER || word == VERDICT_WORSE || word == VERDICT_LOST)
				return err_exit_status(ERR_CLAIM);
		}
	}
	return open ? VERDICT_EXIT_INCONCLUSIVE : 0;
}

static bool all_decided(const Results *results)
{
	const Plan *plan = results_plan(results);
	Verdict verdict;

	for (size_t arm = 0; arm < plan_twin(plan); arm++)
		for (size_t i = 0; arm != plan->versus && i < plan->primaries; i++) {
			verdict_make(&verdict, results, arm, plan->primary[i]);
			if (!decided(&verdict, results))
				return false;
		}
	return true;
}

int verdict_exit_status(const Results *results)
{
	const Plan *plan = results_plan(results);

	if (plan && plan->again)
		return again_status(results, plan);
	if (plan && plan->claims)
		return claims_status(results, plan);
	for (size_t k = 0; plan && k < results_conditions(results); k++)
		if (!all_decided(results_condition(results, k)))
			return VERDICT_EXIT_INCONCLUSIVE;
	return plan ? 0 : VERDICT_EXIT_INCONCLUSIVE;
}
