/* One job, one record.
 * SPDX-License-Identifier: MIT */
#include "app/lesson/describe.h"

#include <string.h>

#include "base/record.h"

static bool take_source(void *user, const json_t *record, Err *err)
{
	json_t **out = user;
	const char *type = record_text(record, "type");
	(void)err;
	if (!*out && (strcmp(type, "lesson-source") == 0 || strcmp(type, "grading-source") == 0))
		*out = json_incref((json_t *)(uintptr_t)record);
	return true;
}

json_t *describe_script(const Paths *paths, const SessionHook *hook, const ScriptFile *script,
			Err *err)
{
	json_t *source = NULL, *data = paths_data_folders(paths);
	Session session = { .take = take_source, .user = &source, .hook = hook };
	Job job = { .kind = JOB_DESCRIBE,
		    .script = script->name,
		    .kernel = "auto",
		    .energy = "none",
		    .threads = 1,
		    .data = data };
	bool ok = session_open(&session, paths, NULL, hook ? DESCRIBE_WATCHED_S : 0, err) &&
		  session_job(&session, &job, script->fd, err);
	session_close(&session);
	json_decref(data);
	if (ok && source)
		return source;
	if (ok)
		err_set(err, ERR_SCRIPT, "%s: neither a lesson nor a grading file", script->name);
	json_decref(source);
	return NULL;
}

json_t *describe_file(const Paths *paths, const char *path, Err *err)
{
	ScriptFile script;
	if (!script_file_open(&script, path, err))
		return NULL;
	json_t *source = describe_script(paths, NULL, &script, err);
	script_file_close(&script);
	return source;
}
