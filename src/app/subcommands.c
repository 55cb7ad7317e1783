/* The action of a command line.
 * SPDX-License-Identifier: MIT */
#include "app/subcommands.h"

#include <string.h>

#include "base/text.h"

#define SUBCOMMANDS_MAX 16

static const SubCommand *by_name(const char *command, const char *name, const SubCommand *actions,
				 Err *err)
{
	const char *names[SUBCOMMANDS_MAX + 1] = { NULL };
	char hint[TEXT_HINT_MAX], list[256] = "";
	size_t len = 0;

	for (size_t i = 0; actions[i].name; i++) {
		if (strcmp(actions[i].name, name) == 0)
			return &actions[i];
		if (i < SUBCOMMANDS_MAX)
			names[i] = actions[i].name;
		len += text_format(list + len, sizeof list - len, "%s%s", len ? ", " : "",
				   actions[i].name);
	}
	err_set(err, ERR_USAGE, "%s does no '%.60s'%s: %s", command, name,
		text_did_you_mean(hint, name, names), list);
	return NULL;
}

/* Whether a word stands in a text of words. */
static bool has_word(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = words; (at = strstr(at, word)); at += len)
		if ((at == words || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
			return true;
	return false;
}

const SubCommand *subcommand_find(const Cli *cli, const SubCommand *actions,
				  const SubCommandFlag *only, Err *err)
{
	const char *command = cli->command->info.name;
	const char *name = cli->operands ? cli->operand[0] : actions->name;
	const SubCommand *action = by_name(command, name, actions, err);
	size_t behind = cli->operands ? cli->operands - 1 : 0;

	if (!action)
		return NULL;
	if (behind < action->least || behind > action->most) {
		err_set(err, ERR_USAGE, "usage: wattle %s [flags] %s", command, action->usage);
		return NULL;
	}
	for (; only && only->flag; only++)
		if (params_get(&cli->flags, only->flag)->given && !has_word(only->of, name)) {
			err_set(err, ERR_USAGE, "--%s goes with %s %s", only->flag, command,
				only->of);
			return NULL;
		}
	return action;
}
