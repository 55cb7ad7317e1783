/* One tree of a boosted model: derivatives are rounded, then leaves are split, the best first.
 *
 * A row whose derivatives are rounded to 0 is in no histogram, and needs no time there: once
 * most rows are well predicted, most are so.
 * SPDX-License-Identifier: MIT */
#include "model/trees/boost_tree.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "num/cpu.h"

#define BOOST_ROWS 4096 /* of a piece of work; sums over pieces are added in their order */

/* A leaf that may still be split. */
typedef struct BoostLeaf {
	size_t begin, end; /* of the list of rows */
	size_t counted;    /* rows that are in histograms */
	unsigned depth;
	uint64_t *hist;
	HistNode node;
	HistBest best;
	float gain;    /* of the best split; not above 0: none */
	uint32_t into; /* where its reference goes: 0 the root, 1 + entry of child */
} BoostLeaf;

struct BoostGrower {
	const HistLines *lines;
	BoostOptions options;
	Pool *pool;
	uint32_t features;
	uint64_t *number; /* (count) derivatives of the tree, rounded */
	uint32_t *row, *more;
	uint32_t *some; /* rows of a node that are in histograms, and their numbers */
	uint64_t *some_number;
	uint64_t *hist; /* (leaves, packs, HIST_SIZE) */
	BoostLeaf *leaf;
	size_t leaves;
	float *most;                   /* (pieces, 2) greatest derivatives */
	HistBest *best, *sibling_best; /* (threads) */
	/* Of the round of threads. */
	const BoostLoss *loss;
	float scale[2];
	size_t rows;
	BoostLeaf *small, *large;
};

BoostGrower *boost_grower_new(const HistLines *lines, const BoostOptions *options, Pool *pool,
			      Arena *arena, Err *err)
{
	BoostGrower *g = arena_take(arena, 1, sizeof *g, err);
	size_t n = lines->table->count, pieces = (n + BOOST_ROWS - 1) / BOOST_ROWS;
	unsigned threads = pool_threads(pool);

	if (!g)
		return NULL;
	g->lines = lines;
	g->options = *options;
	g->pool = pool;
	g->features = cpu_features();
	g->number = arena_take(arena, n, sizeof *g->number, err);
	g->row = arena_take(arena, n, sizeof *g->row, err);
	g->more = arena_take(arena, n, sizeof *g->more, err);
	g->some = arena_take(arena, n, sizeof *g->some, err);
	g->some_number = arena_take(arena, n, sizeof *g->some_number, err);
	g->hist =
		arena_take(arena, options->leaves * lines->packs, HIST_SIZE * sizeof *g->hist, err);
	g->leaf = arena_take(arena, options->leaves, sizeof *g->leaf, err);
	g->most = arena_take(arena, 2 * pieces, sizeof *g->most, err);
	g->best = arena_take(arena, threads, sizeof *g->best, err);
	g->sibling_best = arena_take(arena, threads, sizeof *g->best, err);
	return g->number && g->row && g->more && g->some && g->some_number && g->hist && g->leaf &&
			       g->most && g->best && g->sibling_best
		       ? g
		       : NULL;
}

/* --- rounding --------------------------------------------------------------------------------- */

static void boost_most_task(void *user, unsigned part, unsigned parts)
{
	BoostGrower *g = user;
	size_t begin, end;

	pool_share(g->lines->table->count, BOOST_ROWS, part, parts, &begin, &end);
	for (; begin < end; begin += BOOST_ROWS) {
		size_t last = end - begin < BOOST_ROWS ? end : begin + BOOST_ROWS;
		float most[2] = { 0, 0 };

		for (size_t i = begin; i < last; i++) {
			float gradient = fabsf(g->loss->gradient[i]);
			float hessian = g->loss->hessian ? g->loss->hessian[i] : 1;

			most[0] = gradient > most[0] ? gradient : most[0];
			most[1] = hessian > most[1] ? hessian : most[1];
		}
		memcpy(g->most + 2 * (begin / BOOST_ROWS), most, sizeof most);
	}
}

/* 32 bits that depend on all bits of both numbers (the finalizer of murmur3). */
static inline uint32_t boost_hash(uint32_t row, uint32_t key)
{
	uint32_t x = row * 0x9e3779b9u ^ key;

	x = (x ^ x >> 16) * 0x85ebca6bu;
	x = (x ^ x >> 13) * 0xc2b2ae35u;
	return x ^ x >> 16;
}

/* Down or up at random, so that the mean is right. */
static void boost_round_task(void *user, unsigned part, unsigned parts)
{
	BoostGrower *g = user;
	uint32_t key = (uint32_t)(g->loss->key ^ g->loss->key >> 32);
	size_t begin, end;

	pool_share(g->lines->table->count, BOOST_ROWS, part, parts, &begin, &end);
	for (size_t i = begin; i < end; i++) {
		uint32_t draw = boost_hash((uint32_t)i, key);
		float low = (float)(int32_t)(draw & 0xffff) * 0x1p-16f;
		float high = (float)(int32_t)(draw >> 16) * 0x1p-16f;
		float gradient = g->loss->gradient[i] * g->scale[0] + high, hessian = 1;
		int32_t down = (int32_t)gradient;

		if (g->loss->hessian)
			hessian = g->loss->hessian[i] * g->scale[1] + low;
		down -= (float)down > gradient;
		g->number[i] = hist_number(down, (uint32_t)(int32_t)hessian);
		g->row[i] = (uint32_t)i;
	}
}

/* The whole numbers of a tree. Sums of all rows must fit. */
static void boost_numbers(BoostGrower *g)
{
	size_t n = g->lines->table->count, pieces = (n + BOOST_ROWS - 1) / BOOST_ROWS;
	double levels = (double)(HIST_SUM_MAX / (n + 1)) - 1;
	float most[2] = { 0, 0 };

	if (levels > g->options.levels)
		levels = g->options.levels;
	pool_run(g->pool, boost_most_task, g);
	for (size_t i = 0; i < pieces; i++)
		for (size_t k = 0; k < 2; k++)
			most[k] = g->most[2 * i + k] > most[k] ? g->most[2 * i + k] : most[k];
	for (int k = 0; k < 2; k++)
		g->scale[k] = most[k] > 0 ? (float)(levels / (double)most[k]) : 1;
	if (!g->loss->hessian)
		g->scale[1] = 1;
	pool_run(g->pool, boost_round_task, g);
}

/* --- nodes ------------------------------------------------------------------------------------ */

/* The rows of the smaller node that count, and their numbers. */
static void boost_some(BoostGrower *g, const BoostLeaf *leaf)
{
	size_t n = 0;

	for (size_t i = leaf->begin; i < leaf->end; i++) {
		uint64_t number = g->number[g->row[i]];

		g->some[n] = g->row[i];
		g->some_number[n] = number;
		n += number != 0;
	}
	g->rows = n;
}

static void boost_search_task(void *user, unsigned part, unsigned parts)
{
	BoostGrower *g = user;
	const size_t each = HIST_BLOCK / HIST_PACK;
	BoostLeaf *small = g->small, *large = g->large;
	HistBest best = HIST_NONE, other = HIST_NONE;
	size_t begin, end;

	pool_share(g->lines->packs, 1, part, parts, &begin, &end);
	while (begin < end) {
		size_t next = (begin / each + 1) * each < end ? (begin / each + 1) * each : end;

		hist_sum(g->lines, begin, next, g->some, g->some_number, g->rows, small->hist);
		for (; begin < next; begin++)
			hist_best(g->lines, g->features, begin, small->hist + begin * HIST_SIZE,
				  &small->node, &best,
				  large ? large->hist + begin * HIST_SIZE : NULL,
				  large ? &large->node : NULL, &other);
	}
	g->best[part] = best;
	g->sibling_best[part] = other;
}

static void boost_take_best(BoostLeaf *leaf, const HistBest *best, unsigned parts)
{
	const double gradient = hist_gradient(leaf->node.sum);
	const double hessian = hist_hessian(leaf->node.sum);

	leaf->best = HIST_NONE;
	for (unsigned i = 0; i < parts; i++)
		if (best[i].score >= 0 && hist_better(&best[i], &leaf->best))
			leaf->best = best[i];
	leaf->gain = (float)((double)leaf->best.score -
			     gradient * gradient / (hessian + (double)leaf->node.l2));
	if (leaf->best.score < 0)
		leaf->gain = 0;
}

/* Histograms and best splits of two children, or of the root alone. */
static void boost_search(BoostGrower *g, BoostLeaf *small, BoostLeaf *large)
{
	unsigned threads = pool_threads(g->pool);

	boost_some(g, small);
	g->small = small;
	g->large = large;
	pool_run(g->pool, boost_search_task, g);
	boost_take_best(small, g->best, threads);
	if (large)
		boost_take_best(large, g->sibling_best, threads);
}

/* What splits of the leaf must keep to, in whole numbers. */
static void boost_node(const BoostGrower *g, BoostLeaf *leaf, uint64_t sum)
{
	double hessian = hist_hessian(sum), n = (double)(leaf->end - leaf->begin);
	double weight = g->options.min_weight * (double)g->scale[1];
	double rows = g->options.min_leaf * hessian / n, least = weight > rows ? weight : rows;

	leaf->node = (HistNode){ .sum = sum,
				 .l2 = (float)(g->options.l2 * (double)g->scale[1]),
				 .least = (float)(least > 1 ? least : 1) };
}

/* Rows up to the code in front, both sides in their order; counts those in histograms. */
static size_t boost_part(BoostGrower *g, const BoostLeaf *leaf, size_t *counted)
{
	const TreesTable *table = g->lines->table;
	const HistBest *best = &leaf->best;
	const uint8_t *code = table->byte + best->feature * table->ld;
	unsigned most = best->code, missing = table->column[best->feature].codes;
	size_t left = leaf->begin, right = 0, some = 0;

	if (!best->missing)
		missing = TREES_BYTE_CODES;
	for (size_t i = leaf->begin; i < leaf->end; i++) {
		uint32_t row = g->row[i];
		bool goes = (code[row] > most) & (code[row] != missing);

		g->more[right] = row;
		g->row[left] = row;
		right += goes;
		left += !goes;
		some += !goes & (g->number[row] != 0);
	}
	memcpy(g->row + left, g->more, right * sizeof *g->row);
	*counted = some;
	return left;
}

static bool boost_may_split(const BoostGrower *g, const BoostLeaf *leaf)
{
	return leaf->depth < g->options.depth &&
	       (double)hist_hessian(leaf->node.sum) >= 2 * (double)leaf->node.least;
}

/* One leaf becomes a split and two leaves: itself on the left, a new one on the right. */
static bool boost_split(BoostGrower *g, BoostLeaf *leaf, Tree *tree, Err *err)
{
	const TreesColumn *column = &g->lines->table->column[leaf->best.feature];
	unsigned code = leaf->best.code;
	float cut =
		code + 1 < column->codes ? trees_cut(column, code, code + 1) : column->high[code];
	long split = tree_add_split(tree, leaf->best.feature, cut, err);
	BoostLeaf *right = &g->leaf[g->leaves];
	uint64_t sum = leaf->node.sum, left_sum = hist_left(g->lines, leaf->hist, &leaf->best);
	uint64_t *hist = g->hist + g->leaves * g->lines->packs * HIST_SIZE;
	size_t counted;

	if (split < 0)
		return false;
	tree->missing[split] = leaf->best.missing;
	if (leaf->into == 0)
		tree->root = (uint32_t)split;
	else
		tree->child[leaf->into - 1] = (uint32_t)split;
	*right = *leaf;
	right->begin = leaf->end = boost_part(g, leaf, &counted);
	right->counted = leaf->counted - counted;
	leaf->counted = counted;
	leaf->depth = ++right->depth;
	leaf->into = 1 + 2 * (uint32_t)split;
	right->into = 2 + 2 * (uint32_t)split;
	boost_node(g, leaf, left_sum);
	boost_node(g, right, sum - left_sum);
	leaf->gain = right->gain = 0;
	g->leaves++;
	if (g->leaves == g->options.leaves ||
	    (!boost_may_split(g, leaf) && !boost_may_split(g, right)))
		return true;
	if (leaf->counted < right->counted) {
		leaf->hist = hist;
		boost_search(g, leaf, right);
	} else {
		right->hist = hist;
		boost_search(g, right, leaf);
	}
	for (int i = 0; i < 2; i++) {
		BoostLeaf *child = i ? right : leaf;

		if (!boost_may_split(g, child))
			child->gain = 0;
	}
	return true;
}

/* --- the tree --------------------------------------------------------------------------------- */

/* −G/(H + l2), of the derivatives as they are. */
static bool boost_leaf(const BoostGrower *g, const BoostLeaf *leaf, Tree *tree, Err *err)
{
	long at = tree_add_leaf(tree, err);
	double gradient = 0, hessian = 0;

	if (at < 0)
		return false;
	for (size_t i = leaf->begin; i < leaf->end; i++) {
		uint32_t row = g->row[i];

		gradient += (double)g->loss->gradient[row];
		hessian += g->loss->hessian ? (double)g->loss->hessian[row] : 1;
	}
	float value = (float)(-(double)g->options.rate * gradient / (hessian + g->options.l2));

	if (!isfinite(value)) /* no row of the leaf can be any better */
		value = 0;
	tree->value[at] = value;
	tree->weight[at] = (double)(leaf->end - leaf->begin);
	for (size_t i = leaf->begin; i < leaf->end; i++)
		g->loss->score[g->row[i] * g->loss->stride] += value;
	if (leaf->into == 0)
		tree->root = TREE_LEAF | (uint32_t)at;
	else
		tree->child[leaf->into - 1] = TREE_LEAF | (uint32_t)at;
	return true;
}

static BoostLeaf *boost_next(BoostGrower *g)
{
	BoostLeaf *next = NULL;

	for (size_t i = 0; i < g->leaves && g->leaves < g->options.leaves; i++)
		if (g->leaf[i].gain > 0 && (!next || g->leaf[i].gain > next->gain))
			next = &g->leaf[i];
	return next;
}

bool boost_grow(BoostGrower *g, Tree *tree, const BoostLoss *loss, Control *control, Err *err)
{
	size_t n = g->lines->table->count;
	BoostLeaf *leaf = g->leaf;
	uint64_t sum = 0;

	g->loss = loss;
	boost_numbers(g);
	*leaf = (BoostLeaf){ .end = n, .hist = g->hist };
	for (size_t i = 0; i < n; i++) {
		sum += g->number[i];
		leaf->counted += g->number[i] != 0;
	}
	boost_node(g, leaf, sum);
	g->leaves = 1;
	boost_search(g, leaf, NULL);
	while ((leaf = boost_next(g)))
		if (!control_poll(control, err) || !boost_split(g, leaf, tree, err))
			return false;
	for (size_t i = 0; i < g->leaves; i++)
		if (!boost_leaf(g, &g->leaf[i], tree, err))
			return false;
	return true;
}
