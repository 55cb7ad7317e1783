/* What is said beside a table: the front, what pays back; and a run as a part of a paper.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "lab/tabulate.h"

#define SENTENCE_MAX 512
#define CAPTION_MAX 1024

/* --- the front -------------------------------------------------------------------------------- */

void tabulate_front_text(char *out, size_t cap, const Results *results, ParetoPair pair)
{
	const Plan *plan = results_plan(results);
	bool on[PLAN_ARMS_MAX];
	size_t count = 0, seen = 0, len = 0;

	pair = tabulate_front(on, results, pair);
	for (size_t i = 0; i < plan->arms; i++)
		count += on[i];
	*out = '\0';
	if (!count)
		return;
	len = text_format(out, cap, "Nothing beats ");
	for (size_t i = 0; i < plan->arms; i++)
		if (on[i]) {
			const char *between = seen == 0 ? "" : seen + 1 == count ? " or " : ", ";

			len += text_format(out + len, cap - len, "%s%s", between, plan->arm[i]);
			seen++;
		}
	text_format(out + len, cap - len, " in both %s and %s, by the estimates.",
		    metric_name(pair.metric[0]), metric_name(pair.metric[1]));
}

/* --- payback ---------------------------------------------------------------------------------- */

void tabulate_payback_text(char *out, size_t cap, const Results *results, size_t arm, Metric metric)
{
	const Plan *plan = results_plan(results);
	Payback payback = payback_make(results, arm, plan->versus, metric);
	Payback back = payback_make(results, plan->versus, arm, metric);
	PaybackAbout about = {
		.arm = plan->arm[arm],
		.versus = plan->arm[plan->versus],
		.energy = metric == METRIC_ENERGY,
		.modelled = metric == METRIC_ENERGY && !results_joules_measured(results),
		.overtaken = back.word == PAYBACK_AFTER ? back.value : NAN,
	};

	payback_sentence(out, cap, &payback, &about);
}

/* --- a part of a paper ------------------------------------------------------------------------ */

bool tabulate_sentences(FILE *to, const TabulateEntry *entry, ParetoPair pair, TableFormat format,
			Err *err)
{
	Verdict *verdict = malloc(VERDICTS_MAX * sizeof *verdict);
	const Plan *plan = results_plan(entry->results);
	char text[SENTENCE_MAX];

	if (!verdict)
		return err_set(err, ERR_MEMORY, "no memory for verdicts");
	if (*entry->run || *entry->condition) {
		text_format(text, sizeof text, "%.8s%s%s:", entry->run,
			    *entry->run && *entry->condition ? " " : "", entry->condition);
		fputs("\n", to);
		table_write_text(to, text, format);
		fputs("\n", to);
	}
	table_begin_list(to, format);
	size_t n = verdict_make_all(verdict, entry->results);

	for (size_t i = 0; i < n; i++)
		table_write_item(to, verdict[i].sentence, format);
	tabulate_front_text(text, sizeof text, entry->results, pair);
	table_write_item(to, text, format);
	for (size_t arm = 0; arm < plan->arms; arm++)
		for (int m = METRIC_TIME; arm != plan->versus && m <= METRIC_ENERGY; m++) {
			tabulate_payback_text(text, sizeof text, entry->results, arm, (Metric)m);
			table_write_item(to, text, format);
		}
	table_end_list(to, format);
	free(verdict);
	return true;
}

/* "10 blocks", or "8 to 10 blocks" where conditions differ. */
static void blocks_text(char out[48], const TabulateEntry *entry, size_t entries)
{
	size_t least = SIZE_MAX, most = 0;

	for (size_t i = 0; i < entries; i++) {
		size_t blocks = results_blocks(entry[i].results);

		least = blocks < least ? blocks : least;
		most = blocks > most ? blocks : most;
	}
	if (least == most)
		text_format(out, 48, "%zu block%s", most, most == 1 ? "" : "s");
	else
		text_format(out, 48, "%zu to %zu blocks", least, most);
}

static void caption_of(char *out, size_t cap, const TabulateEntry *entry, size_t entries,
		       const char *run)
{
	const Plan *plan = results_plan(entry->results);
	const char *provenance = results_provenance(entry->results);
	char badge[2 * RESULTS_LABEL_MAX + 32], blocks[48];
	bool joules = strcmp(provenance, "none") != 0;

	tabulate_badge(badge, sizeof badge, entry->results);
	blocks_text(blocks, entry, entries);
	text_format(out, cap,
		    "%s: %s Mean of %s of %zu arms, %s; \u00b1: half the 95 %% "
		    "interval. Energy: %s%s%s%s.",
		    plan->name, plan->question, blocks, plan->arms,
		    plan_commands(plan) == plan->arms ? "each run a process of its own"
		    : plan->build == PLAN_BUILD_ONCE  ? "models trained once"
						      : "models trained afresh in each",
		    badge,
		    joules && !results_joules_measured(entry->results)
			    ? ", in parentheses: not measured"
			    : "",
		    *run ? "; run " : "", run);
}

static bool put_run(FILE *to, const char *run, const TabulateEntry *entry, size_t entries,
		    ParetoPair pair, TableFormat format, Err *err)
{
	const Plan *plan = results_plan(entry->results);
	char caption[CAPTION_MAX], label[PLAN_NAME_MAX + 16];
	bool fine;

	caption_of(caption, sizeof caption, entry, entries, run);
	fine = tabulate_arms(to, entry, entries, format, &(TableAbout){ caption, plan->name }, err);
	fputs("\n", to);
	text_format(caption, sizeof caption, "%s: differences to %s.", plan->name,
		    plan->arm[plan->versus]);
	text_format(label, sizeof label, "%s-verdicts", plan->name);
	fine = fine &&
	       tabulate_verdicts(to, entry, entries, format, &(TableAbout){ caption, label }, err);
	for (size_t i = 0; fine && i < entries; i++)
		fine = tabulate_sentences(to, &entry[i], pair, format, err);
	return fine;
}

bool tabulate_paper(FILE *to, const char *run, const Results *results, ParetoPair pair,
		    TableFormat format, Err *err)
{
	size_t count = results_plan(results) ? results_conditions(results) : 0;
	TabulateEntry *entry = calloc(count + 1, sizeof *entry);

	if (!entry)
		return err_set(err, ERR_MEMORY, "no memory for a table");
	for (size_t i = 0; i < count; i++)
		entry[i] = (TabulateEntry){ "", results_condition_name(results, i),
					    results_condition(results, i) };
	bool fine = !count || put_run(to, run, entry, count, pair, format, err);

	free(entry);
	return fine;
}
