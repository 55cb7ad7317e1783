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
	}
	return true;
}

void grades_read(Grades *grades, const char *folder)
{
	for (size_t i = 0; i < grades->handed_count; i++)
		read_handed(&grades->handed[i], folder, grades->source);
}
