/* wattle runs rerun: the command line that a stored run was asked by, made again.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "app/run_line.h"
#include "app/runs_command.h"
#include "base/text.h"

#define NAME_BYTES 512

static const char *text_at(const json_t *settings, const char *key)
{
	return json_string_value(json_object_get(settings, key));
}

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
	if (text_at(settings, "kernel"))
		run_line_add(line, "--kernel=%s", text_at(settings, "kernel"));
	if (text_at(settings, "shard"))
		run_line_add(line, "--shard=%s", text_at(settings, "shard"));
	if (text_at(settings, "energy"))
		run_line_add(line, "--energy=%s", text_at(settings, "energy"));
	run_line_set(line, json_object_get(settings, "set"));
	if (params_get(&cli->flags, "trust")->flag)
		run_line_add(line, "--trust");
}

static bool note_script(void *user, const StoredRun *run, Err *err)
{
	(void)err;
	text_format(user, NAME_BYTES, "%s", run->script);
	return true;
}

bool runs_rerun(void *user, Err *err)
{
	Runs *self = user;
	char id[STORE_ID_MAX], script[NAME_BYTES] = "", *text = NULL;
	RunLine line = { .count = 0 };
	json_t *settings = NULL;
	size_t len;
	bool fine = store_find(self->store, self->cli->operand[1], id, err) &&
		    store_run(self->store, id, note_script, script, err) &&
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
	free(text);
	return fine;
}
