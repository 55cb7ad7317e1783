/* Programs: a model lowered for inference. A list of steps, each bound to a concrete kernel,
 * with buffers planned once.
 *
 * A program copies what it needs from the model at creation; the model may go. Running allocates
 * nothing. Multiply-adds and bytes are those of the steps that run.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_PROGRAM_H
#define WATTLE_MODEL_PROGRAM_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "data/dataset.h"
#include "model/model.h"
#include "num/kernel.h"
#include "num/pool.h"

typedef struct Program Program;

typedef struct ProgramOptions {
	size_t batch; /* rows of one run, 1 … 65,536 */
	/* Of each linear layer; int8 needs a quantized model. */
	KernelForm form[MODEL_LAYERS_MAX];
	KernelWish wish;
	Pool *pool; /* borrowed; NULL: one thread */
} ProgramOptions;

/* ERR_ARGUMENT when a layer cannot run in its form ("layer 0 is not quantized: use
 * technique.quantize"), and when an int8 layer stands next to one of another form. */
Program *program_new(const Model *model, const ProgramOptions *options, Err *err);
void program_free(Program *program);

/* Logits (n,classes) of rows begin … begin + n − 1; n at most the batch. Timed work: it includes
 * reading the rows, converting or quantizing them, and every layout change. */
void program_run(Program *program, const Rows *rows, size_t begin, size_t n, float *logits);

/* Classes of all rows, batch by batch; the index of the largest logit, the first of equals.
 * Polls control between batches. classes holds rows->count entries. Results lie in the program's
 * own buffer until the next call when classes is NULL. */
bool program_predict(Program *program, const Rows *rows, uint16_t *classes, Control *control,
		     Err *err);
const uint16_t *program_classes(const Program *program, size_t *count);

/* Of classes against the rows' labels: share right; hits, if not NULL, gets one bit a row (least
 * significant first). */
double program_accuracy(const uint16_t *classes, const Rows *rows, uint8_t *hits);

size_t program_batch(const Program *program);
size_t program_inputs(const Program *program);
size_t program_outputs(const Program *program);
uint64_t program_macs(const Program *program);         /* executed, one row */
uint64_t program_weight_bytes(const Program *program); /* read, one batch */
KernelForm program_form(const Program *program, size_t layer);
/* [{"step":"linear 0","kernel":"csr-avx512","macs":…,"bytes":…}], conversions included; new
 * reference. */
json_t *program_steps_json(const Program *program);

#endif
