/* Events to lines.
 * SPDX-License-Identifier: MIT */
#include "app/grading/collect.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "app/lesson/source.h"
#include "app/lesson/workfile.h"
#include "app/line_file.h"
#include "base/clock.h"
#include "base/record.h"

static const char *sha256_of(const json_t *events)
{
	const char *sha256 = "";
	for (size_t i = 0; i < json_array_size(events); i++) {
		const char *this = record_text(json_array_get(events, i), "sha256");
		sha256 = *this ? this : sha256;
	}
	return sha256;
}

static void put_head(Submission *out, const json_t *source, const json_t *events,
		     const Collected *of)
{
	char wall[24];
	json_t *head = line_file_line("submission");
	json_object_set_new(head, "lesson", json_string(record_text(source, "id")));
	json_object_set_new(head, "lesson_sha256", json_string(sha256_of(events)));
	json_object_set_new(head, "student", json_string(of->student));
	json_object_set_new(head, "wall", json_string(clock_wall(wall)));
	json_object_set_new(head, "wattle", json_string(of->version));
	json_object_set_new(head, "fast", json_boolean(of->fast));
	*out = (Submission){ head, json_object(), json_object() };
}

/* An answer stays what it was; who skipped and came back has answered. */
static void put_answer(Submission *out, const json_t *event)
{
	static const char *const keys[] = { "choice", "number", "confidence", "why", "text" };
	const char *id = record_text(event, "id");
	json_t *line = line_file_line("submission-answer");
	json_object_set_new(line, "id", json_string(id));
	if (record_is(event, "event", "skip"))
		json_object_set_new(line, "skipped", json_true());
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (json_object_get(event, keys[i]))
			json_object_set(line, keys[i], json_object_get(event, keys[i]));
	json_object_set_new(out->answers, id, line);
}

/* Rounds of checks that an exercise had. */
static json_int_t count_rounds(const json_t *events, const char *id)
{
	json_int_t rounds = 0;
	for (size_t i = 0; i < json_array_size(events); i++) {
		const json_t *event = json_array_get(events, i);
		rounds += record_is(event, "event", "check") &&
			  strcmp(record_text(event, "id"), id) == 0;
	}
	return rounds;
}

static bool put_file(Submission *out, const json_t *source, const json_t *step,
		     const json_t *events, const Collected *of, Err *err)
{
	char path[PATH_MAX];
	const char *id = record_text(step, "id");
	const char *name = record_text(source_exercise(step), "file");
	if (!workfile_path(path, NULL, record_text(source, "id"), of->attempted_by, name, err))
		return false;
	if (!workfile_exists(path))
		return true;
	char *text = workfile_read_own(path, err);
	if (!text)
		return false;
	json_t *line = line_file_line("submission-file");
	json_object_set_new(line, "exercise", json_string(id));
	json_object_set_new(line, "name", json_string(name));
	json_object_set_new(line, "attempts", json_integer(count_rounds(events, id)));
	json_object_set_new(line, "text", json_string(text));
	json_object_set_new(out->files, id, line);
	free(text);
	return true;
}

bool submission_collect(Submission *out, const json_t *source, const json_t *events,
			const Collected *of, Err *err)
{
	size_t i;
	json_t *event, *step;
	bool ok = true;
	put_head(out, source, events, of);
	json_array_foreach((json_t *)(uintptr_t)events, i, event)
	{
		const char *id = record_text(event, "id");
		if (source_step(source, id) &&
		    (record_is(event, "event", "lock") || record_is(event, "event", "answer") ||
		     record_is(event, "event", "skip")))
			put_answer(out, event);
	}
	json_array_foreach(json_object_get(source, "steps"), i, step) ok =
		ok &&
		(!source_is(step, "exercise") || put_file(out, source, step, events, of, err));
	return ok;
}
