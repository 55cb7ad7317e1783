/* wattle.data: datasets by name, and rows of them. The script keeps every dataset it has loaded,
 * rows are views.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/text.h"
#include "script/inside.h"

static const Info load_info;
static const luaL_Reg rows_methods[], rows_meta[];

/* --- rows ------------------------------------------------------------------------------------- */

Rows *data_rows(lua_State *L, int arg)
{
	Rows *rows = luaL_checkudata(L, arg, ROWS_HANDLE);

	luaL_argcheck(L, rows->set, arg, "these rows were closed");
	return rows;
}

/* Pushes a handle that holds no rows yet. */
static Rows *rows_push(lua_State *L)
{
	Rows *rows = lua_newuserdatauv(L, sizeof *rows, 0);

	memset(rows, 0, sizeof *rows);
	luaL_setmetatable(L, ROWS_HANDLE);
	return rows;
}

static int rows_close(lua_State *L)
{
	Rows *rows = luaL_checkudata(L, 1, ROWS_HANDLE);

	rows_done(rows);
	memset(rows, 0, sizeof *rows);
	return 0;
}

static int rows_length(lua_State *L)
{
	lua_pushinteger(L, (lua_Integer)data_rows(L, 1)->count);
	return 1;
}

static size_t check_count(lua_State *L, int arg)
{
	lua_Integer n = luaL_checkinteger(L, arg);

	luaL_argcheck(L, n >= 1, arg, "the number of rows must be 1 or more");
	return (size_t)n;
}

static int rows_head_lua(lua_State *L)
{
	const Rows *from = data_rows(L, 1);
	size_t n = check_count(L, 2);
	Rows *rows = rows_push(L);
	Err err;

	if (!rows_head(rows, from, n, &err))
		script_raise(L, &err);
	return 1;
}

static int rows_sample_lua(lua_State *L)
{
	const Rows *from = data_rows(L, 1);
	size_t n = check_count(L, 2);
	lua_Integer seed = luaL_optinteger(L, 3, (lua_Integer)script_of(L)->seed);
	Rows *rows = rows_push(L);
	Err err;

	if (!rows_sample(rows, from, n, (uint64_t)seed, &err))
		script_raise(L, &err);
	return 1;
}

static int rows_field(lua_State *L)
{
	const Rows *rows = data_rows(L, 1);
	const char *name = lua_tostring(L, 2);

	if (!name)
		return 0;
	if (strcmp(name, "inputs") == 0)
		lua_pushinteger(L, (lua_Integer)rows->set->features);
	else if (strcmp(name, "classes") == 0)
		lua_pushinteger(L, (lua_Integer)rows->set->classes);
	else if (strcmp(name, "name") == 0)
		lua_pushstring(L, rows->set->name);
	else
		return 0;
	return 1;
}

static int rows_text(lua_State *L)
{
	const Rows *rows = luaL_checkudata(L, 1, ROWS_HANDLE);

	if (rows->set)
		lua_pushfstring(L, "rows: %I of %s", (LUAI_UACINT)rows->count, rows->set->name);
	else
		lua_pushliteral(L, "rows: closed");
	return 1;
}

/* --- datasets --------------------------------------------------------------------------------- */

const Dataset *data_get(Script *script, const char *name, Err *err)
{
	for (size_t i = 0; i < script->sets; i++)
		if (strcmp(script->set[i]->name, name) == 0)
			return script->set[i];
	if (script->sets == SCRIPT_SETS_MAX) {
		err_set(err, ERR_LIMIT, "a script may load %d datasets", SCRIPT_SETS_MAX);
		return NULL;
	}
	if (!script->options.data) {
		err_set(err, ERR_NEED, "no folders of datasets are known here");
		return NULL;
	}
	Dataset *set = dataset_load(name, script->options.data, &script->control, err);

	if (!set)
		return NULL;
	script->set[script->sets++] = set;
	if (script->options.trial && !trial_dataset(script->options.trial, set, err))
		return NULL;
	return set;
}

/* Names are looked up in a table; nothing a script writes becomes part of a path. */
static const char *check_name(lua_State *L, int arg)
{
	size_t len;
	const char *name = luaL_checklstring(L, arg, &len);

	if (strlen(name) != len || strpbrk(name, "/\\") || strstr(name, "..") || name[0] == '.')
		script_fail(
			L,
			"data.load: '%.60s' looks like a path; datasets are loaded by name, as in "
			"data.load \"digits\"",
			name);
	return name;
}

static int data_load(lua_State *L)
{
	Script *script = script_of(L);
	const char *name = check_name(L, 1);
	DataSplit split;
	Params params;
	Err err;

	values_params(L, 2, &load_info, &params, NULL, 0);
	const ParamValue *seed = params_get(&params, "seed");
	const Dataset *set = data_get(script, name, &err);

	if (!set)
		script_raise(L, &err);
	int64_t rows = params_get(&params, "rows")->integer;

	if (script->caps.rows > 0 && (rows == 0 || rows > script->caps.rows))
		rows = script->caps.rows;
	lua_createtable(L, 0, 8);
	Rows *train = rows_push(L);
	lua_setfield(L, -2, "train");
	Rows *valid = rows_push(L);
	lua_setfield(L, -2, "valid");
	Rows *test = rows_push(L);
	lua_setfield(L, -2, "test");
	if (!dataset_split(&split, set, (size_t)rows, params_get(&params, "valid")->number,
			   seed->given ? (uint64_t)seed->integer : script->seed, &err))
		script_raise(L, &err);
	*train = split.train;
	*valid = split.valid;
	*test = split.test;
	lua_pushinteger(L, (lua_Integer)set->features);
	lua_setfield(L, -2, "inputs");
	lua_pushinteger(L, (lua_Integer)set->classes);
	lua_setfield(L, -2, "classes");
	lua_pushstring(L, set->name);
	lua_setfield(L, -2, "name");
	values_strict(L, "data");
	return 1;
}

static int data_list(lua_State *L)
{
	lua_newtable(L);
	for (int i = 0; data_sources[i]; i++) {
		lua_pushstring(L, data_sources[i]->info.name);
		lua_rawseti(L, -2, i + 1);
	}
	return 1;
}

static const luaL_Reg data_functions[] = {
	{ "list", data_list },
	{ "load", data_load },
	{ NULL, NULL },
};

void data_open(lua_State *L)
{
	values_handle(L, ROWS_HANDLE, rows_methods, rows_meta, rows_field);
	luaL_newlib(L, data_functions);
	values_strict(L, "wattle.data");
}

static const luaL_Reg rows_methods[] = {
	{ "head", rows_head_lua },
	{ "sample", rows_sample_lua },
	{ NULL, NULL },
};

static const luaL_Reg rows_meta[] = {
	{ "__close", rows_close },   { "__gc", rows_close }, { "__len", rows_length },
	{ "__tostring", rows_text }, { NULL, NULL },
};

static const Info load_info = {
	.name = "data.load",
	.title = "Load a dataset",
	.about = "Rows of a dataset, split into training, validation and test rows.",
	.params =
		(const Param[]){
			{ .name = "rows",
			  .type = PARAM_INT,
			  .value = "0",
			  .minimum = 0,
			  .maximum = 4294967295.0,
			  .help = "Training rows, drawn in proportion of the classes; 0: all." },
			{ .name = "valid",
			  .type = PARAM_NUMBER,
			  .value = "0",
			  .minimum = 0,
			  .maximum = 0.5,
			  .help = "Share of the training rows that is split off for validation." },
			{ .name = "seed",
			  .type = PARAM_INT,
			  .minimum = 0,
			  .maximum = 9007199254740992.0,
			  .help = "Of the drawing and the split; the run's when absent." },
			{ .name = NULL },
		},
};
