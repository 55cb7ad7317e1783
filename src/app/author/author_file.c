/* A lesson's file and its folder.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "app/author/author.h"
#include "app/author/describe.h"
#include "app/author/source.h"
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

bool author_file_open(AuthorFile *out, const Paths *paths, const char *path, Err *err)
{
	const char *slash = strrchr(path, '/');
	*out = (AuthorFile){ .path = path,
			     .name = slash ? slash + 1 : path,
			     .script = { .fd = -1 } };
	text_format(out->folder, sizeof out->folder, "%.*s", slash ? (int)(slash - path) : 1,
		    slash ? path : ".");
	return script_file_open(&out->script, path, err) &&
	       (out->text = ended_text(&out->script, err)) &&
	       (out->source = describe_script(paths, &out->script, err));
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
