/* Programs: a model lowered for inference. A list of steps, each bound to a concrete kernel,
 * with buffers planned once.
 *
 * Batch norms behind weights are folded into them, dropout is gone, a relu behind weights is part
 * of their step. Layers without weights run in f32, but for max pooling and shapes between two int8
 * layers: what lies between those stays integers. Forms may differ from layer to layer; conversions
 * stand where neighbours do not agree.
 *
 * Rows come in the form that the model was fitted on. Floats are read where they stand; compressed
 * rows are never made dense: the first layer reads them by a kernel of the form rows-csr, whatever
 * form is asked for it, and its multiply-adds are those of a row with as many entries as the
 * training rows had on average.
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
	/* Of each weighted layer: a kernel by name, or NULL: the one that kernel_pick gives for the
	 * form and the batch. int8 needs a quantized model. */
	const Kernel *kernel[MODEL_LAYERS_MAX];
	KernelForm form[MODEL_LAYERS_MAX];
	KernelWish wish;
	Pool *pool; /* borrowed; NULL: one thread */
} ProgramOptions;

/* ERR_ARGUMENT when the model is not fitted yet, or a layer cannot run in its form ("layer 0 is not
 * quantized: use technique.quantize") or by its kernel. */
Program *program_new(const Model *model, const ProgramOptions *options, Err *err);
void program_free(Program *program);

/* Logits (n,classes) of rows begin … begin + n − 1; n at most the batch. Timed work: it includes
 * reading the rows, converting or quantizing them, and every layout change. */
void program_run(Program *program, const Rows *rows, size_t begin, size_t n, float *logits);

/* Classes of all rows, batch by batch; the index of the largest logit, the first of equals; of a
 * model with one output whether it is above the model's border. ERR_ARGUMENT: the rows have another
 * form or width, miss a value that the model needs, or numbers are to be predicted.
 * Polls control between batches. classes holds rows->count entries. Results lie in the program's
 * own buffer until the next call when classes is NULL. */
bool program_predict(Program *program, const Rows *rows, uint16_t *classes, Control *control,
		     Err *err);
const uint16_t *program_classes(const Program *program, size_t *count);

/* The outputs of all rows, (rows, outputs), batch by batch. Errors as program_predict, but numbers
 * are fine. */
bool program_score(Program *program, const Rows *rows, float *outputs, Control *control, Err *err);
/* 1 − Σ(target − output)² / Σ(target − mean)²: the share of the variance that a regression
 * explains; NaN when all targets are equal. */
double program_r2(const float *outputs, const Rows *rows);
/* Comparisons that these rows take through layers of trees, exact; not timed. 0 and *err as
 * program_score. */
uint64_t program_compares(Program *program, const Rows *rows, Control *control, Err *err);

/* Of classes against the rows' labels: share right; hits, if not NULL, gets one bit a row (least
 * significant first). */
double program_accuracy(const uint16_t *classes, const Rows *rows, uint8_t *hits);

/* Whether its output is a number, not classes. */
bool program_numbers(const Program *program);
size_t program_batch(const Program *program);
Pool *program_pool(const Program *program); /* that it runs on, borrowed; NULL: one thread */
size_t program_inputs(const Program *program);
size_t program_outputs(const Program *program);
double program_row_bytes(const Program *program); /* read of one row of the dataset, on average */
uint64_t program_macs(const Program *program);    /* executed, one row */
uint64_t program_weight_bytes(const Program *program); /* read, one batch */
/* Of a weighted layer. */
KernelForm program_form(const Program *program, size_t layer);
const Kernel *program_kernel(const Program *program, size_t layer);
/* [{"step":"linear 0","kernel":"csr-avx512","shape":"784 -> 300","macs":…,"bytes":…}], conversions
 * included; new reference. bytes: weights that a kernel reads, or a layer that is fitted on its
 * own; what a conversion or another layer writes of one batch. */
json_t *program_steps_json(const Program *program);

/* As program_run on one thread, with the time of each step added to time_ns (program_steps of
 * them). The clock is read between steps: not for measuring the whole. */
size_t program_steps(const Program *program);
void program_run_timed(Program *program, const Rows *rows, size_t begin, size_t n, float *logits,
		       int64_t *time_ns);

/* As program_run on one thread; see is shown the f32 inputs and outputs (behind a fused relu) of
 * every weighted layer, piece by piece in any order, each number once. For calibration: the
 * program's forms must be f32. */
typedef void (*ProgramSee)(void *user, size_t layer, bool output, const float *x, size_t count);
void program_run_seen(Program *program, const Rows *rows, size_t begin, size_t n, float *logits,
		      ProgramSee see, void *user);

#endif
