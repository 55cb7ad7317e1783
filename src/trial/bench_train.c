/* wattle bench train: seconds of each epoch, the test accuracy behind it, and what it took to
 * start.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "num/peak.h"
#include "trial/bench_inside.h"

/* Sees each epoch. The arrays have one entry for each. */
typedef struct TrainWatch {
	FitWatch watch;  /* first member */
	TrialWatch told; /* writes the epoch records, scores the test rows */
	const Bench *bench;
	size_t epochs;
	double *time_s, *cpu_s, *ghz, *loss, *accuracy;
	double ghz_before;
	int64_t cpu_ns;   /* of the process, when the last epoch was dealt with */
	int64_t probe_ns; /* spent before the first epoch on the clock probe */
	double start_s;
} TrainWatch;

static bool watch_epoch(FitWatch *self, const FitEpoch *report, Err *err)
{
	TrainWatch *watch = (TrainWatch *)self;
	size_t at = watch->epochs;
	int64_t now_ns = clock_now_ns();
	watch->cpu_s[at] = (double)(clock_process_ns() - watch->cpu_ns) / CLOCK_NS_PER_S;
	if (at == 0)
		watch->start_s =
			(double)(now_ns - watch->probe_ns - watch->bench->options->started_ns) /
				CLOCK_NS_PER_S -
			report->time_s;
	watch->time_s[at] = report->time_s;
	watch->loss[at] = report->loss;
	double ghz = peak_clock_ghz(BENCH_CLOCK_MS);
	watch->ghz[at] = fmin(ghz, watch->ghz_before);
	if (!watch->told.watch.epoch(&watch->told.watch, report, err))
		return false;
	watch->accuracy[at] = watch->told.accuracy;
	watch->epochs++;
	watch->ghz_before = peak_clock_ghz(BENCH_CLOCK_MS);
	watch->cpu_ns = clock_process_ns();
	return true;
}

static void watch_init(TrainWatch *watch, const Bench *bench, double *values, size_t epochs)
{
	*watch = (TrainWatch){
		.watch = { .epoch = watch_epoch },
		.bench = bench,
		.time_s = values,
		.cpu_s = values + epochs,
		.ghz = values + 2 * epochs,
		.loss = values + 3 * epochs,
		.accuracy = values + 4 * epochs,
		.start_s = NAN,
	};
	trial_watch_init(&watch->told, bench->trial, bench->model, &bench->split.test, NULL, "fit");
	int64_t begin_ns = clock_now_ns();
	watch->ghz_before = peak_clock_ghz(BENCH_CLOCK_MS);
	watch->probe_ns = clock_now_ns() - begin_ns;
	watch->cpu_ns = clock_process_ns();
}

static bool put_settings(Bench *bench, const FitOptions *fit, Err *err)
{
	const BenchOptions *options = bench->options;
	if (!bench_record(bench, "bench-train", err))
		return false;
	bench_put_count(bench, "train_rows", bench->split.train.count);
	bench_put_count(bench, "test_rows", bench->split.test.count);
	bench_put_count(bench, "batch", options->batch);
	bench_put_text(bench, "optimizer", options->optimizer);
	bench_put_float(bench, "lr", fit->lr);
	bench_put_float(bench, "decay", fit->optimizer.decay);
	bench_put_float(bench, "warmup", fit->warmup);
	bench_put_float(bench, "smoothing", fit->loss.smoothing);
	bench_put_text(bench, "schedule", options->schedule);
	bench_put_count(bench, "epochs", options->epochs);
	bench_put_text(bench, "precision", options->precision);
	bench_put_count(bench, "threads", pool_threads(bench->trial->pool));
	bench_put_count(bench, "seed", options->seed);
	return true;
}

static bool put_results(Bench *bench, const TrainWatch *watch, bool diverged, Err *err)
{
	json_t *record = bench->record;
	size_t n = watch->epochs;
	if (n > 0) {
		json_t *times = bench_times_json(watch->time_s, n, err);
		if (!times)
			return false;
		json_object_set_new(record, "s_per_epoch", times);
	} else {
		record_absent(record, "s_per_epoch",
			      diverged ? "training diverged in its first epoch"
				       : "no epoch was finished");
	}
	json_object_set_new(record, "cpu_s", bench_reals_json(watch->cpu_s, n));
	json_object_set_new(record, "clock_ghz", bench_reals_json(watch->ghz, n));
	json_object_set_new(record, "loss", bench_reals_json(watch->loss, n));
	json_object_set_new(record, "accuracy", bench_reals_json(watch->accuracy, n));
	bench_put_real(bench, "start_s", watch->start_s, "no epoch was finished");
	json_object_set_new(record, "diverged", json_boolean(diverged));
	return true;
}

static bool check_precision(const Bench *bench, Err *err)
{
	const char *precision = bench->options->precision;
	if (bench->options->file)
		return err_set(err, ERR_ARGUMENT,
			       "bench train begins with new weights: --model is a name here, not "
			       "the file %s",
			       bench->options->model);
	if (strcmp(precision, "f32") != 0 && strcmp(precision, "bf16") != 0)
		return err_set(err, ERR_ARGUMENT,
			       "training runs in f32 or bf16, not in %s; --precision %s is for "
			       "bench infer",
			       precision, precision);
	return true;
}

bool bench_train(Bench *bench, Err *err)
{
	FitOptions options;
	TrainWatch watch;
	size_t epochs = bench->options->epochs;
	if (!check_precision(bench, err) || !bench_fit_options(bench, &options, err) ||
	    !put_settings(bench, &options, err))
		return false;
	options.bf16 = strcmp(bench->options->precision, "bf16") == 0;
	double *values = calloc(5 * epochs, sizeof *values);
	if (!values)
		return err_set(err, ERR_MEMORY, "%zu epochs", epochs);
	Err later = { .code = ERR_NONE };
	watch_init(&watch, bench, values, epochs);
	bool ok = model_fit(bench->model, &bench->split.train, &options, &watch.watch,
			    bench->trial->control, err);
	bool diverged = !ok && err->code == ERR_DIVERGED;
	if (ok || diverged)
		ok = put_results(bench, &watch, diverged, diverged ? &later : err) && ok;
	free(values);
	return ok && bench_keep(bench, err);
}
