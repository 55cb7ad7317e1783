/* wattle: reads the command line and runs one command.
 * SPDX-License-Identifier: MIT */
#include <locale.h>
#include <stdio.h>

#include "app/command.h"
#include "base/text.h"

static int run(int argc, char **argv, Err *err)
{
	Cli cli;
	Paths paths;
	int status = 0;
	if (!cli_parse(&cli, argc, argv, err) || !paths_find(&paths, err)) {
		cli_done(&cli);
		return err_exit_status(err->code);
	}
	cli.paths = &paths;
	if (params_get(&cli.common, "version")->flag)
		text_printf(stdout, "wattle %s\n", WATTLE_VERSION);
	else if (params_get(&cli.common, "help")->flag)
		cli_help(cli.command);
	else if (cli.command)
		status = cli.command->run(&cli, err);
	else if (!err_set(err, ERR_USAGE, "wattle wants a command; see wattle --help"))
		status = err_exit_status(err->code);
	cli_done(&cli);
	return status;
}

int main(int argc, char **argv)
{
	Err err = { .code = ERR_NONE };
	setlocale(LC_CTYPE, "");
	int status = run(argc, argv, &err);
	fflush(stdout);
	if (err.code != ERR_NONE)
		text_printf(stderr, "wattle: %s\n", err.text);
	return status;
}
