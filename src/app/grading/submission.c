/* Submissions line by line.
 * SPDX-License-Identifier: MIT */
#include "app/grading/submission.h"

#include <string.h>

#include "app/lesson/source.h"
#include "app/line_file.h"
#include "base/record.h"
#include "base/text.h"
#include "lab/json.h"

#define ATTEMPTS_MAX 1000000
#define WHY_MAX 512

/* --- texts ------------------------------------------------------------------------------------ */

bool submission_name_ok(const char *name)
{
	size_t len = strlen(name);
	uint32_t code;
	if (len == 0 || len >= SUBMISSION_NAME_MAX || name[0] == ' ' || name[len - 1] == ' ')
		return false;
	for (size_t at = 0; at < len;) {
		at += text_decode(name + at, len - at, &code);
		if (text_hidden(code))
			return false;
	}
	return true;
}

/* --- lines ------------------------------------------------------------------------------------ */

static bool take_head(Submission *self, const json_t *line, const json_t *source, Err *err)
{
	const char *lesson = record_text(line, "lesson"), *text;
	if (!submission_name_ok(record_text(line, "student")))
		return err_set(
			err, ERR_FORMAT,
			"'student' must be a name of 1 to %d printable bytes, with no blank at "
			"its ends",
			SUBMISSION_NAME_MAX - 1);
	if (!line_file_text(line, "wall", 64, &text, err) ||
	    !line_file_text(line, "wattle", 64, &text, err) ||
	    !line_file_text(line, "lesson_sha256", 64, &text, err))
		return false;
	if (!submission_name_ok(lesson))
		return err_set(err, ERR_FORMAT, "'lesson' must be the id of a lesson");
	if (source && strcmp(lesson, record_text(source, "id")) != 0)
		return err_set(err, ERR_FORMAT, "it is for the lesson '%s', not for '%s'", lesson,
			       record_text(source, "id"));
	self->head = json_deep_copy(line);
	self->answers = json_object();
	self->files = json_object();
	return (self->head && self->answers && self->files) ||
	       err_set(err, ERR_MEMORY, "no memory for it");
}

/* The step that a line names; NULL, ERR_FORMAT: the lesson has none such. */
static const json_t *named_step(const json_t *line, const char *key, const json_t *source, Err *err)
{
	char clean[64];
	const char *id = record_text(line, key);
	const json_t *step = source_step(source, id);
	text_clean(clean, sizeof clean, id, strlen(id));
	if (!step)
		err_set(err, ERR_FORMAT, "the lesson '%s' has no step '%s'",
			record_text(source, "id"), clean);
	return step;
}

static bool once(json_t *lines, const char *id, const json_t *line, Err *err)
{
	if (json_object_get(lines, id))
		return err_set(err, ERR_FORMAT, "a second line for '%s'", id);
	return json_object_set_new(lines, id, json_deep_copy(line)) == 0 ||
	       err_set(err, ERR_MEMORY, "no memory for it");
}

/* A choice of the question, or a number where it has none. */
static bool check_choice(const json_t *line, const json_t *step, Err *err)
{
	int64_t choice = 0;
	double number;
	size_t choices = json_array_size(json_object_get(step, "choices"));
	if (!choices && !json_is_number(json_object_get(line, "number")))
		return err_set(err, ERR_FORMAT, "'number' must be a number");
	if (!choices)
		return json_take_number(line, "number", -1e15, 1e15, &number, err);
	if (!json_is_integer(json_object_get(line, "choice")))
		return err_set(err, ERR_FORMAT, "'choice' must be a whole number");
	return json_take_integer(line, "choice", 1, (int64_t)choices, &choice, err);
}

static bool take_answer(Submission *self, const json_t *line, const json_t *source, Err *err)
{
	int64_t confidence = 0;
	const char *text;
	bool skipped = false;
	const json_t *step = named_step(line, "id", source, err);
	if (!step || !json_take_flag(line, "skipped", &skipped, err))
		return false;
	if (!source_asks(step) && !skipped)
		return err_set(err, ERR_FORMAT, "the step '%s' takes no answer",
			       record_text(line, "id"));
	if (!skipped && !source_is(step, "reflect") && !check_choice(line, step, err))
		return false;
	return line_file_text(line, "text", SUBMISSION_TEXT_MAX, &text, err) &&
	       line_file_text(line, "why", WHY_MAX, &text, err) &&
	       json_take_integer(line, "confidence", 1, 5, &confidence, err) &&
	       once(self->answers, record_text(line, "id"), line, err);
}

static bool take_file(Submission *self, const json_t *line, const json_t *source, Err *err)
{
	int64_t attempts = 0;
	char clean[80];
	const char *text, *name = record_text(line, "name");
	const json_t *step = named_step(line, "exercise", source, err);
	if (!step)
		return false;
	if (!source_is(step, "exercise"))
		return err_set(err, ERR_FORMAT, "the step '%s' is no exercise",
			       record_text(line, "exercise"));
	text_clean(clean, sizeof clean, name, strlen(name));
	if (strcmp(name, record_text(source_exercise(step), "file")) != 0)
		return err_set(err, ERR_FORMAT, "the file of '%s' is called '%s', not '%s'",
			       record_text(line, "exercise"),
			       record_text(source_exercise(step), "file"), clean);
	if (!json_object_get(line, "text"))
		return err_set(err, ERR_FORMAT, "'text' is missing");
	return line_file_text(line, "text", SUBMISSION_FILE_MAX, &text, err) &&
	       json_take_integer(line, "attempts", 0, ATTEMPTS_MAX, &attempts, err) &&
	       once(self->files, record_text(line, "exercise"), line, err);
}

/* --- the file --------------------------------------------------------------------------------- */

typedef struct Reading {
	Submission *out;
	const json_t *source;
} Reading;

static bool take_first(void *user, const json_t *line, Err *err)
{
	Reading *self = user;
	return take_head(self->out, line, self->source, err);
}

static bool take_more(void *user, const char *what, const json_t *line, Err *err)
{
	Reading *self = user;
	char clean[64];
	if (strcmp(what, "answer") == 0)
		return take_answer(self->out, line, self->source, err);
	if (strcmp(what, "file") == 0)
		return take_file(self->out, line, self->source, err);
	text_clean(clean, sizeof clean, what, strlen(what));
	return err_set(err, ERR_FORMAT, "a submission has no '%s'", clean);
}

static const LineFileKind submission_kind = {
	.type = "submission",
	.made_by = "wattle submit",
	.head = take_first,
	.line = take_more,
};

bool submission_read(Submission *out, const char *name, const char *text, size_t len,
		     const json_t *source, Err *err)
{
	Reading self = { .out = out, .source = source };
	*out = (Submission){ .head = NULL };
	return line_file_read(&submission_kind, &self, name, text, len, !source, err);
}

void submission_done(Submission *submission)
{
	json_decref(submission->head);
	json_decref(submission->answers);
	json_decref(submission->files);
	*submission = (Submission){ .head = NULL };
}

char *submission_text(const Submission *submission, size_t *len, Err *err)
{
	LineFile file;
	const char *key;
	json_t *line;
	if (!line_file_new(&file, err))
		return NULL;
	line_file_put(&file, json_incref(submission->head));
	json_object_foreach(submission->answers, key, line) line_file_put(&file, json_incref(line));
	json_object_foreach(submission->files, key, line) line_file_put(&file, json_incref(line));
	if (!line_file_end(&file, &submission_kind, "the submission", err))
		return NULL;
	*len = file.len;
	return file.text;
}
