/* Trees: each row walks from the root of every tree to a leaf (decision trees, forests,
 * boosting).
 *
 * A reference is the index of a split, or TREES_LEAF plus that of a leaf. Children come behind
 * their parents, so every walk ends.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/layer.h"
#include "model/layers/trees.h"
#include "model/model.h"
#include "model/trees/masks.h"
#include "num/cpu.h"

/* Rows that walk side by side: while one waits for its split, the others go on. */
#define TREES_ROWS 8
#define TREES_BLOCK 128 /* rows that are turned into columns at once, for masks */

/* The spans of a layer. */
typedef struct Trees {
	const TreesSplit *split;
	const float *value; /* (leaves, outputs), or (leaves) in turns */
	const uint32_t *root;
	const float *base; /* (outputs), in turns */
} Trees;

static Trees trees_spans(const Layer *layer, const void *const *span)
{
	return (Trees){ .split = span[TREES_SPLIT],
			.value = span[TREES_VALUE],
			.root = span[TREES_ROOT],
			.base = layer->own[TREES_OWN_TURNS] ? span[TREES_BASE] : NULL };
}

static bool trees_shape(Layer *layer, Model *model, const Params *params, Err *err)
{
	size_t splits = (size_t)params_get(params, "splits")->integer;
	size_t leaves = (size_t)params_get(params, "leaves")->integer;
	size_t outputs = (size_t)params_get(params, "outputs")->integer;
	size_t trees = (size_t)params_get(params, "trees")->integer;
	bool turns = params_get(params, "sum")->choice == TREES_TURNS;

	layer->own[TREES_OWN_TREES] = trees;
	layer->own[TREES_OWN_TURNS] = turns;
	layer->own[TREES_OWN_MISSING] = params_get(params, "missing")->flag;
	layer->own[TREES_OWN_SPLITS] = splits;
	layer->out = (Shape){ outputs, 1, 1 };
	return layer_add_integers(layer, model, "split", SPAN_U32, splits,
				  sizeof(TreesSplit) / sizeof(uint32_t), err) &&
	       layer_add_span(layer, model, "value", leaves, turns ? 1 : outputs, false, false,
			      err) &&
	       layer_add_integers(layer, model, "root", SPAN_U32, 1, trees, err) &&
	       (!turns || layer_add_span(layer, model, "base", 1, outputs, false, false, err));
}

/* --- what a file holds ------------------------------------------------------------------------ */

static bool trees_check_ref(const Layer *layer, const Model *model, uint32_t ref, size_t least,
			    Err *err)
{
	size_t leaves = model->span[layer->span[TREES_VALUE]].rows;
	size_t at = ref & ~TREES_LEAF;

	if (ref & TREES_LEAF)
		return at < leaves || err_set(err, ERR_FORMAT, "leaf %zu of %zu", at, leaves);
	return (at >= least && at < layer->own[TREES_OWN_SPLITS]) ||
	       err_set(err, ERR_FORMAT,
		       "split %zu of %zu cannot stand there: it must come behind its parent", at,
		       layer->own[TREES_OWN_SPLITS]);
}

/* One split, its children, and how deep they are. */
static bool trees_check_split(const Layer *layer, const Model *model, const Trees *trees, size_t at,
			      uint16_t *depth, Err *err)
{
	const TreesSplit *split = &trees->split[at];

	if (split->feature >= shape_size(layer->in))
		return err_set(err, ERR_FORMAT, "split %zu asks for feature %u of %zu", at,
			       split->feature, shape_size(layer->in));
	if (!isfinite(split->threshold))
		return err_set(err, ERR_FORMAT, "the threshold of split %zu is no number", at);
	if (depth[at] >= TREES_DEPTH_MAX)
		return err_set(err, ERR_FORMAT, "split %zu is deeper than %d", at, TREES_DEPTH_MAX);
	for (size_t k = 0; k < 2; k++) {
		uint32_t child = split->child[k];

		if (k == 0 && layer->own[TREES_OWN_MISSING])
			child &= ~TREES_MISSING;
		if (!trees_check_ref(layer, model, child, at + 1, err))
			return err_prefix(err, "a child of split %zu", at);
		if (!(child & TREES_LEAF) && depth[child] <= depth[at])
			depth[child] = (uint16_t)(depth[at] + 1);
	}
	return true;
}

static bool trees_check(const Layer *layer, const Model *model, Err *err)
{
	const void *span[LAYER_SPANS_MAX];
	uint16_t *depth = calloc(layer->own[TREES_OWN_SPLITS], sizeof *depth);
	bool fine = depth;

	if (!depth)
		return err_set(err, ERR_MEMORY, "no memory to check %zu splits",
			       layer->own[TREES_OWN_SPLITS]);
	for (size_t i = 0; i < layer->spans; i++)
		span[i] = model_span_at(model, layer->span[i]);
	const Trees trees = trees_spans(layer, span);

	for (size_t t = 0; fine && t < layer->own[TREES_OWN_TREES]; t++) {
		fine = trees_check_ref(layer, model, trees.root[t], 0, err);
		if (!fine)
			err_prefix(err, "the root of tree %zu", t);
	}
	for (size_t i = 0; fine && i < layer->own[TREES_OWN_SPLITS]; i++)
		fine = trees_check_split(layer, model, &trees, i, depth, err);
	free(depth);
	return fine;
}

/* --- running ---------------------------------------------------------------------------------- */

/* References of the leaves where n rows end. A row that has arrived looks at split 0 while the
 * others go on, and stays where it is. */
static inline void trees_walk(const Trees *trees, const float *x, size_t features, size_t n,
			      uint32_t root, bool missing, uint32_t *leaf)
{
	uint32_t all = root;

	for (size_t i = 0; i < n; i++)
		leaf[i] = root;
	while (!(all & TREES_LEAF)) {
		all = TREES_LEAF;
		for (size_t i = 0; i < n; i++) {
			uint32_t ref = leaf[i], going = (ref >> 31) - 1; /* all ones, or 0 */
			const TreesSplit *split = &trees->split[ref & going];
			float value = x[i * features + split->feature];
			uint32_t next = trees_next(split, value, missing);

			next = (next & going) | (ref & ~going);
			leaf[i] = next;
			all &= next;
		}
	}
}

static void trees_group(const Layer *layer, const Trees *trees, const float *x, size_t n,
			uint32_t root, uint32_t *leaf)
{
	size_t features = shape_size(layer->in);

	if (layer->own[TREES_OWN_MISSING])
		trees_walk(trees, x, features, n, root, true, leaf);
	else if (n != TREES_ROWS)
		trees_walk(trees, x, features, n, root, false, leaf);
	else
		trees_walk(trees, x, features, TREES_ROWS, root, false, leaf);
}

static void trees_begin(const LayerRun *run, const Trees *trees)
{
	size_t outputs = run->layer->out.channels;

	for (size_t r = run->begin; r < run->end; r++) {
		if (trees->base)
			memcpy(run->y + r * outputs, trees->base, outputs * sizeof *run->y);
		else
			memset(run->y + r * outputs, 0, outputs * sizeof *run->y);
	}
}

static void trees_add(const LayerRun *run, const Trees *trees, size_t tree, size_t row, size_t n,
		      const uint32_t *leaf)
{
	size_t outputs = run->layer->out.channels;
	float *y = run->y + row * outputs;

	for (size_t i = 0; i < n; i++) {
		size_t at = leaf[i] & ~TREES_LEAF;

		if (trees->base) {
			y[i * outputs + tree % outputs] += trees->value[at];
			continue;
		}
		for (size_t c = 0; c < outputs; c++)
			y[i * outputs + c] += trees->value[at * outputs + c];
	}
}

/* Rows begin … end − 1 of a run, tree after tree. */
static void trees_rows(const LayerRun *run, const Trees *trees, size_t begin, size_t end)
{
	const Layer *layer = run->layer;
	size_t features = shape_size(layer->in);
	uint32_t leaf[TREES_ROWS];

	for (size_t t = 0; t < layer->own[TREES_OWN_TREES]; t++)
		for (size_t r = begin; r < end; r += TREES_ROWS) {
			size_t n = end - r < TREES_ROWS ? end - r : TREES_ROWS;

			trees_group(layer, trees, run->x + r * features, n, trees->root[t], leaf);
			trees_add(run, trees, t, r, n, leaf);
		}
}

/* --- by masks --------------------------------------------------------------------------------- */

static size_t trees_scratch(const Layer *layer, size_t rows)
{
	size_t features = shape_size(layer->in);

	(void)rows;
	if (!layer->own[TREES_OWN_TURNS] || features > MASKS_FEATURES_MAX)
		return 0;
	return (features + layer->out.channels) * TREES_BLOCK * sizeof(float);
}

/* Whether trees that are small enough go by masks; a few rows alone are faster one by one. */
static bool trees_masked(const LayerRun *run)
{
	return run->features & CPU_AVX512 && run->end - run->begin >= MASKS_LANES &&
	       trees_scratch(run->layer, run->end) > 0;
}

/* n rows at x as groups of columns, (groups, features, 16); the last row stands in for those that
 * a group lacks. */
static void trees_columns(const float *x, size_t n, size_t features, float *out)
{
	for (size_t r = 0; r < n; r += MASKS_LANES)
		for (size_t lane = 0; lane < MASKS_LANES; lane++) {
			const float *row = x + (r + lane < n ? r + lane : n - 1) * features;
			float *to = out + r * features + lane;

			for (size_t f = 0; f < features; f++)
				to[f * MASKS_LANES] = row[f];
		}
}

/* A tree that is too large for masks, for the rows of a block. */
static void trees_walk_block(const LayerRun *run, const Trees *trees, size_t tree, size_t row,
			     size_t n, float *sum)
{
	size_t features = shape_size(run->layer->in);
	uint32_t leaf[TREES_ROWS];

	for (size_t r = 0; r < n; r += TREES_ROWS) {
		size_t some = n - r < TREES_ROWS ? n - r : TREES_ROWS;

		trees_group(run->layer, trees, run->x + (row + r) * features, some,
			    trees->root[tree], leaf);
		for (size_t i = 0; i < some; i++)
			sum[r + i] += trees->value[leaf[i] & ~TREES_LEAF];
	}
}

/* n rows from `row` on; sums stand by output, so that 16 rows are added to at once. */
static void trees_block(const LayerRun *run, const Trees *trees, size_t row, size_t n)
{
	const Layer *layer = run->layer;
	size_t features = shape_size(layer->in), outputs = layer->out.channels;
	float *x = run->scratch, *sum = x + features * TREES_BLOCK;
	bool missing = layer->own[TREES_OWN_MISSING];
	Masks masks;

	trees_columns(run->x + row * features, n, features, x);
	for (size_t i = 0; i < outputs * TREES_BLOCK; i++)
		sum[i] = trees->base[i / TREES_BLOCK];
	for (size_t t = 0; t < layer->own[TREES_OWN_TREES]; t++) {
		float *to = sum + t % outputs * TREES_BLOCK;

		if (!masks_make(&masks, trees->split, trees->value, trees->root[t], missing)) {
			trees_walk_block(run, trees, t, row, n, to);
			continue;
		}
		for (size_t r = 0; r < n; r += MASKS_LANES)
			masks_add(&masks, x + r * features, missing, to + r);
	}
	for (size_t i = 0; i < n; i++)
		for (size_t c = 0; c < outputs; c++)
			run->y[(row + i) * outputs + c] = sum[c * TREES_BLOCK + i];
}

/* --- all -------------------------------------------------------------------------------------- */

/* Small trees pass by a few rows, which stay in the first cache; large ones stay while all rows
 * pass. */
static void trees_forward(const LayerRun *run)
{
	const Layer *layer = run->layer;
	const Trees trees = trees_spans(layer, run->span);
	size_t outputs = layer->out.channels, count = layer->own[TREES_OWN_TREES];
	bool small = layer->own[TREES_OWN_SPLITS] * sizeof *trees.split <= TREES_CACHE;
	size_t rows = run->end - run->begin, step = small && TREES_ROWS < rows ? TREES_ROWS : rows;

	if (trees_masked(run)) {
		for (size_t r = run->begin; r < run->end; r += TREES_BLOCK)
			trees_block(run, &trees, r,
				    run->end - r < TREES_BLOCK ? run->end - r : TREES_BLOCK);
		return;
	}
	trees_begin(run, &trees);
	for (size_t r = run->begin; r < run->end; r += step)
		trees_rows(run, &trees, r, run->end - r < step ? run->end : r + step);
	if (trees.base || count == 1)
		return;
	for (size_t i = run->begin * outputs; i < run->end * outputs; i++)
		run->y[i] /= (float)count;
}

/* What one row compares on its way down a tree. */
static uint64_t trees_path(const Layer *layer, const Trees *trees, const float *x, uint32_t root)
{
	uint64_t visits = 0;

	for (uint32_t at = root; !(at & TREES_LEAF); visits++)
		at = trees_next(&trees->split[at], x[trees->split[at].feature],
				layer->own[TREES_OWN_MISSING]);
	return visits;
}

/* By masks every split of a tree is compared. */
static uint64_t trees_compares(const LayerRun *run)
{
	const Layer *layer = run->layer;
	const Trees trees = trees_spans(layer, run->span);
	size_t features = shape_size(layer->in);
	uint64_t visits = 0;
	Masks masks;

	for (size_t t = 0; t < layer->own[TREES_OWN_TREES]; t++) {
		if (trees_masked(run) && masks_make(&masks, trees.split, trees.value, trees.root[t],
						    layer->own[TREES_OWN_MISSING])) {
			visits += masks.splits * (run->end - run->begin);
			continue;
		}
		for (size_t r = run->begin; r < run->end; r++)
			visits += trees_path(layer, &trees, run->x + r * features, trees.root[t]);
	}
	return visits;
}

static uint64_t trees_work(const Layer *layer)
{
	return trees_touches(layer->own[TREES_OWN_TREES], layer->own[TREES_OWN_SPLITS]);
}

static const Param trees_params[] = {
	TREES_PARAMS(1u << 24, "a threshold"),
	{ .name = "missing",
	  .type = PARAM_FLAG,
	  .value = "false",
	  .help = "Whether splits say where a missing value goes; else it goes right." },
	{ 0 },
};

const LayerKind layer_trees = {
	.info = { .name = "trees",
		  .title = "decision trees",
		  .about = "Every row walks down each tree to a leaf; the leaves are summed.",
		  .params = trees_params },
	.role = LAYER_PLAIN,
	.place = LAYER_ROWS,
	.shape = trees_shape,
	.check = trees_check,
	.scratch_bytes = trees_scratch,
	.touches = trees_work,
	.compares = trees_compares,
	.forward = trees_forward,
};
