/* A script from its text to its experiment, and the two crossings: errors from C to Lua, calls from
 * the host into Lua.
 * SPDX-License-Identifier: MIT */
#include "script/script.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "script/lesson/grading.h"

#define SCRIPT_MEMORY_MESSAGE \
	"not enough memory" /* what lauxlib raises, without a status of its own */

Script *script_of(lua_State *L)
{
	return *(Script **)lua_getextraspace(L);
}

/* --- errors ----------------------------------------------------------------------------------- */

int script_place(lua_State *L, char *out, size_t cap)
{
	lua_Debug frame;

	for (int level = 0; lua_getstack(L, level, &frame); level++) {
		lua_getinfo(L, "Sl", &frame);
		if (frame.currentline > 0) {
			text_format(out, cap, "%s:%d", frame.short_src, frame.currentline);
			return frame.currentline;
		}
	}
	text_format(out, cap, "%s", script_of(L)->name);
	return 0;
}

/* Every Err that becomes a Lua error passes here. */
int script_raise_placed(lua_State *L, const Err *err)
{
	Script *script = script_of(L);

	script_check_stop(L);
	script->raised = *err;
	if (err->code == ERR_ARGUMENT)
		script->raised.code = ERR_SCRIPT;
	lua_pushstring(L, script->raised.text);
	lua_error(L);
	__builtin_unreachable(); /* lua_error does not return */
}

noreturn static void raise_placed(lua_State *L, const Err *err, const char *place)
{
	const Script *script = script_of(L);
	size_t len = strlen(script->name);
	/* An error that came up through a window names its place already. */
	bool has_place = strncmp(err->text, script->name, len) == 0 && err->text[len] == ':';
	Err placed = *err;

	if (err->code != ERR_USAGE && err->code != ERR_INTERRUPTED && !has_place)
		err_prefix(&placed, "%s", place);
	script_raise_placed(L, &placed);
}

int script_raise(lua_State *L, const Err *err)
{
	char place[SCRIPT_NAME_MAX];

	script_place(L, place, sizeof place);
	raise_placed(L, err, place);
}

int script_raise_key(lua_State *L, const char *key, const Err *err)
{
	Script *script = script_of(L);
	char place[SCRIPT_NAME_MAX];
	int line = script_place(L, place, sizeof place);
	char *colon = strrchr(place, ':');
	size_t name_len = colon ? (size_t)(colon - place) : 0;

	/* Lines are looked up in the script's own text only, not in what it loaded from strings. */
	if (line > 0 && name_len == strlen(script->name) &&
	    strncmp(place, script->name, name_len) == 0) {
		int from = script->table_line ? script->table_line : line,
		    found = source_key_line(script->text, script->len, from, key);

		text_format(colon, sizeof place - name_len, ":%d", found > 0 ? found : from);
	}
	script->table_line = 0;
	raise_placed(L, err, place);
}

int script_fail(lua_State *L, const char *format, ...)
{
	va_list args;
	Err err = { .code = ERR_SCRIPT };

	va_start(args, format);
	text_vformat(err.text, sizeof err.text, format, args);
	va_end(args);
	script_raise(L, &err);
}

int script_fail_key(lua_State *L, const char *key, const char *format, ...)
{
	va_list args;
	Err err = { .code = ERR_SCRIPT };

	va_start(args, format);
	text_vformat(err.text, sizeof err.text, format, args);
	va_end(args);
	script_raise_key(L, key, &err);
}

/* --- calls ------------------------------------------------------------------------------------ */

/* Runs where the error happened, the stack still there. Never calls into the script. */
static int call_handler(lua_State *L)
{
	Script *script = script_of(L);
	lua_Debug frame;
	size_t len = 0;
	int seen = 0;

	if (script->stop.code != ERR_NONE)
		return 1;
	if (lua_type(L, 1) != LUA_TSTRING) {
		char place[SCRIPT_NAME_MAX];

		script_place(L, place, sizeof place);
		lua_pushfstring(L, "%s: error value of type %s", place, luaL_typename(L, 1));
	}
	script->trace[0] = '\0';
	for (int level = 0; lua_getstack(L, level, &frame) && seen < 5; level++) {
		lua_getinfo(L, "Sl", &frame);
		if (frame.currentline <= 0 || seen++ == 0)
			continue;
		len += text_format(script->trace + len, sizeof script->trace - len, "%s%s:%d",
				   len ? ", " : " (called from ", frame.short_src,
				   frame.currentline);
	}
	if (len)
		text_format(script->trace + len, sizeof script->trace - len, ")");
	return 1;
}

const char *script_file_at_work(const Script *script)
{
	return script->in_grading ? script->grading_name : script->name;
}

/* A stop that came while C was at work knows no line. */
static void take_stop(Script *script, Err *err)
{
	if (!script->stop_placed && script->stop.code != ERR_INTERRUPTED)
		err_prefix(&script->stop, "%s", script_file_at_work(script));
	script->stop_placed = true;
	*err = script->stop;
}

/* True for a message that begins with that file. */
static bool is_placed(const char *text, const char *file)
{
	return *file && strncmp(text, file, strlen(file)) == 0;
}

/* What a failed call left on the stack as an Err. */
static void take_error(Script *script, int status, Err *err)
{
	lua_State *L = script->lua;
	const char *file = script_file_at_work(script);
	size_t len = 0;
	const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &len) : NULL;

	if (script->stop.code != ERR_NONE) {
		take_stop(script, err);
	} else if (status == LUA_ERRMEM || (text && strcmp(text, SCRIPT_MEMORY_MESSAGE) == 0)) {
		if (script->memory_refused)
			err_set(err, ERR_MEMORY,
				"%s: no memory left for the script; "
				"--max-memory gives its worker more",
				file);
		else
			err_set(err, ERR_LIMIT, "%s: memory limit reached (%zu MiB for the script)",
				file, script->options.memory_bytes >> 20);
	} else if (!text) {
		err_set(err, ERR_SCRIPT, "%s: error value of type %s", file, luaL_typename(L, -1));
	} else if (*text && strcmp(text, script->raised.text) == 0) {
		err_set(err, script->raised.code, "%s%s", text, script->trace);
	} else if (is_placed(text, script->name) || is_placed(text, script->grading_name)) {
		err_set(err, ERR_SCRIPT, "%s%s", text, script->trace);
	} else {
		err_set(err, ERR_SCRIPT, "%s: %s%s", file, text, script->trace);
	}
	/* A script's own words may be no text at all, which no record could hold. */
	char own[ERR_TEXT_MAX];

	memcpy(own, err->text, sizeof own);
	text_clean(err->text, sizeof err->text, own, strlen(own));
}

bool script_call(Script *script, int args, int results, Err *err)
{
	lua_State *L = script->lua;
	int base = lua_gettop(L) - args;

	if (!lua_checkstack(L, LUA_MINSTACK))
		return err_set(err, ERR_MEMORY, "%s: no memory for a call", script->name);
	script->trace[0] = '\0';
	script->raised.text[0] = '\0';
	lua_pushcfunction(L, call_handler);
	lua_insert(L, base);
	int status = lua_pcall(L, args, results, base);

	/* A stop that came while C was at work, or that a native function swallowed, still ends the
	 * script. */
	if (status == LUA_OK && script->stop.code == ERR_NONE) {
		lua_remove(L, base);
		return true;
	}
	if (status == LUA_OK)
		take_stop(script, err);
	else
		take_error(script, status, err);
	lua_settop(L, base - 1);
	return false;
}

void script_revive(Script *script)
{
	script->stop = (Err){ .code = ERR_NONE };
	script->stop_placed = false;
	script->closing = 0;
	script->depth_looked = script->memory_used;
}

/* --- opening ---------------------------------------------------------------------------------- */

/* The control that the engine gets: the script's deadline first, then the worker's own. */
static bool poll_engine(Control *self, Err *err)
{
	Script *script = (Script *)self;

	script->polled_ns = 0; /* at the engine's own rate: a step is to end behind one epoch */
	bool go_on = script_check(script, true);

	if (script->options.trial && script->options.trial->control)
		self->waited_ns = script->options.trial->control->waited_ns;
	if (!go_on)
		*err = script->stop;
	return go_on;
}

static bool stopping_engine(const Control *self)
{
	const Script *script = (const Script *)self;

	return script->options.trial && control_stopping(script->options.trial->control);
}

static bool is_utf16(const ScriptOptions *options)
{
	return options->len >= 2 && (memcmp(options->text, "\xff\xfe", 2) == 0 ||
				     memcmp(options->text, "\xfe\xff", 2) == 0);
}

static Script *script_new(const ScriptOptions *options, Err *err)
{
	Script *script = calloc(1, sizeof *script);
	size_t skipped = source_mark(options->text, options->len), len = options->len - skipped;
	char *text = malloc(len + 1);

	if (!script || !text) {
		free(script);
		free(text);
		err_set(err, ERR_MEMORY, "loading %s", options->name);
		return NULL;
	}
	memcpy(text, options->text + skipped, len);
	text[len] = '\0';
	script->control = (Control){ .poll = poll_engine, .stopping = stopping_engine };
	script->text = text;
	script->len = len;
	/* Lua cuts longer names in its messages, from the left. */
	const char *base = strrchr(options->name, '/');

	text_format(script->name, LUA_IDSIZE - 1, "%s",
		    base && strlen(options->name) > LUA_IDSIZE - 2 ? base + 1 : options->name);
	script->options = *options;
	script->options.name = script->name;
	script->options.text = text;
	script->options.len = len;
	if (!script->options.memory_bytes)
		script->options.memory_bytes = SCRIPT_MEMORY_DEFAULT;
	script->experiment = LUA_NOREF;
	if (options->host)
		script->caps = options->host->caps;
	script->seed = options->seed_given ? options->seed : 1;
	random_init(&script->random, script->seed, RANDOM_SCRIPT);
	return script;
}

/* What a student's file returned. */
static int load_functions(lua_State *L, Script *script)
{
	if (!lua_istable(L, -1))
		luaL_error(L,
			   "%s: the file must end by returning one table of functions, as in "
			   "return ex; this one returned %s%s",
			   script->name, lua_isnil(L, -1) ? "" : "a ",
			   lua_isnil(L, -1) ? "nothing" : luaL_typename(L, -1));
	script->experiment = luaL_ref(L, LUA_REGISTRYINDEX);
	return 0;
}

void script_load_text(lua_State *L)
{
	const Script *script = script_of(L);
	char chunk[SCRIPT_NAME_MAX + 1];

	text_format(chunk, sizeof chunk, "@%s", script->name);
	if (luaL_loadbufferx(L, script->text, script->len, chunk, "t") != LUA_OK)
		script_syntax_error(L);
	lua_call(L, 0, 1);
}

/* Upvalue-free body of the load: the chunk's one result must be the experiment. */
static int load_chunk(lua_State *L)
{
	Script *script = script_of(L);

	if (script->options.host) /* handles come, whether the file requires our module or not */
		library_open(L);
	script_load_text(L);
	if (script->options.host)
		return load_functions(L, script);
	const Experiment *experiment = luaL_testudata(L, -1, EXPERIMENT_HANDLE);
	struct Lesson *lesson = luaL_testudata(L, -1, LESSON_HANDLE);

	script->grading = luaL_testudata(L, -1, GRADING_HANDLE);
	if (script->grading && !script->options.grading)
		luaL_error(L, "%s: this is a grading file: use it by wattle grade --with",
			   script->name);
	if (script->grading) {
		script->experiment = luaL_ref(L, LUA_REGISTRYINDEX);
		return 0;
	}
	if (script->options.lesson && !lesson)
		luaL_error(L,
			   "%s: a lesson file returns one lesson (return w.lesson {…}); this one "
			   "returned %s%s",
			   script->name, experiment || lua_isnil(L, -1) ? "" : "a ",
			   experiment         ? "an experiment: start it with wattle run"
			   : lua_isnil(L, -1) ? "nothing"
					      : luaL_typename(L, -1));
	if (lesson && !script->options.lesson)
		luaL_error(L, "%s: this is a lesson: start it with wattle lesson", script->name);
	script->lesson = lesson;
	if (!experiment && !lesson)
		luaL_error(L,
			   "%s: a script returns one experiment (return w.experiment {…}); this "
			   "one returned %s%s",
			   script->name, lua_isnil(L, -1) ? "" : "a ",
			   lua_isnil(L, -1) ? "nothing" : luaL_typename(L, -1));
	if (experiment)
		script->plan = &experiment->plan;
	script->experiment = luaL_ref(L, LUA_REGISTRYINDEX);
	return 0;
}

bool script_load(Script *script, Err *err)
{
	int64_t now = clock_now_ns();

	script->deadline_ns = script->options.deadline_ns;
	if (script->options.load_limit_ns &&
	    (!script->deadline_ns || now + script->options.load_limit_ns < script->deadline_ns))
		script->deadline_ns = now + script->options.load_limit_ns;
	if (script->lua)
		lua_close(script->lua);
	script_revive(script);
	script->lua = sandbox_open(script, err);
	if (!script->lua)
		return false;
	lua_pushcfunction(script->lua, load_chunk);
	if (!script_call(script, 0, 0, err))
		return false;
	script->deadline_ns = script->options.deadline_ns;
	return true;
}

Script *script_open(const ScriptOptions *options, Err *err)
{
	if (options->len > SCRIPT_BYTES_MAX) {
		err_set(err, ERR_LIMIT, "%s: %zu bytes; a script has at most %u", options->name,
			options->len, SCRIPT_BYTES_MAX);
		return NULL;
	}
	if (is_utf16(options)) {
		err_set(err, ERR_SCRIPT, "%s: it is UTF-16 text; save it as UTF-8", options->name);
		return NULL;
	}
	Script *script = script_new(options, err);

	if (script && !script_load(script, err)) {
		script_close(script);
		return NULL;
	}
	return script;
}

void script_close(Script *script)
{
	if (!script)
		return;
	if (script->lua)
		lua_close(script->lua);
	data_free(script);
	json_decref(script->saves);
	free(script->text);
	free(script);
}

const Plan *script_plan(const Script *script)
{
	return script->plan;
}
