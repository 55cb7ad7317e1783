/* wattle runs rerun: the command line that a stored run was asked by, made again.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "app/run/run_line.h"
#include "app/runs/runs_command.h"
#include "base/text.h"

static json_int_t number_at(const json_t *settings, const char *key)
{
	return json_integer_value(json_object_get(settings, key));
}

static void fill(RunLine *line, const Cli *cli, const json_t *settings)
{
	run_line_begin(line, cli);
	if (json_is_integer(json_object_get(settings, "seed")))
		run_line_add(line, "--seed=%lld", (long long)number_at(settings, "seed"));
	if (number_at(settings, "batch") > 0)
		run_line_add(line, "--batch=%lld", (long long)number_at(settings, "batch"));
	if (number_at(settings, "threads") > 0)
		run_line_add(line, "--threads=%lld", (long long)number_at(settings, "threads"));
	if (*record_text(settings, "kernel"))
		run_line_add(line, "--kernel=%s", record_text(settings, "kernel"));
	if (*record_text(settings, "shard"))
		run_line_add(line, "--shard=%s", record_text(settings, "shard"));
	if (*record_text(settings, "energy"))
		run_line_add(line, "--energy=%s", record_text(settings, "energy"));
	run_line_set(line, json_object_get(settings, "set"));
	if (params_get(&cli->flags, "trust")->flag)
		run_line_add(line, "--trust");
}

static bool note_script(void *user, const StoredRun *run, Err *err)
{
	*(char **)user = strdup(run->script);
	return *(char **)user || err_set(err, ERR_MEMORY, "no memory to run a stored run again");
}

bool runs_rerun(void *user, Err *err)
{
	Runs *self = user;
	char id[STORE_ID_MAX], *script = NULL, *text = NULL;
	RunLine line = { .count = 0 };
	json_t *settings = NULL;
	size_t len;
	bool fine = store_find(self->store, self->cli->operand[1], id, err) &&
		    store_run(self->store, id, note_script, &script, err) &&
		    store_asked(self->store, id, &text, &len, &settings, err);

	if (fine && !text)
		fine = err_set(err, ERR_NEED, "the run %.8s has no script in the store", id);
	if (fine) {
		const RunText again = { .text = text, .len = len };
		fill(&line, self->cli, settings);
		self->status = run_line_run(&line, self->cli->paths, script, &again, err);
		fine = err->code == ERR_NONE;
	}
	run_line_done(&line);
	json_decref(settings);
	free(script);
	free(text);
	return fine;
}
