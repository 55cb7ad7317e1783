/* Dropout (Srivastava et al. 2014): y = x/(1 − p), or 0 with probability p.
 *
 * Whether an element is dropped follows from the key and its index alone, by a hash: not from
 * threads, not from the order of calls. The backward pass is the same call on the gradient.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_DROPOUT_H
#define WATTLE_NUM_DROPOUT_H

#include <stddef.h>
#include <stdint.h>

/* What decides one layer's mask in one step. */
typedef struct Dropout {
	uint32_t key[2];
	uint32_t below; /* dropped where the hash is below it: p·2^32 */
	float scale;    /* 1/(1 − p) */
} Dropout;

/* p in [0, 1). layer: another number for each dropout of a model. */
Dropout dropout_step(float p, uint64_t seed, uint64_t step, uint64_t layer);
/* count elements, the first of which is number first of the layer's buffer (all numbers below
 * 2^32). y may be x. features: cpu_features(), or fewer; every level gives the same bits. */
void dropout_run(uint32_t features, const Dropout *dropout, float *y, const float *x, size_t first,
		 size_t count);

#endif
