/* The table of rules, and what they share.
 * SPDX-License-Identifier: MIT */
#include "app/author/lint.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "app/lesson/source.h"
#include "base/list.h"
#include "base/record.h"
#include "base/text.h"

#define ROW(name) extern const LintRule lint_##name;
#include "app/author/rules.inc"
#undef ROW

const LintRule *const lint_rules[] = {
#define ROW(name) &lint_##name,
#include "app/author/rules.inc"
#undef ROW
	NULL,
};

typedef struct LintProblem {
	const LintRule *rule;
	int line;
	size_t order;
	char *text; /* owned */
} LintProblem;

static bool keep(Lint *lint, int line, const char *text)
{
	LintProblem *more = list_room(lint->found, lint->waiting, &lint->room, sizeof *lint->found);

	if (!more)
		return false;
	lint->found = more;
	more += lint->waiting;
	*more = (LintProblem){ lint->rule, line, lint->waiting, strdup(text) };
	lint->waiting += more->text ? 1 : 0;
	return more->text;
}

void lint_problem(Lint *lint, int line, const char *format, ...)
{
	char text[ERR_TEXT_MAX];
	va_list args;
	va_start(args, format);
	text_vformat(text, sizeof text, format, args);
	va_end(args);
	lint->problems++;
	if (!keep(lint, line, text)) /* out of order is better than not at all */
		lint->tell(lint->user, lint->rule, line, text);
}

static int by_line(const void *a, const void *b)
{
	const LintProblem *one = a, *two = b;

	if (one->line != two->line)
		return one->line < two->line ? -1 : 1;
	return one->order < two->order ? -1 : 1;
}

static void tell_all(Lint *lint)
{
	if (lint->waiting > 1)
		qsort(lint->found, lint->waiting, sizeof *lint->found, by_line);
	for (size_t i = 0; i < lint->waiting; i++) {
		const LintProblem *problem = &lint->found[i];

		lint->tell(lint->user, problem->rule, problem->line, problem->text);
		free(problem->text);
	}
	free(lint->found);
	lint->found = NULL;
	lint->waiting = lint->room = 0;
}

void lint_run(Lint *lint)
{
	for (size_t i = 0; lint_rules[i]; i++) {
		lint->rule = lint_rules[i];
		lint->rule->look(lint);
	}
	tell_all(lint);
}

const char *lint_file(char out[PATH_MAX], const Lint *lint, const char *name)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(lint->path, '/');
	text_format(folder, sizeof folder, "%.*s", slash ? (int)(slash - lint->path) : 1,
		    slash ? lint->path : ".");
	return source_file(out, PATH_MAX, folder, slash ? slash + 1 : lint->path, name);
}

typedef void See(Lint *lint, int line, const char *text);

static void see_list(Lint *lint, const json_t *list, See *see)
{
	size_t i;
	json_t *text;
	json_array_foreach((json_t *)(uintptr_t)list, i, text)
		see(lint, source_line(text), record_text(text, "text"));
}

void lint_texts(Lint *lint, See *see)
{
	size_t i;
	json_t *step;
	see_list(lint, json_object_get(lint->source, "texts"), see);
	json_array_foreach(json_object_get(lint->source, "steps"), i, step)
		see_list(lint, json_object_get(step, "texts"), see);
}
