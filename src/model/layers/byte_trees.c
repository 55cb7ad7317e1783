/* Trees of bytes: each row of bytes walks, as it lies in the dataset, from the root of every tree
 * to a leaf.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "model/layer.h"
#include "model/layers/trees.h"
#include "model/model.h"
#include "model/trees/bytes.h"
#include "model/trees/masks.h"
#include "model/trees/table.h"
#include "num/cpu.h"

/* Layer.own. */
enum { OWN_TREES, OWN_TURNS, OWN_SPLITS, OWN_NUMBERS };

#define ROWS 4 /* that walk side by side: while one waits for its split, the others go on */
#define FETCH_MAX 16384 /* bytes; half of a first-level cache */

/* The spans of a layer. */
typedef struct ByteTrees {
	const ByteSplit *split;
	const void *value; /* u8 or float: (leaves, outputs), or (leaves) in turns */
	const ByteRoot *root;
	const float *base; /* (outputs), in turns */
} ByteTrees;

static ByteTrees byte_trees_spans(const Layer *layer, const void *const *span)
{
	return (ByteTrees){ .split = span[BYTES_SPLIT],
			    .value = span[BYTES_VALUE],
			    .root = span[BYTES_ROOT],
			    .base = layer->own[OWN_TURNS] ? span[BYTES_BASE] : NULL };
}

static bool byte_trees_shape(Layer *layer, Model *model, const Params *params, Err *err)
{
	size_t splits = (size_t)params_get(params, "splits")->integer;
	size_t leaves = (size_t)params_get(params, "leaves")->integer;
	size_t outputs = (size_t)params_get(params, "outputs")->integer;
	size_t trees = (size_t)params_get(params, "trees")->integer;
	bool turns = params_get(params, "sum")->choice == TREES_TURNS;
	bool numbers = params_get(params, "leaf")->choice == BYTES_NUMBERS;
	size_t values = turns ? 1 : outputs;

	if (turns && !numbers)
		return err_set(err, ERR_ARGUMENT, "sum=turns needs leaf=numbers");
	layer->own[OWN_TREES] = trees;
	layer->own[OWN_TURNS] = turns;
	layer->own[OWN_SPLITS] = splits;
	layer->own[OWN_NUMBERS] = numbers;
	layer->out = (Shape){ outputs, 1, 1 };
	return layer_add_integers(layer, model, "split", SPAN_U32, splits,
				  sizeof(ByteSplit) / sizeof(uint32_t), err) &&
	       (numbers ? layer_add_span(layer, model, "value", leaves, values, false, false, err)
			: layer_add_integers(layer, model, "value", SPAN_U8, leaves, values,
					     err)) &&
	       layer_add_integers(layer, model, "root", SPAN_U32, trees,
				  sizeof(ByteRoot) / sizeof(uint32_t), err) &&
	       (!turns || layer_add_span(layer, model, "base", 1, outputs, false, false, err));
}

/* --- what a file holds ------------------------------------------------------------------------ */

/* Where a tree's first split and leaf must be, and behind it those of the next one. */
typedef struct ByteOrder {
	const Layer *layer;
	const ByteSplit *split;
	size_t splits, leaves;
} ByteOrder;

/* The split at order->splits, which is one of a tree. */
static bool byte_trees_check_split(ByteOrder *order, Err *err)
{
	size_t at = order->splits;

	if (at >= order->layer->own[OWN_SPLITS])
		return err_set(err, ERR_FORMAT, "there is no split %zu", at);
	if ((order->split[at].test & 0xffff) >= shape_size(order->layer->in))
		return err_set(err, ERR_FORMAT, "split %zu asks for feature %u of %zu", at,
			       order->split[at].test & 0xffff, shape_size(order->layer->in));
	order->splits++;
	return true;
}

/* One tree in the order in which it must stand. todo: splits whose left side is being looked at. */
static bool byte_trees_check_tree(ByteOrder *order, Err *err)
{
	size_t todo[TREES_DEPTH_MAX + 1], n = 0;

	for (;;) {
		size_t at = order->splits;

		if (!byte_trees_check_split(order, err))
			return false;
		if (!(order->split[at].test & BYTES_LEFT_ENDS)) {
			if (n == TREES_DEPTH_MAX)
				return err_set(err, ERR_FORMAT, "split %zu is deeper than %d", at,
					       TREES_DEPTH_MAX);
			todo[n++] = at;
			continue;
		}
		for (order->leaves++;; at = todo[--n]) {
			if (order->split[at].right != order->splits)
				return err_set(err, ERR_FORMAT,
					       "the right side of split %zu begins at %u, not %zu",
					       at, order->split[at].right, order->splits);
			if (!(order->split[at].test & BYTES_RIGHT_ENDS))
				break;
			order->leaves++;
			if (n == 0)
				return true;
		}
	}
}

static bool byte_trees_check(const Layer *layer, const Model *model, Err *err)
{
	const ByteRoot *root = model_span_at(model, layer->span[BYTES_ROOT]);
	size_t leaves = model->span[layer->span[BYTES_VALUE]].rows;
	ByteOrder order = { .layer = layer,
			    .split = model_span_at(model, layer->span[BYTES_SPLIT]) };

	if (model->form != DATASET_BYTES)
		return err_set(err, ERR_FORMAT, "its rows must be bytes");
	for (size_t t = 0; t < layer->own[OWN_TREES]; t++) {
		bool alone = root[t].first & BYTES_ALONE;

		if ((root[t].first & ~BYTES_ALONE) != order.splits || root[t].leaf != order.leaves)
			return err_set(err, ERR_FORMAT, "tree %zu does not follow the one before",
				       t);
		order.leaves += alone;
		if (!alone && !byte_trees_check_tree(&order, err))
			return err_prefix(err, "tree %zu", t);
	}
	/* A span is never empty: without a split there is one that no tree has. */
	if (order.leaves != leaves || (order.splits ? order.splits : 1) != layer->own[OWN_SPLITS])
		return err_set(err, ERR_FORMAT, "the trees have %zu splits and %zu leaves",
			       order.splits, order.leaves);
	return true;
}

/* --- running ---------------------------------------------------------------------------------- */

/* Leaves where n rows end. Of a row that has arrived the highest bit is set; it looks at the first
 * split of all while the others go on, and stays where it is. */
static inline void byte_trees_walk(const ByteTrees *trees, const uint8_t *x, size_t features,
				   size_t n, ByteRoot root, uint32_t *leaf)
{
	uint32_t all = root.first, at[ROWS], from = root.leaf - (root.first & ~BYTES_ALONE);

	for (size_t i = 0; i < n; i++) {
		at[i] = root.first;
		leaf[i] = from;
	}
	while (!(all & BYTES_ALONE)) {
		all = BYTES_ALONE;
		for (size_t i = 0; i < n; i++) {
			uint32_t here = at[i], going = (here >> 31) - 1; /* all ones, or 0 */
			const ByteSplit *split = &trees->split[here & going];
			uint32_t test = split->test;
			uint32_t left = x[i * features + (test & 0xffff)] <= (test >> 16 & 0xff);
			uint32_t ends = test >> (25 - left); /* lowest bit */
			/* No branch: half of them would be guessed wrong. */
			uint32_t next = split->right ^ ((split->right ^ (here + 1)) & (0 - left));

			leaf[i] -= left & going;
			next |= ends << 31;
			at[i] = here = (next & going) | (here & ~going);
			all &= here;
		}
	}
	for (size_t i = 0; i < n; i++)
		leaf[i] += at[i] & ~BYTES_ALONE;
}

/* n rows at x end in leaves of this tree, which are added to y. */
static inline void byte_trees_add(const Layer *layer, const ByteTrees *trees, size_t tree, size_t n,
				  const uint32_t *leaf, float *y)
{
	size_t outputs = layer->out.channels;
	const uint8_t *share = trees->value;
	const float *number = trees->value;

	for (size_t i = 0; i < n; i++, y += outputs) {
		size_t at = leaf[i];

		if (trees->base)
			y[tree % outputs] += number[at];
		else if (layer->own[OWN_NUMBERS])
			for (size_t c = 0; c < outputs; c++)
				y[c] += number[at * outputs + c];
		else
			for (size_t c = 0; c < outputs; c++)
				y[c] += share[at * outputs + c];
	}
}

/* The rows that come next, for the first tree would wait for each byte of them. */
static void byte_trees_fetch(const uint8_t *x, size_t bytes)
{
	for (size_t at = 0; at < bytes && at < FETCH_MAX; at += 64)
		__builtin_prefetch(x + at);
}

static void byte_trees_rows(const LayerRun *run, const ByteTrees *trees, size_t begin, size_t end)
{
	const Layer *layer = run->layer;
	const uint8_t *x = (const void *)run->x;
	size_t features = shape_size(layer->in), outputs = layer->out.channels;
	uint32_t leaf[ROWS];

	for (size_t t = 0; t < layer->own[OWN_TREES]; t++)
		for (size_t r = begin; r < end; r += ROWS) {
			size_t n = end - r < ROWS ? end - r : ROWS;

			if (t == 0 && run->end - r > ROWS)
				byte_trees_fetch(x + (r + ROWS) * features,
						 (run->end - r - ROWS < ROWS ? run->end - r - ROWS
									     : ROWS) *
							 features);
			if (n == ROWS)
				byte_trees_walk(trees, x + r * features, features, ROWS,
						trees->root[t], leaf);
			else
				byte_trees_walk(trees, x + r * features, features, n,
						trees->root[t], leaf);
			byte_trees_add(layer, trees, t, n, leaf, run->y + r * outputs);
		}
}

/* --- by masks --------------------------------------------------------------------------------- */

/* Columns of MASKS_BYTES rows, and their sums by output. */
static size_t byte_trees_scratch(const Layer *layer, size_t rows)
{
	size_t features = shape_size(layer->in);

	(void)rows;
	if (!layer->own[OWN_TURNS] || features > MASKS_FEATURES_MAX)
		return 0;
	return (features + layer->out.channels * sizeof(float)) * MASKS_BYTES;
}

/* A few rows alone are faster one by one. */
static bool byte_trees_masked(const LayerRun *run)
{
	return run->features & CPU_AVX512 && run->end - run->begin >= MASKS_LANES &&
	       byte_trees_scratch(run->layer, run->end) > 0;
}

/* A tree that is too large for masks. */
static void byte_trees_walk_block(const LayerRun *run, const ByteTrees *trees, size_t tree,
				  size_t row, size_t n, float *sum)
{
	const uint8_t *x = (const void *)run->x;
	const float *value = trees->value;
	size_t features = shape_size(run->layer->in);
	uint32_t leaf[ROWS];

	for (size_t r = 0; r < n; r += ROWS) {
		size_t some = n - r < ROWS ? n - r : ROWS;

		byte_trees_walk(trees, x + (row + r) * features, features, some, trees->root[tree],
				leaf);
		for (size_t i = 0; i < some; i++)
			sum[r + i] += value[leaf[i]];
	}
}

/* n rows from `row` on; the last one stands in for those that a block lacks. */
static void byte_trees_block(const LayerRun *run, const ByteTrees *trees, size_t row, size_t n)
{
	const Layer *layer = run->layer;
	const uint8_t *line[MASKS_BYTES], *x = (const void *)run->x;
	size_t features = shape_size(layer->in), outputs = layer->out.channels;
	float *sum = run->scratch;
	uint8_t *columns = (void *)(sum + outputs * MASKS_BYTES);
	Masks masks;

	for (size_t i = 0; i < MASKS_BYTES; i++)
		line[i] = x + (row + (i < n ? i : n - 1)) * features;
	trees_transpose(line, MASKS_BYTES, features, columns, MASKS_BYTES);
	for (size_t i = 0; i < outputs * MASKS_BYTES; i++)
		sum[i] = trees->base[i / MASKS_BYTES];
	for (size_t t = 0; t < layer->own[OWN_TREES]; t++) {
		float *to = sum + t % outputs * MASKS_BYTES;

		if (masks_make_bytes(&masks, trees->split, trees->value, trees->root[t]))
			masks_add_bytes(&masks, columns, to);
		else
			byte_trees_walk_block(run, trees, t, row, n, to);
	}
	for (size_t i = 0; i < n; i++)
		for (size_t c = 0; c < outputs; c++)
			run->y[(row + i) * outputs + c] = sum[c * MASKS_BYTES + i];
}

/* --- all -------------------------------------------------------------------------------------- */

/* Small trees pass by a few rows, which stay in the first cache; large ones stay while all rows
 * pass. */
static void byte_trees_forward(const LayerRun *run)
{
	const Layer *layer = run->layer;
	const ByteTrees trees = byte_trees_spans(layer, run->span);
	size_t outputs = layer->out.channels, rows = run->end - run->begin;
	bool small = layer->own[OWN_SPLITS] * sizeof *trees.split <= TREES_CACHE;
	size_t step = small && ROWS < rows ? ROWS : rows;
	float whole = (float)layer->own[OWN_TREES] * (layer->own[OWN_NUMBERS] ? 1 : 255);

	if (byte_trees_masked(run)) {
		for (size_t r = run->begin; r < run->end; r += MASKS_BYTES)
			byte_trees_block(run, &trees, r,
					 run->end - r < MASKS_BYTES ? run->end - r : MASKS_BYTES);
		return;
	}
	for (size_t r = run->begin; r < run->end; r++)
		for (size_t c = 0; c < outputs; c++)
			run->y[r * outputs + c] = trees.base ? trees.base[c] : 0;
	for (size_t r = run->begin; r < run->end; r += step)
		byte_trees_rows(run, &trees, r, run->end - r < step ? run->end : r + step);
	for (size_t i = run->begin * outputs; !trees.base && i < run->end * outputs; i++)
		run->y[i] /= whole;
}

/* What one row compares on its way down a tree. */
static uint64_t byte_trees_path(const ByteTrees *trees, const uint8_t *x, ByteRoot root)
{
	uint64_t visits = 0;

	for (uint32_t at = root.first; !(at & BYTES_ALONE); visits++) {
		const ByteSplit *split = &trees->split[at];
		bool left = x[split->test & 0xffff] <= (split->test >> 16 & 0xff);
		bool ends = split->test & (left ? BYTES_LEFT_ENDS : BYTES_RIGHT_ENDS);

		at = (left ? at + 1 : split->right) | (ends ? BYTES_ALONE : 0);
	}
	return visits;
}

/* By masks every split of a tree is compared. */
static uint64_t byte_trees_compares(const LayerRun *run)
{
	const Layer *layer = run->layer;
	const ByteTrees trees = byte_trees_spans(layer, run->span);
	const uint8_t *x = (const void *)run->x;
	size_t features = shape_size(layer->in);
	uint64_t visits = 0;
	Masks masks;

	for (size_t t = 0; t < layer->own[OWN_TREES]; t++) {
		if (byte_trees_masked(run) &&
		    masks_make_bytes(&masks, trees.split, trees.value, trees.root[t])) {
			visits += masks.splits * (run->end - run->begin);
			continue;
		}
		for (size_t r = run->begin; r < run->end; r++)
			visits += byte_trees_path(&trees, x + r * features, trees.root[t]);
	}
	return visits;
}

static uint64_t byte_trees_touches(const Layer *layer)
{
	return trees_touches(layer->own[OWN_TREES], layer->own[OWN_SPLITS]);
}

static const Param byte_trees_params[] = {
	TREES_PARAMS(BYTES_TREES_MAX, "a byte"),
	{ .name = "leaf",
	  .type = PARAM_CHOICE,
	  .value = "shares",
	  .choices = "shares|numbers",
	  .help = "Whether a leaf holds shares of the classes, in 255ths, or f32 numbers." },
	{ 0 },
};

const LayerKind layer_byte_trees = {
	.info = { .name = "byte-trees",
		  .title = "decision trees of bytes",
		  .about = "Every row of bytes walks down each tree to a leaf; the leaves are "
			   "summed.",
		  .params = byte_trees_params },
	.role = LAYER_PLAIN,
	.place = LAYER_ROWS,
	.bytes = true,
	.shape = byte_trees_shape,
	.check = byte_trees_check,
	.scratch_bytes = byte_trees_scratch,
	.touches = byte_trees_touches,
	.compares = byte_trees_compares,
	.forward = byte_trees_forward,
};
