/* What the parts of wattle data share.
 * SPDX-License-Identifier: MIT */
#include "app/data/data_command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/run/output.h"
#include "app/session/session.h"
#include "base/file.h"
#include "base/text.h"

/* --- jobs ------------------------------------------------------------------------------------- */

static bool take_record(void *user, const json_t *record, Err *err)
{
	DataCommand *self = user;
	const char *type = json_string_value(json_object_get(record, "type"));

	(void)err;
	if (strncmp(type, "data-", 5) == 0)
		json_array_append(self->records, (json_t *)(uintptr_t)record);
	else if (strcmp(type, "log") == 0 && !params_get(&self->cli->common, "quiet")->flag)
		output_progress(stderr, record);
	return true;
}

/* A scratch folder in the file system in which what is made there will stay. */
static bool stage(Session *session, const char *folder, Err *err)
{
	paths_scratch_remove(session->scratch);
	text_format(session->scratch, sizeof session->scratch, "%s/.import-XXXXXX", folder);
	if (mkdtemp(session->scratch))
		return true;
	err_set(err, ERR_FILE, "cannot make a folder in %s: %s", folder, strerror(errno));
	session->scratch[0] = '\0';
	return false;
}

bool data_command_job(DataCommand *self, json_t *wish, const json_t *folders, const char *staging,
		      bool (*take)(const DataCommand *self, const char *scratch, Err *err),
		      Err *err)
{
	Session session = { .take = take_record, .user = self };
	Job job = { .kind = JOB_DATA,
		    .script = "data",
		    .kernel = "auto",
		    .energy = "none",
		    .threads = 1,
		    .data = folders,
		    .dataset = wish };

	json_decref(self->records);
	self->records = json_array();
	bool ok = (self->records && wish) || err_set(err, ERR_MEMORY, "asking a worker");

	if (ok) {
		ok = session_open(&session, self->cli->paths, NULL, 0, err) &&
		     (!staging || stage(&session, staging, err)) &&
		     session_job(&session, &job, -1, err) &&
		     (!take || take(self, session.scratch, err));
		session_close(&session);
	}
	json_decref(wish);
	return ok;
}

/* --- names, folders, records ------------------------------------------------------------------ */

json_t *data_command_names(const DataCommand *self, size_t first)
{
	json_t *names = json_array();

	for (size_t i = first; i < self->cli->operands; i++)
		json_array_append_new(names, json_string(self->cli->operand[i]));
	return names;
}

bool data_command_folder(char out[PATH_MAX], Err *err)
{
	char inside[PATH_MAX];

	paths_user_data("datasets", out);
	paths_user_data("datasets/file", inside);
	if (!*out)
		return err_set(err, ERR_NEED,
			       "there is no place for datasets: set XDG_DATA_HOME or HOME");
	file_make_folders(inside);
	return access(out, W_OK) == 0 ||
	       err_set(err, ERR_FILE, "cannot write to %s: %s", out, strerror(errno));
}

bool data_command_put(const DataCommand *self, const json_t *record, Err *err)
{
	static const struct {
		const char *type;
		void (*text)(const json_t *record);
	} texts[] = {
		{ "data-show", data_text_show },
		{ "data-verify", data_text_verify },
		{ "data-import", data_text_import },
		{ "data-fetch", data_text_fetch },
	};
	const char *type = json_string_value(json_object_get(record, "type"));

	if (self->json)
		return output_json(self->json, record, err);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (strcmp(texts[i].type, type) == 0)
			texts[i].text(record);
	return true;
}
