/* The flags of wattle bench.
 * SPDX-License-Identifier: MIT */
#include "app/bench/bench_flags.h"

#include <stdlib.h>
#include <string.h>

#include "app/flags.h"
#include "app/model_operand.h"
#include "base/text.h"

/* --- which flag for what ---------------------------------------------------------------------- */

/* Flags that only some benchmarks have. */
static const struct {
	const char *flag, *of;
} only[] = {
	{ "model", "train infer fit" },
	{ "layers", "train infer fit" },
	{ "data", "train infer fit" },
	{ "rows", "train infer fit" },
	{ "batch", "train infer fit" },
	{ "optimizer", "train infer fit" },
	{ "lr", "train infer fit" },
	{ "schedule", "train infer fit" },
	{ "decay", "train infer fit" },
	{ "smoothing", "train infer fit" },
	{ "warmup", "train infer fit" },
	{ "epochs", "train infer fit" },
	{ "precision", "train infer fit" },
	{ "seed", "train infer fit" },
	{ "sparsity", "infer" },
	{ "calls", "infer" },
	{ "out", "train fit" },
	{ "threads", "train infer fit" },
	{ "prepare", "fit" },
	{ "repeats", "fit" },
	{ "fold", "fit" },
	{ "set", "fit" },
};

static bool is_given(const Cli *cli, const char *flag)
{
	return params_get(&cli->flags, flag)->given || json_object_get(cli->pairs, flag);
}

static bool check_flags(const Cli *cli, const char *what, Err *err)
{
	const Params *flags = &cli->flags;
	for (size_t i = 0; i < sizeof only / sizeof *only; i++)
		if (is_given(cli, only[i].flag) && !strstr(only[i].of, what))
			return err_set(err, ERR_USAGE, "bench %s takes no --%s", what,
				       only[i].flag);
	if (params_get(flags, "sparsity")->given &&
	    strcmp(params_get(flags, "precision")->text, "sparse") != 0)
		return err_set(err, ERR_USAGE, "--sparsity goes with --precision sparse");
	return true;
}

bool bench_what(const char **what, const Cli *cli, Err *err)
{
	static const char *const kinds[] = { "train", "infer", "fit", "kernels", NULL };
	char hint[TEXT_HINT_MAX];
	*what = cli->operands ? cli->operand[0] : "";
	for (size_t i = 0; kinds[i]; i++)
		if (strcmp(kinds[i], *what) == 0)
			return check_flags(cli, *what, err);
	if (!**what)
		return err_set(err, ERR_USAGE, "bench what? train, infer, fit or kernels");
	return err_set(err, ERR_USAGE, "there is no bench of '%s'%s: train, infer, fit, kernels",
		       *what, text_did_you_mean(hint, *what, kinds));
}

/* --- the options ------------------------------------------------------------------------------ */

static json_t *value_json(const Param *row, const ParamValue *value)
{
	switch (row->type) {
	case PARAM_INT:
		return json_integer(value->integer);
	case PARAM_NUMBER:
		return json_real(value->number);
	case PARAM_TEXT:
		return json_string(value->text);
	default:
		return NULL;
	}
}

/* "2/5": part 2 of 5. */
static bool put_fold(json_t *json, const ParamValue *value, Err *err)
{
	char *end = NULL;
	unsigned long fold = 0, folds = 0;
	json_object_del(json, "fold");
	if (!value->given)
		return true;
	if (value->text[0] >= '1' && value->text[0] <= '9')
		fold = strtoul(value->text, &end, 10);
	if (end && end[0] == '/' && end[1] >= '1' && end[1] <= '9')
		folds = strtoul(end + 1, &end, 10);
	if (!folds || *end || fold > folds || folds < 2 || folds > 1000)
		return err_set(
			err, ERR_USAGE,
			"--fold wants PART/PARTS, as in 1/5, not '%s': part 1 to PARTS, of 2 "
			"to 1000",
			value->text);
	json_object_set_new(json, "fold", json_integer((json_int_t)fold));
	json_object_set_new(json, "folds", json_integer((json_int_t)folds));
	return true;
}

/* Every flag that was given or has a default, by its name, and what the kind of benchmark adds. */
json_t *bench_options(const Cli *cli, const char *what, int64_t started_ns, Err *err)
{
	const Params *flags = &cli->flags;
	bool infer = strcmp(what, "infer") == 0;
	json_t *json = json_object(), *given = json_array();
	json_object_set_new(json, "batch", json_integer(infer ? 1 : 64));
	json_object_set_new(json, "epochs", json_integer(infer ? 3 : 10));
	for (const Param *row = bench_params; row->name; row++) {
		const ParamValue *value = params_get(flags, row->name);
		if (value->given || row->value)
			json_object_set_new(json, row->name, value_json(row, value));
		if (value->given)
			json_array_append_new(given, json_string(row->name));
	}
	json_object_set_new(json, "what", json_string(what));
	json_object_set_new(json, "given", given);
	json_object_set_new(json, "started_ns", json_integer(started_ns));
	json_object_set_new(json, "keep", json_boolean(params_get(flags, "out")->given));
	json_object_set_new(json, "file",
			    json_boolean(model_is_file(params_get(flags, "model")->text)));
	if (json_object_get(cli->pairs, "set"))
		json_object_set(json, "set", json_object_get(cli->pairs, "set"));
	if (put_fold(json, params_get(flags, "fold"), err))
		return json;
	json_decref(json);
	return NULL;
}

/* --- the flags -------------------------------------------------------------------------------- */

const Param bench_params[] = {
	{ .name = "model",
	  .type = PARAM_TEXT,
	  .value = "lenet300",
	  .unit = "NAME or FILE",
	  .help = "A model of wattle list models; for infer also a model file, with its folder." },
	{ .name = "layers",
	  .type = PARAM_TEXT,
	  .unit = "LAYERS",
	  .help = "Of mlp (784,300,100,10) and network (\"dense 300; relu; dense 10\")." },
	{ .name = "data",
	  .type = PARAM_TEXT,
	  .value = "fashion-mnist",
	  .unit = "NAME",
	  .help = "A dataset of wattle list datasets." },
	{ .name = "rows",
	  .type = PARAM_INT,
	  .value = "0",
	  .minimum = 0,
	  .maximum = 1e9,
	  .help = "Training rows, a stratified sample; 0: all." },
	FLAG_BATCH(.help = "Rows of a batch: 64 for train and fit, 1 for infer."),
	{ .name = "optimizer",
	  .type = PARAM_TEXT,
	  .value = "adam",
	  .unit = "NAME",
	  .help = "sgd, momentum, nesterov, rmsprop, adam, adamw or lbfgs." },
	{ .name = "lr",
	  .type = PARAM_NUMBER,
	  .minimum = 1e-12,
	  .maximum = 1000,
	  .help = "Learning rate, instead of the optimizer's own." },
	{ .name = "decay",
	  .type = PARAM_NUMBER,
	  .minimum = 0,
	  .maximum = 1,
	  .help = "Weight decay, instead of the optimizer's own." },
	{ .name = "smoothing",
	  .type = PARAM_NUMBER,
	  .value = "0",
	  .minimum = 0,
	  .maximum = 0.99,
	  .help = "Share of each label that is spread over all classes." },
	{ .name = "schedule",
	  .type = PARAM_TEXT,
	  .value = "constant",
	  .unit = "NAME",
	  .help = "How the learning rate changes: constant, step, cosine." },
	{ .name = "warmup",
	  .type = PARAM_NUMBER,
	  .value = "0",
	  .minimum = 0,
	  .maximum = 1,
	  .help = "Share of the steps in which the learning rate rises first." },
	{ .name = "epochs",
	  .type = PARAM_INT,
	  .minimum = 1,
	  .maximum = 100000,
	  .help = "Of train and fit (10); of infer, before the measurement of a model by name "
		  "(3)." },
	FLAG_PRECISION(.value = "f32",
		       .help = "int8 quantizes, sparse prunes, auto takes the fastest (infer)."),
	FLAG_SPARSITY,
	{ .name = "set",
	  .type = PARAM_PAIRS,
	  .help = "A setting of the model, again for others, as in --set depth=10 (fit)." },
	{ .name = "prepare",
	  .type = PARAM_TEXT,
	  .unit = "WAYS",
	  .help = "Ways of preparing the data, as in \"impute; standardize\" (fit)." },
	{ .name = "fold",
	  .type = PARAM_TEXT,
	  .unit = "PART/PARTS",
	  .help = "Hold this part of the training rows out and score it instead of the test rows "
		  "(fit)." },
	{ .name = "repeats",
	  .type = PARAM_INT,
	  .value = "3",
	  .minimum = 1,
	  .maximum = 1000,
	  .help = "Fits." },
	{ .name = "calls",
	  .type = PARAM_INT,
	  .minimum = 1,
	  .maximum = 1000000,
	  .help = "Timed calls of each of the 5 windows of infer (2,000 rows' worth, at least "
		  "92)." },
	{ .name = "threads",
	  .type = PARAM_INT,
	  .value = "1",
	  .minimum = 1,
	  .maximum = 256,
	  .help = "Threads of the engine." },
	{ .name = "seed",
	  .type = PARAM_INT,
	  .value = "1",
	  .minimum = 0,
	  .maximum = 9007199254740992.0,
	  .help = "Of weights and order of rows." },
	{ .name = "kernel",
	  .type = PARAM_TEXT,
	  .value = "auto",
	  .unit = "K",
	  .help = "auto, scalar, avx2, avx512, or kernel names joined by commas." },
	FLAG_OUT(.help = "Save the trained model (train, fit)."),
	{ .name = "baseline",
	  .type = PARAM_TEXT,
	  .unit = "FILE",
	  .help = "Compare with an earlier record; exit 1 when slower beyond the spread." },
	{ .name = "list",
	  .type = PARAM_FLAG,
	  .value = "false",
	  .help = "Show what can be benched and stop." },
	{ .name = "time-limit",
	  .type = PARAM_TIME,
	  .minimum = 0.01,
	  .maximum = 1e7,
	  .help = "End after this time." },
	{ .name = "max-memory",
	  .type = PARAM_SIZE,
	  .minimum = 67108864,
	  .maximum = 1e15,
	  .help = "Memory of the worker (min of 4 GiB and half of the machine's)." },
	{ 0 },
};
