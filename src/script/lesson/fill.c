/* What the names in a lesson's texts stand for: variants, the student's answers, results.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "script/lesson/lesson_inside.h"

#define NOT_YET "…"
#define COST "cost"

typedef struct Fill {
	const Lesson *lesson;
	const Step *step; /* whose text it is; NULL: {{answer}} and {{file}} mean nothing */
} Fill;

static const Step *reveal_of(const Fill *fill)
{
	return fill->step && fill->step->kind == STEP_REVEAL ? fill->step : NULL;
}

/* --- finding ---------------------------------------------------------------------------------- */

static const Step *find(const Lesson *lesson, StepKind kind, const char *id)
{
	for (size_t i = 0; i < lesson->steps; i++)
		if (lesson->step[i]->kind == kind && strcmp(lesson->step[i]->id, id) == 0)
			return lesson->step[i];
	return NULL;
}

static const Vary *find_vary(const Lesson *lesson, const char *name)
{
	for (size_t i = 0; i < lesson->varies; i++)
		if (strcmp(lesson->vary[i].name, name) == 0)
			return &lesson->vary[i];
	return NULL;
}

/* The metric of a field, "cost" being the one that the lesson goes by. */
static bool find_metric(const Lesson *lesson, const char *name, Metric *out)
{
	bool found = true;

	*out = lesson->fixed_cost;
	if (strcmp(name, COST) != 0)
		*out = metric_find(name, &found);
	return found;
}

static bool is_word(const char *name)
{
	return strcmp(name, "answer") == 0 || strcmp(name, COST) == 0 ||
	       strcmp(name, "source") == 0 || strcmp(name, "file") == 0;
}

/* --- checking --------------------------------------------------------------------------------- */

static bool unknown(const Lesson *lesson, const TemplateField *field, Err *err)
{
	const char *names[LESSON_STEPS_MAX + LESSON_VARY_MAX + 5] = { "answer", COST, "source",
								      "file" };
	size_t n = 4;

	for (size_t i = 0; i < lesson->varies; i++)
		names[n++] = lesson->vary[i].name;
	for (size_t i = 0; i < lesson->steps; i++)
		if (lesson->step[i]->kind == STEP_PREDICT || lesson->step[i]->kind == STEP_RUN ||
		    lesson->step[i]->kind == STEP_EXERCISE)
			names[n++] = lesson->step[i]->id;
	char hint[TEXT_HINT_MAX];

	return err_set(err, ERR_SCRIPT, "unknown name '%s' in {{…}}%s", field->part[0],
		       text_did_you_mean(hint, field->part[0], names));
}

static bool check_result(const Lesson *lesson, const TemplateField *field, Err *err)
{
	const char *names[METRIC_COUNT + 2] = { COST };
	Metric metric;

	if (field->parts == 1)
		return err_set(err, ERR_SCRIPT, "{{%s}}: it is a run; write {{%s.arm.metric}}",
			       field->part[0], field->part[0]);
	if (field->parts == 2 || find_metric(lesson, field->part[2], &metric))
		return true;
	for (int i = 0; i < METRIC_COUNT; i++)
		names[i + 1] = metric_name((Metric)i);
	char hint[TEXT_HINT_MAX];

	return err_set(err, ERR_SCRIPT,
		       "{{%s.%s.%s}}: there is no metric '%s'%s; there are time, energy, "
		       "accuracy, bytes, macs, cost",
		       field->part[0], field->part[1], field->part[2], field->part[2],
		       text_did_you_mean(hint, field->part[2], names));
}

/* {{ex1.metric}} and {{ex1.report}}. */
static bool check_exercise(const Step *step, const TemplateField *field, Err *err)
{
	const Exercise *exercise = step->exercise;
	const char *names[EXERCISE_METRICS + EXERCISE_REPORTS_MAX + 1] = { NULL };
	size_t n = 0;

	if (field->parts != 2)
		return err_set(err, ERR_SCRIPT, "{{%s}}: it is an exercise; write {{%s.bytes}}",
			       step->id, step->id);
	for (; n < EXERCISE_METRICS; n++)
		names[n] = exercise_metric_name((ExerciseMetric)n);
	for (size_t i = 0; i < exercise->reports; i++)
		names[n++] = exercise->report[i];
	for (size_t i = 0; i < n; i++) {
		if (strcmp(names[i], field->part[1]) != 0)
			continue;
		return field->filter != FILTER_RATIO || i < EXERCISE_METRICS ||
		       err_set(err, ERR_SCRIPT, "{{%s.%s|ratio}}: a report has no baseline",
			       step->id, names[i]);
	}
	char hint[TEXT_HINT_MAX];

	return err_set(err, ERR_SCRIPT,
		       "{{%s.%s}}: there is no '%s'%s; there are bytes, macs, accuracy and what "
		       "the exercise lists in reports",
		       step->id, field->part[1], field->part[1],
		       text_did_you_mean(hint, field->part[1], names));
}

static bool check_field(const Fill *fill, const TemplateField *field, Err *err)
{
	const char *name = field->part[0];
	const Vary *vary = find_vary(fill->lesson, name);
	const Step *exercise = find(fill->lesson, STEP_EXERCISE, name);

	if (exercise)
		return check_exercise(exercise, field, err);
	if (find(fill->lesson, STEP_RUN, name))
		return (field->filter != FILTER_RATIO || field->parts == 3 ||
			err_set(err, ERR_SCRIPT,
				"{{%s.…|ratio}}: only run.arm.metric has a baseline", name)) &&
		       check_result(fill->lesson, field, err);
	bool text = is_word(name) || find(fill->lesson, STEP_PREDICT, name) ||
		    (vary && !vary->value[0].is_number);

	if (!text && !vary)
		return unknown(fill->lesson, field, err);
	if (field->parts > 1)
		return err_set(err, ERR_SCRIPT, "{{%s.%s}}: %s is no run", name, field->part[1],
			       name);
	if (field->filter == FILTER_RATIO || (text && field->filter != FILTER_NONE))
		return err_set(err, ERR_SCRIPT, "{{%s|%s}}: %s", name,
			       template_filter_name(field->filter),
			       text ? "it is a text, which takes no filter"
				    : "only run.arm.metric has a baseline");
	if (strcmp(name, "answer") == 0 && !reveal_of(fill))
		return err_set(err, ERR_SCRIPT, "{{answer}} stands in the text of a reveal only");
	if (strcmp(name, "file") == 0 && !(fill->step && fill->step->exercise))
		return err_set(err, ERR_SCRIPT, "{{file}} stands in the texts of an exercise only");
	return true;
}

/* Of what stands there in a text of the step on that line. */
static int field_line(const Script *script, int line, const char *text, size_t at)
{
	size_t len = strcspn(text + at, "\n");

	len = len > TEMPLATE_NAME_MAX ? TEMPLATE_NAME_MAX : len;
	return source_text_line(script->text, script->len, line, text + at, len);
}

noreturn static void fail_field(lua_State *L, int line, const char *text, size_t at, Err *err)
{
	const Script *script = script_of(L);

	err_prefix(err, "%s:%d", script->name, field_line(script, line, text, at));
	script_raise(L, err);
}

static void check_text(lua_State *L, const Fill *fill, int line, const char *text)
{
	size_t at = 0, len = text ? strlen(text) : 0, fields = 0;
	TemplateField field;
	Err err;

	script_charge(L, len);
	while (text && template_next(text, len, &at, &field, &err)) {
		if (!check_field(fill, &field, &err))
			fail_field(L, line, text, field.begin, &err);
		if (++fields > TEMPLATE_FIELDS_MAX) {
			err_set(&err, ERR_SCRIPT, "over %d {{…}} in one text", TEMPLATE_FIELDS_MAX);
			fail_field(L, line, text, field.begin, &err);
		}
	}
	if (text && err.code != ERR_NONE)
		fail_field(L, line, text, at, &err);
}

static void check_check(lua_State *L, const Fill *fill, int line, const Check *check)
{
	check_text(L, fill, line, check->text);
	check_text(L, fill, line, check->on_error);
	for (size_t i = 0; i < check->hints; i++)
		check_text(L, fill, line, check->hint[i]);
}

void fill_check(lua_State *L, const Lesson *lesson)
{
	Fill fill = { .lesson = lesson };

	for (size_t i = 0; i < lesson->steps; i++) {
		const Step *step = lesson->step[i];

		fill.step = step;
		check_text(L, &fill, step->line, step->text);
		for (size_t k = 0; step->exercise && k < step->exercise->checks; k++)
			check_check(L, &fill, step->line, &step->exercise->check[k]);
		for (size_t k = 0; k < step->choices; k++) {
			check_text(L, &fill, step->line, step->choice[k].text);
			check_text(L, &fill, step->line, step->choice[k].say);
		}
	}
	fill.step = NULL;
	check_text(L, &fill, lesson->line, lesson->reward);
}

/* --- arms ------------------------------------------------------------------------------------- */

static bool arm_known(const Step *run, const TemplateField *field, Err *err)
{
	const char *names[PLAN_ARMS_MAX + LESSON_NUMBERS_MAX + 1] = { NULL };
	const Comparison *comparison = run->comparison;
	size_t n = 0;

	if (strcmp(field->part[0], run->id) != 0 || field->parts < 2)
		return true;
	for (size_t i = 0; comparison && field->parts == 3 && i < comparison->plan.arms; i++)
		names[n++] = comparison->plan.arm[i];
	for (size_t i = 0; field->parts == 2 && i < run->numbers; i++)
		names[n++] = run->number_name[i];
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], field->part[1]) == 0)
			return true;
	char hint[TEXT_HINT_MAX];

	text_did_you_mean(hint, field->part[1], names);
	/* A key of a table whose value is nil is no key. */
	bool number = field->parts == 2 && !*hint;
	return err_set(err, ERR_SCRIPT, "a text has {{%s.%s…}}, but the run gave no '%s'%s",
		       field->part[0], field->part[1], field->part[1],
		       number ? ": a number that is not known is false, not nil" : hint);
}

static bool check_arms(const Script *script, const Step *run, int line, const char *text, Err *err)
{
	TemplateField field;
	size_t at = 0, len = text ? strlen(text) : 0;

	while (text && template_next(text, len, &at, &field, err))
		if (!arm_known(run, &field, err)) {
			err_prefix(err, "%s:%d", script->name,
				   field_line(script, line, text, field.begin));
			return false;
		}
	return true;
}

/* What is predicted of the run must be one of its arms: no other choice could ever be right. */
static bool check_predicted(const Script *script, const Step *run, const Step *predict, Err *err)
{
	const char *names[PLAN_ARMS_MAX + 2] = { "none" };
	const Comparison *comparison = run->comparison;

	for (size_t i = 0; i < comparison->plan.arms; i++)
		names[i + 1] = comparison->plan.arm[i];
	for (size_t k = 0; k < predict->choices; k++) {
		const char *arm = predict->choice[k].arm;
		char hint[TEXT_HINT_MAX], *end;

		strtod(arm, &end);
		if (strcmp(arm, "none") == 0 ||
		    compare_find(comparison, arm) < comparison->plan.arms ||
		    (run->numbers && *end == '\0'))
			continue;
		int line = source_item_line(script->text, script->len, predict->line, "choices",
					    k + 1);

		return err_set(err, ERR_SCRIPT,
			       "%s:%d: predict '%s': choices[%zu]: the run '%s' has no arm '%s'%s",
			       script->name, line > 0 ? line : predict->line, predict->id, k + 1,
			       run->id, arm, text_did_you_mean(hint, arm, names));
	}
	return true;
}

bool fill_check_arms(const Script *script, const Lesson *lesson, const Step *run, Err *err)
{
	for (size_t i = 0; i < lesson->steps; i++) {
		const Step *step = lesson->step[i];

		if (!check_arms(script, run, step->line, step->text, err))
			return false;
		for (size_t k = 0; k < step->choices; k++)
			if (!check_arms(script, run, step->line, step->choice[k].text, err) ||
			    !check_arms(script, run, step->line, step->choice[k].say, err))
				return false;
		if (step->run_step == run && step->predict_step && run->comparison &&
		    !check_predicted(script, run, step->predict_step, err))
			return false;
	}
	return check_arms(script, run, lesson->line, lesson->reward, err);
}

/* --- values ----------------------------------------------------------------------------------- */

static void copy(char out[TEMPLATE_VALUE_MAX], const char *text)
{
	text_format(out, TEMPLATE_VALUE_MAX, "%s", text);
}

static void answer_value(const Step *predict, char out[TEMPLATE_VALUE_MAX])
{
	if (!predict->answer.given) {
		copy(out, predict->skipped ? "nothing" : NOT_YET);
	} else if (predict->choices) {
		copy(out, predict->choice[predict->answer.choice].text);
	} else {
		/* As it was given. */
		text_format(out, TEMPLATE_VALUE_MAX, "%.10g%s%s", predict->answer.number,
			    predict->unit ? " " : "", predict->unit ? predict->unit : "");
	}
}

static void source_value(const Fill *fill, char out[TEMPLATE_VALUE_MAX])
{
	const Step *reveal = reveal_of(fill);
	const Comparison *comparison = reveal ? reveal->run_step->comparison : NULL;

	for (size_t i = 0; i < fill->lesson->steps && !comparison; i++)
		comparison = fill->lesson->step[i]->comparison;
	if (comparison)
		compare_source(comparison, comparison->cost, out, TEMPLATE_VALUE_MAX);
	else
		copy(out, NOT_YET);
}

static Filter filter_of(Metric metric)
{
	static const Filter filters[METRIC_COUNT] = {
		[METRIC_TIME] = FILTER_S,       [METRIC_ENERGY] = FILTER_J,
		[METRIC_ACCURACY] = FILTER_PCT, [METRIC_BYTES] = FILTER_BYTES,
		[METRIC_MACS] = FILTER_N,
	};

	return filters[metric];
}

static void estimate_value(const Estimate *e, Filter filter, bool modelled,
			   char out[TEMPLATE_VALUE_MAX])
{
	char value[TEMPLATE_VALUE_MAX], low[TEMPLATE_VALUE_MAX], high[TEMPLATE_VALUE_MAX];
	const char *label = modelled ? " modelled" : "";

	template_number(value, e->value, filter);
	template_number(low, e->low, filter);
	template_number(high, e->high, filter);
	if (!isfinite(e->value))
		copy(out, "-");
	else if (isfinite(e->low) && isfinite(e->high) && e->low < e->high)
		text_format(out, TEMPLATE_VALUE_MAX, "%.64s%s (%.64s to %.64s)", value, label, low,
			    high);
	else
		text_format(out, TEMPLATE_VALUE_MAX, "%.64s%s", value, label);
}

static void result_value(const Lesson *lesson, const Step *run, const TemplateField *field,
			 char out[TEMPLATE_VALUE_MAX])
{
	const Comparison *comparison = run->comparison;
	Metric metric;

	copy(out, NOT_YET);
	for (size_t i = 0; field->parts == 2 && i < run->numbers; i++)
		if (strcmp(run->number_name[i], field->part[1]) == 0)
			template_number(out, run->number[i], field->filter);
	if (field->parts < 3 || !comparison || !find_metric(lesson, field->part[2], &metric))
		return;
	size_t arm = compare_find(comparison, field->part[1]);

	if (arm == comparison->plan.arms)
		return;
	bool modelled = metric == METRIC_ENERGY &&
			strcmp(results_provenance(comparison->results), "measured") != 0;
	Estimate e = field->filter == FILTER_RATIO ? compare_ratio(comparison, metric, arm)
						   : compare_value(comparison, metric, arm);

	estimate_value(&e, field->filter == FILTER_NONE ? filter_of(metric) : field->filter,
		       modelled, out);
}

static void exercise_value(const Exercise *exercise, const TemplateField *field,
			   char out[TEMPLATE_VALUE_MAX])
{
	static const Filter filters[EXERCISE_METRICS] = { [EXERCISE_BYTES] = FILTER_BYTES,
							  [EXERCISE_MACS] = FILTER_N,
							  [EXERCISE_ACCURACY] = FILTER_PCT };
	ExerciseMetric metric = exercise_metric_find(field->part[1]);
	Filter filter = field->filter;
	double value = NAN;

	for (size_t i = 0; i < exercise->reports; i++)
		if (strcmp(exercise->report[i], field->part[1]) == 0)
			value = exercise->reported[i];
	if (metric < EXERCISE_METRICS) {
		value = exercise->metric[metric];
		if (filter == FILTER_RATIO)
			value /= exercise->base[metric];
		if (filter == FILTER_NONE)
			filter = filters[metric];
	}
	if (isfinite(value))
		template_number(out, value, filter);
}

/* Checks go by the student's own value, whatever was tried: so do the texts of their exercise. */
static void vary_value(const Fill *fill, const Vary *vary, Filter filter,
		       char out[TEMPLATE_VALUE_MAX])
{
	bool own = fill->step && fill->step->exercise;
	const VaryValue *value = &vary->value[own ? vary->own : vary->picked];

	if (value->is_number)
		template_number(out, value->number, filter);
	else
		copy(out, value->text);
}

static bool field_value(void *user, const TemplateField *field, char out[TEMPLATE_VALUE_MAX],
			Err *err)
{
	const Fill *fill = user;
	const Lesson *lesson = fill->lesson;
	const char *name = field->part[0];
	const Vary *vary = find_vary(lesson, name);
	const Step *predict = find(lesson, STEP_PREDICT, name), *run = find(lesson, STEP_RUN, name),
		   *exercise = find(lesson, STEP_EXERCISE, name), *reveal = reveal_of(fill);

	(void)err;
	copy(out, NOT_YET);
	if (strcmp(name, COST) == 0)
		copy(out, lesson->fixed_cost == METRIC_ENERGY ? "joules" : "seconds");
	else if (strcmp(name, "source") == 0)
		source_value(fill, out);
	else if (strcmp(name, "answer") == 0 && reveal && reveal->revealed)
		copy(out, reveal->answer_text);
	else if (strcmp(name, "file") == 0 && fill->step && fill->step->exercise)
		copy(out, fill->step->exercise->file);
	else if (exercise)
		exercise_value(exercise->exercise, field, out);
	else if (vary)
		vary_value(fill, vary, field->filter, out);
	else if (predict)
		answer_value(predict, out);
	else if (run)
		result_value(lesson, run, field, out);
	return true;
}

char *fill_text(const Lesson *lesson, const Step *step, const char *text, Err *err)
{
	Fill fill = { .lesson = lesson, .step = step };

	return template_fill(text, strlen(text), field_value, &fill, err);
}
