/* One open lesson: its worker's records on their way.
 * SPDX-License-Identifier: MIT */
#include "app/lesson/sitting_inside.h"

#include <string.h>
#include <sys/wait.h>

#include "app/energy/user_profile.h"
#include "app/lesson/lesson.h"
#include "app/lesson/lesson_job.h"
#include "app/lesson/workfile.h"
#include "app/session/launch.h"
#include "base/clock.h"
#include "base/record.h"
#include "base/text.h"

/* A worker that dies sooner, and was asked nothing, would die again. */
#define LIVED_NS (2 * CLOCK_NS_PER_S)

/* Between two looks at what is typed. */
#define DRAFTS_NS (10 * CLOCK_NS_PER_S)

const json_t *sitting_step(const Sitting *sitting, size_t step)
{
	return step ? json_array_get(json_object_get(sitting->lesson, "steps"), step - 1) : NULL;
}

bool sitting_tell(Sitting *sitting, json_t *record, bool recalled, Err *err)
{
	const SittingSink *sink = sitting->options->sink;
	bool ok = record ? sink->take(sink->user, sitting, record, recalled, err)
			 : err_set(err, ERR_MEMORY, "a record of the lesson");

	json_decref(record);
	return ok;
}

static bool tell_notice(Sitting *sitting, const char *text, Err *err)
{
	json_t *record = record_new("notice", sitting->session.origin_ns);

	json_object_set_new(record, "lesson", json_string(sitting->key.lesson));
	json_object_set_new(record, "text", json_string(text));
	return sitting_tell(sitting, record, false, err);
}

/* A hint comes after a round that failed. */
static bool may_follow(const Sitting *sitting, const json_t *command)
{
	const json_t *step = json_object_get(command, "step");

	if (strcmp(record_text(command, "command"), "hint") != 0 || sitting->recall)
		return true;
	DeskExercise *exercise =
		desk_find((Desk *)(uintptr_t)&sitting->desk, (size_t)json_integer_value(step));
	return !exercise || exercise->failed;
}

bool sitting_notice(Sitting *sitting, const char *text, Err *err)
{
	size_t len = strlen(sitting->greeting);

	if (sitting->settled)
		return tell_notice(sitting, text, err);
	text_format(sitting->greeting + len, sizeof sitting->greeting - len, "%s%s", len ? " " : "",
		    text);
	return true;
}

bool sitting_command(Sitting *sitting, json_t *command, Err *err)
{
	bool ok = true;

	/* What was done before comes first. */
	if (!sitting->lesson || sitting->recall) {
		json_decref(command);
		return true;
	}
	sitting->commanded = true;
	if (!may_follow(sitting, command)) {
		json_decref(command);
		return sitting_notice(
			sitting, "Hints open after a round of checks that failed: c checks.", err);
	}
	if (strcmp(record_text(command, "command"), "run") == 0) {
		/* What a run that was broken off may have left. */
		saved_models_drop(&sitting->saved, sitting->session.scratch, NULL, 0);
		sitting->running = true;
		ok = desk_run(sitting, true, err);
	}
	bool set = strcmp(record_text(command, "command"), "set") == 0;

	session_send(&sitting->session, command);
	if (set && sitting->step) /* its text may hold the value */
		sitting_send_step(sitting, "step", sitting->step);
	return ok;
}

void sitting_send_step(Sitting *sitting, const char *name, size_t step)
{
	json_t *command = session_command_new(name);

	json_object_set_new(command, "step", json_integer((json_int_t)step));
	session_send(&sitting->session, command);
}

void sitting_leave(Sitting *sitting)
{
	session_hang_up(&sitting->session);
}

/* --- records ---------------------------------------------------------------------------------- */

json_t *sitting_as_shown(Sitting *sitting, const json_t *record)
{
	if (strcmp(record_text(record, "type"), "plan") != 0)
		return json_incref((json_t *)(uintptr_t)record);
	return session_begin(&sitting->session, &sitting->script, json_object_get(record, "plan"),
			     json_object_get(record, "receipt"));
}

/* What the file of progress has to say comes when there is somebody to hear it. */
static bool tell_progress(Sitting *sitting, Err *err)
{
	Progress *progress = sitting->options->progress;
	const char *notice = progress ? progress_notice(progress) : NULL;

	return !notice || sitting_notice(sitting, notice, err);
}

/* What the record is to the sitting itself. */
static bool note_record(Sitting *sitting, const json_t *record, Err *err)
{
	const char *type = record_text(record, "type");
	bool ended = strcmp(type, "step-end") == 0 || strcmp(type, "error") == 0;

	if (strcmp(type, "lesson") == 0) {
		json_decref(sitting->lesson);
		sitting->lesson = json_incref((json_t *)(uintptr_t)record);
	}
	if (strcmp(type, "step") == 0)
		sitting->step = (size_t)json_integer_value(json_object_get(record, "step"));
	if (!ended || !sitting->running)
		return true;
	sitting->running = false;
	return desk_run(sitting, false, err);
}

/* Of the models that a run saved: they are there once it has ended well. */
static bool note_models(Sitting *sitting, const json_t *record, Err *err)
{
	const char *type = record_text(record, "type"), *scratch = sitting->session.scratch;
	char text[SAVED_TEXT_MAX];
	Err why = { .code = ERR_NONE };

	/* What stands in the way of the file is told at the end: the run goes on without it. */
	if (strcmp(type, "saved") == 0 &&
	    !saved_models_take(&sitting->saved, scratch, record, &why) && why.code == ERR_DIED)
		*err = why;
	if (strcmp(type, "step-end") != 0)
		return why.code != ERR_DIED;
	bool kept = true;
	if (json_is_true(json_object_get(record, "ok")))
		kept = saved_models_keep(&sitting->saved, scratch, text, sizeof text, &why);
	else
		saved_models_drop(&sitting->saved, scratch, text, sizeof text);
	return (!*text || sitting_notice(sitting, text, err)) &&
	       (kept || sitting_notice(sitting, why.text, err));
}

/* What one comes to see: of an exercise its state, behind its step. */
static bool note_shown(Sitting *sitting, const json_t *record, Err *err)
{
	bool first = !sitting->settled;

	if (sitting->recall || strcmp(record_text(record, "type"), "step") != 0)
		return true;
	sitting->settled = true;
	return (!first || !sitting->greeting[0] || tell_notice(sitting, sitting->greeting, err)) &&
	       desk_step(sitting, sitting->step, err);
}

static bool take_record(void *user, const json_t *record, Err *err)
{
	Sitting *sitting = user;
	const char *type = record_text(record, "type");
	bool first = strcmp(type, "lesson") == 0 && !sitting->lesson;

	if (!sitting->recall)
		sitting_log_record(sitting, record);
	/* A refusal of what is brought back is told at the end, in words of ours. */
	bool shown = !sitting->recall || strcmp(type, "error") != 0;
	return note_record(sitting, record, err) &&
	       (!shown || sitting_tell(sitting, sitting_as_shown(sitting, record),
				       sitting->recall != NULL, err)) &&
	       note_models(sitting, record, err) && note_shown(sitting, record, err) &&
	       (first ? sitting_recall_begin(sitting, err)
		      : sitting_recall_next(sitting, record, err)) &&
	       tell_progress(sitting, err);
}

static void keep_drafts(Sitting *sitting)
{
	const SittingSink *sink = sitting->options->sink;
	json_t *drafts = sink->drafts && sitting->lesson ? sink->drafts(sink->user) : NULL;

	if (drafts)
		sitting_log_drafts(sitting, drafts);
	json_decref(drafts);
}

/* A program that is killed keeps nothing by itself. During a run nothing is written: it measures. */
static void keep_drafts_by_and_by(Sitting *sitting)
{
	int64_t now_ns = clock_now_ns();

	if (now_ns < sitting->drafts_ns || !sitting->settled || sitting->recall || sitting->running)
		return;
	sitting->drafts_ns = now_ns + DRAFTS_NS;
	keep_drafts(sitting);
}

/* While an editor has the terminal, its keys are not ours. */
static bool tick(void *user, Session *session, Err *err)
{
	Sitting *sitting = user;
	const SessionHook *hook = sitting->options->sink->hook;

	if (sitting->desk.exercise && sitting->lesson && !desk_tick(sitting, err))
		return false;
	keep_drafts_by_and_by(sitting);
	sitting->hook.fd = hook && !desk_editing(&sitting->desk) ? hook->fd : -1;
	return !hook || hook->tick(hook->user, session, err);
}

/* --- the worker ------------------------------------------------------------------------------- */

bool sitting_end_run(Sitting *sitting, size_t step, const char *why, Err *err)
{
	json_t *end = record_new("step-end", sitting->session.origin_ns);

	json_object_update_new(end, json_pack("{s:s, s:I, s:b, s:s}", "lesson", sitting->key.lesson,
					      "step", (json_int_t)step, "ok", false, "why", why));
	return sitting_tell(sitting, end, false, err);
}

/* The run of a worker that died has ended, too; what it was about to tell is lost. */
static bool end_dead_run(Sitting *sitting, Err *err)
{
	json_decref(sitting->run);
	sitting->run = NULL;
	saved_models_drop(&sitting->saved, sitting->session.scratch, NULL, 0);
	sitting->lost = sitting->running;
	if (!sitting->running)
		return true;
	sitting->running = false;
	return sitting_end_run(sitting, sitting->step, sitting->died, err);
}

/* Whether a fresh worker is to go on in the place of one that died. One that dies of bringing
 * things back would do so again. */
static bool revive(Sitting *sitting, Err *err)
{
	const Session *session = &sitting->session;
	bool lived = clock_now_ns() > sitting->born_ns + LIVED_NS;
	bool again = session->crashed && sitting->settled && sitting->options->progress &&
		     (sitting->commanded || lived || !*sitting->died);

	if (!again)
		return false;
	text_format(sitting->died, sizeof sitting->died, "the worker was killed by signal %d",
		    WTERMSIG(session->worker.status));
	sitting->commanded = sitting->settled = false;
	sitting->greeting[0] = '\0';
	sitting->recalled = sitting->refused = 0;
	/* A round of checks waits until the new one is there: they share the meter. */
	if (!end_dead_run(sitting, err) || !desk_run(sitting, true, err))
		return false;
	keep_drafts(sitting); /* one may leave before the new one has told of the lesson */
	json_decref(sitting->lesson);
	sitting->lesson = NULL;
	return true;
}

static bool work(Sitting *sitting, const Job *job, Err *err)
{
	bool ok;

	do {
		sitting->born_ns = clock_now_ns();
		ok = session_job(&sitting->session, job, sitting->script.fd, err);
	} while (!ok && revive(sitting, err));
	return ok;
}

static bool run_worker(Sitting *sitting, const char *path, Err *err)
{
	const Cli *cli = sitting->options->cli;
	json_t *data = paths_data_folders(cli->paths), *overrides = launch_overrides(), *profile;
	char required[32];
	Job job = lesson_job(cli, JOB_LESSON, path, data);

	job.energy = params_get(&cli->flags, "energy")->text;
	job.overrides = overrides;
	if (json_is_integer(json_object_get(sitting->options->row, "threads")))
		job.threads = (unsigned)json_integer_value(
			json_object_get(sitting->options->row, "threads"));
	bool ok = user_profile_find(job.energy, NULL, NULL, &profile, err);
	if (ok) {
		Session *session = &sitting->session;

		job.profile = profile;
		ok = session_open(session, cli->paths, job.energy, 0, err) &&
		     (!*params_choice(&cli->flags, "require", required) ||
		      session_require(session, ENERGY_MEASURED, "--require measured", err)) &&
		     work(sitting, &job, err);
		keep_drafts(sitting); /* a signal that waits may end us behind it */
		session_close(session);
	}
	json_decref(data);
	json_decref(overrides);
	json_decref(profile);
	return ok;
}

bool sitting_run(const SittingOptions *options, Err *err)
{
	char path[PATH_MAX];
	Sitting sitting = {
		.options = options,
		.key = lesson_key(options->row, options->cli),
		.session = { .take = take_record },
		.hook = { .fd = -1, .tick = tick },
	};

	/* Without a home each model says so itself. */
	if (options->progress &&
	    workfile_folder(sitting.models, sitting.key.lesson, sitting.key.student, err))
		sitting.saved.folder = sitting.models;
	sitting.session.user = sitting.hook.user = &sitting;
	sitting.session.hook = &sitting.hook;
	if (!script_file_open(&sitting.script, lesson_path(path, options->row), err))
		return false;
	bool ok = run_worker(&sitting, path, err);
	desk_close(&sitting);
	script_file_close(&sitting.script);
	json_decref(sitting.lesson);
	json_decref(sitting.run);
	json_decref(sitting.recall);
	json_decref(sitting.drafts);
	saved_models_done(&sitting.saved);
	return ok;
}
