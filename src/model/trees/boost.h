/* Gradient boosting with histograms: trees grown leaf by leaf, the best first. Private to
 * src/model/trees/ and the kinds that grow trees.
 *
 * Losses: cross-entropy of the softmax (a tree for each class and round) or, for two classes,
 * of the logistic function (one tree), squared error for numbers. Friedman, "Greedy function
 * approximation", 2001; Chen and Guestrin, arXiv 1603.02754; Ke and others, "LightGBM", 2017.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_TREES_BOOST_H
#define WATTLE_MODEL_TREES_BOOST_H

#include "base/control.h"
#include "model/model.h"
#include "model/trees/table.h"
#include "model/trees/tree.h"

typedef struct BoostOptions {
	size_t rounds, leaves; /* leaves ≥ 2 */
	unsigned depth;        /* 1 … TREE_DEPTH_MAX */
	float rate;
	double l2;
	double min_weight; /* Σ second derivatives of a leaf */
	double min_leaf;   /* rows of a leaf: its share of the second derivatives times the rows */
	unsigned levels;   /* whole numbers on either side of 0 that derivatives are rounded to */
	uint64_t seed;
	size_t patience; /* 0: off; else valid is given */
	const Rows *valid;
} BoostOptions;

/* Tree t adds to output t % outputs. */
typedef struct Boost {
	size_t outputs, trees;
	Tree *tree;
	float *base; /* (outputs) */
} Boost;

/* table: codes in bytes. On success and failure the caller gives it back with boost_done. A
 * "stop" of control ends it after a whole round. The same bits whatever the threads. */
bool boost_fit(Boost *out, const TreesTable *table, const BoostOptions *options, Pool *pool,
	       FitWatch *watch, Control *control, Err *err);
void boost_done(Boost *boost);

#endif
