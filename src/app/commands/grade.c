/* wattle grade DIR: reruns every check of every submission, and writes the grades.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/author/describe.h"
#include "app/author/source.h"
#include "app/command.h"
#include "app/grading/checks.h"
#include "app/grading/format.h"
#include "app/grading/pairs.h"
#include "app/grading/pool.h"
#include "app/lesson/lesson.h"
#include "base/record.h"
#include "base/text.h"

static const Param grade_params[] = {
	{ .name = "roster",
	  .type = PARAM_TEXT,
	  .unit = "CSV",
	  .help = "Who is graded: a CSV file with a column student, ID number or Email address." },
	{ .name = "with",
	  .type = PARAM_TEXT,
	  .unit = "FILE",
	  .help = "The grading file: weights and further checks." },
	{ .name = "secret-file",
	  .type = PARAM_TEXT,
	  .unit = "FILE",
	  .help = "The course's secret, which the seeds of hidden data come from." },
	{ .name = "format",
	  .type = PARAM_TEXT,
	  .value = "generic",
	  .unit = "NAME",
	  .help = "generic, moodle, gradescope or exercism." },
	{ .name = "out",
	  .type = PARAM_TEXT,
	  .unit = "PATH",
	  .help = "File of the grades; of gradescope and exercism the folder." },
	{ .name = "similar",
	  .type = PARAM_FLAG,
	  .value = "false",
	  .help = "Grade nothing: list pairs of submissions that are alike." },
	{ .name = "variants",
	  .type = PARAM_FLAG,
	  .value = "false",
	  .help = "Grade nothing: list the seed and variant of each student." },
	{ .name = "jobs",
	  .type = PARAM_INT,
	  .minimum = 1,
	  .maximum = POOL_WORKERS_MAX,
	  .help = "Workers at a time; the number of CPUs." },
	{ 0 },
};

/* All that one command holds. */
typedef struct Grading {
	const Cli *cli;
	Grades grades;
	json_t *source, *grading, *rows;
	const json_t *row; /* of the lesson */
	Secret secret;
	ScriptFile lesson, with;
	char lesson_path[PATH_MAX];
	char *with_text;
} Grading;

static const char *flag_text(const Cli *cli, const char *name)
{
	const ParamValue *value = params_get(&cli->flags, name);
	return value->given ? value->text : NULL;
}

static bool flag(const Cli *cli, const char *name)
{
	return params_get(&cli->flags, name)->flag;
}

static bool open_with(Grading *self, Err *err)
{
	size_t len;
	const char *path = flag_text(self->cli, "with");
	if (!path)
		return true;
	if (!script_file_open(&self->with, path, err) ||
	    !(self->grading = describe_script(self->cli->paths, &self->with, err)))
		return false;
	if (strcmp(record_text(self->grading, "type"), "grading-source") != 0)
		return err_set(err, ERR_SCRIPT,
			       "%s: --with wants a grading file: return w.grading { … }", path);
	char *text = script_file_text(&self->with, &len);
	self->with_text = text ? strndup(text, len) : NULL;
	free(text);
	return self->with_text || err_set(err, ERR_MEMORY, "reading %s", path);
}

/* The lesson that the first readable submission is for. */
static bool lesson_of_handed(const Grades *grades, char *out, size_t cap, Err *err)
{
	for (size_t i = 0; i < grades->handed_count; i++) {
		const char *lesson = record_text(grades->handed[i].submission.head, "lesson");
		text_format(out, cap, "%s", lesson);
		if (*lesson)
			return true;
	}
	return err_set(err, ERR_NEED,
		       "%s: no file in it can be read; --with tells which lesson is graded",
		       grades->handed[0].why ? grades->handed[0].why : grades->handed[0].name);
}

/* Extra checks of an exercise that the lesson does not have would silently be left out. */
static bool check_grading(const Grading *self, Err *err)
{
	static const char *const tables[] = { "weights", "extra" };
	const char *id;
	json_t *value;
	for (size_t i = 0; i < 2; i++)
		json_object_foreach(json_object_get(self->grading, tables[i]), id, value)
		{
			const json_t *step = source_step(self->source, id);
			if (step && (i == 0 || source_is(step, "exercise")))
				continue;
			return err_set(err, ERR_SCRIPT, "%s: %s: the lesson '%s' has no %s '%s'",
				       self->with.name, tables[i], record_text(self->source, "id"),
				       i ? "exercise" : "step", id);
		}
	return true;
}

static bool open_lesson(Grading *self, const char *id, Err *err)
{
	self->rows = lesson_list(self->cli, err);
	self->row = self->rows ? lesson_find(self->rows, id, err) : NULL;
	if (!self->row)
		return false;
	text_format(self->lesson_path, sizeof self->lesson_path, "%s/%s",
		    record_text(self->row, "folder"), record_text(self->row, "file"));
	return script_file_open(&self->lesson, self->lesson_path, err) &&
	       (self->source = describe_script(self->cli->paths, &self->lesson, err)) &&
	       check_grading(self, err);
}

static bool read_secret(Grading *self, Err *err)
{
	const char *path = flag_text(self->cli, "secret-file");
	if (!path) {
		text_printf(stderr, "wattle: without --secret-file students can compute the seeds "
				    "of the hidden data\n");
		return true;
	}
	if (!secret_read(&self->secret, path, err))
		return false;
	if (self->secret.open)
		text_printf(stderr, "wattle: others can read %s: chmod 600 %s\n", path, path);
	self->grades.secret = &self->secret;
	return true;
}

static bool prepare(Grading *self, Err *err)
{
	char id[SUBMISSION_NAME_MAX];
	Grades *grades = &self->grades;
	const char *roster = flag_text(self->cli, "roster"), *folder = self->cli->operand[0];
	if ((roster && !roster_read(&grades->roster, roster, err)) || !read_secret(self, err) ||
	    !open_with(self, err) || !grades_find(grades, folder, err))
		return false;
	text_format(id, sizeof id, "%s", record_text(self->grading, "lesson"));
	if (!*id && !lesson_of_handed(grades, id, sizeof id, err))
		return false;
	if (!open_lesson(self, id, err))
		return false;
	grades->source = self->source;
	grades->grading = self->grading;
	grades_read(grades, folder);
	return grades_plan(grades, err);
}

static bool run_checks(Grading *self, Err *err)
{
	const Params *flags = &self->cli->flags;
	const ParamValue *jobs = params_get(flags, "jobs");
	json_t *data = paths_data_folders(self->cli->paths);
	Session session = { .hook = NULL };
	CheckRun run = {
		.lesson = &self->lesson,
		.grading_name = self->with.name,
		.grading_text = self->with_text,
		.data = data,
		.workers = (size_t)(jobs->given ? jobs->integer : sysconf(_SC_NPROCESSORS_ONLN)),
		.show = isatty(STDERR_FILENO) && !params_get(&self->cli->common, "quiet")->flag
	};
	bool ok = session_open(&session, self->cli->paths, NULL, 0, err) &&
		  checks_run(&session, &self->grades, &run, err);
	session_close(&session);
	json_decref(data);
	return ok;
}

/* A table of its own instead of the grades. */
static bool write_other(const Grading *self, Err *err)
{
	const Cli *cli = self->cli;
	TableFormat format = params_get(&cli->common, "json")->flag ? TABLE_JSON : TABLE_CSV;
	Table *table = flag(cli, "similar")
			       ? pairs_table(&self->grades, record_text(self->row, "folder"),
					     record_text(self->row, "file"), err)
			       : variants_table(&self->grades, cli->paths, &self->lesson, err);
	bool ok = table && table_write(stdout, table, format, NULL, err);
	table_free(table);
	return ok;
}

static bool grade(Grading *self, Err *err)
{
	const Cli *cli = self->cli;
	const char *out = flag_text(cli, "out");
	const GradeFormat *format = grade_format_find(params_get(&cli->flags, "format")->text, err);
	if (!format)
		return false;
	if (format->student && !out)
		return err_set(err, ERR_USAGE,
			       "--format %s writes a file for each student: name their folder by "
			       "--out",
			       format->info.name);
	if (!prepare(self, err))
		return false;
	if (flag(cli, "similar") || flag(cli, "variants"))
		return write_other(self, err);
	return run_checks(self, err) &&
	       grade_format_write(format, &self->grades, out,
				  params_get(&cli->common, "json")->flag, err);
}

static int grade_run(const Cli *cli, Err *err)
{
	Grading self = { .cli = cli, .lesson = { .fd = -1 }, .with = { .fd = -1 } };
	bool ok = grade(&self, err);
	grades_done(&self.grades);
	script_file_close(&self.lesson);
	script_file_close(&self.with);
	free(self.with_text);
	json_decref(self.source);
	json_decref(self.grading);
	json_decref(self.rows);
	return ok ? 0 : err_exit_status(err->code);
}

const Command command_grade = {
	.info = { .name = "grade",
		  .title = "Grade",
		  .about = "Rerun every check of every submission in a folder, and write the "
			   "grades.",
		  .params = grade_params },
	.synopsis = "DIR",
	.operands_min = 1,
	.operands_max = 1,
	.run = grade_run,
};
