/* What stands behind the verdicts of a report: their numbers, and the checks on the measurement.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "app/report/report_inside.h"
#include "base/text.h"
#include "lab/figures/sheet.h"
#include "lab/verdict.h"

/* --- numbers ---------------------------------------------------------------------------------- */

static void number_cell(FILE *to, const char *before, double value, const char *after)
{
	char text[64];

	if (isfinite(value))
		text_format(text, sizeof text, "%s%.4g%s", before, value, after);
	html_put(to, "<td class=\"n\">", isfinite(value) ? text : "–", "</td>", NULL);
}

static void difference_cell(FILE *to, const Verdict *verdict)
{
	bool points = verdict->metric == METRIC_ACCURACY;
	char value[64], range[128] = "";

	if (!isfinite(verdict->ratio)) {
		fputs("<td class=\"n\">–</td>", to);
		return;
	}
	if (points)
		text_format(value, sizeof value, "%+.2f pt", verdict->ratio);
	else
		text_format(value, sizeof value, "× %.4f", verdict->ratio);
	if (isfinite(verdict->low) && isfinite(verdict->high) && !verdict->exact)
		text_format(range, sizeof range,
			    points ? "%+.2f – %+.2f at %.3g %%" : "%.4f – %.4f at %.3g %%",
			    verdict->low, verdict->high, 100 * verdict->level);
	html_put(to, "<td class=\"n\">", value, "<small>", verdict->exact ? "exact" : range,
		 "</small></td>", NULL);
}

static void margin_cell(FILE *to, const Verdict *verdict)
{
	if (verdict->metric == METRIC_ACCURACY)
		number_cell(to, "", verdict->margin, " pt");
	else
		number_cell(to, "", 100 * verdict->margin, " %");
}

static void tests_cell(FILE *to, const Verdict *verdict)
{
	char text[32] = "–", beside[48] = "";

	if (isfinite(verdict->p_sign_flip))
		text_format(text, sizeof text, "%.4f", verdict->p_sign_flip);
	else if (isfinite(verdict->p_mcnemar))
		text_format(text, sizeof text, "%.4f", verdict->p_mcnemar);
	if (isfinite(verdict->p_holm))
		text_format(beside, sizeof beside, "Holm %.4f", verdict->p_holm);
	else if (isfinite(verdict->p_mcnemar))
		text_format(beside, sizeof beside, "McNemar");
	html_put(to, "<td class=\"n\">", text, "<small>", beside, "</small></td>", NULL);
}

static void outliers_cell(FILE *to, const Verdict *verdict)
{
	char text[64], beside[64];

	if (verdict->metric == METRIC_ACCURACY || verdict->exact) {
		fputs("<td class=\"n\">–</td>", to);
		return;
	}
	text_format(text, sizeof text, "%zu", verdict->outliers);
	text_format(beside, sizeof beside, "%zu severe", verdict->severe);
	html_put(to, "<td class=\"n\">", text, "<small>", beside, "</small></td>", NULL);
}

static void number_row(FILE *to, const Results *results, const Verdict *verdict)
{
	char n[32], rows[96] = "";

	text_format(n, sizeof n, "%zu", verdict->n);
	if (verdict->metric == METRIC_ACCURACY && !verdict->no_hits)
		text_format(rows, sizeof rows,
			    "rows only it has right %llu, only the baseline %llu",
			    (unsigned long long)verdict->only_arm,
			    (unsigned long long)verdict->only_versus);
	html_put(to, "<tr><th scope=\"row\">", results_plan(results)->arm[verdict->arm],
		 "</th><td>", sheet_metric(results, verdict->metric), "<small>", rows,
		 "</small></td><td>", verdict_name(verdict->word), "</td>", NULL);
	difference_cell(to, verdict);
	html_put(to, "<td class=\"n\">", n, "</td>", NULL);
	margin_cell(to, verdict);
	number_cell(to, "", 100 * verdict->visible, " %");
	number_cell(to, "× ", verdict->metric == METRIC_ACCURACY ? NAN : verdict->median_ratio, "");
	tests_cell(to, verdict);
	number_cell(to, "", verdict->metric == METRIC_ACCURACY ? NAN : 100 * verdict->better, " %");
	outliers_cell(to, verdict);
	fputs("</tr>\n", to);
}

void report_numbers(FILE *to, const Results *results)
{
	static const char *const heads[] = { "Pairs",        "Margin",      "Smallest visible",
					     "Median ratio", "p sign-flip", "Blocks won",
					     "Outliers",     NULL };
	Verdict verdicts[VERDICTS_MAX];
	size_t n = verdict_make_all(verdicts, results);

	if (!n)
		return;
	html_put(to, "<div class=\"scroll\"><table class=\"numbers\">\n<caption>Each arm beside ",
		 results_plan(results)->arm[results_plan(results)->versus],
		 ". Words follow from the intervals and the margins, which were fixed before the "
		 "first block; p and the rest stand beside them and decide nothing.</caption>\n"
		 "<thead><tr><th scope=\"col\">Arm</th><th scope=\"col\">Metric</th>"
		 "<th scope=\"col\">Word</th><th scope=\"col\" class=\"n\">Difference"
		 "<small>interval and its level</small></th>",
		 NULL);
	for (size_t i = 0; heads[i]; i++)
		html_put(to, "<th scope=\"col\" class=\"n\">", heads[i], "</th>", NULL);
	fputs("</tr></thead>\n<tbody>\n", to);
	for (size_t i = 0; i < n; i++)
		number_row(to, results, &verdicts[i]);
	fputs("</tbody></table></div>\n", to);
}

/* --- checks ----------------------------------------------------------------------------------- */

__attribute__((format(printf, 3, 4))) static void check(FILE *to, bool warn, const char *format,
							...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	text_vformat(text, sizeof text, format, args);
	va_end(args);
	html_put(to,
		 warn ? "<li class=\"warn\"><span class=\"sign\">!</span>"
		      : "<li class=\"fine\"><span class=\"sign\">✓</span>",
		 text, "</li>\n", NULL);
}

static void check_blocks(FILE *to, const Results *results)
{
	const Plan *plan = results_plan(results);
	size_t blocks = results_blocks(results), disturbed = results_disturbed(results);
	size_t repeated = results_repeated(results);

	check(to, blocks < plan->blocks_min,
	      "%zu whole blocks; planned were %zu at least and %zu at most, after %zu of warm-up.",
	      blocks, plan->blocks_min, plan->blocks_max, plan->warmup);
	if (!repeated && !disturbed)
		check(to, false,
		      "No block was repeated because of other work, the clock or the "
		      "temperature.");
	else
		check(to, disturbed > 0,
		      "Other work, the clock or the temperature spoiled windows: blocks were "
		      "repeated %zu "
		      "times, and %zu stayed spoiled and do not count.",
		      repeated, disturbed);
}

static void check_drift(FILE *to, const Results *results, Metric metric)
{
	Drift drift = verdict_drift(results, metric);

	if (!isfinite(drift.rho) || !isfinite(drift.change))
		return;
	check(to, drift.warn,
	      "%s of all arms together moved by %+.1f %% from the first to the last third of the "
	      "blocks (rank correlation with their order %.2f)%s.",
	      sheet_metric(results, metric), 100 * drift.change, drift.rho,
	      drift.warn ? ": a drift; arms are compared within a block, so that what all of them "
			   "share cancels"
			 : "");
}

static void check_outliers(FILE *to, const Results *results)
{
	Verdict verdicts[VERDICTS_MAX];
	size_t n = verdict_make_all(verdicts, results), outliers = 0, severe = 0;

	for (size_t i = 0; i < n; i++) {
		outliers += verdicts[i].outliers;
		severe += verdicts[i].severe;
	}
	check(to, severe > 0,
	      "%zu outliers among the ratios of all pairs, %zu of them severe. None was dropped.",
	      outliers, severe);
}

static void check_energy(FILE *to, const Results *results)
{
	const char *provenance = results_provenance(results);
	char badge[SHEET_BADGE_MAX];

	sheet_badge(results, METRIC_ENERGY, badge);
	if (results_mixed_energy(results))
		check(to, true,
		      "The source or the scope of the joules changed within the run, so "
		      "there is no verdict on energy.");
	else if (strcmp(provenance, "none") == 0)
		check(to, true,
		      "No joules: nothing measures them on this machine, and no model was "
		      "used. Times and accuracies stand without them.");
	else
		check(to, results_replayed(results) || strcmp(provenance, "measured") != 0,
		      "Joules: %s.%s", badge,
		      strcmp(provenance, "modelled") == 0 ? " They follow from a model of the "
							    "processor, not from a sensor, and get "
							    "no verdict."
							  : "");
}

/* The baseline's second arm beside it: what comes out differently there, nothing but the machine
 * did. */
static void check_twin(FILE *to, const Results *results, Metric metric)
{
	char text[VERDICT_SELF_MAX];
	bool differs;

	if (verdict_self_text(results, metric, text, &differs))
		check(to, differs, "A against itself: %s", text);
}

static void check_diverged(FILE *to, const Results *results)
{
	const Plan *plan = results_plan(results);

	for (size_t arm = 0; arm < plan->arms; arm++) {
		size_t diverged = results_arm(results, arm)->diverged;

		if (diverged)
			check(to, true,
			      "%s diverged in %zu of %zu trainings: what it cost there is not "
			      "shown, "
			      "and it gets no verdict.",
			      plan->arm[arm], diverged, results_scored(results));
	}
}

static void check_overrides(FILE *to, const Story *story)
{
	const json_t *receipt = json_object_get(story->begin, "receipt");
	json_t *overrides = json_object_get(json_object_get(receipt, "blas"), "overrides"), *value;
	const char *name;

	json_object_foreach(overrides, name, value)
	{
		bool speed = strcmp(name, "OPENBLAS_CORETYPE") == 0 ||
			     strcmp(name, "OPENBLAS_L2_SIZE") == 0;

		check(to, speed, "%s=%s was set%s.", name,
		      json_is_string(value) ? json_string_value(value) : "",
		      speed ? ": it can halve the speed of the dense baseline, and so double every "
			      "saving"
			    : "");
	}
}

static void check_notes(FILE *to, const Story *story)
{
	size_t i;
	json_t *note;

	json_array_foreach(story->notes, i, note) check(to, true, "%s", json_string_value(note));
	if (story->notes_left)
		check(to, true, "And %zu more notices.", story->notes_left);
}

void report_checks(FILE *to, const ReportRun *run, const Results *results)
{
	fputs("<ul class=\"checks\">\n", to);
	check_blocks(to, results);
	check_drift(to, results, METRIC_TIME);
	check_drift(to, results, METRIC_ENERGY);
	check_outliers(to, results);
	check_twin(to, results, METRIC_TIME);
	check_twin(to, results, METRIC_ENERGY);
	check_diverged(to, results);
	check_energy(to, results);
	check_overrides(to, run->story);
	if (!run->story->end)
		check(to, true, "The run did not end: this is what was recorded until then.");
	check_notes(to, run->story);
	fputs("</ul>\n", to);
}
