/* What of a sitting is kept: the events of progress.
 * SPDX-License-Identifier: MIT */
#include "app/lesson/run_records.h"
#include "app/lesson/sitting_inside.h"

#include <string.h>

#include "base/record.h"
#include "base/text.h"

static size_t step_of(const json_t *record)
{
	json_int_t step = json_integer_value(json_object_get(record, "step"));

	return step > 0 ? (size_t)step : 0;
}

/* Copies members that are there. */
static void copy(json_t *to, const json_t *from, const char *const *keys)
{
	for (; *keys; keys++)
		if (json_object_get(from, *keys))
			json_object_set(to, *keys, json_object_get(from, *keys));
}

json_t *sitting_events(const Sitting *sitting)
{
	if (sitting->attempt == 0)
		return json_array();
	return progress_events(sitting->options->progress, &sitting->key, sitting->attempt);
}

void sitting_log(Sitting *sitting, const char *event, size_t step, json_t *more)
{
	json_t *whole = more ? more : json_object();
	const char *id = record_text(sitting_step(sitting, step), "id");

	if (sitting->attempt == 0) {
		json_decref(whole);
		return;
	}
	json_object_set_new(whole, "sha256", json_string(sitting->script.sha256));
	json_object_set(whole, "seed", json_object_get(sitting->lesson, "seed"));
	json_object_set_new(whole, "step", json_integer((json_int_t)step));
	if (*id)
		json_object_set_new(whole, "id", json_string(id));
	progress_put(sitting->options->progress, &sitting->key, sitting->attempt, event, whole);
}

/* --- runs ------------------------------------------------------------------------------------- */

/* What `restore` needs of a run, and the verdicts, which are shown again. */
static bool belongs_to_run(const char *type)
{
	static const char *const types[] = {
		"plan",  "arm-begin", "epoch",   "window", "idle",
		"trial", "figure",    "verdict", "chart",  "step-end"
	};

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

static json_t *folded(const json_t *run)
{
	json_t *more = json_object(), *records = run_records_fold(run);

	if (records)
		json_object_set_new(more, "records", records);
	else
		record_absent(more, "records", "longer than a line may be");
	return more;
}

/* A run writes its step again when it begins; what is only looked at has no end. */
static void log_run(Sitting *sitting, const json_t *record)
{
	const char *type = record_text(record, "type");

	if (strcmp(type, "step") == 0) {
		json_decref(sitting->run);
		sitting->run = record_is(record, "asks", "run") ? json_array() : NULL;
	}
	if (!sitting->run || !belongs_to_run(type))
		return;
	json_array_append(sitting->run, (json_t *)(uintptr_t)record);
	if (strcmp(type, "step-end") != 0)
		return;
	json_t *run = sitting->run;
	sitting->run = NULL;
	if (json_is_true(json_object_get(record, "ok")))
		sitting_log(sitting, "run", step_of(record), folded(run));
	json_decref(run);
}

/* --- answers ---------------------------------------------------------------------------------- */

static const char *const answered[] = { "lock", "answer", NULL };
static const char *const left_out[] = { "skip", NULL };

/* Whether an event of that step is in the attempt, of any of these kinds. */
static bool has_event(const json_t *events, size_t step, const char *const *names)
{
	size_t i;
	json_t *event;

	json_array_foreach(events, i, event)
	{
		if (step_of(event) != step)
			continue;
		for (const char *const *name = names; *name; name++)
			if (record_is(event, "event", *name))
				return true;
	}
	return false;
}

static bool is_known(const Sitting *sitting, const json_t *record, const char *const *names)
{
	json_t *events = sitting_events(sitting);
	bool known = has_event(events, step_of(record), names);

	json_decref(events);
	return known;
}

static void log_skip(Sitting *sitting, const json_t *record)
{
	if (json_is_true(json_object_get(record, "skipped")) &&
	    !is_known(sitting, record, left_out))
		sitting_log(sitting, "skip", step_of(record), NULL);
}

/* A locked prompt comes each time somebody looks at it. */
static void log_prompt(Sitting *sitting, const json_t *record)
{
	static const char *const answer[] = {
		"choice", "number", "confidence", "why", "text", NULL
	};
	const json_t *locked = json_object_get(record, "locked");
	json_t *more;

	log_skip(sitting, record);
	if (!json_is_object(locked) || is_known(sitting, record, answered))
		return;
	more = json_object();
	copy(more, locked, answer);
	bool predicted =
		!record_is(record, "kind", "quiz") && !record_is(record, "kind", "reflect");
	sitting_log(sitting, predicted ? "lock" : "answer", step_of(record), more);
}

/* A question of a quiz; the checks of an exercise are kept by their round. */
static void log_check(Sitting *sitting, const json_t *record)
{
	static const char *const keys[] = { "points", "of", NULL };
	json_t *more;

	if (json_object_get(record, "exercise"))
		return;
	more = json_object();
	copy(more, record, keys);
	sitting_log(sitting, "check", step_of(record), more);
}

static void log_hint(Sitting *sitting, const json_t *record)
{
	static const char *const keys[] = { "check", "number", NULL };
	json_t *more = json_object();

	copy(more, record, keys);
	sitting_log(sitting, "hint", step_of(record), more);
}

/* The lesson record comes again when a value was set. */
static void log_lesson(Sitting *sitting, const json_t *record)
{
	const json_t *before = json_object_get(sitting->lesson, "param");
	const char *name;
	json_t *value;

	if (!before)
		return;
	json_object_foreach(json_object_get(record, "param"), name, value)
	{
		if (!json_equal(value, json_object_get(before, name)))
			sitting_log(sitting, "set", sitting->step,
				    json_pack("{s:s, s:O}", "name", name, "value", value));
	}
}

/* --- drafts ----------------------------------------------------------------------------------- */

static const char *const drafted[] = {
	"text", "typed", "choice", "confidence", "why", "field", NULL
};

/* What was typed at a step that is still open when the events end, as a new object; empty:
 * nothing. */
static json_t *draft_of(const json_t *events, size_t step)
{
	json_t *draft = json_object(), *event;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)events, i, event)
	{
		if (step_of(event) != step || !record_is(event, "event", "draft"))
			continue;
		json_object_clear(draft);
		copy(draft, event, drafted);
	}
	if (has_event(events, step, answered))
		json_object_clear(draft);
	return draft;
}

/* The draft becomes what is kept and shown of the step. */
static void note_draft(Sitting *sitting, size_t step, json_t *draft)
{
	char key[24];

	text_format(key, sizeof key, "%zu", step);
	if (!sitting->drafts)
		sitting->drafts = json_object();
	json_object_set_new(sitting->drafts, key, draft);
}

/* Borrowed; NULL: none. */
static const json_t *noted_draft(const Sitting *sitting, size_t step)
{
	char key[24];

	text_format(key, sizeof key, "%zu", step);
	return json_object_get(sitting->drafts, key);
}

/* What was rubbed out since is kept as an event without a text. */
static void log_draft(Sitting *sitting, size_t step, json_t *now)
{
	const json_t *known = noted_draft(sitting, step);
	bool same = known ? json_equal(known, now) : json_object_size(now) == 0;

	if (!same)
		sitting_log(sitting, "draft", step, json_copy(now));
	note_draft(sitting, step, now);
}

void sitting_log_drafts(Sitting *sitting, const json_t *drafts)
{
	size_t steps = json_array_size(json_object_get(sitting->lesson, "steps")), i;
	json_t *events = sitting_events(sitting), *draft;

	for (size_t step = 1; step <= steps; step++) {
		json_t *now = json_object();

		json_array_foreach((json_t *)(uintptr_t)drafts, i, draft)
		{
			if (step_of(draft) == step)
				copy(now, draft, drafted);
		}
		if (json_object_size(now) > 0 || !has_event(events, step, answered))
			log_draft(sitting, step, now);
		else
			json_decref(now); /* it was handed in */
	}
	json_decref(events);
}

bool sitting_tell_drafts(Sitting *sitting, Err *err)
{
	size_t steps = json_array_size(json_object_get(sitting->lesson, "steps"));
	json_t *events = sitting_events(sitting);
	bool ok = true;

	for (size_t step = 1; ok && step <= steps; step++) {
		json_t *draft = draft_of(events, step);

		if (json_object_size(draft) > 0) {
			json_t *record = record_new("draft", sitting->session.origin_ns);

			json_object_set_new(record, "lesson", json_string(sitting->key.lesson));
			json_object_set_new(record, "step", json_integer((json_int_t)step));
			json_object_update(record, draft);
			ok = sitting_tell(sitting, record, true, err);
		}
		note_draft(sitting, step, draft);
	}
	json_decref(events);
	return ok;
}

/* --- steps ------------------------------------------------------------------------------------ */

static bool passed(const json_t *events, size_t step)
{
	size_t i;
	json_t *event;

	json_array_foreach(events, i, event)
	{
		if (step_of(event) == step && json_is_true(json_object_get(event, "passed")))
			return true;
	}
	return false;
}

/* Nothing of the step is left to do. An exercise is done when it passed or its solution was
 * seen. */
static bool step_done(const json_t *events, const json_t *step, size_t number)
{
	static const char *const ran[] = { "run", NULL };
	static const char *const seen[] = { "solution", NULL };

	if (has_event(events, number, left_out))
		return true;

	if (record_is(step, "asks", "answer"))
		return has_event(events, number, answered);
	if (record_is(step, "asks", "run"))
		return has_event(events, number, ran);
	return !record_is(step, "asks", "checks") || passed(events, number) ||
	       has_event(events, number, seen);
}

void sitting_finish_if_done(Sitting *sitting)
{
	size_t steps = json_array_size(json_object_get(sitting->lesson, "steps"));

	if (sitting->finished || sitting->attempt == 0 || sitting->step != steps)
		return;
	json_t *events = sitting_events(sitting);
	bool done = true;

	for (size_t i = 1; done && i <= steps; i++)
		done = step_done(events, sitting_step(sitting, i), i);
	json_decref(events);
	if (!done)
		return;
	sitting->finished = true;
	sitting_log(sitting, "finish", sitting->step, NULL);
}

static void log_step(Sitting *sitting, const json_t *record)
{
	if (step_of(record) != sitting->step)
		sitting_log(sitting, "step", step_of(record), NULL);
	sitting->step = step_of(record);
	log_skip(sitting, record); /* an exercise has no prompt */
}

void sitting_log_record(Sitting *sitting, const json_t *record)
{
	static const struct {
		const char *type;
		void (*log)(Sitting *sitting, const json_t *record);
	} logs[] = {
		{ "lesson", log_lesson }, { "prompt", log_prompt }, { "check", log_check },
		{ "hint", log_hint },     { "step", log_step },
	};
	const char *type = record_text(record, "type");

	if (sitting->attempt == 0)
		return;
	log_run(sitting, record);
	for (size_t i = 0; i < sizeof logs / sizeof *logs; i++) {
		if (strcmp(type, logs[i].type) != 0)
			continue;
		logs[i].log(sitting, record);
		sitting_finish_if_done(sitting);
	}
}
