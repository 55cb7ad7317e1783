/* wattle bench infer: how long one batch takes, from the bytes of its rows to its logits.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/order.h"
#include "base/text.h"
#include "model/file.h"
#include "num/peak.h"
#include "technique/technique.h"
#include "trial/bench_inside.h"

#define INFER_WINDOWS 5
/* Rows that the timed calls take in turn: more than caches near the core hold, less than the test
 * sets, so that every batch size reads the same ones. */
#define INFER_ROTATED 2000
#define INFER_CALLS_ROWS 2000 /* of a window, at batch 1 */
/* In all windows together as many as a 99th percentile takes. */
#define INFER_CALLS_MIN ((TRIAL_P99_CALLS + INFER_WINDOWS - 1) / INFER_WINDOWS)
#define INFER_FIT_BATCH 64
#define INFER_TRY_CALLS 40 /* of one round in which "auto" tries a form */
#define INFER_TRY_ROUNDS 5

/* A program that is timed. */
typedef struct Infer {
	const Bench *bench;
	Program *program;
	float *logits;
	size_t batches; /* that are taken in turn */
	size_t calls, windows;
	double *call_us;                                          /* (calls · windows) */
	double p50_us[INFER_WINDOWS], items_per_s[INFER_WINDOWS]; /* of each window */
	double cpu_s[INFER_WINDOWS], ghz[INFER_WINDOWS];
} Infer;

/* --- timing ----------------------------------------------------------------------------------- */

static void infer_done(Infer *infer)
{
	program_free(infer->program);
	free(infer->logits);
	free(infer->call_us);
	*infer = (Infer){ 0 };
}

/* Takes the program. */
static bool infer_init(Infer *infer, const Bench *bench, Program *program, Err *err)
{
	size_t batch = bench->options->batch, rows = bench->split.test.count;
	size_t usual = (INFER_CALLS_ROWS + batch - 1) / batch;
	*infer = (Infer){ .bench = bench, .program = program };
	rows = rows < INFER_ROTATED ? rows : INFER_ROTATED;
	infer->batches = rows < batch ? 1 : rows / batch;
	infer->calls = bench->options->calls ? bench->options->calls
					     : (usual < INFER_CALLS_MIN ? INFER_CALLS_MIN : usual);
	infer->windows = INFER_WINDOWS;
	infer->logits = malloc(batch * program_outputs(program) * sizeof *infer->logits);
	infer->call_us = malloc(infer->calls * infer->windows * sizeof *infer->call_us);
	return (infer->logits && infer->call_us) ||
	       err_set(err, ERR_MEMORY, "timing %zu calls of %zu rows", infer->calls, batch);
}

static void infer_call(Infer *infer, size_t i)
{
	size_t batch = infer->bench->options->batch;
	program_run(infer->program, &infer->bench->split.test, i % infer->batches * batch, batch,
		    infer->logits);
}

/* Times of `calls` calls, in microseconds. */
static void infer_times(Infer *infer, size_t calls, double *us)
{
	for (size_t i = 0; i < calls; i++) {
		int64_t begin_ns = clock_now_ns();
		infer_call(infer, i);
		us[i] = (double)(clock_now_ns() - begin_ns) / 1e3;
	}
}

static void infer_window(Infer *infer, size_t at)
{
	double *us = infer->call_us + at * infer->calls, before = peak_clock_ghz(BENCH_CLOCK_MS);
	int64_t cpu_ns = clock_process_ns(), begin_ns = clock_now_ns();
	infer_times(infer, infer->calls, us);
	double time_s = (double)(clock_now_ns() - begin_ns) / CLOCK_NS_PER_S;
	infer->cpu_s[at] = (double)(clock_process_ns() - cpu_ns) / CLOCK_NS_PER_S;
	infer->ghz[at] = fmin(before, peak_clock_ghz(BENCH_CLOCK_MS));
	infer->items_per_s[at] =
		(double)(infer->calls * infer->bench->options->batch) / fmax(time_s, 1e-9);
	order_sort(us, infer->calls);
	infer->p50_us[at] = order_middle(us, infer->calls);
}

static bool infer_measure(Infer *infer, Err *err)
{
	for (size_t i = 0; i < infer->batches; i++)
		infer_call(infer, i);
	for (size_t at = 0; at < infer->windows; at++) {
		infer_window(infer, at);
		if (!control_poll(infer->bench->trial->control, err))
			return false;
	}
	order_sort(infer->call_us, infer->calls * infer->windows);
	return true;
}

/* --- forms ------------------------------------------------------------------------------------ */

static Model *apply(const Bench *bench, const char *name, const char *key, double value, Err *err)
{
	const Technique *technique = technique_find(name);
	Params params;
	TrialWatch watch;
	if (!technique) {
		err_set(err, ERR_INTERNAL, "no technique %s", name);
		return NULL;
	}
	if (!params_init(&params, &technique->info, err) ||
	    !params_set_object(&params, "data", "rows", &bench->split.train, err) ||
	    (key && !params_set_number(&params, key, value, err)))
		return NULL;
	trial_watch_init(&watch, bench->trial, bench->model, NULL, NULL, name);
	return technique->apply(bench->model, &params, &watch.watch, bench->trial->control, err);
}

/* The model in a precision: a new one, or NULL with ERR_NONE when the bench's own will do. */
static Model *in_precision(const Bench *bench, const char *precision, Err *err)
{
	err->code = ERR_NONE;
	if (strcmp(precision, "int8") == 0 && !bench->model->quant)
		return apply(bench, "quantize", NULL, 0, err);
	if (strcmp(precision, "sparse") == 0 && !bench->model->mask)
		return apply(bench, "prune", "sparsity", bench->options->sparsity, err);
	return NULL;
}

static Program *lower(const Bench *bench, const Model *model, const char *precision, Err *err)
{
	Trial *trial = bench->trial;
	/* What a pruned model runs in is measured; the others are forced. */
	const char *form = strcmp(precision, "f32") == 0      ? "dense"
			   : strcmp(precision, "sparse") == 0 ? "auto"
							      : precision;
	text_format(trial->arm, sizeof trial->arm, "%s", precision);
	return trial_lower(trial, model, form, bench->options->batch, err);
}

/* The program of a precision; *model gets the model that it was made of when that is a new one. */
static Program *make(const Bench *bench, const char *precision, Model **model, Err *err)
{
	*model = in_precision(bench, precision, err);
	if (!*model && err->code != ERR_NONE)
		return NULL;
	Program *program = lower(bench, *model ? *model : bench->model, precision, err);
	if (!program) {
		model_free(*model);
		*model = NULL;
	}
	return program;
}

/* The precisions among which "auto" chooses; those that this model or processor has no kernels for
 * are passed over. */
static const char *const infer_tries[] = { "f32", "int8", "bf16" };
#define TRIES (sizeof infer_tries / sizeof *infer_tries)

/* Median of each program over rounds in which they take turns; the index of the fastest. */
static size_t fastest(Infer *tries, double *median_us)
{
	double us[INFER_TRY_ROUNDS][TRIES], column[INFER_TRY_ROUNDS];
	size_t best = TRIES;
	for (int round = 0; round < INFER_TRY_ROUNDS; round++) {
		for (size_t i = 0; i < TRIES; i++) {
			double times[INFER_TRY_CALLS];
			if (!tries[i].program)
				continue;
			infer_times(&tries[i], INFER_TRY_CALLS, times);
			order_sort(times, INFER_TRY_CALLS);
			us[round][i] = order_middle(times, INFER_TRY_CALLS);
		}
	}
	for (size_t i = 0; i < TRIES; i++) {
		if (!tries[i].program)
			continue;
		for (int round = 0; round < INFER_TRY_ROUNDS; round++)
			column[round] = us[round][i];
		order_sort(column, INFER_TRY_ROUNDS);
		median_us[i] = order_middle(column, INFER_TRY_ROUNDS);
		if (best == TRIES || median_us[i] < median_us[best])
			best = i;
	}
	return best;
}

static bool choose_auto(const Bench *bench, const char **precision, Err *err)
{
	Infer tries[TRIES] = { 0 };
	double median_us[TRIES];
	bool ok = true;
	for (size_t i = 0; ok && i < TRIES; i++) {
		Model *model;
		Program *program = make(bench, infer_tries[i], &model, err);
		model_free(model);
		if (program)
			ok = infer_init(&tries[i], bench, program, err);
		else if (err->code == ERR_ARGUMENT || err->code == ERR_NEED)
			ok = trial_log(bench->trial, err, "%s is passed over: %s", infer_tries[i],
				       err->text);
		else
			ok = false;
	}
	size_t best = ok ? fastest(tries, median_us) : TRIES;
	for (size_t i = 0; ok && i < TRIES; i++)
		if (tries[i].program)
			ok = trial_log(bench->trial, err, "%s takes %.1f us%s", infer_tries[i],
				       median_us[i], i == best ? ": chosen" : "");
	for (size_t i = 0; i < TRIES; i++)
		infer_done(&tries[i]);
	if (ok && best == TRIES)
		return err_set(err, ERR_ARGUMENT, "%s runs in none of f32, int8 and bf16 here",
			       bench->options->model);
	*precision = ok ? infer_tries[best] : NULL;
	return ok;
}

/* What a file holds decides what it can run in. */
static bool choose_precision(const Bench *bench, const char **precision, Err *err)
{
	const BenchOptions *options = bench->options;
	*precision = options->precision;
	bool automatic = strcmp(*precision, "auto") == 0;
	if (bench->model->quant) {
		*precision = "int8";
		return automatic || strcmp(options->precision, "int8") == 0 ||
		       err_set(err, ERR_ARGUMENT,
			       "%s holds a quantized model, which runs in integers: use "
			       "--precision int8 or auto, not %s",
			       options->model, options->precision);
	}
	if (bench->model->mask && automatic) {
		*precision = "sparse";
		return true;
	}
	return !automatic || choose_auto(bench, precision, err);
}

/* --- the record ------------------------------------------------------------------------------- */

static bool put_settings(Bench *bench, const Infer *infer, const char *precision, Err *err)
{
	const BenchOptions *options = bench->options;
	if (!bench_record(bench, "bench-infer", err))
		return false;
	bench_put_count(bench, "test_rows", bench->split.test.count);
	bench_put_text(bench, "precision", precision);
	json_object_set_new(bench->record, "chosen",
			    json_boolean(strcmp(options->precision, "auto") == 0));
	bench_put_count(bench, "batch", options->batch);
	bench_put_count(bench, "threads", pool_threads(bench->trial->pool));
	bench_put_count(bench, "seed", options->seed);
	bench_put_count(bench, "calls", infer->calls);
	bench_put_count(bench, "windows", infer->windows);
	return true;
}

static void put_times(Bench *bench, const Infer *infer)
{
	size_t n = infer->calls * infer->windows, late = n * 99 / 100;
	double sorted[INFER_WINDOWS];
	memcpy(sorted, infer->items_per_s, sizeof sorted);
	order_sort(sorted, infer->windows);
	bench_put_real(bench, "p50_us", order_middle(infer->call_us, n), "no call");
	bench_put_real(bench, "p99_us",
		       n >= TRIAL_P99_CALLS ? infer->call_us[late < n ? late : n - 1] : NAN,
		       "too few calls for a 99th percentile");
	bench_put_real(bench, "items_per_s", order_middle(sorted, infer->windows), "no call");
	json_object_set_new(bench->record, "p50_us_windows",
			    bench_reals_json(infer->p50_us, infer->windows));
	json_object_set_new(bench->record, "cpu_s", bench_reals_json(infer->cpu_s, infer->windows));
	json_object_set_new(bench->record, "clock_ghz",
			    bench_reals_json(infer->ghz, infer->windows));
}

static bool put_results(Bench *bench, const Infer *infer, const Model *model, Err *err)
{
	size_t count;
	if (!program_predict(infer->program, &bench->split.test, NULL, bench->trial->control, err))
		return false;
	const uint16_t *classes = program_classes(infer->program, &count);
	uint64_t size = model_file_bytes(model, err);
	if (!size)
		return false;
	put_times(bench, infer);
	bench_put_real(bench, "accuracy", program_accuracy(classes, &bench->split.test, NULL), "");
	bench_put_count(bench, "macs", program_macs(infer->program));
	bench_put_count(bench, "bytes", program_weight_bytes(infer->program));
	bench_put_count(bench, "size_bytes", size);
	json_object_set_new(bench->record, "steps", program_steps_json(infer->program));
	return true;
}

/* --- the benchmark ---------------------------------------------------------------------------- */

static bool fit_first(Bench *bench, Err *err)
{
	FitOptions options;
	TrialWatch watch;
	if (bench->options->file)
		return true;
	if (!bench_fit_options(bench, &options, err))
		return false;
	options.batch = bench->split.train.count < INFER_FIT_BATCH ? bench->split.train.count
								   : INFER_FIT_BATCH;
	trial_watch_init(&watch, bench->trial, bench->model, NULL, NULL, "fit");
	return model_fit(bench->model, &bench->split.train, &options, &watch.watch,
			 bench->trial->control, err);
}

static bool check_scale(const Bench *bench, Err *err)
{
	if (bench->model->input_scale == bench->set->byte_scale)
		return true;
	return err_set(err, ERR_ARGUMENT,
		       "%s was fitted on features scaled by %g, but %s is scaled by %g",
		       bench->options->model, (double)bench->model->input_scale, bench->set->name,
		       (double)bench->set->byte_scale);
}

bool bench_infer(Bench *bench, Err *err)
{
	Infer infer = { 0 };
	const char *precision;
	Model *model = NULL;
	if (!fit_first(bench, err) || !check_scale(bench, err) ||
	    !choose_precision(bench, &precision, err))
		return false;
	Program *program = make(bench, precision, &model, err);
	bool ok = program && infer_init(&infer, bench, program, err) &&
		  infer_measure(&infer, err) && put_settings(bench, &infer, precision, err) &&
		  put_results(bench, &infer, model ? model : bench->model, err);
	infer_done(&infer);
	model_free(model);
	return ok;
}
