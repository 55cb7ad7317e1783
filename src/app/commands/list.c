/* wattle list KIND: the rows of a registry.
 * SPDX-License-Identifier: MIT */
#include <string.h>
#include <unistd.h>

#include "app/command.h"
#include "app/session/launch.h"
#include "app/run/output.h"
#include "app/session/session.h"
#include "base/record.h"
#include "base/text.h"

static void show_params(const json_t *params)
{
	size_t i;
	json_t *param;
	json_array_foreach(params, i, param)
	{
		const char *value = json_string_value(json_object_get(param, "default"));
		const char *choices = json_string_value(json_object_get(param, "choices"));
		text_printf(stdout, "    %-12s %s",
			    json_string_value(json_object_get(param, "name")),
			    json_string_value(json_object_get(param, "help")));
		if (choices && *choices)
			text_printf(stdout, " %s", choices);
		if (value)
			text_printf(stdout, " (%s)", value);
		text_printf(stdout, "\n");
	}
}

static bool show_row(void *user, const json_t *record, Err *err)
{
	RecordOut *json = user;
	const char *type = json_string_value(json_object_get(record, "type"));
	if (strcmp(type, "row") != 0)
		return true;
	if (json)
		return output_json(json, record, err);
	const char *about = json_string_value(json_object_get(record, "about"));
	text_printf(stdout, "%-16s %s\n", json_string_value(json_object_get(record, "name")),
		    about ? about : "");
	const char *error = json_string_value(json_object_get(record, "error"));
	if (error)
		text_printf(stdout, "    %s\n", error);
	const char *state = json_string_value(json_object_get(record, "state"));
	if (state)
		text_printf(stdout, "    %s\n", state);
	show_params(json_object_get(record, "params"));
	return true;
}

static bool list_commands(RecordOut *json, Err *err)
{
	for (size_t i = 0; commands[i]; i++) {
		json_t *record = record_new("row", 0);
		json_object_set_new(record, "t_ns", json_integer(0));
		json_object_set_new(record, "kind", json_string("commands"));
		json_object_update_new(record, info_json(&commands[i]->info));
		bool ok = show_row(json, record, err);
		json_decref(record);
		if (!ok)
			return false;
	}
	return true;
}

/* What touches models or data is a job of a worker. */
static bool list_by_worker(const Cli *cli, RecordOut *json, const char *kind, Err *err)
{
	Session session = { .take = show_row, .user = json };
	json_t *data = paths_data_folders(cli->paths);
	json_t *folders = paths_course_folders(cli->paths);
	Job job = job_list(kind, data);
	if (strcmp(kind, "lessons") == 0)
		job.lessons = folders;
	bool ok = session_once(&session, cli->paths, &job, -1, err);
	json_decref(data);
	json_decref(folders);
	return ok;
}

static int list_run(const Cli *cli, Err *err)
{
	static const char *const kinds[] = { "models",  "layers",   "methods",  "techniques",
					     "kernels", "datasets", "prepares", "sources",
					     "lessons", "commands", NULL };
	const char *kind = cli->operand[0];
	size_t i = 0;
	while (kinds[i] && strcmp(kinds[i], kind) != 0)
		i++;
	if (!kinds[i]) {
		char hint[TEXT_HINT_MAX];
		err_set(err, ERR_USAGE,
			"nothing is listed as '%s'%s: models, layers, methods, techniques, "
			"kernels, datasets, prepares, sources, lessons, commands",
			kind, text_did_you_mean(hint, kind, kinds));
		return err_exit_status(err->code);
	}
	bool wanted = params_get(&cli->common, "json")->flag;
	RecordOut *json = wanted ? record_out_new(STDOUT_FILENO, 0, err) : NULL;
	bool ok = json || !wanted;
	if (json)
		record_out_wait(json, session_wait_room);
	if (ok)
		ok = strcmp(kind, "commands") == 0 ? list_commands(json, err)
						   : list_by_worker(cli, json, kind, err);
	record_out_free(json);
	return ok ? 0 : err_exit_status(err->code);
}

const Command command_list = {
	.info = { .name = "list",
		  .title = "List",
		  .about = "Show what there is: models, layers, methods, techniques, kernels, "
			   "datasets, prepares, sources, lessons, commands." },
	.synopsis = "KIND",
	.operands_min = 1,
	.operands_max = 1,
	.run = list_run,
};
