/* Benchmarks: their options, what they load, and the parts of their records that they share.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/order.h"
#include "base/text.h"
#include "model/file.h"
#include "trial/bench_inside.h"

/* --- options ---------------------------------------------------------------------------------- */

static const char *const precisions[] = { "f32", "bf16", "int8", "sparse", "auto", NULL };

static const char *get_text(const json_t *json, const char *key)
{
	return json_string_value(json_object_get(json, key));
}

static uint64_t get_count(const json_t *json, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(json, key));
	return n > 0 ? (uint64_t)n : 0;
}

static bool need_text(const char *what, const char *key, const char *text, Err *err)
{
	return text || err_set(err, ERR_USAGE, "bench %s: %s is missing", what, key);
}

bool bench_options_from_json(BenchOptions *out, const json_t *json, Err *err)
{
	*out = (BenchOptions){
		.what = get_text(json, "what"),
		.model = get_text(json, "model"),
		.layers = get_text(json, "layers"),
		.data = get_text(json, "data"),
		.optimizer = get_text(json, "optimizer"),
		.schedule = get_text(json, "schedule"),
		.precision = get_text(json, "precision"),
		.lr = json_number_value(json_object_get(json, "lr")),
		.decay = json_is_number(json_object_get(json, "decay"))
				 ? json_number_value(json_object_get(json, "decay"))
				 : -1,
		.warmup = json_number_value(json_object_get(json, "warmup")),
		.smoothing = json_number_value(json_object_get(json, "smoothing")),
		.sparsity = json_number_value(json_object_get(json, "sparsity")),
		.batch = get_count(json, "batch"),
		.epochs = get_count(json, "epochs"),
		.rows = get_count(json, "rows"),
		.calls = get_count(json, "calls"),
		.seed = get_count(json, "seed"),
		.started_ns = json_integer_value(json_object_get(json, "started_ns")),
		.set = json_object_get(json, "set"),
		.prepare = get_text(json, "prepare"),
		.repeats = get_count(json, "repeats"),
		.fold = get_count(json, "fold"),
		.folds = get_count(json, "folds"),
		.given = json_object_get(json, "given"),
		.keep = json_is_true(json_object_get(json, "keep")),
	};
	if (!need_text("", "what", out->what, err))
		return false;
	if (strcmp(out->what, "kernels") == 0)
		return true;
	return need_text(out->what, "model", out->model, err) &&
	       need_text(out->what, "data", out->data, err) &&
	       need_text(out->what, "optimizer", out->optimizer, err) &&
	       need_text(out->what, "schedule", out->schedule, err) &&
	       need_text(out->what, "precision", out->precision, err);
}

/* Index of text in names, ERR_ARGUMENT with the nearest one when it is none of them. */
static bool choose(const char *what, const char *text, const char *const *names, int *out, Err *err)
{
	char hint[TEXT_HINT_MAX];
	for (*out = 0; names[*out]; ++*out)
		if (strcmp(names[*out], text) == 0)
			return true;
	return err_set(err, ERR_ARGUMENT, "no %s is called '%s'%s", what, text,
		       text_did_you_mean(hint, text, names));
}

static bool find_optimizer(const char *name, FitOptions *out, Err *err)
{
	const char *names[OPTIMIZER_KINDS + 2];
	OptimizerKind kind = OPTIMIZER_ADAM;
	size_t n = 0;
	int at;
	for (; n < OPTIMIZER_KINDS; n++)
		names[n] = optimizers[n].info.name;
	names[n++] = "lbfgs";
	names[n] = NULL;
	if (!choose("optimizer", name, names, &at, err))
		return false;
	out->lbfgs = at == OPTIMIZER_KINDS;
	if (!out->lbfgs)
		kind = (OptimizerKind)at;
	out->optimizer = optimizer_default(kind);
	out->lr = optimizers[kind].lr;
	return true;
}

static bool find_schedule(const char *name, FitOptions *out, Err *err)
{
	const char *names[SCHEDULE_KINDS + 1];
	int at;
	for (size_t i = 0; i < SCHEDULE_KINDS; i++)
		names[i] = schedules[i].name;
	names[SCHEDULE_KINDS] = NULL;
	if (!choose("schedule", name, names, &at, err))
		return false;
	out->schedule = (ScheduleKind)at;
	return true;
}

bool bench_fit_options(const Bench *bench, FitOptions *out, Err *err)
{
	const BenchOptions *options = bench->options;
	fit_options_init(out, bench->model);
	if (!find_optimizer(options->optimizer, out, err) ||
	    !find_schedule(options->schedule, out, err))
		return false;
	out->epochs = options->epochs;
	out->batch = options->batch;
	if (options->lr > 0)
		out->lr = (float)options->lr;
	if (options->decay >= 0)
		out->optimizer.decay = (float)options->decay;
	out->warmup = (float)options->warmup;
	out->loss.smoothing = (float)options->smoothing;
	out->seed = options->seed;
	out->pool = bench->trial->pool;
	return true;
}

/* --- models ----------------------------------------------------------------------------------- */

const ModelKind *bench_model_kind(const char *name, Err *err)
{
	const ModelKind *kind = model_kind_find(name);
	const char *names[64];
	char hint[TEXT_HINT_MAX];
	size_t n = 0;
	if (kind)
		return kind;
	while (model_kinds[n] && n < sizeof names / sizeof *names - 1) {
		names[n] = model_kinds[n]->info.name;
		n++;
	}
	names[n] = NULL;
	err_set(err, ERR_ARGUMENT,
		"no model is called '%s'%s; wattle list models shows them, and a file is "
		"written with its folder, as in ./%s",
		name, text_did_you_mean(hint, name, names), name);
	return NULL;
}

static bool has_param(const ModelKind *kind, const char *name)
{
	for (const Param *row = kind->info.params; row && row->name; row++)
		if (strcmp(row->name, name) == 0)
			return true;
	return false;
}

static bool set_layers(const Bench *bench, const ModelKind *kind, Params *params, Err *err)
{
	const char *layers = bench->options->layers;
	if (!has_param(kind, "layers"))
		return !layers ||
		       err_set(err, ERR_ARGUMENT,
			       "%s has layers of its own: --layers is for mlp and network",
			       kind->info.name);
	if (layers)
		return params_set_text(params, "layers", layers, err);
	return json_object_get(bench->options->set, "layers") ||
	       err_set(err, ERR_ARGUMENT,
		       "%s wants --layers, as in --model mlp --layers 784,300,100,10",
		       kind->info.name);
}

/* The shape of the data, for kinds that ask for it. */
static bool set_input(const Bench *bench, const ModelKind *kind, Params *params, Err *err)
{
	const Dataset *set = bench->set;
	double sizes[] = { (double)set->height, (double)set->width }, n = (double)set->features;
	if (!has_param(kind, "input"))
		return true;
	return set->width ? params_set_sizes(params, "input", sizes, 2, err)
			  : params_set_sizes(params, "input", &n, 1, err);
}

/* The model's own settings, as they were typed. */
static bool set_settings(const Bench *bench, Params *params, Err *err)
{
	const char *key;
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)bench->options->set, key, value)
	{
		if (!params_set_text(params, key, json_string_value(value), err))
			return err_prefix(err, "--set");
	}
	return true;
}

Model *bench_new_model(const Bench *bench, const ModelKind *kind, Err *err)
{
	Params params;
	if (!params_init(&params, &kind->info, err) || !set_layers(bench, kind, &params, err) ||
	    !set_input(bench, kind, &params, err) ||
	    (has_param(kind, "seed") &&
	     !params_set_number(&params, "seed", (double)bench->options->seed, err)) ||
	    !set_settings(bench, &params, err) || !params_complete(&params, err))
		return NULL;
	return model_new(kind, &params, err);
}

bool bench_keep(const Bench *bench, Err *err)
{
	char path[4096];
	if (!bench->options->keep || !bench->trial->scratch)
		return true;
	snprintf(path, sizeof path, "%s/%s", bench->trial->scratch, BENCH_MODEL_FILE);
	return model_save(bench->model, path, err);
}

/* --- loading ---------------------------------------------------------------------------------- */

/* A network: the other kinds begin anew with each fit, which bench fit measures. */
static Model *new_network(const Bench *bench, Err *err)
{
	const ModelKind *kind = bench_model_kind(bench->options->model, err);
	if (kind && kind->by_data) {
		err_set(err, ERR_ARGUMENT,
			"a %s is shaped by its data: use bench fit --out %s.model, and measure "
			"that "
			"file, as in ./%s.model",
			kind->info.name, kind->info.name, kind->info.name);
		return NULL;
	}
	return kind ? bench_new_model(bench, kind, err) : NULL;
}

static bool check_batch(const Bench *bench, Err *err)
{
	bool train = strcmp(bench->options->what, "train") == 0;
	const Rows *rows = train ? &bench->split.train : &bench->split.test;
	if (bench->options->batch > rows->count)
		return err_set(err, ERR_ARGUMENT,
			       "batch is %zu, but %s has %zu %s rows: use --batch %zu or less",
			       bench->options->batch, bench->set->name, rows->count,
			       train ? "training" : "test", rows->count);
	return true;
}

/* Model and data must fit before anything is timed. */
static bool check_shapes(const Bench *bench, Err *err)
{
	size_t in = model_inputs(bench->model), out = model_outputs(bench->model);
	bool two = out == 1 && bench->set->classes == 2 && !bench->model->numbers;
	if (in != bench->set->features || (out != bench->set->classes && !two))
		return err_set(err, ERR_ARGUMENT,
			       "%s takes %zu features to %zu classes, but %s has %zu and %zu",
			       bench->options->model, in, out, bench->set->name,
			       bench->set->features, bench->set->classes);
	return true;
}

bool bench_load(Bench *bench, const DataPaths *paths, Err *err)
{
	const BenchOptions *options = bench->options;
	int precision;
	if (!choose("precision", options->precision, precisions, &precision, err))
		return false;
	bench->set = dataset_load(options->data, paths, NULL, bench->trial->control, err);
	if (!bench->set || !trial_dataset(bench->trial, bench->set, err) ||
	    !dataset_split(&bench->split, bench->set, options->rows, 0, options->seed, err) ||
	    !check_batch(bench, err))
		return false;
	bench->model = options->file ? model_load_memory(options->file, options->file_len,
							 options->model, err)
				     : new_network(bench, err);
	return bench->model && check_shapes(bench, err);
}

/* --- records ---------------------------------------------------------------------------------- */

bool bench_record(Bench *bench, const char *type, Err *err)
{
	bench->record = record_new(type, record_out_origin(bench->trial->out));
	if (!bench->record)
		return err_set(err, ERR_MEMORY, "bench");
	bench_put_text(bench, "model", bench->options->model);
	if (bench->options->layers)
		bench_put_text(bench, "layers", bench->options->layers);
	bench_put_count(bench, "parameters", model_parameters(bench->model));
	bench_put_text(bench, "data", bench->set->name);
	return true;
}

void bench_put_text(Bench *bench, const char *key, const char *text)
{
	json_object_set_new(bench->record, key, json_string(text));
}

void bench_put_count(Bench *bench, const char *key, uint64_t count)
{
	json_object_set_new(bench->record, key, json_integer((json_int_t)count));
}

void bench_put_real(Bench *bench, const char *key, double value, const char *why)
{
	if (isfinite(value))
		json_object_set_new(bench->record, key, json_real(value));
	else
		record_absent(bench->record, key, why);
}

void bench_put_float(Bench *bench, const char *key, float value)
{
	char text[32];
	int digits = 6;
	do {
		snprintf(text, sizeof text, "%.*g", digits, (double)value);
	} while (strtof(text, NULL) != value && ++digits <= 9);
	json_object_set_new(bench->record, key, json_real(strtod(text, NULL)));
}

json_t *bench_reals_json(const double *x, size_t n)
{
	json_t *json = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(json, isfinite(x[i]) ? json_real(x[i]) : json_null());
	return json;
}

json_t *bench_times_json(const double *x, size_t n, Err *err)
{
	double *sorted = malloc(n * sizeof *sorted + 1);
	if (!sorted) {
		err_set(err, ERR_MEMORY, "summing up %zu times", n);
		return NULL;
	}
	memcpy(sorted, x, n * sizeof *sorted);
	order_sort(sorted, n);
	json_t *json = json_object();
	json_object_set_new(json, "all", bench_reals_json(x, n));
	json_object_set_new(json, "median", json_real(order_middle(sorted, n)));
	json_object_set_new(json, "min", json_real(sorted[0]));
	free(sorted);
	return json;
}

/* --- running ---------------------------------------------------------------------------------- */

bool bench_run(Trial *trial, const DataPaths *paths, const BenchOptions *options, json_t **record,
	       Err *err)
{
	Bench bench = { .trial = trial, .options = options };
	bool ok;
	if (strcmp(options->what, "kernels") == 0)
		ok = bench_kernels(&bench, err);
	else if (strcmp(options->what, "train") == 0)
		ok = bench_load(&bench, paths, err) && bench_train(&bench, err);
	else if (strcmp(options->what, "infer") == 0)
		ok = bench_load(&bench, paths, err) && bench_infer(&bench, err);
	else if (strcmp(options->what, "fit") == 0)
		ok = bench_fit(&bench, paths, err);
	else
		ok = err_set(err, ERR_USAGE, "bench has no '%s': train, infer, fit or kernels",
			     options->what);
	model_free(bench.model);
	data_split_done(&bench.split);
	dataset_free(bench.set);
	if (!ok && err->code != ERR_DIVERGED) {
		json_decref(bench.record);
		bench.record = NULL;
	}
	*record = bench.record;
	return ok;
}
