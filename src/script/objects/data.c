/* wattle.data: datasets by name. The script keeps every dataset it has loaded; rows (rows.c) are
 * views.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "data/prepare.h"
#include "script/inside.h"

static const Info load_info;

/* --- datasets --------------------------------------------------------------------------------- */

/* Who keeps the datasets: a student's rows may outlive the state that loaded them. */
static Script *data_keeper(Script *script)
{
	return script->options.host ? script->options.host : script;
}

void data_free(Script *script)
{
	for (size_t i = 0; i < script->sets; i++) {
		rows_done(&script->set[i].train);
		free(script->set[i].lines);
		dataset_free(script->set[i].set);
	}
	script->sets = 0;
}

static bool data_room(const Script *script, Err *err)
{
	return script->sets < SCRIPT_SETS_MAX ||
	       err_set(err, ERR_LIMIT, "a script may load %d datasets", SCRIPT_SETS_MAX);
}

const Dataset *data_get(Script *script, const char *name, const DataWish *wish, Err *err)
{
	const DataWish as_it_comes = { .rows = 0, .seed = 1 };
	Script *keeper = data_keeper(script);

	wish = wish ? wish : &as_it_comes;
	for (size_t i = 0; i < keeper->sets; i++) {
		const ScriptSet *known = &keeper->set[i];

		if (!known->lines && strcmp(known->set->name, name) == 0 &&
		    known->wish.rows == wish->rows && known->wish.seed == wish->seed)
			return known->set;
	}
	if (!data_room(keeper, err))
		return NULL;
	if (!script->options.data) {
		err_set(err, ERR_NEED, "no folders of datasets are known here");
		return NULL;
	}
	Dataset *set = dataset_load(name, script->options.data, wish, &script->control, err);

	if (!set)
		return NULL;
	keeper->set[keeper->sets++] = (ScriptSet){ .set = set, .wish = *wish };
	if (script->options.trial && !trial_dataset(script->options.trial, set, err))
		return NULL;
	return set;
}

bool data_same_rows(const Rows *a, const Rows *b)
{
	if (a->set != b->set || a->count != b->count || !a->index != !b->index)
		return false;
	return a->index ? memcmp(a->index, b->index, a->count * sizeof *a->index) == 0
			: a->first == b->first;
}

static const Dataset *data_prepared(Script *script, const Rows *train, const char *lines, Err *err)
{
	Script *keeper = data_keeper(script);

	for (size_t i = 0; i < keeper->sets; i++) {
		const ScriptSet *known = &keeper->set[i];

		if (known->lines && strcmp(known->lines, lines) == 0 &&
		    data_same_rows(&known->train, train))
			return known->set;
	}
	if (!data_room(keeper, err))
		return NULL;
	ScriptSet made = { .set = prepare_all(train, lines, &script->control, err) };

	if (!made.set)
		return NULL;
	made.lines = strdup(lines);
	if (!made.lines)
		err_set(err, ERR_MEMORY, "no memory for prepared data");
	if (!made.lines || !rows_dup(&made.train, train, err)) {
		free(made.lines);
		dataset_free(made.set);
		return NULL;
	}
	keeper->set[keeper->sets++] = made;
	return made.set;
}

const char *data_name(lua_State *L, int arg, const char *what)
{
	size_t len;
	const char *name = luaL_checklstring(L, arg, &len);

	if (strlen(name) != len || strpbrk(name, "/\\") || strstr(name, "..") || name[0] == '.')
		script_fail(L,
			    "%s: '%.60s' looks like a path; datasets have names, as in data.load "
			    "\"digits\"",
			    what, name);
	return name;
}

/* Three handles that hold no rows yet, in a new table on top; test NULL: a student's file gets
 * none. */
typedef struct DataHandles {
	Rows *train, *valid, *test;
} DataHandles;

static DataHandles data_push(lua_State *L)
{
	DataHandles handles;

	lua_createtable(L, 0, 8);
	handles.train = data_push_empty(L);
	lua_setfield(L, -2, "train");
	handles.valid = data_push_empty(L);
	lua_setfield(L, -2, "valid");
	handles.test = NULL;
	if (script_of(L)->options.host)
		return handles;
	handles.test = data_push_empty(L);
	lua_setfield(L, -2, "test");
	return handles;
}

static void data_describe(lua_State *L, const Dataset *set)
{
	lua_pushinteger(L, (lua_Integer)set->features);
	lua_setfield(L, -2, "inputs");
	lua_pushinteger(L, (lua_Integer)set->classes);
	lua_setfield(L, -2, "classes");
	lua_pushstring(L, set->name);
	lua_setfield(L, -2, "name");
	if (script_of(L)->options.host) {
		lua_newtable(L);
		lua_pushboolean(L, true);
		lua_setfield(L, -2, "test");
		values_guard(L, "data");
	} else {
		values_strict(L, "data");
	}
}

/* What is asked of a generator: so many training rows, and a quarter of all for testing. */
static DataWish data_wish(const DataSource *source, int64_t rows, const Params *params)
{
	const ParamValue *seed = params_get(params, "seed");
	DataWish wish = { .seed = seed->given ? (uint64_t)seed->integer : 1 };

	if (rows > 0 &&
	    (params_get(params, "rows")->integer > 0 || (uint64_t)rows < source->train_rows))
		wish.rows = (size_t)rows + (size_t)rows / 3;
	return wish;
}

static int data_load(lua_State *L)
{
	Script *script = script_of(L);
	const char *name = data_name(L, 1, "data.load");
	const DataSource *source = data_source_find(name);
	DataSplit split;
	DataWish wish;
	Params params;
	Err err;

	values_params(L, 2, &load_info, &params, NULL, 0);
	const ParamValue *seed = params_get(&params, "seed");
	bool generated = source && data_source_generated(source);
	int64_t rows = params_get(&params, "rows")->integer;
	bool all = rows == 0;

	if (script->caps.rows > 0 && (rows == 0 || rows > script->caps.rows))
		rows = script->caps.rows;
	if (generated && script->options.host)
		script_fail(L,
			    "data.load: %s is drawn by a generator, which could draw the test rows "
			    "here, too: use the data that your function is given",
			    name);
	if (generated)
		wish = data_wish(source, rows, &params);
	const Dataset *set = data_get(script, name, generated ? &wish : NULL, &err);

	if (!set)
		script_raise(L, &err);
	if (all && !generated && rows > (int64_t)set->train_rows)
		rows = 0; /* a cap that is larger than the set caps nothing */
	DataHandles handles = data_push(L);

	if (!dataset_split(&split, set, generated ? 0 : (size_t)rows,
			   params_get(&params, "valid")->number,
			   seed->given ? (uint64_t)seed->integer : script->seed, &err))
		script_raise(L, &err);
	*handles.train = split.train;
	*handles.valid = split.valid;
	if (handles.test)
		*handles.test = split.test;
	data_describe(L, set);
	return 1;
}

/* The rows of a table that data.load made, by name; rows alone are the training rows. */
static const Rows *data_part(lua_State *L, int arg, const char *part)
{
	const Rows *rows = luaL_testudata(L, arg, ROWS_HANDLE);

	if (rows)
		return strcmp(part, "train") == 0 ? data_rows(L, arg) : NULL;
	lua_pushstring(L, part);
	lua_rawget(L, arg);
	rows = luaL_testudata(L, -1, ROWS_HANDLE);
	lua_pop(L, 1); /* the table keeps it */
	return rows;
}

/* A row's number means the same row in what was prepared only if it is of what that came from. */
static void data_check_from(lua_State *L, const Rows *rows, const char *part, const Dataset *from)
{
	if (!rows || !rows->set || rows->set == from)
		return;
	if (strcmp(rows->set->name, from->name) == 0)
		script_fail(L,
			    "data.prepare: the %s rows and the training rows are of %s in two "
			    "forms: give rows that one data.load or data.prepare returned together",
			    part, from->name);
	script_fail(L,
		    "data.prepare: the %s rows are of %s, but the training rows are of %s: give "
		    "rows of one dataset",
		    part, rows->set->name, from->name);
}

/* The same rows of another dataset. */
static void data_move(lua_State *L, Rows *out, const Rows *rows, const Dataset *set)
{
	Err err;

	if (!rows || !rows->set)
		return;
	if (!rows_dup(out, rows, &err))
		script_raise(L, &err);
	out->set = set;
}

/* prepare(data or rows, "impute; standardize") → data, learned from its training rows alone. */
static int data_prepare(lua_State *L)
{
	Script *script = script_of(L);
	const char *lines = luaL_checkstring(L, 2);
	Err err;

	if (!lua_istable(L, 1))
		data_rows(L, 1);
	lua_settop(L, 2);
	const Rows *train = data_part(L, 1, "train"), *valid = data_part(L, 1, "valid"),
		   *test = data_part(L, 1, "test");

	if (!train || !train->set)
		script_fail(L, "data.prepare: the table has no training rows; give what data.load "
			       "returned, or rows");
	if (train->test)
		script_fail(L,
			    "data.prepare: these are test rows; what is prepared is learned from "
			    "training rows");
	const Dataset *from = train->set;

	data_check_from(L, valid, "valid", from);
	data_check_from(L, test, "test", from);
	const Dataset *set = data_prepared(script, train, lines, &err);

	if (!set)
		script_raise(L, &err);
	DataHandles handles = data_push(L);
	const Rows all_test = { .set = from,
				.first = from->train_rows,
				.count = from->rows - from->train_rows,
				.test = true };

	data_move(L, handles.train, train, set);
	data_move(L, handles.valid, valid, set);
	if (handles.test)
		data_move(L, handles.test, test ? test : &all_test, set);
	data_describe(L, set);
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
	{ "list", data_list },     { "load", data_load }, { "prepare", data_prepare },
	{ "stream", data_stream }, { NULL, NULL },
};

void data_open(lua_State *L)
{
	rows_open(L);
	data_stream_open(L);
	luaL_newlib(L, data_functions);
	values_strict(L, "wattle.data");
}

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
			  .help = "Training rows, drawn in proportion of the classes, or made by a "
				  "generator; 0: all." },
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
			  .help = "Of the drawing and the split; the run's when absent. Of a "
				  "generator; 1 when absent." },
			{ .name = NULL },
		},
};
