/* What a lesson must keep to beyond what loading it checks. A rule is a const row in a file of its
 * own (src/app/author/rules/), listed in rules.am; the manual lists their names.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_AUTHOR_LINT_H
#define WATTLE_APP_AUTHOR_LINT_H

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/info.h"

/* One lesson that is looked over. */
typedef struct Lint {
	const char *path;            /* of the file, as problems name it */
	const char *text;            /* of the file, with an end */
	const json_t *source;        /* app/lesson/source.h */
	const struct LintRule *rule; /* that is asked now */
	/* Is told each problem, in the order of the lines. */
	void (*tell)(void *user, const struct LintRule *rule, int line, const char *text);
	void *user;
	size_t problems;
	struct LintProblem *found; /* not yet told; NULL outside lint_run */
	size_t waiting, room;
} Lint;

typedef struct LintRule {
	Info info;
	void (*look)(Lint *lint);
} LintRule;

/* The table; ends with NULL. */
extern const LintRule *const lint_rules[];

/* Asks all rules. */
void lint_run(Lint *lint);
/* A problem of the rule that is asked now. */
void lint_problem(Lint *lint, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The path of a file in the lesson's own folder. Returned. */
const char *lint_file(char out[PATH_MAX], const Lint *lint, const char *name);
/* Calls see for every text that a student reads, with the line on which it begins. */
void lint_texts(Lint *lint, void (*see)(Lint *lint, int line, const char *text));

#endif
