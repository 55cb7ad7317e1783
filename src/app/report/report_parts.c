/* What a run found: the question, the answers, and what each arm costs and gets right.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "app/report/report_inside.h"
#include "base/record.h"
#include "base/text.h"
#include "lab/figures/sheet.h"
#include "lab/figures/svg.h"
#include "lab/notes.h"
#include "lab/tabulate.h"
#include "lab/verdict.h"

#define WIDE 1000.0 /* so many times apart, the amounts of a column have units of their own */

/* --- the question ----------------------------------------------------------------------------- */

static void fact(FILE *to, const char *name, const char *text)
{
	if (*text)
		html_put(to, "<div><dt>", name, "</dt><dd>", text, "</dd></div>\n", NULL);
}

static void rows_text(const Results *results, char *out, size_t cap)
{
	char digits[32];
	const Results *first = results_condition(results, 0);
	const ArmResult *arm = results_arm(first, 0);
	bool alone = results_conditions(results) == 1;

	out[0] = '\0';
	if (results_test_rows(first))
		text_format(out, cap, "%s %s rows%s%s%s",
			    text_thousands(digits, results_test_rows(first)), results_split(first),
			    *arm->rows.dataset ? " of " : "", arm->rows.dataset,
			    alone ? "" : " in the first condition");
}

static void design_text(const Results *results, char *out, size_t cap)
{
	const Plan *plan = results_plan(results);
	size_t conditions = results_conditions(results), len = 0;

	if (conditions > 1)
		len = text_format(out, cap, "%zu conditions, each with ", conditions);
	else
		len = text_format(out, cap, "%zu whole blocks of ", results_blocks(results));
	text_format(out + len, cap - len, "%zu arms %s, %s", plan->arms,
		    plan->blocked ? "one after the other" : "in random order",
		    plan->build == PLAN_BUILD_ONCE
			    ? "built once: the verdicts cover these models"
			    : "built afresh in each block: the verdicts cover "
			      "the method");
}

static void ended_text(const Story *story, char *out, size_t cap)
{
	long long exit = (long long)json_integer_value(json_object_get(story->end, "exit"));

	if (!story->end)
		text_format(out, cap, "it did not end");
	else
		text_format(out, cap, "%s, exit status %lld%s", record_text(story->end, "why"),
			    exit,
			    exit == 1                           ? ": refuted"
			    : exit == VERDICT_EXIT_INCONCLUSIVE ? ": not everything is decided"
								: "");
}

void report_question(FILE *to, const ReportRun *run)
{
	const Plan *plan = results_plan(run->results);
	const Results *first = results_condition(run->results, 0);
	const json_t *receipt = json_object_get(run->story->begin, "receipt"),
		     *blas = json_object_get(receipt, "blas");
	char text[512], badge[SHEET_BADGE_MAX];

	fputs("<dl class=\"facts\">\n", to);
	fact(to, "Experiment", plan->name);
	text_format(text, sizeof text, "%.8s%s%s", record_text(run->story->begin, "run"),
		    run->stored ? "" : ", from ", run->stored ? "" : run->name);
	fact(to, "Run", *record_text(run->story->begin, "run") ? text : run->name);
	fact(to, "Began", record_text(run->story->begin, "wall"));
	fact(to, "Processor", record_text(json_object_get(receipt, "cpu"), "model"));
	text_format(text, sizeof text, "%s, core %s, %.0f thread%s", record_text(blas, "name"),
		    record_text(blas, "core"), record_number(receipt, "threads"),
		    record_number(receipt, "threads") > 1 ? "s" : "");
	fact(to, "Dense baseline by", *record_text(blas, "name") ? text : "");
	design_text(run->results, text, sizeof text);
	fact(to, "Design", text);
	fact(to, "Energy", sheet_badge(first, METRIC_ENERGY, badge));
	rows_text(run->results, text, sizeof text);
	fact(to, "Scored on", text);
	ended_text(run->story, text, sizeof text);
	fact(to, "Ended", text);
	fputs("</dl>\n", to);
}

/* --- the answers ------------------------------------------------------------------------------ */

/* How a verdict or a claim is marked: by a sign and, besides, by a colour. */
typedef struct Sign {
	const char *class, *sign;
} Sign;

static Sign verdict_sign(const Verdict *verdict)
{
	switch (verdict->word) {
	case VERDICT_BETTER:
		return (Sign){ "good", "▼" };
	case VERDICT_WORSE:
		return (Sign){ "bad", "▲" };
	case VERDICT_SAME:
		return (Sign){ "", "=" };
	case VERDICT_KEPT:
		return (Sign){ "good", "=" };
	case VERDICT_LOST:
		return (Sign){ "bad", "▼" };
	case VERDICT_UNSUPPORTED:
		return (Sign){ "bad", "!" };
	case VERDICT_NOT_RESOLVED:
		return (Sign){ "", "~" };
	default:
		return (Sign){ "", "–" };
	}
}

/* With the arm and the metric, which not every sentence names. */
static void item(FILE *to, const Results *results, const Verdict *verdict, const char *text)
{
	Sign sign = verdict_sign(verdict);

	VerdictNotes notes;

	html_put(to, "<li class=\"", sign.class, "\"><span class=\"sign\" aria-hidden=\"true\">",
		 sign.sign, "</span><small>", results_plan(results)->arm[verdict->arm], " · ",
		 sheet_metric(results, verdict->metric), "</small>", text, NULL);
	verdict_notes(&notes, verdict, results);
	for (size_t i = 0; i < notes.count; i++)
		html_put(to, "<small>", notes.note[i], "</small>", NULL);
	fputs("</li>\n", to);
}

/* Gross joules rank; that idle power alone decides is to be known. */
static void net_text(const Results *results, const Verdict *verdict, char *out, size_t cap)
{
	double net = results_net_ratio(results, verdict->arm, verdict->versus);
	bool ranks = verdict->word == VERDICT_BETTER || verdict->word == VERDICT_WORSE;

	if (verdict->metric == METRIC_ENERGY && ranks && (net - 1) * (verdict->ratio - 1) < 0)
		text_format(out, cap,
			    "%s Without idle power the order is the other way round: %+.1f %%.",
			    verdict->sentence, (net - 1) * 100);
	else
		text_format(out, cap, "%s", verdict->sentence);
}

static void limit_text(const Plan *plan, const PlanClaim *claim, char *out, size_t cap)
{
	const char *arm = plan->arm[claim->arm], *base = plan->arm[plan->versus];

	if (claim->kind == CLAIM_NOT_WORSE_BY_PT)
		text_format(out, cap, "%s loses at most %.3g point%s of accuracy to %s", arm,
			    claim->value, claim->value == 1 ? "" : "s", base);
	else
		text_format(out, cap, "%s of %s %s %.3g times that of %s%s",
			    metric_name(claim->metric), arm,
			    claim->kind == CLAIM_BELOW ? "below" : "above", claim->value, base,
			    claim->requires_measured ? ", measured" : "");
}

static void write_claims(FILE *to, const Results *results)
{
	static const char *const states[] = {
		[CLAIM_HOLDS] = "✓ holds",
		[CLAIM_REFUTED] = "✗ refuted",
		[CLAIM_NO_METER] = "– needs a meter",
		[CLAIM_OPEN] = "~ not decided",
	};
	const Plan *plan = results_plan(results);
	char limit[512];

	if (!plan->claims)
		return;
	fputs("<div class=\"scroll\"><table>\n<caption>Claims, as they were fixed before the first "
	      "block</caption>\n<thead><tr><th scope=\"col\">Claim</th><th scope=\"col\">It says"
	      "</th><th scope=\"col\">State</th></tr></thead>\n<tbody>\n",
	      to);
	for (size_t i = 0; i < plan->claims; i++) {
		const PlanClaim *claim = &plan->claim[i];

		limit_text(plan, claim, limit, sizeof limit);
		html_put(to, "<tr><th scope=\"row\">", claim->text, "</th><td>", limit, "</td><td>",
			 states[verdict_claim(results, claim)], "</td></tr>\n", NULL);
	}
	fputs("</tbody></table></div>\n", to);
}

void report_answers(FILE *to, const Results *results)
{
	Verdict verdicts[VERDICTS_MAX];
	size_t n = verdict_make_all(verdicts, results);
	char text[1024];

	write_claims(to, results);
	if (!results_measured(results))
		fputs("<p>Nothing was measured: no window and no trial was recorded.</p>\n", to);
	fputs(n ? "<ul class=\"verdicts\">\n" : "", to);
	for (size_t i = 0; i < n; i++) {
		net_text(results, &verdicts[i], text, sizeof text);
		item(to, results, &verdicts[i], text);
	}
	fputs(n ? "</ul>\n" : "<p>There is no verdict.</p>\n", to);
}

/* --- arms ------------------------------------------------------------------------------------- */

typedef struct Column {
	Metric metric;
	Unit unit;
	bool own; /* each cell has its own unit */
} Column;

static void exact_text(double value, char *out, size_t cap)
{
	char digits[32];

	text_format(out, cap, "%s", text_thousands(digits, (uint64_t)value));
}

/* "35.1" and "34.9 – 35.3", with the unit where the column has none. */
static void cell_texts(const Column *column, Estimate amount, char value[64], char range[96])
{
	Unit unit = column->own ? sheet_unit(column->metric, amount.value) : column->unit;
	bool exact = column->metric == METRIC_BYTES || column->metric == METRIC_MACS;
	char a[SCALE_LABEL_MAX], b[SCALE_LABEL_MAX], c[SCALE_LABEL_MAX];

	range[0] = '\0';
	if (exact)
		exact_text(amount.value, value, 64);
	else if (column->metric == METRIC_ACCURACY)
		text_format(value, 64, "%.2f", amount.value);
	else
		text_format(value, 64, "%s%s%s", sheet_value(amount.value / unit.by, a),
			    column->own ? " " : "", column->own ? unit.name : "");
	if (exact || !(amount.high >= amount.low))
		return;
	if (column->metric == METRIC_ACCURACY)
		text_format(range, 96, "%.2f – %.2f", amount.low, amount.high);
	else
		text_format(range, 96, "%s – %s", sheet_value(amount.low / unit.by, b),
			    sheet_value(amount.high / unit.by, c));
}

static void arm_cell(FILE *to, const Results *results, size_t arm, const Column *column)
{
	Estimate amount = sheet_amount(results, arm, column->metric);
	bool modelled = sheet_modelled(results, column->metric);
	size_t diverged = results_arm(results, arm)->diverged;
	char value[64], range[96];

	if (!isfinite(amount.value)) {
		bool says = diverged && column->metric == METRIC_ACCURACY;

		html_put(to, "<td class=\"n\">", says ? "diverged" : "–", "</td>", NULL);
		return;
	}
	cell_texts(column, amount, value, range);
	html_put(to, modelled ? "<td class=\"n modelled\">(" : "<td class=\"n\">", value,
		 modelled ? ")" : "", NULL);
	if (*range)
		html_put(to, "<small>", range, "</small>", NULL);
	fputs("</td>", to);
}

static size_t pick_columns(const Results *results, Column *out)
{
	static const Metric order[] = { METRIC_ACCURACY, METRIC_TIME, METRIC_ENERGY, METRIC_BYTES,
					METRIC_MACS };
	const Plan *plan = results_plan(results);
	size_t n = 0;

	for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
		Span span = SPAN_EMPTY;
		bool diverged = false;

		for (size_t arm = 0; arm < plan->arms; arm++) {
			span_add(&span, sheet_amount(results, arm, order[i]).value);
			diverged |=
				order[i] == METRIC_ACCURACY && results_arm(results, arm)->diverged;
		}
		if (!plan->wanted[order[i]] || (span.least > span.most && !diverged))
			continue;
		out[n++] = (Column){ order[i], sheet_unit(order[i], span.most),
				     span.least > 0 && span.most / span.least > WIDE };
	}
	return n;
}

static void arms_head(FILE *to, const Results *results, const Column *columns, size_t n)
{
	fputs("<thead><tr><th scope=\"col\">Arm</th>", to);
	for (size_t i = 0; i < n; i++) {
		const char *unit = columns[i].metric == METRIC_MACS    ? ""
				   : columns[i].metric == METRIC_BYTES ? "bytes"
				   : columns[i].own                    ? ""
								       : columns[i].unit.name;

		html_put(to, "<th scope=\"col\" class=\"n\">",
			 sheet_metric(results, columns[i].metric), *unit ? " (" : "", unit,
			 *unit ? ")<small>" : "<small>",
			 sheet_metric_of(results, columns[i].metric), "</small></th>", NULL);
	}
	fputs("</tr></thead>\n<tbody>\n", to);
}

/* The one place that makes the table of arms. */
void report_arms(FILE *to, const Results *results)
{
	const Plan *plan = results_plan(results);
	Column columns[METRIC_COUNT];
	size_t n = pick_columns(results, columns), blocks = results_blocks(results);
	char badge[SHEET_BADGE_MAX], text[64];

	text_format(text, sizeof text, "%zu whole block%s", blocks, blocks == 1 ? "" : "s");
	html_put(to, "<div class=\"scroll\"><table>\n<caption>Mean over ", text,
		 ", with 95 % intervals", NULL);
	if (sheet_has(results, METRIC_ENERGY))
		html_put(to, "; joules ", sheet_badge(results, METRIC_ENERGY, badge),
			 sheet_modelled(results, METRIC_ENERGY)
				 ? ", in parentheses because no sensor measured them"
				 : "",
			 NULL);
	fputs(". The baseline is bold.</caption>\n", to);
	arms_head(to, results, columns, n);
	for (size_t arm = 0; arm < plan->arms; arm++) {
		html_put(to,
			 arm == plan->versus ? "<tr class=\"base\"><th scope=\"row\">"
					     : "<tr><th scope=\"row\">",
			 plan->arm[arm], "</th>", NULL);
		for (size_t i = 0; i < n; i++)
			arm_cell(to, results, arm, &columns[i]);
		fputs("</tr>\n", to);
	}
	fputs("</tbody></table></div>\n", to);
}

/* --- three numbers of energy
 * ------------------------------------------------------------------- */

typedef struct Joules {
	double gross, net, attributed; /* of what is quoted; NaN: one of the windows has none */
	size_t n;
} Joules;

static Joules mean_joules(const Results *results, const Story *story, size_t arm, int64_t condition)
{
	Joules sum = { 0 };

	for (size_t i = 0; i < story->windows; i++) {
		const StoryWindow *window = &story->window[i];
		double per = tabulate_quoted(results) / window->items;

		if (window->condition != condition || window->spoiled || window->block < 0 ||
		    !isfinite(window->energy_j) ||
		    strcmp(window->arm, results_plan(results)->arm[arm]) != 0)
			continue;
		sum.gross += window->energy_j * per;
		sum.net += window->net_j * per;
		sum.attributed += window->attributed_j * per;
		sum.n++;
	}
	double n = sum.n ? (double)sum.n : NAN;

	return (Joules){ sum.gross / n, sum.net / n, sum.attributed / n, sum.n };
}

static void joules_cell(FILE *to, double joules, Unit unit)
{
	char text[SCALE_LABEL_MAX];

	html_put(to, "<td class=\"n\">", sheet_value(joules / unit.by, text), "</td>", NULL);
}

static void joules_row(FILE *to, const char *arm, Joules joules, Unit unit)
{
	char text[32];

	html_put(to, "<tr><th scope=\"row\">", arm, "</th>", NULL);
	joules_cell(to, joules.gross, unit);
	joules_cell(to, joules.net, unit);
	joules_cell(to, joules.attributed, unit);
	text_format(text, sizeof text, "%zu", joules.n);
	html_put(to, "<td class=\"n\">", text, "</td></tr>\n", NULL);
}

void report_energy(FILE *to, const Results *results, const Story *story, int64_t condition)
{
	const Plan *plan = results_plan(results);
	double most = 0;
	bool net = false;

	if (!plan->wanted[METRIC_ENERGY])
		return;
	if (!sheet_has(results, METRIC_ENERGY)) {
		fputs("<p class=\"quiet\">No joules for the whole blocks: time only.</p>\n", to);
		return;
	}
	for (size_t arm = 0; arm < plan->arms; arm++) {
		Joules joules = mean_joules(results, story, arm, condition);

		most = fmax(most, joules.gross);
		net |= isfinite(joules.net);
	}
	if (!net) {
		fputs("<p class=\"quiet\">Joules are gross, idle power included. Idle power was "
		      "not "
		      "measured in this run, so it is not subtracted anywhere.</p>\n",
		      to);
		return;
	}
	Unit unit = sheet_unit(METRIC_ENERGY, most);

	html_put(to,
		 "<div class=\"scroll\"><table class=\"narrow\">\n<caption>Three numbers of "
		 "energy, ",
		 unit.name, " ", sheet_metric_of(results, METRIC_ENERGY),
		 ", over all windows that no gate spoiled. Gross "
		 "ranks.</caption>\n"
		 "<thead><tr><th scope=\"col\">Arm</th><th scope=\"col\" class=\"n\">Gross</th>"
		 "<th scope=\"col\" class=\"n\">Over idle power</th><th scope=\"col\" class=\"n\">"
		 "Attributed by CPU time</th><th scope=\"col\" "
		 "class=\"n\">Windows</th></tr></thead>\n"
		 "<tbody>\n",
		 NULL);
	for (size_t arm = 0; arm < plan->arms; arm++)
		joules_row(to, plan->arm[arm], mean_joules(results, story, arm, condition), unit);
	fputs("</tbody></table></div>\n", to);
}
