/* The steps of a lesson: w.text, w.predict, w.run, w.reveal, w.quiz, each a table that is
 * checked and becomes a handle.
 * SPDX-License-Identifier: MIT */
#include "script/lesson/steps.h"

#include <math.h>
#include <string.h>

#include "base/text.h"

#define RUN_SECONDS 300
#define RUN_SECONDS_MAX 3600

static const Key predict_keys[], number_keys[], choice_keys[], run_keys[], reveal_keys[],
	quiz_keys[], answer_keys[];

/* What scripts call a kind, and what it asks of who comes to it. */
static const struct {
	const char *name;
	StepAsks asks;
} kinds[] = {
	[STEP_TEXT] = { "text", ASKS_NOTHING },
	[STEP_PREDICT] = { "predict", ASKS_ANSWER },
	[STEP_RUN] = { "run", ASKS_RUN },
	[STEP_REVEAL] = { "reveal", ASKS_NOTHING },
	[STEP_QUIZ] = { "quiz", ASKS_ANSWER },
	[STEP_REFLECT] = { "reflect", ASKS_ANSWER },
	[STEP_EXERCISE] = { "exercise", ASKS_CHECKS },
	[STEP_INSPECT] = { "inspect", ASKS_LOOK },
};

const char *step_kind_name(StepKind kind)
{
	return kinds[kind].name;
}

StepAsks step_asks(const Step *step)
{
	return kinds[step->kind].asks;
}

void step_set_asks(const Step *step, json_t *record)
{
	static const char *const names[] = { [ASKS_ANSWER] = "answer",
					     [ASKS_RUN] = "run",
					     [ASKS_CHECKS] = "checks",
					     [ASKS_LOOK] = "look" };
	const char *name = names[step_asks(step)];

	if (name)
		json_object_set_new(record, "asks", json_string(name));
}

/* --- parts ------------------------------------------------------------------------------------ */

const char *step_anchor(lua_State *L, int strings, const char *what, const char *key, size_t cap)
{
	char full[128];

	text_format(full, sizeof full, "%s: %s", what, key);
	const char *text = values_string(L, -1, key, full, cap);

	lua_rawseti(L, strings, (lua_Integer)lua_rawlen(L, strings) + 1);
	return text;
}

const char *step_string(lua_State *L, int table, int strings, const char *what, const char *key,
			size_t cap)
{
	if (values_field(L, table, key) == LUA_TNIL) {
		lua_pop(L, 1);
		return NULL;
	}
	return step_anchor(L, strings, what, key, cap);
}

void step_id(lua_State *L, const char *key, const char *what, const char *id, char *out)
{
	size_t len = strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

	if (id[len] || len >= LESSON_NAME_MAX || len == 0 || strspn(id, "0123456789_") > 0)
		script_fail_key(L, key,
				"%s: '%.60s' must be a name: a letter, then letters, digits and _, "
				"at most %d",
				what, id, LESSON_NAME_MAX - 1);
	text_format(out, LESSON_NAME_MAX, "%s", id);
}

double step_number(lua_State *L, const char *what, const char *key, double otherwise,
		   double minimum, double maximum)
{
	double number = otherwise;

	if (values_field(L, STEP_TABLE, key) != LUA_TNIL) {
		number = lua_tonumber(L, -1);
		if (!(number >= minimum && number <= maximum))
			script_fail_key(L, key, "%s: %s must be %g to %g", what, key, minimum,
					maximum);
	}
	lua_pop(L, 1);
	return number;
}

size_t step_count(lua_State *L, const char *what, const char *key, size_t minimum, size_t maximum)
{
	double number = step_number(L, what, key, 0, (double)minimum, (double)maximum);

	if (number != floor(number))
		script_fail_key(L, key, "%s: %s must be a whole number", what, key);
	return (size_t)number;
}

bool step_flag(lua_State *L, const char *key)
{
	values_field(L, STEP_TABLE, key);
	bool value = lua_toboolean(L, -1);

	lua_pop(L, 1);
	return value;
}

Step *step_push(lua_State *L, StepKind kind, const Key *keys)
{
	char place[SCRIPT_NAME_MAX];
	const char *what = step_kind_name(kind);

	if (!lua_istable(L, STEP_TABLE))
		script_fail(L, "%s takes a table: w.%s { … }", what, what);
	lua_settop(L, STEP_TABLE);
	values_keys(L, STEP_TABLE, what, keys);
	Step *step = lua_newuserdatauv(L, sizeof *step, STEP_VALUES);

	memset(step, 0, sizeof *step);
	step->kind = kind;
	step->line = script_place(L, place, sizeof place);
	luaL_setmetatable(L, STEP_HANDLE);
	lua_newtable(L);
	lua_pushvalue(L, -1);
	lua_setiuservalue(L, STEP_SELF, STEP_STRINGS);
	if (values_field(L, STEP_TABLE, "id") != LUA_TNIL)
		step_id(L, "id", what, lua_tostring(L, -1), step->id);
	lua_pop(L, 1);
	return step;
}

int step_done(lua_State *L)
{
	lua_settop(L, STEP_SELF);
	return 1;
}

/* The function under that key becomes the step's own. */
static void step_keep_function(lua_State *L, const char *key)
{
	values_field(L, STEP_TABLE, key);
	lua_setiuservalue(L, STEP_SELF, STEP_FUNCTION);
}

/* --- choices ---------------------------------------------------------------------------------- */

static void read_choice(lua_State *L, const char *what, const Key *keys, Choice *choice, size_t i)
{
	char full[64];

	text_format(full, sizeof full, "%s: choices[%zu]", what, i + 1);
	if (!lua_istable(L, -1))
		script_fail_key(L, "choices", "%s must be a table: { \"text\", … }", full);
	int table = lua_gettop(L);

	values_keys(L, table, full, keys);
	if (lua_rawlen(L, table) != 1)
		script_fail_key(L, "choices", "%s must hold one text: { \"text\", … }", full);
	lua_rawgeti(L, table, 1);
	choice->text = step_anchor(L, STEP_LIST, full, "the text", LESSON_LINE_MAX);
	choice->arm = step_string(L, table, STEP_LIST, full, "arm", PLAN_NAME_MAX);
	choice->say = step_string(L, table, STEP_LIST, full, "say", LESSON_LINE_MAX * 4);
	values_field(L, table, "right");
	choice->right = lua_toboolean(L, -1);
	lua_settop(L, table);
}

static void read_choices(lua_State *L, Step *step, const Key *keys)
{
	const char *what = step_kind_name(step->kind);

	values_field(L, STEP_TABLE, "choices");
	step->choices = lua_rawlen(L, -1);
	if (step->choices < 2 || step->choices > LESSON_CHOICES_MAX)
		script_fail_key(L, "choices", "%s: choices must be a list of 2 to %d", what,
				LESSON_CHOICES_MAX);
	for (size_t i = 0; i < step->choices; i++) {
		lua_rawgeti(L, -1, (lua_Integer)i + 1);
		read_choice(L, what, keys, &step->choice[i], i);
		lua_pop(L, 1);
	}
	lua_pop(L, 1);
}

static void read_number(lua_State *L, Step *step)
{
	values_field(L, STEP_TABLE, "number");
	int table = lua_gettop(L);

	values_keys(L, table, "number", number_keys);
	step->unit = step_string(L, table, STEP_LIST, "number", "unit", LESSON_NAME_MAX);
	step->minimum = -STEP_NUMBER_MAX;
	step->maximum = STEP_NUMBER_MAX;
	if (values_field(L, table, "min") != LUA_TNIL)
		step->minimum = lua_tonumber(L, -1);
	if (values_field(L, table, "max") != LUA_TNIL)
		step->maximum = lua_tonumber(L, -1);
	if (!(step->minimum >= -STEP_NUMBER_MAX && step->maximum <= STEP_NUMBER_MAX &&
	      step->minimum < step->maximum))
		script_fail_key(L, "number", "number: min must be less than max");
	lua_settop(L, table - 1);
}

/* --- constructors ----------------------------------------------------------------------------- */

static int step_text(lua_State *L)
{
	char place[SCRIPT_NAME_MAX];

	if (lua_type(L, STEP_TABLE) != LUA_TSTRING)
		script_fail(L, "text takes one string: w.text [[ … ]], not a %s",
			    luaL_typename(L, STEP_TABLE));
	lua_settop(L, STEP_TABLE);
	Step *step = lua_newuserdatauv(L, sizeof *step, STEP_VALUES);

	memset(step, 0, sizeof *step);
	step->line = script_place(L, place, sizeof place);
	luaL_setmetatable(L, STEP_HANDLE);
	lua_newtable(L);
	lua_pushvalue(L, -1);
	lua_setiuservalue(L, STEP_SELF, STEP_STRINGS);
	lua_pushvalue(L, STEP_TABLE);
	step->text = step_anchor(L, STEP_LIST, "text", "the string", LESSON_TEXT_MAX);
	return step_done(L);
}

static int step_predict(lua_State *L)
{
	Step *step = step_push(L, STEP_PREDICT, predict_keys);
	bool choices = values_field(L, STEP_TABLE, "choices") != LUA_TNIL,
	     number = values_field(L, STEP_TABLE, "number") != LUA_TNIL;

	lua_settop(L, STEP_LIST);
	if (choices == number)
		script_fail(L, "predict: give choices or number, %s",
			    choices ? "not both"
				    : "as in choices = { { \"text\", arm = \"int8\" }, … }");
	step->text = step_string(L, STEP_TABLE, STEP_LIST, "predict", "ask", LESSON_TEXT_MAX);
	if (choices)
		read_choices(L, step, choice_keys);
	else
		read_number(L, step);
	step->confidence = step_flag(L, "confidence");
	step->why = step_flag(L, "why");
	return step_done(L);
}

static int step_run(lua_State *L)
{
	Step *step = step_push(L, STEP_RUN, run_keys);

	step->title = step_string(L, STEP_TABLE, STEP_LIST, "run", "title", LESSON_LINE_MAX);
	step->seconds = step_number(L, "run", "seconds", RUN_SECONDS, 0.01, RUN_SECONDS_MAX);
	if (values_field(L, STEP_TABLE, "show") != LUA_TNIL) {
		Plan *plan = lua_newuserdatauv(L, sizeof *plan, 0);

		plan_init(plan);
		analysis_metrics(L, plan, "show");
		memcpy(step->wanted, plan->wanted, sizeof step->wanted);
		step->wants = true;
	}
	step_keep_function(L, "body");
	return step_done(L);
}

static int step_reveal(lua_State *L)
{
	Step *step = step_push(L, STEP_REVEAL, reveal_keys);

	if (lua_rawlen(L, STEP_TABLE) != 1)
		script_fail(L, "reveal: it must hold one text: w.reveal { predict = …, run = …, "
			       "answer = …, [[ … ]] }");
	lua_rawgeti(L, STEP_TABLE, 1);
	step->text = step_anchor(L, STEP_LIST, "reveal", "the text", LESSON_TEXT_MAX);
	values_field(L, STEP_TABLE, "predict");
	step_id(L, "predict", "reveal: predict", lua_tostring(L, -1), step->predict);
	values_field(L, STEP_TABLE, "run");
	step_id(L, "run", "reveal: run", lua_tostring(L, -1), step->run);
	step_keep_function(L, "answer");
	return step_done(L);
}

static int step_quiz(lua_State *L)
{
	Step *step = step_push(L, STEP_QUIZ, quiz_keys);
	size_t right = 0;

	step->text = step_string(L, STEP_TABLE, STEP_LIST, "quiz", "ask", LESSON_TEXT_MAX);
	step->points = step_number(L, "quiz", "points", 0, 0, STEP_POINTS_MAX);
	read_choices(L, step, answer_keys);
	for (size_t i = 0; i < step->choices; i++)
		right += step->choice[i].right;
	if (right == 0)
		script_fail_key(L, "choices", "quiz: no choice has right = true");
	return step_done(L);
}

void steps_open(lua_State *L)
{
	static const luaL_Reg none[] = { { NULL, NULL } }, steps[] = {
		{ "text", step_text },
		{ "predict", step_predict },
		{ "run", step_run },
		{ "reveal", step_reveal },
		{ "quiz", step_quiz },
		{ "exercise", step_exercise },
		{ "reflect", step_reflect },
		{ "inspect", step_inspect },
		{ NULL, NULL },
	};

	values_handle(L, STEP_HANDLE, none, none, NULL);
	luaL_setfuncs(L, steps, 0);
}

static const Key predict_keys[] = {
	{ "id", LUA_TSTRING, true, "a name, as in id = \"p1\"" },
	{ "ask", LUA_TSTRING, true, "the question" },
	{ "choices", LUA_TTABLE, false,
	  "{ { \"text\", arm = \"int8\" }, … }; arm may be \"none\"." },
	{ "number", LUA_TTABLE, false, "{ unit =, min =, max = }: a number instead of a choice." },
	{ "confidence", LUA_TBOOLEAN, false, "Also asks how sure, from 1 to 5." },
	{ "why", LUA_TBOOLEAN, false, "Also asks for a line of reasons." },
	{ NULL, LUA_TNONE, false, NULL },
};

static const Key number_keys[] = {
	{ "unit", LUA_TSTRING, false, "Printed behind the number." },
	{ "min", LUA_TNUMBER, false, "The least that is taken." },
	{ "max", LUA_TNUMBER, false, "The most that is taken." },
	{ NULL, LUA_TNONE, false, NULL },
};

static const Key choice_keys[] = {
	{ "#", LUA_TSTRING, false, "The text." },
	{ "arm", LUA_TSTRING, true, "the arm that it means, or \"none\"" },
	{ NULL, LUA_TNONE, false, NULL },
};

static const Key answer_keys[] = {
	{ "#", LUA_TSTRING, false, "The text." },
	{ "right", LUA_TBOOLEAN, false, "It is a right one." },
	{ "say", LUA_TSTRING, false, "Said when it is chosen." },
	{ NULL, LUA_TNONE, false, NULL },
};

static const Key run_keys[] = {
	{ "id", LUA_TSTRING, true, "a name, as in id = \"race\"" },
	{ "title", LUA_TSTRING, true, "what is run" },
	{ "body", LUA_TFUNCTION, true,
	  "function(c), which returns a comparison, a table of numbers, or both" },
	{ "show", LUA_TTABLE, false, "Metrics that are shown." },
	{ "seconds", LUA_TNUMBER, false, "How long it may take; 300, at most 3,600." },
	{ NULL, LUA_TNONE, false, NULL },
};

static const Key reveal_keys[] = {
	{ "#", LUA_TSTRING, false, "The text." },
	{ "predict", LUA_TSTRING, true, "the id of a prediction" },
	{ "run", LUA_TSTRING, true, "the id of a run" },
	{ "answer", LUA_TFUNCTION, true,
	  "function(r), which returns an arm, \"none\" or a number" },
	{ NULL, LUA_TNONE, false, NULL },
};

static const Key quiz_keys[] = {
	{ "id", LUA_TSTRING, true, "a name, as in id = \"q1\"" },
	{ "points", LUA_TNUMBER, true, "what a right answer is worth" },
	{ "ask", LUA_TSTRING, true, "the question" },
	{ "choices", LUA_TTABLE, true, "{ { \"text\", right = true, say = \"…\" }, … }" },
	{ NULL, LUA_TNONE, false, NULL },
};
