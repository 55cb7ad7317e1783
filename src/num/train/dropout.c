/* Dropout by counters.
 * SPDX-License-Identifier: MIT */
#include "num/train/dropout.h"

#include "num/simd.h"

/* A permutation of 32 bits that leaves no bias to speak of (lowbias32 of the Hash Prospector by
 * C. Wellons, its best constants). */
SIMD_INLINE uint32_t mix(uint32_t x)
{
	x ^= x >> 16;
	x *= 0x21f0aaadu;
	x ^= x >> 15;
	x *= 0x735a2d97u;
	return x ^ x >> 15;
}

/* splitmix64's output function. */
static uint64_t mix64(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

SIMD_INLINE void dropout_body(float *y, const float *x, size_t count, uint32_t first,
			      Dropout dropout)
{
	SIMD_LOOP
	for (size_t i = 0; i < count; i++) {
		uint32_t at = first + (uint32_t)i;
		uint32_t hash = mix(mix(at ^ dropout.key[0]) + dropout.key[1]);

		y[i] = hash < dropout.below ? 0 : x[i] * dropout.scale;
	}
}
SIMD_LEVELS(dropout, (float *y, const float *x, size_t count, uint32_t first, Dropout dropout),
	    (y, x, count, first, dropout))

Dropout dropout_step(float p, uint64_t seed, uint64_t step, uint64_t layer)
{
	const uint64_t golden = 0x9e3779b97f4a7c15u;
	uint64_t key = mix64(seed + golden);

	key = mix64(key ^ (step + 2 * golden));
	key = mix64(key ^ (layer + 3 * golden));
	return (Dropout){
		.key = { (uint32_t)key, (uint32_t)(key >> 32) },
		.below = (uint32_t)((double)p * 0x1p32),
		.scale = (float)(1 / (1 - (double)p)),
	};
}

void dropout_run(uint32_t features, const Dropout *dropout, float *y, const float *x, size_t first,
		 size_t count)
{
	SIMD_CALL(features, dropout, (y, x, count, (uint32_t)first, *dropout));
}
