/* The best split of a node by one feature, found by counting: exact over all codes. Private to
 * src/model/trees/.
 *
 * Scores (greater is better; L and R are the rows on both sides, n their weights, n_c those of
 * a class):
 *   gini, variance   Σ_c L_c²/n_L + Σ_c R_c²/n_R, or (Σ_L y)²/n_L + (Σ_R y)²/n_R: the decrease of
 *                    impurity but for what is the same for all splits of a node
 *   entropy          Σ_c L_c ln L_c − n_L ln n_L, and the same of R
 * (Breiman, Friedman, Olshen and Stone, "Classification and regression trees", 1984). Class
 * counts are added up in whole numbers, so that no order of rows or features changes a score.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_TREES_SPLIT_H
#define WATTLE_MODEL_TREES_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "model/trees/table.h"

#define SPLIT_LANES 16 /* classes are counted in rows of so many */

typedef enum SplitCriterion { SPLIT_GINI, SPLIT_ENTROPY, SPLIT_VARIANCE } SplitCriterion;

/* Weighted target of a row, and sums of them. */
typedef struct SplitSum {
	double sum, weight;
} SplitSum;

/* Class and weight of a row in one number. */
static inline uint32_t split_tag(uint32_t class, uint32_t weight)
{
	return weight << 16 | class;
}

/* The rows of a node: of row i the code is column[row[i]]. */
typedef struct SplitNode {
	const uint8_t *byte; /* column of the feature that is looked at; NULL: word */
	const uint16_t *word;
	unsigned codes; /* of that column */
	const uint32_t *row;
	const uint32_t *tag; /* classification */
	const SplitSum *sum; /* regression */
	size_t n;
	uint64_t weight;       /* of all rows */
	uint64_t squares;      /* Σ_c count_c² */
	const uint32_t *count; /* (lanes) of each class */
	double total;          /* Σ y */
	uint64_t min_leaf;     /* least weight of a side */
	double at;             /* [0, 1): where a random split cuts the range of values */
	uint32_t ties; /* of equal splits: 0 that of the lowest feature, else this draws one */
	const TreesColumn *column; /* of the feature */
} SplitNode;

typedef struct SplitFound {
	double score;
	uint32_t feature;
	unsigned left; /* rows up to this code go left: … */
	float cut;     /* … those whose value is at most this */
} SplitFound;

/* Working memory of one thread. Counts are 0 between two calls. */
typedef struct SplitWork {
	SplitCriterion criterion;
	bool random;
	size_t lanes;             /* of classes; a multiple of SPLIT_LANES */
	uint32_t *count;          /* (codes, lanes) */
	SplitSum *sum;            /* (codes) */
	uint8_t *touched, *group; /* which codes, and which 256 of them, are there */
	const double *xlogx;      /* (weight + 1) of entropy */
	uint32_t features;        /* of cpu.h */
} SplitWork;

/* classes: 0 for regression. xlogx (weight + 1) is shared by threads. */
bool split_work(SplitWork *out, SplitCriterion criterion, bool random, size_t classes,
		const TreesTable *table, const double *xlogx, Arena *arena, Err *err);
/* x ln x of 0 … weight. */
double *split_xlogx(size_t weight, Arena *arena, Err *err);

typedef enum SplitResult { SPLIT_CONSTANT, SPLIT_NONE, SPLIT_BETTER } SplitResult;
/* Takes the best split of the node by its column into *best when it beats it, or equals its score and
 * has a lower feature, or a luckier one (SplitNode.ties): whatever the order in which the features
 * are looked at. CONSTANT: all rows have the same code. */
SplitResult split_find(const SplitWork *work, const SplitNode *node, uint32_t feature,
		       SplitFound *best);

#endif
