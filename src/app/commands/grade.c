/* wattle grade DIR: reruns every check of every submission, and writes the grades.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "app/command.h"
#include "app/flags.h"
#include "app/grading/checks.h"
#include "app/grading/format.h"
#include "app/grading/model_solution.h"
#include "app/grading/notices.h"
#include "app/grading/pairs.h"
#include "app/grading/pool.h"
#include "app/lesson/describe.h"
#include "app/lesson/lesson.h"
#include "app/lesson/source.h"
#include "base/record.h"
#include "base/text.h"

/* Of a worker's share. */
#define WORKER_MEMORY_MIN ((uint64_t)256 << 20)
#define WORKER_MEMORY_MAX ((uint64_t)4 << 30)

static const Param grade_params[] = {
	{ .name = "roster",
	  .type = PARAM_TEXT,
	  .unit = "CSV",
	  .help = "Who is graded: a CSV file with a column student, ID number or Email address." },
	{ .name = "lesson",
	  .type = PARAM_TEXT,
	  .unit = "ID",
	  .help = "The lesson that is graded; else the grading file's, or that of all "
		  "submissions." },
	{ .name = "with",
	  .type = PARAM_TEXT,
	  .unit = "FILE",
	  .help = "The grading file: weights and further checks." },
	{ .name = "secret-file",
	  .type = PARAM_TEXT,
	  .unit = "FILE",
	  .help = "The course's secret, which the seeds of hidden data come from." },
	{ .name = "by-hand",
	  .type = PARAM_TEXT,
	  .unit = "CSV",
	  .help = "Points that you gave: the grades as generic writes them, filled in." },
	{ .name = "format",
	  .type = PARAM_TEXT,
	  .value = "generic",
	  .unit = "NAME",
	  .help = "Form of the grades: "
#define ROW(name) #name ", "
#include "app/grading/formats.inc"
#undef ROW
		  "see wattle-grading(7)." },
	{ .name = "out",
	  .type = PARAM_TEXT,
	  .unit = "PATH",
	  .help = "File of the grades; the folder, where each student gets a file." },
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
	FLAG_MAX_MEMORY(.help = "Memory of each worker; half of the machine's by the workers."),
	{ 0 },
};

/* All that one command holds. */
typedef struct Grading {
	const Cli *cli;
	Grades grades, model /* the model solution's */;
	json_t *source, *grading, *rows;
	const json_t *row; /* of the lesson */
	Secret secret;
	ByHand hand;
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
	    !(self->grading = describe_script(self->cli->paths, NULL, &self->with, err)))
		return false;
	if (strcmp(record_text(self->grading, "type"), "grading-source") != 0)
		return err_set(err, ERR_SCRIPT,
			       "%s: --with wants a grading file: return w.grading { … }", path);
	char *text = script_file_text(&self->with, &len);
	self->with_text = text ? strndup(text, len) : NULL;
	free(text);
	return self->with_text || err_set(err, ERR_MEMORY, "reading %s", path);
}

/* By the flag, by the grading file, or what the submissions agree in: no single one decides. */
static bool choose_lesson(const Grading *self, char *out, size_t cap, Err *err)
{
	const char *flagged = flag_text(self->cli, "lesson");
	const char *with = record_text(self->grading, "lesson");
	if (flagged && *with && strcmp(flagged, with) != 0)
		return err_set(err, ERR_USAGE, "--lesson %s, but %s is for '%s'", flagged,
			       self->with.name, with);
	if (!flagged && !*with)
		return grades_lesson(&self->grades, out, cap, err);
	text_format(out, cap, "%s", flagged ? flagged : with);
	return true;
}

static bool open_lesson(Grading *self, const char *id, Err *err)
{
	self->rows = lesson_list(self->cli, err);
	self->row = self->rows ? lesson_find(self->rows, id, err) : NULL;
	if (!self->row)
		return false;
	return script_file_open(&self->lesson, lesson_path(self->lesson_path, self->row), err) &&
	       (self->source = describe_script(self->cli->paths, NULL, &self->lesson, err)) &&
	       source_grades(self->grading, self->with.name, self->source, err);
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

static bool take_hand(Grading *self, Err *err)
{
	const char *path = flag_text(self->cli, "by-hand");
	return !path || (by_hand_read(&self->hand, path, err) &&
			 grades_by_hand(&self->grades, &self->hand, path, err));
}

static bool prepare(Grading *self, Err *err)
{
	char id[SUBMISSION_NAME_MAX];
	Grades *grades = &self->grades;
	const char *roster = flag_text(self->cli, "roster"), *folder = self->cli->operand[0];
	if ((roster && !roster_read(&grades->roster, roster, err)) || !read_secret(self, err) ||
	    !open_with(self, err) || !grades_find(grades, folder, err))
		return false;
	if (!choose_lesson(self, id, sizeof id, err) || !open_lesson(self, id, err))
		return false;
	grades->source = self->source;
	grades->sha256 = self->lesson.sha256;
	grades->grading = self->grading;
	grades_read(grades, folder);
	if (!grades_plan(grades, err) || !take_hand(self, err))
		return false;
	notices_before(grades);
	return true;
}

/* Half of the machine's memory is theirs together, and none gets more than a lesson has. */
static uint64_t worker_memory(const Params *flags, size_t workers)
{
	struct sysinfo system = { .mem_unit = 1 };
	const ParamValue *given = params_get(flags, "max-memory");
	if (given->given)
		return given->bytes;
	uint64_t share = WORKER_MEMORY_MAX;
	if (sysinfo(&system) == 0)
		share = (uint64_t)system.totalram * system.mem_unit / 2 / workers;
	return share < WORKER_MEMORY_MIN   ? WORKER_MEMORY_MIN
	       : share > WORKER_MEMORY_MAX ? WORKER_MEMORY_MAX
					   : share;
}

static bool run_checks(Grading *self, Err *err)
{
	const Params *flags = &self->cli->flags;
	const ParamValue *jobs = params_get(flags, "jobs");
	size_t workers = (size_t)(jobs->given ? jobs->integer : sysconf(_SC_NPROCESSORS_ONLN));
	json_t *data = paths_data_folders(self->cli->paths);
	Session session = { .hook = NULL };
	CheckRun run = { .lesson = &self->lesson,
			 .grading_name = self->with.name,
			 .grading_text = self->with_text,
			 .data = data,
			 .workers = workers,
			 .memory_bytes = worker_memory(flags, workers),
			 .show = isatty(STDERR_FILENO) &&
				 !params_get(&self->cli->common, "quiet")->flag };
	bool ok =
		session_open(&session, self->cli->paths, NULL, 0, err) &&
		model_solution_grade(&self->model, &session, &self->grades, &run, self->row, err) &&
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
	if (!run_checks(self, err))
		return false;
	notices_unfair(&self->model);
	if (!grade_format_write(format, &self->grades, out, params_get(&cli->common, "json")->flag,
				err))
		return false;
	if (!params_get(&cli->common, "quiet")->flag)
		notices_sum(&self->grades);
	return true;
}

static int grade_run(const Cli *cli, Err *err)
{
	Grading self = { .cli = cli, .lesson = { .fd = -1 }, .with = { .fd = -1 } };
	bool ok = grade(&self, err);
	grades_done(&self.grades);
	grades_done(&self.model);
	by_hand_done(&self.hand);
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
