/* What the files of the report share: its sections, and how they are written. For this folder
 * alone.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_REPORT_INSIDE_H
#define WATTLE_APP_REPORT_INSIDE_H

#include "app/report/report.h"
#include "app/report/report_html.h"
#include "lab/figures/figure.h"

/* A comparison: a run, or a condition of one, with its figures. */
typedef struct ReportSection {
	const ReportRun *run;
	const Results *results;
	const char *condition; /* its name; "" without factors */
	int64_t number;        /* and its number */
	FigureList figures;
} ReportSection;

typedef struct Report {
	ReportRun *const *runs;
	size_t n;
	ReportSection *section; /* run by run, condition by condition; owned */
	size_t sections;
	FigureList *overview; /* over the conditions of each run; owned */
	FigureList together;  /* over all runs */
	size_t figures;       /* numbered so far, while the page is written */
} Report;

/* The page and its head. */
void report_page(FILE *to, Report *report);
/* Parts of a section, without their headings. */
void report_question(FILE *to, const ReportRun *run);
void report_answers(FILE *to, const Results *results);
void report_arms(FILE *to, const Results *results);
void report_energy(FILE *to, const Results *results, const Story *story, int64_t condition);
void report_numbers(FILE *to, const Results *results);
void report_checks(FILE *to, const ReportRun *run, const Results *results);
/* Of a run; h is the level of its heading. */
void report_receipt(FILE *to, const ReportRun *run, const char *anchor, int h);

extern const char report_style[];

#endif
