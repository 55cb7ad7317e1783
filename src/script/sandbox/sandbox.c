/* The sandbox: a Lua state whose memory is counted, whose environment is built from nothing, and
 * which looks at the clock.
 *
 * A count hook looks at the clock. It is set before any coroutine exists, so that each inherits it;
 * once the time is over it fires at every instruction. Two things happen without instructions: C
 * functions of ours call script_charge, and whatever takes memory passes the allocator, which looks
 * at the clock too.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "script/inside.h"

/* Instructions between two looks at the clock, about 10 µs. One instruction may compare two strings
 * of many megabytes; so intervals are short while there are any, and after a slow one. */
#define SANDBOX_HOOK 1000
#define SANDBOX_HOOK_SLOW 20
#define SANDBOX_BIG ((size_t)1 << 20) /* bytes of one block */
#define SANDBOX_SLOW_NS 4000000
#define SANDBOX_POLL_NS 2000000
#define SANDBOX_STOP_NS 200000000 /* for a lesson's script to return what it has, after a stop */
#define SANDBOX_GROWN ((size_t)16 << 20) /* bytes taken between two looks at the clock */
#define SANDBOX_STEPS 65536
#define SANDBOX_BLOCK_DIVISOR 3 /* one string or table may take this part of the memory */
#define SANDBOX_DEPTH \
	30000 /* calls inside one another; Lua's own limit needs more memory than there is */
#define SANDBOX_DEPTH_GROWN ((size_t)2 << 20) /* bytes between two looks at the depth */
#define SANDBOX_SMALL 4096 /* bytes that an error message may need when all is over */

typedef struct Library {
	const char *name; /* NULL: the globals */
	lua_CFunction open;
	const char *const *allowed;
	void (*own)(lua_State *L);
} Library;

static const Library libraries[];

/* --- limits ----------------------------------------------------------------------------------- */

/* The engine ends by itself when a run is to stop; a loop in Lua knows nothing of it. The worker of
 * an experiment is ended by an abort; that of a lesson is to go on. */
static bool outstays(Script *script, int64_t now)
{
	if (!script->lesson || !control_stopping(script->options.trial->control))
		return false;
	if (!script->stopping_ns)
		script->stopping_ns = now;
	return now - script->stopping_ns >= SANDBOX_STOP_NS &&
	       !err_set(&script->stop, ERR_SCRIPT, "stopped (in the script)");
}

bool script_check(Script *script, bool in_engine)
{
	if (script->stop.code != ERR_NONE)
		return false;
	int64_t now = clock_now_ns();

	script->steps = 0;
	script->memory_grown = 0;
	if (script->deadline_ns && now >= script->deadline_ns)
		return err_set(&script->stop, ERR_LIMIT, "time limit reached (in the %s)",
			       in_engine ? "engine" : "script");
	if (now - script->polled_ns < SANDBOX_POLL_NS)
		return true;
	script->polled_ns = now;
	if (!script->options.trial)
		return true;
	return control_poll(script->options.trial->control, &script->stop) &&
	       (in_engine || !outstays(script, now));
}

/* A recursion without end is told apart from other uses of memory. It ends the script: what a hook
 * raises must not be caught, since handlers would run with the hook off. */
static void check_depth(lua_State *L, Script *script)
{
	lua_Debug frame;

	if (script->memory_used < script->depth_looked)
		script->depth_looked = script->memory_used;
	if (script->memory_used - script->depth_looked < SANDBOX_DEPTH_GROWN)
		return;
	script->depth_looked = script->memory_used;
	if (lua_getstack(L, SANDBOX_DEPTH, &frame))
		err_set(&script->stop, ERR_SCRIPT,
			"stack overflow: over %d calls inside one another; does a function "
			"call itself without end?",
			SANDBOX_DEPTH);
}

static void sandbox_hook(lua_State *L, lua_Debug *event)
{
	Script *script = script_of(L);

	(void)event;
	check_depth(L, script);
	if (!script_check(script, false))
		script_stop(L);
	int64_t now = clock_now_ns();
	bool slow = script->big_blocks > 0 || now - script->hooked_ns > SANDBOX_SLOW_NS;
	int count = slow ? SANDBOX_HOOK_SLOW : SANDBOX_HOOK;

	script->hooked_ns = now;
	if (lua_gethookcount(L) != count)
		lua_sethook(L, sandbox_hook, LUA_MASKCOUNT, count);
}

int script_stop(lua_State *L)
{
	Script *script = script_of(L);

	lua_sethook(L, sandbox_hook, LUA_MASKCOUNT, 1);
	if (!script->stop_placed) {
		char place[SCRIPT_NAME_MAX];

		script->stop_placed = true;
		script_place(L, place, sizeof place);
		if (script->stop.code != ERR_INTERRUPTED)
			err_prefix(&script->stop, "%s", place);
	}
	lua_pushstring(L, script->stop.text);
	lua_error(L);
	__builtin_unreachable(); /* lua_error does not return */
}

void script_charge(lua_State *L, uint64_t steps)
{
	Script *script = script_of(L);

	script->steps += steps;
	if (script->steps < SANDBOX_STEPS)
		return;
	if (!script_check(script, false))
		script_stop(L);
	if (steps >= SANDBOX_STEPS) /* there may be more like this one */
		lua_sethook(L, sandbox_hook, LUA_MASKCOUNT, SANDBOX_HOOK_SLOW);
}

/* Refuses by NULL; Lua collects all garbage, tries again, and raises. Shrinking never fails. */
static void *sandbox_alloc(void *user, void *block, size_t old, size_t size)
{
	Script *script = user;
	size_t cap = script->options.memory_bytes;

	if (!block)
		old = 0; /* then Lua passes a type here */
	if (size == 0) {
		free(block);
		script->memory_used -= old;
		script->big_blocks -= old >= SANDBOX_BIG;
		return NULL;
	}
	if (size > old) {
		size_t more = size - old;

		if (size > cap / SANDBOX_BLOCK_DIVISOR || more > cap - script->memory_used)
			return NULL;
		script->memory_grown += more;
		if (script->memory_grown > SANDBOX_GROWN)
			script_check(script, false);
		if (script->stop.code != ERR_NONE && size > SANDBOX_SMALL)
			return NULL;
	}
	void *moved = realloc(block, size);

	if (!moved) {
		script->memory_refused |= size > old;
		return size <= old ? block : NULL;
	}
	script->memory_used += size;
	script->memory_used -= old;
	script->big_blocks += size >= SANDBOX_BIG;
	script->big_blocks -= old >= SANDBOX_BIG;
	return moved;
}

/* --- environment ------------------------------------------------------------------------------ */

/* Copies what is allowed from the library at the top into the table below it. */
static void copy_allowed(lua_State *L, const char *const *allowed)
{
	for (; *allowed; allowed++) {
		lua_getfield(L, -1, *allowed);
		lua_setfield(L, -3, *allowed);
	}
}

/* Charges the length of its string arguments, then runs the library's own function in the same
 * frame. */
static int charged(lua_State *L)
{
	uint64_t len = 1;

	for (int i = 1; i <= 3; i++)
		if (lua_type(L, i) == LUA_TSTRING)
			len += lua_rawlen(L, i);
	script_charge(L, len);
	return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

/* Those functions of the table on top whose time grows with their strings. */
static void charge_strings(lua_State *L)
{
	static const char *const names[] = {
		"len",  "sub",    "upper",     "lower",  "reverse",  "byte",
		"char", "format", "codepoint", "offset", "tonumber", NULL,
	};

	for (const char *const *name = names; *name; name++) {
		if (lua_getfield(L, -1, *name) == LUA_TFUNCTION) {
			lua_pushcclosure(L, charged, 1);
			lua_setfield(L, -2, *name);
		} else {
			lua_pop(L, 1);
		}
	}
}

static int global_unknown(lua_State *L)
{
	size_t n = 0;
	const char *names[64] = { NULL },
		   *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "?";

	for (const char *const *known = libraries[0].allowed; *known && n < 40; known++)
		names[n++] = *known;
	for (const Library *library = libraries + 1; library->open; library++)
		names[n++] = library->name;
	names[n++] = "pairs";
	names[n++] = "pcall";
	names[n++] = "print";
	names[n++] = "require";
	names[n++] = "setmetatable";

	char hint[TEXT_HINT_MAX];

	if (*text_did_you_mean(hint, name, names))
		script_fail(L, "unknown name '%.60s'%s", name, hint);
	script_fail(L,
		    "unknown name '%.60s': it is neither a local nor one of the few globals of a "
		    "script",
		    name);
}

static int global_set(lua_State *L)
{
	const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "?";

	script_fail(L, "a script sets no globals: write 'local %.60s'", name);
}

/* The globals are an empty table in front of the real one, so that no name can be set. */
static void set_globals(lua_State *L)
{
	lua_newtable(L); /* the front */
	lua_newtable(L); /* its metatable */
	lua_pushvalue(L, -3);
	lua_setfield(L, -2, "__index");
	lua_pushcfunction(L, global_set);
	lua_setfield(L, -2, "__newindex");
	lua_pushboolean(L, false);
	lua_setfield(L, -2, "__metatable");
	lua_setmetatable(L, -2);
	lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);

	lua_newtable(L); /* the metatable of the real one */
	lua_pushcfunction(L, global_unknown);
	lua_setfield(L, -2, "__index");
	lua_pushboolean(L, false);
	lua_setfield(L, -2, "__metatable");
	lua_setmetatable(L, -2);
	lua_pop(L, 1);
}

/* The metatable that luaopen_string gave to all strings keeps its arithmetic; methods come from our
 * table. */
static void lock_strings(lua_State *L)
{
	lua_pushliteral(L, "");
	lua_getmetatable(L, -1);
	lua_getfield(L, -3, "string");
	lua_setfield(L, -2, "__index");
	lua_pushboolean(L, false);
	lua_setfield(L, -2, "__metatable");
	lua_pop(L, 2);
}

static int open_environment(lua_State *L)
{
	/* The open functions fill the globals and this list; both are dropped afterwards. */
	lua_newtable(L);
	for (const Library *library = libraries; library->open; library++) {
		if (library->name)
			lua_newtable(L);
		luaL_requiref(L, library->name ? library->name : LUA_GNAME, library->open, 0);
		copy_allowed(L, library->allowed);
		lua_pop(L, 1);
		charge_strings(L);
		if (library->own)
			library->own(L);
		if (library->name)
			lua_setfield(L, -2, library->name);
	}
	lock_strings(L);
	set_globals(L);
	lua_pushnil(L);
	lua_setfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
	return 0;
}

lua_State *sandbox_open(Script *script, Err *err)
{
	lua_State *L = lua_newstate(sandbox_alloc, script);

	if (!L) {
		err_set(err, ERR_MEMORY, "%s: no memory for a Lua state", script->name);
		return NULL;
	}
	*(Script **)lua_getextraspace(L) = script;
	lua_pushcfunction(L, open_environment);
	if (lua_pcall(L, 0, 0, 0) != LUA_OK) {
		err_set(err, ERR_MEMORY, "%s: no memory for the libraries of Lua", script->name);
		lua_close(L);
		return NULL;
	}
	script->hooked_ns = clock_now_ns();
	lua_sethook(L, sandbox_hook, LUA_MASKCOUNT, SANDBOX_HOOK);
	return L;
}

static const char *const base_names[] = {
	"_VERSION", "assert", "error",  "getmetatable", "ipairs",   "next", "rawequal", "rawget",
	"rawlen",   "rawset", "select", "tonumber",     "tostring", "type", NULL,
};
static const char *const coroutine_names[] = { "create", "isyieldable", "running",
					       "status", "yield",       NULL };
static const char *const math_names[] = {
	"abs",  "acos", "asin", "atan", "ceil",       "cos",  "deg",        "exp",  "floor",
	"fmod", "huge", "log",  "max",  "maxinteger", "min",  "mininteger", "modf", "pi",
	"rad",  "sin",  "sqrt", "tan",  "tointeger",  "type", "ult",        NULL,
};
static const char *const os_names[] = { "clock", "time", NULL };
static const char *const string_names[] = {
	"byte", "char", "format", "len", "lower", "reverse", "sub", "upper", NULL,
};
static const char *const table_names[] = { "pack", NULL };
static const char *const utf8_names[] = {
	"char", "charpattern", "codepoint", "codes", "len", "offset", NULL,
};

static const Library libraries[] = {
	{ NULL, luaopen_base, base_names, library_base },
	{ "coroutine", luaopen_coroutine, coroutine_names, library_coroutine },
	{ "math", luaopen_math, math_names, library_math },
	{ "os", luaopen_os, os_names, NULL },
	{ "string", luaopen_string, string_names, library_strings },
	{ "table", luaopen_table, table_names, library_tables },
	{ "utf8", luaopen_utf8, utf8_names, NULL },
	{ NULL, NULL, NULL, NULL },
};
