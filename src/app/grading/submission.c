/* Submissions line by line.
 * SPDX-License-Identifier: MIT */
#include "app/grading/submission.h"

#include <stdlib.h>
#include <string.h>

#include "app/author/source.h"
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
	if (len == 0 || len >= SUBMISSION_NAME_MAX)
		return false;
	for (size_t at = 0; at < len;) {
		at += text_decode(name + at, len - at, &code);
		if (text_hidden(code))
			return false;
	}
	return true;
}

/* Texts of people: lines, but no bytes that a terminal or a parser would obey. */
static bool has_controls(const char *text)
{
	for (; *text; text++)
		if (((unsigned char)*text < 0x20 && !strchr("\n\t\r", *text)) || *text == 0x7f)
			return true;
	return false;
}

/* A text of the line that may be absent; absent is "". */
static bool take_text(const json_t *line, const char *key, size_t most, const char **out, Err *err)
{
	const json_t *value = json_object_get(line, key);
	*out = value ? json_string_value(value) : "";
	if (!*out)
		return err_set(err, ERR_FORMAT, "'%s' must be a text", key);
	if (json_string_length(value) != strlen(*out) || has_controls(*out))
		return err_set(err, ERR_FORMAT, "'%s' holds control characters", key);
	if (strlen(*out) > most)
		return err_set(err, ERR_FORMAT, "'%s' has %zu bytes; at most %zu are allowed", key,
			       strlen(*out), most);
	return true;
}

/* --- lines ------------------------------------------------------------------------------------ */

static bool take_head(Submission *self, const json_t *line, const json_t *source, Err *err)
{
	const char *lesson = record_text(line, "lesson"), *text;
	if (!submission_name_ok(record_text(line, "student")))
		return err_set(err, ERR_FORMAT,
			       "'student' must be a name of 1 to %d printable bytes",
			       SUBMISSION_NAME_MAX - 1);
	if (!take_text(line, "wall", 64, &text, err) ||
	    !take_text(line, "wattle", 64, &text, err) ||
	    !take_text(line, "lesson_sha256", 64, &text, err))
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
	bool asks = source_is(step, "predict") || source_is(step, "quiz");
	if (!asks && !source_is(step, "reflect") && !skipped)
		return err_set(err, ERR_FORMAT, "the step '%s' takes no answer",
			       record_text(line, "id"));
	if (!skipped && asks && !check_choice(line, step, err))
		return false;
	return take_text(line, "text", SUBMISSION_TEXT_MAX, &text, err) &&
	       take_text(line, "why", WHY_MAX, &text, err) &&
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
	if (strcmp(name, record_text(step, "file")) != 0)
		return err_set(err, ERR_FORMAT, "the file of '%s' is called '%s', not '%s'",
			       record_text(line, "exercise"), record_text(step, "file"), clean);
	if (!json_object_get(line, "text"))
		return err_set(err, ERR_FORMAT, "'text' is missing");
	return take_text(line, "text", SUBMISSION_FILE_MAX, &text, err) &&
	       json_take_integer(line, "attempts", 0, ATTEMPTS_MAX, &attempts, err) &&
	       once(self->files, record_text(line, "exercise"), line, err);
}

/* What the reader of one file holds. */
typedef struct Reading {
	Submission *out;
	const json_t *source;
	size_t lines; /* whole ones so far */
	bool ended;
} Reading;

static bool take_end(Reading *self, const json_t *line, Err *err)
{
	int64_t lines = -1;
	if (!json_take_integer(line, "lines", 0, INT32_MAX, &lines, err))
		return false;
	if (lines != (int64_t)self->lines)
		return err_set(err, ERR_FORMAT,
			       "%zu lines stand before it, not %lld: some were lost", self->lines,
			       (long long)lines);
	self->ended = true;
	return true;
}

static bool take_line(Reading *self, const json_t *line, Err *err)
{
	char clean[64];
	const char *type = record_text(line, "type");
	if (self->ended)
		return err_set(err, ERR_FORMAT, "something stands behind the end");
	if ((self->lines == 0) != (strcmp(type, "submission") == 0))
		return err_set(err, ERR_FORMAT, "%s",
			       self->lines ? "a second beginning"
					   : "it does not begin as wattle submit writes it");
	if (self->lines == 0)
		return take_head(self->out, line, self->source, err);
	if (strcmp(type, "submission-answer") == 0)
		return take_answer(self->out, line, self->source, err);
	if (strcmp(type, "submission-file") == 0)
		return take_file(self->out, line, self->source, err);
	if (strcmp(type, "submission-end") == 0)
		return take_end(self, line, err);
	text_clean(clean, sizeof clean, type, strlen(type));
	return err_set(err, ERR_FORMAT, "a line of type '%s' does not belong here", clean);
}

static bool read_line(Reading *self, const char *text, size_t len, Err *err)
{
	json_t *line = record_parse(text, len, err);
	bool ok = line && take_line(self, line, err);
	json_decref(line);
	self->lines++;
	if (!ok && err->code != ERR_MEMORY)
		err->code = ERR_FORMAT;
	return ok;
}

bool submission_read(Submission *out, const char *name, const char *text, size_t len,
		     const json_t *source, Err *err)
{
	Reading self = { .out = out, .source = source };
	const char *end = text + len;
	*out = (Submission){ .head = NULL };
	if (len == 0)
		return err_set(err, ERR_FORMAT, "%s is empty; wattle submit writes submissions",
			       name);
	if (len > SUBMISSION_BYTES_MAX)
		return err_set(err, ERR_FORMAT, "%s has %zu bytes; a submission has at most %zu",
			       name, len, SUBMISSION_BYTES_MAX);
	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		if (!stop)
			return err_set(err, ERR_FORMAT, "%s:%zu: the line is cut off", name,
				       self.lines + 1);
		if (!read_line(&self, text, (size_t)(stop - text), err))
			return err_prefix(err, "%s:%zu", name, self.lines);
		if (!source)
			return true;
		text = stop + 1;
	}
	return self.ended ||
	       err_set(err, ERR_FORMAT, "%s:%zu: its end is missing", name, self.lines);
}

void submission_done(Submission *submission)
{
	json_decref(submission->head);
	json_decref(submission->answers);
	json_decref(submission->files);
	*submission = (Submission){ .head = NULL };
}

/* --- writing ---------------------------------------------------------------------------------- */

typedef struct Lines {
	char *text;
	size_t len, count;
	bool full;
} Lines;

static void put_line(Lines *to, json_t *json)
{
	char *line = json ? json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
	size_t len = line ? strlen(line) : SUBMISSION_BYTES_MAX;
	if (to->len + len + 1 > SUBMISSION_BYTES_MAX) {
		to->full = true;
	} else {
		memcpy(to->text + to->len, line, len);
		to->text[to->len + len] = '\n';
		to->len += len + 1;
		to->count++;
	}
	free(line);
}

char *submission_text(const Submission *submission, size_t *len, Err *err)
{
	Lines to = { .text = malloc(SUBMISSION_BYTES_MAX) };
	const char *key;
	json_t *line;
	if (!to.text) {
		err_set(err, ERR_MEMORY, "no memory for a submission");
		return NULL;
	}
	put_line(&to, submission->head);
	json_object_foreach(submission->answers, key, line) put_line(&to, line);
	json_object_foreach(submission->files, key, line) put_line(&to, line);
	json_t *end = json_pack("{s:i, s:s, s:I}", "v", RECORD_VERSION, "type", "submission-end",
				"lines", (json_int_t)to.count);
	put_line(&to, end);
	json_decref(end);
	*len = to.len;
	if (!to.full)
		return to.text;
	free(to.text);
	err_set(err, ERR_LIMIT, "the submission has more than %zu bytes", SUBMISSION_BYTES_MAX);
	return NULL;
}
