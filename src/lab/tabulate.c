/* Observations: one arm, one metric, all that is known of it; as rows for programs.
 * SPDX-License-Identifier: MIT */
#include "lab/tabulate.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "lab/pareto.h"

/* --- observations ----------------------------------------------------------------------------- */

static const char *why_absent(const Results *results, size_t arm, Metric metric)
{
	if (results_arm(results, arm)->diverged)
		return "training diverged";
	switch (metric) {
	case METRIC_ENERGY:
		return strcmp(results_provenance(results), "none") == 0 ? "no source: time only"
									: "no whole block";
	case METRIC_ACCURACY:
		return "accuracy was not recorded";
	case METRIC_BYTES:
		return "the model was not saved";
	case METRIC_MACS:
		return "nothing was multiplied";
	default:
		return "no whole block";
	}
}

double tabulate_quoted(const Results *results)
{
	return results_runs(results) ? 1 : 10000;
}

double tabulate_quoted_arm(const Results *results, size_t arm)
{
	return results_arm_runs(results, arm) ? 1 : 10000;
}

/* Of bytes and multiply-adds 0 means that nobody counted. */
static Estimate value_of(const Results *results, size_t arm, Metric metric)
{
	Estimate value;

	if (metric == METRIC_ACCURACY)
		return results_accuracy(results, arm);
	bool exact = metric == METRIC_BYTES || metric == METRIC_MACS;

	value = results_cost(results, arm, metric, exact ? 1 : tabulate_quoted_arm(results, arm));
	if (exact && !(value.value > 0))
		value.value = value.low = value.high = NAN;
	return value;
}

void tabulate_observe(Observation *out, const Results *results, size_t arm, Metric metric)
{
	const Plan *plan = results_plan(results);

	*out = (Observation){
		.arm = arm,
		.metric = metric,
		.baseline = arm == plan->versus,
		.modelled = metric == METRIC_ENERGY && !results_joules_measured(results),
		.value = value_of(results, arm, metric),
		.build = results_build_cost(results, arm, metric),
	};
	if (isnan(out->value.value))
		out->value_why = why_absent(results, arm, metric);
	verdict_make(&out->verdict, results, arm, metric);
	out->payback = payback_make(results, arm, plan->versus, metric);
}

/* --- the front -------------------------------------------------------------------------------- */

bool pareto_pair_parse(ParetoPair *out, const char *text, Err *err)
{
	const char *comma = strchr(text, ',');
	char name[2][PLAN_NAME_MAX];
	bool found[2] = { false, false };

	if (comma) {
		text_format(name[0], sizeof name[0], "%.*s", (int)(comma - text), text);
		text_format(name[1], sizeof name[1], "%s", comma + 1);
		for (int i = 0; i < 2; i++)
			out->metric[i] = metric_find(name[i], &found[i]);
	}
	out->given = true;
	if (found[0] && found[1] && out->metric[0] != out->metric[1])
		return true;
	return err_set(err, ERR_USAGE,
		       "'%.60s' is no pair of metrics: two of time, energy, accuracy, bytes and "
		       "macs, as in accuracy,energy",
		       text);
}

static ParetoPair default_pair(const Results *results)
{
	const Plan *plan = results_plan(results);
	bool joules = results_joules_measured(results);

	for (size_t i = 0; i < plan->arms; i++)
		joules &= isfinite(results_cost(results, i, METRIC_ENERGY, 1).value);
	return (ParetoPair){ true, { METRIC_ACCURACY, joules ? METRIC_ENERGY : METRIC_TIME } };
}

/* What is less is better, of the second what is more. */
void tabulate_point(const Results *results, size_t arm, ParetoPair pair, double *cost,
		    double *score)
{
	bool none = results_arm(results, arm)->diverged;
	double x = value_of(results, arm, pair.metric[0]).value,
	       y = value_of(results, arm, pair.metric[1]).value;

	for (int i = 0; i < 2 && results_mixed_work(results); i++)
		none |= pair.metric[i] == METRIC_TIME || pair.metric[i] == METRIC_ENERGY;
	*cost = none ? NAN : pair.metric[0] == METRIC_ACCURACY ? -x : x;
	*score = none ? NAN : pair.metric[1] == METRIC_ACCURACY ? y : -y;
}

ParetoPair tabulate_front(bool *on, const Results *results, ParetoPair pair)
{
	double cost[PLAN_ARMS_MAX], score[PLAN_ARMS_MAX];
	const Plan *plan = results_plan(results);
	ParetoPair used = pair.given ? pair : default_pair(results);

	for (size_t i = 0; i < plan->arms; i++)
		tabulate_point(results, i, used, &cost[i], &score[i]);
	pareto_front(on, cost, score, plan->arms);
	return used;
}

/* --- rows for programs ------------------------------------------------------------------------ */

/* X(id, name, kind, the column that says why it is absent) */
#define COLUMN_LIST(X)                                          \
	X(RUN, "run", WORDS, NULL)                              \
	X(EXPERIMENT, "experiment", WORDS, NULL)                \
	X(CONDITION, "condition", WORDS, NULL)                  \
	X(ARM, "arm", WORDS, NULL)                              \
	X(VERSUS, "versus", WORDS, "ratio_why")                 \
	X(METRIC, "metric", WORDS, NULL)                        \
	X(UNIT, "unit", WORDS, NULL)                            \
	X(VALUE, "value", REAL, "value_why")                    \
	X(LOW, "value_low", REAL, "value_why")                  \
	X(HIGH, "value_high", REAL, "value_why")                \
	X(MODELLED, "modelled", REAL, "modelled_why")           \
	X(MODELLED_LOW, "modelled_low", REAL, "modelled_why")   \
	X(MODELLED_HIGH, "modelled_high", REAL, "modelled_why") \
	X(N, "n", WHOLE, NULL)                                  \
	X(VALUE_WHY, "value_why", WORDS, NULL)                  \
	X(MODELLED_WHY, "modelled_why", WORDS, NULL)            \
	X(PROVENANCE, "provenance", WORDS, NULL)                \
	X(SCOPE, "scope", WORDS, "value_why")                   \
	X(SOURCE, "source", WORDS, "value_why")                 \
	X(RATIO, "ratio", REAL, "ratio_why")                    \
	X(RATIO_LOW, "ratio_low", REAL, "ratio_why")            \
	X(RATIO_HIGH, "ratio_high", REAL, "ratio_why")          \
	X(POINTS, "difference_pt", REAL, "difference_why")      \
	X(POINTS_LOW, "low_pt", REAL, "difference_why")         \
	X(POINTS_HIGH, "high_pt", REAL, "difference_why")       \
	X(LEVEL, "level", REAL, "ratio_why")                    \
	X(PAIRS, "pairs", WHOLE, "ratio_why")                   \
	X(RATIO_WHY, "ratio_why", WORDS, NULL)                  \
	X(WORD, "word", WORDS, "ratio_why")                     \
	X(DIFFERENCE_WHY, "difference_why", WORDS, NULL)        \
	X(WHY, "why", WORDS, NULL)                              \
	X(BUILD, "build", REAL, "build_why")                    \
	X(BUILD_LOW, "build_low", REAL, "build_why")            \
	X(BUILD_HIGH, "build_high", REAL, "build_why")          \
	X(BUILD_MODELLED, "build_modelled", REAL, "build_why")  \
	X(BUILD_WHY, "build_why", WORDS, NULL)                  \
	X(PARETO, "pareto", WORDS, NULL)                        \
	X(FRONT, "on_front", FLAG, NULL)                        \
	X(PAYBACK, "payback", REAL, "payback_why")              \
	X(PAYBACK_LOW, "payback_low", REAL, "payback_why")      \
	X(PAYBACK_HIGH, "payback_high", REAL, "payback_why")    \
	X(PAYBACK_WORD, "payback_word", WORDS, "payback_why")   \
	X(PAYBACK_WHY, "payback_why", WORDS, NULL)

enum {
#define X(id, name, kind, why) AT_##id,
	COLUMN_LIST(X)
#undef X
		COLUMNS
};

static const TableColumn columns[COLUMNS] = {
#define X(id, name, kind, why) [AT_##id] = { name, name, TABLE_##kind, why, AT_##id == AT_WHY },
	COLUMN_LIST(X)
#undef X
};

static const char *unit_of(const Results *results, size_t arm, Metric metric)
{
	bool whole = tabulate_quoted_arm(results, arm) == 1; /* of a program's run */

	switch (metric) {
	case METRIC_TIME:
		return whole ? "s/run" : "s/10000";
	case METRIC_ENERGY:
		return whole ? "J/run" : "J/10000";
	case METRIC_ACCURACY:
		return "share";
	default:
		return metric_name(metric);
	}
}

Table *tabulate_new(Err *err)
{
	return table_new(columns, COLUMNS, "table-row", err);
}

static void put_estimate(Table *table, size_t at, const Estimate *estimate)
{
	table_number(table, at, estimate->value);
	table_number(table, at + 1, estimate->low);
	table_number(table, at + 2, estimate->high);
}

/* Why joules stand among the modelled ones. */
static const char *not_measured_why(const Results *results)
{
	if (results_replayed(results))
		return "replayed, not measured here: these joules stand as modelled";
	if (results_mixed_energy(results))
		return "the source of the joules changed within the run: they stand as modelled";
	return "these joules were not measured here: they stand as modelled";
}

static void put_value(Table *table, const Observation *o, const Results *results)
{
	bool counted = o->metric == METRIC_BYTES || o->metric == METRIC_MACS;

	put_estimate(table, o->modelled ? AT_MODELLED : AT_VALUE, &o->value);
	table_number(table, AT_N, (double)o->value.n);
	table_text(table, AT_UNIT, unit_of(results, o->arm, o->metric));
	table_text(table, AT_VALUE_WHY,
		   o->value_why          ? o->value_why
		   : o->modelled         ? not_measured_why(results)
		   : isnan(o->value.low) ? "one block tells no interval"
					 : NULL);
	table_text(table, AT_MODELLED_WHY,
		   o->metric != METRIC_ENERGY ? "only of joules"
		   : o->value_why             ? o->value_why
		   : !o->modelled             ? "these joules were measured"
					      : NULL);
	table_text(table, AT_PROVENANCE,
		   o->metric == METRIC_ENERGY ? results_provenance(results)
		   : counted                  ? "counted"
					      : "measured");
	if (o->metric != METRIC_ENERGY)
		return;
	table_text(table, AT_SCOPE, *results_scope(results) ? results_scope(results) : NULL);
	table_text(table, AT_SOURCE, *results_source(results) ? results_source(results) : NULL);
}

static void put_verdict(Table *table, const Observation *o, const Plan *plan)
{
	const Verdict *v = &o->verdict;
	bool points = o->metric == METRIC_ACCURACY;

	if (o->baseline) {
		table_text(table, AT_RATIO_WHY, "the baseline");
		table_text(table, AT_DIFFERENCE_WHY, "the baseline");
		return;
	}
	table_text(table, AT_VERSUS, plan->arm[plan->versus]);
	put_estimate(table, points ? AT_POINTS : AT_RATIO,
		     &(Estimate){ v->ratio, v->low, v->high, v->n });
	table_number(table, AT_LEVEL, v->level);
	table_number(table, AT_PAIRS, (double)v->n);
	table_text(table, AT_RATIO_WHY,
		   points          ? "accuracies are compared by points"
		   : *v->why       ? v->why
		   : isnan(v->low) ? "an interval needs 2 whole blocks"
				   : NULL);
	table_text(table, AT_WORD, verdict_name(v->word));
	table_text(table, AT_DIFFERENCE_WHY,
		   !points   ? "costs are compared by ratios"
		   : *v->why ? v->why
			     : "an interval needs 2 seeds");
	table_text(table, AT_WHY, *v->why ? v->why : NULL);
}

static void put_payback(Table *table, const Observation *o)
{
	const Payback *p = &o->payback;
	bool built = isfinite(o->build.value);

	if (o->modelled)
		table_number(table, AT_BUILD_MODELLED, o->build.value);
	else
		put_estimate(table, AT_BUILD, &o->build);
	table_text(table, AT_BUILD_WHY,
		   built && o->modelled ? "these joules were not measured here"
		   : built              ? "nothing was modelled"
					: "what making the model cost was not recorded");
	put_estimate(table, AT_PAYBACK, &(Estimate){ p->value, p->low, p->high, p->n });
	if (p->word != PAYBACK_UNKNOWN)
		table_text(table, AT_PAYBACK_WORD, payback_name(p->word));
	table_text(table, AT_PAYBACK_WHY,
		   p->why                          ? p->why
		   : p->once && isfinite(p->value) ? "one build: no interval"
		   : isnan(p->high)                ? payback_name(p->word)
						   : NULL);
}

static void add_condition(Table *table, const char *run, const char *name, const Results *results,
			  ParetoPair pair)
{
	const Plan *plan = results_plan(results);
	bool on[PLAN_ARMS_MAX];
	Observation o;
	char text[64];

	pair = tabulate_front(on, results, pair);
	text_format(text, sizeof text, "%s,%s", metric_name(pair.metric[0]),
		    metric_name(pair.metric[1]));
	for (size_t arm = 0; arm < plan->arms; arm++)
		for (int metric = 0; metric < METRIC_COUNT; metric++) {
			if (!plan->wanted[metric])
				continue;
			tabulate_observe(&o, results, arm, (Metric)metric);
			table_row(table);
			table_text(table, AT_RUN, run);
			table_text(table, AT_EXPERIMENT, plan->name);
			table_text(table, AT_CONDITION, name);
			table_text(table, AT_ARM, plan->arm[arm]);
			table_text(table, AT_METRIC, metric_name((Metric)metric));
			put_value(table, &o, results);
			put_verdict(table, &o, plan);
			put_payback(table, &o);
			table_text(table, AT_PARETO, text);
			table_number(table, AT_FRONT, on[arm]);
		}
}

void tabulate_add(Table *table, const char *run, const Results *results, ParetoPair pair)
{
	for (size_t i = 0; results_plan(results) && i < results_conditions(results); i++)
		add_condition(table, run, results_condition_name(results, i),
			      results_condition(results, i), pair);
}

/* --- badges ----------------------------------------------------------------------------------- */

void tabulate_badge(char *out, size_t cap, const Results *results)
{
	const char *provenance = results_provenance(results);
	char upper[16];
	size_t i;

	if (strcmp(provenance, "none") == 0) {
		text_format(out, cap, "NONE: time only");
		return;
	}
	for (i = 0; provenance[i] && i + 1 < sizeof upper; i++)
		upper[i] = (char)toupper((unsigned char)provenance[i]);
	upper[i] = '\0';
	text_format(out, cap, "%s%s %s%s%s", upper, results_replayed(results) ? " REPLAYED" : "",
		    results_scope(results), *results_source(results) ? " " : "",
		    results_source(results));
}
