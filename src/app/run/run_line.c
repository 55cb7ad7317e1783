/* Command lines of wattle run, word by word.
 * SPDX-License-Identifier: MIT */
#include "app/run/run_line.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

void run_line_add(RunLine *line, const char *format, ...)
{
	char *word = NULL;
	va_list args;

	va_start(args, format);
	if (line->count == RUN_LINE_WORDS_MAX || vasprintf(&word, format, args) < 0)
		word = NULL;
	va_end(args);
	line->full |= !word;
	if (word)
		line->word[line->count++] = word;
}

/* --json and the like are asked of the new run, not of an old one. */
void run_line_begin(RunLine *line, const Cli *cli)
{
	static const char *const flags[] = { "json", "plain", "quiet", NULL };

	run_line_add(line, "wattle");
	run_line_add(line, "run");
	for (size_t i = 0; flags[i]; i++)
		if (params_get(&cli->common, flags[i])->flag)
			run_line_add(line, "--%s", flags[i]);
}

void run_line_set(RunLine *line, const json_t *set)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)set, key, value)
	{
		if (json_is_string(value))
			run_line_add(line, "--set=%s=%s", key, json_string_value(value));
		else if (json_is_number(value))
			run_line_add(line, "--set=%s=%.17g", key, json_number_value(value));
		else
			run_line_add(line, "--set=%s=%s", key,
				     json_is_true(value) ? "true" : "false");
	}
}

int run_line_run(RunLine *line, const Paths *paths, const char *name, const RunText *text, Err *err)
{
	int status = 0;
	Cli cli;

	run_line_add(line, "--");
	run_line_add(line, "%s", name);
	err->code = ERR_NONE;
	if (line->full) {
		err_set(err, ERR_MEMORY, "no room for the command line of a run");
		return err_exit_status(err->code);
	}
	if (cli_parse(&cli, line->count, line->word, err)) {
		cli.paths = paths;
		status = run_text(&cli, text, err);
	} else {
		status = err_exit_status(err->code);
	}
	cli_done(&cli);
	return status;
}

void run_line_done(RunLine *line)
{
	for (int i = 0; i < line->count; i++)
		free(line->word[i]);
	*line = (RunLine){ .count = 0 };
}
