/* Steps by their names.
 * SPDX-License-Identifier: MIT */
#include "app/lesson/source.h"

#include <stdint.h>
#include <string.h>

#include "base/record.h"
#include "base/text.h"

#define STEPS_MAX 64 /* of a lesson */

const json_t *source_step(const json_t *source, const char *id)
{
	const json_t *steps = json_object_get(source, "steps");
	for (size_t i = 0; *id && i < json_array_size(steps); i++) {
		const json_t *step = json_array_get(steps, i);
		if (strcmp(record_text(step, "id"), id) == 0)
			return step;
	}
	return NULL;
}

const json_t *source_exercise(const json_t *step)
{
	return json_object_get(step, "exercise");
}

bool source_is(const json_t *step, const char *kind)
{
	return strcmp(record_text(step, "kind"), kind) == 0;
}

bool source_asks(const json_t *step)
{
	return strcmp(record_text(step, "asks"), "answer") == 0;
}

int source_line(const json_t *object)
{
	return (int)json_integer_value(json_object_get(object, "line"));
}

static bool no_step(const json_t *grading, const char *name, const json_t *source, const char *id,
		    bool exercise, Err *err)
{
	const char *names[STEPS_MAX + 1] = { NULL };
	char hint[TEXT_HINT_MAX];
	size_t i, n = 0;
	json_t *step;
	json_array_foreach(json_object_get(source, "steps"), i, step)
	{
		if (n < STEPS_MAX && *record_text(step, "id") &&
		    (!exercise || source_is(step, "exercise")))
			names[n++] = record_text(step, "id");
	}
	return err_set(err, ERR_SCRIPT, "%s:%d: %s: the lesson '%s' has no %s '%s'%s", name,
		       source_line(grading), exercise ? "extra" : "weights",
		       record_text(source, "id"), exercise ? "exercise" : "step", id,
		       text_did_you_mean(hint, id, names));
}

/* Points are for what is handed in; what a person reads has none before. */
static bool check_weight(const json_t *grading, const char *name, const json_t *step,
			 const json_t *weight, Err *err)
{
	const char *id = record_text(step, "id");
	if (!source_is(step, "exercise") && !source_asks(step))
		return err_set(
			err, ERR_SCRIPT,
			"%s:%d: weights: '%s' is a %s step, of which nothing is graded; weigh "
			"predictions, quizzes, exercises and reflections",
			name, source_line(grading), id, record_text(step, "kind"));
	if (source_is(step, "reflect") && json_is_number(weight))
		return err_set(err, ERR_SCRIPT,
			       "%s:%d: weights: '%s' is a reflection, which a person grades: write "
			       "%s = \"manual\"; points and their most come by --by-hand",
			       name, source_line(grading), id, id);
	return true;
}

/* Ids of checks are told apart in one table of grades. */
static bool check_extras(const json_t *grading, const char *name, const json_t *step,
			 const json_t *extras, Err *err)
{
	size_t i, k;
	json_t *extra, *own;
	json_array_foreach((json_t *)(uintptr_t)extras, i, extra)
	{
		const char *id = record_text(extra, "id");
		json_array_foreach(json_object_get(source_exercise(step), "checks"), k, own)
		{
			if (strcmp(record_text(own, "id"), id) == 0)
				return err_set(
					err, ERR_SCRIPT,
					"%s:%d: extra: the exercise '%s' has a check '%s' of "
					"its own; give this one another id",
					name, source_line(grading), record_text(step, "id"), id);
		}
	}
	return true;
}

bool source_grades(const json_t *grading, const char *name, const json_t *source, Err *err)
{
	const char *id;
	json_t *value;
	json_object_foreach(json_object_get(grading, "weights"), id, value)
	{
		const json_t *step = source_step(source, id);
		if (!step)
			return no_step(grading, name, source, id, false, err);
		if (!check_weight(grading, name, step, value, err))
			return false;
	}
	json_object_foreach(json_object_get(grading, "extra"), id, value)
	{
		const json_t *step = source_step(source, id);
		if (!step || !source_is(step, "exercise"))
			return no_step(grading, name, source, id, true, err);
		if (!check_extras(grading, name, step, value, err))
			return false;
	}
	return true;
}

unsigned source_threads(const json_t *source)
{
	const json_t *needs = json_object_get(source, "needs");
	json_int_t threads = json_integer_value(json_object_get(needs, "threads"));
	return threads > 1 ? (unsigned)threads : 1;
}

json_t *source_row(const json_t *source, const char *folder, const char *file, const char *path)
{
	return json_pack("{s:O, s:s, s:s, s:s, s:I}", "name", json_object_get(source, "id"),
			 "folder", folder, "file", file, "path", path, "threads",
			 (json_int_t)source_threads(source));
}

char *source_file(char *out, size_t cap, const char *folder, const char *file, const char *name)
{
	size_t len = strlen(file) - (text_ends(file, ".lua") ? strlen(".lua") : 0);
	text_format(out, cap, "%s/%.*s/%s", folder, (int)len, file, name);
	return out;
}
