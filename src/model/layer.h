/* Layers: what networks are made of. Each kind is a const LayerKind in a file of its own
 * (src/model/layers/), listed in layers.am.
 *
 * A network is a list of layers; each takes the outputs of the one before it (and "add" those of
 * one more). A layer is written as one line, the kind's name, its first parameter, then the others
 * by name: "conv2d 16 kernel=3 pad=1".
 *
 * Activations lie in one of two layouts of kernel.h: ROWS_F32 (ld = features, no padding), and
 * TILES_F32 for what looks at images, blocks of KERNEL_TILE rows. Whoever runs a network converts
 * between them where neighbours differ.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_LAYER_H
#define WATTLE_MODEL_LAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/control.h"
#include "base/err.h"
#include "base/info.h"
#include "base/random.h"
#include "num/kernel.h"
#include "num/train/train.h"

#define LAYER_TEXT_MAX 96
#define LAYER_SPANS_MAX 8

typedef struct Model Model;
typedef struct LayerKind LayerKind;
typedef struct Pool Pool;

/* Numbers of a span. Those that are not floats lie in a block of their own, are never moved by an
 * optimizer, pruned or quantized, and whoever uses them as an index has checked them
 * (LayerKind.check). */
typedef enum SpanType { SPAN_F32, SPAN_U8, SPAN_U16, SPAN_U32 } SpanType;

/* Of one row: n features are {n, 1, 1}. */
typedef struct Shape {
	size_t channels, height, width;
} Shape;
static inline size_t shape_size(Shape shape)
{
	return shape.channels * shape.height * shape.width;
}

typedef struct Layer {
	const LayerKind *kind;
	Shape in, out;
	/* Indices of its spans in the model, in the order in which the kind added them: weight and
	 * bias; or scale, shift, mean and variance. */
	size_t spans, span[LAYER_SPANS_MAX];
	Conv conv;     /* geometry of a convolution or a pooling; pooling has filters = channels */
	float value;   /* the kind's one number: rate, slope, momentum */
	size_t own[4]; /* what else the kind wants to know of itself: counts, choices */
	size_t from;   /* add: index of the layer whose outputs are added */
	char text[LAYER_TEXT_MAX]; /* the line that makes it again: "conv2d 16 kernel=3 pad=1" */
} Layer;

/* What lowering may do with a kind. */
typedef enum LayerRole {
	LAYER_WEIGHTS,   /* a weight matrix: bound to a kernel of num/kernel.h */
	LAYER_NORM,      /* folded into the weights before it, if there are any */
	LAYER_RELU,      /* fused into the weights before it, if there are any */
	LAYER_TRAINING,  /* nothing at inference: dropout */
	LAYER_SHAPE,     /* changes the shape, but no number: flatten */
	LAYER_THRESHOLD, /* 1 above layer->value, else 0: done by what reads compressed rows */
	LAYER_POOL_MAX,  /* keeps numbers as they are, so it runs on integers too */
	LAYER_PLAIN,     /* runs as it is */
} LayerRole;

/* In which layout a kind runs; its outputs come in the same. */
typedef enum LayerPlace {
	LAYER_ROWS,   /* ROWS_F32 only */
	LAYER_TILES,  /* TILES_F32 only */
	LAYER_IMAGES, /* TILES_F32 for images of more than one pixel, else either */
	LAYER_ANY,    /* either */
} LayerPlace;

/* One pass of a layer over rows begin … end − 1 of a batch (begin a multiple of KERNEL_TILE, end
 * too, unless it is rows), so that threads may share the rows. x, y, dy, dx and skip point at row
 * 0 of buffers of whole blocks of KERNEL_TILE rows. Lanes of TILES past the last row are finite,
 * and 0 in dy; they must be so in y and dx too. Nothing is allocated. */
typedef struct LayerRun {
	const Layer *layer;
	size_t index;            /* of the layer in its model */
	const void *const *span; /* the layer's spans, as in layer->span; most are floats */
	const void *packed;      /* instead, where the kind packs: what that made of them */
	float *const *grad;      /* their gradients, of the mean loss; overwritten */
	float *const *update; /* forward while training: spans that it may change (running means) */
	uint32_t features;    /* of cpu.h */
	Layout layout;
	size_t rows, begin, end;
	bool training;
	bool relu; /* LAYER_WEIGHTS: forward ends with a rectifier; dy is that before it */
	/* LAYER_WEIGHTS that pools: the max pooling that this step does too, behind the rectifier.
	 * y and dy are of its outputs; kept is its index (pooling.h), spread has room for what it
	 * reads of KERNEL_TILE rows, which are all that come at once but in gradient. */
	const Conv *pool;
	float *spread;
	bool bf16; /* products of bfloat16, where the kind has them and the processor too */
	uint64_t seed, step; /* of random draws: equal for equal rows, whatever the threads */
	const float *x, *skip;
	/* Of a kind that is `sparse`: the compressed rows that it reads instead of x; NULL: x. */
	const SparseRow *entries;
	float *y; /* backward and gradient: as forward left it */
	const float *dy;
	float *dx;     /* never NULL in backward */
	void *kept;    /* kept_bytes: what forward leaves for backward; NULL unless training */
	void *scratch; /* scratch_bytes, of this thread */
} LayerRun;

/* What a program reads instead of a layer's spans. */
typedef struct LayerPacked {
	const void *data;
	uint64_t bytes; /* of all that it holds */
	uint64_t macs;  /* of one row; on average, where that depends on the row */
} LayerPacked;

struct LayerKind {
	Info info; /* params: the first may be given without its name */
	LayerRole role;
	LayerPlace place;
	/* layer->in is set: sets the rest and adds its spans (layer_add_span). ERR_ARGUMENT says
	 * what does not fit. */
	bool (*shape)(Layer *layer, Model *model, const Params *params, Err *err);
	/* Whether what a file holds can be run: every number that is used as an index is in its range,
	 * every walk ends. ERR_FORMAT says which is not. NULL: nothing can be wrong. */
	bool (*check)(const Layer *layer, const Model *model, Err *err);
	/* Multiply-adds of one row, of a layer without a weight matrix that has some. NULL: 0. */
	uint64_t (*macs)(const Layer *layer, const Model *model);
	/* About how many numbers a row touches on its way through, inputs and outputs apart, of a layer
	 * without macs: by it threads are worth their while, or not. NULL: 0. */
	uint64_t (*touches)(const Layer *layer);
	/* Comparisons that the rows of a run take, exact (nodes visited); x, rows, begin and end are
	 * set. NULL: none. */
	uint64_t (*compares)(const LayerRun *run);
	/* For layers that nothing trains: puts what forward reads (LayerRun.packed) into the form that
	 * suits this processor and these rows, in memory of the arena, for the model may go. k and the
	 * like are in layer, whose spans are the model's. NULL: forward reads copies of the spans. */
	bool (*pack)(const Layer *layer, const Model *model, uint32_t features, Pool *pool,
		     Arena *arena, LayerPacked *out, Err *err);
	/* Initial values of spans that do not begin at 0; false when the control says so. NULL: none. */
	bool (*init)(const Layer *layer, float *const *span, Random *random, Control *control,
		     Err *err);
	/* NULL: 0. rows: of the whole batch. */
	size_t (*kept_bytes)(const Layer *layer, size_t rows);
	size_t (*scratch_bytes)(const Layer *layer, size_t rows);
	/* y of x. NULL for LAYER_SHAPE. */
	void (*forward)(const LayerRun *run);
	/* NULL: the layer cannot be trained by its outputs' gradient (trees, neighbours).
	 * dx of dy; add leaves the other input's gradient to the caller, for it is dy. */
	void (*backward)(const LayerRun *run);
	/* Gradients of its spans from all rows: this thread's part of parts. The same bits whatever
	 * parts is. NULL: has none, or backward gave them (whole). */
	void (*gradient)(const LayerRun *run, unsigned part, unsigned parts);
	/* The same, but span 0 (w) with its moments moves one step of Adam in the same pass, and
	 * grad[0] is left alone. NULL: no such pass. */
	void (*adam)(const LayerRun *run, const AdamStep *step, float *w, float *m, float *v,
		     unsigned part, unsigned parts);
	/* Reads rows of bytes as they lie in the dataset: x points at uint8_t. It is the first of a model
	 * that was fitted on bytes, and runs in programs alone. */
	bool bytes;
	bool pools; /* takes a max pooling behind it into its step, in TILES (LayerRun.pool) */
	/* While training, forward and backward look at all rows at once (begin 0, end rows). */
	bool whole;
	bool skips;  /* reads the outputs of layer->from too */
	bool sparse; /* as the first that does something in a program: takes compressed rows */
};

/* The layout in which a layer runs whose input comes in `before`. */
Layout layer_layout(const Layer *layer, Layout before);

/* For layers that work element by element: where their range begins in a buffer of n features a
 * row, and how many floats it has, those of unused lanes included. */
static inline size_t layer_first(const LayerRun *run, size_t n)
{
	return run->begin * n;
}
static inline size_t layer_count(const LayerRun *run, size_t n)
{
	size_t end = run->end;

	if (run->layout == LAYOUT_TILES_F32)
		end = (end + KERNEL_TILE - 1) / KERNEL_TILE * KERNEL_TILE;
	return (end - run->begin) * n;
}

/* The table; ends with NULL. */
extern const LayerKind *const layer_kinds[];
const LayerKind *layer_kind_find(const char *name);

/* For kinds: adds a span called "N.name", N counting the layers that have spans. matrix: a weight
 * matrix, which techniques may prune and quantize. trained: moved by the optimizer. */
bool layer_add_span(Layer *layer, Model *model, const char *name, size_t rows, size_t cols,
		    bool matrix, bool trained, Err *err);

/* The same for a span that is not f32. */
bool layer_add_integers(Layer *layer, Model *model, const char *name, SpanType type, size_t rows,
			size_t cols, Err *err);

/* For init: n numbers of U(±bound), in their order. */
bool layer_draw(float *values, size_t n, float bound, Random *random, Control *control, Err *err);

/* Reads a line into a kind and its checked parameters. ERR_ARGUMENT: what is unknown (did you mean)
 * or out of its limits. */
const LayerKind *layer_parse(const char *line, Params *params, Err *err);

#endif
