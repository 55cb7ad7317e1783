/* What the parts of lowering share. Private to src/trial/lowering*.c.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TRIAL_LOWERING_H
#define WATTLE_TRIAL_LOWERING_H

#include "trial/trial.h"

#define LOWERING_WHY_MAX 512
#define LOWERING_KEY_MAX 65

/* A choice that is being made. */
typedef struct Lowering {
	Trial *trial;
	const Model *model;
	ProgramOptions options;     /* the choice */
	bool measured;              /* here and now */
	char key[LOWERING_KEY_MAX]; /* of the choice in the cache; "": it has no place there */
	char why[LOWERING_WHY_MAX];
} Lowering;

/* The operation of weighted layer `at`. */
KernelOp lowering_op(const Model *model, size_t at);
/* Whether a layer of the model can run in this form, by some kernel and this wish: sparse forms
 * where weights are pruned, int8 where they are quantized; one that reads compressed rows has a form
 * of its own and no other. bf16 is never chosen, for it changes the numbers. */
bool lowering_suits(const Lowering *lowering, size_t at, KernelForm form);

/* The form in which weighted layer `at` runs where nothing better is known. */
KernelForm lowering_plain(const Model *model, size_t at);

/* Times whole programs, conversions included: each form for all layers that it suits, then, layer
 * by layer, each kernel of each form. Keeps what is faster by more than noise. */
bool lowering_measure(Lowering *lowering, Err *err);
/* Median times of one batch, in nanoseconds, by the options and with all layers dense, taken in
 * turns. */
bool lowering_against_dense(const Lowering *lowering, double *time_ns, double *dense_ns, Err *err);

/* SHA-256, in hex, of what a measured choice depends on: processor, BLAS core, threads, version and
 * kernels; batch, layers with their shapes, how sparse each is in steps of 1/40, whether it is
 * quantized. */
void lowering_key(const Lowering *lowering, char out[LOWERING_KEY_MAX]);

#endif
