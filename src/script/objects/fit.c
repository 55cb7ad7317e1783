/* model:fit: how a script trains.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "model/stream.h"
#include "script/inside.h"

#define FIT_LBFGS OPTIMIZER_KINDS /* behind the optimizers in the choice */

static bool fit_given(const Params *params, const char *name)
{
	return params_get(params, name)->given;
}

static void fit_number(float *out, const Params *params, const char *name)
{
	if (fit_given(params, name))
		*out = (float)params_get(params, name)->number;
}

/* What is not given is the optimizer's own. */
static void fit_optimizer(lua_State *L, FitOptions *options, const Params *params)
{
	static const char *const not_lbfgs[] = { "lr",     "momentum", "schedule",
						 "warmup", "clip",     NULL };
	int kind = params_get(params, "optimizer")->choice;

	options->lbfgs = kind == FIT_LBFGS;
	for (size_t i = 0; options->lbfgs && not_lbfgs[i]; i++)
		if (fit_given(params, not_lbfgs[i]))
			script_fail_key(
				L, not_lbfgs[i],
				"fit: the optimizer lbfgs has no %s: it finds the length of "
				"its steps itself",
				not_lbfgs[i]);
	if (!options->lbfgs) {
		options->optimizer = optimizer_default((OptimizerKind)kind);
		options->lr = optimizers[kind].lr;
	}
	fit_number(&options->lr, params, "lr");
	fit_number(&options->optimizer.decay, params, "decay");
	if (!fit_given(params, "momentum"))
		return;
	if (kind != OPTIMIZER_MOMENTUM && kind != OPTIMIZER_NESTEROV)
		script_fail_key(L, "momentum",
				"fit: momentum works with the optimizers momentum and nesterov");
	fit_number(&options->optimizer.momentum, params, "momentum");
}

/* A key that the loss does not look at is a mistake. */
static void fit_loss(lua_State *L, FitOptions *options, const Params *params)
{
	static const struct {
		const char *name, *loss;
		LossKind kind[2];
	} keys[] = {
		{ "smoothing", "xent and distill", { LOSS_XENT, LOSS_DISTILL } },
		{ "delta", "huber", { LOSS_HUBER, LOSS_HUBER } },
		{ "alpha", "distill", { LOSS_DISTILL, LOSS_DISTILL } },
		{ "temperature", "distill", { LOSS_DISTILL, LOSS_DISTILL } },
	};
	LossKind kind = (LossKind)params_get(params, "loss")->choice;

	options->loss = loss_default(kind);
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (fit_given(params, keys[i].name) && kind != keys[i].kind[0] &&
		    kind != keys[i].kind[1])
			script_fail_key(L, keys[i].name, "fit: %s works with the loss %s",
					keys[i].name, keys[i].loss);
	fit_number(&options->loss.smoothing, params, "smoothing");
	fit_number(&options->loss.delta, params, "delta");
	fit_number(&options->loss.alpha, params, "alpha");
	fit_number(&options->loss.temperature, params, "temperature");
	options->teacher = params_get(params, "teacher")->object;
}

/* What this kind's fits do not look at is a mistake. */
static void fit_check_keys(lua_State *L, const ModelKind *kind, const Params *params)
{
	char takes[256] = "seed and valid";
	size_t len = 0;

	for (const char *const *key = kind->fit_keys; key && *key; key++)
		len += text_format(takes + len, sizeof takes - len, "%s, ", *key);
	if (len)
		text_format(takes + len, sizeof takes - len, "seed and valid");
	for (const Param *row = params->info->params; row->name; row++)
		if (fit_given(params, row->name) && !fit_takes(kind, row->name))
			script_fail_key(L, row->name, "fit: %s takes no '%s'; it takes %s",
					kind->info.name, row->name, takes);
}

static void fit_fill(lua_State *L, FitOptions *options, const Params *params)
{
	const Script *script = script_of(L);

	options->epochs = (size_t)params_get(params, "epochs")->integer;
	options->batch = (size_t)params_get(params, "batch")->integer;
	fit_optimizer(L, options, params);
	fit_loss(L, options, params);
	options->schedule = (ScheduleKind)params_get(params, "schedule")->choice;
	fit_number(&options->warmup, params, "warmup");
	fit_number(&options->clip, params, "clip");
	options->bf16 = params_get(params, "precision")->choice == 1;
	options->patience = (size_t)params_get(params, "patience")->integer;
	options->valid = params_get(params, "valid")->object;
	if (fit_given(params, "seed"))
		options->seed = (uint64_t)params_get(params, "seed")->integer;
	if (script->options.trial)
		options->pool = script->options.trial->pool;
	if (script->caps.epochs > 0 && options->epochs > (size_t)script->caps.epochs)
		options->epochs = (size_t)script->caps.epochs;
}

void script_check_pinned(lua_State *L, int arg, const char *done)
{
	const void *handle = lua_touserdata(L, arg);

	for (const ScriptPins *pins = script_of(L)->pins; pins; pins = pins->outer)
		for (int i = 0; i < FIT_HANDLES; i++)
			if (handle && pins->handle[i] == handle)
				script_fail(L, "this %s is at work in a fit and cannot be %s now",
					    i == FIT_MODEL || i == FIT_TEACHER ? "model" : "data",
					    done);
}

/* Stack of fit. */
enum { MODEL = 1, TRAIN, TABLE, KEPT /* objects of the table, by name */, WATCH, EACH };

/* What happens behind each epoch: it is told, then the script's own function is called. */
typedef struct FitEach {
	FitWatch watch; /* first member */
	Script *script;
	TrialWatch *told; /* NULL: nothing is told */
} FitEach;

static void set_number(lua_State *L, const char *key, double value)
{
	if (!isfinite(value))
		return;
	lua_pushnumber(L, value);
	lua_setfield(L, -2, key);
}

/* Calls the function at 2 with what the report says; the model's own program is out of date. */
static int call_each(lua_State *L)
{
	const FitEpoch *report = lua_touserdata(L, 3);
	const FitEach *self = lua_touserdata(L, 4);

	lua_pushnil(L);
	lua_setiuservalue(L, 1, 1);
	lua_settop(L, 2);
	lua_createtable(L, 0, 8);
	lua_pushinteger(L, (lua_Integer)report->epoch);
	lua_setfield(L, -2, "epoch");
	lua_pushinteger(L, (lua_Integer)report->epochs);
	lua_setfield(L, -2, "epochs");
	set_number(L, "loss", report->loss);
	set_number(L, "accuracy", report->accuracy);
	set_number(L, "valid_loss", report->valid_loss);
	set_number(L, "valid_accuracy", report->valid_accuracy);
	if (self->told)
		set_number(L, trial_watch_name(self->told, report), self->told->accuracy);
	set_number(L, "time_s", report->time_s);
	lua_call(L, 1, 0);
	return 0;
}

/* May not jump: it runs below model_fit. */
static bool each_epoch(FitWatch *watch, const FitEpoch *report, Err *err)
{
	FitEach *self = (FitEach *)watch;
	lua_State *L = self->script->lua;

	if (self->told && !self->told->watch.epoch(&self->told->watch, report, err))
		return false;
	if (!lua_checkstack(L, LUA_MINSTACK))
		return err_set(err, ERR_MEMORY, "%s: no memory for a call", self->script->name);
	lua_pushcfunction(L, call_each);
	lua_pushvalue(L, MODEL);
	lua_pushvalue(L, EACH);
	lua_pushlightuserdata(L, (void *)(uintptr_t)report);
	lua_pushlightuserdata(L, self);
	return script_call(self->script, 4, 0, err);
}

/* The handle that the table gave under that name, or NULL. */
static const void *kept(lua_State *L, const char *name)
{
	values_field(L, KEPT, name);
	const void *handle = lua_touserdata(L, -1);

	lua_pop(L, 1);
	return handle;
}

static bool fit_run(lua_State *L, const FitOptions *options, FitWatch *watch, Err *err)
{
	Script *script = script_of(L);
	Model *model = model_check(L, MODEL);
	const DataFile *file = stream_file(L, TRAIN);
	const Rows *train = file ? NULL : data_rows(L, TRAIN);
	const ScriptPins pins = {
		.handle = { [FIT_MODEL] = lua_touserdata(L, MODEL),
			    [FIT_ROWS] = lua_touserdata(L, TRAIN),
			    [FIT_WATCH] = lua_touserdata(L, WATCH),
			    [FIT_VALID] = kept(L, "valid"),
			    [FIT_TEACHER] = kept(L, "teacher") },
		.outer = script->pins,
	};

	script->pins = &pins;
	bool fine = file ? model_fit_stream(model, file, NULL, options, watch, &script->control,
					    NULL, err)
			 : model_fit(model, train, options, watch, &script->control, err);
	script->pins = pins.outer;
	return fine;
}

/* Pushes watch and each of the table. */
static void fit_functions(lua_State *L)
{
	const bool table = lua_istable(L, TABLE);

	for (int i = WATCH; i <= EACH; i++) {
		if (table)
			values_field(L, TABLE, i == WATCH ? "watch" : "each");
		else
			lua_pushnil(L);
	}
	if (!lua_isnil(L, WATCH) && !lua_isboolean(L, WATCH) &&
	    !handle_object(L, WATCH, ROWS_HANDLE))
		script_fail_key(L, "watch", "fit: watch must be rows, true or false, not a %s",
				luaL_typename(L, WATCH));
	if (!lua_isnil(L, EACH) && !lua_isfunction(L, EACH))
		script_fail_key(L, "each", "fit: each must be a function, not a %s",
				luaL_typename(L, EACH));
	if (lua_isfunction(L, EACH) && L != script_of(L)->lua)
		script_fail_key(L, "each", "fit: each does not work inside a coroutine");
}

/* fit(rows or stream, {…}) → the model itself. watch = rows: their accuracy after each epoch; true: the
 * training's own figures, which are shown unless it is false. each = function(e): called then. */
int script_fit(lua_State *L)
{
	static const char *const skip[] = { "watch", "each", NULL };
	Script *script = script_of(L);
	Model *model = model_check(L, MODEL);
	const DataFile *file = stream_file(L, TRAIN);
	const Rows *train = file ? NULL : data_rows(L, TRAIN);
	FitOptions options;
	TrialWatch told;
	Params params;
	Err err;

	script_check_pinned(L, MODEL, "trained");
	if (file)
		script_check_pinned(L, TRAIN, "read");
	lua_settop(L, TABLE);
	lua_newtable(L);
	values_params(L, TABLE, &script_fit_info, &params, skip, KEPT);
	fit_functions(L);
	fit_check_keys(L, model->kind, &params);
	fit_options_init(&options, model);
	fit_fill(L, &options, &params);
	if (!(file ? datafile_about(file) : train->set)->classes && !fit_given(&params, "loss"))
		options.loss = loss_default(LOSS_MSE);
	bool watched = lua_isnil(L, WATCH) || lua_toboolean(L, WATCH);
	FitWatch *watch = watched ? model_watch(script, &told, model,
						handle_object(L, WATCH, ROWS_HANDLE), train, "fit")
				  : NULL;
	FitEach each = { { each_epoch }, script, watch ? &told : NULL };
	bool called = lua_isfunction(L, EACH);

	if (!fit_run(L, &options, called ? &each.watch : watch, &err))
		script_raise(L, &err);
	lua_pushnil(L); /* its own program is out of date */
	lua_setiuservalue(L, MODEL, 1);
	lua_settop(L, MODEL);
	return 1;
}

const Info script_fit_info = {
	.name = "fit",
	.title = "Train a model",
	.about = "Trains in place on rows, or on a stream of them.",
	.params =
		(const Param[]){
			{ .name = "epochs",
			  .type = PARAM_INT,
			  .value = "10",
			  .minimum = 1,
			  .maximum = 100000,
			  .help = "Passes over the rows; of lbfgs, its iterations at most." },
			{ .name = "batch",
			  .type = PARAM_INT,
			  .value = "64",
			  .minimum = 1,
			  .maximum = FIT_BATCH_MAX,
			  .unit = "rows",
			  .help = "Rows of one step; at most as many as there are." },
			{ .name = "optimizer",
			  .type = PARAM_CHOICE,
			  .value = "adam",
			  .choices = "sgd|momentum|nesterov|rmsprop|adam|adamw|lbfgs",
			  .help = "How gradients move the weights; lbfgs takes all rows at once." },
			{ .name = "lr",
			  .type = PARAM_NUMBER,
			  .minimum = 1e-12,
			  .maximum = 1e6,
			  .help = "Learning rate; the optimizer's own when absent: 0.1, but 0.001 "
				  "for rmsprop, adam and adamw." },
			{ .name = "momentum",
			  .type = PARAM_NUMBER,
			  .minimum = 0,
			  .maximum = 0.9999,
			  .help = "Of momentum and nesterov; 0.9 when absent." },
			{ .name = "decay",
			  .type = PARAM_NUMBER,
			  .minimum = 0,
			  .maximum = 1000,
			  .help = "Weight decay: 0 when absent, but 0.01 for adamw." },
			{ .name = "schedule",
			  .type = PARAM_CHOICE,
			  .value = "constant",
			  .choices = "constant|step|cosine",
			  .help = "How the learning rate changes." },
			{ .name = "warmup",
			  .type = PARAM_NUMBER,
			  .minimum = 0,
			  .maximum = 1,
			  .help = "Share of all steps, at the beginning, in which the learning "
				  "rate rises." },
			{ .name = "clip",
			  .type = PARAM_NUMBER,
			  .minimum = 0,
			  .maximum = 1e6,
			  .help = "Largest norm of all gradients together; 0: off." },
			{ .name = "loss",
			  .type = PARAM_CHOICE,
			  .value = "xent",
			  .choices = "xent|bce|hinge|mse|huber|distill",
			  .help = "What is made small; mse when absent and numbers are to be "
				  "predicted." },
			{ .name = "smoothing",
			  .type = PARAM_NUMBER,
			  .minimum = 0,
			  .maximum = 0.99,
			  .help = "Of xent and distill: share of the label that goes to all "
				  "classes." },
			{ .name = "delta",
			  .type = PARAM_NUMBER,
			  .minimum = 1e-6,
			  .maximum = 1e6,
			  .help = "Of huber: where it turns from a square into a line; 1 when "
				  "absent." },
			{ .name = "teacher",
			  .type = PARAM_OBJECT,
			  .choices = "model",
			  .help = "Of distill: the model to learn from." },
			{ .name = "alpha",
			  .type = PARAM_NUMBER,
			  .minimum = 0,
			  .maximum = 1,
			  .help = "Of distill: share of the teacher in the loss; 0.7 when "
				  "absent." },
			{ .name = "temperature",
			  .type = PARAM_NUMBER,
			  .minimum = 0.01,
			  .maximum = 1000,
			  .help = "Of distill: 4 when absent." },
			{ .name = "precision",
			  .type = PARAM_CHOICE,
			  .value = "f32",
			  .choices = "f32|bf16",
			  .help = "Of the products of dense layers and convolutions; bf16 sums in "
				  "f32 and needs AVX-512 BF16." },
			{ .name = "patience",
			  .type = PARAM_INT,
			  .value = "0",
			  .minimum = 0,
			  .maximum = 100000,
			  .unit = "epochs",
			  .help = "Ends after so many epochs without a better loss on the valid "
				  "rows; 0: off." },
			{ .name = "valid",
			  .type = PARAM_OBJECT,
			  .choices = "rows",
			  .help = "Rows for patience." },
			{ .name = "seed",
			  .type = PARAM_INT,
			  .minimum = 0,
			  .maximum = 9007199254740992.0,
			  .help = "Of the order of the rows and of dropout; the model's when "
				  "absent." },
			{ .name = NULL },
		},
};
