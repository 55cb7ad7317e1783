/* The desk: what is asked of it, and what happens on it meanwhile.
 * SPDX-License-Identifier: MIT */
#include "app/lesson/desk.h"

#include <stdlib.h>
#include <string.h>

#include "app/lesson/sitting_inside.h"
#include "app/lesson/source.h"
#include "app/lesson/workfile.h"
#include "base/clock.h"
#include "base/record.h"
#include "base/text.h"

DeskExercise *desk_find(Desk *desk, size_t step)
{
	for (size_t i = 0; i < desk->exercises; i++)
		if (desk->exercise[i].step == step)
			return &desk->exercise[i];
	return NULL;
}

bool desk_editing(const Desk *desk)
{
	return desk->editor.pid != 0;
}

/* A file of the lesson's own folder. */
static bool lesson_file(const Sitting *sitting, const DeskExercise *exercise, const char *key,
			char out[PATH_MAX], Err *err)
{
	const json_t *row = sitting->options->row;
	const char *script = record_text(row, "file"),
		   *name = record_text(sitting_step(sitting, exercise->step), key);

	if (!*name || *name == '.' || strchr(name, '/'))
		return err_set(err, ERR_SCRIPT, "the exercise names no %s", key);
	source_file(out, PATH_MAX, record_text(row, "folder"), script, name);
	return true;
}

/* --- the state -------------------------------------------------------------------------------- */

static bool may_see_solution(const DeskExercise *exercise)
{
	return exercise->passed || exercise->solved || exercise->tries.failed >= DESK_FAILED_MIN;
}

static bool put_state(Sitting *sitting, const DeskExercise *exercise, bool recalled, Err *err)
{
	bool checking = sitting->desk.checked == exercise;
	json_t *record = record_new("exercise-state", sitting->session.origin_ns);

	json_object_update_new(
		record,
		json_pack("{s:s, s:I, s:s, s:b, s:b, s:b, s:I, s:I, s:b, s:b, s:f}", "lesson",
			  sitting->key.lesson, "step", (json_int_t)exercise->step, "file",
			  exercise->path, "exists", workfile_exists(exercise->path), "checking",
			  checking, "watched", exercise->watch.path[0] && exercise->watch.fd >= 0,
			  "round", (json_int_t)exercise->rounds + checking, "failed_rounds",
			  (json_int_t)exercise->tries.failed, "solution",
			  may_see_solution(exercise), "undo", workfile_can_undo(exercise->path),
			  "best", exercise->best));
	if (exercise->why[0])
		json_object_set_new(record, "why", json_string(exercise->why));
	return sitting_tell(sitting, record, recalled, err);
}

static bool tell_state(Sitting *sitting, const DeskExercise *exercise, Err *err)
{
	return put_state(sitting, exercise, false, err);
}

bool desk_recall(Sitting *sitting, Err *err)
{
	const Desk *desk = &sitting->desk;

	for (size_t i = 0; i < desk->exercises; i++)
		if (!put_state(sitting, &desk->exercise[i], true, err))
			return false;
	return true;
}

/* The state, with what went wrong. */
static bool tell_fault(Sitting *sitting, DeskExercise *exercise, const Err *fault, Err *err)
{
	text_format(exercise->why, sizeof exercise->why, "%s", fault->text);
	bool ok = tell_state(sitting, exercise, err);

	exercise->why[0] = '\0';
	return ok;
}

bool desk_step(Sitting *sitting, size_t step, Err *err)
{
	const DeskExercise *exercise = desk_find(&sitting->desk, step);

	return !exercise || tell_state(sitting, exercise, err);
}

/* --- rounds ----------------------------------------------------------------------------------- */

/* All checks passed, but those that this machine cannot make; there may be no others. */
static bool all_passed(const json_t *records)
{
	size_t i, checks = 0;
	json_t *record;

	json_array_foreach((json_t *)(uintptr_t)records, i, record)
	{
		if (!record_is(record, "type", "check"))
			continue;
		if (!json_is_true(json_object_get(record, "pass")) &&
		    !record_is(record, "status", "skipped"))
			return false;
		checks++;
	}
	return checks > 0;
}

static void log_round(Sitting *sitting, const DeskExercise *exercise, const json_t *sum,
		      bool passed, const char *try)
{
	static const char *const keys[] = { "points", "of", "metrics", "base", "reports" };
	json_t *records = sitting->desk.records, *record, *more = json_object(),
	       *statuses = json_object();
	size_t i;

	json_array_foreach(records, i, record)
	{
		if (record_is(record, "type", "check"))
			json_object_set(statuses, record_text(record, "id"),
					json_object_get(record, "status"));
	}
	for (i = 0; i < sizeof keys / sizeof *keys; i++)
		if (json_object_get(sum, keys[i]))
			json_object_set(more, keys[i], json_object_get(sum, keys[i]));
	json_object_set_new(more, "round", json_integer((json_int_t)exercise->rounds));
	json_object_set_new(more, "passed", json_boolean(passed));
	if (try)
		json_object_set_new(more, "try", json_string(try));
	json_object_set_new(more, "statuses", statuses);
	json_object_set(more, "records", records);
	sitting_log(sitting, "check", exercise->step, more);
	sitting_finish_if_done(sitting);
}

/* Points once earned stay. */
static void note_best(DeskExercise *exercise, const json_t *round)
{
	double points = json_number_value(json_object_get(round, "points"));

	if (points > exercise->best)
		exercise->best = points;
}

/* The round is over: the lesson's texts may say what it measured. */
static bool end_round(Sitting *sitting, const json_t *sum, Err *err)
{
	static const char *const keys[] = { "metrics", "base", "reports" };
	Desk *desk = &sitting->desk;
	DeskExercise *exercise = desk->checked;
	json_t *command = session_command_new("exercise");
	bool passed = all_passed(desk->records);
	bool failed = !passed && !desk->round.died;
	bool counts = failed && tries_add(&exercise->tries, desk->tried);

	exercise->rounds++;
	exercise->failed |= failed;
	exercise->passed |= passed;
	note_best(exercise, sum);
	log_round(sitting, exercise, sum, passed, counts ? desk->tried : NULL);
	json_object_set_new(command, "step", json_integer((json_int_t)exercise->step));
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		json_object_set(command, keys[i], json_object_get(sum, keys[i]));
	session_send(&sitting->session, command);
	desk->checked = NULL;
	return tell_state(sitting, exercise, err);
}

static bool take_record(void *user, const json_t *record, Err *err)
{
	Sitting *sitting = user;

	json_array_append(sitting->desk.records, (json_t *)(uintptr_t)record);
	return sitting_tell(sitting, json_incref((json_t *)(uintptr_t)record), false, err) &&
	       (!record_is(record, "type", "exercise") || end_round(sitting, record, err));
}

static void stop_round(Desk *desk)
{
	check_round_stop(&desk->round);
	desk->checked = NULL;
}

static bool start_round(Sitting *sitting, DeskExercise *exercise, Err *err)
{
	Desk *desk = &sitting->desk;
	Err fault = { .code = ERR_NONE };
	char *text = desk->text ? strdup(desk->text) : workfile_read_own(exercise->path, &fault);
	const CheckWish wish = {
		.cli = sitting->options->cli,
		.script = &sitting->script,
		.lesson = sitting->key.lesson,
		.step = sitting_step(sitting, exercise->step),
		.text = text,
		.attempts = exercise->rounds,
		.session = &sitting->session,
	};

	stop_round(desk);
	exercise->waits = false;
	watch_take(&exercise->watch);
	json_decref(desk->records);
	desk->records = json_array();
	if (text)
		try_of(text, desk->tried);
	bool ok = text && check_round_start(&desk->round, &wish, &fault);
	free(text);
	if (!ok)
		return tell_fault(sitting, exercise, &fault, err);
	desk->checked = exercise;
	return tell_state(sitting, exercise, err);
}

/* Now, or when the run has ended. */
static bool want_round(Sitting *sitting, DeskExercise *exercise, Err *err)
{
	Err later;

	if (!sitting->running)
		return start_round(sitting, exercise, err);
	exercise->waits = true;
	err_set(&later, ERR_NONE, "The checks begin when the run has ended.");
	return tell_fault(sitting, exercise, &later, err);
}

bool desk_run(Sitting *sitting, bool begins, Err *err)
{
	Desk *desk = &sitting->desk;

	if (begins && desk->checked) {
		DeskExercise *exercise = desk->checked;

		stop_round(desk);
		exercise->waits = true;
		return tell_state(sitting, exercise, err);
	}
	for (size_t i = 0; !begins && i < desk->exercises; i++)
		if (desk->exercise[i].waits)
			return start_round(sitting, &desk->exercise[i], err);
	return true;
}

bool sitting_check_file(Sitting *sitting, size_t step, const char *path, Err *err)
{
	char solution[PATH_MAX];
	DeskExercise *exercise = desk_find(&sitting->desk, step);

	if (!exercise)
		return err_set(err, ERR_USAGE, "step %zu is no exercise", step);
	if (!path && !lesson_file(sitting, exercise, "solution", solution, err))
		return false;
	free(sitting->desk.text);
	char *text = path ? workfile_read(path, err) : workfile_read_given(solution, err);

	sitting->desk.text = text;
	if (!text || (sitting->options->progress && !workfile_keep(exercise->path, text, err)))
		return false;
	return want_round(sitting, exercise, err);
}

/* --- requests --------------------------------------------------------------------------------- */

static bool begin_file(const Sitting *sitting, DeskExercise *exercise, Err *err)
{
	char starter[PATH_MAX];

	bool ok = workfile_path(exercise->path, sitting->options->work, sitting->key.lesson,
				sitting->key.student,
				record_text(sitting_step(sitting, exercise->step), "file"), err) &&
		  lesson_file(sitting, exercise, "file", starter, err) &&
		  workfile_begin(exercise->path, starter, err);
	if (ok && !exercise->watch.path[0])
		watch_open(&exercise->watch, exercise->path, clock_now_ns());
	return ok;
}

static bool edit(Sitting *sitting, DeskExercise *exercise, Err *err)
{
	const SittingSink *sink = sitting->options->sink;

	if (desk_editing(&sitting->desk))
		return err_set(err, ERR_USAGE, "an editor is open already");
	if (!begin_file(sitting, exercise, err))
		return false;
	if (sink->lend)
		sink->lend(sink->user, true);
	if (editor_open(&sitting->desk.editor, exercise->path, err))
		return true;
	if (sink->lend)
		sink->lend(sink->user, false);
	return false;
}

static bool check(Sitting *sitting, DeskExercise *exercise, Err *err)
{
	if (!workfile_exists(exercise->path))
		return err_set(err, ERR_USAGE, "You have not begun your file yet; edit opens it.");
	if (!exercise->watch.path[0]) /* it was put there by other means */
		watch_open(&exercise->watch, exercise->path, clock_now_ns());
	return want_round(sitting, exercise, err);
}

static bool reset(Sitting *sitting, DeskExercise *exercise, Err *err)
{
	char starter[PATH_MAX];

	if (!lesson_file(sitting, exercise, "file", starter, err) ||
	    !begin_file(sitting, exercise, err) || !workfile_reset(exercise->path, starter, err))
		return false;
	sitting_log(sitting, "reset", exercise->step, NULL);
	return true;
}

static bool undo(Sitting *sitting, DeskExercise *exercise, Err *err)
{
	(void)sitting;
	return workfile_undo(exercise->path, err);
}

static bool solution(Sitting *sitting, DeskExercise *exercise, Err *err)
{
	char path[PATH_MAX];

	if (!may_see_solution(exercise))
		return err_set(err, ERR_USAGE,
			       "the solution opens once your file has passed, or after %d "
			       "different texts that failed; there %s %zu so far",
			       DESK_FAILED_MIN, exercise->tries.failed == 1 ? "was" : "were",
			       exercise->tries.failed);
	if (!lesson_file(sitting, exercise, "solution", path, err))
		return false;
	char *text = workfile_read_given(path, err);
	if (!text)
		return false;
	json_t *record = record_new("solution", sitting->session.origin_ns);
	json_object_update_new(
		record,
		json_pack("{s:s, s:I, s:O, s:s}", "lesson", sitting->key.lesson, "step",
			  (json_int_t)exercise->step, "file",
			  json_object_get(sitting_step(sitting, exercise->step), "solution"),
			  "text", text));
	free(text);
	exercise->solved = true;
	sitting_log(sitting, "solution", exercise->step, NULL);
	sitting_finish_if_done(sitting);
	return sitting_tell(sitting, record, false, err);
}

bool sitting_exercise(Sitting *sitting, const char *what, size_t step, Err *err)
{
	static const struct {
		const char *what;
		bool (*perform)(Sitting *sitting, DeskExercise *exercise, Err *err);
	} requests[] = {
		{ "edit", edit }, { "check", check },       { "reset", reset },
		{ "undo", undo }, { "solution", solution },
	};
	DeskExercise *exercise = desk_find(&sitting->desk, step);
	Err fault = { .code = ERR_NONE };

	if (!exercise)
		return true;
	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++)
		if (strcmp(what, requests[i].what) == 0 &&
		    !requests[i].perform(sitting, exercise, &fault))
			return tell_fault(sitting, exercise, &fault, err);
	/* A round tells of itself. */
	return strcmp(what, "check") == 0 || tell_state(sitting, exercise, err);
}

/* --- meanwhile -------------------------------------------------------------------------------- */

/* The editor gives the terminal back; what was saved last is checked without waiting for quiet. */
static bool look_after_editor(Sitting *sitting, Err *err)
{
	const SittingSink *sink = sitting->options->sink;
	Desk *desk = &sitting->desk;
	Err fault;

	if (!desk_editing(desk) || !editor_ended(&desk->editor, &fault))
		return true;
	if (sink->lend)
		sink->lend(sink->user, false);
	DeskExercise *exercise = desk_find(desk, sitting->step);
	if (!exercise)
		return true;
	bool changed = watch_changed(&exercise->watch);
	if (changed && (fault.code == ERR_NONE || fault.code == ERR_DIED))
		return want_round(sitting, exercise, err);
	if (fault.code == ERR_DIED) {
		char said[ERR_TEXT_MAX];

		memcpy(said, fault.text, sizeof said);
		err_set(&fault, ERR_DIED, "%s; nothing was changed", said);
	}
	if (fault.code != ERR_NONE)
		return tell_fault(sitting, exercise, &fault, err);
	return tell_state(sitting, exercise, err);
}

bool desk_tick(Sitting *sitting, Err *err)
{
	Desk *desk = &sitting->desk;
	int64_t now_ns = clock_now_ns();

	if (!look_after_editor(sitting, err))
		return false;
	for (size_t i = 0; i < desk->exercises; i++)
		if (watch_saved(&desk->exercise[i].watch, now_ns) &&
		    !want_round(sitting, &desk->exercise[i], err))
			return false;
	return check_round_poll(&desk->round, take_record, sitting, err);
}

/* --- opening and closing ---------------------------------------------------------------------- */

/* The rounds of earlier sittings. */
static void count_rounds(DeskExercise *exercise, const json_t *events)
{
	size_t i;
	json_t *event;

	json_array_foreach((json_t *)(uintptr_t)events, i, event)
	{
		if ((size_t)json_integer_value(json_object_get(event, "step")) != exercise->step)
			continue;
		bool passed = json_is_true(json_object_get(event, "passed"));

		exercise->solved |= record_is(event, "event", "solution");
		if (!record_is(event, "event", "check"))
			continue;
		exercise->rounds++;
		exercise->failed |= !passed;
		exercise->passed |= passed;
		note_best(exercise, event);
		if (*record_text(event, "try"))
			tries_add(&exercise->tries, record_text(event, "try"));
	}
}

/* A file that is there is watched from the start; another is when it is begun. */
static void open_exercise(const Sitting *sitting, DeskExercise *exercise, size_t step,
			  const json_t *events)
{
	char starter[PATH_MAX];
	Err none;

	*exercise = (DeskExercise){ .step = step, .watch = { .fd = -1 } };
	char *text = lesson_file(sitting, exercise, "file", starter, &none)
			     ? workfile_read_given(starter, &none)
			     : NULL;
	tries_begin(&exercise->tries, text);
	free(text);
	if (!workfile_path(exercise->path, sitting->options->work, sitting->key.lesson,
			   sitting->key.student, record_text(sitting_step(sitting, step), "file"),
			   &none))
		exercise->path[0] = '\0';
	if ((sitting->options->progress || sitting->options->work) &&
	    workfile_exists(exercise->path))
		watch_open(&exercise->watch, exercise->path, clock_now_ns());
	count_rounds(exercise, events);
}

bool desk_open(Sitting *sitting, Err *err)
{
	Desk *desk = &sitting->desk;
	json_t *events = sitting_events(sitting);
	size_t steps = json_array_size(json_object_get(sitting->lesson, "steps"));

	desk->exercise = calloc(steps + 1, sizeof *desk->exercise);
	for (size_t i = 1; desk->exercise && i <= steps; i++)
		if (record_is(sitting_step(sitting, i), "asks", "checks"))
			open_exercise(sitting, &desk->exercise[desk->exercises++], i, events);
	json_decref(events);
	return desk->exercise || err_set(err, ERR_MEMORY, "opening the exercises");
}

void desk_close(Sitting *sitting)
{
	const SittingSink *sink = sitting->options->sink;
	Desk *desk = &sitting->desk;

	stop_round(desk);
	if (desk_editing(desk)) {
		editor_close(&desk->editor);
		if (sink->lend)
			sink->lend(sink->user, false);
	}
	for (size_t i = 0; i < desk->exercises; i++) {
		watch_close(&desk->exercise[i].watch);
		tries_done(&desk->exercise[i].tries);
	}
	free(desk->exercise);
	free(desk->text);
	json_decref(desk->records);
}
