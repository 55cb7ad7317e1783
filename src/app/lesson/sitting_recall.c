/* What of an earlier sitting is brought back, so that nothing is asked twice: commands that repeat
 * it, one after the other, each once the worker has answered the one before.
 * SPDX-License-Identifier: MIT */
#include "app/lesson/run_records.h"
#include "app/lesson/sitting_inside.h"

#include <string.h>

#include "base/record.h"
#include "base/text.h"

/* What ends the worker's answer to a command. */
static const struct {
	const char *command, *ends;
} answers[] = {
	{ "answer", "prompt" },    { "skip", "prompt" },       { "skip", "text" },
	{ "restore", "step-end" }, { "exercise", "step-end" }, { "hint", "hint" },
	{ "set", "lesson" },       { "step", "text" },         { "step", "prompt" },
};

/* --- from events to commands ------------------------------------------------------------------ */

/* Of a step there is one answer, whether it was locked or not; and one is at a step from the
 * start. */
static const char *group_of(const json_t *event)
{
	const char *name = record_text(event, "event");

	if (strcmp(name, "start") == 0)
		return "step";
	return strcmp(name, "lock") == 0 ? "answer" : name;
}

/* Whether one of these events tells of the same as event i. */
static bool is_told(const json_t *events, size_t i, size_t from, size_t to)
{
	static const char *const keys[] = { "step", "check", "number", "name" };
	const json_t *event = json_array_get(events, i);
	bool keyed = record_is(event, "event", "hint") || record_is(event, "event", "set");

	for (size_t j = from; j < to; j++) {
		const json_t *other = json_array_get(events, j);
		/* Wherever a value is set, it is the lesson's. */
		bool same = strcmp(group_of(event), group_of(other)) == 0;

		for (size_t k = record_is(event, "event", "set") ? 1 : 0;
		     same && k < (keyed ? sizeof keys / sizeof *keys : 1); k++) {
			const json_t *mine = json_object_get(event, keys[k]),
				     *its = json_object_get(other, keys[k]);
			same = mine == its || json_equal(mine, its);
		}
		if (same)
			return true;
	}
	return false;
}

static bool set_later(const json_t *events, size_t i)
{
	for (size_t j = i + 1; j < json_array_size(events); j++)
		if (record_is(json_array_get(events, j), "event", "set"))
			return true;
	return false;
}

static void add(json_t *recall, const json_t *event, const char *name, const char *const *keys,
		const json_t *records)
{
	json_t *command = session_command_new(name), *item = json_object();

	json_object_set(command, "step", json_object_get(event, "step"));
	for (; *keys; keys++)
		if (json_object_get(event, *keys))
			json_object_set(command, *keys, json_object_get(event, *keys));
	json_object_set_new(item, "command", command);
	if (records)
		json_object_set(item, "records", (json_t *)(uintptr_t)records);
	json_array_append_new(recall, item);
}

/* A step that was skipped, and answered or checked later. */
static bool made_up_later(const json_t *events, size_t i)
{
	const json_t *step = json_object_get(json_array_get(events, i), "step");

	for (size_t j = i + 1; j < json_array_size(events); j++) {
		const json_t *other = json_array_get(events, j);

		if ((strcmp(group_of(other), "answer") == 0 ||
		     record_is(other, "event", "check")) &&
		    json_equal(step, json_object_get(other, "step")))
			return true;
	}
	return false;
}

/* The first answer of a step counts, of everything else the last; what was run before a value was
 * set is no result. */
static void add_event(json_t *recall, const json_t *events, size_t i)
{
	static const char *const answer[] = {
		"choice", "number", "confidence", "why", "text", NULL
	};
	static const char *const run[] = { "records", NULL }, *const none[] = { NULL };
	static const char *const round[] = { "metrics", "base", "reports", NULL };
	static const char *const hint[] = { "check", "number", NULL };
	static const char *const set[] = { "name", "value", NULL };
	const json_t *event = json_array_get(events, i),
		     *records = json_object_get(event, "records");
	bool first = !is_told(events, i, 0, i);
	bool last = !is_told(events, i, i + 1, json_array_size(events));

	if (record_is(event, "event", "start") || record_is(event, "event", "step")) {
		if (first)
			add(recall, event, "step", none, NULL);
	} else if (record_is(event, "event", "lock") || record_is(event, "event", "answer")) {
		if (first)
			add(recall, event, "answer", answer, NULL);
	} else if (record_is(event, "event", "skip")) {
		if (first && !made_up_later(events, i))
			add(recall, event, "skip", none, NULL);
	} else if (record_is(event, "event", "run")) {
		if (last && json_is_array(records) && !set_later(events, i))
			add(recall, event, "restore", run, records);
	} else if (record_is(event, "event", "check")) {
		if (last && json_is_array(records))
			add(recall, event, "exercise", round, records);
	} else if (record_is(event, "event", "hint")) {
		if (last)
			add(recall, event, "hint", hint, NULL);
	} else if (record_is(event, "event", "set")) {
		if (last)
			add(recall, event, "set", set, NULL);
	}
}

/* --- bringing it back ------------------------------------------------------------------------- */

/* What the lesson is worth, by the id of a step. */
static json_t *points_of(const json_t *lesson)
{
	json_t *points = json_object(), *step;
	size_t i;

	json_array_foreach(json_object_get(lesson, "steps"), i, step)
	{
		if (*record_text(step, "id") && json_object_get(step, "points"))
			json_object_set(points, record_text(step, "id"),
					json_object_get(step, "points"));
	}
	return points;
}

static void begin_attempt(Sitting *sitting)
{
	size_t steps = json_array_size(json_object_get(sitting->lesson, "steps"));

	sitting->attempt = progress_next(sitting->options->progress, &sitting->key);
	sitting_log(sitting, "start", 1,
		    json_pack("{s:I, s:o}", "steps", (json_int_t)steps, "points",
			      points_of(sitting->lesson)));
}

/* Shows what the earlier sitting recorded; its end comes from the worker, anew. */
static bool show_records(Sitting *sitting, const json_t *records, Err *err)
{
	size_t i;
	json_t *record;

	json_array_foreach((json_t *)(uintptr_t)records, i, record)
	{
		if (!record_is(record, "type", "step-end") &&
		    !sitting_tell(sitting, sitting_as_shown(sitting, record), true, err))
			return false;
	}
	return true;
}

static bool end_recall(Sitting *sitting, Err *err)
{
	json_t *events = sitting_events(sitting);
	size_t steps = json_array_size(json_object_get(sitting->lesson, "steps")),
	       refused = sitting->refused;
	char text[256];
	ProgressLesson sum;

	progress_sum(events, &sum);
	bool worked = *sitting->died || json_array_size(events) > 1; /* than the start */
	json_decref(events);
	json_decref(sitting->recall);
	sitting->recall = NULL;
	sitting->finished = sum.done;
	sitting->step = sum.step >= 1 && sum.step <= steps ? sum.step : 1;
	if (*sitting->died)
		text_format(text, sizeof text, "%s.%s",
			    sitting->lost ? "The worker was killed: the run is lost, all else is "
					    "back. r runs it again"
					  : "The worker was killed; a new one has all that you "
					    "did. Go on",
			    refused ? " But not everything could be brought back." : "");
	else
		text_format(text, sizeof text,
			    "You go on where you left: step %zu of %zu, %g of %g points.%s",
			    sitting->step, steps, sum.points, sum.of,
			    refused ? " Not everything could be brought back: what a step still "
				      "asks for, "
				      "give it again."
				    : "");
	if ((worked && !sitting_notice(sitting, text, err)) || !desk_recall(sitting, err))
		return false;
	sitting_send_step(sitting, "step", sitting->step);
	return desk_run(sitting, false, err);
}

/* The next command, or the end. */
static bool send_next(Sitting *sitting, Err *err)
{
	const json_t *item = json_array_get(sitting->recall, sitting->recalled);

	if (!item)
		return end_recall(sitting, err);
	sitting->recalled++;
	if (!show_records(sitting, json_object_get(item, "records"), err))
		return false;
	session_send(&sitting->session, json_incref(json_object_get(item, "command")));
	return true;
}

/* The attempt that one goes on with, or a new one. */
static bool choose_attempt(Sitting *sitting, Err *err)
{
	const SittingOptions *options = sitting->options;
	json_int_t seed = json_integer_value(json_object_get(sitting->lesson, "seed"));
	bool changed = false;

	if (!options->progress || *sitting->died)
		return true;
	if (!options->reset)
		sitting->attempt =
			progress_resumable(options->progress, &sitting->key, sitting->script.sha256,
					   (uint64_t)seed, &changed);
	if (sitting->attempt == 0)
		begin_attempt(sitting);
	return !changed ||
	       sitting_notice(sitting,
			      "This lesson has changed since you began it, so you begin anew. "
			      "What you did before is kept, but not shown.",
			      err);
}

/* The events of the attempt, those of runs with all that was recorded. Where records are left out
 * of a run that others build on, its figures would be others: it counts as refused. */
static json_t *whole_events(Sitting *sitting)
{
	size_t i;
	json_t *events, *event;

	if (sitting->attempt == 0)
		return json_array();
	events = progress_whole(sitting->options->progress, &sitting->key, sitting->attempt);
	json_array_foreach(events, i, event)
	{
		const json_t *folded = json_object_get(event, "records");

		if (!record_is(event, "event", "run") || !json_is_array(folded))
			continue;
		json_t *records = run_records_unfold(folded);

		sitting->refused += !records;
		json_object_set_new(event, "records", records ? records : json_null());
	}
	return events;
}

bool sitting_recall_begin(Sitting *sitting, Err *err)
{
	/* Behind a worker that died, what was typed is still with whoever shows it. */
	if (!choose_attempt(sitting, err) ||
	    (!*sitting->died && (!desk_open(sitting, err) || !sitting_tell_drafts(sitting, err))))
		return false;
	json_t *events = whole_events(sitting);
	sitting->recall = json_array();
	for (size_t i = 0; i < json_array_size(events); i++)
		add_event(sitting->recall, events, i);
	json_decref(events);
	return send_next(sitting, err);
}

bool sitting_recall_next(Sitting *sitting, const json_t *record, Err *err)
{
	if (!sitting->recall)
		return true;
	const json_t *item = json_array_get(sitting->recall, sitting->recalled - 1);
	const json_t *command = json_object_get(item, "command");
	bool answered = record_is(record, "type", "error");

	/* It ends nothing, and is no error of this sitting. */
	if (answered) {
		sitting->refused++;
		sitting->session.failed = false;
	}
	/* What the run recorded was shown: it has no end yet. */
	if (answered && record_is(command, "command", "restore") &&
	    !sitting_end_run(sitting, (size_t)json_integer_value(json_object_get(command, "step")),
			     record_text(record, "text"), err))
		return false;
	/* These steps have neither text nor question of their own. */
	answered |= record_is(record, "type", "step") && record_is(command, "command", "step") &&
		    (record_is(record, "asks", "run") || record_is(record, "asks", "look"));
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
		answered |= record_is(command, "command", answers[i].command) &&
			    record_is(record, "type", answers[i].ends);
	return !answered || send_next(sitting, err);
}
