/* The numbers behind verdicts: log ratios of costs, differences of accuracy, sizes of families.
 * SPDX-License-Identifier: MIT */
#include "lab/verdict_internal.h"

#include <math.h>
#include <string.h>

/* A hundred updates of the fastest sensor, one a millisecond: in less, the joules are those of its
 * ticks. */
#define JOULES_WINDOW_S 0.1

static bool too_short_for_joules(const Results *results)
{
	for (size_t a = 0; a < results_plan(results)->arms; a++)
		for (size_t i = 0; i < results_blocks(results); i++)
			if (results_arm(results, a)->cells[i].time_s < JOULES_WINDOW_S)
				return true;
	return false;
}

const char *verdict_refusal(const Results *results, Metric metric)
{
	const char *provenance = results_provenance(results);

	if (metric != METRIC_ENERGY)
		return NULL;
	if (strcmp(provenance, "none") == 0)
		return "no energy was measured or modelled";
	if (results_mixed_energy(results))
		return "the source of energy changed within the run";
	if (results_replayed(results))
		return "energy was replayed, not measured";
	if (strcmp(provenance, "modelled") == 0)
		return "energy was not measured";
	if (strcmp(provenance, "attributed") == 0)
		return "energy was attributed, not measured";
	if (too_short_for_joules(results))
		return "windows under 0.1 s are too short for joules";
	return NULL;
}

size_t verdict_family(const Results *results)
{
	const Plan *plan = results_plan(results);
	size_t costs = 0;

	for (size_t i = 0; i < plan->primaries; i++) {
		Metric metric = plan->primary[i];
		costs += (metric == METRIC_TIME || metric == METRIC_ENERGY) &&
			 !verdict_refusal(results, metric);
	}
	return verdict_others(plan) * (costs ? costs : 1);
}

double verdict_margin(const Plan *plan, Metric metric)
{
	return log1p(metric == METRIC_ENERGY ? plan->margin_energy : plan->margin_time);
}

static bool same_word(const char *one, const char *other)
{
	return !*one || !*other || strcmp(one, other) == 0;
}

bool verdict_same_data(const Results *results, size_t arm)
{
	const ScoredRows *b = &results_arm(results, arm)->rows,
			 *a = &results_arm(results, results_plan(results)->versus)->rows;

	return same_word(b->dataset, a->dataset) && same_word(b->split, a->split);
}

bool verdict_same_work(const Results *results, size_t arm, Metric metric)
{
	return (metric != METRIC_TIME && metric != METRIC_ENERGY) ||
	       (results_same_work(results, arm, results_plan(results)->versus) &&
		verdict_same_data(results, arm));
}

size_t verdict_log_ratios(const Results *results, size_t arm, Metric metric, double *d)
{
	const ArmResult *b = results_arm(results, arm);
	const ArmResult *a = results_arm(results, results_plan(results)->versus);
	size_t n = 0;

	for (size_t i = 0; i < results_blocks(results); i++) {
		double x = results_cell_cost(&b->cells[i], metric),
		       y = results_cell_cost(&a->cells[i], metric);
		/* A difference of logarithms: swapping the arms flips exactly the sign. */
		if (isfinite(x) && isfinite(y))
			d[n++] = log(x) - log(y);
	}
	return n;
}

bool verdict_self(const Results *results, Metric metric, SelfTest *out)
{
	const Plan *plan = results_plan(results);
	double d[PLAN_SEEDS_MAX];

	if (!plan->aa || (metric != METRIC_TIME && metric != METRIC_ENERGY) ||
	    verdict_refusal(results, metric))
		return false;
	size_t n = verdict_log_ratios(results, plan_twin(plan), metric, d);

	out->metric = metric;
	out->paired = stats_paired(d, n);
	out->half = stats_half_width(&out->paired, VERDICT_SELF_ALPHA);
	out->differs = fabs(out->paired.mean) > out->half;
	return true;
}

bool verdict_self_differs(const Results *results, SelfTest *out)
{
	return (verdict_self(results, METRIC_TIME, out) && out->differs) ||
	       (verdict_self(results, METRIC_ENERGY, out) && out->differs);
}

CostInterval verdict_interval(const Results *results, const double *d, const Paired *paired,
			      double alpha)
{
	CostInterval out = { .bootstrap = results_plan(results)->bootstrap &&
					  paired->n >= PLAN_BOOTSTRAP_BLOCKS };

	if (out.bootstrap) {
		stats_bootstrap(d, paired->n, alpha, results_seed(results), &out.low, &out.high);
	} else {
		double half = stats_half_width(paired, alpha);
		out.low = paired->mean - half;
		out.high = paired->mean + half;
	}
	return out;
}

static size_t count_only(const uint8_t *one, const uint8_t *other, size_t rows)
{
	size_t only = 0;

	for (size_t i = 0; i < (rows + 7) / 8; i++)
		only += (size_t)__builtin_popcount((unsigned)(one[i] & ~other[i]));
	return only;
}

/* Without hits the variances of both accuracies are added, which is what pairing would give if the
 * arms erred independently: no less than the truth for arms that err on the same rows. */
static double test_set_variance(const AccuracyTest *test, double arm, double versus, double alpha)
{
	double rows = (double)test->rows;

	if (!(rows > 0))
		return NAN;
	if (test->hits)
		return stats_paired_shares(test->only_arm, test->only_versus, rows, alpha);
	double apart = (arm * (1 - arm) + versus * (1 - versus)) / rows;

	return fmax(apart, stats_paired_shares(0, 0, rows, alpha));
}

static void finish_test(AccuracyTest *test, double alpha)
{
	double s = test->paired.sd;

	if (test->once) {
		test->se = sqrt(test->v);
		test->t = stats_normal_quantile(1 - alpha);
	} else if (test->n >= 2) {
		test->se = sqrt(s * s / (double)test->n + test->v);
		test->t = stats_t_quantile(1 - alpha, (double)test->n - 1);
	}
}

AccuracyTest verdict_accuracy_pair(const Results *results, size_t arm, size_t versus, double alpha)
{
	const Cell *a = results_arm(results, versus)->scores,
		   *b = results_arm(results, arm)->scores;
	AccuracyTest test = { .v = NAN,
			      .se = NAN,
			      .t = NAN,
			      .once = results_plan(results)->build == PLAN_BUILD_ONCE,
			      .hits = true,
			      .other_rows = !results_same_rows(results, arm, versus) };
	double d[PLAN_SEEDS_MAX], arm_sum = 0, versus_sum = 0;

	for (size_t i = 0; i < results_scored(results) && !test.other_rows; i++) {
		if (isnan(a[i].accuracy) || isnan(b[i].accuracy))
			continue;
		d[test.n++] = b[i].accuracy - a[i].accuracy;
		arm_sum += b[i].accuracy;
		versus_sum += a[i].accuracy;
		test.rows = a[i].rows->count;
		test.hits = test.hits && a[i].hits && b[i].hits;
		if (test.hits) {
			test.only_arm += (double)count_only(b[i].hits, a[i].hits, test.rows);
			test.only_versus += (double)count_only(a[i].hits, b[i].hits, test.rows);
		}
	}
	test.paired = stats_paired(d, test.n);
	if (!test.n)
		return test;
	double n = (double)test.n;
	test.only_arm /= n;
	test.only_versus /= n;
	test.v = test_set_variance(&test, arm_sum / n, versus_sum / n, alpha);
	finish_test(&test, alpha);
	return test;
}

AccuracyTest verdict_accuracy_test(const Results *results, size_t arm)
{
	const Plan *plan = results_plan(results);

	return verdict_accuracy_pair(results, arm, plan->versus,
				     VERDICT_ALPHA / (double)verdict_others(plan));
}

/* What shows needs no larger test set: a loss beyond the margin, and a gain, of which the whole
 * interval lies above 0 and which is kept whatever the margin, stand first. */
VerdictWord verdict_accuracy_word(const AccuracyTest *test, double margin)
{
	double half = test->t * test->se;

	if (test->paired.mean + half < -margin)
		return VERDICT_LOST;
	if (test->paired.mean - half > 0)
		return VERDICT_KEPT;
	if (1.96 * sqrt(test->v) > margin)
		return VERDICT_UNSUPPORTED;
	if (test->paired.mean - half > -margin)
		return VERDICT_KEPT;
	return VERDICT_NOT_RESOLVED;
}
