/* A race in sentences: progress in quarters, charts as their first, last, least and most, the
 * table row by row.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base/record.h"
#include "base/text.h"
#include "lab/tabulate.h"
#include "ui/views/flow.h"
#include "ui/views/quantity.h"
#include "ui/views/race/race.h"

static void say_begin(const Race *race, const Speech *speech)
{
	const Plan *plan = race->plan;

	if (!plan)
		return;
	if (plan->blocks_min < plan->blocks_max)
		flow_sentence(speech, 0, "Running %s: %zu arms, %zu to %zu blocks.",
			      plan->name[0] ? plan->name : race->script, plan->arms,
			      plan->blocks_min, plan->blocks_max);
	else
		flow_sentence(speech, 0, "Running %s: %zu arms, %zu blocks.",
			      plan->name[0] ? plan->name : race->script, plan->arms,
			      plan->blocks_max);
	if (plan->factors)
		flow_sentence(speech, 0, "%zu conditions, each compared for itself.",
			      race->conditions);
	if (plan->question[0])
		flow_sentence(speech, 0, "%s", plan->question);
	for (size_t arm = 0; arm < plan->arms; arm++)
		flow_sentence(speech, 2, "%s%s", plan->arm[arm],
			      arm == plan->versus ? ", the baseline" : "");
}

static const char *trend(const double *y, size_t n)
{
	double least = INFINITY, most = -INFINITY, change = y[n - 1] - y[0];

	for (size_t i = 0; i < n; i++) {
		least = fmin(least, y[i]);
		most = fmax(most, y[i]);
	}
	if (isnan(change) || fabs(change) <= 0.1 * (most - least))
		return "neither rising nor falling";
	return change > 0 ? "rising" : "falling";
}

static void say_curve(const char *what, const char *arm, const char *rows, const double *y,
		      size_t n, size_t gaps, const Speech *speech)
{
	double least = INFINITY, most = -INFINITY;

	for (size_t i = 0; i < n; i++) {
		least = fmin(least, y[i]);
		most = fmax(most, y[i]);
	}
	if (n == 0 || isinf(least) || isnan(y[0]) || isnan(y[n - 1]))
		return;
	flow_sentence(
		speech, 2,
		"%s of %s%s%s over %zu epochs: first %.3g, last %.3g, least %.3g, most %.3g, %s.",
		what, arm, rows ? " on " : "", rows ? rows : "", n - gaps, y[0], y[n - 1], least,
		most, trend(y, n));
}

/* A chart is said once, when its last epoch is there. */
static void say_epoch(const Race *race, const Speech *speech)
{
	size_t arm = race_arm(race, race->arm);
	bool shared = !race->plan || arm >= race->plan->arms;
	const Curve *curve = race_learning(race);
	const char *name = shared ? race->model : race->plan->arm[arm];
	EpochRows rows = EPOCH_TEST; /* the first that it was told of from begin to end */
	size_t n = curve->n;

	if (race->epochs <= 0 || race->epoch < race->epochs)
		return;
	flow_sentence(speech, 0, "Trained %s: %s, %lld epochs.", name[0] ? name : "a model",
		      race->what[0] ? race->what : "fit", (long long)race->epochs);
	say_curve("Loss", name, NULL, curve->loss, n, curve->gaps, speech);
	while (rows < EPOCH_TRAIN && n > 0 &&
	       isnan(curve->accuracy[rows][0] + curve->accuracy[rows][n - 1]))
		rows++;
	say_curve("Accuracy in percent", name, epoch_rows_name(rows), curve->accuracy[rows], n,
		  curve->gaps, speech);
}

void race_say_drawn(const Race *race, const Speech *speech)
{
	for (size_t i = 0; i < race->drawings; i++) {
		const RaceDrawn *drawn = &race->drawn[i];
		double least = INFINITY, most = -INFINITY;

		for (size_t k = 0; k < drawn->n; k++) {
			least = fmin(least, drawn->y[k]);
			most = fmax(most, drawn->y[k]);
		}
		if (drawn->n > 0)
			flow_sentence(speech, 2,
				      "Chart of %s, %zu points from x %.4g to %.4g: first %.4g, "
				      "last %.4g, "
				      "least %.4g, most %.4g, %s.",
				      drawn->name, drawn->n, drawn->x[0], drawn->x[drawn->n - 1],
				      drawn->y[0], drawn->y[drawn->n - 1], least, most,
				      trend(drawn->y, drawn->n));
	}
}

static void say_progress(Race *race, const Speech *speech)
{
	int quarter = (int)(4 * race_share(race));

	for (; race->said < quarter && race->said < 3; race->said++)
		flow_sentence(speech, 0, "Progress %d percent.", 25 * (race->said + 1));
}

static void say_costs(const Race *race, Metric metric, Quantity quantity, const char *title,
		      const Speech *speech)
{
	char words[QUANTITY_MAX];
	const char *standing;
	Style style;
	Mark mark;

	flow_sentence(speech, 0, "%s:", title);
	for (size_t arm = 0; arm < race->plan->arms; arm++) {
		const ArmResult *result = results_arm(race->results, arm);
		Estimate estimate = metric == METRIC_ACCURACY
					    ? results_accuracy(race->results, arm)
					    : results_cost(race->results, arm, metric,
							   tabulate_quoted(race->results));
		bool known = race_standing(race, arm, metric, &mark, &standing, &style);
		if (metric == METRIC_ACCURACY && result->diverged > 0 && isnan(estimate.value))
			flow_sentence(speech, 4, "  %s: its training diverged", result->name);
		else
			flow_sentence(speech, 4, "  %s: %s%s%s", result->name,
				      quantity_words(words, quantity, &estimate),
				      known ? "; against the baseline: " : "",
				      known ? standing : "");
	}
}

/* Of the two what the run shows. */
static void say_sizes(const Race *race, const Speech *speech)
{
	const bool *wanted = race->plan->wanted;
	bool both = wanted[METRIC_BYTES] && wanted[METRIC_MACS];

	flow_sentence(speech, 0, "%s%s%s:", wanted[METRIC_BYTES] ? "Size of the saved model" : "",
		      both ? ", and multiply-adds for one prediction" : "",
		      wanted[METRIC_BYTES] ? "" : "Multiply-adds for one prediction");
	for (size_t arm = 0; arm < race->plan->arms; arm++) {
		const ArmResult *result = results_arm(race->results, arm);
		Estimate size = { (double)result->size_bytes, NAN, NAN, 1 },
			 work = { (double)result->macs, NAN, NAN, 1 };
		char bytes[QUANTITY_MAX], macs[QUANTITY_MAX];

		quantity_words(bytes, QUANTITY_BYTES, &size);
		quantity_words(macs, QUANTITY_COUNT, &work);
		if (result->size_bytes)
			flow_sentence(speech, 4, "  %s: %s%s%s%s", result->name,
				      wanted[METRIC_BYTES] ? bytes : "", both ? ", " : "",
				      wanted[METRIC_MACS] ? macs : "",
				      wanted[METRIC_MACS] ? " multiply-adds" : "");
	}
}

static void say_energy(const Race *race, const char *of, const Speech *speech)
{
	char title[256];

	if (race_cost_metric(race) == METRIC_ENERGY) {
		text_format(title, sizeof title, "Energy for %s, %s, %s%s", of,
			    results_provenance(race->results), results_scope(race->results),
			    race_modelled(race) ? ", which decides nothing" : "");
		say_costs(race, METRIC_ENERGY, QUANTITY_JOULES, title, speech);
	} else {
		flow_sentence(speech, 0, "Energy: not known here.");
	}
}

void race_say_table(const Race *race, const Speech *speech)
{
	char title[256];

	if (!race->plan || results_blocks(race->results) == 0)
		return;
	const bool *wanted = race->plan->wanted;
	if (wanted[METRIC_ACCURACY])
		say_costs(race, METRIC_ACCURACY, QUANTITY_SHARE, "Accuracy on the test rows",
			  speech);
	const char *of = tabulate_quoted(race->results) == 1 ? "a run" : "10,000 predictions";
	text_format(title, sizeof title, "Time for %s, measured", of);
	if (wanted[METRIC_TIME])
		say_costs(race, METRIC_TIME, QUANTITY_SECONDS, title, speech);
	if (wanted[METRIC_ENERGY])
		say_energy(race, of, speech);
	if (wanted[METRIC_BYTES] || wanted[METRIC_MACS])
		say_sizes(race, speech);
}

/* With factors the condition is named before its first verdict. */
static void say_verdict(const Race *race, const json_t *record, const Speech *speech)
{
	int64_t k = record_integer(record, "condition", 0);

	if (k < 0 || k >= (int64_t)race->conditions || !race->said_of[k].sentences)
		return;
	const RaceSaid *said = &race->said_of[k];
	if (race->plan && race->plan->factors && said->sentences == 1)
		flow_sentence(speech, 0, "With %s:", results_condition_name(race->all, (size_t)k));
	flow_sentence(speech, 2, "%s", said->sentence[said->sentences - 1]);
}

/* Each condition has a table. */
static void say_tables(const Race *race, const Speech *speech)
{
	Race one = *race;

	for (size_t k = 0; k < race->conditions; k++) {
		one.results = results_condition(race->all, k);
		one.told = &race->said_of[k];
		if (race->plan && race->plan->factors)
			flow_sentence(speech, 0, "With %s:", results_condition_name(race->all, k));
		race_say_table(&one, speech);
	}
}

static void say_end(const Race *race, const Speech *speech)
{
	say_tables(race, speech);
	if (race->plan && results_repeated(race->results) > 0)
		flow_sentence(
			speech, 0,
			"Blocks repeated: %zu, as other work took CPU time or joules were lost.",
			results_repeated(race->results));
	if (strcmp(race->why, "done") == 0)
		flow_sentence(speech, 0, "Done: %zu blocks.",
			      race->plan ? results_blocks(race->results) : 0);
	else
		flow_sentence(speech, 0, "The run ended: %s.", race->why);
}

void race_say(Race *race, const json_t *record, const Speech *speech)
{
	const char *type = record_text(record, "type");

	if (strcmp(type, "run-begin") == 0)
		say_begin(race, speech);
	else if (strcmp(type, "error") == 0)
		flow_sentence(speech, 2, "Error: %s", record_text(record, "text"));
	else if (strcmp(type, "log") == 0)
		flow_sentence(speech, 2, "Note: %s", record_text(record, "text"));
	if (!race->results)
		return;
	if (strcmp(type, "epoch") == 0)
		say_epoch(race, speech);
	else if (strcmp(type, "window") == 0 || strcmp(type, "trial") == 0)
		say_progress(race, speech);
	else if (strcmp(type, "verdict") == 0)
		say_verdict(race, record, speech);
	else if (strcmp(type, "run-end") == 0)
		say_end(race, speech);
}
