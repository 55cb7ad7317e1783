/* wattle check FILE: a student's file against the checks of its exercise.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/command.h"
#include "app/flags.h"
#include "app/lesson/check_line.h"
#include "app/lesson/check_round.h"
#include "app/lesson/lesson.h"
#include "app/lesson/lesson_job.h"
#include "app/lesson/source.h"
#include "app/lesson/workfile.h"
#include "app/run/output.h"
#include "base/clock.h"
#include "base/record.h"
#include "base/text.h"

#define NAME_SHOWN_MAX 64 /* of a file; one that is longer has the name in the lesson */
#define LOOK_NS 50000000LL

static const Param check_params[] = {
	{ .name = "lesson",
	  .type = PARAM_TEXT,
	  .unit = "ID",
	  .help = "The lesson, where the file's folder does not tell." },
	FLAG_SEED(.help = "Seed, instead of the student's own."),
	FLAG_FAST,
	FLAG_STUDENT,
	FLAG_ENERGY(.help = "auto, none, or a source of wattle list sources."),
	FLAG_LESSON_LIMITS,
	{ 0 },
};

typedef struct Check {
	const Cli *cli;
	const char *path; /* the student's file */
	Session session;
	ScriptFile script;
	json_t *lesson;     /* its record; NULL: none came yet */
	const json_t *step; /* the exercise, of the record */
	RecordOut *json;    /* NULL: text */
	double points, of;
	bool failed, broken, late; /* of the checks, one at least */
} Check;

/* --- which lesson, which exercise ------------------------------------------------------------- */

/* Whether the folder is the row's own, beside the lesson, or that of a student's files. */
static bool lies_in(const char *folder, const json_t *row)
{
	const char *file = record_text(row, "file"), *id = record_text(row, "name");
	char own[PATH_MAX], work[PATH_MAX], name[256], real[PATH_MAX];

	source_file(own, sizeof own, record_text(row, "folder"), file, ".");
	text_format(name, sizeof name, "work/%s", id);
	paths_user_data(name, work);
	return (realpath(own, real) && strcmp(real, folder) == 0) ||
	       (*work && realpath(work, real) && strcmp(real, folder) == 0);
}

/* Of a lesson that is being written, in a folder that nobody looks into, else of none. */
static void no_lesson(const Check *self, const char *folder, Err *err)
{
	char beside[PATH_MAX];
	text_format(beside, sizeof beside, "%s.lua", folder);
	if (access(beside, R_OK) != 0)
		err_set(err, ERR_USAGE,
			"%s lies in no lesson's folder; say which lesson it is for: wattle "
			"check %s --lesson ID",
			self->path, self->path);
	else
		err_set(err, ERR_USAGE,
			"%s is of %s, which is in no list of lessons: WATTLE_PATH=%.*s wattle "
			"check %s",
			self->path, beside, (int)(strrchr(folder, '/') - folder), folder,
			self->path);
}

static const json_t *find_row(const Check *self, const json_t *rows, Err *err)
{
	const ParamValue *wanted = params_get(&self->cli->flags, "lesson");
	char folder[PATH_MAX];
	size_t i;
	json_t *row;

	if (wanted->given)
		return lesson_find(rows, wanted->text, err);
	if (!realpath(self->path, folder)) {
		err_set(err, ERR_FILE, "cannot open %s: %s", self->path, strerror(errno));
		return NULL;
	}
	*strrchr(folder, '/') = '\0';
	json_array_foreach((json_t *)(uintptr_t)rows, i, row)
	{
		if (lies_in(folder, row))
			return lesson_find(rows, record_text(row, "name"), err);
	}
	no_lesson(self, folder, err);
	return NULL;
}

/* The exercise of that file name, else the only one there is. */
static bool find_exercise(Check *self, Err *err)
{
	const char *slash = strrchr(self->path, '/'), *name = slash ? slash + 1 : self->path;
	char names[512] = "";
	const json_t *only = NULL;
	size_t i, exercises = 0;
	json_t *step;

	json_array_foreach(json_object_get(self->lesson, "steps"), i, step)
	{
		const char *file = record_text(step, "file");

		if (strcmp(record_text(step, "kind"), "exercise") != 0)
			continue;
		if (strcmp(file, name) == 0)
			self->step = step;
		only = step;
		text_format(names + strlen(names), sizeof names - strlen(names), "%s%s",
			    exercises++ ? ", " : "", file);
	}
	if (!self->step && exercises == 1)
		self->step = only;
	if (self->step)
		return true;
	if (exercises == 0)
		return err_set(err, ERR_USAGE, "the lesson %s has no exercise",
			       record_text(self->lesson, "id"));
	return err_set(err, ERR_USAGE, "no exercise of %s has the file %s; there are %s",
		       record_text(self->lesson, "id"), name, names);
}

/* --- the lesson's record ---------------------------------------------------------------------- */

static bool take_lesson(void *user, const json_t *record, Err *err)
{
	Check *self = user;

	(void)err;
	if (self->lesson || strcmp(record_text(record, "type"), "lesson") != 0)
		return true;
	self->lesson = json_incref((json_t *)(uintptr_t)record);
	session_hang_up(&self->session);
	return true;
}

static bool ask_lesson(Check *self, Err *err)
{
	json_t *data = paths_data_folders(self->cli->paths);
	const Job job = lesson_job(self->cli, JOB_LESSON, self->script.name, data);
	bool ok = session_job(&self->session, &job, self->script.fd, err);

	json_decref(data);
	return ok && (self->lesson || err_set(err, ERR_DIED, "the lesson did not open"));
}

/* --- the round -------------------------------------------------------------------------------- */

static bool take_check(void *user, const json_t *record, Err *err)
{
	Check *self = user;
	const char *status = record_text(record, "status");

	if (strcmp(record_text(record, "type"), "exercise") == 0) {
		self->points = json_number_value(json_object_get(record, "points"));
		self->of = json_number_value(json_object_get(record, "of"));
	}
	self->failed |= strcmp(status, "fail") == 0;
	self->broken |= strcmp(status, "error") == 0;
	self->late |= strcmp(status, "timeout") == 0;
	if (!self->json)
		check_line_print(stdout, record);
	return output_json(self->json, record, err);
}

static bool run_round(Check *self, const char *text, Err *err)
{
	const char *slash = strrchr(self->path, '/'), *name = slash ? slash + 1 : self->path;
	json_t *step = json_copy((json_t *)(uintptr_t)self->step);
	CheckRound round;
	const CheckWish wish = { .cli = self->cli,
				 .script = &self->script,
				 .lesson = record_text(self->lesson, "id"),
				 .step = step,
				 .text = text,
				 .session = &self->session };
	/* Messages name the file as it was given. */
	if (strlen(name) <= NAME_SHOWN_MAX && !strchr(name, '\n'))
		json_object_set_new(step, "file", json_string(name));
	bool ok = check_round_start(&round, &wish, err);

	while (ok && check_round_running(&round)) {
		ok = session_watch(&self->session, round.child.records, clock_now_ns() + LOOK_NS,
				   err) &&
		     check_round_poll(&round, take_check, self, err);
		if (ok && session_interrupted(&self->session))
			ok = err_set(err, ERR_INTERRUPTED, "interrupted");
		if (!ok)
			check_round_stop(&round);
	}
	json_decref(step);
	return ok;
}

static bool check_file(Check *self, const json_t *row, Err *err)
{
	char path[PATH_MAX];
	char *text = workfile_read(self->path, err);

	if (!text)
		return false;
	bool ok = script_file_open(&self->script, lesson_path(path, row), err);
	if (ok) {
		ok = session_open(&self->session, self->cli->paths,
				  params_get(&self->cli->flags, "energy")->text, 0, err) &&
		     ask_lesson(self, err) && find_exercise(self, err) &&
		     run_round(self, text, err);
		session_close(&self->session);
		script_file_close(&self->script);
	}
	free(text);
	return ok;
}

/* What stands between a check and its verdict counts more than a verdict. */
static ErrCode verdict(const Check *self)
{
	if (self->late)
		return ERR_LIMIT;
	if (self->broken)
		return ERR_SCRIPT;
	return self->failed ? ERR_CLAIM : ERR_NONE;
}

static int check_run(const Cli *cli, Err *err)
{
	Check self = { .cli = cli, .path = cli->operand[0], .session = { .take = take_lesson } };
	bool wanted = params_get(&cli->common, "json")->flag;
	json_t *rows = lesson_list(cli, err);
	const json_t *row = rows ? find_row(&self, rows, err) : NULL;
	bool ok = row && (!wanted || (self.json = record_out_new(STDOUT_FILENO, 0, err)));

	self.session.user = &self;
	ok = ok && check_file(&self, row, err);
	if (ok && !wanted)
		text_printf(stdout, "%g of %g points.\n", self.points, self.of);
	record_out_free(self.json);
	json_decref(self.lesson);
	json_decref(rows);
	return err_exit_status(ok ? verdict(&self) : err->code);
}

const Command command_check = {
	.info = { .name = "check",
		  .title = "Check an exercise",
		  .about = "Run the checks of an exercise on a file: one line a check.",
		  .params = check_params },
	.synopsis = "FILE.lua",
	.operands_min = 1,
	.operands_max = 1,
	.run = check_run,
};
