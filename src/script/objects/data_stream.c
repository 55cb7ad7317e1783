/* wattle.data.stream: the training rows of an imported dataset, for a model to learn from while
 * they are read from its file.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/text.h"
#include "data/imported.h"
#include "script/inside.h"

static const luaL_Reg stream_meta[];

DataFile *stream_file(lua_State *L, int arg)
{
	DataFile *const *box = luaL_testudata(L, arg, STREAM_HANDLE);

	luaL_argcheck(L, !box || *box, arg, "this stream was closed");
	return box ? *box : NULL;
}

static int stream_close(lua_State *L)
{
	DataFile **box = luaL_checkudata(L, 1, STREAM_HANDLE);

	script_check_pinned(L, 1, "closed");
	datafile_close(*box);
	*box = NULL;
	return 0;
}

static int stream_length(lua_State *L)
{
	luaL_checkudata(L, 1, STREAM_HANDLE);
	lua_pushinteger(L, (lua_Integer)datafile_about(stream_file(L, 1))->train_rows);
	return 1;
}

static int stream_text(lua_State *L)
{
	DataFile *const *box = luaL_checkudata(L, 1, STREAM_HANDLE);
	const Dataset *about = *box ? datafile_about(*box) : NULL;

	if (about)
		lua_pushfstring(L, "stream: %I rows of %s", (LUAI_UACINT)about->train_rows,
				about->name);
	else
		lua_pushliteral(L, "stream: closed");
	return 1;
}

static int stream_field(lua_State *L)
{
	luaL_checkudata(L, 1, STREAM_HANDLE);
	const Dataset *about = datafile_about(stream_file(L, 1));
	const char *name = lua_tostring(L, 2);

	if (!name)
		return 0;
	if (strcmp(name, "inputs") == 0)
		lua_pushinteger(L, (lua_Integer)about->features);
	else if (strcmp(name, "classes") == 0)
		lua_pushinteger(L, (lua_Integer)about->classes);
	else if (strcmp(name, "name") == 0)
		lua_pushstring(L, about->name);
	else
		return 0;
	return 1;
}

/* ERR_ARGUMENT for what lies in no file of its own. */
static bool stream_find(const Script *script, const char *name, char path[IMPORTED_PATH_MAX],
			Err *err)
{
	char hint[TEXT_HINT_MAX];

	if (data_source_find(name))
		return err_set(err, ERR_ARGUMENT,
			       "data.stream: '%s' is built in, and streams are read from files of "
			       "wattle data import: use data.load \"%s\"",
			       name, name);
	return imported_find(name, script->options.data, path) ||
	       err_set(err, ERR_ARGUMENT, "data.stream: there is no imported dataset '%.60s'%s",
		       name, dataset_hint(hint, name, script->options.data));
}

int data_stream(lua_State *L)
{
	const Script *script = script_of(L);
	const char *name = data_name(L, 1, "data.stream");
	char path[IMPORTED_PATH_MAX];
	Err err;

	DataFile **box = lua_newuserdatauv(L, sizeof *box, 0);

	*box = NULL;
	luaL_setmetatable(L, STREAM_HANDLE);
	if (!stream_find(script, name, path, &err))
		script_raise(L, &err);
	*box = datafile_open(path, &err);
	if (!*box || (script->options.trial &&
		      !trial_dataset(script->options.trial, datafile_about(*box), &err)))
		script_raise(L, &err);
	return 1;
}

void data_stream_open(lua_State *L)
{
	static const luaL_Reg none[] = { { NULL, NULL } };

	values_handle(L, STREAM_HANDLE, none, stream_meta, stream_field);
}

static const luaL_Reg stream_meta[] = {
	{ "__close", stream_close },   { "__gc", stream_close }, { "__len", stream_length },
	{ "__tostring", stream_text }, { NULL, NULL },
};
