/* Growing one tree, node by node from the root, left side first.
 *
 * The rows of a node are a range of one list. Looking up a few rows all over columns as long as
 * the dataset misses the caches at every code, so the rows of a node are copied side by side
 * into a block of their own, for all nodes below it: where all features are looked at, each
 * time half of the rows are gone; where few are, once, when the block fits the cache.
 * SPDX-License-Identifier: MIT */
#include "model/trees/grow.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define GROW_CACHE ((size_t)512 * 1024) /* half of a second-level cache */
#define GROW_LINES 64                   /* rows that are copied at once */
/* Rows that are looked at between two calls of the watch, at most. */
#define GROW_POLL 4000000

typedef struct GrowNode {
	size_t begin, end;
	unsigned depth;
	const uint8_t
		*block;   /* where the codes of its rows are: (features, ld); NULL: in the table */
	size_t ld, used;  /* used: bytes of blocks up to the end of this one */
	size_t constants; /* features known to be constant: the first ones of `feature` */
	uint32_t into;    /* where the reference goes: 0 the root, 1 + entry of child */
} GrowNode;

struct Grower {
	const TreesTable *table;
	GrowOptions options;
	size_t classes;
	SplitWork work;
	uint32_t *row, *row_more; /* (rows) of the nodes, in their block; and while one is parted */
	uint32_t *id, *id_more;   /* the same in the table; NULL without blocks */
	uint32_t *tag, *tag_more; /* the same of classes */
	SplitSum *sum, *sum_more; /* or of targets */
	uint8_t *right;           /* (rows) of a node that is parted */
	uint16_t *drawn;          /* (rows) how often, of bootstrap */
	uint32_t *feature;        /* (features) the order in which they are drawn */
	uint32_t *count;          /* (lanes) classes of the node */
	uint8_t *blocks;          /* one behind the other, while a node below them is to be done */
	size_t blocks_max;        /* bytes; 0: rows stay where they are */
	size_t block_rows;        /* most rows of a block */
	bool block_again;         /* blocks are made from the rows of blocks */
	double mean;              /* of the targets: taken off them */
	double squares;           /* Σ y² of the node */
	SplitNode node;
	GrowNode stack[TREE_DEPTH_MAX + 2];
	size_t todo;
	uint64_t since; /* the last poll */
};

/* --- memory ----------------------------------------------------------------------------------- */

static bool grower_take_rows(Grower *g, Arena *arena, Err *err)
{
	size_t n = g->table->count;

	g->row = arena_take(arena, n, sizeof *g->row, err);
	g->row_more = arena_take(arena, n, sizeof *g->row, err);
	g->right = arena_take(arena, n, 1, err);
	g->drawn = arena_take(arena, n, sizeof *g->drawn, err);
	if (g->classes) {
		g->tag = arena_take(arena, n, sizeof *g->tag, err);
		g->tag_more = arena_take(arena, n, sizeof *g->tag, err);
	} else {
		g->sum = arena_take(arena, n, sizeof *g->sum, err);
		g->sum_more = arena_take(arena, n, sizeof *g->sum, err);
	}
	return g->row && g->row_more && g->right && g->drawn && (g->tag || g->sum) &&
	       (g->tag_more || g->sum_more);
}

/* Each block has at most half of the rows of the one that it is made from, or of all. */
static bool grower_take_blocks(Grower *g, Arena *arena, Err *err)
{
	size_t features = g->table->features, n = g->table->count, ld = GROW_CACHE / features;

	if (g->table->rows->set->form != DATASET_BYTES || features * n < 2 * GROW_CACHE)
		return true;
	bool many = g->options.features >= features / 4;

	g->block_again = many;
	g->block_rows = many ? n / 2 : ld;
	g->blocks_max = features * (many ? n + GROW_LINES * TREE_DEPTH_MAX : ld + GROW_LINES);
	g->blocks = arena_take(arena, g->blocks_max, 1, err);
	g->id = arena_take(arena, n, sizeof *g->id, err);
	g->id_more = arena_take(arena, n, sizeof *g->id, err);
	return g->blocks && g->id && g->id_more;
}

Grower *grower_new(const TreesTable *table, const GrowOptions *options, const double *xlogx,
		   Arena *arena, Err *err)
{
	Grower *g = arena_take(arena, 1, sizeof *g, err);

	if (!g)
		return NULL;
	g->table = table;
	g->options = *options;
	g->classes = table->rows->set->classes;
	if (!split_work(&g->work, options->criterion, options->random, g->classes, table, xlogx,
			arena, err) ||
	    !grower_take_rows(g, arena, err) || !grower_take_blocks(g, arena, err))
		return NULL;
	g->feature = arena_take(arena, table->features, sizeof *g->feature, err);
	g->count = arena_take(arena, g->work.lanes + 1, sizeof *g->count, err);
	return g->feature && g->count ? g : NULL;
}

/* --- rows ------------------------------------------------------------------------------------- */

static void grow_draw(Grower *g, Random *random)
{
	size_t n = g->table->count;

	if (!g->options.bootstrap) {
		for (size_t i = 0; i < n; i++)
			g->drawn[i] = 1;
		return;
	}
	memset(g->drawn, 0, n * sizeof *g->drawn);
	for (size_t i = 0; i < n; i++) {
		uint16_t *drawn = &g->drawn[random_below(random, n)];

		*drawn = (uint16_t)(*drawn + (*drawn < UINT16_MAX));
	}
}

/* The list of the rows that were drawn. Targets lose their mean, so that sums of squares keep their
 * digits. */
static size_t grow_rows(Grower *g)
{
	const Rows *rows = g->table->rows;
	size_t n = 0;
	double sum = 0, weight = 0;

	for (size_t i = 0; i < g->table->count; i++) {
		if (!g->drawn[i])
			continue;
		g->row[n] = (uint32_t)i;
		if (g->id)
			g->id[n] = (uint32_t)i;
		if (g->classes) {
			g->tag[n] = split_tag(rows_label(rows, i), g->drawn[i]);
		} else {
			sum += g->drawn[i] * (double)rows_target(rows, i);
			weight += g->drawn[i];
			g->sum[n] = (SplitSum){ (double)rows_target(rows, i), g->drawn[i] };
		}
		n++;
	}
	g->mean = g->classes ? 0 : sum / weight;
	for (size_t i = 0; !g->classes && i < n; i++)
		g->sum[i].sum = (g->sum[i].sum - g->mean) * g->sum[i].weight;
	return n;
}

/* Whether the rows of a node should be brought together. */
static bool grow_scattered(const Grower *g, const GrowNode *at)
{
	size_t n = at->end - at->begin, features = g->table->features;

	if (n > g->block_rows)
		return false;
	if (!at->block)
		return true;
	return g->block_again && at->ld * features > GROW_CACHE && n <= at->ld / 2;
}

static void grow_block(Grower *g, GrowNode *at)
{
	size_t n = at->end - at->begin, features = g->table->features;
	size_t ld = (n + GROW_LINES - 1) / GROW_LINES * GROW_LINES;
	uint8_t *block = g->blocks + at->used;

	assert(at->used + features * ld <= g->blocks_max);
	for (size_t i = 0; i < n; i += GROW_LINES) {
		const uint8_t *line[GROW_LINES];
		size_t lines = n - i < GROW_LINES ? n - i : GROW_LINES;

		for (size_t k = 0; k < lines; k++)
			line[k] = trees_line(g->table, g->id[at->begin + i + k]);
		trees_transpose(line, lines, features, block + i, ld);
	}
	for (size_t i = 0; i < n; i++)
		g->row[at->begin + i] = (uint32_t)i;
	at->block = block;
	at->ld = ld;
	at->used += features * ld;
}

/* Columns of the rows of the node. */
static void grow_column(Grower *g, const GrowNode *at, uint32_t feature)
{
	SplitNode *node = &g->node;
	const TreesTable *table = g->table;

	node->column = &table->column[feature];
	node->codes = node->column->codes;
	node->byte = NULL;
	if (at->block)
		node->byte = at->block + feature * at->ld;
	else if (table->byte)
		node->byte = table->byte + feature * table->ld;
	else
		node->word = table->word + feature * table->ld;
}

/* A list of the node's rows: those for the left side in front, each side in its order. */
static void part_words(uint32_t *list, uint32_t *more, const uint8_t *right, size_t n)
{
	size_t l = 0, r = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t value = list[i];

		more[r] = value;
		list[l] = value;
		r += right[i];
		l += !right[i];
	}
	memcpy(list + l, more, r * sizeof *list);
}

static void part_sums(SplitSum *list, SplitSum *more, const uint8_t *right, size_t n)
{
	size_t l = 0, r = 0;

	for (size_t i = 0; i < n; i++) {
		SplitSum value = list[i];

		more[r] = value;
		list[l] = value;
		r += right[i];
		l += !right[i];
	}
	memcpy(list + l, more, r * sizeof *list);
}

/* Rows up to the code stay in front; returns where the others begin. */
static size_t grow_part(Grower *g, const GrowNode *at, const SplitFound *split)
{
	size_t n = at->end - at->begin, left = at->begin;
	uint32_t *row = g->row + at->begin;

	grow_column(g, at, split->feature);
	for (size_t i = 0; i < n; i++) {
		unsigned code = g->node.byte ? g->node.byte[row[i]] : g->node.word[row[i]];

		g->right[i] = code > split->left;
		left += code <= split->left;
	}
	part_words(row, g->row_more, g->right, n);
	if (g->id)
		part_words(g->id + at->begin, g->id_more, g->right, n);
	if (g->tag)
		part_words(g->tag + at->begin, g->tag_more, g->right, n);
	else
		part_sums(g->sum + at->begin, g->sum_more, g->right, n);
	return left;
}

/* --- nodes ------------------------------------------------------------------------------------ */

/* Counts the node's rows; whether all are of one class, or have one target. */
static bool grow_look_classes(Grower *g)
{
	SplitNode *node = &g->node;
	uint32_t most = 0;

	memset(g->count, 0, g->work.lanes * sizeof *g->count);
	for (size_t i = 0; i < node->n; i++)
		g->count[node->tag[i] & 0xffff] += node->tag[i] >> 16;
	node->weight = node->squares = 0;
	for (size_t c = 0; c < g->classes; c++) {
		uint64_t count = g->count[c];

		node->weight += count;
		node->squares += count * count;
		most = g->count[c] > most ? g->count[c] : most;
	}
	return most == node->weight;
}

static bool grow_look_targets(Grower *g)
{
	SplitNode *node = &g->node;
	double first = node->sum[0].sum / node->sum[0].weight, weight = 0;
	bool same = true;

	node->total = g->squares = 0;
	for (size_t i = 0; i < node->n; i++) {
		double y = node->sum[i].sum / node->sum[i].weight;

		same = same && y == first;
		node->total += node->sum[i].sum;
		g->squares += node->sum[i].sum * y;
		weight += node->sum[i].weight;
	}
	node->weight = (uint64_t)weight;
	return same;
}

static bool grow_look(Grower *g, const GrowNode *at)
{
	g->node.n = at->end - at->begin;
	g->node.row = g->row + at->begin;
	g->node.count = g->count;
	g->node.min_leaf = g->options.min_leaf;
	g->node.tag = g->tag ? g->tag + at->begin : NULL;
	g->node.sum = g->sum ? g->sum + at->begin : NULL;
	return g->classes ? grow_look_classes(g) : grow_look_targets(g);
}

/* Weight · impurity. */
static double grow_cost(const Grower *g)
{
	double n = (double)g->node.weight, cost = 0;

	if (!g->classes)
		return g->squares - g->node.total * g->node.total / n;
	if (g->options.criterion == SPLIT_GINI)
		return n - (double)g->node.squares / n;
	for (size_t c = 0; c < g->classes; c++)
		if (g->count[c])
			cost -= g->count[c] * log(g->count[c] / n);
	return cost;
}

static bool grow_leaf(const Grower *g, Tree *tree, uint32_t *ref, Err *err)
{
	long leaf = tree_add_leaf(tree, err);

	if (leaf < 0)
		return false;
	double n = (double)g->node.weight;
	float *value = tree->value + (size_t)leaf * tree->values;

	for (size_t c = 0; c < g->classes; c++)
		value[c] = (float)(g->count[c] / n);
	if (!g->classes)
		value[0] = (float)(g->mean + g->node.total / n);
	tree->weight[leaf] = n;
	tree->leaf_cost[leaf] = grow_cost(g);
	*ref = TREE_LEAF | (uint32_t)leaf;
	return true;
}

static bool grow_poll(Grower *g, GrowWatch *watch, Err *err)
{
	g->since += g->node.n + TREES_BYTE_CODES;
	if (g->since < GROW_POLL || !watch)
		return true;
	g->since = 0;
	return watch->poll(watch, err);
}

/* Draws features, as many as are asked for, and more until one is not constant. What is known to be
 * constant stands in front and counts when it is drawn. */
static bool grow_search(Grower *g, GrowNode *at, SplitFound *best, Random *random, GrowWatch *watch,
			Err *err)
{
	size_t features = g->table->features, known = at->constants, found = known, drawn = 0;
	size_t end = features, tried = 0, constant = 0;

	*best = (SplitFound){ .score = -1e300, .feature = UINT32_MAX };
	g->node.ties = g->options.ties ? (uint32_t)random_u64(random) | 1 : 0;
	/* [drawn, known): constant, to be drawn, whichever they are; they stay in their places,
	 * for they are so in the other child of the parent too. [known, found): found to be
	 * constant here. [found, end): others that were not drawn. */
	while (end > found && (tried < g->options.features || tried <= constant)) {
		size_t left = end - drawn - (found - known), i = drawn;
		bool all = g->options.features == features;

		tried++;
		i += all ? left - 1 : (size_t)random_below(random, left);
		if (i < known) {
			drawn++;
			constant++;
			continue;
		}
		i += found - known;
		uint32_t feature = g->feature[i];

		grow_column(g, at, feature);
		if (g->options.random)
			g->node.at = random_unit(random);
		if (split_find(&g->work, &g->node, feature, best) == SPLIT_CONSTANT) {
			g->feature[i] = g->feature[found];
			g->feature[found++] = feature;
			constant++;
		} else {
			g->feature[i] = g->feature[--end];
			g->feature[end] = feature;
		}
		if (!grow_poll(g, watch, err))
			return false;
	}
	at->constants = found;
	return true;
}

static void grow_push(Grower *g, const GrowNode *from, size_t begin, size_t end, uint32_t into)
{
	assert(g->todo < sizeof g->stack / sizeof *g->stack);
	g->stack[g->todo] = *from;
	g->stack[g->todo].begin = begin;
	g->stack[g->todo].end = end;
	g->stack[g->todo].depth++;
	g->stack[g->todo++].into = into;
}

static bool grow_node(Grower *g, GrowNode *at, Tree *tree, Random *random, GrowWatch *watch,
		      Err *err)
{
	bool pure = grow_look(g, at);
	uint32_t ref = 0;
	SplitFound best = { .feature = UINT32_MAX };

	if (!pure && at->depth < g->options.depth && g->node.weight >= g->options.min_split &&
	    g->node.weight >= 2 * g->options.min_leaf) {
		if (grow_scattered(g, at))
			grow_block(g, at);
		if (!grow_search(g, at, &best, random, watch, err))
			return false;
	}
	if (best.feature == UINT32_MAX) {
		if (!grow_leaf(g, tree, &ref, err))
			return false;
	} else {
		long split = tree_add_split(tree, best.feature, best.cut, err);

		if (split < 0)
			return false;
		ref = (uint32_t)split;
		tree->split_cost[split] = grow_cost(g);
		size_t middle = grow_part(g, at, &best);

		grow_push(g, at, middle, at->end, 2 + 2 * ref);
		grow_push(g, at, at->begin, middle, 1 + 2 * ref);
	}
	if (at->into == 0)
		tree->root = ref;
	else
		tree->child[at->into - 1] = ref;
	return true;
}

bool grower_grow(Grower *g, Tree *tree, Random *random, GrowWatch *watch, Err *err)
{
	size_t n;

	grow_draw(g, random);
	n = grow_rows(g);
	for (size_t f = 0; f < g->table->features; f++)
		g->feature[f] = (uint32_t)f;
	g->stack[0] = (GrowNode){ .end = n };
	g->todo = 1;
	while (g->todo > 0) {
		GrowNode at = g->stack[--g->todo];

		if (!grow_node(g, &at, tree, random, watch, err))
			return false;
	}
	return true;
}
