/* Histograms of gradients, for boosting: sums of first and second derivatives by code, for
 * eight features (a pack) side by side. Private to src/model/trees/.
 *
 * Derivatives are rounded to whole numbers of few bits before they are summed (Shi and others,
 * "Quantized training of gradient boosting decision trees", arXiv 2207.09682), so that both
 * sums are one addition of 64 bits, and no order of rows and no number of threads changes a
 * bit: the upper half of a number is the sum of first derivatives (signed), the lower half that
 * of second ones (never negative); both stay below 2^31.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_TREES_HIST_H
#define WATTLE_MODEL_TREES_HIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/trees/table.h"

#define HIST_PACK 8   /* features */
#define HIST_BLOCK 64 /* features of a block: a row of it is a cache line */
#define HIST_SIZE (TREES_BYTE_CODES * HIST_PACK) /* numbers of a pack's histogram: (codes, 8) */
#define HIST_SUM_MAX 0x7fffffff

/* Codes by blocks of features, (blocks, count, HIST_BLOCK): what rows of a few packs need lies
 * together. Features past the last have code 0. */
typedef struct HistLines {
	const TreesTable *table;
	size_t packs;
	uint8_t *line;
} HistLines;
bool hist_lines(HistLines *out, const TreesTable *table, Pool *pool, Arena *arena, Control *control,
		Err *err);

static inline uint64_t hist_number(int32_t gradient, uint32_t hessian)
{
	return ((uint64_t)(uint32_t)gradient << 32) + hessian;
}
static inline int32_t hist_gradient(uint64_t sum)
{
	return (int32_t)(sum >> 32);
}
static inline int32_t hist_hessian(uint64_t sum)
{
	return (int32_t)(uint32_t)sum;
}

/* Sums of packs first … end − 1 over n rows, number[i] being that of row[i]. hist is that of
 * pack 0; those of the packs are overwritten. */
void hist_sum(const HistLines *lines, size_t first, size_t end, const uint32_t *row,
	      const uint64_t *number, size_t n, uint64_t *hist);

/* A node: what its splits must keep to, in units of the whole numbers. */
typedef struct HistNode {
	uint64_t sum; /* of all its rows */
	float l2;     /* added to second derivatives */
	float least;  /* second derivatives of a side, above 0 */
} HistNode;

/* The best split found: G_L²/(H_L + l2) + G_R²/(H_R + l2), the greater the better; of equals
 * the lowest feature, then the lowest code. */
typedef struct HistBest {
	float score; /* below 0: none */
	uint32_t feature;
	uint32_t code; /* up to it rows go left */
	bool missing;  /* as do those whose value is missing */
} HistBest;
#define HIST_NONE ((HistBest){ .score = -1 })

/* Best splits of one pack. hist: (codes, 8) of the node; other, unless NULL, that of its
 * parent, which becomes that of its sibling. */
void hist_best(const HistLines *lines, uint32_t features, size_t pack, uint64_t *hist,
	       const HistNode *node, HistBest *best, uint64_t *other, const HistNode *sibling,
	       HistBest *sibling_best);
/* Whether a is to be preferred. */
bool hist_better(const HistBest *a, const HistBest *b);
/* Sums of the left side. */
uint64_t hist_left(const HistLines *lines, const uint64_t *hist, const HistBest *split);

#endif
