/* Inspecting: what a model is made of, and the program that it becomes, step by step with times;
 * without a script and without data.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TRIAL_INSPECT_H
#define WATTLE_TRIAL_INSPECT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "trial/trial.h"

/* Borrowed from the JSON that it was read from. */
typedef struct InspectOptions {
	const char *model;     /* a kind, with initial weights; with file: what errors call it */
	const char *layers;    /* of kinds that have a list of them; NULL: not given */
	const char *input;     /* of the kind network; NULL: not given */
	const char *precision; /* "auto", "f32", "bf16", "int8", "sparse" */
	double sparsity;       /* of sparse, where the model is not pruned */
	bool program;          /* lower it, and time the steps */
	size_t batch;
	uint64_t seed;
	const uint8_t *file; /* content of a model file; NULL: none */
	size_t file_len;
} InspectOptions;

/* ERR_USAGE names what is missing. */
bool inspect_options_from_json(InspectOptions *out, const json_t *json, Err *err);

/* *record is the inspect record, a new reference: the layers, and with options->program the steps,
 * each with the median time of its runs on random rows. A model that is not quantized (int8) or
 * pruned (sparse) yet is made so, by random rows and by magnitude: numbers of no use, but the
 * program is the real one. Writes a lowering record on the way. */
bool inspect_run(Trial *trial, const InspectOptions *options, json_t **record, Err *err);

#endif
