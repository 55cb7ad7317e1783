/* The list of lessons, and finding one in it.
 * SPDX-License-Identifier: MIT */
#include "app/lesson/lesson.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/session/session.h"
#include "base/record.h"
#include "base/text.h"

#define LESSON_NAMES_MAX 256

static bool take_row(void *user, const json_t *record, Err *err)
{
	if (strcmp(record_text(record, "type"), "row") != 0)
		return true;
	if (json_array_append(user, (json_t *)(uintptr_t)record) == 0)
		return true;
	return err_set(err, ERR_MEMORY, "listing the lessons");
}

json_t *lesson_list(const Cli *cli, Err *err)
{
	json_t *rows = json_array();
	Session session = { .take = take_row, .user = rows };
	json_t *data = paths_data_folders(cli->paths), *folders = paths_course_folders(cli->paths);
	Job job = job_list("lessons", data);
	job.lessons = folders;
	bool ok = session_once(&session, cli->paths, &job, -1, err);
	json_decref(data);
	json_decref(folders);
	if (ok)
		return rows;
	json_decref(rows);
	return NULL;
}

/* "5" and "05" are the lesson of that number in any course; a broken one has but its file's
 * name. */
static bool row_is(const json_t *row, const char *name)
{
	const char *id = record_text(row, "name"), *dot = strrchr(id, '.');
	char *end;
	long number = strtol(name, &end, 10);
	if (strcmp(id, name) == 0)
		return true;
	if (!*name || *end)
		return false;
	if (*record_text(row, "error"))
		return *id >= '0' && *id <= '9' && strtol(id, NULL, 10) == number;
	return dot && strtol(dot + 1, NULL, 10) == number;
}

/* A row that can be opened; NULL and *err otherwise. */
static const json_t *open_row(const json_t *row, Err *err)
{
	if (*record_text(row, "error"))
		err_set(err, ERR_SCRIPT, "%s/%s", record_text(row, "folder"),
			record_text(row, "error"));
	else if (json_is_true(json_object_get(row, "planned")))
		err_set(err, ERR_NEED, "the lesson %s, %s, is in preparation: it cannot be opened",
			record_text(row, "name"), record_text(row, "title"));
	else
		return row;
	return NULL;
}

const json_t *lesson_find(const json_t *rows, const char *name, Err *err)
{
	const char *names[LESSON_NAMES_MAX + 1];
	size_t i, n = 0;
	json_t *row;
	json_array_foreach((json_t *)(uintptr_t)rows, i, row)
	{
		if (row_is(row, name))
			return open_row(row, err);
		if (n < LESSON_NAMES_MAX)
			names[n++] = record_text(row, "name");
	}
	names[n] = NULL;
	char hint[TEXT_HINT_MAX];
	text_did_you_mean(hint, name, names);
	err_set(err, ERR_USAGE, "there is no lesson '%s'%s", name,
		*hint ? hint
		      : "; see wattle list lessons; WATTLE_PATH=FOLDER adds those of a folder");
	return NULL;
}

char *lesson_path(char out[PATH_MAX], const json_t *row)
{
	const char *given = record_text(row, "path"), *folder = record_text(row, "folder");
	bool here = strcmp(folder, ".") == 0;
	if (*given)
		text_format(out, PATH_MAX, "%s", given);
	else
		text_format(out, PATH_MAX, "%s%s%s", here ? "" : folder, here ? "" : "/",
			    record_text(row, "file"));
	return out;
}

ProgressKey lesson_key(const json_t *row, const Cli *cli)
{
	return (ProgressKey){ .lesson = record_text(row, "name"),
			      .student = params_get(&cli->flags, "student")->text,
			      .fast = params_get(&cli->flags, "fast")->flag };
}

void lesson_add_progress(json_t *row, Progress *progress, const Cli *cli)
{
	const ProgressKey key = lesson_key(row, cli);
	ProgressLesson sum = progress_lesson(progress, &key);
	json_t *json = sum.attempt
			       ? json_pack("{s:I, s:f, s:b, s:s}", "step", (json_int_t)sum.step,
					   "points", sum.points, "done", sum.done, "wall", sum.wall)
			       : json_null();
	json_object_set_new(row, "progress", json);
}
