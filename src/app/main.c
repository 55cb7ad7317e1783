/* wattle: reads the command line and runs one command.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/command.h"
#include "base/text.h"

#define LAST_WORD_MS 200

static int run(int argc, char **argv, Err *err)
{
	Cli cli;
	Paths paths;
	int status = 0;
	if (!cli_parse(&cli, argc, argv, err)) {
		cli_done(&cli);
		return err_exit_status(err->code);
	}
	cli.paths = &paths;
	if (params_get(&cli.common, "version")->flag)
		text_printf(stdout, "wattle %s\n", WATTLE_VERSION);
	else if (params_get(&cli.common, "help")->flag)
		cli_help(cli.command);
	else
		status = cli_default(&cli, err) && paths_find(&paths, err)
				 ? cli.command->run(&cli, err)
				 : err_exit_status(err->code);
	cli_done(&cli);
	return status;
}

/* Results that were not written are no results. */
static int end_results(int status, Err *err)
{
	errno = 0;
	bool lost = ferror(stdout) != 0;
	lost |= fflush(stdout) != 0;
	if (!lost || err->code != ERR_NONE)
		return status;
	err_set(err, ERR_FILE, "cannot write the results: %s",
		errno ? strerror(errno) : "the output failed");
	return err_exit_status(err->code);
}

/* The last word must not wait for a terminal that is stopped. */
static void tell(const Err *err)
{
	struct pollfd fd = { .fd = STDERR_FILENO, .events = POLLOUT };
	if (err->code != ERR_NONE && poll(&fd, 1, LAST_WORD_MS) > 0)
		text_printf(stderr, "wattle: %s\n", err->text);
}

int main(int argc, char **argv)
{
	Err err = { .code = ERR_NONE };
	setlocale(LC_CTYPE, "");
	int status = end_results(run(argc, argv, &err), &err);
	tell(&err);
	return status;
}
