/* What the records of a run let one say of its arms: verdicts of every metric that is known,
 * claims, drift, the Pareto front.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "lab/pareto.h"
#include "lab/tabulate.h"
#include "ui/views/compare/compare.h"

const Results *compare_results(const Race *race)
{
	return race->plan ? race->results : NULL;
}

bool compare_known(const Results *results, Metric metric)
{
	for (size_t arm = 0; results_arm(results, arm); arm++)
		if (isfinite(race_estimate(results, arm, metric).value))
			return true;
	return false;
}

Metric compare_x(const Results *results, const CompareLook *look)
{
	if (look->x_chosen)
		return look->x;
	/* Modelled joules rank nothing unless one asks for them. */
	return results_joules_measured(results) ? METRIC_ENERGY : METRIC_TIME;
}

/* Joules over idle power, mean over the blocks; NaN unless all have them. */
static double net_joules(const Results *results, const ArmResult *arm)
{
	size_t blocks = results_blocks(results);
	double sum = 0;

	for (size_t b = 0; b < blocks; b++)
		sum += arm->cells[b].items ? arm->cells[b].net_j / (double)arm->cells[b].items
					   : NAN;
	return blocks ? tabulate_quoted(results) * sum / (double)blocks : NAN;
}

Estimate compare_estimate(const Results *results, const CompareLook *look, size_t arm,
			  Metric metric)
{
	if (metric == METRIC_ENERGY && look->net && results_arm(results, arm))
		return (Estimate){ net_joules(results, results_arm(results, arm)), NAN, NAN, 0 };
	return race_estimate(results, arm, metric);
}

static bool is_amount(Metric metric)
{
	return metric == METRIC_TIME || metric == METRIC_ENERGY;
}

void compare_front(bool on[PLAN_ARMS_MAX], const Results *results, const CompareLook *look)
{
	double cost[PLAN_ARMS_MAX], score[PLAN_ARMS_MAX];
	size_t arms = 0;

	for (; results_arm(results, arms); arms++) {
		Metric x = compare_x(results, look);
		cost[arms] = compare_estimate(results, look, arms, x).value;
		score[arms] = compare_estimate(results, look, arms, look->y).value;
		/* A whole run and a prediction have no order. */
		if (is_amount(x) && results_mixed_work(results))
			cost[arms] = NAN;
		if (is_amount(look->y) && results_mixed_work(results))
			score[arms] = NAN;
		if (!metric_is_cost(x))
			cost[arms] = -cost[arms];
		if (metric_is_cost(look->y))
			score[arms] = -score[arms];
	}
	pareto_front(on, cost, score, arms);
}

static void say_dominated(Judged *judged, const CompareLook *look)
{
	bool on[PLAN_ARMS_MAX];
	Metric x = compare_x(judged->results, look);
	size_t len = 0, cap = sizeof judged->dominated, off = 0;
	const ArmResult *arm;

	judged->dominated[0] = '\0';
	if (!judged->blocks || !compare_known(judged->results, x) ||
	    !compare_known(judged->results, look->y))
		return;
	compare_front(on, judged->results, look);
	for (size_t i = 0; (arm = results_arm(judged->results, i)); i++) {
		if (on[i] || isnan(compare_estimate(judged->results, look, i, x).value))
			continue;
		len += text_format(judged->dominated + len, cap - len, "%s%s",
				   off++ ? ", " : "Dominated: ", arm->name);
	}
	text_format(judged->dominated + len, cap - len, "%s (by %s and %s)",
		    off ? "" : "No arm is dominated", metric_name(look->y), metric_name(x));
}

/* The verdicts that the plan asked for, then those of other metrics, which get no word unless they
 * are counted. Returns how many; *asked: how many of the plan. */
static size_t make_all(Verdict *out, const Results *results, size_t *asked)
{
	const Plan *plan = results_plan(results);
	size_t n = *asked = verdict_make_all(out, results);

	for (Metric metric = 0; metric < METRIC_COUNT; metric++) {
		bool primary = false;
		for (size_t i = 0; i < plan->primaries; i++)
			primary |= plan->primary[i] == metric;
		for (size_t arm = 0; !primary && arm < plan->arms && n < VERDICTS_MAX; arm++)
			if (arm != plan->versus)
				verdict_make(&out[n++], results, arm, metric);
	}
	return n;
}

/* Where a metric stands among the rows: primary costs as the plan has them, others, what is
 * counted, accuracy. */
static int rank(const Plan *plan, Metric metric)
{
	if (metric == METRIC_ACCURACY)
		return 100;
	if (metric == METRIC_BYTES || metric == METRIC_MACS)
		return 50 + (int)metric;
	for (size_t i = 0; i < plan->primaries; i++)
		if (plan->primary[i] == metric)
			return (int)i;
	return 20 + (int)metric;
}

/* Stable, by rank; sentence[i] goes on to point at the verdict that was the i-th. */
static void sort_rows(Judged *judged, const Plan *plan)
{
	size_t at[VERDICTS_MAX];

	for (size_t i = 0; i < judged->verdicts; i++)
		at[i] = i;
	for (size_t i = 1; i < judged->verdicts; i++)
		for (size_t k = i; k > 0 && rank(plan, judged->verdict[k - 1].metric) >
						    rank(plan, judged->verdict[k].metric);
		     k--) {
			Verdict swap = judged->verdict[k];
			size_t index = at[k];
			judged->verdict[k] = judged->verdict[k - 1];
			judged->verdict[k - 1] = swap;
			at[k] = at[k - 1];
			at[k - 1] = index;
		}
	for (size_t i = 0; i < judged->verdicts; i++)
		if (at[i] < judged->primaries)
			judged->sentence[at[i]] = i;
}

/* For the table, which shows the words of a race. */
static void keep_words(Judged *judged)
{
	memset(&judged->words, 0, sizeof judged->words);
	for (size_t i = 0; i < judged->verdicts; i++) {
		const Verdict *verdict = &judged->verdict[i];
		judged->words.word[verdict->arm][verdict->metric] = verdict->word;
		judged->words.told[verdict->arm][verdict->metric] = true;
	}
}

static void judge_rest(Judged *judged, const Plan *plan)
{
	const Results *results = judged->results;

	judged->any_net = false;
	for (size_t arm = 0; arm < plan->arms; arm++) {
		judged->net[arm] = results_net_ratio(results, arm, plan->versus);
		judged->any_net |= isfinite(judged->net[arm]);
	}
	for (size_t i = 0; i < plan->claims; i++)
		judged->claim[i] = verdict_claim(results, &plan->claim[i]);
	judged->drift[METRIC_TIME] = verdict_drift(results, METRIC_TIME);
	judged->drift[METRIC_ENERGY] = verdict_drift(results, METRIC_ENERGY);
}

void compare_judge(Judged *judged, const Race *race, const CompareLook *look)
{
	const Results *results = compare_results(race);
	size_t blocks = results ? results_blocks(results) : 0,
	       scored = results ? results_scored(results) : 0,
	       disturbed = results ? results_disturbed(results) : 0;
	bool ended = race->phase == RACE_ENDED;

	if (results != judged->results || blocks != judged->blocks || scored != judged->scored ||
	    disturbed != judged->disturbed || ended != judged->ended) {
		judged->results = results;
		judged->blocks = blocks;
		judged->scored = scored;
		judged->disturbed = disturbed;
		judged->ended = ended;
		judged->said = false;
		judged->verdicts = judged->primaries = 0;
		if (results && (blocks || scored)) {
			judged->verdicts = make_all(judged->verdict, results, &judged->primaries);
			sort_rows(judged, results_plan(results));
		}
		keep_words(judged);
		if (results)
			judge_rest(judged, results_plan(results));
	}
	judged->dominated[0] = '\0';
	if (results)
		say_dominated(judged, look);
}
