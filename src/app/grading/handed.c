/* The folder of submissions: each file by name, read once.
 * SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "app/grading/grades.h"
#include "app/line_file.h"
#include "base/record.h"
#include "base/text.h"

#define FILES_MAX 100000
#define LESSONS_TOLD 4

static int by_file(const void *a, const void *b)
{
	return strcmp(((const Handed *)a)->file, ((const Handed *)b)->file);
}

/* source: NULL: the first line alone is looked at. */
static void read_handed(Handed *handed, const char *folder, const json_t *source)
{
	char path[PATH_MAX];
	size_t len;
	Err err = { .code = ERR_NONE };
	text_format(path, sizeof path, "%s/%s", folder, handed->file);
	char *text = line_file_load(path, &len, &err);
	submission_done(&handed->submission);
	free(handed->why);
	handed->why = NULL;
	if (!text || !submission_read(&handed->submission, handed->name, text, len, source, &err))
		handed->why = strdup(err.text);
	free(text);
}

static bool add_file(Grades *grades, const char *name, Err *err)
{
	if (name[0] == '.')
		return true;
	if (grades->handed_count == FILES_MAX)
		return err_set(err, ERR_LIMIT, "the folder has more than %d files", FILES_MAX);
	if ((grades->handed_count & (grades->handed_count - 1)) == 0) {
		size_t room = grades->handed_count ? 2 * grades->handed_count : 1;
		Handed *more = realloc(grades->handed, room * sizeof *more);
		if (!more)
			return err_set(err, ERR_MEMORY, "no memory for the submissions");
		grades->handed = more;
	}
	Handed *handed = &grades->handed[grades->handed_count++];
	*handed = (Handed){ .file = strdup(name) };
	text_clean(handed->name, sizeof handed->name, name, strlen(name));
	return handed->file || err_set(err, ERR_MEMORY, "no memory for the submissions");
}

bool grades_find(Grades *grades, const char *folder, Err *err)
{
	bool ok = true;
	DIR *dir = opendir(folder);
	if (!dir)
		return err_set(err, ERR_FILE, "cannot open the folder %s: %s", folder,
			       strerror(errno));
	for (struct dirent *entry; ok && (entry = readdir(dir));)
		ok = add_file(grades, entry->d_name, err);
	closedir(dir);
	if (!ok)
		return false;
	if (grades->handed_count == 0)
		return err_set(err, ERR_NEED, "%s holds no submissions", folder);
	qsort(grades->handed, grades->handed_count, sizeof *grades->handed, by_file);
	for (size_t i = 0; i < grades->handed_count; i++) {
		Handed *handed = &grades->handed[i];
		read_handed(handed, folder, NULL);
		text_format(handed->student, sizeof handed->student, "%s",
			    record_text(handed->submission.head, "student"));
		text_format(handed->lesson, sizeof handed->lesson, "%s",
			    record_text(handed->submission.head, "lesson"));
	}
	return true;
}

/* "'green.01' (2), 'green.05' (98)" */
static void list_lessons(char *out, size_t cap, const json_t *counts)
{
	const char *id, *between = "";
	json_t *count;
	size_t told = 0;
	*out = '\0';
	json_object_foreach((json_t *)(uintptr_t)counts, id, count)
	{
		size_t len = strlen(out);
		if (told++ == LESSONS_TOLD) {
			text_format(out + len, cap - len, " and others");
			return;
		}
		text_format(out + len, cap - len, "%s'%s' (%lld)", between, id,
			    (long long)json_integer_value(count));
		between = ", ";
	}
}

bool grades_lesson(const Grades *grades, char *out, size_t cap, Err *err)
{
	char list[ERR_TEXT_MAX / 2];
	json_t *counts = json_object();
	for (size_t i = 0; i < grades->handed_count; i++) {
		const char *id = grades->handed[i].lesson;
		json_int_t before = json_integer_value(json_object_get(counts, id));
		if (*id)
			json_object_set_new(counts, id, json_integer(before + 1));
	}
	size_t lessons = json_object_size(counts);
	text_format(out, cap, "%s", lessons ? json_object_iter_key(json_object_iter(counts)) : "");
	list_lessons(list, sizeof list, counts);
	json_decref(counts);
	if (lessons > 1)
		err_set(err, ERR_USAGE,
			"the submissions are for %zu lessons: %s; --lesson ID tells which is "
			"graded",
			lessons, list);
	else if (!lessons)
		err_set(err, ERR_NEED,
			"%s: no file in it can be read; --lesson ID tells which lesson is graded",
			grades->handed[0].why ? grades->handed[0].why : grades->handed[0].name);
	return lessons == 1;
}

size_t grades_strangers(const Grades *grades)
{
	size_t count = 0;
	for (size_t i = 0; i < grades->handed_count; i++)
		count += *grades->handed[i].lesson &&
			 strcmp(grades->handed[i].lesson, record_text(grades->source, "id")) != 0;
	return count;
}

void grades_read(Grades *grades, const char *folder)
{
	for (size_t i = 0; i < grades->handed_count; i++)
		read_handed(&grades->handed[i], folder, grades->source);
}
