/* w.lesson and w.planned: the table of a lesson, checked key by key; its seed, its variants, its row
 * in a list.
 * SPDX-License-Identifier: MIT */
#include "script/lesson/lesson.h"

#include <ctype.h>
#include <math.h>
#include <nettle/sha2.h>
#include <string.h>

#include "base/record.h"
#include "base/text.h"
#include "script/lesson/grading.h"

/* Stack of the constructor. */
enum { TABLE = 1, SELF, STRINGS, STEPS };

#define MINUTES_MAX 600

static const Key lesson_keys[], planned_keys[];
static const Info caps_info;

Lesson *lesson_of(const Script *script)
{
	return script->lesson;
}

/* --- seeds ------------------------------------------------------------------------------------ */

/* Each part ends with a zero byte but the last. */
static uint32_t hash_parts(const char *const *parts, size_t count)
{
	struct sha256_ctx context;
	uint8_t digest[SHA256_DIGEST_SIZE];

	sha256_init(&context);
	for (size_t i = 0; i < count; i++)
		sha256_update(&context, strlen(parts[i]) + (i + 1 < count),
			      (const uint8_t *)parts[i]);
	sha256_digest(&context, sizeof digest, digest);
	return (uint32_t)digest[0] << 24 | (uint32_t)digest[1] << 16 | (uint32_t)digest[2] << 8 |
	       digest[3];
}

uint32_t lesson_seed(const char *id, const char *student)
{
	char course[PLAN_NAME_MAX];
	const char *dot = strrchr(id, '.');

	text_format(course, sizeof course, "%.*s", dot ? (int)(dot - id) : 0, id);
	return hash_parts((const char *[]){ "wattle-1", course, dot ? dot + 1 : id, student }, 4);
}

size_t lesson_pick(uint64_t seed, const char *name, size_t count)
{
	char digits[32];

	text_format(digits, sizeof digits, "%llu", (unsigned long long)seed);
	return hash_parts((const char *[]){ "wattle-1", digits, name }, 3) % count;
}

/* --- parts ------------------------------------------------------------------------------------ */

void lesson_read_id(lua_State *L, const char *what, const char *key, char id[PLAN_NAME_MAX])
{
	char full[64];

	values_field(L, TABLE, "api");
	if (lua_tonumber(L, -1) != 1)
		script_fail_key(L, "api", "%s: api is %s, but this version knows 1", what,
				lua_tostring(L, -1));
	text_format(full, sizeof full, "%s: %s", what, key);
	values_field(L, TABLE, key);
	values_text(L, -1, key, full, id, PLAN_NAME_MAX);
	const char *dot = strchr(id, '.');

	for (const char *p = id; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("._-", *p))
			dot = NULL;
	if (!dot || dot == id || !dot[1] || strchr(dot + 1, '.'))
		script_fail_key(L, key, "%s '%.60s' must be \"course.NN\", as in \"green.05\"",
				full, id);
	lua_pop(L, 2);
}

/* A list of texts. */
static size_t read_list(lua_State *L, const char *key, const char **out)
{
	size_t n = 0;

	if (values_field(L, TABLE, key) == LUA_TTABLE) {
		n = lua_rawlen(L, -1);
		if (n > LESSON_GOALS_MAX)
			script_fail_key(L, key, "lesson: %s: at most %d", key, LESSON_GOALS_MAX);
		for (size_t i = 0; i < n; i++) {
			char what[64];

			text_format(what, sizeof what, "lesson: %s[%zu]", key, i + 1);
			lua_rawgeti(L, -1, (lua_Integer)i + 1);
			out[i] = values_string(L, -1, key, what, LESSON_LINE_MAX);
			lua_rawseti(L, STRINGS, (lua_Integer)lua_rawlen(L, STRINGS) + 1);
		}
	}
	lua_settop(L, STEPS);
	return n;
}

static void read_value(lua_State *L, const Vary *vary, VaryValue *out)
{
	if (lua_type(L, -1) == LUA_TNUMBER) {
		out->is_number = true;
		out->number = lua_tonumber(L, -1);
		if (isfinite(out->number))
			return;
	}
	if (lua_type(L, -1) != LUA_TSTRING)
		script_fail_key(L, vary->name, "vary: %s must be a list of numbers or of texts",
				vary->name);
	out->text = values_string(L, -1, vary->name, vary->name, LESSON_NAME_MAX * 2);
	lua_pushvalue(L, -1);
	lua_rawseti(L, STRINGS, (lua_Integer)lua_rawlen(L, STRINGS) + 1);
}

static void read_vary_one(lua_State *L, Vary *vary)
{
	if (lua_type(L, -2) != LUA_TSTRING || !lua_istable(L, -1))
		script_fail_key(L, "vary", "vary: write NAME = { value, … }");
	step_id(L, "vary", "vary", lua_tostring(L, -2), vary->name);
	vary->count = lua_rawlen(L, -1);
	if (vary->count < 1 || vary->count > LESSON_VALUES_MAX)
		script_fail_key(L, vary->name, "vary: %s must have 1 to %d values", vary->name,
				LESSON_VALUES_MAX);
	for (size_t i = 0; i < vary->count; i++) {
		lua_rawgeti(L, -1, (lua_Integer)i + 1);
		read_value(L, vary, &vary->value[i]);
		lua_pop(L, 1);
	}
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const Vary *)a)->name, ((const Vary *)b)->name);
}

static void read_vary(lua_State *L, Lesson *self)
{
	if (values_field(L, TABLE, "vary") == LUA_TTABLE)
		for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
			if (self->varies == LESSON_VARY_MAX)
				script_fail_key(L, "vary", "vary: at most %d names",
						LESSON_VARY_MAX);
			read_vary_one(L, &self->vary[self->varies++]);
		}
	lua_settop(L, STEPS);
	qsort(self->vary, self->varies, sizeof *self->vary, by_name);
}

static void read_cost(lua_State *L, Lesson *self)
{
	self->costs = 2;
	self->cost[0] = METRIC_ENERGY;
	self->cost[1] = METRIC_TIME;
	if (values_field(L, TABLE, "cost") == LUA_TTABLE) {
		self->costs = lua_rawlen(L, -1);
		if (self->costs < 1 || self->costs > 2)
			script_fail_key(L, "cost",
					"cost must be a list of \"energy\" and \"time\"");
		for (size_t i = 0; i < self->costs; i++) {
			const char *name = lua_rawgeti(L, -1, (lua_Integer)i + 1) == LUA_TSTRING
						   ? lua_tostring(L, -1)
						   : "";

			self->cost[i] = analysis_metric(L, "cost", name);
			if (self->cost[i] != METRIC_ENERGY && self->cost[i] != METRIC_TIME)
				script_fail_key(L, "cost",
						"cost: '%s' is no cost; there are energy and time",
						name);
			lua_pop(L, 1);
		}
		if (self->cost[self->costs - 1] != METRIC_TIME)
			script_fail_key(
				L, "cost",
				"cost must end with \"time\", which every machine measures");
	}
	lua_settop(L, STEPS);
}

static void read_caps(lua_State *L, Lesson *self)
{
	Params params;

	values_field(L, TABLE, "fast");
	values_params(L, -1, &caps_info, &params, NULL, 0);
	self->caps.epochs = params_get(&params, "epochs")->integer;
	self->caps.rows = params_get(&params, "rows")->integer;
	self->caps.blocks = params_get(&params, "blocks")->integer;
	self->caps.window_s = params_get(&params, "window")->number;
	lua_settop(L, STEPS);
}

/* --- steps ------------------------------------------------------------------------------------ */

/* An error at the line of a step. */
noreturn static void fail_step(lua_State *L, const Step *step, const char *text)
{
	Err err;

	err_set(&err, ERR_SCRIPT, "%s:%d: %s: %s", script_of(L)->name, step->line,
		step_kind_name(step->kind), text);
	script_raise(L, &err);
}

static void check_id(lua_State *L, const Lesson *self, const Step *step)
{
	static const char *const reserved[] = { "answer", "cost", "source", "file" };
	char text[160];

	for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
		if (strcmp(step->id, reserved[i]) == 0) {
			text_format(text, sizeof text,
				    "the id '%s' has a meaning of its own in texts", step->id);
			fail_step(L, step, text);
		}
	for (size_t i = 0; i < self->varies; i++)
		if (strcmp(step->id, self->vary[i].name) == 0) {
			text_format(text, sizeof text, "the id '%s' is also a name in vary",
				    step->id);
			fail_step(L, step, text);
		}
	for (size_t i = 0; i < self->steps; i++)
		if (strcmp(step->id, self->step[i]->id) == 0) {
			text_format(text, sizeof text, "the id '%s' is taken by the %s on line %d",
				    step->id, step_kind_name(self->step[i]->kind),
				    self->step[i]->line);
			fail_step(L, step, text);
		}
}

/* The earlier step that a reveal or an inspect step names. */
static Step *find_step(lua_State *L, const Lesson *self, const Step *later, StepKind kind,
		       const char *id)
{
	const char *names[LESSON_STEPS_MAX + 1] = { NULL };
	char text[200];
	size_t n = 0;

	for (size_t i = 0; i < self->steps; i++) {
		if (self->step[i]->kind != kind)
			continue;
		if (strcmp(self->step[i]->id, id) == 0)
			return self->step[i];
		names[n++] = self->step[i]->id;
	}
	char hint[TEXT_HINT_MAX];

	text_format(text, sizeof text, "no %s '%s' comes before it%s", step_kind_name(kind), id,
		    text_did_you_mean(hint, id, names));
	fail_step(L, later, text);
}

static void read_steps(lua_State *L, Lesson *self)
{
	size_t n = lua_rawlen(L, TABLE);

	if (n < 1 || n > LESSON_STEPS_MAX)
		script_fail(L, "lesson: %zu steps; a lesson has 1 to %d", n, LESSON_STEPS_MAX);
	for (size_t i = 0; i < n; i++) {
		lua_rawgeti(L, TABLE, (lua_Integer)i + 1);
		Step *step = luaL_testudata(L, -1, STEP_HANDLE);

		if (!step)
			script_fail(
				L,
				"lesson: value %zu must be a step, as in w.text [[ … ]], not a %s",
				i + 1, luaL_typename(L, -1));
		for (size_t k = 0; k < i; k++)
			if (self->step[k] == step)
				fail_step(L, step, "the same step stands twice in the lesson");
		if (step->id[0])
			check_id(L, self, step);
		if (step->kind == STEP_REVEAL)
			step->predict_step = find_step(L, self, step, STEP_PREDICT, step->predict);
		if (step->kind == STEP_REVEAL || step->kind == STEP_INSPECT)
			step->run_step = find_step(L, self, step, STEP_RUN, step->run);
		lua_rawseti(L, STEPS, (lua_Integer)i + 1);
		self->step[self->steps++] = step;
	}
}

/* --- the whole -------------------------------------------------------------------------------- */

/* Checks the table's keys, pushes a lesson and its lists, and fills what lists of lessons show. */
static Lesson *push_lesson(lua_State *L, const char *what, const Key *keys)
{
	char place[SCRIPT_NAME_MAX];

	if (!lua_istable(L, TABLE))
		script_fail(L, "%s takes a table: w.%s { … }", what, what);
	lua_settop(L, TABLE);
	values_keys(L, TABLE, what, keys);
	Lesson *self = lua_newuserdatauv(L, sizeof *self, LESSON_VALUES);

	memset(self, 0, sizeof *self);
	luaL_setmetatable(L, LESSON_HANDLE);
	for (int value = LESSON_STRINGS; value <= LESSON_STEPS; value++) {
		lua_newtable(L);
		lua_pushvalue(L, -1);
		lua_setiuservalue(L, SELF, value);
	}
	self->line = script_place(L, place, sizeof place);
	lesson_read_id(L, what, "id", self->id);
	self->title = step_string(L, TABLE, STRINGS, what, "title", LESSON_LINE_MAX);
	return self;
}

/* A lesson that is not written yet: it stands in lists with its question. */
static int planned_new(lua_State *L)
{
	Lesson *self = push_lesson(L, "planned", planned_keys);

	self->question = step_string(L, TABLE, STRINGS, "planned", "question", LESSON_LINE_MAX);
	lua_settop(L, SELF);
	return 1;
}

static int lesson_new(lua_State *L)
{
	Lesson *self = push_lesson(L, "lesson", lesson_keys);

	self->level = step_string(L, TABLE, STRINGS, "lesson", "level", LESSON_NAME_MAX);
	if (self->level && strcmp(self->level, "core") != 0 && strcmp(self->level, "extra") != 0)
		script_fail_key(L, "level",
				"lesson: level is '%s', but must be \"core\" or \"extra\"",
				self->level);
	self->reward = step_string(L, TABLE, STRINGS, "lesson", "reward", LESSON_LINE_MAX * 2);
	values_field(L, TABLE, "minutes");
	self->minutes = lua_tonumber(L, -1);
	if (!(self->minutes > 0 && self->minutes <= MINUTES_MAX))
		script_fail_key(L, "minutes", "lesson: minutes must be 1 to %d", MINUTES_MAX);
	values_field(L, TABLE, "allow_skip");
	self->allow_skip = lua_isnil(L, -1) || lua_toboolean(L, -1);
	lua_settop(L, STEPS);
	self->goals = read_list(L, "goals", self->goal);
	if (self->goals == 0)
		script_fail_key(L, "goals", "lesson: goals must name one goal or more");
	self->afters = read_list(L, "after", self->after);
	needs_read(L, TABLE, &self->needs);
	read_vary(L, self);
	read_cost(L, self);
	read_caps(L, self);
	const char *tag[LESSON_GOALS_MAX];

	read_list(L, "tags", tag);
	read_steps(L, self);
	fill_check(L, self);
	lua_settop(L, SELF);
	return 1;
}

void lesson_functions(lua_State *L)
{
	static const luaL_Reg none[] = { { NULL, NULL } };

	values_handle(L, LESSON_HANDLE, none, none, NULL);
	steps_open(L);
	grading_functions(L);
	lua_pushcfunction(L, lesson_new);
	lua_setfield(L, -2, "lesson");
	lua_pushcfunction(L, planned_new);
	lua_setfield(L, -2, "planned");
	compare_open(L);
	lua_setfield(L, -2, "compare");
}

json_t *lesson_number(double value)
{
	if (value == floor(value) && fabs(value) <= 0x1p53)
		return json_integer((json_int_t)value);
	return json_real(value);
}

json_t *lesson_row(const Script *script)
{
	const Lesson *lesson = lesson_of(script);
	double points = 0;

	if (lesson->question)
		return json_pack("{s:s, s:s, s:s, s:b, s:s}", "name", lesson->id, "title",
				 lesson->title, "about", lesson->question, "planned", 1, "question",
				 lesson->question);
	for (size_t i = 0; i < lesson->steps; i++)
		points += lesson->step[i]->points;
	json_t *row =
		json_pack("{s:s, s:s, s:s, s:o, s:s, s:o, s:I, s:I}", "name", lesson->id, "title",
			  lesson->title, "about", lesson->goal[0], "minutes",
			  lesson_number(lesson->minutes), "level",
			  lesson->level ? lesson->level : "core", "points", lesson_number(points),
			  "steps", (json_int_t)lesson->steps, "threads",
			  (json_int_t)(lesson->needs.threads ? lesson->needs.threads : 1));

	lesson_row_beside(lesson, row);
	return row;
}

Script *lesson_open(const ScriptOptions *options, const char *student, bool fast, Err *err)
{
	ScriptOptions filled = *options;

	filled.lesson = true;
	filled.set = NULL;
	filled.batch = 0;
	Script *script = script_open(&filled, err);

	if (!script)
		return NULL;
	Lesson *lesson = lesson_of(script);

	if (!lesson) /* a grading file */
		return script;
	lesson->seed = options->seed_given ? options->seed : lesson_seed(lesson->id, student);
	for (size_t i = 0; i < lesson->varies; i++)
		lesson->vary[i].picked = lesson->vary[i].own =
			lesson_pick(lesson->seed, lesson->vary[i].name, lesson->vary[i].count);
	if (fast)
		script->caps = lesson->caps;
	return script;
}

static const Key lesson_keys[] = {
	{ "#", LUA_TUSERDATA, false, "The steps." },
	{ "api", LUA_TNUMBER, true, "write api = 1" },
	{ "id", LUA_TSTRING, true, "\"course.NN\", as in id = \"green.05\"" },
	{ "title", LUA_TSTRING, true, "what lists show" },
	{ "minutes", LUA_TNUMBER, true, "how long a student needs" },
	{ "goals", LUA_TTABLE, true, "a list of what can be learned" },
	{ "level", LUA_TSTRING, false, "\"core\" or \"extra\"; core." },
	{ "tags", LUA_TTABLE, false, "A list of words to search for." },
	{ "after", LUA_TTABLE, false, "Ids of lessons that come before." },
	{ "needs", LUA_TTABLE, false, "{ dataset = name or list, threads = number }." },
	{ "vary", LUA_TTABLE, false, "NAME = { value, … }: the seed picks one, c.param.NAME." },
	{ "cost", LUA_TTABLE, false,
	  "Metrics in order, the first measured one decides; { \"energy\", \"time\" }." },
	{ "fast", LUA_TTABLE, false, "Caps of the fast mode: { epochs, rows, blocks, window }." },
	{ "allow_skip", LUA_TBOOLEAN, false, "Steps may be skipped; true." },
	{ "reward", LUA_TSTRING, false, "The line at the end." },
	{ NULL, LUA_TNONE, false, NULL },
};

static const Key planned_keys[] = {
	{ "api", LUA_TNUMBER, true, "write api = 1" },
	{ "id", LUA_TSTRING, true, "\"course.NN\", as in id = \"green.06\"" },
	{ "title", LUA_TSTRING, true, "what lists show" },
	{ "question", LUA_TSTRING, true, "what it will ask" },
	{ NULL, LUA_TNONE, false, NULL },
};

static const Info caps_info = {
	.name = "fast",
	.params =
		(const Param[]){
			{ .name = "epochs",
			  .type = PARAM_INT,
			  .value = "2",
			  .minimum = 1,
			  .maximum = 100000,
			  .help = "Most epochs of any training." },
			{ .name = "rows",
			  .type = PARAM_INT,
			  .value = "1000",
			  .minimum = 10,
			  .maximum = 1e9,
			  .help = "Most training rows; test rows are never cut." },
			{ .name = "blocks",
			  .type = PARAM_INT,
			  .value = "10",
			  .minimum = 1,
			  .maximum = 1000,
			  .help = "Most blocks of a comparison." },
			{ .name = "window",
			  .type = PARAM_NUMBER,
			  .value = "0.1",
			  .minimum = 1e-3,
			  .maximum = 3600,
			  .unit = "s",
			  .help = "Longest window." },
			{ .name = NULL },
		},
};
