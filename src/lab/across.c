/* Wilcoxon's signed-rank test over datasets.
 * SPDX-License-Identifier: MIT */
#include "lab/across.h"

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "lab/verdict_internal.h"

/* With fewer the test cannot fall below 0.05. */
#define DESCRIPTIVE_DATASETS 6

static bool is_dataset(const Plan *plan, size_t factor)
{
	return strcmp(plan->factor[factor].name, "dataset") == 0;
}

/* Whether two conditions differ in the dataset alone, or not at all. */
static bool same_but_dataset(const Plan *plan, size_t one, size_t other)
{
	for (size_t f = 0; f < plan->factors; f++)
		if (!is_dataset(plan, f) && plan_level(plan, one, f) != plan_level(plan, other, f))
			return false;
	return true;
}

/* The mean difference of a condition, below 0 where the arm costs less; of accuracy, above 0 where it
 * is right more often. NaN where nothing may be said. */
static double difference(const Results *condition, size_t arm, Metric metric)
{
	double d[PLAN_SEEDS_MAX];
	size_t versus = results_plan(condition)->versus;

	if (results_arm(condition, arm)->diverged || results_arm(condition, versus)->diverged)
		return NAN;
	if (metric == METRIC_ACCURACY) {
		AccuracyTest test = verdict_accuracy_test(condition, arm);
		return test.other_rows ? NAN : test.paired.mean;
	}
	if (verdict_refusal(condition, metric))
		return NAN;
	return stats_mean(d, verdict_log_ratios(condition, arm, metric, d));
}

/* ", threads=2" : the factors that are held. */
static void held_text(char *out, size_t cap, const Plan *plan, size_t condition)
{
	size_t len = 0;

	*out = '\0';
	for (size_t f = 0; f < plan->factors && len + 1 < cap; f++)
		if (!is_dataset(plan, f))
			len += text_format(out + len, cap - len, ", %s=%s", plan->factor[f].name,
					   plan_level(plan, condition, f)->text);
}

static void say(Across *across, const Plan *plan)
{
	static const char *const doing[METRIC_COUNT] = {
		[METRIC_TIME] = "takes less time",
		[METRIC_ENERGY] = "uses less energy",
		[METRIC_ACCURACY] = "is right more often",
	};
	char held[128];

	held_text(held, sizeof held, plan, across->condition);
	text_format(across->sentence, sizeof across->sentence,
		    "Over %zu datasets%s: %s %s on %zu (Wilcoxon's signed ranks, p = %.2g%s).",
		    across->datasets, held, plan->arm[across->arm], doing[across->metric],
		    across->better, isnan(across->test.p) ? 1 : across->test.p,
		    across->test.n < DESCRIPTIVE_DATASETS ? "; descriptive" : "");
}

/* False when fewer than two datasets have a number. */
static bool make(Across *out, const Results *results, size_t first, size_t arm, Metric metric)
{
	const Plan *plan = results_plan(results);
	double d[STATS_WILCOXON_MAX];

	*out = (Across){ .arm = arm, .metric = metric, .condition = first };
	for (size_t k = first; k < results_conditions(results); k++) {
		double mean = same_but_dataset(plan, first, k)
				      ? difference(results_condition(results, k), arm, metric)
				      : NAN;
		if (isnan(mean) || out->datasets == STATS_WILCOXON_MAX)
			continue;
		d[out->datasets++] = mean;
		out->better += metric == METRIC_ACCURACY ? mean > 0 : mean < 0;
	}
	out->test = stats_wilcoxon(d, out->datasets);
	if (out->datasets >= 2)
		say(out, plan);
	return out->datasets >= 2;
}

/* Whether no condition before this one differs from it in the dataset alone. */
static bool is_first(const Plan *plan, size_t condition)
{
	for (size_t k = 0; k < condition; k++)
		if (same_but_dataset(plan, k, condition))
			return false;
	return true;
}

size_t across_datasets(Across *out, const Results *results)
{
	const Plan *plan = results_plan(results);
	size_t n = 0;

	for (size_t k = 0; plan && k < results_conditions(results); k++)
		for (size_t arm = 0; is_first(plan, k) && arm < plan_twin(plan); arm++)
			for (size_t i = 0; arm != plan->versus && i < plan->primaries; i++) {
				Metric metric = plan->primary[i];
				bool counted = metric == METRIC_BYTES || metric == METRIC_MACS;
				if (!counted && n < ACROSS_MAX)
					n += make(&out[n], results, k, arm, metric);
			}
	return n;
}
