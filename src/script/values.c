/* What scripts give, checked: the one place where a Lua table becomes Params, and the strict tables
 * and handles they get.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "script/inside.h"

#define NAMES_MAX 64

/* --- tables to Params ------------------------------------------------------------------------- */

static const Param *find_row(const Info *info, const char *name)
{
	for (const Param *row = info->params; row && row->name; row++)
		if (strcmp(row->name, name) == 0)
			return row;
	return NULL;
}

static bool in_list(const char *const *list, const char *name)
{
	for (; list && *list; list++)
		if (strcmp(*list, name) == 0)
			return true;
	return false;
}

noreturn static void wrong_type(lua_State *L, const Params *params, const Param *row, int value)
{
	static const char *const wants[] = {
		[PARAM_FLAG] = "true or false", [PARAM_INT] = "a whole number",
		[PARAM_NUMBER] = "a number",    [PARAM_CHOICE] = "a text",
		[PARAM_TEXT] = "a text",        [PARAM_SIZES] = "a list of whole numbers",
		[PARAM_OBJECT] = "a handle",    [PARAM_SIZE] = "a number",
		[PARAM_TIME] = "a number",      [PARAM_LINES] = "a list of texts",
	};
	const char *got = luaL_typename(L, value), *want = wants[row->type];

	if (luaL_getmetafield(L, value, "__name") == LUA_TSTRING)
		got = lua_tostring(L, -1);
	if (row->type == PARAM_OBJECT)
		script_fail_key(L, row->name, "%s: %s must be %s, not a %s", params->info->name,
				row->name, row->choices, got);
	if (row->type == PARAM_CHOICE)
		script_fail_key(L, row->name, "%s: %s must be one of %s, not a %s",
				params->info->name, row->name, row->choices, got);
	script_fail_key(L, row->name, "%s: %s must be %s, not a %s", params->info->name, row->name,
			want, got);
}

static void set_sizes(lua_State *L, Params *params, const Param *row, int value)
{
	double sizes[PARAM_SIZES_MAX + 1];
	size_t n = lua_rawlen(L, value);
	Err err;

	if (n > PARAM_SIZES_MAX)
		n = PARAM_SIZES_MAX + 1; /* refused below, with the limit */
	for (size_t i = 0; i < n; i++) {
		if (lua_rawgeti(L, value, (lua_Integer)i + 1) != LUA_TNUMBER)
			script_fail_key(L, row->name,
					"%s: %s[%zu] must be a whole number, not a %s",
					params->info->name, row->name, i + 1, luaL_typename(L, -1));
		sizes[i] = lua_tonumber(L, -1);
		lua_pop(L, 1);
	}
	if (!params_set_sizes(params, row->name, sizes, n, &err))
		script_raise_key(L, row->name, &err);
}

/* A list of texts, joined by ';'. */
static void set_lines(lua_State *L, Params *params, const Param *row, int value)
{
	char text[PARAM_TEXT_MAX];
	size_t used = 0, n = lua_rawlen(L, value);
	Err err;

	for (size_t i = 1; i <= n; i++) {
		if (lua_rawgeti(L, value, (lua_Integer)i) != LUA_TSTRING)
			script_fail_key(L, row->name, "%s: %s[%zu] must be a text, not a %s",
					params->info->name, row->name, i, luaL_typename(L, -1));
		size_t len;
		const char *line = lua_tolstring(L, -1, &len);

		if (strcspn(line, ";") != len)
			script_fail_key(L, row->name, "%s: %s[%zu] holds a ';' or a zero byte",
					params->info->name, row->name, i);
		if (used + len + 2 >= sizeof text)
			script_fail_key(L, row->name, "%s: %s takes more than %zu bytes",
					params->info->name, row->name, sizeof text - 1);
		used += text_format(text + used, sizeof text - used, "%s%s", i > 1 ? ";" : "",
				    line);
		lua_pop(L, 1);
	}
	text[used] = '\0';
	if (!params_set_text(params, row->name, text, &err))
		script_raise_key(L, row->name, &err);
}

static void set_object(lua_State *L, Params *params, const Param *row, int value, int keep)
{
	const void *object = handle_object(L, value, row->choices);
	Err err;

	if (!object)
		wrong_type(L, params, row, value);
	if (!params_set_object(params, row->name, row->choices, object, &err))
		script_raise_key(L, row->name, &err);
	if (keep) {
		lua_pushvalue(L, value);
		lua_setfield(L, keep, row->name);
	}
}

static void set_text(lua_State *L, Params *params, const Param *row, int value)
{
	size_t len;
	const char *text = lua_tolstring(L, value, &len);
	Err err;

	if (strlen(text) != len)
		script_fail_key(L, row->name, "%s: %s holds a zero byte", params->info->name,
				row->name);
	if (!params_set_text(params, row->name, text, &err))
		script_raise_key(L, row->name, &err);
}

/* value: an absolute index. */
static void set_value(lua_State *L, Params *params, const Param *row, int value, int keep)
{
	Err err;
	bool fine = true;

	switch (lua_type(L, value)) {
	case LUA_TBOOLEAN:
		if (row->type != PARAM_FLAG)
			wrong_type(L, params, row, value);
		fine = params_set_flag(params, row->name, lua_toboolean(L, value), &err);
		break;
	case LUA_TNUMBER:
		if (row->type != PARAM_INT && row->type != PARAM_NUMBER && row->type != PARAM_SIZES)
			wrong_type(L, params, row, value);
		fine = params_set_number(params, row->name, lua_tonumber(L, value), &err);
		break;
	case LUA_TSTRING:
		if (row->type != PARAM_TEXT && row->type != PARAM_CHOICE &&
		    row->type != PARAM_LINES)
			wrong_type(L, params, row, value);
		set_text(L, params, row, value);
		break;
	case LUA_TTABLE:
		if (row->type == PARAM_LINES) {
			set_lines(L, params, row, value);
			break;
		}
		if (row->type != PARAM_SIZES)
			wrong_type(L, params, row, value);
		set_sizes(L, params, row, value);
		break;
	case LUA_TUSERDATA:
		if (row->type != PARAM_OBJECT)
			wrong_type(L, params, row, value);
		set_object(L, params, row, value, keep);
		break;
	default:
		wrong_type(L, params, row, value);
	}
	if (!fine)
		script_raise_key(L, row->name, &err);
}

noreturn static void unknown_key(lua_State *L, const Info *info, const char *const *skip,
				 const char *name)
{
	const char *names[NAMES_MAX + 1] = { NULL };
	size_t n = 0;

	for (const Param *row = info->params; row && row->name && n < NAMES_MAX; row++)
		names[n++] = row->name;
	for (; skip && *skip && n < NAMES_MAX; skip++)
		if (strcmp(*skip, "1") != 0)
			names[n++] = *skip;
	char hint[TEXT_HINT_MAX], list[400] = "";
	size_t len = 0;

	if (*text_did_you_mean(hint, name, names))
		script_fail_key(L, name, "unknown key '%.60s' in %s%s", name, info->name, hint);
	for (size_t i = 0; i < n; i++)
		len += text_format(list + len, sizeof list - len, "%s%s", i ? ", " : "", names[i]);
	script_fail_key(L, name, "unknown key '%.60s' in %s; it knows %s", name, info->name,
			n ? list : "no keys");
}

void values_params(lua_State *L, int index, const Info *info, Params *params,
		   const char *const *skip, int keep)
{
	Err err;

	if (!params_init(params, info, &err))
		script_raise(L, &err);
	if (lua_isnoneornil(L, index)) {
		if (!params_complete(params, &err))
			script_raise(L, &err);
		return;
	}
	if (!lua_istable(L, index))
		script_fail(L, "%s takes a table of named values, not a %s", info->name,
			    luaL_typename(L, index));
	index = lua_absindex(L, index);
	luaL_checkstack(L, 8, info->name);
	for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
		char name[64];
		int key = lua_gettop(L) - 1;

		if (lua_isinteger(L, key))
			snprintf(name, sizeof name, "%lld", (long long)lua_tointeger(L, key));
		else if (lua_type(L, key) == LUA_TSTRING)
			text_format(name, sizeof name, "%s", lua_tostring(L, key));
		else
			script_fail(L, "%s: a key is a %s; keys are names", info->name,
				    luaL_typename(L, key));
		if (in_list(skip, name))
			continue;
		if (lua_isinteger(L, key))
			script_fail(L, "%s: value %s has no name; write NAME = VALUE", info->name,
				    name);
		const Param *row = find_row(info, name);

		if (!row)
			unknown_key(L, info, skip, name);
		set_value(L, params, row, key + 1, keep);
	}
	if (!params_complete(params, &err))
		script_raise(L, &err);
}

/* --- tables with functions -------------------------------------------------------------------- */

static const char *article(const char *type)
{
	return strchr("aeiou", *type) ? "an" : "a";
}

void values_keys(lua_State *L, int index, const char *what, const Key *keys)
{
	const char *names[NAMES_MAX + 1] = { NULL };
	size_t n = 0;
	const Key *key;

	index = lua_absindex(L, index);
	for (key = keys; key->name && n < NAMES_MAX; key++)
		if (strcmp(key->name, "#") != 0)
			names[n++] = key->name;
	for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
		if (lua_isinteger(L, -2) && strcmp(keys->name, "#") == 0)
			continue;
		if (lua_type(L, -2) != LUA_TSTRING)
			script_fail(L, "%s: a value has no name; write NAME = VALUE", what);
		const char *name = lua_tostring(L, -2);

		for (key = keys; key->name && strcmp(key->name, name) != 0; key++)
			;
		if (!key->name) {
			char hint[TEXT_HINT_MAX], list[400] = "";
			size_t len = 0;

			if (*text_did_you_mean(hint, name, names))
				script_fail_key(L, name, "unknown key '%.60s' in %s%s", name, what,
						hint);
			for (size_t i = 0; i < n; i++)
				len += text_format(list + len, sizeof list - len, "%s%s",
						   i ? ", " : "", names[i]);
			script_fail_key(L, name, "unknown key '%.60s' in %s; it knows %s", name,
					what, list);
		}
		if (key->type != LUA_TNONE && lua_type(L, -1) != key->type) {
			const char *want = lua_typename(L, key->type);

			script_fail_key(L, name, "%s: %s must be %s %s, not %s %s", what, name,
					article(want), want, article(luaL_typename(L, -1)),
					luaL_typename(L, -1));
		}
	}
	for (key = keys; key->name; key++) {
		if (!key->required)
			continue;
		lua_pushstring(L, key->name);
		if (lua_rawget(L, index) == LUA_TNIL)
			script_fail_key(L, "", "%s: %s is missing: %s", what, key->name, key->help);
		lua_pop(L, 1);
	}
}

int values_field(lua_State *L, int index, const char *name)
{
	index = lua_absindex(L, index);
	lua_pushstring(L, name);
	return lua_rawget(L, index);
}

/* Names the line inside the text, where the source has it as it is. */
noreturn static void fail_character(lua_State *L, const char *key, const char *what,
				    const char *text, size_t at, bool invalid)
{
	const Script *script = script_of(L);
	char place[SCRIPT_NAME_MAX];
	int called = script_place(L, place, sizeof place),
	    from = script->table_line ? script->table_line : called;
	size_t name_len = strlen(script->name), begin = at;
	bool own = strncmp(place, script->name, name_len) == 0 && place[name_len] == ':';

	while (begin > 0 && text[begin - 1] != '\n')
		begin--;
	int line = own ? source_text_line(script->text, script->len, from, text + begin,
					  at - begin + 1)
		       : from;
	Err err;

	if (invalid)
		err_set(&err, ERR_SCRIPT, "%s is no UTF-8: its byte %zu is 0x%02x", what, at + 1,
			(unsigned)(unsigned char)text[at]);
	else
		err_set(&err, ERR_SCRIPT, "%s holds a character that is not printable, at byte %zu",
			what, at + 1);
	if (line <= from)
		script_raise_key(L, key, &err);
	err_prefix(&err, "%s:%d", script->name, line);
	script_raise(L, &err);
}

const char *values_string(lua_State *L, int index, const char *key, const char *what, size_t cap)
{
	size_t len = 0;
	const char *text = lua_type(L, index) == LUA_TSTRING ? lua_tolstring(L, index, &len) : "";

	if (len == 0 || len >= cap)
		script_fail_key(L, key, "%s must be a text of 1 to %zu bytes", what, cap - 1);
	for (size_t at = 0, used; at < len; at += used) {
		uint32_t code;

		used = text_decode(text + at, len - at, &code);
		/* U+FFFD itself, of three bytes, is a character like others. */
		bool invalid = code == 0xfffd && (used < 3 || text[at] != '\xef');

		if (invalid || (text_hidden(code) && code != '\n'))
			fail_character(L, key, what, text, at, invalid);
	}
	return text;
}

void values_text(lua_State *L, int index, const char *key, const char *what, char *out, size_t cap)
{
	text_format(out, cap, "%s", values_string(L, index, key, what, cap));
}

/* --- strict tables and handles ---------------------------------------------------------------- */

int values_unknown(lua_State *L, int index, const char *what, const char *name)
{
	const char *names[NAMES_MAX + 1] = { NULL };
	size_t n = 0;

	index = lua_absindex(L, index);
	for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1))
		if (lua_type(L, -2) == LUA_TSTRING && n < NAMES_MAX)
			names[n++] = lua_tostring(L, -2);
	char hint[TEXT_HINT_MAX];

	script_fail(L, "unknown name '%.60s' in %s%s", name, what,
		    text_did_you_mean(hint, name, names));
}

static const char *index_name(lua_State *L)
{
	return lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : luaL_tolstring(L, 2, NULL);
}

/* Upvalues: the table's name, and the keys whose values are kept, or nil. */
static int strict_index(lua_State *L)
{
	const char *what = lua_tostring(L, lua_upvalueindex(1));

	if (lua_istable(L, lua_upvalueindex(2)) && !lua_isnil(L, 2)) {
		lua_pushvalue(L, 2);
		if (lua_rawget(L, lua_upvalueindex(2)) != LUA_TNIL) {
			script_of(L)->refused++;
			script_fail(L, "the test rows are not for you here: they are kept for the "
				       "checks; use the training rows");
		}
		lua_pop(L, 1);
	}
	if (!*what)
		return 0;

	values_unknown(L, 1, what, index_name(L));
}

void values_guard(lua_State *L, const char *what)
{
	lua_createtable(L, 0, 3);
	lua_insert(L, -2);
	lua_pushstring(L, what);
	lua_insert(L, -2);
	lua_pushcclosure(L, strict_index, 2);
	lua_setfield(L, -2, "__index");
	lua_pushstring(L, *what ? what : "table");
	lua_setfield(L, -2, "__name");
	lua_pushboolean(L, false);
	lua_setfield(L, -2, "__metatable");
	lua_setmetatable(L, -2);
}

void values_strict(lua_State *L, const char *what)
{
	lua_pushnil(L);
	values_guard(L, what);
}

/* Its function tells such a metatable, which no script can get at. */
const char *values_strict_name(lua_State *L, int index)
{
	const char *name = NULL;

	if (!lua_getmetatable(L, index))
		return NULL;
	if (values_field(L, -1, "__index") == LUA_TFUNCTION &&
	    lua_tocfunction(L, -1) == strict_index && lua_getupvalue(L, -1, 1)) {
		name = lua_tostring(L, -1); /* the metatable keeps it */
		lua_pop(L, 1);
	}
	lua_pop(L, 2);
	return name;
}

/* Upvalues: methods, getter of fields or nil, the handle's name. */
static int handle_index(lua_State *L)
{
	lua_pushvalue(L, 2);
	if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL)
		return 1;
	lua_CFunction field = lua_tocfunction(L, lua_upvalueindex(2));

	lua_settop(L, 2);
	if (field && field(L))
		return 1;
	values_unknown(L, lua_upvalueindex(1), lua_tostring(L, lua_upvalueindex(3)), index_name(L));
}

void values_handle(lua_State *L, const char *name, const luaL_Reg *methods, const luaL_Reg *meta,
		   lua_CFunction field)
{
	if (luaL_newmetatable(L, name)) {
		luaL_setfuncs(L, meta, 0);
		lua_newtable(L);
		luaL_setfuncs(L, methods, 0);
		if (field)
			lua_pushcfunction(L, field);
		else
			lua_pushnil(L);
		lua_pushstring(L, name);
		lua_pushcclosure(L, handle_index, 3);
		lua_setfield(L, -2, "__index");
		lua_pushboolean(L, false);
		lua_setfield(L, -2, "__metatable");
	}
	lua_pop(L, 1);
}
