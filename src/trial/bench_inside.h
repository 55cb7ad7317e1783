/* What the benchmarks share; for src/trial/bench*.c alone.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TRIAL_BENCH_INSIDE_H
#define WATTLE_TRIAL_BENCH_INSIDE_H

#include "data/dataset.h"
#include "model/model.h"
#include "trial/bench.h"

#define BENCH_CLOCK_MS 20.0 /* of each probe of the clock */

/* A benchmark as it runs. */
typedef struct Bench {
	Trial *trial;
	const BenchOptions *options;
	Dataset *set;
	DataSplit split;
	Model *model;
	json_t *record; /* owned */
} Bench;

bool bench_train(Bench *bench, Err *err);
bool bench_infer(Bench *bench, Err *err);
bool bench_kernels(Bench *bench, Err *err);
/* Loads for itself. */
bool bench_fit(Bench *bench, const DataPaths *paths, Err *err);

/* Loads the data and writes its record; takes the model from its file or makes a new one. */
bool bench_load(Bench *bench, const DataPaths *paths, Err *err);
/* The kind of that name; NULL and ERR_ARGUMENT (did you mean). A new model of it, made for the data,
 * with the settings that were given. */
const ModelKind *bench_model_kind(const char *name, Err *err);
Model *bench_new_model(const Bench *bench, const ModelKind *kind, Err *err);
/* Saves the model as BENCH_MODEL_FILE if it is to be kept. */
bool bench_keep(const Bench *bench, Err *err);
/* The options of the fit; ERR_ARGUMENT for an unknown optimizer or schedule (did you mean). */
bool bench_fit_options(const Bench *bench, FitOptions *out, Err *err);

/* Begins the record: type, the model and the data. */
bool bench_record(Bench *bench, const char *type, Err *err);
/* Members of the record; a value that is not finite is absent, and why says so. */
void bench_put_text(Bench *bench, const char *key, const char *text);
void bench_put_count(Bench *bench, const char *key, uint64_t count);
void bench_put_real(Bench *bench, const char *key, double value, const char *why);
/* The shortest decimal number that is this float. */
void bench_put_float(Bench *bench, const char *key, float value);
/* {"all":[…],"median","min"}; reorders nothing. */
json_t *bench_times_json(const double *x, size_t n, Err *err);
json_t *bench_reals_json(const double *x, size_t n);

#endif
