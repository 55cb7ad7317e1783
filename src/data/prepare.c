/* Preparing data: the table of ways, and how a list of them is read and done.
 * SPDX-License-Identifier: MIT */
#include "data/prepare.h"

#include <string.h>

#include "base/text.h"
#include "data/prepared.h"

#define PREPARE_LINE_MAX 512

enum {
	PREPARE_KINDS_COUNT = 0
#define ROW(name) +1
#include "data/prepares.inc"
#undef ROW
};

const PrepareKind *prepare_kind_find(const char *name)
{
	for (size_t i = 0; prepare_kinds[i]; i++)
		if (strcmp(prepare_kinds[i]->info.name, name) == 0)
			return prepare_kinds[i];
	return NULL;
}

static bool prepare_unknown(const char *name, Err *err)
{
	const char *known[PREPARE_KINDS_COUNT + 1] = { NULL };
	char hint[TEXT_HINT_MAX];

	for (size_t i = 0; prepare_kinds[i]; i++)
		known[i] = prepare_kinds[i]->info.name;
	return err_set(err, ERR_ARGUMENT, "prepare: there is no way '%s'%s (wattle list prepares)",
		       name, text_did_you_mean(hint, name, known));
}

/* One way that changes values: in *mine, if there is one and its form will do, else in a copy. *mine is
 * NULL then. */
static Dataset *prepare_change(const PrepareKind *kind, const Rows *train, Dataset **mine,
			       const Params *params, Control *control, Err *err)
{
	bool here = *mine && (*mine)->form != DATASET_BYTES;
	Dataset *set = here ? *mine : prepared_copy(train->set, err);
	Rows rows = *train;

	if (here)
		*mine = NULL;
	rows.set = set;
	if (set && kind->change(set, &rows, params, control, err))
		return set;
	dataset_free(set);
	return NULL;
}

/* One way with its parameters; *mine is the set of train when that may be changed. NULL after a
 * failure. */
static Dataset *prepare_line(const Rows *train, Dataset **mine, const char *line, Control *control,
			     Err *err)
{
	char name[PARAM_WORD_MAX];
	const PrepareKind *kind;
	Params params;
	Dataset *made = NULL;

	if (!params_word(&line, name, err))
		return NULL;
	if (!*name) {
		err_set(err, ERR_ARGUMENT, "prepare: an empty line; write a way, \"standardize\"");
		return NULL;
	}
	kind = prepare_kind_find(name);
	if (!kind) {
		prepare_unknown(name, err);
		return NULL;
	}
	if (params_init(&params, &kind->info, err) && params_set_words(&params, line, err))
		made = kind->change ? prepare_change(kind, train, mine, &params, control, err)
				    : kind->apply(train, &params, control, err);
	if (!made)
		err_prefix(err, "prepare: %s", name);
	return made;
}

/* set: that of train, taken; NULL: it is somebody else's. */
static Dataset *prepare_lines(Dataset *set, const Rows *train, const char *lines, Control *control,
			      Err *err)
{
	Rows rows = *train;
	Dataset *made = set;

	do {
		char line[PREPARE_LINE_MAX];
		size_t len = strcspn(lines, ";\n");
		Dataset *next = NULL;

		if (len >= sizeof line) {
			err_set(err, ERR_ARGUMENT, "prepare: a line of more than %zu bytes",
				sizeof line - 1);
		} else {
			text_format(line, sizeof line, "%.*s", (int)len, lines);
			next = prepare_line(&rows, &made, line, control, err);
		}
		dataset_free(made);
		made = next;
		rows.set = made;
		lines += len + (lines[len] != '\0');
	} while (made && *lines);
	return made;
}

Dataset *prepare_all(const Rows *train, const char *lines, Control *control, Err *err)
{
	return prepare_lines(NULL, train, lines, control, err);
}

Dataset *prepare_taken(Dataset *set, const Rows *train, const char *lines, Control *control,
		       Err *err)
{
	return prepare_lines(set, train, lines, control, err);
}

/* --- the table -------------------------------------------------------------------------------- */

#define ROW(name) extern const PrepareKind prepare_##name;
#include "data/prepares.inc"
#undef ROW

const PrepareKind *const prepare_kinds[] = {
#define ROW(name) &prepare_##name,
#include "data/prepares.inc"
#undef ROW
	NULL,
};
