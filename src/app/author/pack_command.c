/* wattle author pack FILE… --out FILE: the lessons with what they name, and nothing else: never a
 * grading file, never notes.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "app/author/author.h"
#include "app/author/pack.h"
#include "app/lesson/source.h"
#include "base/file.h"
#include "base/record.h"
#include "base/text.h"

/* One pack that is being written. */
typedef struct Packing {
	const Author *author;
	bool solutions;
	char course[PACK_NAME_MAX];
	LineFile out;
} Packing;

static bool put_file(Packing *self, const char *name, const char *text, Err *err)
{
	if (!pack_name_ok(name))
		return err_set(err, ERR_USAGE,
			       "%s: a pack takes plain names of letters, digits, _, - and dots",
			       name);
	json_t *line = line_file_line("pack-file");
	json_object_set_new(line, "name", json_string(name));
	json_object_set_new(line, "text", json_string(text));
	line_file_put(&self->out, line);
	return true;
}

/* A file of the lesson's folder. */
static bool put_part(Packing *self, const AuthorFile *file, const char *name, Err *err)
{
	char path[2 * PACK_NAME_MAX];
	int stem = (int)strlen(file->name) - 4;
	char *text = author_file_read(file, name, err);
	text_format(path, sizeof path, "%.*s/%s", stem > 0 ? stem : 0, file->name, name);
	bool ok = text && put_file(self, path, text, err);
	free(text);
	return ok;
}

/* The answers are solutions, too. */
static bool put_parts(Packing *self, const AuthorFile *file, Err *err)
{
	size_t i;
	json_t *step;
	Err missing;
	json_array_foreach(json_object_get(file->source, "steps"), i, step)
	{
		if (!source_is(step, "exercise"))
			continue;
		if (!put_part(self, file, record_text(source_exercise(step), "file"), err) ||
		    (self->solutions &&
		     !put_part(self, file, record_text(source_exercise(step), "solution"), err)))
			return false;
	}
	char *answers = self->solutions ? author_file_read(file, "answers.json", &missing) : NULL;
	bool ok = !answers || put_part(self, file, "answers.json", err);
	free(answers);
	return ok;
}

/* All lessons of a pack are of one course, the part of their ids before the dot. */
static bool take_course(Packing *self, const AuthorFile *file, Err *err)
{
	char course[PACK_NAME_MAX];
	const char *id = record_text(file->source, "id"), *dot = strrchr(id, '.');
	text_format(course, sizeof course, "%.*s", dot ? (int)(dot - id) : 0, id);
	if (!*course)
		return err_set(err, ERR_SCRIPT, "%s: no lesson, so nothing to pack", file->path);
	if (*self->course && strcmp(course, self->course) != 0)
		return err_set(err, ERR_USAGE, "%s is of the course %s, the ones before it of %s",
			       file->path, course, self->course);
	if (*self->course)
		return true;
	memcpy(self->course, course, sizeof course);
	json_t *line = line_file_line("pack");
	json_object_set_new(line, "course", json_string(course));
	json_object_set_new(line, "wattle", json_string(WATTLE_VERSION));
	line_file_put(&self->out, line);
	return true;
}

static bool pack_one(Packing *self, const char *path, Err *err)
{
	AuthorFile file;
	bool ok = author_file_open(&file, self->author->cli->paths, NULL, path, err) &&
		  take_course(self, &file, err) && put_file(self, file.name, file.text, err) &&
		  put_parts(self, &file, err);
	author_file_close(&file);
	return ok;
}

/* What was written must be readable: the reader is the judge. */
static bool check_pack(const Packing *self, const char *out, Err *err)
{
	Pack pack;
	bool ok = pack_read(&pack, out, self->out.text, self->out.len, err);
	pack_done(&pack);
	return ok;
}

bool author_pack(void *user, Err *err)
{
	const Author *author = user;
	const Cli *cli = author->cli;
	const ParamValue *out = params_get(&cli->flags, "out");
	Packing self = { .author = author,
			 .solutions = !params_get(&cli->flags, "no-solutions")->flag };
	if (!out->given)
		return err_set(err, ERR_USAGE, "author pack wants --out FILE");
	bool ok = line_file_new(&self.out, err);
	for (size_t i = 1; ok && i < cli->operands; i++)
		ok = pack_one(&self, cli->operand[i], err);
	ok = ok && line_file_end(&self.out, &pack_kind, "the pack", err) &&
	     check_pack(&self, out->text, err) &&
	     file_write(out->text, "the pack", self.out.text, self.out.len, FILE_REPLACE, err);
	if (ok)
		text_printf(stdout, "%s\n", out->text);
	free(self.out.text);
	return ok;
}
