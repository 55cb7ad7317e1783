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
#include "model/layer.h"
#include "num/kernel.h"
#include "num/train/loss.h"
#include "num/train/optimizer.h"
#include "num/pool.h"

#define MODEL_SPANS_MAX 256
#define MODEL_INTEGERS_MAX (UINT64_C(1) << 30) /* bytes */
#define MODEL_LAYERS_MAX 128
#define FIT_BATCH_MAX 65536
#define MODEL_PARAMETERS_MAX (UINT64_C(1) << 28) /* 1 GiB of f32 */

typedef struct Span {
	char name[24];     /* "0.weight", "0.bias" */
	size_t rows, cols; /* (in,out) of a weight; (1,n) of a bias; row-major */
	SpanType type;
	/* SPAN_F32: floats from the start of the model's params, a multiple of 16; else bytes from
	 * the start of its integers, a multiple of 64. */
	size_t offset;
	bool prunable; /* weights; never biases */
	bool trained;  /* moved by the optimizer; not so the running means of a batch norm */
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

struct Model {
	const ModelKind *kind;
	/* What a kind that is shaped by its data was made with (ModelKind.by_data); NULL: its layers
	 * tell all. */
	Params *settings;
	Shape input;
	DatasetForm form; /* of the rows that it takes; bytes, then set by fit */
	bool numbers;     /* its one output is a number (regression), not a class */
	/* Of a compressed row: the average of those that it was fitted on; what is counted as its
	 * multiply-adds goes by it. */
	double entries;
	float border;  /* of one output that tells two classes apart: class 1 is above it */
	size_t layers; /* 0: a kind that is shaped by its data was not fitted yet */
	Layer layer[MODEL_LAYERS_MAX];
	/* Layers with a weight matrix, in their order: what runs by a kernel, is pruned, is
	 * quantized. */
	size_t weighted, weighted_layer[MODEL_LAYERS_MAX];
	size_t spans;
	Span span[MODEL_SPANS_MAX];
	size_t count;  /* floats in the block, padding between spans included */
	float *params; /* the block; 64-byte aligned */
	size_t integers_bytes;
	uint8_t *integers; /* the block of spans that are not f32; 64-byte aligned; NULL: none */
	uint8_t *mask;     /* (count) 1 kept, 0 pruned and held at 0 while training; NULL: dense */
	SpanQuant *quant;  /* (spans), .w NULL for spans without one; NULL: not quantized */
	float input_scale; /* feature = byte · input_scale; 1/255, then set by fit */
	uint64_t seed;     /* of the initial weights */
	uint64_t steps;    /* training steps so far, for the record */
	size_t epochs; /* that it was trained for in this process; 0 again when a fit begins anew */
};

/* How fit trains. Defaults by fit_options_init: Adam, batch 64, 10 epochs, lr that of the
 * optimizer, cross-entropy, seed of the model. */
typedef struct FitOptions {
	size_t epochs, batch;
	/* optimizer_default(kind) gives the usual constants; lr then is optimizers[kind].lr. */
	Optimizer optimizer;
	/* L-BFGS on all rows at once instead: an epoch is one iteration, batch only the rows that
	 * are in work together. Of optimizer only decay counts; lr, schedule, warmup and clip do
	 * not. */
	bool lbfgs;
	float lr;
	ScheduleKind schedule;
	float warmup; /* share of all steps, at the beginning, in which lr rises; in [0, 1] */
	float clip;   /* the norm of all gradients together is at most this; 0: off */
	Loss loss;    /* LOSS_DISTILL needs a teacher */
	/* Of as many inputs and outputs; loss.kind must be LOSS_DISTILL. */
	const Model *teacher;
	/* Products of dense layers and convolutions take bfloat16 and sum in f32; weights, gradients
	 * and all other layers stay f32. Needs CPU_BF16. */
	bool bf16;
	/* Epochs without a better validation loss before the fit ends and the best weights
	 * return. */
	size_t patience;   /* 0: off */
	const Rows *valid; /* required by patience */
	uint64_t seed;     /* order of the rows; what dropout drops */
	Pool *pool;        /* NULL: one thread */
	/* Called before each step (0 … steps − 1), for what changes a model while it trains: it may
	 * change weights and set or change the mask, but no shape. NULL: nothing. */
	void (*step)(void *user, Model *model, uint64_t step, uint64_t steps);
	void *step_user;
} FitOptions;
void fit_options_init(FitOptions *options, const Model *model);

/* One epoch's report, while fit runs. */
typedef struct FitEpoch {
	size_t epoch, epochs;              /* 1 … epochs */
	double loss, accuracy;             /* mean over the training rows as they were seen */
	double valid_loss, valid_accuracy; /* NaN without validation rows */
	double time_s;                     /* of this epoch's training alone */
	size_t behind; /* epochs that the model had been trained for before; set by model_fit */
} FitEpoch;
typedef struct FitWatch {
	/* False ends the fit with *err. What a kind has no idea of is NaN. */
	bool (*epoch)(struct FitWatch *self, const FitEpoch *report, Err *err);
} FitWatch;

/* A fit from pieces of the rows that come one after the other; the next takes the place of the last. */
typedef struct FitStream {
	Model *model;
	const Dataset
		*about;  /* of all pieces: form, features, classes; of its rows train_rows come */
	size_t rows_max; /* of a piece */
	const FitOptions *options;
	Control *control;
	Arena *arena; /* for all that the learner keeps; given back after end */
	void *state;  /* the learner's own */
	/* Of the epoch (1 …) that runs: sums over the rows that came, made by take; NaN: it has no idea. */
	size_t epoch;
	double loss, right;
	size_t seen; /* rows that came before this piece */
} FitStream;

/* How a kind learns from such pieces (stream.h). */
typedef struct ModelLearner {
	/* One pass, in any order, says all: epochs are not looked at. */
	bool once;
	bool (*begin)(FitStream *fit, Err *err);
	bool (*take)(FitStream *fit, const Rows *piece, Err *err);
	/* After each epoch: what the report has not yet (validation); *done: enough. NULL: nothing. */
	bool (*epoch)(FitStream *fit, FitEpoch *report, bool *done, Err *err);
	/* After the last, which a "stop" may have cut short: the model is fitted. NULL: it is. */
	bool (*end)(FitStream *fit, Err *err);
} ModelLearner;

/* What rows a kind can be fitted on; bytes, floats and classes always. */
enum {
	MODEL_SPARSE = 1u << 0,     /* DATASET_SPARSE */
	MODEL_NUMBERS = 1u << 1,    /* regression too */
	MODEL_NO_CLASSES = 1u << 2, /* not classification */
	MODEL_MISSING = 1u << 3,    /* NaN for a missing value */
	/* Learns without labels: takes rows with classes, with numbers, of one class only; its outputs
	 * are its own (clusters, components), and no answers to compare with labels. */
	MODEL_UNLABELLED = 1u << 4,
};

struct ModelKind {
	Info info; /* params: what a script gives, "layers" … */
	unsigned takes;
	/* The size and layers of such a model come from the data: it is made empty (no layers, shape
	 * is NULL), keeps its params as settings, and fit gives it its layers (model_restart). */
	bool by_data;
	/* Names of what fit takes of FitOptions, for errors and lists; ends with NULL. NULL: all. seed,
	 * pool and valid always. */
	const char *const *fit_keys;
	/* Sizes and spans of an empty, zeroed model (only kind set). Takes no memory: a loader
	 * compares the spans with the bytes that are there before it takes the block.
	 * ERR_ARGUMENT names the size and its limit. */
	bool (*shape)(Model *model, const Params *params, Err *err);
	/* Trains in place. ERR_DIVERGED names epoch and step when the loss is no number. */
	bool (*fit)(Model *model, const Rows *train, const FitOptions *options, FitWatch *watch,
		    Control *control, Err *err);
	const ModelLearner *learner; /* NULL: it must have all rows at once */
};

/* Features and classes (1 for a number); the inputs of a model without layers are its outputs. */
size_t model_inputs(const Model *model);
size_t model_outputs(const Model *model);
/* Weighted layer `at` as kernels take it, borrowed from the model; relu when a relu follows it
 * alone; quant is filled, and pointed to, when the model is quantized. */
void model_weights(const Model *model, size_t at, Linear *out, LinearQuant *quant);
/* Inputs of weighted layer `at`; behind the last: the outputs. */
size_t model_width(const Model *model, size_t at);
/* Whether weighted layer `at` reads the model's compressed rows. */
bool model_reads_sparse(const Model *model, size_t at);
/* Whether nothing but the next layer reads the outputs of layer `at`. */
bool model_feeds_next(const Model *model, size_t at);

/* The table; ends with NULL. */
extern const ModelKind *const model_kinds[];
const ModelKind *model_kind_find(const char *name);

/* params are those of kind->info. Absurd sizes are refused before memory is taken. */
Model *model_new(const ModelKind *kind, const Params *params, Err *err);
/* The same; the control is polled while the weights are drawn. */
Model *model_draw(const ModelKind *kind, const Params *params, Control *control, Err *err);
void model_free(Model *model);
Model *model_dup(const Model *model, Err *err);

/* For kinds, in shape: the input, then layer after layer. ERR_ARGUMENT names the layer: "layer 3,
 * 'conv2d 16 kernal=3': …". */
bool model_begin(Model *model, Shape input, uint64_t seed, Err *err);
bool model_add_layer(Model *model, const char *line, Err *err);
/* Lines separated by ';' or line ends. */
bool model_add_layers(Model *model, const char *lines, Err *err);
/* Adds a span (checked sizes). */
bool model_add_span(Model *model, const char *name, size_t rows, size_t cols, bool prunable,
		    Err *err);
/* The same for one that is not f32. */
bool model_add_integers(Model *model, const char *name, SpanType type, size_t rows, size_t cols,
			Err *err);
/* Where a span's numbers are; of the type that it has. */
void *model_span_data(Model *model, size_t span);
const void *model_span_at(const Model *model, size_t span);
/* Bytes of one number. */
size_t span_size(SpanType type);

/* For fits of kinds that are shaped by their data: throws the layers, spans and numbers away and
 * gives the model these lines and zeroed blocks. After a failure the model is not fitted. */
bool model_restart(Model *model, Shape input, const char *lines, Err *err);
/* The value of a setting, by name. */
const ParamValue *model_setting(const Model *model, const char *name);

/* For the loader and techniques. A model with its spans and no memory yet; then, each zeroed:
 * the block, the mask (all kept) and the integers of all prunable spans. */
Model *model_shape(const ModelKind *kind, const Params *params, Err *err);
/* The same from the lines of its layers, whatever the kind makes of its parameters. */
Model *model_shape_layers(const ModelKind *kind, Shape input, const char *const *lines,
			  size_t count, uint64_t seed, Err *err);
bool model_take_block(Model *model, Err *err);
bool model_take_mask(Model *model, Err *err);
bool model_take_quant(Model *model, Err *err);
/* Quantized spans, once their integers are there: weights become integer · scale, and where the
 * model has a mask, what is 0 is pruned. So a model is the same before it is saved and after it
 * is loaded. */
void model_dequantize(Model *model);

/* ERR_ARGUMENT when a value of these rows is infinite, or missing although the kind takes no missing
 * values: what is named ("fit"), with the row and the column. */
bool model_check_values(const ModelKind *kind, const Rows *rows, const char *what, Err *err);
/* Whether fits of this kind look at this option ("epochs"). */
bool fit_takes(const ModelKind *kind, const char *key);

/* Trains in place. Refused with ERR_ARGUMENT, before anything is changed: test rows, for training
 * and for validation; no rows; rows that the kind does not take (ModelKind.takes); rows whose width
 * or classes do not fit (one output will do for two classes, unless the loss is of softmax, and for
 * numbers, with mse or huber); a missing value, or an infinite one, with its row and column;
 * training rows of one class only, or with one target; a batch of more rows than there are, unless
 * full batches are taken anyway (lbfgs); weights that are not numbers; options out of their limits.
 * Pruned weights stay pruned; a kind whose fit begins anew refuses a pruned model. The form of the
 * rows, whether they have numbers, and their scale are kept in the model. A quantized model cannot be
 * fitted: its integers would no longer be those of the weights. Where the last layer is the softmax
 * (or, for bce, the sigmoid) that the loss contains, the loss is taken of its inputs. After a failure
 * the weights are those of the last step. A "stop" of control ends the fit after the current step
 * without an error; the epoch that it cuts is not reported. */
bool model_fit(Model *model, const Rows *train, const FitOptions *options, FitWatch *watch,
	       Control *control, Err *err);

/* Parameters without padding; those that are not pruned. */
uint64_t model_parameters(const Model *model);
uint64_t model_nonzero(const Model *model);

#endif
