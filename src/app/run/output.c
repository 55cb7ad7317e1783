/* Plain text from records.
 * SPDX-License-Identifier: MIT */
#include "app/run/output.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "base/text.h"
#include "lab/across.h"
#include "lab/epoch.h"
#include "lab/notes.h"
#include "lab/tabulate.h"
#include "lab/verdict.h"

#define OUTPUT_CARBON_PREDICTIONS 1000000

bool output_json(RecordOut *out, const json_t *record, Err *err)
{
	return !out || record_out_put(out, json_incref((json_t *)(uintptr_t)record), err);
}

/* Which number each has, for what follows. */
static void show_conditions(FILE *to, const json_t *conditions)
{
	size_t k;
	json_t *condition, *level;
	json_array_foreach(conditions, k, condition)
	{
		const char *name;
		text_printf(to, "condition %zu:", k + 1);
		json_object_foreach(condition, name, level)
		{
			char *text =
				json_is_string(level) ? NULL : json_dumps(level, JSON_ENCODE_ANY);
			text_printf(to, " %s=%s", name, text ? text : record_text(condition, name));
			free(text);
		}
		text_printf(to, "\n");
	}
}

static void show_begin(FILE *to, const json_t *record)
{
	const json_t *plan = json_object_get(record, "plan"),
		     *receipt = json_object_get(record, "receipt");
	const json_t *blas = json_object_get(receipt, "blas"),
		     *overrides = json_object_get(blas, "overrides");
	if (!json_is_object(plan))
		return; /* the script did not load; the error follows */
	text_printf(to, "%s: %s\n", record_text(plan, "name"), record_text(plan, "question"));
	text_printf(to, "on %s, %s core %s, %d thread%s\n",
		    record_text(json_object_get(receipt, "cpu"), "model"),
		    record_text(blas, "name"), record_text(blas, "core"),
		    (int)record_number(receipt, "threads"),
		    record_number(receipt, "threads") > 1 ? "s" : "");
	show_conditions(to, json_object_get(plan, "conditions"));
	if (*record_text(plan, "left_out"))
		text_printf(to, "! left out, as they are not here: %s\n",
			    record_text(plan, "left_out"));
	if (json_object_get(overrides, "OPENBLAS_CORETYPE"))
		text_printf(to,
			    "! OPENBLAS_CORETYPE=%s is set: a forced core can slow the dense "
			    "baseline and flatter "
			    "every saving\n",
			    record_text(overrides, "OPENBLAS_CORETYPE"));
}

static void show_epoch(FILE *to, const json_t *record)
{
	double loss = record_number(record, "loss"), share[EPOCH_ROWS];

	epoch_accuracies(share, record);
	text_printf(to, "  %s epoch %2d/%d", record_text(record, "what"),
		    (int)record_number(record, "epoch"), (int)record_number(record, "epochs"));
	if (isfinite(loss))
		text_printf(to, "  loss %.4f", loss);
	for (EpochRows i = EPOCH_ROWS; i-- > 0;)
		if (isfinite(share[i]))
			text_printf(to, "  %s %.2f %%", epoch_rows_short(i), 100 * share[i]);
	if (isfinite(record_number(record, "time_s")))
		text_printf(to, "  %.2f s", record_number(record, "time_s"));
	text_printf(to, "\n");
}

static void show_lowering(FILE *to, const json_t *record)
{
	size_t i;
	json_t *step;
	bool any = false;
	text_printf(to, "  runs by");
	json_array_foreach(json_object_get(record, "steps"), i, step)
	{
		if (!(record_number(step, "macs") > 0))
			continue;
		text_printf(to, " %s", record_text(step, "kernel"));
		any = true;
	}
	if (!any) /* trees multiply nothing */
		json_array_foreach(json_object_get(record, "steps"), i, step)
			text_printf(to, " %s", record_text(step, "step"));
	text_printf(to, " (%s)\n", record_text(record, "why"));
}

static void show_window(FILE *to, const json_t *record)
{
	size_t i;
	json_t *flag;
	int block = (int)record_number(record, "block");
	double per_s = record_number(record, "items") / record_number(record, "time_s");
	double condition = record_number(record, "condition");
	if (block < 0)
		text_printf(to, "  warm-up   ");
	else
		text_printf(to, "  block %-3d ", block + 1);
	if (json_is_true(json_object_get(record, "run")))
		text_printf(to, "%-12s %10.4g s a run", record_text(record, "arm"), 1 / per_s);
	else if (strcmp(record_text(record, "by"), "command") == 0)
		text_printf(to, "%-12s %10.4g items/s", record_text(record, "arm"), per_s);
	else
		text_printf(to, "%-12s %10.0f predictions/s", record_text(record, "arm"), per_s);
	if (isfinite(condition))
		text_printf(to, " in condition %.0f", condition + 1);
	/* The price model says of itself that it extrapolates; that is told once, with the joules.
	 */
	json_array_foreach(json_object_get(record, "flags"), i,
			   flag) if (strcmp(json_string_value(flag), "EXTRAPOLATED") != 0)
		text_printf(to, " %s", json_string_value(flag));
	text_printf(to, "\n");
}

static void show_dataset(FILE *to, const json_t *record)
{
	text_printf(to, "  data %s: %.0f training and %.0f test rows from %s\n",
		    record_text(record, "name"), record_number(record, "train_rows"),
		    record_number(record, "test_rows"), record_text(record, "from"));
	if (*record_text(record, "skipped"))
		text_printf(to, "! a data folder was passed over: %s\n",
			    record_text(record, "skipped"));
}

static void show_arm(FILE *to, const json_t *record)
{
	text_printf(to, "%s\n", record_text(record, "arm"));
}

static void show_log(FILE *to, const json_t *record)
{
	text_printf(to, "  %s\n", record_text(record, "text"));
}

void output_progress(FILE *to, const json_t *record)
{
	static const struct {
		const char *type;
		void (*show)(FILE *, const json_t *);
	} shows[] = {
		{ "run-begin", show_begin },   { "dataset", show_dataset },
		{ "arm-begin", show_arm },     { "epoch", show_epoch },
		{ "lowering", show_lowering }, { "window", show_window },
		{ "log", show_log },
	};
	const char *type = record_text(record, "type");
	for (size_t i = 0; i < sizeof shows / sizeof *shows; i++)
		if (strcmp(shows[i].type, type) == 0)
			shows[i].show(to, record);
}

static void show_table(FILE *to, const Results *results)
{
	Err err = { 0 };
	if (!tabulate_arms(to, &(TabulateEntry){ "", "", results }, 1, TABLE_TEXT, NULL, &err))
		text_printf(to, "%s\n", err.text);
}

/* How many blocks the verdicts stand on, and what became of the others. */
static void show_blocks(FILE *to, const Results *results)
{
	const Plan *plan = results_plan(results);
	size_t blocks = results_blocks(results), disturbed = results_disturbed(results);
	size_t repeated = results_repeated(results),
	       mended = repeated > disturbed ? repeated - disturbed : 0;
	text_printf(to, "%zu block%s of %zu arms %s", blocks, blocks == 1 ? "" : "s", plan->arms,
		    plan->blocked ? "one after the other, not interleaved" : "in random order");
	if (mended)
		text_printf(to, ", %zu spoiled by other work on this machine and run again",
			    mended);
	text_printf(to, "; %s\n",
		    plan->build == PLAN_BUILD_ONCE ? "trained once: the verdicts cover these models"
		    : plan_commands(plan) == plan->arms
			    ? "each run a process of its own"
			    : "trained afresh in each block: the verdicts cover the method");
	if (disturbed)
		text_printf(to, "%zu block%s stayed disturbed after %zu tries and %s not counted\n",
			    disturbed, disturbed == 1 ? "" : "s", plan->repeats + 1,
			    disturbed == 1 ? "is" : "are");
}

/* Gross joules rank; that idle power alone decides is to be known. */
static void show_other_order(FILE *to, const Verdict *verdict, const Results *results)
{
	bool ranks = verdict->word == VERDICT_BETTER || verdict->word == VERDICT_WORSE;
	double net;
	if (verdict->metric != METRIC_ENERGY || !ranks)
		return;
	net = results_net_ratio(results, verdict->arm, verdict->versus);
	if ((net - 1) * (verdict->ratio - 1) < 0)
		text_printf(to,
			    "  Without idle power the order is the other way round: %+.1f %%.\n",
			    (net - 1) * 100);
}

static void show_notes(FILE *to, const Verdict *verdict, const Results *results)
{
	VerdictNotes notes;
	verdict_notes(&notes, verdict, results);
	for (size_t i = 0; i < notes.count; i++)
		text_printf(to, "  %s\n", notes.note[i]);
}

/* The causes of the exit status "inconclusive" that the sentences do not name. */
static void show_causes(FILE *to, const Results *results)
{
	const Plan *plan = results_plan(results);
	if (verdict_exit_status(results) == VERDICT_EXIT_INCONCLUSIVE && !plan->blocked &&
	    results_disturbed(results) && results_blocks(results) < plan->blocks_min)
		text_printf(to,
			    "Inconclusive: other work on this machine disturbed %zu of the blocks. "
			    "Run again while the "
			    "machine is idle.\n",
			    results_disturbed(results));
}

static void show_commands(FILE *to, const Plan *plan)
{
	char line[PLAN_COMMAND_MAX * 2];
	for (size_t i = 0; i < plan->arms; i++)
		if (plan->command[i].words)
			text_printf(to, "%s is: %s\n", plan->arm[i],
				    plan_command_text(&plan->command[i], line, sizeof line));
}

/* What an arm against itself says of the machine and the method. */
static void show_again(FILE *to, const Results *results)
{
	int status = verdict_exit_status(results);
	if (!results_plan(results)->again)
		return;
	text_printf(to, "%s\n",
		    status == 0 ? "No difference is claimed between an arm and itself, as it has "
				  "to be."
		    : status == VERDICT_EXIT_INCONCLUSIVE
			    ? "Too few blocks to tell whether an arm differs from itself."
			    : "A difference is claimed where there is none: neither this machine "
			      "nor the method is to be trusted as it is now. One A/A comparison in "
			      "twenty does so by chance; run it again.");
}

/* "building, set-up included: baseline 1.21 s, pruned 1.4 s ±0.1 (3.2 J ±0.3)" */
static void show_builds(FILE *to, const Results *results)
{
	const Plan *plan = results_plan(results);
	char time[64], energy[64];
	bool any = false, modelled = !results_joules_measured(results);
	for (size_t i = 0; i < plan->arms; i++) {
		Estimate build_s = results_build_cost(results, i, METRIC_TIME);
		if (!isfinite(build_s.value))
			continue;
		tabulate_cost_text(time, sizeof time, build_s, "s");
		tabulate_cost_text(energy, sizeof energy,
				   results_build_cost(results, i, METRIC_ENERGY), "J");
		text_printf(to, "%s%s %s", any ? ", " : "building, set-up included: ", plan->arm[i],
			    time);
		if (*energy)
			text_printf(to, " (%s%s)", modelled ? "modelled " : "", energy);
		any = true;
	}
	if (any)
		text_printf(to, "%s\n",
			    plan->charge_build
				    ? "; each prediction of a pass carries its share of that"
				    : "");
}

static void show_energy(FILE *to, const Results *results)
{
	const char *provenance = results_provenance(results);
	if (strcmp(provenance, "none") == 0)
		text_printf(to, "energy: not measured, time only\n");
	else if (results_replayed(results))
		text_printf(to, "energy: replayed from a trace, not measured here (%s)\n",
			    results_scope(results));
	else
		text_printf(to, "energy: %s by %s (%s)%s\n", provenance, results_source(results),
			    results_scope(results),
			    results_mixed_energy(results) ? ", and others: not comparable" : "");
}

/* Whether what making the models cost is repaid, where that is known. */
static void show_payback(FILE *to, const Results *results)
{
	static const Metric metrics[] = { METRIC_TIME, METRIC_ENERGY };
	const Plan *plan = results_plan(results);
	char text[512];
	for (size_t arm = 0; arm < plan->arms; arm++)
		for (size_t i = 0; arm != plan->versus && i < 2; i++) {
			tabulate_payback_text(text, sizeof text, results, arm, metrics[i]);
			text_printf(to, "%s%s", text, *text ? "\n" : "");
		}
}

/* The baseline that was measured twice. */
static void show_self(FILE *to, const Results *results)
{
	static const Metric costs[] = { METRIC_TIME, METRIC_ENERGY };
	char text[VERDICT_SELF_MAX];
	bool differs;
	for (size_t i = 0; i < sizeof costs / sizeof *costs; i++)
		if (verdict_self_text(results, costs[i], text, &differs))
			text_printf(to, "%s\n", text);
}

static void show_claims(FILE *to, const Results *results)
{
	static const char *const words[] = {
		[CLAIM_HOLDS] = "holds",
		[CLAIM_REFUTED] = "refuted",
		[CLAIM_NO_METER] = "needs measured joules",
		[CLAIM_OPEN] = "open",
	};
	const Plan *plan = results_plan(results);
	for (size_t i = 0; i < plan->claims; i++)
		text_printf(to, "Claim \"%s\": %s\n", plan->claim[i].text,
			    words[verdict_claim(results, &plan->claim[i])]);
}

static void show_condition(FILE *to, const Results *results)
{
	Verdict verdicts[VERDICTS_MAX];
	show_blocks(to, results);
	text_printf(to, "\n");
	show_table(to, results);
	show_energy(to, results);
	show_builds(to, results);
	text_printf(to, "\n");
	size_t n = verdict_make_all(verdicts, results);
	for (size_t i = 0; i < n; i++) {
		text_printf(to, "%s\n", verdicts[i].sentence);
		show_other_order(to, &verdicts[i], results);
		show_notes(to, &verdicts[i], results);
	}
	show_payback(to, results);
	show_self(to, results);
	show_claims(to, results);
	show_causes(to, results);
}

static void show_across(FILE *to, const Results *results)
{
	Across across[ACROSS_MAX];
	size_t n = across_datasets(across, results);
	for (size_t i = 0; i < n; i++)
		text_printf(to, "%s%s\n", i ? "" : "\n", across[i].sentence);
}

/* Each condition is told for itself: none is pooled with another. */
void output_summary(FILE *to, const Results *results)
{
	const Plan *plan = results_plan(results);
	if (!plan || !results_measured(results))
		return;
	text_printf(to, "\n%s\n", plan->question);
	show_commands(to, plan);
	for (size_t k = 0; k < results_conditions(results); k++) {
		const Results *condition = results_condition(results, k);
		if (plan->factors)
			text_printf(to, "\n--- %s ---\n", results_condition_name(results, k));
		if (results_measured(condition))
			show_condition(to, condition);
		else
			text_printf(to, "nothing was measured\n");
	}
	show_across(to, results);
	show_again(to, results);
}

static void carbon_of(FILE *to, const Results *results, const Footprint *footprint)
{
	const Plan *plan = results_plan(results);
	char text[512];
	for (size_t i = 0; i < plan->arms; i++) {
		Estimate energy =
			results_cost(results, i, METRIC_ENERGY, OUTPUT_CARBON_PREDICTIONS);
		Estimate time = results_cost(results, i, METRIC_TIME, OUTPUT_CARBON_PREDICTIONS);
		Joules joules = { energy.value, energy.low, energy.high, .prov = ENERGY_MODELLED };
		footprint_text(footprint, &joules, time.value, text, sizeof text);
		text_printf(to, "  %s: %s\n", results_arm(results, i)->name, text);
	}
}

void output_carbon(FILE *to, const Results *results, const Footprint *footprint)
{
	const Plan *plan = results_plan(results);
	char digits[32];
	if (!plan || !results_measured(results))
		return;
	text_printf(to, "\ncarbon of %s predictions:\n",
		    text_thousands(digits, OUTPUT_CARBON_PREDICTIONS));
	for (size_t k = 0; k < results_conditions(results); k++) {
		if (plan->factors)
			text_printf(to, "%s\n", results_condition_name(results, k));
		carbon_of(to, results_condition(results, k), footprint);
	}
}
