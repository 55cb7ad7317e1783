/* The rows of a fit as one matrix that is read row by row where it lies: bytes, floats or sparse.
 * Private to the fits of src/model/.
 *
 * Products sum in f32 in an order that depends on the number of features alone, so that nobody sees
 * how many threads there are.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_LINEAR_DESIGN_H
#define WATTLE_MODEL_LINEAR_DESIGN_H

#include <stddef.h>
#include <stdint.h>

#include "data/dataset.h"

/* All borrowed. Of bytes, features are byte · scale; else scale is 1. */
typedef struct Design {
	DatasetForm form;
	size_t rows, features;
	const uint8_t *bytes; /* (…, features) */
	const float *floats;  /* (…, features) */
	const Sparse *sparse;
	float scale;
	const uint32_t *index; /* (rows) where a row lies; NULL: first, first + 1, … */
	size_t first;
	uint32_t cpu; /* cpu_features() */
} Design;

Design design_of_rows(const Rows *rows);
/* x (rows, features) without padding. */
Design design_of_floats(const float *x, size_t rows, size_t features);

/* Σ w_j·x_j of row i. */
float design_dot(const Design *design, size_t i, const float *w);
/* w += step·x of row i. */
void design_add(const Design *design, size_t i, float step, float *w);
/* Σ x_j² of row i. */
double design_square(const Design *design, size_t i);
/* Row i is on its way into the second-level cache. */
void design_fetch(const Design *design, size_t i);

static inline size_t design_at(const Design *design, size_t i)
{
	return design->index ? design->index[i] : design->first + i;
}

#endif
