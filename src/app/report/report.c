/* Reports: figures are drawn, then the page is written around them, then all becomes files.
 * SPDX-License-Identifier: MIT */
#include "app/report/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/report/report_inside.h"
#include "base/file.h"
#include "base/record.h"
#include "base/text.h"
#include "lab/tabulate.h"

#define SLUG_MAX 48

static const char *const endings[] = {
#define X(name, ending) ending,
	REPORT_FORMAT_LIST(X)
#undef X
};

/* --- runs ------------------------------------------------------------------------------------- */

ReportRun *report_run_new(const char *name, Err *err)
{
	ReportRun *run = calloc(1, sizeof *run);

	if (run) {
		run->name = strdup(name);
		run->results = results_new(err);
		run->story = story_new(err);
	}
	if (run && run->name && run->results && run->story)
		return run;
	report_run_free(run);
	err_set(err, ERR_MEMORY, "no memory for a report");
	return NULL;
}

void report_run_free(ReportRun *run)
{
	if (!run)
		return;
	results_free(run->results);
	story_free(run->story);
	json_decref(run->settings);
	free(run->script);
	free(run->name);
	free(run);
}

bool report_run_take(ReportRun *run, const json_t *record, Err *err)
{
	return results_take(run->results, record, err) && story_take(run->story, record, err);
}

void report_run_asked(ReportRun *run, char *script, size_t len, json_t *settings)
{
	free(run->script);
	json_decref(run->settings);
	run->script = script;
	run->script_len = script ? len : 0;
	run->settings = settings;
}

/* --- figures ---------------------------------------------------------------------------------- */

/* What of a text can stand in the name of a file and of an element: small letters, digits,
 * dashes. */
static void slug(char *out, size_t cap, const char *text)
{
	size_t len = 0;

	for (; *text && len + 2 < cap; text++) {
		char c = *text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a') : *text;
		bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

		if (plain)
			out[len++] = c;
		else if (len && out[len - 1] != '-')
			out[len++] = '-';
	}
	if (len && out[len - 1] != '-')
		out[len++] = '-';
	out[len] = '\0';
}

static void ask_axes(FigureAsk *ask, const ReportWay *way)
{
	ask->axes_asked = way->axes_asked;
	ask->across = way->across;
	ask->up = way->up;
}

/* "run2-c1-threads-2-", and only what is needed of it. */
static void section_prefix(const Report *report, size_t run, size_t condition, char out[96])
{
	const Results *results = report->runs[run]->results;
	char name[SLUG_MAX];
	size_t len = 0;

	out[0] = '\0';
	if (report->n > 1)
		len = text_format(out, 96, "run%zu-", run + 1);
	if (results_conditions(results) > 1 && condition < SIZE_MAX) {
		slug(name, sizeof name, results_condition_name(results, condition));
		text_format(out + len, 96 - len, "c%zu-%s", condition + 1, name);
	}
}

static bool draw_sections(Report *report, const ReportWay *way, Err *err)
{
	for (size_t r = 0; r < report->n; r++) {
		const ReportRun *run = report->runs[r];

		for (size_t c = 0; c < results_conditions(run->results); c++) {
			ReportSection *section = &report->section[report->sections++];
			char prefix[96];

			section->run = run;
			section->results = results_condition(run->results, c);
			section->condition = results_condition_name(run->results, c);
			section->number = (int64_t)c;
			section_prefix(report, r, c, prefix);
			FigureSubject subject = { section->results, run->story, section->condition,
						  section->number, "" };
			FigureAsk ask = { .scope = FIGURE_COMPARISON,
					  .subject = &subject,
					  .subjects = 1,
					  .prefix = prefix };

			ask_axes(&ask, way);
			if (!figures_draw(&section->figures, &ask, err))
				return false;
		}
	}
	return true;
}

/* Over the conditions of a run. */
static bool draw_overview(Report *report, size_t run, FigureSubject *subject, Err *err)
{
	const ReportRun *of = report->runs[run];
	size_t n = results_conditions(of->results);
	char prefix[96];

	if (n < 2)
		return true;
	section_prefix(report, run, SIZE_MAX, prefix);
	for (size_t c = 0; c < n; c++) {
		const char *name = results_condition_name(of->results, c);

		subject[c] = (FigureSubject){ results_condition(of->results, c), of->story, name,
					      (int64_t)c, name };
	}
	return figures_draw(&report->overview[run],
			    &(FigureAsk){ .scope = FIGURE_CONDITIONS,
					  .subject = subject,
					  .subjects = n,
					  .prefix = prefix },
			    err);
}

/* Over all runs, each by its number; a run of several conditions has overviews of its own. */
static bool draw_together(Report *report, FigureSubject *subject, const ReportWay *way, Err *err)
{
	FigureAsk ask = { .scope = FIGURE_RUNS, .subject = subject, .prefix = "all-" };
	char numbers[REPORT_RUNS_MAX][8];

	if (report->n < 2)
		return true;
	for (size_t r = 0; r < report->n; r++) {
		const ReportRun *run = report->runs[r];

		text_format(numbers[r], sizeof numbers[r], "%zu", r + 1);
		if (results_conditions(run->results) == 1)
			subject[ask.subjects++] =
				(FigureSubject){ run->results, run->story, "", 0, numbers[r] };
	}
	ask_axes(&ask, way);
	return ask.subjects < 2 || figures_draw(&report->together, &ask, err);
}

static void report_done(Report *report)
{
	for (size_t i = 0; i < report->sections; i++)
		figures_done(&report->section[i].figures);
	for (size_t i = 0; report->overview && i < report->n; i++)
		figures_done(&report->overview[i]);
	figures_done(&report->together);
	free(report->section);
	free(report->overview);
}

/* All figures of all sections; to be done with either way. */
static bool report_draw(Report *report, ReportRun *const *runs, size_t n, const ReportWay *way,
			Err *err)
{
	size_t sections = 0;
	bool fine = true;

	*report = (Report){ .runs = runs, .n = n };
	for (size_t i = 0; i < n; i++) {
		if (!results_plan(runs[i]->results))
			return err_set(err, ERR_FORMAT,
				       "%s: no experiment was planned, so there is nothing to "
				       "report",
				       runs[i]->name);
		sections += results_conditions(runs[i]->results);
	}
	FigureSubject *subject = calloc(sections + n, sizeof *subject);

	report->section = calloc(sections + 1, sizeof *report->section);
	report->overview = calloc(n + 1, sizeof *report->overview);
	if (!subject || !report->section || !report->overview)
		fine = err_set(err, ERR_MEMORY, "no memory for a report");
	fine = fine && draw_sections(report, way, err);
	for (size_t i = 0; fine && i < n; i++)
		fine = draw_overview(report, i, subject, err);
	fine = fine && draw_together(report, subject, way, err);
	free(subject);
	return fine;
}

/* --- what is written -------------------------------------------------------------------------- */

static const char *run_id(const ReportRun *run)
{
	return record_text(run->story->begin, "run");
}

/* Programs get one table of all runs. */
static bool print_csv(FILE *to, const Report *report, ParetoPair pair, Err *err)
{
	Table *table = tabulate_new(err);

	for (size_t i = 0; table && i < report->n; i++)
		tabulate_add(table, run_id(report->runs[i]), report->runs[i]->results, pair);
	bool fine = table && table_write(to, table, TABLE_CSV, NULL, err);

	table_free(table);
	return fine;
}

static bool print_report(FILE *to, Report *report, const ReportWay *way, Err *err)
{
	const ParetoPair pair = { way->axes_asked, { way->across, way->up } };
	TableFormat format = way->format == REPORT_LATEX ? TABLE_LATEX : TABLE_MARKDOWN;
	bool fine = true;

	if (way->format == REPORT_CSV)
		return print_csv(to, report, pair, err);
	if (way->format == REPORT_HTML) {
		report_page(to, report);
		return true;
	}
	for (size_t i = 0; fine && i < report->n; i++) {
		fputs(i ? "\n" : "", to);
		fine = tabulate_paper(to, run_id(report->runs[i]), report->runs[i]->results, pair,
				      format, err);
	}
	return fine;
}

/* --- files ------------------------------------------------------------------------------------ */

bool report_print(FILE *to, ReportRun *const *runs, size_t n, const ReportWay *way, Err *err)
{
	Report report;
	bool fine = report_draw(&report, runs, n, way, err) && print_report(to, &report, way, err);

	report_done(&report);
	return fine;
}

/* A file that is being made in memory. */
typedef struct Making {
	const char *folder;
	json_t *files;
	char *bytes;
	size_t len;
} Making;

static bool put_file(Making *making, FILE *from, const char *name, Err *err)
{
	size_t room = strlen(making->folder) + strlen(name) + 2;
	char *path = malloc(room);
	bool whole = fclose(from) == 0 && path;

	if (whole) {
		snprintf(path, room, "%s/%s", making->folder, name);
		whole = file_write(path, "the report", making->bytes, making->len, FILE_REPLACE,
				   err) &&
			(json_array_append_new(making->files, json_string(name)) == 0 ||
			 err_set(err, ERR_MEMORY, "no memory for a report"));
	} else {
		err_set(err, ERR_MEMORY, "no memory for a report");
	}
	free(making->bytes);
	free(path);
	making->bytes = NULL;
	return whole;
}

static FILE *open_file(Making *making, Err *err)
{
	FILE *to = open_memstream(&making->bytes, &making->len);

	if (!to)
		err_set(err, ERR_MEMORY, "no memory for a report");
	return to;
}

static bool put_figures(Making *making, const FigureList *list, Err *err)
{
	for (size_t i = 0; i < list->n; i++) {
		FILE *to = open_file(making, err);
		char name[FIGURE_NAME_MAX + 8];

		if (!to)
			return false;
		figure_write(to, &list->figure[i], FIGURE_FILE);
		text_format(name, sizeof name, "%s.svg", list->figure[i].name);
		if (!put_file(making, to, name, err))
			return false;
	}
	return true;
}

static bool put_all(Making *making, Report *report, const ReportWay *way, Err *err)
{
	FILE *to = open_file(making, err);
	char name[32];

	if (!to)
		return false;
	if (!print_report(to, report, way, err)) {
		fclose(to);
		free(making->bytes);
		return false;
	}
	text_format(name, sizeof name, "report.%s", endings[way->format]);
	if (!put_file(making, to, name, err))
		return false;
	for (size_t i = 0; way->svg && i < report->sections; i++)
		if (!put_figures(making, &report->section[i].figures, err))
			return false;
	for (size_t i = 0; way->svg && i < report->n; i++)
		if (!put_figures(making, &report->overview[i], err))
			return false;
	return !way->svg || put_figures(making, &report->together, err);
}

static bool make_folder(const char *folder, Err *err)
{
	struct stat st;

	file_make_folders(folder);
	if (mkdir(folder, 0777) == 0 || (stat(folder, &st) == 0 && S_ISDIR(st.st_mode)))
		return true;
	return err_set(err, ERR_FILE, "cannot make the folder %s: %s", folder,
		       errno == ENOENT ? "part of its path cannot be made" : strerror(errno));
}

bool report_write(const char *folder, ReportRun *const *runs, size_t n, const ReportWay *way,
		  json_t **files, Err *err)
{
	Making making = { .folder = folder, .files = json_array() };
	Report report;
	bool fine = report_draw(&report, runs, n, way, err) && make_folder(folder, err) &&
		    put_all(&making, &report, way, err);

	report_done(&report);
	*files = fine ? making.files : NULL;
	if (!fine)
		json_decref(making.files);
	return fine;
}
