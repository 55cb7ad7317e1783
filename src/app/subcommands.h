/* Commands whose first operand says what is to be done: wattle data show NAME.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_SUBCOMMANDS_H
#define WATTLE_APP_SUBCOMMANDS_H

#include "app/command.h"

/* A command's actions, a table that ends with a NULL name. */
typedef struct SubCommand {
	const char *name;
	size_t least, most; /* operands behind it */
	const char *usage;  /* "import NAME FILE" */
	bool (*run)(void *user, Err *err);
} SubCommand;

/* A flag that only some actions have; such tables end with a NULL flag. */
typedef struct SubCommandFlag {
	const char *flag, *of; /* "import fetch" */
} SubCommandFlag;

/* The action of a command line; the first one when there is no operand. NULL, ERR_USAGE: there is no
 * such action (did you mean), too few or too many operands, or a flag of another action. */
const SubCommand *subcommand_find(const Cli *cli, const SubCommand *actions,
				  const SubCommandFlag *only, Err *err);

#endif
