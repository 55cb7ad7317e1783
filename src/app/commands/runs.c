/* wattle runs: what the store holds, and what is done with it.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/subcommands.h"
#include "app/run/output.h"
#include "app/runs/runs_command.h"
#include "app/runs/stored_runs.h"
#include "base/text.h"
#include "lab/results.h"

static const Param runs_params[] = {
	{ .name = "tagged",
	  .type = PARAM_TEXT,
	  .unit = "TAG",
	  .help = "ls: only runs with this tag." },
	{ .name = "named",
	  .type = PARAM_TEXT,
	  .unit = "NAME",
	  .help = "ls: only runs of experiments with this name." },
	{ .name = "since",
	  .type = PARAM_TEXT,
	  .unit = "DATE",
	  .help = "ls: only runs that began on that day, 2026-01-31, or later, or so long ago: "
		  "90m 12h 3d 2w." },
	{ .name = "filter",
	  .type = PARAM_TEXT,
	  .unit = "EXPR",
	  .help = "ls: only runs of which all of that holds: name=race,seed>=3,machine~Xeon. A "
		  "field is one of the list's or a path into run-begin." },
	{ .name = "group",
	  .type = PARAM_TEXT,
	  .unit = "FIELD",
	  .help = "ls: the runs of each value of a field together." },
	{ .name = "format",
	  .type = PARAM_CHOICE,
	  .value = "json",
	  .choices = "json|csv|md|latex",
	  .help = "export: how it is written; md and latex are for papers." },
	{ .name = "what",
	  .type = PARAM_CHOICE,
	  .value = "records",
	  .choices = "records|trials|table",
	  .help = "export: the records as they are, a row for each trial and metric, or the table "
		  "of results. Without it: records as json, trials as csv, else the table." },
	{ .name = "pareto",
	  .type = PARAM_TEXT,
	  .unit = "X,Y",
	  .help = "export: the two metrics of the front: accuracy,energy." },
	{ .name = "out",
	  .type = PARAM_TEXT,
	  .unit = "FILE",
	  .help = "export: write to a file, which is there only when it is whole." },
	{ .name = "off", .type = PARAM_FLAG, .value = "false", .help = "tag: take the tags off." },
	{ .name = "yes", .type = PARAM_FLAG, .value = "false", .help = "rm: do not ask." },
	{ .name = "trust",
	  .type = PARAM_FLAG,
	  .value = "false",
	  .help = "rerun: let the stored script start the programs that are its arms." },
	{ 0 },
};

static const SubCommandFlag only[] = {
	{ "tagged", "ls" },  { "named", "ls" },      { "since", "ls" },    { "filter", "ls" },
	{ "group", "ls" },   { "format", "export" }, { "what", "export" }, { "pareto", "export" },
	{ "out", "export" }, { "off", "tag" },       { "yes", "rm" },      { "trust", "rerun" },
	{ NULL, NULL },
};

/* --- show ------------------------------------------------------------------------------------- */

static bool take_result(void *user, const json_t *record, Err *err)
{
	return results_take(user, record, err);
}

static bool show_head(void *user, const StoredRun *run, Err *err)
{
	Runs *self = user;
	json_t *record = self->json ? stored_run_json(run) : NULL;
	bool fine = true;

	if (self->json)
		fine = output_json(self->json, record, err);
	else
		text_printf(stdout,
			    "run        %s\nbegan      %s\nscript     %s\nsha256     %s\n"
			    "machine    %s\nseed       %llu\nrecords    %llu, %llu trials\n"
			    "ended      %s\ntags       %s\n\n",
			    run->id, run->wall, run->script, run->script_sha256, run->machine,
			    (unsigned long long)run->seed, (unsigned long long)run->records,
			    (unsigned long long)run->trials, run->why ? run->why : "not yet",
			    *run->tags ? run->tags : "none");
	json_decref(record);
	return fine;
}

static bool show(void *user, Err *err)
{
	Runs *self = user;
	char id[STORE_ID_MAX];

	if (!store_find(self->store, self->cli->operand[1], id, err) ||
	    !store_run(self->store, id, show_head, self, err))
		return false;
	if (self->json)
		return true;
	Results *results = results_new(err);
	bool fine = results && store_records(self->store, id, take_result, results, err);

	if (fine && results_plan(results))
		output_summary(stdout, results);
	results_free(results);
	return fine;
}

/* --- tag, rm ----------------------------------------------------------------------------- */

static bool tag(void *user, Err *err)
{
	const Runs *self = user;
	bool on = !params_get(&self->cli->flags, "off")->flag;
	char id[STORE_ID_MAX];

	if (!store_find(self->store, self->cli->operand[1], id, err))
		return false;
	for (size_t i = 2; i < self->cli->operands; i++)
		if (!store_tag(self->store, id, self->cli->operand[i], on, err))
			return false;
	return true;
}

static bool ask(const char *id, Err *err)
{
	char answer[8] = "";

	if (!isatty(STDIN_FILENO))
		return err_set(err, ERR_USAGE,
			       "rm asks before it removes a run: --yes where nobody can answer");
	text_printf(stderr, "Remove the run %.8s for good? [y/N] ", id);
	return (fgets(answer, sizeof answer, stdin) && (*answer == 'y' || *answer == 'Y')) ||
	       err_set(err, ERR_INTERRUPTED, "nothing more was removed");
}

static bool rm(void *user, Err *err)
{
	const Runs *self = user;
	char ids[CLI_OPERANDS_MAX][STORE_ID_MAX];

	/* All of them are known before the first one goes. */
	for (size_t i = 1; i < self->cli->operands; i++)
		if (!store_find(self->store, self->cli->operand[i], ids[i], err))
			return false;
	for (size_t i = 1; i < self->cli->operands; i++)
		if ((!params_get(&self->cli->flags, "yes")->flag && !ask(ids[i], err)) ||
		    !run_store_remove(self->store, ids[i], err))
			return false;
	return true;
}

/* --- the command ------------------------------------------------------------------------------ */

static const SubCommand actions[] = {
	{ "ls", 0, 0, "ls", runs_list },
	{ "show", 1, 1, "show RUN", show },
	{ "tag", 2, CLI_OPERANDS_MAX, "tag RUN TAG...", tag },
	{ "rm", 1, CLI_OPERANDS_MAX, "rm RUN...", rm },
	{ "diff", 2, 2, "diff RUN RUN", runs_diff },
	{ "rerun", 1, 1, "rerun RUN", runs_rerun },
	{ "merge", 1, CLI_OPERANDS_MAX - 1, "merge PART...", runs_merge },
	{ "export", 1, CLI_OPERANDS_MAX, "export RUN...", runs_export },
	{ NULL, 0, 0, NULL, NULL },
};

static bool writes(const SubCommand *action)
{
	return action->run == tag || action->run == rm || action->run == runs_merge;
}

static bool open_output(Runs *self, const SubCommand *action, Err *err)
{
	if (!params_get(&self->cli->common, "json")->flag || action->run == runs_export)
		return true;
	self->json = record_out_new(STDOUT_FILENO, 0, err);
	if (!self->json)
		return false;
	record_out_wait(self->json, session_wait_room);
	return true;
}

static int runs_command(const Cli *cli, Err *err)
{
	Runs self = { .cli = cli };
	const SubCommand *action = subcommand_find(cli, actions, only, err);
	bool ok = action && open_output(&self, action, err);

	if (ok)
		self.store = writes(action) ? run_store_change(err) : run_store_read(err);
	ok = ok && self.store && action->run(&self, err);
	/* The wrong name of a run was typed here, in no script. */
	if (!ok && err->code == ERR_ARGUMENT)
		err->code = ERR_USAGE;
	record_out_free(self.json);
	store_close(self.store);
	/* A run that was made again may have ended by a signal. */
	return ok || self.status ? self.status : err_exit_status(err->code);
}

const Command command_runs = {
	.info = { .name = "runs",
		  .title = "Runs",
		  .about = "List, show, compare, tag, remove, repeat, merge or export stored runs.",
		  .params = runs_params },
	.synopsis = "[ls | show RUN | tag RUN TAG... | rm RUN... | diff RUN RUN | rerun RUN | "
		    "merge PART... | export RUN...]",
	.operands_max = CLI_OPERANDS_MAX,
	.run = runs_command,
};
