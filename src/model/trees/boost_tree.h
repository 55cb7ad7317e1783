/* One tree of a boosted model. Private to src/model/trees/.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_TREES_BOOST_TREE_H
#define WATTLE_MODEL_TREES_BOOST_TREE_H

#include "model/trees/boost.h"
#include "model/trees/hist.h"

typedef struct BoostGrower BoostGrower;
BoostGrower *boost_grower_new(const HistLines *lines, const BoostOptions *options, Pool *pool,
			      Arena *arena, Err *err);

/* Derivatives of the loss in each row, for one output; key: for the draws of rounding. */
typedef struct BoostLoss {
	const float *gradient, *hessian; /* (count); hessian NULL: 1 */
	uint64_t key;
	float *score; /* of row i: score[i · stride] */
	size_t stride;
} BoostLoss;

/* Fills an empty tree of one value, and adds its values to the scores. */
bool boost_grow(BoostGrower *grower, Tree *tree, const BoostLoss *loss, Control *control, Err *err);

#endif
