/* From step to step by answers that were given beforehand.
 * SPDX-License-Identifier: MIT */
#include "app/lesson/pilot.h"

#include <limits.h>
#include <string.h>

#include "base/record.h"
#include "base/text.h"

static bool send(Sitting *sitting, const char *name, size_t step, const json_t *more, Err *err)
{
	json_t *command = session_command_new(name);

	if (more)
		json_object_update(command, (json_t *)(uintptr_t)more);
	json_object_set_new(command, "step", json_integer((json_int_t)step));
	return sitting_command(sitting, command, err);
}

static bool step_on(Pilot *pilot, Sitting *sitting, Err *err)
{
	pilot->checking = 0;
	if (pilot->step++ < pilot->steps)
		return send(sitting, "step", pilot->step, NULL, err);
	pilot->done = true;
	sitting_leave(sitting);
	return true;
}

/* A key that is misspelt would be an answer that is not given. */
static bool check_keys(const json_t *answer, const char *id, Err *err)
{
	static const char *const known[] = { "choice", "number", "confidence", "why", "text",
					     "skip",   "file",   "solution",   NULL };
	const char *key, *const *name;
	char hint[TEXT_HINT_MAX];
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)answer, key, value)
	{
		for (name = known; *name && strcmp(*name, key) != 0;)
			name++;
		if (!*name)
			return err_set(err, ERR_USAGE, "the answer for '%s': unknown key '%.40s'%s",
				       id, key, text_did_you_mean(hint, key, known));
	}
	return true;
}

/* What the answers hold for the question or the exercise of that id; NULL and *err. */
static const json_t *find_answer(const Pilot *pilot, const char *id, Err *err)
{
	const json_t *answer = json_object_get(pilot->answers, id);

	if (json_is_object(answer))
		return check_keys(answer, id, err) ? answer : NULL;
	if (answer)
		err_set(err, ERR_USAGE, "the answer for '%s' is no object such as {\"choice\":2}",
			id);
	else
		err_set(err, ERR_USAGE, "the answers hold none for '%s'", id);
	return NULL;
}

static bool take_prompt(Pilot *pilot, Sitting *sitting, const json_t *prompt, Err *err)
{
	const json_t *answer;
	bool skipped = json_is_true(json_object_get(prompt, "skipped"));

	pilot->skipped += skipped;
	if (skipped || json_is_object(json_object_get(prompt, "locked")))
		return step_on(pilot, sitting, err);
	answer = find_answer(pilot, record_text(prompt, "id"), err);
	if (!answer)
		return false;
	if (json_is_true(json_object_get(answer, "skip")))
		return send(sitting, "skip", pilot->step, NULL, err);
	return send(sitting, "answer", pilot->step, answer, err);
}

/* {"solution":true}, {"file":path} or {"skip":true}. */
static bool solve(Pilot *pilot, Sitting *sitting, const json_t *record, Err *err)
{
	const char *id = record_text(record, "id");
	const json_t *answer = find_answer(pilot, id, err);
	const char *file = record_text(answer, "file");
	char path[PATH_MAX];

	if (!answer)
		return false;
	pilot->checking = pilot->step;
	if (json_is_true(json_object_get(answer, "skip")))
		return send(sitting, "skip", pilot->step, NULL, err);
	if (json_is_true(json_object_get(answer, "solution")))
		return sitting_check_file(sitting, pilot->step, NULL, err);
	if (!*file)
		return err_set(err, ERR_USAGE,
			       "the answer for '%s' is neither {\"solution\":true} nor "
			       "{\"file\":\"path\"} nor {\"skip\":true}",
			       id);
	text_format(path, sizeof path, "%s%s%s", *file == '/' ? "" : pilot->folder,
		    *file == '/' ? "" : "/", file);
	return sitting_check_file(sitting, pilot->step, path, err);
}

static bool take_step(Pilot *pilot, Sitting *sitting, const json_t *record, Err *err)
{
	PilotRun *run = &pilot->run[pilot->step], before = *run;

	if (record_is(record, "asks", "look")) /* its figure came with the run */
		return step_on(pilot, sitting, err);
	if (record_is(record, "asks", "checks") &&
	    json_is_true(json_object_get(record, "skipped"))) {
		pilot->skipped++;
		return step_on(pilot, sitting, err);
	}
	if (record_is(record, "asks", "checks"))
		return solve(pilot, sitting, record, err);
	if (!record_is(record, "asks", "run"))
		return true;
	*run = PILOT_RUNS;
	if (before == PILOT_RAN)
		return step_on(pilot, sitting, err);
	/* It comes again when the run begins. */
	return before == PILOT_RUNS || send(sitting, "run", pilot->step, NULL, err);
}

static bool take_text(Pilot *pilot, Sitting *sitting, const json_t *record, Err *err)
{
	(void)record;
	return pilot->checking || step_on(pilot, sitting, err);
}

/* A round that cannot begin says why. */
static bool take_state(Pilot *pilot, Sitting *sitting, const json_t *record, Err *err)
{
	(void)sitting;
	if (!pilot->checking || !json_object_get(record, "why"))
		return true;
	return err_set(err, ERR_NEED, "%s", record_text(record, "why"));
}

static bool take_step_end(Pilot *pilot, Sitting *sitting, const json_t *record, Err *err)
{
	if (!json_is_true(json_object_get(record, "ok")))
		return err_set(err, ERR_SCRIPT, "a run failed: %s", record_text(record, "why"));
	return step_on(pilot, sitting, err);
}

/* --- points ----------------------------------------------------------------------------------- */

/* An answer to a question that is not asked is one to a question that goes without. */
static bool check_ids(const Pilot *pilot, const json_t *lesson, Err *err)
{
	const char *names[PILOT_STEPS_MAX + 1] = { NULL }, *id;
	const json_t *steps = json_object_get(lesson, "steps");
	char hint[TEXT_HINT_MAX];
	size_t i, n = 0;
	json_t *step, *answer;

	json_array_foreach((json_t *)(uintptr_t)steps, i, step)
	{
		if (*record_text(step, "id") && n < PILOT_STEPS_MAX)
			names[n++] = record_text(step, "id");
	}
	json_object_foreach((json_t *)(uintptr_t)pilot->answers, id, answer)
	{
		for (i = 0; i < n && strcmp(names[i], id) != 0;)
			i++;
		if (i == n)
			return err_set(err, ERR_USAGE,
				       "the answers hold '%.40s', which the lesson does not ask%s",
				       id, text_did_you_mean(hint, id, names));
	}
	return true;
}

static void note_lesson(Pilot *pilot, const json_t *record)
{
	size_t i;
	json_t *step;

	pilot->steps = 0;
	json_array_foreach(json_object_get(record, "steps"), i, step)
	{
		if (i >= PILOT_STEPS_MAX)
			break;
		pilot->of[i + 1] = json_number_value(json_object_get(step, "points"));
		pilot->steps = i + 1;
	}
}

/* Points of a question, or of a round of checks. */
static void note_points(Pilot *pilot, size_t step, const json_t *record)
{
	bool exercise = record_is(record, "type", "exercise");

	if (record_is(record, "type", "check") && record_is(record, "status", "skipped"))
		return;
	if (record_is(record, "type", "check"))
		pilot->failed |= !json_is_true(json_object_get(record, "pass"));
	if (!exercise && json_object_get(record, "exercise"))
		return; /* its round says the sum */
	pilot->points[step] = json_number_value(json_object_get(record, "points"));
	pilot->of[step] = json_number_value(json_object_get(record, "of"));
}

void pilot_sum(const Pilot *pilot, double *points, double *of)
{
	*points = *of = 0;
	for (size_t i = 1; i <= pilot->steps; i++) {
		*points += pilot->points[i];
		*of += pilot->of[i];
	}
}

static bool follow(Pilot *pilot, Sitting *sitting, const json_t *record, Err *err)
{
	static const struct {
		const char *type;
		bool (*take)(Pilot *pilot, Sitting *sitting, const json_t *record, Err *err);
	} takers[] = {
		{ "step", take_step },
		{ "text", take_text },
		{ "prompt", take_prompt },
		{ "step-end", take_step_end },
		{ "exercise-state", take_state },
	};

	for (size_t i = 0; i < sizeof takers / sizeof *takers; i++)
		if (record_is(record, "type", takers[i].type))
			return takers[i].take(pilot, sitting, record, err);
	return true;
}

bool pilot_take(Pilot *pilot, Sitting *sitting, const json_t *record, bool recalled, Err *err)
{
	json_int_t number = json_integer_value(json_object_get(record, "step"));
	size_t step = number >= 1 && (size_t)number <= pilot->steps ? (size_t)number : 0;

	if (pilot->done)
		return true;
	if (record_is(record, "type", "error"))
		return err_set(err, ERR_USAGE, "%s", record_text(record, "text"));
	if (record_is(record, "type", "lesson")) {
		note_lesson(pilot, record);
		if (!check_ids(pilot, record, err))
			return false;
	}
	if (step && (record_is(record, "type", "check") || record_is(record, "type", "exercise")))
		note_points(pilot, step, record);
	double best = json_number_value(json_object_get(record, "best"));

	if (step && record_is(record, "type", "exercise-state") && best > pilot->points[step])
		pilot->points[step] = best;
	if (recalled) {
		if (record_is(record, "type", "step-end"))
			pilot->run[step] = PILOT_RAN;
		return true;
	}
	if (pilot->step == 0 && record_is(record, "type", "step"))
		pilot->step = step;
	return !step || step != pilot->step || follow(pilot, sitting, record, err);
}
