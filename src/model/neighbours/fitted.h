/* Fitted models of neighbours, as fits make them and techniques change them: one layer, which holds
 * rows as they came (f32) or as bytes.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_NEIGHBOURS_FITTED_H
#define WATTLE_MODEL_NEIGHBOURS_FITTED_H

#include "model/model.h"
#include "model/neighbours/neighbours.h"

/* Spans of the layer in their order: the references (count, features), the label or target of each,
 * the offset of each feature, and of bytes their scale. */
enum { NEIGHBOURS_TABLE, NEIGHBOURS_ANSWER, NEIGHBOURS_OFFSET, NEIGHBOURS_SCALE };

/* Layer.own. */
enum {
	NEIGHBOURS_OWN_COUNT,
	NEIGHBOURS_OWN_K,
	NEIGHBOURS_OWN_FORM,
	NEIGHBOURS_OWN_VOTES, /* of NEIGHBOURS_BY_DISTANCE, NEIGHBOURS_NUMBERS */
};
enum { NEIGHBOURS_BY_DISTANCE = 1, NEIGHBOURS_NUMBERS = 2 };

/* What such a model is, and its numbers, borrowed from it. */
typedef struct NeighboursFitted {
	NeighboursForm form;
	size_t count, features, k;
	size_t classes;     /* 0: numbers */
	bool by_distance;   /* what a vote counts */
	const void *table;  /* u8 or f32 */
	const void *answer; /* u16 labels, or f32 targets */
	const float *offset;
	float scale; /* of bytes */
} NeighboursFitted;

/* False when the model is none of neighbours. */
bool neighbours_fitted(NeighboursFitted *out, const Model *model);
/* Makes the model one of this form and these sizes, all its numbers 0. ERR_ARGUMENT: k is above
 * count. */
bool neighbours_restart(Model *model, const NeighboursFitted *like, Err *err);
/* Where its numbers are: of a span by its place in the layer. */
void *neighbours_span(Model *model, size_t at);
/* Features of a count of rows in f32 become bytes: offsets (features) are the least values, the
 * result is the scale with which the widest range is 255. */
float neighbours_byte_scale(const float *low, const float *high, size_t features);

#endif
