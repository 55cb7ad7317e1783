/* The best arm, by comparing the leader with each other arm.
 * SPDX-License-Identifier: MIT */
#include "lab/best.h"

#include <math.h>
#include <string.h>

#include "lab/stats.h"
#include "lab/verdict_internal.h"

#define BEST_ALPHA 0.05

static bool exact(Metric metric)
{
	return metric == METRIC_BYTES || metric == METRIC_MACS;
}

/* What is smaller is better. */
static double badness(const Results *results, size_t arm, Metric metric)
{
	if (results_arm(results, arm)->diverged)
		return NAN;
	if (metric == METRIC_ACCURACY)
		return -results_accuracy(results, arm).value;
	return results_cost(results, arm, metric, 1).value;
}

static bool cost_better(const Results *results, size_t a, size_t b, Metric metric, double alpha)
{
	double d[PLAN_SEEDS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < results_blocks(results); i++) {
		double x = results_cell_cost(&results_arm(results, a)->cells[i], metric);
		double y = results_cell_cost(&results_arm(results, b)->cells[i], metric);

		if (x > 0 && y > 0)
			d[n++] = log(x / y);
	}
	if (n < VERDICT_PAIRS_MIN)
		return false;
	Paired paired = stats_paired(d, n);

	return paired.mean + stats_half_width(&paired, alpha) < 0;
}

static bool accuracy_better(const Results *results, size_t a, size_t b, double alpha)
{
	AccuracyTest test = verdict_accuracy_pair(results, a, b, alpha / 2);

	return test.n && test.hits && test.paired.mean - test.t * test.se > 0;
}

static bool is_better(const Results *results, size_t a, size_t b, Metric metric, double alpha)
{
	if (exact(metric))
		return badness(results, a, metric) < badness(results, b, metric);
	if (metric == METRIC_ACCURACY)
		return accuracy_better(results, a, b, alpha);
	return cost_better(results, a, b, metric, alpha);
}

size_t best_arm(const Results *results, Metric metric)
{
	const Plan *plan = results_plan(results);
	size_t arms = plan ? plan->arms : 0, others = plan ? plan_twin(plan) : 0, leader = 0;

	if (plan && plan->blocked)
		return arms;
	if (metric == METRIC_ENERGY && (strcmp(results_provenance(results), "measured") != 0 ||
					results_mixed_energy(results) || results_replayed(results)))
		return arms;
	for (size_t i = 0; i < others; i++) {
		double value = badness(results, i, metric);

		if (isnan(value))
			return arms;
		if (value < badness(results, leader, metric))
			leader = i;
	}
	for (size_t i = 0; i < others; i++)
		if (i != leader &&
		    !is_better(results, leader, i, metric, BEST_ALPHA / (double)(others - 1)))
			return arms;
	return arms ? leader : 0;
}
