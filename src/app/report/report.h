/* A report: one page that shows all of one run or of several, whole in one file, and its figures
 * as files of their own.
 *
 * What `wattle run --report DIR` does: report_run_new, report_run_take for every record of the
 * run in its order, report_run_asked where the script is at hand, report_write.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_REPORT_H
#define WATTLE_APP_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "lab/figures/story.h"
#include "lab/results.h"

#define REPORT_RUNS_MAX 64

/* A run as a report shows it. */
typedef struct ReportRun {
	char *name; /* what the user calls it: a tag, a number, a file */
	Results *results;
	Story *story;
	char *script; /* its text; NULL: not at hand */
	size_t script_len;
	json_t *settings; /* what it was asked with; NULL: not at hand */
	bool stored;      /* the store has it: it can be run again from there */
} ReportRun;

/* NULL and ERR_MEMORY. */
ReportRun *report_run_new(const char *name, Err *err);
void report_run_free(ReportRun *run);
/* Takes any record (borrowed). ERR_FORMAT: one that matters is malformed. */
bool report_run_take(ReportRun *run, const json_t *record, Err *err);
/* Takes over script (malloc'd, may be NULL) and settings (a reference, may be NULL). */
void report_run_asked(ReportRun *run, char *script, size_t len, json_t *settings);

/* X(NAME, ending of its file) */
#define REPORT_FORMAT_LIST(X) \
	X(HTML, "html")       \
	X(MARKDOWN, "md")     \
	X(LATEX, "tex")       \
	X(CSV, "csv")

typedef enum ReportFormat {
#define X(name, ending) REPORT_##name,
	REPORT_FORMAT_LIST(X)
#undef X
} ReportFormat;

typedef struct ReportWay {
	ReportFormat format; /* a page, or tables for a paper or a program (lab/tabulate.h) */
	bool svg;            /* the figures as files, too */
	bool axes_asked;     /* the Pareto figure that is wanted */
	Metric across, up;
} ReportWay;

/* The page or the tables alone. ERR_FORMAT: a run has no plan, so that nothing was compared. Write errors are
 * left to ferror(to). */
bool report_print(FILE *to, ReportRun *const *runs, size_t n, const ReportWay *way, Err *err);
/* The page or the tables and, where wanted, the figures into a folder, which is made when it is not there.
 * Each file is whole or not there; one of the same name is replaced, others are left alone.
 * *files, an array of their names, is a new reference; NULL on failure. ERR_FILE says what
 * cannot be written. */
bool report_write(const char *folder, ReportRun *const *runs, size_t n, const ReportWay *way,
		  json_t **files, Err *err);

#endif
