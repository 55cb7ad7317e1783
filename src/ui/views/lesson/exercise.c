/* An exercise: records and keys.
 * SPDX-License-Identifier: MIT */
#include "ui/views/lesson/exercise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "base/text.h"
#include "ui/views/race/race.h"

static void check_done(Check *check)
{
	free(check->id);
	free(check->text);
	free(check->message);
	free(check->place);
	for (size_t i = 0; i < check->hints; i++)
		free(check->hint[i]);
	*check = (Check){ 0 };
}

void exercise_free(Exercise *exercise)
{
	if (!exercise)
		return;
	for (size_t i = 0; i < exercise->checks; i++)
		check_done(&exercise->check[i]);
	free(exercise->file);
	free(exercise->path);
	free(exercise->why);
	free(exercise->source);
	free(exercise);
}

/* What memory is too short for is not shown. */
static Check *add_check(Exercise *exercise, const char *id)
{
	Check *check = &exercise->check[exercise->checks];

	if (exercise->checks == EXERCISE_CHECKS_MAX)
		return NULL;
	*check = (Check){
		.id = strdup(id), .text = strdup(id), .message = strdup(""), .place = strdup("")
	};
	if (!check->id || !check->text || !check->message || !check->place) {
		check_done(check);
		return NULL;
	}
	exercise->checks++;
	return check;
}

static Check *find_check(Exercise *exercise, const char *id)
{
	for (size_t i = 0; i < exercise->checks; i++)
		if (strcmp(exercise->check[i].id, id) == 0)
			return &exercise->check[i];
	return NULL;
}

static double points_of(const json_t *object, const char *key, double otherwise)
{
	double points = record_number(object, key);

	return isnan(points) ? otherwise : points;
}

Exercise *exercise_new(const json_t *step)
{
	Exercise *exercise = calloc(1, sizeof *exercise);

	if (!exercise)
		return NULL;
	exercise->file = strdup("");
	exercise->path = strdup("");
	exercise->why = strdup("");
	exercise->source = strdup("");
	if (!exercise->file || !exercise->path || !exercise->why || !exercise->source) {
		exercise_free(exercise);
		return NULL;
	}
	exercise_describe(exercise, step);
	return exercise;
}

void exercise_describe(Exercise *exercise, const json_t *step)
{
	const json_t *checks = json_object_get(step, "checks"), *item;
	size_t i;

	exercise->step = record_integer(step, "step", 0);
	exercise->points = points_of(step, "points", 0);
	exercise->minutes = record_integer(step, "minutes", 0);
	race_keep(&exercise->file, step, "file");
	json_array_foreach(checks, i, item)
	{
		Check *check = find_check(exercise, record_text(item, "id"));

		if (!check)
			check = add_check(exercise, record_text(item, "id"));
		if (!check)
			continue;
		race_keep(&check->text, item, "text");
		check->of = points_of(item, "points", 0);
	}
}

/* --- records ---------------------------------------------------------------------------------- */

static bool is_true(const json_t *record, const char *key)
{
	return json_is_true(json_object_get(record, key));
}

static void begin_round(Exercise *exercise)
{
	for (size_t i = 0; i < exercise->checks; i++)
		exercise->check[i].told = false;
	exercise->ended = false;
}

static void take_state(Exercise *exercise, const json_t *record)
{
	bool checking = is_true(record, "checking");

	if (checking && !exercise->checking)
		begin_round(exercise);
	exercise->checking = checking;
	exercise->exists = is_true(record, "exists");
	exercise->unwatched = json_is_false(json_object_get(record, "watched"));
	exercise->may_open = is_true(record, "solution");
	exercise->may_undo = is_true(record, "undo");
	exercise->round = record_integer(record, "round", exercise->round);
	exercise->failed_rounds = record_integer(record, "failed_rounds", exercise->failed_rounds);
	exercise->best = points_of(record, "best", exercise->best);
	race_keep(&exercise->path, record, "file");
	race_keep(&exercise->why, record, "why");
}

static CheckStatus status_of(const json_t *record)
{
	static const char *const names[] = { "", "pass", "fail", "error", "timeout", "skipped" };
	const char *name = record_text(record, "status");

	for (CheckStatus status = CHECK_PASS; status <= CHECK_SKIPPED; status++)
		if (strcmp(names[status], name) == 0)
			return status;
	return is_true(record, "pass") ? CHECK_PASS : CHECK_FAIL;
}

static void take_check(Exercise *exercise, const json_t *record)
{
	const char *show = record_text(record, "show"), *id = record_text(record, "id");
	Check *check;

	if (strcmp(show, "never") == 0)
		return;
	if (exercise->ended)
		begin_round(exercise);
	check = find_check(exercise, id);
	if (!check && !(check = add_check(exercise, id)))
		return;
	if (record_text(record, "text")[0])
		race_keep(&check->text, record, "text");
	check->status = status_of(record);
	check->told = true;
	check->later = strcmp(show, "after_due") == 0;
	check->points = points_of(record, "points", 0);
	check->of = points_of(record, "of", check->of);
	race_keep(&check->message, record, "message");
	race_keep(&check->place, record, "place");
}

static void take_end(Exercise *exercise, const json_t *record)
{
	exercise->points = points_of(record, "of", exercise->points);
	exercise->ended = true;
	exercise->checking = false;
}

static void take_hint(Exercise *exercise, const json_t *record)
{
	Check *check = find_check(exercise, record_text(record, "check"));
	int64_t number = record_integer(record, "number", 0);
	char *text;

	if (!check || number < 1 || number > EXERCISE_HINTS_MAX ||
	    (size_t)number > check->hints + 1 || !(text = strdup(record_text(record, "text"))))
		return;
	if ((size_t)number <= check->hints)
		free(check->hint[number - 1]);
	else
		check->hints++;
	check->hint[number - 1] = text;
	check->last = check->last || is_true(record, "last");
}

static void take_solution(Exercise *exercise, const json_t *record)
{
	race_keep(&exercise->source, record, "text");
	exercise->solution = exercise->source[0] != '\0';
}

void exercise_take(Exercise *exercise, const json_t *record)
{
	static const struct {
		const char *type;
		void (*take)(Exercise *exercise, const json_t *record);
	} takers[] = {
		{ "exercise-state", take_state }, { "check", take_check },
		{ "exercise", take_end },         { "hint", take_hint },
		{ "solution", take_solution },
	};
	const char *type = record_text(record, "type");

	for (size_t i = 0; i < sizeof takers / sizeof *takers; i++)
		if (strcmp(type, takers[i].type) == 0)
			takers[i].take(exercise, record);
}

/* --- what came of it -------------------------------------------------------------------------- */

double exercise_got(const Exercise *exercise)
{
	double got = 0;

	for (size_t i = 0; i < exercise->checks; i++)
		if (exercise->check[i].status == CHECK_PASS && !exercise->check[i].later)
			got += exercise->check[i].points;
	return got;
}

double exercise_earned(const Exercise *exercise)
{
	double got = exercise_got(exercise);

	return got > exercise->best ? got : exercise->best;
}

double exercise_of(const Exercise *exercise)
{
	double of = 0;

	for (size_t i = 0; i < exercise->checks; i++)
		if (exercise->check[i].status != CHECK_SKIPPED)
			of += exercise->check[i].of;
	return exercise->checks > 0 ? of : exercise->points;
}

bool exercise_passed(const Exercise *exercise)
{
	for (size_t i = 0; i < exercise->checks; i++) {
		const Check *check = &exercise->check[i];

		if (check->status != CHECK_PASS && check->status != CHECK_SKIPPED && !check->later)
			return false;
	}
	return exercise->checks > 0;
}

const char *exercise_passed_by(const Exercise *exercise)
{
	for (size_t i = 0; i < exercise->checks; i++)
		if (exercise->check[i].status == CHECK_PASS)
			return "All checks pass";
	return "No check can be made here";
}

bool exercise_tried(const Exercise *exercise)
{
	for (size_t i = 0; i < exercise->checks; i++)
		if (exercise->check[i].status != CHECK_OPEN)
			return true;
	return false;
}

const Check *exercise_first_failing(const Exercise *exercise)
{
	for (size_t i = 0; i < exercise->checks; i++) {
		const Check *check = &exercise->check[i];

		if (!check->later && (check->status == CHECK_FAIL || check->status == CHECK_ERROR ||
				      check->status == CHECK_TIMEOUT))
			return check;
	}
	return NULL;
}

/* --- keys ------------------------------------------------------------------------------------- */

void exercise_ask(const Exercise *exercise, const char *what, Request *out)
{
	out->kind = REQUEST_EXERCISE;
	text_format(out->text, sizeof out->text, "%s", what);
	out->value = json_pack("{s:I}", "step", (json_int_t)exercise->step);
}

static void ask_hint(const Exercise *exercise, Request *out, char why[EXERCISE_WHY_MAX])
{
	const Check *check = exercise_first_failing(exercise);

	if (!check) {
		if (exercise_passed(exercise))
			text_format(why, EXERCISE_WHY_MAX, "%s: there is nothing left to hint at.",
				    exercise_passed_by(exercise));
		else
			text_format(why, EXERCISE_WHY_MAX,
				    "A hint opens after a round in which a check fails; check "
				    "your file first.");
	} else if (check->last) {
		text_format(why, EXERCISE_WHY_MAX,
			    "That was the last hint for this check. Why does it work?");
	} else {
		out->kind = REQUEST_COMMAND;
		text_format(out->text, sizeof out->text, "hint");
		out->value = json_pack("{s:I, s:s, s:I}", "step", (json_int_t)exercise->step,
				       "check", check->id, "number", (json_int_t)check->hints + 1);
	}
}

static void ask_solution(Exercise *exercise, Request *out, char why[EXERCISE_WHY_MAX])
{
	if (exercise->source[0])
		exercise->solution = !exercise->solution;
	else if (exercise->may_open || exercise_passed(exercise))
		exercise_ask(exercise, "solution", out);
	else
		text_format(why, EXERCISE_WHY_MAX,
			    "The solution opens when all checks pass, or after %d failed rounds "
			    "(so far %lld).",
			    EXERCISE_TRIES, (long long)exercise->failed_rounds);
}

bool exercise_act(Exercise *exercise, Action action, Request *out, char why[EXERCISE_WHY_MAX])
{
	why[0] = '\0';
	switch (action) {
	case ACTION_EDIT:
		exercise_ask(exercise, "edit", out);
		return true;
	case ACTION_CHECK:
		if (!exercise->checking)
			exercise_ask(exercise, "check", out);
		return true;
	case ACTION_HINT:
		ask_hint(exercise, out, why);
		return true;
	case ACTION_SOLUTION:
		ask_solution(exercise, out, why);
		return true;
	case ACTION_UNDO:
		if (exercise->may_undo)
			exercise_ask(exercise, "undo", out);
		else
			text_format(why, EXERCISE_WHY_MAX, "There is no reset to take back.");
		return true;
	default:
		return false;
	}
}

/* --- what to press next ----------------------------------------------------------------------- */

static void next_after_failure(const Exercise *exercise, const Check *check, char *out, size_t cap)
{
	const char *hint = check->last ? "" : " H opens a hint;";

	if (exercise->may_open)
		text_format(out, cap, "e edits; saving checks again.%s S shows the solution.",
			    check->last ? "" : " H opens a hint.");
	else if (check->last)
		text_format(out, cap, "e edits; saving checks again. K leaves the step undone.");
	else
		text_format(out, cap, "e edits;%s saving, or c, checks again.", hint);
}

void exercise_next(const Exercise *exercise, char *out, size_t cap)
{
	const Check *failing = exercise_first_failing(exercise);

	if (exercise->why[0])
		text_format(out, cap, "! %s", exercise->why);
	else if (exercise->checking)
		text_format(out, cap,
			    "Checking. What the last round said stays until it is told "
			    "anew.");
	else if (exercise->solution)
		text_format(out, cap, "One way to solve it, to read. S puts it away; n goes on.");
	else if (exercise_passed(exercise))
		text_format(out, cap, "%s. n goes on; S shows one way to solve it.",
			    exercise_passed_by(exercise));
	else if (failing)
		next_after_failure(exercise, failing, out, cap);
	else if (!exercise->exists)
		text_format(out, cap,
			    "e opens your file in your editor; each save runs the checks.");
	else
		text_format(out, cap, "e edits your file%s; c runs the checks.",
			    exercise->unwatched ? "" : ", each save checks it");
}

void exercise_title(const Exercise *exercise, char *out, size_t cap)
{
	size_t told = 0;

	for (size_t i = 0; i < exercise->checks; i++)
		told += exercise->check[i].told;
	if (exercise->checking)
		text_format(out, cap, "Round %lld: checking… %zu of %zu told",
			    (long long)exercise->round, told, exercise->checks);
	else if (exercise->round > 0)
		text_format(out, cap, "Round %lld: %g of %g points", (long long)exercise->round,
			    exercise_got(exercise), exercise_of(exercise));
	else
		text_format(out, cap, "%zu check%s, %g points", exercise->checks,
			    exercise->checks == 1 ? "" : "s", exercise_of(exercise));
}
