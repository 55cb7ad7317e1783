/* A lesson's file and its folder.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/author/author.h"
#include "app/lesson/describe.h"
#include "app/lesson/lesson.h"
#include "app/lesson/source.h"
#include "base/record.h"
#include "base/text.h"

static char *ended_text(const ScriptFile *script, Err *err)
{
	size_t len = 0;
	char *text = script_file_text(script, &len);
	char *ended = text ? strndup(text, len) : NULL;
	free(text);
	if (!ended)
		err_set(err, ERR_MEMORY, "reading %s", script->name);
	return ended;
}

bool author_file_open(AuthorFile *out, const Paths *paths, const SessionHook *hook,
		      const char *path, Err *err)
{
	const char *slash = strrchr(path, '/');
	*out = (AuthorFile){ .path = path,
			     .name = slash ? slash + 1 : path,
			     .script = { .fd = -1 } };
	text_format(out->folder, sizeof out->folder, "%.*s", slash ? (int)(slash - path) : 1,
		    slash ? path : ".");
	return script_file_open(&out->script, path, err) &&
	       (out->text = ended_text(&out->script, err)) &&
	       (out->source = describe_script(paths, hook, &out->script, err));
}

int author_line(const char *name, const char *message)
{
	size_t len = strlen(name);
	return strncmp(message, name, len) == 0 && message[len] == ':' ? atoi(message + len + 1)
								       : 0;
}

bool author_is_grading(const AuthorFile *file)
{
	return strcmp(record_text(file->source, "type"), "grading-source") == 0;
}

bool author_listed(char path[PATH_MAX], const char *id, const Cli *cli, Err *err)
{
	json_t *rows = lesson_list(cli, err);
	const json_t *row = rows ? lesson_find(rows, id, err) : NULL;
	if (row)
		lesson_path(path, row);
	json_decref(rows);
	return row != NULL;
}

bool author_lesson_open(AuthorFile *out, char path[PATH_MAX], const AuthorFile *grading,
			const Cli *cli, Err *err)
{
	static const char ending[] = ".grade.lua";
	const char *id = record_text(grading->source, "lesson");
	size_t len = strlen(grading->path), end = sizeof ending - 1;
	*out = (AuthorFile){ .path = path, .script = { .fd = -1 } };
	path[0] = '\0';
	if (len > end && strcmp(grading->path + len - end, ending) == 0)
		text_format(path, PATH_MAX, "%.*s.lua", (int)(len - end), grading->path);
	if ((!*path || access(path, R_OK) != 0) && !author_listed(path, id, cli, err))
		return false;
	if (!author_file_open(out, cli->paths, NULL, path, err))
		return false;
	if (strcmp(record_text(out->source, "id"), id) != 0)
		return err_set(err, ERR_SCRIPT, "%s:%d: it is for the lesson '%s', but %s is '%s'",
			       grading->path, source_line(grading->source), id, path,
			       record_text(out->source, "id"));
	return source_grades(grading->source, grading->path, out->source, err);
}

void author_file_close(AuthorFile *file)
{
	script_file_close(&file->script);
	free(file->text);
	json_decref(file->source);
}

char *author_file_read(const AuthorFile *file, const char *name, Err *err)
{
	char path[PATH_MAX];
	ScriptFile script;
	source_file(path, sizeof path, file->folder, file->name, name);
	if (!script_file_open(&script, path, err))
		return NULL;
	script.name = name;
	char *text = ended_text(&script, err);
	script_file_close(&script);
	return text;
}

bool author_each(Author *author, AuthorOne *one, const TableColumn *columns, size_t count,
		 const char *type, Err *err)
{
	const Cli *cli = author->cli;
	Err this, last = { .code = ERR_NONE };
	bool json = params_get(&cli->common, "json")->flag;
	Table *table = json ? table_new(columns, count, type, err) : NULL;
	if (json && !table)
		return false;
	for (size_t i = 1; i < cli->operands && last.code != ERR_INTERRUPTED; i++) {
		if (one(author, table, cli->operand[i], &this))
			continue;
		if (last.code != ERR_NONE)
			text_printf(stderr, "wattle: %s\n", last.text);
		last = this;
	}
	bool ok = !table || table_write(stdout, table, TABLE_JSON, NULL, err);
	table_free(table);
	if (last.code != ERR_NONE)
		*err = last;
	return ok && last.code == ERR_NONE;
}

bool author_cli(Cli *out, const Author *author, bool fast, const char *energy, Err *err)
{
	static const char *const argv[] = { "wattle", "lesson" };
	const Params *flags = &author->cli->flags;
	const ParamValue *limit = params_get(flags, "time-limit"),
			 *memory = params_get(flags, "max-memory");
	bool ok = cli_parse(out, 2, (char **)(uintptr_t)argv, err) &&
		  params_set_flag(&out->flags, "fast", fast, err) &&
		  (!energy || params_set_text(&out->flags, "energy", energy, err)) &&
		  (!limit->given ||
		   params_set_number(&out->flags, "time-limit", limit->number, err)) &&
		  (!memory->given ||
		   params_set_number(&out->flags, "max-memory", (double)memory->bytes, err));
	out->paths = author->cli->paths;
	return ok;
}
