/* The handle of a program, a model made ready to run, and of its predictions.
 *
 * A program keeps one predictions handle and hands it out again at each call, so that predicting
 * takes no memory; it shows the last call's classes.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/file.h"
#include "script/inside.h"

static const luaL_Reg program_methods[], program_meta[], predictions_meta[];

ProgramBox *program_check(lua_State *L, int arg)
{
	ProgramBox *box = luaL_checkudata(L, arg, PROGRAM_HANDLE);

	luaL_argcheck(L, box->program, arg, "this program was closed");
	return box;
}

static int program_close(lua_State *L)
{
	ProgramBox *box = luaL_checkudata(L, 1, PROGRAM_HANDLE);

	program_free(box->program);
	box->program = NULL;
	return 0;
}

static int program_text(lua_State *L)
{
	const ProgramBox *box = luaL_checkudata(L, 1, PROGRAM_HANDLE);

	if (box->program)
		lua_pushfstring(L, "program: %I multiply-adds a row, batch %I",
				(LUAI_UACINT)program_macs(box->program),
				(LUAI_UACINT)program_batch(box->program));
	else
		lua_pushliteral(L, "program: closed");
	return 1;
}

/* --- lowering --------------------------------------------------------------------------------- */

ProgramBox *program_lower(lua_State *L, int arg, const char *form, size_t batch, bool alone)
{
	Script *script = script_of(L);
	const Model *model = model_check(L, arg);
	Err err;

	arg = lua_absindex(L, arg);
	if (!script->options.trial) {
		err_set(&err, ERR_INTERNAL, "lower: there is no trial to lower for");
		script_raise(L, &err);
	}
	script_engine_bytes(L, model->count * 2 * sizeof(float));
	ProgramBox *box = lua_newuserdatauv(L, sizeof *box, PROGRAM_VALUES);

	memset(box, 0, sizeof *box);
	luaL_setmetatable(L, PROGRAM_HANDLE);
	lua_pushvalue(L, arg);
	lua_setiuservalue(L, -2, PROGRAM_MODEL);
	ProgramBox **predictions = lua_newuserdatauv(L, sizeof(ProgramBox *), 1);

	*predictions = box;
	luaL_setmetatable(L, PREDICTIONS_HANDLE);
	lua_pushvalue(L, -2);
	lua_setiuservalue(L, -2, 1);
	lua_setiuservalue(L, -2, PROGRAM_PREDICTIONS);
	text_format(box->form, sizeof box->form, "%s", form);
	box->alone = alone;
	box->program = alone ? trial_lower_alone(script->options.trial, model, form, batch, &err)
			     : trial_lower(script->options.trial, model, form, batch, &err);
	if (!box->program)
		script_raise(L, &err);
	return box;
}

/* batch 0: any will do. */
ProgramBox *program_of_model(lua_State *L, int arg, size_t batch)
{
	arg = lua_absindex(L, arg);
	lua_getiuservalue(L, arg, 1);
	ProgramBox *box = luaL_testudata(L, -1, PROGRAM_HANDLE);

	if (box && box->program && (!batch || program_batch(box->program) == batch))
		return box;
	lua_pop(L, 1);
	box = program_lower(L, arg, "auto", batch ? batch : program_default_batch(script_of(L)),
			    false);
	lua_pushvalue(L, -1);
	lua_setiuservalue(L, arg, 1);
	return box;
}

/* --- predicting ------------------------------------------------------------------------------- */

void program_predict_rows(lua_State *L, int arg, int rows)
{
	Script *script = script_of(L);
	ProgramBox *box = program_check(L, arg);
	const Rows *on = data_rows(L, rows);
	Err err;

	arg = lua_absindex(L, arg);
	if (on->set->features != program_inputs(box->program))
		script_fail(L, "predict: the rows of %s have %zu inputs, but the model takes %zu",
			    on->set->name, on->set->features, program_inputs(box->program));
	lua_pushvalue(L, rows);
	lua_setiuservalue(L, arg, PROGRAM_ROWS);
	if (!program_predict(box->program, on, NULL, &script->control, &err))
		script_raise(L, &err);
	box->items += on->count;
	lua_getiuservalue(L, arg, PROGRAM_PREDICTIONS);
}

static int program_predict_lua(lua_State *L)
{
	Script *script = script_of(L);
	const ProgramBox *box = program_check(L, 1);

	if (!lua_isnoneornil(L, 3)) {
		Params params;

		values_params(L, 3, &script_predict_info, &params, NULL, 0);
		size_t batch = (size_t)params_get(&params, "batch")->integer;

		if (!script->options.batch && params_get(&params, "batch")->given &&
		    batch != program_batch(box->program))
			script_fail_key(
				L, "batch",
				"predict: batch is %zu, but the program was lowered for %zu: write "
				"lower { batch = %zu }",
				batch, program_batch(box->program), batch);
	}
	program_predict_rows(L, 1, 2);
	return 1;
}

static int program_accuracy_lua(lua_State *L)
{
	const ProgramBox *box = program_check(L, 1);
	const Rows *rows = data_rows(L, 2);
	size_t n;

	program_predict_rows(L, 1, 2);
	const uint16_t *classes = program_classes(box->program, &n);

	lua_pushnumber(L, program_accuracy(classes, rows, NULL));
	return 1;
}

/* R² of numbers; Lua must not jump out of here. */
static bool program_r2_of(Script *script, Program *program, const Rows *rows, double *r2, Err *err)
{
	float *outputs = malloc(rows->count * program_outputs(program) * sizeof *outputs);
	bool fine = outputs || err_set(err, ERR_MEMORY, "scoring %zu rows", rows->count);

	fine = fine && program_score(program, rows, outputs, &script->control, err);
	if (fine)
		*r2 = program_r2(outputs, rows);
	free(outputs);
	return fine;
}

/* score(rows) → the share of right classes; of numbers, the share of their variance that is
 * explained. */
static int program_score_lua(lua_State *L)
{
	ProgramBox *box = program_check(L, 1);
	const Rows *rows = data_rows(L, 2);
	double r2 = 0;
	Err err;

	if (!program_numbers(box->program))
		return program_accuracy_lua(L);
	if (!rows->set->targets)
		script_fail(L, "score: the model predicts numbers, but %s has classes",
			    rows->set->name);
	if (!program_r2_of(script_of(L), box->program, rows, &r2, &err))
		script_raise(L, &err);
	box->items += rows->count;
	lua_pushnumber(L, r2);
	return 1;
}

static int program_macs_lua(lua_State *L)
{
	lua_pushinteger(L, (lua_Integer)program_macs(program_check(L, 1)->program));
	return 1;
}

static int program_bytes_lua(lua_State *L)
{
	Err err;

	program_check(L, 1);
	lua_getiuservalue(L, 1, PROGRAM_MODEL);
	uint64_t bytes = model_file_bytes(model_check(L, -1), &err);

	if (!bytes)
		script_raise(L, &err);
	lua_pushinteger(L, (lua_Integer)bytes);
	return 1;
}

/* --- predictions ------------------------------------------------------------------------------ */

static const uint16_t *predictions_check(lua_State *L, size_t *n)
{
	ProgramBox *const *box = luaL_checkudata(L, 1, PREDICTIONS_HANDLE);

	luaL_argcheck(L, (*box)->program, 1, "the program of these predictions was closed");
	return program_classes((*box)->program, n);
}

static int predictions_length(lua_State *L)
{
	size_t n;

	predictions_check(L, &n);
	lua_pushinteger(L, (lua_Integer)n);
	return 1;
}

/* p[i]: the label predicted for row i, counted from 1; labels are as in the dataset, from 0. nil
 * beyond the end. */
static int predictions_index(lua_State *L)
{
	size_t n;
	const uint16_t *classes = predictions_check(L, &n);

	if (lua_isinteger(L, 2)) {
		lua_Integer i = lua_tointeger(L, 2);

		if (i < 1 || (lua_Unsigned)i > n)
			lua_pushnil(L);
		else
			lua_pushinteger(L, classes[i - 1]);
		return 1;
	}
	return luaL_error(L, "predictions are numbered: p[1] … p[#p]");
}

void program_open(lua_State *L)
{
	values_handle(L, PROGRAM_HANDLE, program_methods, program_meta, NULL);
	if (luaL_newmetatable(L, PREDICTIONS_HANDLE)) {
		luaL_setfuncs(L, predictions_meta, 0);
		lua_pushboolean(L, false);
		lua_setfield(L, -2, "__metatable");
	}
	lua_pop(L, 1);
}

static const luaL_Reg program_methods[] = {
	{ "accuracy", program_accuracy_lua }, { "bytes", program_bytes_lua },
	{ "macs", program_macs_lua },         { "predict", program_predict_lua },
	{ "score", program_score_lua },       { NULL, NULL },
};

static const luaL_Reg program_meta[] = {
	{ "__close", program_close },
	{ "__gc", program_close },
	{ "__tostring", program_text },
	{ NULL, NULL },
};

static const luaL_Reg predictions_meta[] = {
	{ "__index", predictions_index },
	{ "__len", predictions_length },
	{ NULL, NULL },
};

const Info script_predict_info = {
	.name = "predict",
	.title = "Predict",
	.about = "Classes of rows.",
	.params =
		(const Param[]){
			{ .name = "batch",
			  .type = PARAM_INT,
			  .value = "64",
			  .minimum = 1,
			  .maximum = 65536,
			  .unit = "rows",
			  .help = "Rows of one run; of a program, its own batch." },
			{ .name = NULL },
		},
};
