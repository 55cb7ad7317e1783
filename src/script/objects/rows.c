/* The handle of rows: views of a dataset.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "script/inside.h"

static const Key where_keys[];

Rows *data_rows(lua_State *L, int arg)
{
	Rows *rows = luaL_checkudata(L, arg, ROWS_HANDLE);

	luaL_argcheck(L, rows->set, arg, "these rows were closed");
	return rows;
}

Rows *data_push_empty(lua_State *L)
{
	Rows *rows = lua_newuserdatauv(L, sizeof *rows, 0);

	memset(rows, 0, sizeof *rows);
	luaL_setmetatable(L, ROWS_HANDLE);
	return rows;
}

void data_push_rows(lua_State *L, Rows *rows)
{
	*data_push_empty(L) = *rows;
	*rows = (Rows){ .set = NULL };
}

static int rows_close(lua_State *L)
{
	Rows *rows = luaL_checkudata(L, 1, ROWS_HANDLE);

	script_check_pinned(L, 1, "closed");
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
	Rows *rows = data_push_empty(L);
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
	Rows *rows = data_push_empty(L);
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

/* --- one row ---------------------------------------------------------------------------------- */

/* The inputs of row i as a table: of a sparse row those that are there, by their number. */
static void push_inputs(lua_State *L, const Rows *rows, size_t i)
{
	const Dataset *set = rows->set;

	if (set->form == DATASET_SPARSE) {
		SparseRow row = rows_sparse(rows, i);

		script_charge(L, row.count);
		lua_createtable(L, 0, (int)row.count);
		for (size_t k = 0; k < row.count; k++) {
			lua_pushnumber(L, (lua_Number)row.value[k]);
			lua_rawseti(L, -2, (lua_Integer)row.column[k] + 1);
		}
		return;
	}
	script_charge(L, set->features);
	lua_createtable(L, (int)set->features, 0);
	float *x = lua_newuserdatauv(L, set->features * sizeof *x, 0);

	rows_floats(rows, i, 1, x);
	for (size_t k = 0; k < set->features; k++) {
		lua_pushnumber(L, (lua_Number)x[k]);
		lua_rawseti(L, -3, (lua_Integer)k + 1);
	}
	lua_pop(L, 1);
}

/* row(i) → inputs, and the class or the number to be predicted. */
static int rows_row(lua_State *L)
{
	const Rows *rows = data_rows(L, 1);
	lua_Integer i = luaL_checkinteger(L, 2);

	if (i < 1 || (lua_Unsigned)i > rows->count)
		script_fail(L, "row: there is no row %lld; there are 1 to %zu", (long long)i,
			    rows->count);
	push_inputs(L, rows, (size_t)i - 1);
	if (rows->set->labels)
		lua_pushinteger(L, rows_label(rows, (size_t)i - 1));
	else
		lua_pushnumber(L, (lua_Number)rows_target(rows, (size_t)i - 1));
	return 2;
}

/* --- where ------------------------------------------------------------------------------------ */

/* The class on top of the stack, by its number or its name. */
static uint16_t read_class(lua_State *L, const Dataset *set)
{
	char hint[TEXT_HINT_MAX];
	const char *names[DATASET_CLASSES_MAX + 1] = { NULL };

	if (lua_isinteger(L, -1)) {
		lua_Integer class = lua_tointeger(L, -1);

		if (class < 0 || (lua_Unsigned) class >= set->classes)
			script_fail_key(L, "class", "where: %s has the classes 0 to %d", set->name,
					(int)set->classes - 1);
		return (uint16_t) class;
	}
	if (lua_type(L, -1) != LUA_TSTRING || !set->class_name)
		script_fail_key(L, "class", "where: class must be a whole number%s, not a %s",
				set->class_name ? " or a name" : "", luaL_typename(L, -1));
	for (size_t i = 0; i < set->classes; i++) {
		if (strcmp(set->class_name[i], lua_tostring(L, -1)) == 0)
			return (uint16_t)i;
		names[i] = set->class_name[i];
	}
	script_fail_key(L, "class", "where: %s has no class '%.60s'%s", set->name,
			lua_tostring(L, -1), text_did_you_mean(hint, lua_tostring(L, -1), names));
}

/* where{class = 3}, or a list of classes. */
static int rows_where(lua_State *L)
{
	const Rows *from = data_rows(L, 1);
	uint16_t classes[DATASET_CLASSES_MAX];
	size_t n = 1;
	Err err;

	if (!lua_istable(L, 2))
		script_fail(L, "where takes a table: rows:where { class = 3 }");
	values_keys(L, 2, "where", where_keys);
	if (!from->set->labels)
		script_fail(L, "where: %s has numbers to predict, not classes", from->set->name);
	if (values_field(L, 2, "class") != LUA_TTABLE) {
		classes[0] = read_class(L, from->set);
	} else {
		n = lua_rawlen(L, -1);
		if (n < 1 || n > from->set->classes)
			script_fail_key(L, "class", "where: class must be a list of 1 to %d",
					(int)from->set->classes);
		for (size_t i = 0; i < n; i++) {
			lua_rawgeti(L, -1, (lua_Integer)i + 1);
			classes[i] = read_class(L, from->set);
			lua_pop(L, 1);
		}
	}
	if (!rows_of_classes(data_push_empty(L), from, classes, n, &err))
		script_raise_key(L, "class", &err);
	return 1;
}

/* --- batches ---------------------------------------------------------------------------------- */

/* Upvalues: the rows in their order, the size, how many came so far. */
static int next_batch(lua_State *L)
{
	const Rows *rows = luaL_checkudata(L, lua_upvalueindex(1), ROWS_HANDLE);
	size_t size = (size_t)lua_tointeger(L, lua_upvalueindex(2)),
	       at = (size_t)lua_tointeger(L, lua_upvalueindex(3));
	Rows part = *rows;
	Err err;

	if (at >= rows->count)
		return 0;
	part.first += rows->index ? 0 : at;
	part.index = rows->index ? rows->index + at : NULL;
	part.count = rows->count - at < size ? rows->count - at : size;
	script_charge(L, part.count);
	if (!rows_dup(data_push_empty(L), &part, &err))
		script_raise(L, &err);
	lua_pushinteger(L, (lua_Integer)(at + part.count));
	lua_replace(L, lua_upvalueindex(3));
	return 1;
}

/* for batch in rows:batches{size = 64} do … end; the last one may be smaller. */
static int rows_batches(lua_State *L)
{
	const Rows *from = data_rows(L, 1);
	Params params;
	Err err;

	values_params(L, 2, &script_batches_info, &params, NULL, 0);
	const ParamValue *seed = params_get(&params, "seed");
	bool shuffle = params_get(&params, "shuffle")->flag;

	if (seed->given && !shuffle)
		script_fail_key(L, "seed", "batches: seed works with shuffle = true");
	uint64_t with = seed->given ? (uint64_t)seed->integer : script_of(L)->seed;
	Rows *rows = data_push_empty(L);

	if (!(shuffle ? rows_sample(rows, from, from->count, with, &err)
		      : rows_dup(rows, from, &err)))
		script_raise(L, &err);
	lua_pushinteger(L, params_get(&params, "size")->integer);
	lua_pushinteger(L, 0);
	lua_pushcclosure(L, next_batch, 3);
	return 1;
}

/* --- tables ----------------------------------------------------------------------------------- */

static const luaL_Reg rows_methods[] = {
	{ "batches", rows_batches },   { "head", rows_head_lua }, { "row", rows_row },
	{ "sample", rows_sample_lua }, { "where", rows_where },   { NULL, NULL },
};

static const luaL_Reg rows_meta[] = {
	{ "__close", rows_close },   { "__gc", rows_close }, { "__len", rows_length },
	{ "__tostring", rows_text }, { NULL, NULL },
};

void rows_open(lua_State *L)
{
	values_handle(L, ROWS_HANDLE, rows_methods, rows_meta, rows_field);
}

static const Key where_keys[] = {
	{ "class", LUA_TNONE, true, "a class, or a list of them" },
	{ NULL, LUA_TNONE, false, NULL },
};

const Info script_batches_info = {
	.name = "batches",
	.title = "Batches",
	.about = "Rows one batch after the other.",
	.params =
		(const Param[]){
			{ .name = "size",
			  .type = PARAM_INT,
			  .value = "64",
			  .minimum = 1,
			  .maximum = 65536,
			  .unit = "rows",
			  .help = "Rows of a batch; the last may have fewer." },
			{ .name = "shuffle",
			  .type = PARAM_FLAG,
			  .value = "false",
			  .help = "In an order that is drawn." },
			{ .name = "seed",
			  .type = PARAM_INT,
			  .minimum = 0,
			  .maximum = 9007199254740992.0,
			  .help = "Of that order; the run's when absent." },
			{ .name = NULL },
		},
};
