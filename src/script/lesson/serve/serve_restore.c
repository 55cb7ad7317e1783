/* Serving a lesson: the result of an earlier run, put back from the records that it wrote.
 *
 * The records come from a file that a student may have touched: what does not fit is refused, and
 * the run counts as not done.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base/record.h"
#include "base/text.h"
#include "script/lesson/serve/serve.h"

#define RESTORE_SECONDS 10

typedef struct Restore {
	Step *step;
	const json_t *records, *plan /* record, or NULL */, *end;
	Err *bad;
} Restore;

/* The first record that holds a plan, and the end of the run. */
static bool find_ends(Restore *self, Err *bad)
{
	size_t i;
	json_t *record;

	json_array_foreach((json_t *)(uintptr_t)self->records, i, record)
	{
		if (!self->plan && json_is_object(json_object_get(record, "plan")))
			self->plan = record;
		if (strcmp(record_text(record, "type"), "step-end") == 0)
			self->end = record;
	}
	return (self->end && json_is_true(json_object_get(self->end, "ok"))) ||
	       err_set(bad, ERR_ARGUMENT, "these records hold no run that left a result");
}

static bool restore_numbers(const Restore *self, Err *bad)
{
	json_t *numbers = json_object_get(self->end, "numbers"), *value;
	const char *name;

	json_object_foreach(numbers, name, value)
	{
		Step *step = self->step;

		if (step->numbers == LESSON_NUMBERS_MAX || !*name ||
		    strlen(name) >= LESSON_NAME_MAX ||
		    (!json_is_number(value) && !json_is_null(value)))
			return err_set(bad, ERR_ARGUMENT,
				       "'%.40s' is no number that a run could have returned", name);
		text_format(step->number_name[step->numbers], LESSON_NAME_MAX, "%s", name);
		step->number[step->numbers++] =
			json_is_null(value) ? NAN : json_number_value(value);
	}
	return true;
}

static int restore_comparison(lua_State *L)
{
	const Restore *self = lua_touserdata(L, 1);
	char name[PLAN_NAME_MAX];

	text_format(name, sizeof name, "%s.%s", lesson_of(script_of(L))->id, self->step->id);
	self->step->comparison = comparison_push(L);
	serve_keep_result(L, self->step);
	comparison_restore(self->step->comparison, name, self->plan, self->records, self->end,
			   self->bad);
	return 0;
}

static bool restore(const Serve *serve, Restore *self, Err *bad, Err *err)
{
	Err failed;

	err->code = ERR_NONE;
	if (!find_ends(self, bad) || !restore_numbers(self, bad))
		return false;
	if (self->plan &&
	    !serve_call(serve, restore_comparison, self, RESTORE_SECONDS, &failed, err)) {
		*bad = failed;
		return false;
	}
	return bad->code == ERR_NONE &&
	       fill_check_arms(serve->script, serve->lesson, self->step, bad);
}

static bool has_figure(const Restore *self, size_t number)
{
	size_t i;
	json_t *record;

	json_array_foreach((json_t *)(uintptr_t)self->records, i, record)
	{
		if (strcmp(record_text(record, "type"), "figure") == 0 &&
		    json_integer_value(json_object_get(record, "step")) == (json_int_t)number)
			return true;
	}
	return false;
}

/* The models are gone: what the records do not show cannot be shown. */
static void note_figures(const Lesson *lesson, const Restore *self, size_t number)
{
	for (size_t i = 0; i < lesson->steps; i++) {
		Step *step = lesson->step[i];

		if (step->kind == STEP_INSPECT && step->run_step == self->step &&
		    !has_figure(self, i + 1))
			text_format(step->nothing, sizeof step->nothing,
				    "no figure of it was kept; run step %zu again", number);
	}
}

bool serve_restore(const Serve *serve, const json_t *command, Err *bad, Err *err)
{
	Restore self = { .records = json_object_get(command, "records"), .bad = bad };
	size_t number;

	if (!serve_take_number(serve, command, &number, bad))
		return true;
	self.step = serve->lesson->step[number - 1];
	if (self.step->kind != STEP_RUN)
		return err_set(bad, ERR_ARGUMENT, "step %zu is no run", number), true;
	serve_forget(serve->lesson, self.step);
	if (!restore(serve, &self, bad, err)) {
		serve_forget(serve->lesson, self.step);
		bad->code = ERR_ARGUMENT;
		err_prefix(bad, "the run of step %zu cannot be put back", number);
		return err->code == ERR_NONE;
	}
	self.step->done = self.step->restored = true;
	note_figures(serve->lesson, &self, number);
	return tell_step_end(serve, number, true, record_text(self.end, "why"), err);
}
