/* What authors of lessons do: the actions of wattle author, a file each.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_AUTHOR_AUTHOR_H
#define WATTLE_APP_AUTHOR_AUTHOR_H

#include <limits.h>

#include "app/command.h"
#include "app/session/session.h"
#include "base/err.h"
#include "lab/table.h"

/* What one action works on. */
typedef struct Author {
	const Cli *cli;
	bool found; /* lint and test: a problem was told */
	int status; /* of the preview's process */
} Author;

/* Operands behind the action. */
bool author_new(void *user, Err *err);
bool author_preview(void *user, Err *err);
bool author_lint(void *user, Err *err);
bool author_test(void *user, Err *err);
bool author_pack(void *user, Err *err);

/* Calls one for each operand behind the action. A file that does not load keeps the others from
 * nothing: all are told, the last of them in *err. With --json rows go to a table of these columns,
 * which is written at the end; else table is NULL. */
typedef bool AuthorOne(Author *author, Table *table, const char *path, Err *err);
bool author_each(Author *author, AuthorOne *one, const TableColumn *columns, size_t count,
		 const char *type, Err *err);

/* The command line of `wattle lesson` by which the author's lesson is tried: its own limits, --fast
 * if wanted, energy (NULL: auto). To be done with cli_done in any case. */
bool author_cli(Cli *out, const Author *author, bool fast, const char *energy, Err *err);

/* A lesson's file, opened and described. */
typedef struct AuthorFile {
	const char *path;
	char folder[PATH_MAX]; /* that it lies in */
	const char *name;      /* without folders */
	ScriptFile script;
	char *text; /* with its end */
	json_t *source;
} AuthorFile;

/* The path of the lesson of that id or number that wattle list lessons shows. */
bool author_listed(char path[PATH_MAX], const char *id, const Cli *cli, Err *err);
/* The line that a message such as "FILE:LINE: text" names; 0: none. */
int author_line(const char *name, const char *message);
/* False and *err: it cannot be read, or does not load. To be closed in any case. hook: as for
 * describe_script. */
bool author_file_open(AuthorFile *out, const Paths *paths, const SessionHook *hook,
		      const char *path, Err *err);
void author_file_close(AuthorFile *file);
bool author_is_grading(const AuthorFile *file);
/* The lesson of a grading file: NN-name.lua beside NN-name.grade.lua, else the one of that id that
 * wattle list lessons shows. It has what the grading file names, or *err tells. path outlives out,
 * which is to be closed in any case. */
bool author_lesson_open(AuthorFile *out, char path[PATH_MAX], const AuthorFile *grading,
			const Cli *cli, Err *err);
/* The text of a file in the lesson's own folder; NULL and *err. To be freed. */
char *author_file_read(const AuthorFile *file, const char *name, Err *err);

#endif
