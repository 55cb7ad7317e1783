/* wattle author new ID: a lesson to begin with, a copy of the commented skeleton or of a lesson
 * that is there, under the new id.
 * SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/author/author.h"
#include "app/lesson/lesson.h"
#include "app/lesson/source.h"
#include "base/file.h"
#include "base/record.h"
#include "base/text.h"

#define ID_MAX 48

/* "course.NN": letters, digits and _, a dot, digits. */
static bool check_id(const char *id, Err *err)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
	size_t course = strspn(id, letters);
	const char *number = id + course + 1;
	if (islower((unsigned char)*id) && id[course] == '.' && isdigit((unsigned char)*number) &&
	    !number[strspn(number, "0123456789")] && strlen(id) < ID_MAX)
		return true;
	return err_set(err, ERR_USAGE, "'%s' is no id of a lesson: write COURSE.NN, as in stats.01",
		       id);
}

/* Of two lessons with one id only the first in the list can be opened. */
static bool check_free(const Cli *cli, const char *id, Err *err)
{
	size_t i;
	json_t *row, *rows = lesson_list(cli, err);
	char path[PATH_MAX];
	bool ok = rows != NULL;
	json_array_foreach(rows, i, row)
	{
		if (ok && strcmp(record_text(row, "name"), id) == 0)
			ok = err_set(err, ERR_USAGE, "there is a lesson '%s': %s; take another id",
				     id, lesson_path(path, row));
	}
	json_decref(rows);
	return ok;
}

/* The text with the new id where the old one stands as id = "…"; to be freed. */
static char *with_id(const char *text, const char *old, const char *id)
{
	char wanted[ID_MAX + 96], put[ID_MAX + 16], *out = NULL;
	size_t len = 0;
	text_format(wanted, sizeof wanted, "id = \"%s\"", old);
	text_format(put, sizeof put, "id = \"%s\"", id);
	const char *at = strstr(text, wanted);
	FILE *to = open_memstream(&out, &len);
	if (!to)
		return NULL;
	fwrite(text, 1, at ? (size_t)(at - text) : strlen(text), to);
	if (at)
		fprintf(to, "%s%s", put, at + strlen(wanted));
	fclose(to);
	return out;
}

static bool put_file(const char *path, const char *text, Err *err)
{
	if (access(path, F_OK) == 0)
		return err_set(err, ERR_FILE,
			       "%s is there already: take another id, or move it away", path);
	if (!file_write(path, "the new lesson", text, strlen(text), FILE_NEW, err))
		return false;
	text_printf(stdout, "%s\n", path);
	return true;
}

/* Copies one file of the lesson's folder; one that is not there is none of its parts. */
static bool copy_part(const AuthorFile *from, const char *folder, const char *name, Err *err)
{
	char path[PATH_MAX];
	Err missing;
	char *text = *name ? author_file_read(from, name, &missing) : NULL;
	if (!text)
		return true;
	text_format(path, sizeof path, "%s/%s", folder, name);
	bool ok = put_file(path, text, err);
	free(text);
	return ok;
}

static bool copy_parts(const AuthorFile *from, const char *folder, Err *err)
{
	size_t i;
	json_t *step;
	if (mkdir(folder, 0777) != 0 && errno != EEXIST)
		return err_set(err, ERR_FILE, "cannot make the folder %s: %s", folder,
			       strerror(errno));
	json_array_foreach(json_object_get(from->source, "steps"), i,
			   step) if (source_is(step, "exercise") &&
				     (!copy_part(from, folder,
						 record_text(source_exercise(step), "file"), err) ||
				      !copy_part(from, folder,
						 record_text(source_exercise(step), "solution"),
						 err))) return false;
	return copy_part(from, folder, "answers.json", err);
}

/* The file that the new lesson is a copy of. */
static bool find_model(const Cli *cli, char path[PATH_MAX], Err *err)
{
	const ParamValue *from = params_get(&cli->flags, "from");
	if (!from->given) {
		text_format(path, PATH_MAX, "%s/lessons/skeleton/00-skeleton.lua",
			    cli->paths->share);
		return true;
	}
	return author_listed(path, from->text, cli, err);
}

bool author_new(void *user, Err *err)
{
	const Author *self = user;
	const char *id = self->cli->operand[1];
	char model[PATH_MAX], folder[ID_MAX + 16], path[ID_MAX + 32];
	AuthorFile from;
	if (!check_id(id, err) || !check_free(self->cli, id, err) ||
	    !find_model(self->cli, model, err))
		return false;
	const char *dot = strchr(id, '.');
	text_format(folder, sizeof folder, "%s-%.*s", dot + 1, (int)(dot - id), id);
	text_format(path, sizeof path, "%s.lua", folder);
	bool ok = author_file_open(&from, self->cli->paths, NULL, model, err);
	char *text = ok ? with_id(from.text, record_text(from.source, "id"), id) : NULL;
	if (ok && !text)
		err_set(err, ERR_MEMORY, "writing %s", path);
	ok = text && put_file(path, text, err) && copy_parts(&from, folder, err);
	free(text);
	author_file_close(&from);
	return ok;
}
