/* Models: parameters in one flat block with named spans, so that pruning, quantizing, counting,
 * saving and comparing need no knowledge of the architecture.
 *
 * A kind of model is a const ModelKind in a file of its own (src/model/models/), listed in
 * models.am. A model owns all that it points to except its kind.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_MODEL_H
#define WATTLE_MODEL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/control.h"
#include "base/err.h"
#include "base/info.h"
#include "data/dataset.h"
#include "num/kernel.h"

#define MODEL_SPANS_MAX 256
#define MODEL_LAYERS_MAX 64
#define FIT_BATCH_MAX 65536
#define MODEL_PARAMETERS_MAX (UINT64_C(1) << 28) /* 1 GiB of f32 */

typedef struct Span {
	char name[24];     /* "0.weight", "0.bias" */
	size_t rows, cols; /* (in,out) of a weight; (1,n) of a bias; row-major */
	size_t offset;     /* floats from the block's start; a multiple of 16 */
	bool prunable;     /* weights; never biases */
} Span;

/* Int8 form of one weight span and of the activations around its layer (kernel.h, LinearQuant).
 * Owned by the model. */
typedef struct SpanQuant {
	int8_t *w;
	float *w_scale;
	float x_scale, y_scale;
	uint8_t x_zero, y_zero;
} SpanQuant;

typedef struct ModelKind ModelKind;

typedef struct Model {
	const ModelKind *kind;
	size_t layers;                     /* linear layers */
	size_t size[MODEL_LAYERS_MAX + 1]; /* units: inputs, hidden …, classes */
	size_t spans;
	Span span[MODEL_SPANS_MAX];
	size_t count;      /* floats in the block, padding between spans included */
	float *params;     /* the block; 64-byte aligned */
	uint8_t *mask;     /* (count) 1 kept, 0 pruned and held at 0 while training; NULL: dense */
	SpanQuant *quant;  /* (spans), .w NULL for spans without one; NULL: not quantized */
	float input_scale; /* feature = byte · input_scale; 1/255, then set by fit */
	uint64_t seed;     /* of the initial weights */
	uint64_t steps;    /* training steps so far, for the record */
} Model;

typedef enum FitOptimizer { FIT_ADAM, FIT_SGD, FIT_MOMENTUM } FitOptimizer;
/* Of the learning rate, step by step. STEP: ×0.1 after each third; COSINE: to 0 over all steps. */
typedef enum FitSchedule { FIT_CONSTANT, FIT_STEP, FIT_COSINE } FitSchedule;

/* How fit trains. Defaults by fit_options_init: Adam 1e-3 constant, batch 64, 10 epochs, seed of
 * the model. */
typedef struct FitOptions {
	size_t epochs, batch;
	float lr;
	FitOptimizer optimizer;
	FitSchedule schedule;
	float momentum, beta1, beta2, epsilon;
	float decay; /* L2, of weights and biases; with FIT_ADAM it must be 0 */
	/* Epochs without a better validation loss before the fit ends and the best weights return. */
	size_t patience;   /* 0: off */
	const Rows *valid; /* required by patience */
	uint64_t seed;     /* order of the rows */
} FitOptions;
void fit_options_init(FitOptions *options, const Model *model);

/* One epoch's report, while fit runs. */
typedef struct FitEpoch {
	size_t epoch, epochs;              /* 1 … epochs */
	double loss, accuracy;             /* mean over the training rows as they were seen */
	double valid_loss, valid_accuracy; /* NaN without validation rows */
	double time_s;                     /* of this epoch's training alone */
} FitEpoch;
typedef struct FitWatch {
	/* False ends the fit with *err. */
	bool (*epoch)(struct FitWatch *self, const FitEpoch *report, Err *err);
} FitWatch;

struct ModelKind {
	Info info; /* params: what a script gives, "layers" … */
	/* Sizes and spans of an empty, zeroed model (only kind set). Takes no memory: a loader
	 * compares the spans with the bytes that are there before it takes the block.
	 * ERR_ARGUMENT names the size and its limit. */
	bool (*shape)(Model *model, const Params *params, Err *err);
	/* Initial weights, once the block is there; seeded by model->seed, which shape has set. */
	void (*init)(Model *model);
	/* Trains in place. ERR_DIVERGED names epoch and step when the loss is no number. */
	bool (*fit)(Model *model, const Rows *train, const FitOptions *options, FitWatch *watch,
		    Control *control, Err *err);
	/* The model as a chain of linear layers, borrowed from it: model->layers entries. */
	void (*linear)(const Model *model, size_t layer, Linear *out, LinearQuant *quant);
};

/* The table; ends with NULL. */
extern const ModelKind *const model_kinds[];
const ModelKind *model_kind_find(const char *name);

/* params are those of kind->info. Absurd sizes are refused before memory is taken. */
Model *model_new(const ModelKind *kind, const Params *params, Err *err);
void model_free(Model *model);
Model *model_dup(const Model *model, Err *err);

/* For kinds: adds a span (checked sizes). */
bool model_add_span(Model *model, const char *name, size_t rows, size_t cols, bool prunable,
		    Err *err);

/* For the loader and techniques. A model with its spans and no memory yet; then, each zeroed:
 * the block, the mask (all kept) and the integers of all prunable spans. */
Model *model_shape(const ModelKind *kind, const Params *params, Err *err);
bool model_take_block(Model *model, Err *err);
bool model_take_mask(Model *model, Err *err);
bool model_take_quant(Model *model, Err *err);
/* Quantized spans, once their integers are there: weights become integer · scale, and where the
 * model has a mask, what is 0 is pruned. So a model is the same before it is saved and after it
 * is loaded. */
void model_dequantize(Model *model);

/* Trains in place. Test rows are refused (ERR_ARGUMENT), for training and for validation, as are
 * rows whose width or classes do not fit. Pruned weights stay pruned. A quantized model cannot
 * be fitted: its integers would no longer be those of the weights. After a failure the weights
 * are those of the last step. A "stop" of control ends the fit after the current step without an
 * error; the epoch that it cuts is not reported. */
bool model_fit(Model *model, const Rows *train, const FitOptions *options, FitWatch *watch,
	       Control *control, Err *err);

/* Parameters without padding; those that are not pruned. */
uint64_t model_parameters(const Model *model);
uint64_t model_nonzero(const Model *model);

#endif
