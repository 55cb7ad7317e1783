/* wattle author new | preview | lint | test | pack: the tools of who writes lessons.
 * SPDX-License-Identifier: MIT */
#include "app/author/author.h"
#include "app/flags.h"
#include "app/subcommands.h"

static const Param author_params[] = {
	{ .name = "from",
	  .type = PARAM_TEXT,
	  .unit = "ID",
	  .help = "new: copy this lesson instead of the skeleton." },
	{ .name = "full",
	  .type = PARAM_FLAG,
	  .value = "false",
	  .help = "test: without the caps of fast mode." },
	{ .name = "out",
	  .type = PARAM_TEXT,
	  .unit = "FILE",
	  .help = "pack: the file to write; it must be given." },
	{ .name = "no-solutions",
	  .type = PARAM_FLAG,
	  .value = "false",
	  .help = "pack: leave out model solutions and answers." },
	FLAG_LESSON_LIMITS,
	{ 0 },
};

static const SubCommand actions[] = {
	{ "new", 1, 1, "new ID [--from ID]", author_new },
	{ "preview", 1, 1, "preview FILE", author_preview },
	{ "lint", 1, CLI_OPERANDS_MAX, "lint FILE…", author_lint },
	{ "test", 1, CLI_OPERANDS_MAX, "test FILE… [--full]", author_test },
	{ "pack", 1, CLI_OPERANDS_MAX, "pack FILE… [--no-solutions] --out FILE", author_pack },
	{ 0 },
};

static const SubCommandFlag only[] = {
	{ "from", "new" },
	{ "full", "test" },
	{ "out", "pack" },
	{ "no-solutions", "pack" },
	{ "time-limit", "preview test" },
	{ "max-memory", "preview test" },
	{ 0 },
};

static int author_run(const Cli *cli, Err *err)
{
	Author self = { .cli = cli };
	const SubCommand *action = subcommand_find(cli, actions, only, err);
	if (!action || !action->run(&self, err))
		return err_exit_status(err->code);
	return self.found ? err_exit_status(ERR_CLAIM) : self.status;
}

const Command command_author = {
	.info = { .name = "author",
		  .title = "Author",
		  .about = "Begin a lesson, look at it while it is written, look it over, test it, "
			   "pack it.",
		  .params = author_params },
	.synopsis = "new ID | preview FILE | lint FILE… | test FILE… | pack FILE…",
	.operands_min = 1,
	.operands_max = CLI_OPERANDS_MAX,
	.run = author_run,
};
