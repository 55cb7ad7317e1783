/* What a lesson's file holds, for whoever looks over it: nothing is filled, nothing is run.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/record.h"
#include "base/text.h"
#include "script/lesson/grading.h"
#include "script/lesson/tell.h"

#define FOUND_BY_MAX 40 /* bytes at the beginning of a text that its line is found by */

/* The line from `from` on where such a text begins; from when it does not stand there as it is. */
static int text_line(const Script *script, int from, const char *text)
{
	size_t len = strcspn(text, "\n\"'\\");

	if (len > FOUND_BY_MAX)
		len = FOUND_BY_MAX;
	return len ? source_text_line(script->text, script->len, from, text, len) : from;
}

/* Adds {"line","what","text"} to the list. */
static void add_text(const Script *script, json_t *list, int from, const char *what,
		     const char *text)
{
	if (text)
		json_array_append_new(list, json_pack("{s:i, s:s, s:s}", "line",
						      text_line(script, from, text), "what", what,
						      "text", text));
}

static json_t *names_json(const char *const *names, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_string(names[i]));
	return list;
}

static void set_text(json_t *object, const char *key, const char *text)
{
	if (text && *text)
		json_object_set_new(object, key, json_string(text));
}

/* --- steps ------------------------------------------------------------------------------------ */

static json_t *reports_json(const Exercise *exercise)
{
	json_t *list = json_array();

	for (size_t i = 0; i < exercise->reports; i++)
		json_array_append_new(list, json_string(exercise->report[i]));
	return list;
}

static json_t *choices_json(const Step *step)
{
	json_t *list = json_array();

	for (size_t i = 0; i < step->choices; i++) {
		const Choice *choice = &step->choice[i];
		json_t *one = json_pack("{s:s}", "text", choice->text);

		set_text(one, "arm", choice->arm);
		set_text(one, "say", choice->say);
		if (step->kind == STEP_QUIZ)
			json_object_set_new(one, "right", json_boolean(choice->right));
		json_array_append_new(list, one);
	}
	return list;
}

static void add_check(const Script *script, json_t *list, int from, const Check *check)
{
	add_text(script, list, from, "check", check->text);
	for (size_t i = 0; i < check->hints; i++)
		add_text(script, list, from, "hint", check->hint[i]);
	add_text(script, list, from, "error", check->on_error);
}

static json_t *texts_json(const Script *script, const Step *step)
{
	json_t *list = json_array();

	add_text(script, list, step->line, "title", step->title);
	add_text(script, list, step->line, "text", step->text);
	for (size_t i = 0; i < step->choices; i++) {
		add_text(script, list, step->line, "choice", step->choice[i].text);
		add_text(script, list, step->line, "say", step->choice[i].say);
	}
	for (size_t i = 0; step->exercise && i < step->exercise->checks; i++)
		add_check(script, list, step->line, &step->exercise->check[i]);
	return list;
}

static void set_asked(const Step *step, json_t *out)
{
	if (step->choices) {
		json_object_set_new(out, "choices", choices_json(step));
	} else {
		set_text(out, "unit", step->unit);
		if (step->minimum > -STEP_NUMBER_MAX)
			json_object_set_new(out, "min", lesson_number(step->minimum));
		if (step->maximum < STEP_NUMBER_MAX)
			json_object_set_new(out, "max", lesson_number(step->maximum));
	}
}

static json_t *describe_check(const Script *script, const Check *check, int line)
{
	json_t *hints = json_array(),
	       *out = json_pack("{s:s, s:i, s:s, s:i, s:o, s:s}", "id", check->id, "line",
				check->line, "text", check->text, "text_line",
				text_line(script, line, check->text), "points",
				lesson_number(check->points), "show", check_show_name(check->show));

	for (size_t i = 0; i < check->hints; i++)
		add_text(script, hints, line, "hint", check->hint[i]);
	json_object_set_new(out, "hints", hints);
	set_text(out, "requires", check->measured ? "measured" : NULL);
	set_text(out, "on_error", check->on_error);
	return out;
}

static json_t *exercise_json(const Script *script, const Step *step)
{
	const Exercise *exercise = step->exercise;
	json_t *checks = json_array();

	for (size_t i = 0; i < exercise->checks; i++)
		json_array_append_new(checks,
				      describe_check(script, &exercise->check[i], step->line));
	return json_pack("{s:s, s:s, s:o, s:o, s:b, s:o, s:o}", "file", exercise->file, "solution",
			 exercise->solution, "minutes", lesson_number(exercise->minutes), "seconds",
			 lesson_number(exercise->seconds), "setup", exercise->setup, "reports",
			 reports_json(exercise), "checks", checks);
}

/* What a kind has beside what all steps have. */
static void set_kind(const Script *script, const Step *step, json_t *out)
{
	switch (step->kind) {
	case STEP_PREDICT:
		set_asked(step, out);
		json_object_set_new(out, "confidence", json_boolean(step->confidence));
		json_object_set_new(out, "why", json_boolean(step->why));
		break;
	case STEP_RUN:
		json_object_set_new(out, "seconds", lesson_number(step->seconds));
		break;
	case STEP_REVEAL:
		set_text(out, "predict", step->predict);
		set_text(out, "run", step->run);
		break;
	case STEP_QUIZ:
		set_asked(step, out);
		json_object_set_new(out, "points", lesson_number(step->points));
		break;
	case STEP_REFLECT:
		json_object_set_new(out, "min_words", lesson_number(step->min_words));
		break;
	case STEP_EXERCISE:
		json_object_set_new(out, "points", lesson_number(step->points));
		json_object_set_new(out, "exercise", exercise_json(script, step));
		break;
	case STEP_INSPECT:
		tell_inspect(step, out);
		break;
	case STEP_TEXT:
		break;
	}
}

static json_t *step_json(const Script *script, const Step *step)
{
	json_t *out =
		json_pack("{s:s, s:i}", "kind", step_kind_name(step->kind), "line", step->line);

	step_set_asks(step, out);
	set_text(out, "id", step->id);
	set_text(out, "title", step->title);
	json_object_set_new(out, "texts", texts_json(script, step));
	set_kind(script, step, out);
	return out;
}

/* --- the lesson ------------------------------------------------------------------------------- */

static json_t *vary_json(const Lesson *lesson)
{
	json_t *vary = json_object();

	for (size_t i = 0; i < lesson->varies; i++) {
		json_t *values = json_array();

		for (size_t k = 0; k < lesson->vary[i].count; k++) {
			const VaryValue *value = &lesson->vary[i].value[k];

			json_array_append_new(values, value->is_number
							      ? lesson_number(value->number)
							      : json_string(value->text));
		}
		json_object_set_new(vary, lesson->vary[i].name, values);
	}
	return vary;
}

static json_t *needs_json(const Needs *needs)
{
	json_t *names = json_array();

	for (size_t i = 0; i < needs->datasets; i++)
		json_array_append_new(names, json_string(needs->dataset[i]));
	return json_pack("{s:o, s:i}", "datasets", names, "threads", (int)needs->threads);
}

void lesson_row_beside(const Lesson *lesson, json_t *row)
{
	json_t *outline = json_array();

	json_object_set_new(row, "goals", names_json(lesson->goal, lesson->goals));
	json_object_set_new(row, "after", names_json(lesson->after, lesson->afters));
	json_object_set_new(row, "needs", needs_json(&lesson->needs));
	for (size_t i = 0; i < lesson->steps; i++) {
		const Step *step = lesson->step[i];
		json_t *one = json_pack("{s:s}", "kind", step_kind_name(step->kind));

		set_text(one, "title", step->title);
		json_array_append_new(outline, one);
	}
	json_object_set_new(row, "outline", outline);
}

/* Of the needed datasets those that are here, with their test rows. */
static bool set_datasets(Script *script, json_t *record, Err *err)
{
	const Needs *needs = &lesson_of(script)->needs;
	json_t *list = json_array();

	json_object_set_new(record, "datasets", list);
	for (size_t i = 0; i < needs->datasets; i++) {
		const Dataset *set = data_get(script, needs->dataset[i], NULL, err);

		if (!set && err->code != ERR_NEED)
			return false;
		if (set)
			json_array_append_new(list,
					      json_pack("{s:s, s:I}", "name", needs->dataset[i],
							"test_rows",
							(json_int_t)(set->rows - set->train_rows)));
	}
	return true;
}

static void set_lesson(const Script *script, json_t *record)
{
	const Lesson *lesson = lesson_of(script);
	json_t *texts = json_array(), *cost = json_array(), *steps = json_array();

	json_object_set_new(record, "minutes", lesson_number(lesson->minutes));
	json_object_set_new(record, "level", json_string(lesson->level ? lesson->level : "core"));
	json_object_set_new(record, "goals", names_json(lesson->goal, lesson->goals));
	json_object_set_new(record, "after", names_json(lesson->after, lesson->afters));
	json_object_set_new(record, "needs", needs_json(&lesson->needs));
	json_object_set_new(record, "vary", vary_json(lesson));
	for (size_t i = 0; i < lesson->costs; i++)
		json_array_append_new(cost, json_string(metric_name(lesson->cost[i])));
	json_object_set_new(record, "cost", cost);
	json_object_set_new(
		record, "fast",
		json_pack("{s:I, s:I, s:I, s:f}", "epochs", (json_int_t)lesson->caps.epochs, "rows",
			  (json_int_t)lesson->caps.rows, "blocks", (json_int_t)lesson->caps.blocks,
			  "window", lesson->caps.window_s));
	json_object_set_new(record, "allow_skip", json_boolean(lesson->allow_skip));
	add_text(script, texts, lesson->line, "title", lesson->title);
	for (size_t i = 0; i < lesson->goals; i++)
		add_text(script, texts, lesson->line, "goal", lesson->goal[i]);
	add_text(script, texts, lesson->line, "reward", lesson->reward);
	json_object_set_new(record, "texts", texts);
	for (size_t i = 0; i < lesson->steps; i++)
		json_array_append_new(steps, step_json(script, lesson->step[i]));
	json_object_set_new(record, "steps", steps);
}

static json_t *grading_json(const Script *script, json_t *record)
{
	const Grading *grading = script->grading;
	json_t *weights = json_object(), *extra = json_object();

	set_text(record, "lesson", grading->lesson);
	json_object_set_new(record, "line", json_integer(grading->line));
	json_object_set_new(record, "allow_skip", json_boolean(grading->allow_skip));
	if (grading->seconds > 0)
		json_object_set_new(record, "seconds", lesson_number(grading->seconds));
	for (size_t i = 0; i < grading->weights; i++) {
		const GradingWeight *weight = &grading->weight[i];

		json_object_set_new(weights, weight->id,
				    weight->manual ? json_string("manual")
						   : lesson_number(weight->points));
	}
	for (size_t i = 0; i < grading->extras; i++) {
		const GradingExtra *one = &grading->extra[i];
		json_t *checks = json_array();

		for (size_t k = 0; k < one->checks; k++)
			json_array_append_new(checks, describe_check(script, &one->check[k],
								     grading->line));
		json_object_set_new(extra, one->exercise, checks);
	}
	json_object_set_new(record, "weights", weights);
	json_object_set_new(record, "extra", extra);
	return record;
}

json_t *lesson_describe(Script *script, Err *err)
{
	const Lesson *lesson = lesson_of(script);
	json_t *record = record_new(lesson ? "lesson-source" : "grading-source",
				    record_out_origin(script->options.trial->out));

	if (!lesson)
		return grading_json(script, record);
	set_text(record, "id", lesson->id);
	set_text(record, "title", lesson->title);
	json_object_set_new(record, "line", json_integer(lesson->line));
	json_object_set_new(record, "planned", json_boolean(lesson->question != NULL));
	set_text(record, "question", lesson->question);
	if (lesson->question)
		return record;
	set_text(record, "reward", lesson->reward);
	set_lesson(script, record);
	if (set_datasets(script, record, err))
		return record;
	json_decref(record);
	return NULL;
}
