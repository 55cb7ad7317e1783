/* A model's layers as training runs them: steps over values, planned once.
 *
 * A value is a batch of activations in one layout; a step computes one value from another (add:
 * from two). Conversions between layouts are steps of their own; a layer that only changes the
 * shape is none, nor is a rectifier right behind weights: it is part of their step, and so is a max
 * pooling behind a convolution, whose own outputs are never kept. All memory is the arena's;
 * running allocates nothing.
 *
 * Threads of the pool share the rows; every result has the same bits whatever their number, where
 * the products of matrices do (gemm.h; those of a BLAS may not).
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_GRAPH_H
#define WATTLE_MODEL_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "model/model.h"
#include "num/pool.h"

/* The input, the outputs of each layer, the copies in the other layout. */
#define GRAPH_VALUES_MAX (2 * MODEL_LAYERS_MAX + 2)
#define GRAPH_STEPS_MAX GRAPH_VALUES_MAX
#define GRAPH_NONE SIZE_MAX

/* data, grad: whole blocks of KERNEL_TILE rows of n floats. */
typedef struct GraphValue {
	size_t n;
	Layout layout;
	float *data;
	bool wanted; /* spans that are trained lie before it, so it needs a gradient */
	float *grad; /* of the mean loss; NULL where none is needed */
	float *more; /* where a second reader leaves its gradient to be added; NULL: one reader */
	size_t readers, last; /* steps that read it; the last of them */
	size_t copy;          /* the value that is its copy in the other layout, or GRAPH_NONE */
} GraphValue;

typedef struct GraphStep {
	const Layer *layer; /* NULL: a conversion */
	const Layer *pool;  /* the max pooling that it does too, behind its rectifier; or NULL */
	size_t index;       /* of the layer */
	size_t x, y, skip;  /* values; skip: GRAPH_NONE but for add */
	bool relu;          /* ends with a rectifier */
	bool mask;          /* backward begins by that rectifier, or by one before it */
	bool trained;       /* has spans that are trained */
	void *kept;
	const void *span[LAYER_SPANS_MAX];
	float *grad[LAYER_SPANS_MAX], *update[LAYER_SPANS_MAX];
} GraphStep;

/* CPU time of the calling thread that a step took so far; it says all only where there is one. */
typedef struct GraphSpent {
	int64_t forward_ns, backward_ns, gradient_ns;
} GraphSpent;

typedef struct Graph {
	Pool *pool;
	uint32_t features; /* of cpu.h */
	size_t batch;      /* rows at most */
	bool training;     /* may run backward */
	bool bf16;         /* LayerRun */
	uint64_t seed;     /* of dropout */
	size_t values, steps;
	GraphValue value[GRAPH_VALUES_MAX]; /* the first is the input */
	GraphStep step[GRAPH_STEPS_MAX];
	/* The value that holds a layer's outputs; GRAPH_NONE before its pooling. */
	size_t of_layer[MODEL_LAYERS_MAX];
	size_t output;        /* the value of the logits; ROWS_F32 */
	float *grad;          /* training: gradients of all spans, laid out as the block */
	uint64_t work;        /* multiply-adds of a row, forward; others count as one a number */
	size_t scratch_bytes; /* of a thread */
	size_t spread_at;     /* in it: LayerRun.spread */
	void *scratch;        /* (threads, scratch_bytes) */
	float *params;        /* the model's block */
	GraphSpent *spent;    /* (steps), the caller's; NULL: not measured */
} Graph;

/* Plans for batches of up to `batch` rows. training: model->params is read, and the running means
 * in it written, for as long as the graph lives. ERR_MEMORY. */
typedef struct GraphOptions {
	size_t batch;
	Pool *pool;    /* NULL: one thread */
	bool training; /* with memory for gradients, and dropout */
	bool bf16;
	uint64_t seed;
	/* The last layer is left out: the loss contains it. */
	bool headless;
} GraphOptions;
Graph *graph_take(const Model *model, const GraphOptions *options, Arena *arena, Err *err);

/* The rows order[0 … n − 1] (positions in rows), and all that follows from them; rows NULL: the n
 * rows stand in value[0] already. labels (n), or NULL. step: of dropout's draws, while training. */
void graph_forward(Graph *graph, const Rows *rows, const uint32_t *order, size_t n,
		   uint16_t *labels, bool training, uint64_t step);
static inline float *graph_logits(const Graph *graph)
{
	return graph->value[graph->output].data;
}
/* After graph_forward with training: the gradients of all values that want one. That of the
 * logits lies in value[output].grad. */
void graph_backward(Graph *graph, size_t n, uint64_t step);
/* After graph_backward: those of the spans. adam: layers that can do so move at once (LayerKind), m
 * and v laid out as the block; NULL: none does. */
typedef struct GraphAdam {
	AdamStep step;
	float *m, *v;
} GraphAdam;
void graph_gradient(Graph *graph, size_t n, const GraphAdam *adam);
/* Whether graph_gradient moves span `k` of this step itself, when it is given adam. */
static inline bool graph_step_moves(const GraphStep *step, size_t k)
{
	return k == 0 && step->layer && step->layer->kind->adam;
}

/* The outputs of a layer, or the input (GRAPH_NONE), of the n rows last run, as rows; out (n, its
 * size). Not of a layer before its pooling. */
void graph_outputs(const Graph *graph, size_t layer, size_t n, float *out);

#endif
