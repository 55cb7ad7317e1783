/* The list of lessons, the worker of an open one, and the pilot that answers by itself.
 * SPDX-License-Identifier: MIT */
#include "app/lesson/lesson.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/session/launch.h"
#include "app/energy/user_profile.h"
#include "base/record.h"
#include "base/text.h"

#define LESSON_NAMES_MAX 256

/* --- the list -----------------------------------------------------------------------------------
 */

static bool take_row(void *user, const json_t *record, Err *err)
{
	if (strcmp(record_text(record, "type"), "row") != 0)
		return true;
	if (json_array_append(user, (json_t *)(uintptr_t)record) == 0)
		return true;
	return err_set(err, ERR_MEMORY, "listing the lessons");
}

json_t *lesson_list(const Cli *cli, Err *err)
{
	json_t *rows = json_array();
	Session session = { .take = take_row, .user = rows };
	json_t *data = paths_data_folders(cli->paths), *folders = paths_course_folders(cli->paths);
	Job job = job_list("lessons", data);
	job.lessons = folders;
	bool ok = session_once(&session, cli->paths, &job, -1, err);
	json_decref(data);
	json_decref(folders);
	if (ok)
		return rows;
	json_decref(rows);
	return NULL;
}

/* "5" and "05" are the lesson of that number in any course. */
static bool row_is(const json_t *row, const char *name)
{
	const char *id = record_text(row, "name"), *dot = strrchr(id, '.');
	char *end;
	long number = strtol(name, &end, 10);
	if (strcmp(id, name) == 0)
		return true;
	return dot && *name && !*end && strtol(dot + 1, NULL, 10) == number;
}

const json_t *lesson_find(const json_t *rows, const char *name, Err *err)
{
	const char *names[LESSON_NAMES_MAX + 1];
	size_t i, n = 0;
	json_t *row;
	json_array_foreach((json_t *)(uintptr_t)rows, i, row)
	{
		if (row_is(row, name)) {
			const char *broken = record_text(row, "error");
			if (!*broken)
				return row;
			err_set(err, ERR_SCRIPT, "%s/%s", record_text(row, "folder"), broken);
			return NULL;
		}
		if (n < LESSON_NAMES_MAX)
			names[n++] = record_text(row, "name");
	}
	names[n] = NULL;
	char hint[TEXT_HINT_MAX];
	text_did_you_mean(hint, name, names);
	err_set(err, ERR_USAGE, "there is no lesson '%s'%s", name,
		*hint ? hint : "; see wattle list lessons");
	return NULL;
}

/* --- an open lesson -----------------------------------------------------------------------------
 */

typedef struct OpenLesson {
	Session session;
	ScriptFile script;
	const LessonSink *sink;
} OpenLesson;

static bool take_record(void *user, const json_t *record, Err *err)
{
	OpenLesson *self = user;
	if (strcmp(record_text(record, "type"), "plan") != 0)
		return self->sink->take(self->sink->user, &self->session, record, err);
	json_t *begin =
		session_begin(&self->session, &self->script, json_object_get(record, "plan"),
			      json_object_get(record, "receipt"));
	bool ok = self->sink->take(self->sink->user, &self->session, begin, err);
	json_decref(begin);
	return ok;
}

static void fill_job(const Cli *cli, Job *job, const char *path, json_t *data, json_t *overrides)
{
	const Params *flags = &cli->flags;
	*job = (Job){
		.kind = JOB_LESSON,
		.script = path,
		.kernel = "auto",
		.energy = params_get(flags, "energy")->text,
		.seed_given = params_get(flags, "seed")->given,
		.seed = (uint64_t)params_get(flags, "seed")->integer,
		.student = params_get(flags, "student")->text,
		.fast = params_get(flags, "fast")->flag,
		.threads = 1,
		.data = data,
		.overrides = overrides,
	};
}

bool lesson_open_run(const Cli *cli, const json_t *row, const LessonSink *sink, Err *err)
{
	char path[PATH_MAX], required[32];
	OpenLesson self = { .sink = sink, .session = { .take = take_record, .hook = sink->hook } };
	Job job;
	self.session.user = &self;
	text_format(path, sizeof path, "%s/%s", record_text(row, "folder"),
		    record_text(row, "file"));
	if (!script_file_open(&self.script, path, err))
		return false;
	json_t *data = paths_data_folders(cli->paths), *overrides = launch_overrides(), *profile;
	fill_job(cli, &job, path, data, overrides);
	bool ok = user_profile_find(job.energy, NULL, NULL, &profile, err);
	if (ok) {
		job.profile = profile;
		ok = session_open(&self.session, cli->paths, job.energy, 0, err) &&
		     (!*params_choice(&cli->flags, "require", required) ||
		      session_require(&self.session, ENERGY_MEASURED, "--require measured", err)) &&
		     session_job(&self.session, &job, self.script.fd, err);
		session_close(&self.session);
	}
	script_file_close(&self.script);
	json_decref(data);
	json_decref(overrides);
	json_decref(profile);
	return ok;
}

/* --- the pilot ----------------------------------------------------------------------------------
 */

static void pilot_step(LessonPilot *pilot, Session *session)
{
	json_t *command = session_command_new("step");
	if (pilot->step++ == pilot->steps) {
		pilot->done = true;
		session_hang_up(session);
	} else {
		json_object_set_new(command, "step", json_integer((json_int_t)pilot->step));
		session_send(session, json_incref(command));
	}
	json_decref(command);
}

static bool pilot_answer(LessonPilot *pilot, Session *session, const json_t *prompt, Err *err)
{
	const char *id = record_text(prompt, "id");
	const json_t *answer = json_object_get(pilot->answers, id);
	if (!json_is_null(json_object_get(prompt, "locked"))) {
		if (strcmp(record_text(prompt, "kind"), "quiz") != 0)
			pilot_step(pilot, session); /* a quiz goes on at its check */
		return true;
	}
	if (!answer)
		return err_set(err, ERR_USAGE, "the answers hold none for '%s'", id);
	if (!json_is_object(answer))
		return err_set(err, ERR_USAGE,
			       "the answer for '%s' is no object such as {\"choice\":2}", id);
	json_t *command = session_command_new("answer");
	json_object_update(command, (json_t *)(uintptr_t)answer);
	json_object_set_new(command, "step", json_integer((json_int_t)pilot->step));
	session_send(session, command);
	return true;
}

static void pilot_check(LessonPilot *pilot, const json_t *check)
{
	pilot->right += json_number_value(json_object_get(check, "points"));
	pilot->total += json_number_value(json_object_get(check, "of"));
	pilot->failed |= !json_is_true(json_object_get(check, "pass"));
}

bool lesson_pilot_take(LessonPilot *pilot, Session *session, const json_t *record, Err *err)
{
	const char *type = record_text(record, "type");
	if (pilot->done)
		return true;
	if (strcmp(type, "error") == 0)
		return err_set(err, ERR_USAGE, "%s", record_text(record, "text"));
	if (strcmp(type, "lesson") == 0 && pilot->steps == 0) {
		pilot->steps = json_array_size(json_object_get(record, "steps"));
		pilot_step(pilot, session);
	} else if (strcmp(type, "prompt") == 0) {
		return pilot_answer(pilot, session, record, err);
	} else if (strcmp(type, "step") == 0 && strcmp(record_text(record, "kind"), "run") == 0 &&
		   pilot->ran != pilot->step) {
		pilot->ran = pilot->step;
		json_t *command = session_command_new("run");
		json_object_set_new(command, "step", json_integer((json_int_t)pilot->step));
		session_send(session, command);
	} else if (strcmp(type, "step-end") == 0) {
		if (!json_is_true(json_object_get(record, "ok")))
			return err_set(err, ERR_SCRIPT, "a run failed: %s",
				       record_text(record, "why"));
		pilot_step(pilot, session);
	} else if (strcmp(type, "check") == 0) {
		pilot_check(pilot, record);
		pilot_step(pilot, session);
	} else if (strcmp(type, "text") == 0) {
		pilot_step(pilot, session);
	}
	return true;
}
