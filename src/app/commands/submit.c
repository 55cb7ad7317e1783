/* wattle submit [LESSON]: one file with what the student did in it, to hand in.
 * SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/grading/collect.h"
#include "app/grading/file_name.h"
#include "app/lesson/describe.h"
#include "app/lesson/lesson.h"
#include "app/lesson/progress.h"
#include "app/lesson/source.h"
#include "base/file.h"
#include "base/record.h"
#include "base/text.h"

static const Param submit_params[] = {
	{ .name = "student",
	  .type = PARAM_TEXT,
	  .unit = "ID",
	  .help = "Who hands in, as on the course's roster." },
	{ .name = "out",
	  .type = PARAM_TEXT,
	  .unit = "FILE",
	  .help = "The file to write; LESSON-ID.jsonl if not given." },
	{ 0 },
};

/* All that one command holds. */
typedef struct Submit {
	const Cli *cli;
	const char *student; /* that hands in */
	Progress *progress;
	json_t *rows, *source, *events;
	const json_t *row;
	ProgressKey key; /* the attempt's */
} Submit;

/* The newest attempt at a lesson: under the student's name, else under none; in full, else fast. */
static int find_attempt(const Submit *self, const char *lesson, ProgressKey *key)
{
	for (int i = 0; i < 4; i++) {
		*key = (ProgressKey){ lesson, i < 2 ? self->student : "", i % 2 == 1 };
		int attempt = progress_attempt(self->progress, key);
		if (attempt)
			return attempt;
	}
	return 0;
}

/* The lesson that was worked at last. */
static const json_t *newest(const Submit *self)
{
	const json_t *row, *last = NULL;
	char wall[24] = "";
	for (size_t i = 0; i < json_array_size(self->rows); i++) {
		ProgressKey key;
		row = json_array_get(self->rows, i);
		if (json_object_get(row, "error") ||
		    !find_attempt(self, record_text(row, "name"), &key))
			continue;
		ProgressLesson sum = progress_lesson(self->progress, &key);
		if (last && strcmp(sum.wall, wall) <= 0)
			continue;
		last = row;
		memcpy(wall, sum.wall, sizeof wall);
	}
	return last;
}

static bool find_lesson(Submit *self, Err *err)
{
	char path[PATH_MAX];
	const Cli *cli = self->cli;
	self->rows = lesson_list(cli, err);
	self->progress =
		self->rows ? progress_open(paths_state("progress.jsonl", path), err) : NULL;
	if (!self->progress)
		return false;
	const char *notice = progress_notice(self->progress);
	if (notice)
		text_printf(stderr, "wattle: %s\n", notice);
	self->row = cli->operands ? lesson_find(self->rows, cli->operand[0], err) : newest(self);
	if (self->row || cli->operands)
		return self->row != NULL;
	return err_set(err, ERR_NEED, "there is nothing to hand in: no lesson was worked at");
}

static bool find_events(Submit *self, Err *err)
{
	const char *lesson = record_text(self->row, "name");
	int attempt = find_attempt(self, lesson, &self->key);
	if (!attempt)
		return err_set(err, ERR_NEED,
			       "there is nothing to hand in for %s: open it with wattle lesson %s "
			       "--student %s",
			       lesson, lesson, self->student);
	if (strcmp(self->key.student, self->student) != 0)
		text_printf(stderr,
			    "wattle: these answers were given without --student %s; the lesson is "
			    "graded with the variant of that name\n",
			    self->student);
	if (self->key.fast)
		text_printf(stderr, "wattle: these answers were given in fast mode\n");
	self->events = progress_events(self->progress, &self->key, attempt);
	return self->events || err_set(err, ERR_MEMORY, "reading the progress");
}

static bool describe(Submit *self, Err *err)
{
	char path[PATH_MAX];
	self->source = describe_file(self->cli->paths, lesson_path(path, self->row), err);
	return self->source != NULL;
}

/* The reader of submissions is asked before they are handed in. */
static bool check_text(const Submit *self, const char *out, const char *text, size_t len, Err *err)
{
	Submission again;
	bool ok = submission_read(&again, out, text, len, self->source, err);
	submission_done(&again);
	return ok;
}

static bool write_file(const Submit *self, const Submission *submission, Err *err)
{
	char name[GRADE_FILE_NAME_MAX], out[PATH_MAX];
	const ParamValue *wanted = params_get(&self->cli->flags, "out");
	size_t len;
	grade_file_name(name, self->student);
	text_format(out, sizeof out, "%s-%s.jsonl", record_text(self->row, "name"), name);
	if (wanted->given)
		text_format(out, sizeof out, "%s", wanted->text);
	char *text = submission_text(submission, &len, err);
	bool ok = text && check_text(self, out, text, len, err) &&
		  file_write(out, "the submission", text, len, FILE_REPLACE, err);
	if (ok)
		text_printf(stdout, "%s\n", out);
	if (ok && !params_get(&self->cli->common, "quiet")->flag)
		text_printf(stderr, "%zu answers and %zu files of %s, for %s\n",
			    json_object_size(submission->answers),
			    json_object_size(submission->files), record_text(self->row, "name"),
			    self->student);
	free(text);
	return ok;
}

/* Grading has nothing to check there. */
static void tell_missing(const Submit *self, const Submission *submission)
{
	size_t i;
	json_t *step;
	json_array_foreach(json_object_get(self->source, "steps"), i, step)
	{
		const char *id = record_text(step, "id");
		if (source_is(step, "exercise") && !json_object_get(submission->files, id))
			text_printf(stderr,
				    "wattle: the exercise '%s' has no file: it was never edited\n",
				    id);
	}
}

static bool submit(Submit *self, Err *err)
{
	Submission submission = { .head = NULL };
	if (!submission_name_ok(self->student))
		return err_set(err, ERR_USAGE,
			       "submit wants --student ID: your name on the course's roster");
	if (!find_lesson(self, err) || !find_events(self, err) || !describe(self, err))
		return false;
	const Collected of = { self->student, WATTLE_VERSION, self->key.fast, self->key.student };
	bool ok = submission_collect(&submission, self->source, self->events, &of, err) &&
		  write_file(self, &submission, err);
	if (ok)
		tell_missing(self, &submission);
	submission_done(&submission);
	return ok;
}

static int submit_run(const Cli *cli, Err *err)
{
	const ParamValue *student = params_get(&cli->flags, "student");
	Submit self = { .cli = cli, .student = student->given ? student->text : "" };
	bool ok = submit(&self, err);
	json_decref(self.events);
	json_decref(self.source);
	json_decref(self.rows);
	progress_close(self.progress);
	return ok ? 0 : err_exit_status(err->code);
}

const Command command_submit = {
	.info = { .name = "submit",
		  .title = "Submit",
		  .about = "Write what you did in a lesson to one file, to hand in.",
		  .params = submit_params },
	.synopsis = "[LESSON]",
	.operands_max = 1,
	.run = submit_run,
};
