/* Serving a lesson: the commands that it follows.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "base/text.h"
#include "script/lesson/serve/serve.h"
#include "script/lesson/steps.h"

#define LIMITS_MAX 48

bool serve_take_number(const Serve *serve, const json_t *command, size_t *out, Err *bad)
{
	const json_t *step = json_object_get(command, "step");
	json_int_t number = json_integer_value(step);

	if (!json_is_integer(step) || number < 1 || (size_t)number > serve->lesson->steps)
		return err_set(bad, ERR_ARGUMENT, "there is no such step; the lesson has 1 to %zu",
			       serve->lesson->steps);
	*out = (size_t)number;
	return true;
}

/* The prediction that a run waits for. */
static const Step *open_prediction(const Lesson *lesson, const Step *run)
{
	for (size_t i = 0; i < lesson->steps; i++) {
		const Step *reveal = lesson->step[i];

		if (reveal->run_step == run && reveal->predict_step &&
		    !reveal->predict_step->answer.given && !reveal->predict_step->skipped)
			return reveal->predict_step;
	}
	return NULL;
}

static bool command_step(const Serve *serve, const json_t *command, Err *bad, Err *err)
{
	size_t number;

	if (!serve_take_number(serve, command, &number, bad))
		return true;
	return tell_step(serve, number, err) && serve_content(serve, number, err);
}

static bool command_run(const Serve *serve, const json_t *command, Err *bad, Err *err)
{
	const json_t *seed = json_object_get(command, "seed");
	size_t number;

	if (!serve_take_number(serve, command, &number, bad))
		return true;
	const Step *step = serve->lesson->step[number - 1],
		   *open = open_prediction(serve->lesson, step);

	if (step->kind != STEP_RUN)
		err_set(bad, ERR_ARGUMENT, "step %zu is no run", number);
	else if (open)
		err_set(bad, ERR_ARGUMENT, "First predict: step %zu.",
			lesson_step_number(serve->lesson, open));
	else if (seed && (!json_is_integer(seed) || json_integer_value(seed) < 0 ||
			  json_integer_value(seed) > RECORD_INTEGER_MAX))
		err_set(bad, ERR_ARGUMENT, "the seed must be a whole number from 0 to 2^53");
	if (bad->code != ERR_NONE)
		return true;
	serve->lesson->run_seed = seed ? (uint64_t)json_integer_value(seed) : serve->lesson->seed;
	return tell_step(serve, number, err) && serve_run(serve, number, err);
}

/* What else is wrong with a number that is a text. */
static const char *quoted(const json_t *value)
{
	return json_is_string(value) ? ", without quotes" : "";
}

/* " from 0 to 9", " of at most 9", or nothing. */
static const char *limits_of(const Step *step, char out[LIMITS_MAX])
{
	bool least = step->minimum > -STEP_NUMBER_MAX, most = step->maximum < STEP_NUMBER_MAX;

	out[0] = '\0';
	if (least && most)
		text_format(out, LIMITS_MAX, " from %g to %g", step->minimum, step->maximum);
	else if (least || most)
		text_format(out, LIMITS_MAX, " of at %s %g", least ? "least" : "most",
			    least ? step->minimum : step->maximum);
	return out;
}

static bool take_choice(const Step *step, const json_t *command, Answer *out, Err *bad)
{
	char limits[LIMITS_MAX];
	const json_t *choice = json_object_get(command, "choice"),
		     *number = json_object_get(command, "number");
	json_int_t n = json_integer_value(choice);

	if (step->choices) {
		if (!json_is_integer(choice) || n < 1 || (size_t)n > step->choices)
			return err_set(bad, ERR_ARGUMENT, "choose 1 to %zu%s", step->choices,
				       quoted(choice));
		out->choice = (size_t)n - 1;
		return true;
	}
	out->number = json_number_value(number);
	if (!json_is_number(number) || !(out->number >= step->minimum) ||
	    !(out->number <= step->maximum))
		return err_set(bad, ERR_ARGUMENT, "give a number%s%s%s%s", limits_of(step, limits),
			       step->unit ? " " : "", step->unit ? step->unit : "", quoted(number));
	return true;
}

static bool take_beside(const Step *step, const json_t *command, Answer *out, Err *bad)
{
	const json_t *confidence = json_object_get(command, "confidence"),
		     *why = json_object_get(command, "why");
	json_int_t n = json_integer_value(confidence);

	if (step->confidence && confidence && !json_is_null(confidence)) {
		if (!json_is_integer(confidence) || n < 1 || n > 5)
			return err_set(bad, ERR_ARGUMENT, "the confidence is 1 to 5%s",
				       quoted(confidence));
		out->confidence = (int)n;
	}
	if (step->why && why && !json_is_null(why)) {
		if (!json_is_string(why) || strchr(json_string_value(why), '\n') ||
		    json_string_length(why) >= sizeof out->why)
			return err_set(bad, ERR_ARGUMENT,
				       "the reason is one line of at most %zu bytes",
				       sizeof out->why - 1);
		text_format(out->why, sizeof out->why, "%s", json_string_value(why));
	}
	return true;
}

/* What is wrong is told with the name of the question. */
static bool take_answer(const Step *step, const json_t *command, Answer *out, Err *bad)
{
	bool fine = step->kind == STEP_REFLECT ? reflect_take(step, command, out, bad)
					       : take_choice(step, command, out, bad) &&
							 take_beside(step, command, out, bad);

	return fine || err_prefix(bad, "%s", step->id);
}

/* A prediction that was skipped cannot be made up once its result can be known. */
static bool too_late(const Lesson *lesson, const Step *predict)
{
	for (size_t i = 0; i < lesson->steps; i++) {
		const Step *reveal = lesson->step[i];

		if (reveal->predict_step == predict && reveal->run_step->done)
			return true;
	}
	return false;
}

static bool command_answer(const Serve *serve, const json_t *command, Err *bad, Err *err)
{
	size_t number;
	Answer answer = { .given = true };

	if (!serve_take_number(serve, command, &number, bad))
		return true;
	Step *step = serve->lesson->step[number - 1];

	if (step_asks(step) != ASKS_ANSWER)
		return err_set(bad, ERR_ARGUMENT, "step %zu asks nothing", number), true;
	if (step->answer.given)
		return err_set(bad, ERR_ARGUMENT, "step %zu is answered, and locked", number), true;
	if (step->skipped && too_late(serve->lesson, step))
		return err_set(bad, ERR_ARGUMENT, "step %zu was skipped, and its run is over",
			       number),
		       true;
	if (!take_answer(step, command, &answer, bad))
		return true;
	step->answer = answer;
	step->skipped = false;
	if (step->kind == STEP_QUIZ && !tell_check(serve, number, step, err))
		return false;
	return tell_prompt(serve, number, step, err);
}

static bool command_skip(const Serve *serve, const json_t *command, Err *bad, Err *err)
{
	size_t number;

	if (!serve_take_number(serve, command, &number, bad))
		return true;
	Step *step = serve->lesson->step[number - 1];

	if (!serve->lesson->allow_skip)
		return err_set(bad, ERR_ARGUMENT, "this lesson lets nothing be skipped"), true;
	if (step_asks(step) == ASKS_NOTHING || step_asks(step) == ASKS_RUN)
		return err_set(bad, ERR_ARGUMENT, "step %zu is no question: go on past it", number),
		       true;
	if (step->answer.given)
		return err_set(bad, ERR_ARGUMENT, "step %zu is answered, and locked", number), true;
	step->skipped = true;
	if (step_asks(step) == ASKS_ANSWER)
		return tell_prompt(serve, number, step, err);
	return tell_step(serve, number, err) && serve_content(serve, number, err);
}

static bool same_value(const VaryValue *value, const json_t *wanted)
{
	if (value->is_number)
		return json_is_number(wanted) && json_number_value(wanted) == value->number;
	return json_is_string(wanted) && strcmp(json_string_value(wanted), value->text) == 0;
}

/* Another value of a variant: what was run with the old one is no result of the new one. */
static bool command_set(const Serve *serve, const json_t *command, Err *bad, Err *err)
{
	Lesson *lesson = serve->lesson;
	const char *name = json_string_value(json_object_get(command, "name"));
	const json_t *wanted = json_object_get(command, "value");

	for (size_t i = 0; name && i < lesson->varies; i++) {
		Vary *vary = &lesson->vary[i];

		for (size_t k = 0; strcmp(vary->name, name) == 0 && k < vary->count; k++) {
			if (!same_value(&vary->value[k], wanted))
				continue;
			vary->picked = k;
			for (size_t s = 0; s < lesson->steps; s++)
				serve_forget(lesson, lesson->step[s]);
			return tell_lesson(serve, err);
		}
	}
	err_set(bad, ERR_ARGUMENT,
		"nothing varies by that name and value; the lesson record lists what does");
	return true;
}

/* What the last round of checks measured, told by whoever ran it, so that texts can say it. */
static bool command_exercise(const Serve *serve, const json_t *command, Err *bad, Err *err)
{
	size_t number;

	if (!serve_take_number(serve, command, &number, bad))
		return true;
	Step *step = serve->lesson->step[number - 1];

	if (!step->exercise)
		return err_set(bad, ERR_ARGUMENT, "step %zu is no exercise", number), true;
	char *before = fill_text(serve->lesson, step, step->text, err);

	exercise_take(step->exercise, command);
	step->skipped = false;
	char *now = before ? fill_text(serve->lesson, step, step->text, err) : NULL;
	/* The task may say what was measured, and whoever stands there reads it. */
	bool told = now && (number != serve->lesson->current || strcmp(before, now) == 0 ||
			    tell_text(serve, number, step, step->text, err));

	free(before);
	free(now);
	return told && tell_step_end(serve, number, true, "", err);
}

static const Check *find_check(const Exercise *exercise, const char *id, Err *bad)
{
	const char *names[EXERCISE_CHECKS_MAX + 1] = { NULL };
	char hint[TEXT_HINT_MAX];

	for (size_t i = 0; i < exercise->checks; i++) {
		if (strcmp(exercise->check[i].id, id) == 0)
			return &exercise->check[i];
		names[i] = exercise->check[i].id;
	}
	err_set(bad, ERR_ARGUMENT, "the exercise has no check '%.60s'%s", id,
		text_did_you_mean(hint, id, names));
	return NULL;
}

/* One hint of one check; how many there are is told by none but the last. */
static bool command_hint(const Serve *serve, const json_t *command, Err *bad, Err *err)
{
	json_int_t n = json_integer_value(json_object_get(command, "number"));
	size_t number;

	if (!serve_take_number(serve, command, &number, bad))
		return true;
	const Step *step = serve->lesson->step[number - 1];

	if (!step->exercise)
		return err_set(bad, ERR_ARGUMENT, "step %zu is no exercise", number), true;
	const Check *check = find_check(step->exercise, record_text(command, "check"), bad);

	if (check && (n < 1 || (size_t)n > check->hints))
		err_set(bad, ERR_ARGUMENT, "there is no such hint for the check '%s'", check->id);
	return bad->code != ERR_NONE || tell_hint(serve, number, check, (size_t)n, err);
}

typedef struct LessonCommand {
	const char *name;
	ServeCommand *run;
} LessonCommand;

static const LessonCommand lesson_commands[];

bool serve_follow(const Serve *serve, const json_t *command, Err *err)
{
	const char *name = json_string_value(json_object_get(command, "command"));
	char names[160];
	size_t len = 0;
	Err bad = { .code = ERR_NONE };

	for (size_t i = 0; lesson_commands[i].name; i++) {
		len += text_format(names + len, sizeof names - len, "%s, ",
				   lesson_commands[i].name);
		if (name && strcmp(name, lesson_commands[i].name) == 0)
			return lesson_commands[i].run(serve, command, &bad, err) &&
			       (bad.code == ERR_NONE || tell_error(serve, &bad, err));
	}
	err_set(&bad, ERR_ARGUMENT, "a lesson follows the commands %sstop, abort, pause", names);
	return tell_error(serve, &bad, err);
}

static const LessonCommand lesson_commands[] = {
	{ "step", command_step },         { "run", command_run },   { "answer", command_answer },
	{ "set", command_set },           { "skip", command_skip }, { "restore", serve_restore },
	{ "exercise", command_exercise }, { "hint", command_hint }, { NULL, NULL },
};
