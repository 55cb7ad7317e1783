/* bfloat16: the upper half of an f32, and the forms in which matrix products read it.
 *
 * Products take the numbers two at a time along the dimension that is summed. Such a pair is one
 * word: the even number in its lower half, the odd one (0 past the end) in its upper half.
 * Every level gives the same bits: nearest even; numbers below 2^-126 become 0 of their sign, as
 * VCVTNEPS2BF16 has it; what is not a number stays so.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_BF16_H
#define WATTLE_NUM_BF16_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t bf16_from_f32(float x)
{
	uint32_t bits, rounded;

	memcpy(&bits, &x, sizeof bits);
	rounded = bits + 0x7fff + (bits >> 16 & 1);
	if ((bits & 0x7fffffff) > 0x7f800000)
		rounded = bits | 0x400000;
	if ((bits & 0x7f800000) == 0)
		rounded = bits & 0x80000000;
	return (uint16_t)(rounded >> 16);
}

static inline float bf16_to_f32(uint16_t x)
{
	uint32_t bits = (uint32_t)x << 16;
	float y;

	memcpy(&y, &bits, sizeof y);
	return y;
}

/* The two numbers of a pair. */
static inline float bf16_even(uint32_t pair)
{
	return bf16_to_f32((uint16_t)pair);
}

static inline float bf16_odd(uint32_t pair)
{
	return bf16_to_f32((uint16_t)(pair >> 16));
}

/* out (rows,⌈n/2⌉) of x (rows,n): pairs of neighbours in a row. */
void bf16_pair_columns(uint32_t features, const float *x, size_t x_ld, size_t rows, size_t n,
		       uint32_t *out);
/* out (⌈rows/2⌉,n) with row stride out_ld of x (rows,n): each pair from two rows. */
void bf16_pair_rows(uint32_t features, const float *x, size_t x_ld, size_t rows, size_t n,
		    uint32_t *out, size_t out_ld);

/* b (k,n), or stored (n,k) when transposed, as the right operand of a product: panels of
 * neighbouring columns (BF16_LANES·BF16_VECTORS at most, whole vectors, 0 past the last column),
 * each (⌈k/2⌉,columns) pairs. 64-byte aligned. */
enum { BF16_LANES = 16, BF16_VECTORS = 3 };
static inline size_t bf16_panels_words(size_t k, size_t n)
{
	return (k + 1) / 2 * ((n + BF16_LANES - 1) / BF16_LANES * BF16_LANES);
}
void bf16_panels(uint32_t features, bool transposed, size_t k, size_t n, const float *b, size_t ldb,
		 uint32_t *out);

#endif
