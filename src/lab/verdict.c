/* Verdicts: the word that the rules give to one arm and one metric, with every number beside it.
 * SPDX-License-Identifier: MIT */
#include "lab/verdict.h"

#include <math.h>
#include <string.h>

#include "base/share.h"
#include "base/text.h"
#include "lab/sentence.h"
#include "lab/verdict_internal.h"

static const char *const words[] = {
	[VERDICT_NONE] = "none",
	[VERDICT_BETTER] = "better",
	[VERDICT_WORSE] = "worse",
	[VERDICT_SAME] = "same",
	[VERDICT_NOT_RESOLVED] = "not_resolved",
	[VERDICT_KEPT] = "kept",
	[VERDICT_LOST] = "lost",
	[VERDICT_UNSUPPORTED] = "unsupported",
};

const char *verdict_name(VerdictWord word)
{
	return words[word];
}

static void refuse(Verdict *v, const char *why)
{
	v->word = VERDICT_NONE;
	text_format(v->why, sizeof v->why, "%s", why);
}

/* Half the width of the model's error on the log scale, one sigma: its stated 95 % interval
 * gives it. */
static double model_error(const Results *results, size_t arm)
{
	const ArmResult *result = results_arm(results, arm);
	double sum = 0;
	size_t n = 0;

	for (size_t i = 0; i < results_blocks(results); i++) {
		const Cell *cell = &result->cells[i];
		if (!(cell->energy_low_j > 0 && cell->energy_high_j > 0))
			continue;
		sum += log(cell->energy_high_j / cell->energy_low_j) / (2 * 1.96);
		n++;
	}
	return n ? sum / (double)n : 0;
}

static void set_interval(Verdict *v, CostInterval interval, double level)
{
	bool bounded = isfinite(interval.low) && isfinite(interval.high);

	v->low = bounded ? exp(interval.low) : NAN;
	v->high = bounded ? exp(interval.high) : NAN;
	v->bootstrap = interval.bootstrap;
	v->level = level;
}

/* The first rule that holds; the interval printed is the one that decided. */
static void decide_cost(Verdict *v, const Results *results, const double *d, double alpha,
			double margin)
{
	Paired paired = stats_paired(d, v->n);
	CostInterval two_sided = verdict_interval(results, d, &paired, alpha),
		     one_sided = verdict_interval(results, d, &paired, 2 * alpha);
	bool enough = v->n >= VERDICT_PAIRS_MIN;

	set_interval(v, two_sided, 1 - alpha);
	if (enough && one_sided.low > -margin && one_sided.high < margin) {
		v->word = VERDICT_SAME;
		set_interval(v, one_sided, 1 - 2 * alpha);
	} else if (enough && two_sided.high < 0) {
		v->word = VERDICT_BETTER;
	} else if (enough && two_sided.low > 0) {
		v->word = VERDICT_WORSE;
	} else {
		v->word = VERDICT_NOT_RESOLVED;
	}
}

static double spike_share(const Results *results, size_t arm, Metric metric)
{
	const ArmResult *result = results_arm(results, arm);
	double cost[PLAN_SEEDS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < results_blocks(results); i++) {
		double x = results_cell_cost(&result->cells[i], metric);
		if (isfinite(x))
			cost[n++] = x;
	}
	return n ? (double)stats_outliers(cost, n).high / (double)n : NAN;
}

/* What stands beside the verdict and never decides. */
static void describe_cost(Verdict *v, const Results *results, const double *d)
{
	double wins = 0;
	Outliers outliers = stats_outliers(d, v->n);

	for (size_t i = 0; i < v->n; i++)
		wins += d[i] < 0 ? 1 : d[i] > 0 ? 0 : 0.5;
	v->better = v->n ? wins / (double)v->n : NAN;
	share_wilson(wins, (double)v->n, SHARE_Z95, &v->better_low, &v->better_high);
	v->usually = v->better >= 0.75 && v->better_low > 0.5;
	v->median_ratio = exp(stats_median(d, v->n));
	v->p_sign_flip = stats_sign_flip(d, v->n, results_seed(results));
	v->outliers = outliers.flagged;
	v->severe = outliers.severe;
	v->spikes_arm = spike_share(results, v->arm, v->metric);
	v->spikes_versus = spike_share(results, v->versus, v->metric);
}

static const char *told(const char *word)
{
	return *word ? word : "not told";
}

static void refuse_work(Verdict *v, const Results *results)
{
	const ArmResult *arm = results_arm(results, v->arm),
			*versus = results_arm(results, v->versus);
	v->word = VERDICT_NONE;
	if (results_same_work(results, v->arm, v->versus)) {
		text_format(v->why, sizeof v->why,
			    "%s ran on %s (%s), %s on %s (%s): that is not the same work",
			    arm->name, told(arm->rows.dataset), told(arm->rows.split), versus->name,
			    told(versus->rows.dataset), told(versus->rows.split));
		return;
	}
	bool mine = arm->cells[0].run;

	text_format(v->why, sizeof v->why,
		    "an item of %s is a whole run of a program, one of %s is not: that is not the "
		    "same work; a program that tells its items can be compared",
		    mine ? arm->name : versus->name, mine ? versus->name : arm->name);
}

static void make_cost(Verdict *v, const Results *results)
{
	double d[PLAN_SEEDS_MAX];
	const char *refusal = verdict_refusal(results, v->metric);

	v->n = verdict_log_ratios(results, v->arm, v->metric, d);
	Paired paired = stats_paired(d, v->n);
	v->family = refusal ? 1 : verdict_family(results);
	double alpha = VERDICT_ALPHA / (double)v->family;
	double margin = verdict_margin(results_plan(results), v->metric);
	v->margin = expm1(margin);
	v->ratio = exp(paired.mean);
	describe_cost(v, results, d);
	if (!verdict_same_work(results, v->arm, v->metric)) {
		v->ratio = v->median_ratio = NAN;
		refuse_work(v, results);
	} else if (refusal) {
		double error = fmax(model_error(results, v->arm), model_error(results, v->versus));
		paired.se = hypot(paired.se, error);
		double half = stats_half_width(&paired, alpha);
		set_interval(
			v, (CostInterval){ .low = paired.mean - half, .high = paired.mean + half },
			1 - alpha);
		refuse(v, refusal);
	} else {
		v->visible = expm1(stats_visible(&paired, alpha));
		decide_cost(v, results, d, alpha, margin);
	}
}

/* Bytes and multiply-adds are counted, not measured: what differs, differs. */
static void make_exact(Verdict *v, const Results *results)
{
	double b = results_cost(results, v->arm, v->metric, 1).value;
	double a = results_cost(results, v->versus, v->metric, 1).value;

	v->exact = true;
	v->n = results_blocks(results);
	v->family = 1;
	v->level = 1;
	v->margin = 0;
	if (!(a > 0 && b > 0)) {
		refuse(v, v->metric == METRIC_BYTES ? "the bytes were not counted"
						    : "the multiply-adds were not counted");
		return;
	}
	v->ratio = v->low = v->high = v->median_ratio = b / a;
	v->word = b < a ? VERDICT_BETTER : b > a ? VERDICT_WORSE : VERDICT_SAME;
}

/* "1437 of digits (train)" */
static void rows_text(char *out, size_t cap, const ScoredRows *rows)
{
	text_format(out, cap, "%zu of %s (%s)", rows->count,
		    rows->dataset[0] ? rows->dataset : "a dataset",
		    rows->split[0] ? rows->split : "test");
}

static void refuse_rows(Verdict *v, const Results *results)
{
	const ArmResult *arm = results_arm(results, v->arm),
			*versus = results_arm(results, v->versus);
	char mine[2 * RESULTS_LABEL_MAX], theirs[2 * RESULTS_LABEL_MAX];

	rows_text(mine, sizeof mine, &arm->rows);
	rows_text(theirs, sizeof theirs, &versus->rows);
	v->word = VERDICT_NONE;
	if (strcmp(mine, theirs) == 0)
		text_format(v->why, sizeof v->why, "%s and %s were scored on different rows",
			    arm->name, versus->name);
	else
		text_format(v->why, sizeof v->why, "%s was scored on other rows, %s, than %s, %s",
			    arm->name, mine, versus->name, theirs);
}

static void make_accuracy(Verdict *v, const Results *results)
{
	AccuracyTest test = verdict_accuracy_test(results, v->arm);
	const Plan *plan = results_plan(results);
	double half = test.t * test.se;

	v->n = test.n;
	v->family = verdict_others(plan);
	v->level = 1 - 2 * VERDICT_ALPHA / (double)v->family;
	v->margin = plan->margin_accuracy_pt;
	v->ratio = test.paired.mean * 100;
	v->low = (test.paired.mean - half) * 100;
	v->high = (test.paired.mean + half) * 100;
	v->only_arm = (uint64_t)llround(test.only_arm);
	v->only_versus = (uint64_t)llround(test.only_versus);
	v->no_hits = test.n && !test.hits;
	if (test.once && test.n && test.hits)
		v->p_mcnemar = stats_mcnemar(v->only_arm, v->only_versus);
	if (test.other_rows)
		refuse_rows(v, results);
	else if (!test.n && results_scored(results))
		refuse(v, "accuracy was not recorded");
	else if (test.n && isnan(test.v))
		refuse(v, "the number of test items is not known");
	else
		v->word = verdict_accuracy_word(&test, v->margin / 100);
}

static bool is_primary(const Plan *plan, Metric metric)
{
	for (size_t i = 0; i < plan->primaries; i++)
		if (plan->primary[i] == metric)
			return true;
	return false;
}

/* The arm that must be named when there can be no verdict; NULL: neither diverged. */
static const ArmResult *diverged(const Results *results, const Verdict *v)
{
	const ArmResult *arm = results_arm(results, v->arm),
			*versus = results_arm(results, v->versus);

	return arm->diverged ? arm : versus->diverged ? versus : NULL;
}

static void judge(Verdict *v, const Results *results)
{
	const ArmResult *bad = diverged(results, v);

	if (!metric_is_cost(v->metric))
		make_accuracy(v, results);
	else if (v->metric == METRIC_BYTES || v->metric == METRIC_MACS)
		make_exact(v, results);
	else
		make_cost(v, results);
	if (bad) {
		v->exploratory = false;
		v->ratio = v->low = v->high = NAN;
		v->word = VERDICT_NONE;
		text_format(v->why, sizeof v->why, "%s diverged in %zu of %zu blocks", bad->name,
			    bad->diverged, results_scored(results));
	} else if (results_plan(results)->blocked) {
		v->exploratory = false;
		refuse(v, "the arms were not interleaved");
	} else if (v->exploratory && v->word != VERDICT_NONE) {
		refuse(v, "exploratory: not a primary metric of the plan");
	} else {
		v->exploratory = false;
	}
}

static SentenceSelf self_numbers(const SelfTest *self)
{
	return (SentenceSelf){ .metric = self->metric,
			       .n = self->paired.n,
			       .ratio = exp(self->paired.mean),
			       .low = exp(self->paired.mean - self->half),
			       .high = exp(self->paired.mean + self->half) };
}

bool verdict_self_text(const Results *results, Metric metric, char out[VERDICT_SELF_MAX],
		       bool *differs)
{
	SelfTest self;
	char numbers[VERDICT_SELF_MAX - PLAN_NAME_MAX];

	if (!results_plan(results) || !verdict_self(results, metric, &self) || !self.paired.n)
		return false;
	SentenceSelf about = self_numbers(&self);

	*differs = self.differs;
	sentence_self(numbers, sizeof numbers, &about);
	text_format(out, VERDICT_SELF_MAX, "%s %s: %s.",
		    results_plan(results)->arm[results_plan(results)->versus],
		    self.differs ? "differs from itself" : "shows no difference from itself",
		    numbers);
	return true;
}

/* Where the baseline differs from itself, nothing is said of what differs from it. */
static void judge_self(Verdict *v, const Results *results, SentenceAbout *about)
{
	SelfTest self;
	bool cost = v->metric == METRIC_TIME || v->metric == METRIC_ENERGY;

	if (!cost || v->word == VERDICT_NONE || !verdict_self_differs(results, &self))
		return;
	v->word = VERDICT_NOT_RESOLVED;
	about->self = &about->self_is;
	about->self_is = self_numbers(&self);
}

static const Verdict blank = {
	.word = VERDICT_NONE,
	.ratio = NAN,
	.low = NAN,
	.high = NAN,
	.level = NAN,
	.margin = NAN,
	.visible = NAN,
	.median_ratio = NAN,
	.p_sign_flip = NAN,
	.p_mcnemar = NAN,
	.p_holm = NAN,
	.better = NAN,
	.better_low = NAN,
	.better_high = NAN,
	.spikes_arm = NAN,
	.spikes_versus = NAN,
};

void verdict_make(Verdict *out, const Results *results, size_t arm, Metric metric)
{
	const Plan *plan = results_plan(results);
	SentenceAbout about = {
		.arm = "", .versus = "", .provenance = "", .scope = "", .split = ""
	};

	*out = blank;
	out->arm = arm;
	out->metric = (unsigned)metric < METRIC_COUNT ? metric : METRIC_TIME;
	if (!plan || arm >= plan->arms || (unsigned)metric >= METRIC_COUNT) {
		refuse(out, plan ? "there is no such arm or metric" : "the run has no plan");
	} else {
		out->versus = plan->versus;
		about.arm = plan->arm[arm];
		about.versus = plan->arm[plan->versus];
		about.provenance = results_provenance(results);
		about.scope = results_scope(results);
		about.replayed = results_replayed(results);
		about.blocked = plan->blocked;
		about.split = results_split(results);
		about.test_rows = results_accuracy(results, arm).n;
		out->exploratory = !is_primary(plan, metric);
		if (arm == plan->versus) {
			out->exploratory = false;
			refuse(out, "the baseline is not compared with itself");
		} else if (arm == plan_twin(plan)) {
			out->exploratory = false;
			refuse(out, "it is the baseline, measured twice");
		} else {
			judge(out, results);
			judge_self(out, results, &about);
		}
	}
	sentence_write(out, &about);
}

size_t verdict_make_all(Verdict *out, const Results *results)
{
	const Plan *plan = results_plan(results);
	double p[VERDICTS_MAX];
	size_t n = 0;

	for (size_t arm = 0; plan && arm < plan_twin(plan); arm++)
		for (size_t i = 0; arm != plan->versus && i < plan->primaries; i++) {
			verdict_make(&out[n], results, arm, plan->primary[i]);
			p[n] = out[n].word == VERDICT_NONE ? NAN : out[n].p_sign_flip;
			n++;
		}
	stats_holm(p, n, p);
	for (size_t i = 0; i < n; i++)
		out[i].p_holm = p[i];
	return n;
}

Drift verdict_drift(const Results *results, Metric metric)
{
	const Plan *plan = results_plan(results);
	double mean[PLAN_SEEDS_MAX];
	size_t n = 0;

	for (size_t i = 0; plan && i < results_blocks(results); i++) {
		double sum = 0;
		for (size_t a = 0; a < plan->arms; a++)
			sum += log(results_cell_cost(&results_arm(results, a)->cells[i], metric));
		if (isfinite(sum))
			mean[n++] = exp(sum / (double)plan->arms);
	}
	return stats_drift(mean, n);
}
