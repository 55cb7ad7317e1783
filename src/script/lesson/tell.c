/* The records of a lesson.
 * SPDX-License-Identifier: MIT */
#include "script/lesson/tell.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "trial/view.h"

/* --- records ---------------------------------------------------------------------------------- */

json_t *tell_record(const Serve *serve, const char *type)
{
	json_t *record = record_new(type, record_out_origin(serve->out));

	json_object_set_new(record, "lesson", json_string(serve->lesson->id));
	return record;
}

bool tell_put(const Serve *serve, json_t *record, Err *err)
{
	return record_out_put(serve->out, record, err);
}

bool tell_error(const Serve *serve, const Err *what, Err *err)
{
	return tell_put(serve, record_error(what, record_out_origin(serve->out)), err);
}

static void set_text(json_t *record, const char *key, const char *text)
{
	if (text && *text)
		json_object_set_new(record, key, json_string(text));
}

static json_t *texts_json(const char *const *texts, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_string(texts[i]));
	return list;
}

static json_t *vary_json(const VaryValue *value)
{
	return value->is_number ? lesson_number(value->number) : json_string(value->text);
}

static void set_varies(const Lesson *lesson, json_t *record)
{
	json_t *param = json_object(), *vary = json_object();

	for (size_t i = 0; i < lesson->varies; i++) {
		const Vary *v = &lesson->vary[i];
		json_t *values = json_array();

		for (size_t k = 0; k < v->count; k++)
			json_array_append_new(values, vary_json(&v->value[k]));
		json_object_set_new(vary, v->name, values);
		json_object_set_new(param, v->name, vary_json(&v->value[v->picked]));
	}
	json_object_set_new(record, "param", param);
	json_object_set_new(record, "vary", vary);
}

static void set_skipped(const Step *step, json_t *record)
{
	if (step->skipped)
		json_object_set_new(record, "skipped", json_true());
}

bool tell_filled(const Serve *serve, json_t *record, const char *key, const Step *step,
		 const char *text, Err *err)
{
	char *filled = fill_text(serve->lesson, step, text, err);

	if (!filled)
		return false;
	json_object_set_new(record, key, json_string(filled));
	free(filled);
	return true;
}

static bool describe_exercise(const Serve *serve, const Step *step, json_t *out, Err *err)
{
	const Exercise *exercise = step->exercise;
	json_t *checks = json_array();
	bool fine = true;

	if (exercise->minutes > 0)
		json_object_set_new(out, "minutes", lesson_number(exercise->minutes));
	json_object_set_new(out, "seconds", lesson_number(exercise->seconds));
	set_text(out, "file", exercise->file);
	set_text(out, "solution", exercise->solution);
	json_object_set_new(out, "checks", checks);
	for (size_t i = 0; fine && i < exercise->checks; i++) {
		const Check *check = &exercise->check[i];
		json_t *about = json_object();

		set_text(about, "id", check->id);
		json_object_set_new(about, "points", lesson_number(check->points));
		set_text(about, "requires", check->measured ? "measured" : NULL);
		json_object_set_new(about, "show", json_string(check_show_name(check->show)));
		json_array_append_new(checks, about);
		fine = tell_filled(serve, about, "text", step, check->text, err);
	}
	return fine;
}

void tell_inspect(const Step *step, json_t *out)
{
	set_text(out, "run", step->run);
	set_text(out, "arm", step->arm);
	set_text(out, "view", step->view->info.name);
	if (step->layer)
		json_object_set_new(out, "layer", json_integer((json_int_t)step->layer));
}

/* {"step","kind","asks","id","title","points"} of a step, what it has of them; of an exercise its
 * file and checks, too. */
static bool describe_step(const Serve *serve, const Step *step, size_t number, json_t *out,
			  Err *err)
{
	json_object_set_new(out, "step", json_integer((json_int_t)number));
	json_object_set_new(out, "kind", json_string(step_kind_name(step->kind)));
	step_set_asks(step, out);
	set_text(out, "id", step->id);
	set_text(out, "title", step->title);
	if (step->kind == STEP_QUIZ || step->kind == STEP_EXERCISE)
		json_object_set_new(out, "points", lesson_number(step->points));
	if (step->kind == STEP_INSPECT)
		tell_inspect(step, out);
	if (step->kind == STEP_REFLECT)
		json_object_set_new(out, "min_words", lesson_number(step->min_words));
	return !step->exercise || describe_exercise(serve, step, out, err);
}

bool tell_lesson(const Serve *serve, Err *err)
{
	const Lesson *lesson = serve->lesson;
	json_t *record = record_new("lesson", record_out_origin(serve->out)), *steps = json_array();

	json_object_set_new(record, "id", json_string(lesson->id));
	json_object_set_new(record, "title", json_string(lesson->title));
	json_object_set_new(record, "minutes", lesson_number(lesson->minutes));
	json_object_set_new(record, "level", json_string(lesson->level ? lesson->level : "core"));
	json_object_set_new(record, "goals", texts_json(lesson->goal, lesson->goals));
	json_object_set_new(record, "after", texts_json(lesson->after, lesson->afters));
	json_object_set_new(record, "seed", json_integer((json_int_t)lesson->seed));
	json_object_set_new(record, "cost", json_string(metric_name(lesson->fixed_cost)));
	json_object_set_new(record, "fast", json_boolean(serve->script->caps.epochs > 0));
	json_object_set_new(record, "allow_skip", json_boolean(lesson->allow_skip));
	set_varies(lesson, record);
	json_object_set_new(record, "steps", steps);
	bool fine = true;

	for (size_t i = 0; fine && i < lesson->steps; i++) {
		json_t *step = json_object();

		json_array_append_new(steps, step);
		fine = describe_step(serve, lesson->step[i], i + 1, step, err);
	}
	if (!fine ||
	    (lesson->reward && !tell_filled(serve, record, "reward", NULL, lesson->reward, err))) {
		json_decref(record);
		return false;
	}
	return tell_put(serve, record, err);
}

/* What a run left, as far as no other record of it tells. */
static void set_result(const Step *step, json_t *record)
{
	json_t *numbers = json_object();

	for (size_t i = 0; i < step->numbers; i++)
		json_object_set_new(numbers, step->number_name[i],
				    isnan(step->number[i]) ? json_null()
							   : lesson_number(step->number[i]));
	if (step->numbers)
		json_object_set(record, "numbers", numbers);
	json_decref(numbers);
	if (step->comparison) {
		json_object_set_new(record, "cost",
				    json_string(metric_name(step->comparison->cost)));
		json_object_set_new(record, "predictions",
				    lesson_number(step->comparison->predictions));
	}
	if (step->restored)
		json_object_set_new(record, "restored", json_true());
}

bool tell_step_end(const Serve *serve, size_t number, bool ok, const char *why, Err *err)
{
	json_t *record = tell_record(serve, "step-end");

	json_object_set_new(record, "step", json_integer((json_int_t)number));
	json_object_set_new(record, "ok", json_boolean(ok));
	set_text(record, "why", why);
	if (ok)
		set_result(serve->lesson->step[number - 1], record);
	if (ok && serve->lesson->reward &&
	    !tell_filled(serve, record, "reward", NULL, serve->lesson->reward, err)) {
		json_decref(record);
		return false;
	}
	return tell_put(serve, record, err);
}

/* --- the content of steps --------------------------------------------------------------------- */

/* Behind a skipped prediction the text begins with that. */
static bool say_skipped(const Step *step, json_t *record, Err *err)
{
	const char *text = json_string_value(json_object_get(record, "markdown"));

	if (!step || step->kind != STEP_REVEAL || !step->predict_step->skipped)
		return true;
	json_t *longer = json_sprintf("You made no prediction.\n\n%s", text);

	if (!longer)
		return err_set(err, ERR_MEMORY, "no memory for a text");
	json_object_set_new(record, "markdown", longer);
	return true;
}

bool tell_text(const Serve *serve, size_t number, const Step *step, const char *text, Err *err)
{
	json_t *record = tell_record(serve, "text");

	json_object_set_new(record, "step", json_integer((json_int_t)number));
	if (!tell_filled(serve, record, "markdown", step, text, err) ||
	    !say_skipped(step, record, err)) {
		json_decref(record);
		return false;
	}
	if (step && step->revealed)
		set_text(record, "answer", step->answer_arm);
	return tell_put(serve, record, err);
}

static json_t *locked_json(const Step *step)
{
	const Answer *answer = &step->answer;
	json_t *json = answer->given ? json_object() : json_null();

	if (!answer->given)
		return json;
	if (step->kind == STEP_REFLECT)
		json_object_set_new(json, "text", json_string(answer->text));
	else if (step->choices)
		json_object_set_new(json, "choice", json_integer((json_int_t)answer->choice + 1));
	else
		json_object_set_new(json, "number", lesson_number(answer->number));
	if (answer->confidence)
		json_object_set_new(json, "confidence", json_integer(answer->confidence));
	set_text(json, "why", answer->why);
	return json;
}

static void set_number_asked(const Step *step, json_t *record)
{
	set_text(record, "unit", step->unit);
	if (step->minimum > -STEP_NUMBER_MAX)
		json_object_set_new(record, "min", lesson_number(step->minimum));
	if (step->maximum < STEP_NUMBER_MAX)
		json_object_set_new(record, "max", lesson_number(step->maximum));
}

static bool fill_prompt(const Serve *serve, const Step *step, json_t *record, Err *err)
{
	json_t *choices = json_array();

	json_object_set_new(record, "choices", choices);
	for (size_t i = 0; i < step->choices; i++) {
		char *text = fill_text(serve->lesson, NULL, step->choice[i].text, err);

		if (!text)
			return false;
		json_array_append_new(choices, json_string(text));
		free(text);
	}
	if (!step->choices)
		json_object_del(record, "choices");
	if (step->kind == STEP_REFLECT)
		json_object_set_new(record, "min_words", lesson_number(step->min_words));
	else if (!step->choices)
		set_number_asked(step, record);
	return tell_filled(serve, record, "ask", NULL, step->text, err);
}

static const char *prompt_kind(const Step *step)
{
	if (step->kind == STEP_PREDICT)
		return step->choices ? "choice" : "number";
	return step_kind_name(step->kind);
}

bool tell_prompt(const Serve *serve, size_t number, const Step *step, Err *err)
{
	json_t *record = tell_record(serve, "prompt");

	json_object_set_new(record, "step", json_integer((json_int_t)number));
	json_object_set_new(record, "id", json_string(step->id));
	json_object_set_new(record, "kind", json_string(prompt_kind(step)));
	json_object_set_new(record, "confidence", json_boolean(step->confidence));
	json_object_set_new(record, "why", json_boolean(step->why));
	if (step->kind == STEP_QUIZ)
		json_object_set_new(record, "points", lesson_number(step->points));
	json_object_set_new(record, "locked", locked_json(step));
	set_skipped(step, record);
	if (!fill_prompt(serve, step, record, err)) {
		json_decref(record);
		return false;
	}
	return tell_put(serve, record, err);
}

size_t lesson_step_number(const Lesson *lesson, const Step *step)
{
	size_t i = 0;

	while (i < lesson->steps && lesson->step[i] != step)
		i++;
	return i + 1;
}

bool tell_step(const Serve *serve, size_t number, Err *err)
{
	json_t *record = tell_record(serve, "step");

	serve->lesson->current = number;
	if (!describe_step(serve, serve->lesson->step[number - 1], number, record, err)) {
		json_decref(record);
		return false;
	}
	set_skipped(serve->lesson->step[number - 1], record);
	return tell_put(serve, record, err);
}

bool tell_hint(const Serve *serve, size_t number, const Check *check, size_t n, Err *err)
{
	json_t *record = tell_record(serve, "hint");

	json_object_set_new(record, "step", json_integer((json_int_t)number));
	json_object_set_new(record, "check", json_string(check->id));
	json_object_set_new(record, "number", json_integer((json_int_t)n));
	json_object_set_new(record, "last", json_boolean(n == check->hints));
	if (!tell_filled(serve, record, "text", serve->lesson->step[number - 1], check->hint[n - 1],
			 err)) {
		json_decref(record);
		return false;
	}
	return tell_put(serve, record, err);
}

bool tell_chart(const Serve *serve, const Step *run, const char *name, double x, double y, Err *err)
{
	json_t *record = tell_record(serve, "chart");

	json_object_set_new(record, "step",
			    json_integer((json_int_t)lesson_step_number(serve->lesson, run)));
	json_object_set_new(record, "name", json_string(name));
	json_object_set_new(record, "x", lesson_number(x));
	json_object_set_new(record, "y", lesson_number(y));
	return tell_put(serve, record, err);
}

bool tell_check(const Serve *serve, size_t number, const Step *step, Err *err)
{
	const Choice *choice = &step->choice[step->answer.choice];
	json_t *record = tell_record(serve, "check");

	json_object_set_new(record, "step", json_integer((json_int_t)number));
	json_object_set_new(record, "id", json_string(step->id));
	json_object_set_new(record, "status", json_string(choice->right ? "pass" : "fail"));
	json_object_set_new(record, "pass", json_boolean(choice->right));
	json_object_set_new(record, "points", lesson_number(choice->right ? step->points : 0));
	json_object_set_new(record, "of", lesson_number(step->points));
	if (!tell_filled(serve, record, "text", NULL, choice->say ? choice->say : "", err)) {
		json_decref(record);
		return false;
	}
	return tell_put(serve, record, err);
}
