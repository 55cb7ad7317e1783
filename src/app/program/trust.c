/* Trust in a script, before its commands run.
 * SPDX-License-Identifier: MIT */
#include "app/program/trust.h"

#include <limits.h>

#include "app/paths.h"
#include "base/text.h"

#define TORN "the file of trusted scripts ended in a torn line, which was dropped"

/* "sklearn: python3 bench.py; torch: …" */
static void list_commands(const Plan *plan, char *out, size_t cap)
{
	char line[PLAN_COMMAND_MAX * 2];
	size_t len = 0;

	for (size_t i = 0; i < plan->arms; i++)
		if (plan->command[i].words)
			len += text_format(out + len, cap - len, "%s%s: %s", len ? "; " : "",
					   plan->arm[i],
					   plan_command_text(&plan->command[i], line, sizeof line));
}

static bool refuse(const char *script, const Plan *plan, Err *err)
{
	char commands[480];

	list_commands(plan, commands, sizeof commands);
	return err_set(err, ERR_NEED,
		       "%s starts programs with your rights, and is not trusted as it is now: read "
		       "it, then give --trust once (--plan shows all its commands). It would run "
		       "%s",
		       script, commands);
}

static void remember(Trust trust, const char *path, const char *script, const char *sha256,
		     char notice[512])
{
	bool torn;
	Err why;

	/* What was typed, or trusted right now, runs; it will be asked for again. */
	if (!*path)
		text_format(notice, 512, "the trust in %s is not remembered: there is no home",
			    script);
	else if (!trust_file_add(path, sha256, script, &torn, &why))
		text_format(notice, 512, "the trust in %s is not remembered: %s", script, why.text);
	else if (torn)
		text_format(notice, 512, "%s", TORN);
	else if (trust == TRUST_GIVEN)
		text_format(notice, 512, "%s is trusted as it is now (%s)", script, path);
}

bool trust_allows(Trust trust, const char *script, const char *sha256, const Plan *plan,
		  char notice[512], Err *err)
{
	char path[PATH_MAX];
	bool found = false, torn = false;

	*notice = '\0';
	if (!plan_commands(plan)) {
		if (trust == TRUST_GIVEN)
			text_format(notice, 512,
				    "--trust is not needed: %s starts no programs; its Lua runs "
				    "behind walls",
				    script);
		return true;
	}
	paths_state("trust.jsonl", path);
	if (trust != TRUST_LOOK) {
		remember(trust, path, script, sha256, notice);
		return true;
	}
	if (*path && !trust_file_has(path, sha256, &found, &torn, err))
		return false;
	if (torn)
		text_format(notice, 512, "%s", TORN);
	return found || refuse(script, plan, err);
}
