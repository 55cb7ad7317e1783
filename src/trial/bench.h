/* Benchmarks: what wattle bench measures in its worker, without a script. Each gives one record,
 * whose fields wattle-records(5) lists; on the way it writes dataset, epoch, lowering and log
 * records for people.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TRIAL_BENCH_H
#define WATTLE_TRIAL_BENCH_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "trial/trial.h"

/* The trained model in the scratch folder, when it is to be kept. */
#define BENCH_MODEL_FILE "bench.model"

/* Borrowed from the JSON that it was read from. */
typedef struct BenchOptions {
	const char *what;   /* "train", "infer", "fit", "kernels" */
	const char *model;  /* a kind; with file: what errors call it */
	const char *layers; /* of kinds that have a list of them; NULL: not given */
	const char *data;
	const char *optimizer, *schedule, *precision;
	double lr;    /* 0: the optimizer's */
	double decay; /* negative: the optimizer's */
	double warmup, smoothing, sparsity;
	size_t batch, epochs;
	size_t rows;  /* training rows, a stratified sample; 0: all */
	size_t calls; /* infer: of a window; 0: the usual number */
	uint64_t seed;
	int64_t started_ns; /* on the monotonic clock: when wattle was started */
	/* fit: the model's own settings, {name: text}, or NULL; ways of preparing, as prepare_all reads
	 * them, or NULL; fits; part `fold` (1 …) of `folds` of the training rows is held out and scored
	 * instead of the test rows, 0: none is; names of the flags that were given. */
	const json_t *set;
	const char *prepare;
	size_t repeats, fold, folds;
	const json_t *given;
	bool keep;           /* train, fit: save the model as BENCH_MODEL_FILE */
	const uint8_t *file; /* infer: content of a model file; NULL: the model is trained here */
	size_t file_len;
} BenchOptions;

/* ERR_USAGE names what is missing or not what it should be. */
bool bench_options_from_json(BenchOptions *out, const json_t *json, Err *err);

/* Runs it. *record is its record, a new reference, "peak_rss_bytes" and "receipt" still to be
 * added; NULL when nothing was measured. A training that diverged gives a record and fails
 * (ERR_DIVERGED). ERR_ARGUMENT, before anything is trained, names settings that do not go
 * together. */
bool bench_run(Trial *trial, const DataPaths *paths, const BenchOptions *options, json_t **record,
	       Err *err);

#endif
