/* The verdict record: every number behind a sentence, absent ones null with a why.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "base/record.h"
#include "lab/notes.h"
#include "lab/verdict_internal.h"

/* Under 6 pairs the sign-flip p cannot fall below 0.05: it only describes. */
#define DESCRIPTIVE_PAIRS 6

static void set_number(json_t *json, const char *key, double value, const char *why)
{
	if (isfinite(value))
		json_object_set_new(json, key, json_real(value));
	else
		record_absent(json, key, why);
}

static void set_share(json_t *json, const Verdict *v)
{
	json_object_set_new(json, "usually_better", json_boolean(v->usually));
	if (isfinite(v->better))
		json_object_set_new(json, "p_better",
				    record_estimate(v->better, v->better_low, v->better_high, v->n,
						    "wilson"));
	else
		record_absent(json, "p_better", "no whole block");
}

static void set_drift(json_t *json, const Verdict *v, const Results *results)
{
	Drift drift = verdict_drift(results, v->metric);
	json_t *object = json_object();

	set_number(object, "rho", drift.rho, "too few blocks, or all alike");
	set_number(object, "change", drift.change, "too few blocks");
	json_object_set_new(object, "warn", json_boolean(drift.warn));
	json_object_set_new(json, "drift", object);
}

/* The baseline against its second arm. */
static void set_self(json_t *json, const Verdict *v, const Results *results)
{
	SelfTest self;

	if (!verdict_self(results, v->metric, &self))
		return;
	json_t *object = json_pack("{s:f, s:I, s:b}", "level", 1 - VERDICT_SELF_ALPHA, "n",
				   (json_int_t)self.paired.n, "differs", self.differs);

	set_number(object, "ratio", exp(self.paired.mean), "no whole block");
	set_number(object, "low", exp(self.paired.mean - self.half), "an interval needs 2 blocks");
	set_number(object, "high", exp(self.paired.mean + self.half), "an interval needs 2 blocks");
	json_object_set_new(json, "self", object);
}

static void set_cost(json_t *json, const Verdict *v, const Results *results)
{
	const char *few = v->word == VERDICT_NONE && !v->exploratory
				  ? v->why
				  : "an interval needs 2 whole blocks";

	set_number(json, "ratio", v->ratio, v->word == VERDICT_NONE ? v->why : "no whole block");
	set_number(json, "low", v->low, few);
	set_number(json, "high", v->high, few);
	if (!v->exact)
		json_object_set_new(json, "interval",
				    json_string(v->bootstrap ? "bootstrap" : "t"));
	set_number(json, "margin", v->margin, v->why);
	json_object_set_new(json, "exact", json_boolean(v->exact));
	if (v->exact)
		return;
	set_number(json, "visible", v->visible, few);
	set_number(json, "median_ratio", v->median_ratio, "no whole block");
	set_number(json, "p_sign_flip", v->p_sign_flip, "no whole block");
	set_number(json, "p_holm", v->p_holm, "not one of the run's verdicts");
	json_object_set_new(json, "descriptive", json_boolean(v->n < DESCRIPTIVE_PAIRS));
	set_share(json, v);
	set_number(json, "spike_rate", v->spikes_arm, "no whole block");
	set_number(json, "spike_rate_versus", v->spikes_versus, "no whole block");
	json_object_set_new(json, "outliers", json_integer((json_int_t)v->outliers));
	json_object_set_new(json, "outliers_severe", json_integer((json_int_t)v->severe));
	set_drift(json, v, results);
	if (results_plan(results))
		set_self(json, v, results);
	if (v->metric != METRIC_ENERGY)
		return;
	json_object_set_new(json, "provenance", json_string(results_provenance(results)));
	json_object_set_new(json, "scope", json_string(results_scope(results)));
	json_object_set_new(json, "source", json_string(results_source(results)));
	set_number(json, "net_ratio",
		   v->word == VERDICT_NONE ? NAN : results_net_ratio(results, v->arm, v->versus),
		   "idle power was not measured");
}

static void set_accuracy(json_t *json, const Verdict *v, const Results *results)
{
	const char *few =
		v->word == VERDICT_NONE && !v->exploratory ? v->why : "an interval needs 2 seeds";

	record_absent(json, "ratio", "accuracies are compared by points");
	set_number(json, "difference_pt", v->ratio,
		   v->word == VERDICT_NONE ? v->why : "no whole block");
	set_number(json, "low_pt", v->low, few);
	set_number(json, "high_pt", v->high, few);
	set_number(json, "margin_pt", v->margin, v->why);
	json_object_set_new(json, "test_rows",
			    json_integer((json_int_t)results_test_rows(results)));
	set_number(json, "p_mcnemar", v->p_mcnemar,
		   "only for arms that are built once and tell their hits");
	if (v->no_hits) {
		const char *why =
			"no hits were recorded: the arms' errors are taken as independent";
		record_absent(json, "only_arm", why);
		record_absent(json, "only_versus", why);
	} else {
		json_object_set_new(json, "only_arm", json_integer((json_int_t)v->only_arm));
		json_object_set_new(json, "only_versus", json_integer((json_int_t)v->only_versus));
	}
}

static void set_notes(json_t *json, const Verdict *v, const Results *results)
{
	VerdictNotes notes;
	json_t *list = json_array();

	verdict_notes(&notes, v, results);
	for (size_t i = 0; i < notes.count; i++)
		json_array_append_new(list, json_string(notes.note[i]));
	json_object_set_new(json, "notes", list);
}

json_t *verdict_json(const Verdict *verdict, const Results *results)
{
	const Plan *plan = results_plan(results);
	json_t *json = json_object();

	if (!json)
		return NULL;
	if (plan && verdict->arm < plan->arms) {
		json_object_set_new(json, "arm", json_string(plan->arm[verdict->arm]));
		json_object_set_new(json, "versus", json_string(plan->arm[verdict->versus]));
	} else {
		record_absent(json, "arm", verdict->why);
		record_absent(json, "versus", verdict->why);
	}
	if (results_condition_index(results) >= 0)
		json_object_set_new(json, "condition",
				    json_integer(results_condition_index(results)));
	json_object_set_new(json, "metric", json_string(metric_name(verdict->metric)));
	json_object_set_new(json, "word", json_string(verdict_name(verdict->word)));
	if (verdict->word == VERDICT_NONE)
		json_object_set_new(json, "why", json_string(verdict->why));
	json_object_set_new(json, "n", json_integer((json_int_t)verdict->n));
	set_number(json, "level", verdict->level, verdict->why);
	json_object_set_new(json, "family", json_integer((json_int_t)verdict->family));
	if (verdict->metric == METRIC_ACCURACY)
		set_accuracy(json, verdict, results);
	else
		set_cost(json, verdict, results);
	json_object_set_new(json, "repeated_blocks",
			    json_integer((json_int_t)results_repeated(results)));
	json_object_set_new(json, "sentence", json_string(verdict->sentence));
	set_notes(json, verdict, results);
	return json;
}
