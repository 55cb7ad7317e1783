/* wattle.model: kinds of models as functions, and the handle of a model.
 * SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "model/file.h"
#include "script/inside.h"

#define ENGINE_BYTES_MAX ((size_t)128 << 20)
/* Of a student's model: copying it, packing it, saving it are each a moment, and no check is held
 * up beyond its time by what looks at no clock. */
#define STUDENT_WEIGHTS_MAX ((uint64_t)1 << 24)

static const Info lower_info;
static const luaL_Reg model_methods[], model_meta[];

/* --- handle ----------------------------------------------------------------------------------- */

Model *model_check(lua_State *L, int arg)
{
	const ModelBox *box = luaL_checkudata(L, arg, MODEL_HANDLE);

	luaL_argcheck(L, box->model, arg, "this model was closed");
	return box->model;
}

static ModelBox *model_push(lua_State *L)
{
	ModelBox *box = lua_newuserdatauv(L, sizeof *box, 1);

	box->model = NULL;
	luaL_setmetatable(L, MODEL_HANDLE);
	return box;
}

/* Lua sees a few bytes of each handle; so what they hold is counted here. */
void script_engine_bytes(lua_State *L, size_t bytes)
{
	Script *script = script_of(L);

	script_charge(L, bytes / 16);
	script->engine_bytes += bytes;
	if (script->engine_bytes > ENGINE_BYTES_MAX) {
		script->engine_bytes = bytes;
		lua_gc(L, LUA_GCCOLLECT, 0);
	}
}

static size_t model_bytes(const Model *model)
{
	return model->count * (sizeof(float) + (model->mask ? 1 : 0)) + model->integers_bytes +
	       sizeof *model;
}

const void *handle_object(lua_State *L, int index, const char *kind)
{
	if (strcmp(kind, MODEL_HANDLE) == 0) {
		const ModelBox *box = luaL_testudata(L, index, MODEL_HANDLE);

		return box ? box->model : NULL;
	}
	if (strcmp(kind, PROGRAM_HANDLE) == 0) {
		const ProgramBox *box = luaL_testudata(L, index, PROGRAM_HANDLE);

		return box ? box->program : NULL;
	}
	const Rows *rows =
		strcmp(kind, ROWS_HANDLE) == 0 ? luaL_testudata(L, index, ROWS_HANDLE) : NULL;

	return rows && rows->set ? rows : NULL;
}

bool handle_closed(lua_State *L, int index)
{
	const ModelBox *model = luaL_testudata(L, index, MODEL_HANDLE);
	const ProgramBox *program = luaL_testudata(L, index, PROGRAM_HANDLE);
	const Rows *rows = luaL_testudata(L, index, ROWS_HANDLE);

	return (model && !model->model) || (program && !program->program) || (rows && !rows->set);
}

static int model_close(lua_State *L)
{
	ModelBox *box = luaL_checkudata(L, 1, MODEL_HANDLE);

	script_check_pinned(L, 1, "closed");
	model_free(box->model);
	box->model = NULL;
	return 0;
}

static int model_text(lua_State *L)
{
	const ModelBox *box = luaL_checkudata(L, 1, MODEL_HANDLE);

	if (box->model && box->model->layers == 0)
		lua_pushfstring(L, "model: %s, not fitted", box->model->kind->info.name);
	else if (box->model)
		lua_pushfstring(L, "model: %s, %I parameters", box->model->kind->info.name,
				(LUAI_UACINT)model_parameters(box->model));
	else
		lua_pushliteral(L, "model: closed");
	return 1;
}

/* --- making ----------------------------------------------------------------------------------- */

static void check_weights(lua_State *L, const ModelKind *kind, const Params *params)
{
	Err err;
	Model *model = model_shape(kind, params, &err);
	uint64_t weights = model ? model_parameters(model) : 0;

	model_free(model);
	if (!model)
		script_raise(L, &err);
	if (weights > STUDENT_WEIGHTS_MAX)
		script_fail(L,
			    "%s: %" PRIu64 " weights; a model that your file makes has at most "
			    "%" PRIu64,
			    kind->info.name, weights, STUDENT_WEIGHTS_MAX);
}

/* Upvalue: the kind. */
static int model_make(lua_State *L)
{
	const ModelKind *kind = lua_touserdata(L, lua_upvalueindex(1));
	Params params;
	Err err;

	values_params(L, 1, &kind->info, &params, NULL, 0);
	if (script_of(L)->options.host)
		check_weights(L, kind, &params);
	script_engine_bytes(L, sizeof(Model));
	ModelBox *box = model_push(L);

	box->model = model_draw(kind, &params, &script_of(L)->control, &err);
	if (!box->model)
		script_raise(L, &err);
	script_engine_bytes(L, model_bytes(box->model));
	return 1;
}

void model_push_taken(lua_State *L, Model **model)
{
	script_engine_bytes(L, model_bytes(*model));
	ModelBox *box = model_push(L);

	box->model = *model;
	*model = NULL;
}

static int model_clone(lua_State *L)
{
	const Model *model = model_check(L, 1);
	Err err;

	script_engine_bytes(L, model_bytes(model));
	ModelBox *box = model_push(L);

	box->model = model_dup(model, &err);
	if (!box->model)
		script_raise(L, &err);
	return 1;
}

/* --- training --------------------------------------------------------------------------------- */

FitWatch *model_watch(Script *script, TrialWatch *watch, const Model *model, const Rows *watched,
		      const Rows *train, const char *what)
{
	if (!script->options.trial)
		return NULL;
	trial_watch_init(watch, script->options.trial, model, watched, train, what);
	return &watch->watch;
}

/* A cap also stands for a default that depends on other settings. */
static void cap_epochs(const Script *script, Params *params)
{
	for (const Param *row = params->info->params; row && row->name; row++) {
		ParamValue *value = &params->values[row - params->info->params];

		if (script->caps.epochs <= 0 || strcmp(row->name, "epochs") != 0)
			continue;
		if (value->integer > script->caps.epochs)
			value->integer = script->caps.epochs;
		value->given = true;
	}
}

/* A technique's objects may have been closed since it was made: looks them up again. */
static void refresh_objects(lua_State *L, int arg, TechniqueBox *box)
{
	cap_epochs(script_of(L), &box->params);
	lua_getiuservalue(L, arg, 1);
	for (const Param *row = box->params.info->params; row && row->name; row++) {
		if (row->type != PARAM_OBJECT || !params_get(&box->params, row->name)->given)
			continue;
		lua_getfield(L, -1, row->name);
		const void *object = handle_object(L, -1, row->choices);
		Err err;

		if (!object)
			script_fail(L, "%s: the %s given as %s were closed", box->params.info->name,
				    row->choices, row->name);
		if (!params_set_object(&box->params, row->name, row->choices, object, &err))
			script_raise(L, &err);
		lua_pop(L, 1);
	}
	lua_pop(L, 1);
}

/* with(technique, …) → new model; the steps between are given back at once. */
static int model_with(lua_State *L)
{
	Script *script = script_of(L);
	const Model *from = model_check(L, 1);
	int n = lua_gettop(L);
	Err err;

	luaL_argcheck(L, n >= 2, 2,
		      "give one technique or more, as in m:with(technique.prune { … })");
	luaL_checkstack(L, LUA_MINSTACK, "techniques");
	for (int arg = 2; arg <= n; arg++)
		refresh_objects(L, arg, luaL_checkudata(L, arg, TECHNIQUE_HANDLE));
	script_engine_bytes(L, model_bytes(from));
	ModelBox *box = model_push(L);

	for (int arg = 2; arg <= n; arg++) {
		const TechniqueBox *step = luaL_checkudata(L, arg, TECHNIQUE_HANDLE);
		const Model *model = box->model ? box->model : from;
		TrialWatch watch;
		Model *next = step->technique->apply(model, &step->params,
						     model_watch(script, &watch, model, NULL, NULL,
								 step->params.info->name),
						     &script->control, &err);

		if (!next)
			script_raise(L, &err);
		model_free(box->model);
		box->model = next;
	}
	return 1;
}

/* --- running ---------------------------------------------------------------------------------- */

size_t program_default_batch(const Script *script)
{
	return script->options.batch ? script->options.batch : 64;
}

static int model_lower(lua_State *L)
{
	Script *script = script_of(L);
	char kernel[32];
	Params params;

	model_check(L, 1);
	values_params(L, 2, &lower_info, &params, NULL, 0);
	const ParamValue *threads = params_get(&params, "threads");
	unsigned run = script->options.trial ? pool_threads(script->options.trial->pool) : 1;

	if (threads->given && threads->integer != run && threads->integer != 1)
		script_fail_key(
			L, "threads",
			"lower: this run has %u thread%s; start it with --threads %d for %d", run,
			run == 1 ? "" : "s", (int)threads->integer, (int)threads->integer);
	size_t batch = (size_t)params_get(&params, "batch")->integer;

	program_lower(L, 1, params_choice(&params, "kernel", kernel),
		      script->options.batch ? script->options.batch : batch,
		      threads->given && threads->integer == 1);
	return 1;
}

static int model_predict(lua_State *L)
{
	Script *script = script_of(L);
	size_t batch = program_default_batch(script);
	Params params;

	model_check(L, 1);
	data_rows(L, 2);
	if (!lua_isnoneornil(L, 3)) {
		values_params(L, 3, &script_predict_info, &params, NULL, 0);
		if (!script->options.batch && params_get(&params, "batch")->given)
			batch = (size_t)params_get(&params, "batch")->integer;
	}
	program_of_model(L, 1, batch);
	program_predict_rows(L, lua_gettop(L), 2);
	return 1;
}

/* A method of the program that the model keeps for itself. */
static int model_forward(lua_State *L, const char *name)
{
	model_check(L, 1);
	program_of_model(L, 1, 0);
	lua_getfield(L, -1, name);
	lua_replace(L, -2);
	lua_insert(L, 1); /* the method … */
	lua_getiuservalue(L, 2, 1);
	lua_replace(L, 2); /* … of the program */
	lua_call(L, lua_gettop(L) - 1, 1);
	return 1;
}

static int model_accuracy(lua_State *L)
{
	return model_forward(L, "accuracy");
}

static int model_macs_lua(lua_State *L)
{
	return model_forward(L, "macs");
}

static int model_score(lua_State *L)
{
	return model_forward(L, "score");
}

/* --- facts ------------------------------------------------------------------------------------ */

static int model_bytes_lua(lua_State *L)
{
	Err err;
	uint64_t bytes = model_file_bytes(model_check(L, 1), &err);

	if (!bytes)
		script_raise(L, &err);
	lua_pushinteger(L, (lua_Integer)bytes);
	return 1;
}

static int model_parameters_lua(lua_State *L)
{
	lua_pushinteger(L, (lua_Integer)model_parameters(model_check(L, 1)));
	return 1;
}

static int model_nonzero_lua(lua_State *L)
{
	lua_pushinteger(L, (lua_Integer)model_nonzero(model_check(L, 1)));
	return 1;
}

/* w.model.file(sha256, name): a file that wattle compare handed over. It lies in the scratch folder
 * under its checksum: nothing that a script writes becomes a path. */
static int model_given(lua_State *L)
{
	size_t len;
	const char *sum = luaL_checklstring(L, 1, &len);
	const Trial *trial = script_of(L)->options.trial;
	char path[4096];
	Err err;

	luaL_argcheck(L, len == 64 && strspn(sum, "0123456789abcdef") == 64, 1,
		      "must be the SHA-256 of a model file, 64 digits");
	ModelBox *box = model_push(L);

	text_format(path, sizeof path, "%s/%s.model", trial && trial->scratch ? trial->scratch : "",
		    sum);
	box->model = model_load(path, &err);
	if (!box->model && (err.code == ERR_NEED || err.code == ERR_FILE))
		err_set(&err, ERR_NEED,
			"the model file %.8s… is not at hand: files are handed over by wattle "
			"compare only; give them to it again",
			sum);
	if (!box->model && strncmp(err.text, path, strlen(path)) == 0) {
		char rest[ERR_TEXT_MAX];

		/* Called as who gave it calls it. */
		text_format(rest, sizeof rest, "%s", err.text + strlen(path));
		err_set(&err, err.code, "%s%s", luaL_optstring(L, 2, sum), rest);
	}
	if (!box->model)
		script_raise(L, &err);
	script_engine_bytes(L, model_bytes(box->model));
	script_of(L)->model_loaded = true;
	return 1;
}

void model_open(lua_State *L)
{
	values_handle(L, MODEL_HANDLE, model_methods, model_meta, NULL);
	program_open(L);

	lua_newtable(L);
	for (size_t i = 0; model_kinds[i]; i++) {
		char name[64];

		text_format(name, sizeof name, "%s", model_kinds[i]->info.name);
		for (char *p = name; *p; p++)
			if (*p == '-')
				*p = '_';
		lua_pushlightuserdata(L, (void *)model_kinds[i]);
		lua_pushcclosure(L, model_make, 1);
		lua_setfield(L, -2, name);
	}
	lua_pushcfunction(L, model_given);
	lua_setfield(L, -2, "file");
	values_strict(L, "wattle.model");
}

static const luaL_Reg model_methods[] = {
	{ "accuracy", model_accuracy },
	{ "bytes", model_bytes_lua },
	{ "clone", model_clone },
	{ "fit", script_fit },
	{ "lower", model_lower },
	{ "macs", model_macs_lua },
	{ "nonzero", model_nonzero_lua },
	{ "parameters", model_parameters_lua },
	{ "predict", model_predict },
	{ "save", script_save },
	{ "score", model_score },
	{ "with", model_with },
	{ NULL, NULL },
};

static const luaL_Reg model_meta[] = {
	{ "__close", model_close },
	{ "__gc", model_close },
	{ "__tostring", model_text },
	{ NULL, NULL },
};

static const Info lower_info = {
	.name = "lower",
	.title = "Lower a model",
	.about = "A program for inference: each layer bound to a kernel.",
	.params =
		(const Param[]){
			{ .name = "kernel",
			  .type = PARAM_CHOICE,
			  .value = "auto",
			  .choices = "auto|dense|csr|int8|block|bf16",
			  .help = "Form of the layers; auto measures what is fastest, but leaves "
				  "bf16, which rounds, to those who ask for it." },
			{ .name = "batch",
			  .type = PARAM_INT,
			  .value = "64",
			  .minimum = 1,
			  .maximum = 65536,
			  .unit = "rows",
			  .help = "Rows of one run." },
			{ .name = "threads",
			  .type = PARAM_INT,
			  .minimum = 1,
			  .maximum = 256,
			  .help = "The run's own number, or 1." },
			{ .name = NULL },
		},
};

const Info *const script_methods[] = { &script_fit_info, &lower_info, &script_predict_info,
				       &script_batches_info, NULL };
