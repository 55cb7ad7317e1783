/* The page of a report: its head, the order of its parts, and where figures stand.
 *
 * Well-formed as XML too. Nothing is fetched and nothing runs: the policy in its head refuses
 * all but the style that is in the page.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/report/report_inside.h"
#include "base/text.h"
#include "lab/verdict.h"

/* The day of the report; SOURCE_DATE_EPOCH stands in for today, so that a report can be made
 * again to the byte. */
static void write_date(FILE *to)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	char *end = NULL, text[32] = "";
	long long given = epoch ? strtoll(epoch, &end, 10) : 0;
	time_t now = epoch && end != epoch && !*end ? (time_t)given : time(NULL);
	struct tm day;

	if (gmtime_r(&now, &day))
		strftime(text, sizeof text, "%Y-%m-%d", &day);
	html_put(to, "<time>", text, "</time>", NULL);
}

static void page_head(FILE *to, const Report *report)
{
	const Plan *plan = results_plan(report->runs[0]->results);

	fputs("<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n"
	      "<meta charset=\"utf-8\"/>\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	      "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\"/>\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
	      "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
	      "<meta name=\"referrer\" content=\"no-referrer\"/>\n"
	      "<meta name=\"generator\" content=\"wattle " WATTLE_VERSION "\"/>\n",
	      to);
	html_put(to, "<title>", plan->name,
		 report->n > 1 ? " and others – wattle report" : " – wattle report", "",
		 "</title>\n", NULL);
	fprintf(to,
		"<style>\n:root{%s}\n@media screen and (prefers-color-scheme:dark){:root{%s}}\n%s%s"
		"</style>\n</head>\n<body>\n",
		figure_light, figure_dark, report_style, figure_rules);
}

/* --- figures ---------------------------------------------------------------------------------- */

static void write_figures(FILE *to, Report *report, const FigureList *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const Figure *figure = &list->figure[i];

		fprintf(to, "<figure id=\"%s\">\n", figure->name);
		figure_write(to, figure, FIGURE_INLINE);
		fprintf(to, "<figcaption><b>Figure %zu.</b> ", ++report->figures);
		html_put(to, "<b>", figure->title, ".</b> ", figure->about,
			 "</figcaption>\n</figure>\n", NULL);
	}
}

static void write_missing(FILE *to, const FigureList *list)
{
	if (!list->missings)
		return;
	fputs("<p class=\"quiet\">Not drawn:", to);
	for (size_t i = 0; i < list->missings; i++)
		html_put(to, i ? "; <i>" : " <i>", list->missing[i].title, "</i> (",
			 list->missing[i].why, ")", NULL);
	fputs(".</p>\n", to);
}

/* --- sections --------------------------------------------------------------------------------- */

/* The parts of one comparison. */
static void write_comparison(FILE *to, Report *report, const ReportSection *section, int h)
{
	html_heading(to, h, "What came of it");
	report_answers(to, section->results);
	html_heading(to, h, "Arms");
	report_arms(to, section->results);
	report_energy(to, section->results, section->run->story, section->number);
	if (section->figures.n)
		html_heading(to, h, "Figures");
	write_figures(to, report, &section->figures);
	write_missing(to, &section->figures);
	html_heading(to, h, "The numbers behind the verdicts");
	report_numbers(to, section->results);
	html_heading(to, h, "Checks on the measurement");
	report_checks(to, section->run, section->results);
}

static void run_anchor(const Report *report, size_t run, const char *what, char out[64])
{
	if (report->n > 1)
		text_format(out, 64, "run%zu-%s", run + 1, what);
	else
		text_format(out, 64, "%s", what);
}

static void condition_anchor(const Report *report, size_t run, const ReportSection *section,
			     char out[64])
{
	char what[32];

	text_format(what, sizeof what, "condition%lld", (long long)section->number + 1);
	run_anchor(report, run, what, out);
}

static void write_run(FILE *to, Report *report, size_t run)
{
	const ReportRun *of = report->runs[run];
	const Plan *plan = results_plan(of->results);
	size_t conditions = results_conditions(of->results);
	int h = report->n > 1 ? 3 : 2;
	char anchor[64];

	run_anchor(report, run, "results", anchor);
	fprintf(to, "<section id=\"%s\">\n", anchor);
	if (report->n > 1) {
		char title[PLAN_TEXT_MAX + 32];

		text_format(title, sizeof title, "Run %zu: %s", run + 1,
			    *plan->question ? plan->question : plan->name);
		html_heading(to, 2, title);
		report_question(to, of);
	}
	if (report->overview[run].n)
		html_heading(to, h, "All conditions");
	write_figures(to, report, &report->overview[run]);
	for (size_t i = 0; i < report->sections; i++) {
		const ReportSection *section = &report->section[i];

		if (section->run != of)
			continue;
		if (conditions > 1) {
			condition_anchor(report, run, section, anchor);
			fprintf(to, "<div id=\"%s\">\n", anchor);
			html_heading(to, h, section->condition);
		}
		write_comparison(to, report, section, conditions > 1 ? h + 1 : h);
		fputs(conditions > 1 ? "</div>\n" : "", to);
	}
	fputs("</section>\n", to);
	run_anchor(report, run, "receipt", anchor);
	report_receipt(to, of, anchor, h);
}

static void list_conditions(FILE *to, const Report *report, size_t run)
{
	char anchor[64];

	for (size_t i = 0; i < report->sections; i++) {
		const ReportSection *section = &report->section[i];

		if (section->run != report->runs[run] || !*section->condition)
			continue;
		condition_anchor(report, run, section, anchor);
		fprintf(to, "<li><a href=\"#%s\">", anchor);
		html_put(to, "", section->condition, "</a></li>\n", NULL);
	}
}

static void write_contents(FILE *to, const Report *report)
{
	char anchor[64];

	fputs("<nav aria-label=\"Contents\"><ul>\n", to);
	if (report->together.n)
		fputs("<li><a href=\"#together\">All runs</a></li>\n", to);
	for (size_t i = 0; i < report->n; i++) {
		run_anchor(report, i, "results", anchor);
		fprintf(to, "<li><a href=\"#%s\">", anchor);
		if (report->n > 1)
			fprintf(to, "Run %zu: ", i + 1);
		html_put(to, "", report->n > 1 ? report->runs[i]->name : "Results", "</a>", NULL);
		fputs("</li>", to);
		list_conditions(to, report, i);
		run_anchor(report, i, "receipt", anchor);
		fprintf(to, "<li><a href=\"#%s\">%s</a></li>\n", anchor,
			report->n > 1 ? "its receipt"
				      : "How it was measured, and how to run it again");
	}
	fputs("</ul></nav>\n", to);
}

static void write_together(FILE *to, Report *report)
{
	if (report->n < 2)
		return;
	fputs("<section id=\"together\">\n<h2>All runs</h2>\n"
	      "<p>Arms of different runs did not take turns on a machine, so no verdict is drawn "
	      "between "
	      "them. What stands side by side here differs by everything that differed between the "
	      "runs.</p>\n",
	      to);
	write_figures(to, report, &report->together);
	write_missing(to, &report->together);
	fputs("</section>\n", to);
}

void report_page(FILE *to, Report *report)
{
	page_head(to, report);
	fputs("<header>\n<p class=\"eyebrow\">wattle report</p>\n", to);
	if (report->n > 1) {
		char title[64];

		text_format(title, sizeof title, "%zu runs side by side", report->n);
		html_heading(to, 1, title);
	} else {
		const Plan *plan = results_plan(report->runs[0]->results);

		html_heading(to, 1, *plan->question ? plan->question : plan->name);
		report_question(to, report->runs[0]);
	}
	write_contents(to, report);
	fputs("</header>\n<main>\n", to);
	write_together(to, report);
	for (size_t i = 0; i < report->n; i++)
		write_run(to, report, i);
	fputs("</main>\n<footer><p>Made by wattle " WATTLE_VERSION " on ", to);
	write_date(to);
	fputs(". Intervals are 95 % unless "
	      "another level is given.</p></footer>\n</body>\n</html>\n",
	      to);
}
