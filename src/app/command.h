/* Commands: each is a const Command in a file of its own (src/app/commands/), listed in
 * commands.am. Help, completion and the manual are made from the rows.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_COMMAND_H
#define WATTLE_APP_COMMAND_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "app/paths.h"
#include "base/err.h"
#include "base/info.h"

#define CLI_OPERANDS_MAX 256

typedef struct Command Command;

/* A command line that was understood: values are checked against their rows. */
typedef struct Cli {
	const Command *command;
	const Paths *paths;
	Params common; /* the flags that every command has */
	Params flags;  /* the command's own */
	json_t *pairs; /* {flag: {KEY: VALUE}} of the KEY=VALUE flags; owned */
	size_t operands;
	const char *operand[CLI_OPERANDS_MAX];
	/* What stood behind "--", of a command that takes a command line there; ends with NULL.
	 * NULL: no "--". Borrowed from argv. */
	char **line;
} Cli;

struct Command {
	/* params: the command's own flags, their names without "--". A name of one letter is
	 * written with one dash. */
	Info info;
	const char *synopsis; /* "FILE.lua": what stands after the flags */
	size_t operands_min, operands_max;
	bool takes_line; /* what stands behind "--" is another program's command line */
	/* Returns the exit status; prints its own results. On failure sets *err, whose status is
	 * used. */
	int (*run)(const Cli *cli, Err *err);
};

/* The table; ends with NULL. */
extern const Command *const commands[];
const Command *command_find(const char *name);

/* The flags that every command takes. */
extern const Info cli_common;

/* Understands argv[1 …]. ERR_USAGE names the flag, what is off and the nearest name. help and
 * version are left to the caller, who sees them in common. A command line without a command leaves
 * cli->command NULL. */
bool cli_parse(Cli *cli, int argc, char **argv, Err *err);
/* The command of a line without one: the lessons. */
bool cli_default(Cli *cli, Err *err);
void cli_done(Cli *cli);

/* Help on one command, or on all of them (NULL), to stdout. */
void cli_help(const Command *command);

#endif
