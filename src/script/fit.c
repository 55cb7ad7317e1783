/* model:fit: how a script trains.
 * SPDX-License-Identifier: MIT */
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

static bool fit_run(Script *script, Model *model, const Rows *rows, const DataFile *file,
		    const FitOptions *options, FitWatch *watch, Err *err)
{
	return file ? model_fit_stream(model, file, NULL, options, watch, &script->control, NULL,
				       err)
		    : model_fit(model, rows, options, watch, &script->control, err);
}

/* fit(rows or stream, {…}) → the model itself. watch = rows: their accuracy after each epoch; true: the
 * training's own figures, which are shown unless it is false. */
int script_fit(lua_State *L)
{
	static const char *const skip[] = { "watch", NULL };
	Script *script = script_of(L);
	Model *model = model_check(L, 1);
	const DataFile *file = stream_file(L, 2);
	const Rows *train = file ? NULL : data_rows(L, 2), *test = NULL;
	bool watched = true;
	FitOptions options;
	TrialWatch watch;
	Params params;
	Err err;

	values_params(L, 3, &script_fit_info, &params, skip, 0);
	if (lua_istable(L, 3)) {
		lua_pushliteral(L, "watch");
		lua_rawget(L, 3);
		watched = lua_isnil(L, -1) || lua_toboolean(L, -1);
		test = handle_object(L, -1, ROWS_HANDLE);
		if (!test && !lua_isnil(L, -1) && !lua_isboolean(L, -1))
			script_fail_key(L, "watch",
					"fit: watch must be rows, true or false, not a %s",
					luaL_typename(L, -1));
	}
	fit_check_keys(L, model->kind, &params);
	fit_options_init(&options, model);
	fit_fill(L, &options, &params);
	if (!(file ? datafile_about(file) : train->set)->classes && !fit_given(&params, "loss"))
		options.loss = loss_default(LOSS_MSE);
	if (!fit_run(script, model, train, file, &options,
		     watched ? model_watch(script, &watch, model, test, "fit") : NULL, &err))
		script_raise(L, &err);
	lua_pushnil(L); /* its own program is out of date */
	lua_setiuservalue(L, 1, 1);
	lua_settop(L, 1);
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
