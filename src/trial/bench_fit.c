/* wattle bench fit: seconds to fit a model of any kind and to predict all test rows, how good it is,
 * how large, and what it executes for a row.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/status.h"
#include "base/text.h"
#include "model/file.h"
#include "num/peak.h"
#include "trial/bench_fit_inside.h"

#define FIT_PREDICT_BATCH 512 /* rows of one run of the program */
/* Behind each fit, the test rows are predicted again and again until that time or that often. */
#define FIT_PREDICT_S 0.2
#define FIT_PREDICT_MAX 20
#define FIT_TOLD_NS (CLOCK_NS_PER_S / 10) /* between two epoch records: a fit may have thousands */

/* A benchmark as it runs. */
typedef struct FitRun {
	Bench *bench;
	const ModelKind *kind;
	FitData data;
	const FitScore *score;
	FitOptions options;
	Program *program;
	float *outputs;    /* (test rows, outputs) */
	uint16_t *classes; /* (test rows) */
	size_t fits, predictions;
	double *fit_s, *lower_s, *cpu_s, *ghz; /* (repeats) */
	double *predict_s;                     /* (repeats · FIT_PREDICT_MAX) */
	double value;                          /* the score */
	const char *value_why;
	uint64_t start_rss_bytes;
} FitRun;

/* --- what was asked for ----------------------------------------------------------------------- */

/* "depth, trees, seed" */
static const char *settings_of(const ModelKind *kind, char *out, size_t cap)
{
	size_t len = 0;
	text_format(out, cap, "none");
	for (const Param *row = kind->info.params; row && row->name; row++)
		len += text_format(out + len, cap - len, "%s%s", len ? ", " : "", row->name);
	return out;
}

/* A flag that the kind's fit does not look at is a mistake. */
static bool check_flags(const FitRun *run, Err *err)
{
	static const char *const flags[] = { "optimizer", "lr",     "decay",  "smoothing",
					     "schedule",  "warmup", "epochs", "batch",
					     "precision", NULL };
	char list[256];
	size_t at;
	json_t *name;
	json_array_foreach(run->bench->options->given, at, name)
	{
		for (size_t i = 0; flags[i]; i++)
			if (strcmp(flags[i], json_string_value(name)) == 0 &&
			    !fit_takes(run->kind, flags[i]))
				return err_set(err, ERR_ARGUMENT,
					       "the %s takes no --%s; its settings, for --set "
					       "KEY=VALUE, are: %s",
					       run->kind->info.name, flags[i],
					       settings_of(run->kind, list, sizeof list));
	}
	return true;
}

static bool check_options(const BenchOptions *options, Err *err)
{
	if (options->file)
		return err_set(err, ERR_ARGUMENT,
			       "bench fit begins with a new model: --model is a name here, not the "
			       "file %s",
			       options->model);
	if (strcmp(options->precision, "f32") != 0 && strcmp(options->precision, "bf16") != 0)
		return err_set(err, ERR_ARGUMENT, "a fit runs in f32 or bf16, not in %s",
			       options->precision);
	if (options->folds && (options->fold < 1 || options->fold > options->folds))
		return err_set(err, ERR_ARGUMENT, "--fold %zu/%zu: there is no such part",
			       options->fold, options->folds);
	return true;
}

static bool take_options(FitRun *run, Err *err)
{
	FitOptions *options = &run->options;
	if (!bench_fit_options(run->bench, options, err))
		return false;
	if (!run->bench->set->classes)
		options->loss = loss_default(LOSS_MSE);
	if (options->batch > run->data.train.count)
		options->batch = run->data.train.count;
	options->bf16 = strcmp(run->bench->options->precision, "bf16") == 0;
	return true;
}

static bool take_memory(FitRun *run, Err *err)
{
	size_t n = run->bench->options->repeats;
	run->fit_s = calloc(n * (4 + FIT_PREDICT_MAX), sizeof *run->fit_s);
	if (!run->fit_s)
		return err_set(err, ERR_MEMORY, "%zu repeats", n);
	run->lower_s = run->fit_s + n;
	run->cpu_s = run->lower_s + n;
	run->ghz = run->cpu_s + n;
	run->predict_s = run->ghz + n;
	return true;
}

static void run_done(FitRun *run)
{
	program_free(run->program);
	fit_data_done(&run->data);
	free(run->outputs);
	free(run->classes);
	free(run->fit_s);
}

/* --- fitting ---------------------------------------------------------------------------------- */

/* Tells an epoch now and then. */
typedef struct FitTold {
	FitWatch watch;  /* first member */
	TrialWatch told; /* writes the epoch records */
	int64_t last_ns;
} FitTold;

static bool told_epoch(FitWatch *self, const FitEpoch *report, Err *err)
{
	FitTold *told = (FitTold *)self;
	int64_t now_ns = clock_now_ns();
	if (now_ns - told->last_ns < FIT_TOLD_NS)
		return true;
	told->last_ns = now_ns;
	return told->told.watch.epoch(&told->told.watch, report, err);
}

/* A new model, fitted; its times. */
static bool fit_once(FitRun *run, Err *err)
{
	Bench *bench = run->bench;
	FitTold told = { .watch = { .epoch = told_epoch } };
	size_t at = run->fits;
	program_free(run->program);
	run->program = NULL;
	model_free(bench->model);
	bench->model = bench_new_model(bench, run->kind, err);
	if (!bench->model || !take_options(run, err))
		return false;
	trial_watch_init(&told.told, bench->trial, bench->model, NULL, NULL, "fit");
	double before = peak_clock_ghz(BENCH_CLOCK_MS);
	int64_t cpu_ns = clock_process_ns(), begin_ns = clock_now_ns();
	told.last_ns = begin_ns;
	if (!model_fit(bench->model, &run->data.train, &run->options, &told.watch,
		       bench->trial->control, err))
		return false;
	run->fit_s[at] = (double)(clock_now_ns() - begin_ns) / CLOCK_NS_PER_S;
	run->cpu_s[at] = (double)(clock_process_ns() - cpu_ns) / CLOCK_NS_PER_S;
	run->ghz[at] = fmin(before, peak_clock_ghz(BENCH_CLOCK_MS));
	run->fits++;
	return !control_stopping(bench->trial->control) ||
	       err_set(err, ERR_INTERRUPTED, "stopped in fit %zu of %zu", run->fits,
		       bench->options->repeats);
}

/* --- predicting ------------------------------------------------------------------------------- */

static bool lower_once(FitRun *run, Err *err)
{
	Bench *bench = run->bench;
	size_t rows = run->data.test.count, outputs = model_outputs(bench->model);
	ProgramOptions options = { .batch = rows < FIT_PREDICT_BATCH ? rows : FIT_PREDICT_BATCH,
				   .wish = bench->trial->wish,
				   .pool = bench->trial->pool };
	int64_t begin_ns = clock_now_ns();
	run->program = program_new(bench->model, &options, err);
	run->lower_s[run->fits - 1] = (double)(clock_now_ns() - begin_ns) / CLOCK_NS_PER_S;
	if (!run->program || run->outputs || run->classes)
		return run->program;
	if (run->score->classes)
		run->classes = malloc(rows * sizeof *run->classes);
	else
		run->outputs = malloc(rows * outputs * sizeof *run->outputs);
	return run->classes || run->outputs || err_set(err, ERR_MEMORY, "%zu predictions", rows);
}

static bool predict_once(FitRun *run, Err *err)
{
	const Bench *bench = run->bench;
	int64_t begin_ns = clock_now_ns();
	bool ok = run->classes ? program_predict(run->program, &run->data.test, run->classes,
						 bench->trial->control, err)
			       : program_score(run->program, &run->data.test, run->outputs,
					       bench->trial->control, err);
	run->predict_s[run->predictions++] = (double)(clock_now_ns() - begin_ns) / CLOCK_NS_PER_S;
	return ok;
}

static bool predict(FitRun *run, Err *err)
{
	int64_t begin_ns = clock_now_ns();
	for (size_t i = 0; i < FIT_PREDICT_MAX; i++) {
		if (!predict_once(run, err))
			return false;
		if ((double)(clock_now_ns() - begin_ns) / CLOCK_NS_PER_S > FIT_PREDICT_S)
			break;
	}
	return true;
}

static bool measure(FitRun *run, Err *err)
{
	for (size_t i = 0; i < run->bench->options->repeats; i++)
		if (!fit_once(run, err) || !lower_once(run, err) || !predict(run, err))
			return false;
	run->value = NAN;
	const void *predicted = run->classes ? (const void *)run->classes : run->outputs;
	return run->score->score(&run->data, run->bench->model, predicted, &run->value,
				 &run->value_why, err);
}

/* --- the record ------------------------------------------------------------------------------- */

/* Numbers of the rows that were held out, as the dataset counts them. */
static json_t *held_json(const Rows *held)
{
	json_t *json = json_array();
	for (size_t i = 0; i < held->count; i++)
		json_array_append_new(json, json_integer((json_int_t)rows_at(held, i)));
	return json;
}

static void put_data(FitRun *run)
{
	Bench *bench = run->bench;
	const BenchOptions *options = bench->options;
	bench_put_text(bench, "data", bench->set->name);
	bench_put_text(bench, "dataset_sha256", bench->set->sha256);
	bench_put_text(bench, "form", dataset_form_name(bench->set->form));
	bench_put_count(bench, "features", bench->set->features);
	bench_put_count(bench, "train_rows", run->data.train.count);
	bench_put_count(bench, "test_rows", run->data.test.count);
	if (options->prepare)
		bench_put_text(bench, "prepare", options->prepare);
	if (!options->folds)
		return;
	bench_put_count(bench, "fold", options->fold);
	bench_put_count(bench, "folds", options->folds);
	json_object_set_new(bench->record, "held", held_json(&run->data.test));
}

/* What the fit looked at of the flags. */
static void put_fit(FitRun *run)
{
	Bench *bench = run->bench;
	const BenchOptions *options = bench->options;
	if (!fit_takes(run->kind, "optimizer"))
		return;
	bench_put_count(bench, "batch", run->options.batch);
	bench_put_count(bench, "epochs", run->options.epochs);
	bench_put_text(bench, "optimizer", options->optimizer);
	bench_put_text(bench, "schedule", options->schedule);
	bench_put_float(bench, "lr", run->options.lr);
	bench_put_text(bench, "precision", options->precision);
}

static bool put_settings(FitRun *run, Err *err)
{
	Bench *bench = run->bench;
	const BenchOptions *options = bench->options;
	bench->record = record_new("bench-fit", record_out_origin(bench->trial->out));
	if (!bench->record)
		return err_set(err, ERR_MEMORY, "bench");
	bench_put_text(bench, "model", options->model);
	if (options->layers)
		bench_put_text(bench, "layers", options->layers);
	json_object_set_new(bench->record, "set",
			    options->set ? json_deep_copy(options->set) : json_object());
	put_data(run);
	put_fit(run);
	bench_put_count(bench, "threads", pool_threads(bench->trial->pool));
	bench_put_count(bench, "seed", options->seed);
	bench_put_count(bench, "repeats", options->repeats);
	return true;
}

static bool put_times(FitRun *run, const char *key, const double *times, size_t count, Err *err)
{
	json_t *json = bench_times_json(times, count, err);
	if (json)
		json_object_set_new(run->bench->record, key, json);
	return json;
}

static bool put_work(FitRun *run, Err *err)
{
	Bench *bench = run->bench;
	err->code = ERR_NONE;
	uint64_t compares =
		program_compares(run->program, &run->data.test, bench->trial->control, err);
	if (err->code != ERR_NONE)
		return false;
	uint64_t bytes = model_file_bytes(bench->model, err);
	if (!bytes)
		return false;
	bench_put_count(bench, "macs", program_macs(run->program));
	bench_put_real(bench, "compares", (double)compares / (double)run->data.test.count, "");
	bench_put_count(bench, "parameters", model_parameters(bench->model));
	bench_put_count(bench, "bytes", bytes);
	json_object_set_new(bench->record, "steps", program_steps_json(run->program));
	return true;
}

static bool put_results(FitRun *run, Err *err)
{
	Bench *bench = run->bench;
	if (!put_times(run, "fit_s", run->fit_s, run->fits, err) ||
	    !put_times(run, "lower_s", run->lower_s, run->fits, err) ||
	    !put_times(run, "predict_s", run->predict_s, run->predictions, err))
		return false;
	bench_put_real(bench, "load_s", run->data.load_s, "");
	bench_put_real(bench, "prepare_s", run->data.prepare_s, "");
	json_object_set_new(bench->record, "cpu_s", bench_reals_json(run->cpu_s, run->fits));
	json_object_set_new(bench->record, "clock_ghz", bench_reals_json(run->ghz, run->fits));
	bench_put_text(bench, "score_name", run->score->name);
	bench_put_real(bench, "score", run->value, run->value_why);
	if (run->start_rss_bytes)
		bench_put_count(bench, "start_rss_bytes", run->start_rss_bytes);
	else
		record_absent(bench->record, "start_rss_bytes", "/proc/self/status cannot be read");
	return put_work(run, err);
}

/* --- the benchmark ---------------------------------------------------------------------------- */

static bool run_all(FitRun *run, const DataPaths *paths, Err *err)
{
	Bench *bench = run->bench;
	if (!check_options(bench->options, err))
		return false;
	run->kind = bench_model_kind(bench->options->model, err);
	if (!run->kind || !check_flags(run, err) ||
	    !fit_data_load(&run->data, bench, run->kind, paths, err))
		return false;
	run->score = fit_score_of(run->kind, bench->set);
	return take_memory(run, err) && measure(run, err) && put_settings(run, err) &&
	       put_results(run, err) && bench_keep(bench, err);
}

bool bench_fit(Bench *bench, const DataPaths *paths, Err *err)
{
	FitRun run = { .bench = bench };
	if (bench->trial->status_fd >= 0)
		run.start_rss_bytes = status_bytes(bench->trial->status_fd, "VmRSS:");
	bool ok = run_all(&run, paths, err);
	run_done(&run);
	return ok;
}
