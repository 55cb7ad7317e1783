/* How well clusters agree with classes.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_RAND_H
#define WATTLE_MODEL_RAND_H

#include <stddef.h>
#include <stdint.h>

/* The adjusted Rand index of two ways to part n rows, a[i] < a_parts and b[i] < b_parts (Hubert and
 * Arabie 1985): of the pairs of rows the share on which both agree, scaled so that chance is 0 and
 * equal parts are 1; it may be below 0. NaN when memory is short. */
double adjusted_rand(const uint16_t *a, size_t a_parts, const uint16_t *b, size_t b_parts,
		     size_t n);

#endif
