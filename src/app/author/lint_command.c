/* wattle author lint FILE…: problems as FILE:LINE: text, or as rows of JSON.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "app/author/author.h"
#include "app/author/lint.h"
#include "base/text.h"
#include "lab/table.h"

enum { COLUMN_FILE, COLUMN_LINE, COLUMN_RULE, COLUMN_TEXT, COLUMNS };

static const TableColumn columns[COLUMNS] = {
	[COLUMN_FILE] = { .name = "file", .title = "file" },
	[COLUMN_LINE] = { .name = "line", .title = "line", .kind = TABLE_WHOLE },
	[COLUMN_RULE] = { .name = "rule", .title = "rule" },
	[COLUMN_TEXT] = { .name = "text", .title = "text" },
};

typedef struct Told {
	const char *path;
	Table *table; /* NULL: plain lines */
} Told;

static void tell(void *user, const LintRule *rule, int line, const char *text)
{
	Told *self = user;
	if (!self->table) {
		text_printf(stdout, "%s:%d: %s [%s]\n", self->path, line, text, rule->info.name);
		return;
	}
	table_row(self->table);
	table_text(self->table, COLUMN_FILE, self->path);
	table_number(self->table, COLUMN_LINE, line);
	table_text(self->table, COLUMN_RULE, rule->info.name);
	table_text(self->table, COLUMN_TEXT, text);
}

/* Not in the table of rules: loading looks after it. */
static const LintRule load = { .info = { .name = "load" } };

/* What it weighs and adds to is there. */
static bool lint_grading(Author *self, const AuthorFile *file, Err *err)
{
	char path[PATH_MAX];
	AuthorFile lesson;
	bool ok = author_lesson_open(&lesson, path, file, self->cli, err);
	author_file_close(&lesson);
	return ok;
}

/* A planned lesson is a name and a question: there is nothing to look over. */
static bool lint_one(Author *self, Table *table, const char *path, Err *err)
{
	AuthorFile file;
	Told told = { path, table };
	bool ok = author_file_open(&file, self->cli->paths, NULL, path, err);
	Lint lint = {
		.path = path, .text = file.text, .source = file.source, .tell = tell, .user = &told
	};
	if (ok && author_is_grading(&file))
		ok = lint_grading(self, &file, err);
	else if (ok && json_object_get(file.source, "steps"))
		lint_run(&lint);
	if (!ok && table)
		tell(&told, &load, author_line(path, err->text), err->text);
	self->found |= lint.problems > 0;
	author_file_close(&file);
	return ok;
}

bool author_lint(void *user, Err *err)
{
	return author_each(user, lint_one, columns, COLUMNS, "lint", err);
}
