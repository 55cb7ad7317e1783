/* w.exercise: a file that the student edits, and the checks of it. The checks run in a job of their
 * own (round.h); here the table is checked, and what the last round measured is kept for texts.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "script/lesson/steps.h"

#define CHECK_SECONDS 20
#define MINUTES_MAX 600
#define POINTS_CLOSE 1e-9

static const Key exercise_keys[], check_keys[];

/* --- names ------------------------------------------------------------------------------------ */

const char *exercise_metric_name(ExerciseMetric metric)
{
	static const char *const names[EXERCISE_METRICS] = {
		[EXERCISE_BYTES] = "bytes",
		[EXERCISE_MACS] = "macs",
		[EXERCISE_ACCURACY] = "accuracy",
	};

	return names[metric];
}

ExerciseMetric exercise_metric_find(const char *name)
{
	ExerciseMetric metric = EXERCISE_BYTES;

	while (metric < EXERCISE_METRICS && strcmp(exercise_metric_name(metric), name) != 0)
		metric++;
	return metric;
}

static const char *const show_names[] = {
	[SHOW_NOW] = "now",
	[SHOW_AFTER_DUE] = "after_due",
	[SHOW_NEVER] = "never",
};

const char *check_show_name(CheckShow show)
{
	return show_names[show];
}

/* --- what a round left ------------------------------------------------------------------------ */

/* Forgets what a round left. */
static void exercise_forget(Exercise *exercise)
{
	for (int i = 0; i < EXERCISE_METRICS; i++)
		exercise->metric[i] = exercise->base[i] = NAN;
	for (int i = 0; i < EXERCISE_REPORTS_MAX; i++)
		exercise->reported[i] = NAN;
}

static double number_or_nan(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_number(value) ? json_number_value(value) : NAN;
}

void exercise_take(Exercise *exercise, const json_t *figures)
{
	const json_t *metrics = json_object_get(figures, "metrics"),
		     *base = json_object_get(figures, "base"),
		     *reports = json_object_get(figures, "reports");

	for (ExerciseMetric i = EXERCISE_BYTES; i < EXERCISE_METRICS; i++) {
		exercise->metric[i] = number_or_nan(metrics, exercise_metric_name(i));
		exercise->base[i] = number_or_nan(base, exercise_metric_name(i));
	}
	for (size_t i = 0; i < exercise->reports; i++)
		exercise->reported[i] = number_or_nan(reports, exercise->report[i]);
}

/* --- checks ----------------------------------------------------------------------------------- */

static void read_hints(lua_State *L, int table, const char *what, Check *check)
{
	char full[128];

	if (values_field(L, table, "hints") != LUA_TNIL) {
		check->hints = lua_rawlen(L, -1);
		if (check->hints < 1 || check->hints > EXERCISE_HINTS_MAX)
			script_fail_key(L, "hints", "%s: hints must be a list of 1 to %d texts",
					what, EXERCISE_HINTS_MAX);
		for (size_t i = 0; i < check->hints; i++) {
			text_format(full, sizeof full, "hints[%zu]", i + 1);
			lua_rawgeti(L, -1, (lua_Integer)i + 1);
			check->hint[i] = step_anchor(L, STEP_LIST, what, full, LESSON_LINE_MAX * 4);
		}
	}
	lua_pop(L, 1);
}

static void read_show(lua_State *L, int table, const char *what, Check *check)
{
	if (values_field(L, table, "requires") != LUA_TNIL) {
		if (strcmp(lua_tostring(L, -1), "measured") != 0)
			script_fail_key(L, "requires",
					"%s: requires is '%.40s', but must be \"measured\"", what,
					lua_tostring(L, -1));
		check->measured = true;
	}
	lua_pop(L, 1);
	if (values_field(L, table, "show") != LUA_TNIL) {
		const char *name = lua_tostring(L, -1);

		while (check->show <= SHOW_NEVER && strcmp(show_names[check->show], name) != 0)
			check->show++;
		if (check->show > SHOW_NEVER)
			script_fail_key(L, "show",
					"%s: show is '%.40s', but must be \"now\", \"after_due\" "
					"or \"never\"",
					what, name);
	}
	lua_pop(L, 1);
}

/* The text and the function, which have no names; the function goes into the table of functions. */
static void read_body(lua_State *L, int table, int functions, const char *what, Check *check,
		      size_t number)
{
	if (lua_rawlen(L, table) != 2 || lua_rawgeti(L, table, 1) != LUA_TSTRING ||
	    lua_rawgeti(L, table, 2) != LUA_TFUNCTION)
		script_fail_key(
			L, "id",
			"%s must hold a text and a function: { \"text\", function(t) … end, "
			"id = …, points = … }",
			what);
	lua_rawseti(L, functions, (lua_Integer)number);
	check->text = step_anchor(L, STEP_LIST, what, "the text", LESSON_LINE_MAX);
}

static void read_check(lua_State *L, int functions, const char *what, Check *check, size_t number)
{
	int table = lua_gettop(L);
	char full[96];

	text_format(full, sizeof full, "%s[%zu]", what, number);
	if (!lua_istable(L, table))
		script_fail_key(L, "checks", "%s must be a table, not a %s", full,
				luaL_typename(L, table));
	values_keys(L, table, full, check_keys);
	values_field(L, table, "id");
	step_id(L, "id", full, lua_tostring(L, -1), check->id);
	lua_pop(L, 1);
	text_format(full, sizeof full, "check '%s'", check->id);
	read_body(L, table, functions, full, check, number);
	values_field(L, table, "points");
	check->points = lua_tonumber(L, -1);
	if (!(check->points >= 0 && check->points <= STEP_POINTS_MAX))
		script_fail_key(L, "points", "%s: points must be 0 to %d", full, STEP_POINTS_MAX);
	lua_pop(L, 1);
	read_hints(L, table, full, check);
	check->on_error = step_string(L, table, STEP_LIST, full, "on_error", LESSON_LINE_MAX * 4);
	read_show(L, table, full, check);
	lua_settop(L, table);
}

/* Both lines, where they are known. */
noreturn static void fail_twice(lua_State *L, const char *owner, const Check *a, const Check *b)
{
	char lines[64] = "";

	if (a->line > 0 && b->line > 0)
		text_format(lines, sizeof lines, ": lines %d and %d", a->line, b->line);
	script_fail_key(L, "checks", "%s: two checks have the id '%s'%s", owner, a->id, lines);
}

size_t step_checks(lua_State *L, const char *owner, const char *what, const char *key,
		   int functions, Check *checks)
{
	char place[SCRIPT_NAME_MAX];
	Script *script = script_of(L);
	int line = script_place(L, place, sizeof place);
	size_t n = lua_rawlen(L, -1);

	if (n < 1 || n > EXERCISE_CHECKS_MAX)
		script_fail_key(L, "checks", "%s must be a list of 1 to %d", what,
				EXERCISE_CHECKS_MAX);
	for (size_t i = 0; i < n; i++) {
		checks[i].line = source_item_line(script->text, script->len, line, key, i + 1);
		script->table_line = checks[i].line;
		lua_rawgeti(L, -1, (lua_Integer)i + 1);
		read_check(L, functions, what, &checks[i], i + 1);
		lua_pop(L, 1);
		script->table_line = 0;
		for (size_t k = 0; k < i; k++)
			if (strcmp(checks[k].id, checks[i].id) == 0)
				fail_twice(L, owner, &checks[k], &checks[i]);
	}
	return n;
}

static void read_checks(lua_State *L, Step *step, int functions)
{
	Exercise *exercise = step->exercise;
	double sum = 0;

	values_field(L, STEP_TABLE, "checks");
	exercise->checks = step_checks(L, "exercise", "exercise: checks", "checks", functions,
				       exercise->check);
	lua_pop(L, 1);
	for (size_t i = 0; i < exercise->checks; i++)
		sum += exercise->check[i].points;
	if (!(fabs(sum - step->points) <= POINTS_CLOSE))
		script_fail_key(L, "points",
				"exercise: points is %g, but the points of its checks sum up to %g",
				step->points, sum);
}

/* --- the exercise ----------------------------------------------------------------------------- */

static const char *read_file(lua_State *L, const char *key)
{
	const char *name =
		step_string(L, STEP_TABLE, STEP_LIST, "exercise", key, EXERCISE_FILE_MAX + 1);

	if (name[0] == '.' || strpbrk(name, "/\\\n") || !text_ends(name, ".lua"))
		script_fail_key(L, key,
				"exercise: %s is '%s', but must be the plain name of a Lua file, "
				"as in \"ex1.lua\"",
				key, name);
	return name;
}

static void read_reports(lua_State *L, Exercise *exercise)
{
	if (values_field(L, STEP_TABLE, "reports") != LUA_TNIL) {
		exercise->reports = lua_rawlen(L, -1);
		if (exercise->reports < 1 || exercise->reports > EXERCISE_REPORTS_MAX)
			script_fail_key(L, "reports",
					"exercise: reports must be a list of 1 to %d names",
					EXERCISE_REPORTS_MAX);
		for (size_t i = 0; i < exercise->reports; i++) {
			if (lua_rawgeti(L, -1, (lua_Integer)i + 1) != LUA_TSTRING)
				script_fail_key(L, "reports",
						"exercise: reports[%zu] must be a name, not a %s",
						i + 1, luaL_typename(L, -1));
			step_id(L, "reports", "exercise: reports", lua_tostring(L, -1),
				exercise->report[i]);
			if (exercise_metric_find(exercise->report[i]) < EXERCISE_METRICS)
				script_fail_key(L, "reports",
						"exercise: '%s' is measured of every model; a "
						"report needs another name",
						exercise->report[i]);
			lua_pop(L, 1);
		}
	}
	lua_pop(L, 1);
}

int step_exercise(lua_State *L)
{
	Step *step = step_push(L, STEP_EXERCISE, exercise_keys);

	step->exercise = lua_newuserdatauv(L, sizeof *step->exercise, 0);
	memset(step->exercise, 0, sizeof *step->exercise);
	lua_rawseti(L, STEP_LIST, (lua_Integer)lua_rawlen(L, STEP_LIST) + 1);
	exercise_forget(step->exercise);
	step->title = step_string(L, STEP_TABLE, STEP_LIST, "exercise", "title", LESSON_LINE_MAX);
	step->points = step_number(L, "exercise", "points", 0, 0, STEP_POINTS_MAX);
	step->text = step_string(L, STEP_TABLE, STEP_LIST, "exercise", "ask", LESSON_TEXT_MAX);
	step->exercise->minutes = step_number(L, "exercise", "minutes", 0, 0, MINUTES_MAX);
	step->exercise->seconds =
		step_number(L, "exercise", "seconds", CHECK_SECONDS, 0.01, CHECK_SECONDS_MAX);
	step->exercise->file = read_file(L, "file");
	step->exercise->solution = read_file(L, "solution");
	read_reports(L, step->exercise);
	lua_newtable(L);
	int functions = lua_gettop(L);

	step->exercise->setup = values_field(L, STEP_TABLE, "setup") != LUA_TNIL;
	lua_setfield(L, functions, "setup");
	read_checks(L, step, functions);
	lua_setiuservalue(L, STEP_SELF, STEP_FUNCTION);
	return step_done(L);
}

static const Key exercise_keys[] = {
	{ "id", LUA_TSTRING, true, "a name, as in id = \"ex1\"" },
	{ "title", LUA_TSTRING, true, "what is to be made" },
	{ "points", LUA_TNUMBER, true, "the sum of the points of its checks" },
	{ "file", LUA_TSTRING, true, "the starter, as in file = \"ex1.lua\"" },
	{ "solution", LUA_TSTRING, true, "as in solution = \"ex1.solution.lua\"" },
	{ "ask", LUA_TSTRING, true, "what is asked for" },
	{ "checks", LUA_TTABLE, true,
	  "{ { \"text\", function(t) … end, id = …, points = … }, … }" },
	{ "setup", LUA_TFUNCTION, false, "function(c), which returns a table: fields of t." },
	{ "minutes", LUA_TNUMBER, false, "How long a student needs." },
	{ "seconds", LUA_TNUMBER, false, "How long each check may take; 20, at most 600." },
	{ "reports", LUA_TTABLE, false, "Names of numbers that checks hand to texts: t.report." },
	{ NULL, LUA_TNONE, false, NULL },
};

static const Key check_keys[] = {
	{ "#", LUA_TNONE, false, "The text and the function." },
	{ "id", LUA_TSTRING, true, "a name, as in id = \"small\"" },
	{ "points", LUA_TNUMBER, true, "what it is worth" },
	{ "hints", LUA_TTABLE, false, "One to three texts: a nudge, a pointer, a worked line." },
	{ "on_error", LUA_TSTRING, false, "Said when it could not be decided for an error." },
	{ "requires", LUA_TSTRING, false, "\"measured\": skipped where no sensor measures." },
	{ "show", LUA_TSTRING, false, "\"now\", \"after_due\" or \"never\"; now." },
	{ NULL, LUA_TNONE, false, NULL },
};
