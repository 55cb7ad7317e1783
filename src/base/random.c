/* Seeded random numbers: xoshiro256++ and what is drawn from it.
 * SPDX-License-Identifier: MIT */
#include "base/random.h"

#include <assert.h>
#include <math.h>

static const double random_two_pi = 6.283185307179586476925287;

/* Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014. */
static uint64_t splitmix64(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static uint64_t rotate_left(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

/* Seed and stream are mixed one after the other, so that (1, 2) and (2, 1) differ and neighbours
 * share nothing. */
void random_init(Random *random, uint64_t seed, uint64_t stream)
{
	uint64_t x = seed;

	x = splitmix64(&x) ^ stream;
	x = splitmix64(&x);
	for (int i = 0; i < 4; i++)
		random->state[i] = splitmix64(&x);
}

uint64_t random_u64(Random *random)
{
	uint64_t *s = random->state;
	uint64_t out = rotate_left(s[0] + s[3], 23) + s[0];
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate_left(s[3], 45);
	return out;
}

uint64_t random_below(Random *random, uint64_t bound)
{
	assert(bound >= 1);
	unsigned __int128 product = (unsigned __int128)random_u64(random) * bound;

	if ((uint64_t)product < bound) {
		/* The first 2^64 mod bound low words belong to values that would come up once too
		 * often. */
		uint64_t reject = (0 - bound) % bound;

		while ((uint64_t)product < reject)
			product = (unsigned __int128)random_u64(random) * bound;
	}
	return (uint64_t)(product >> 64);
}

double random_unit(Random *random)
{
	return (double)(random_u64(random) >> 11) * 0x1p-53;
}

float random_uniform(Random *random, float low, float high)
{
	float unit = (float)(random_u64(random) >> 40) * 0x1p-24f;
	float value = low + (high - low) * unit;

	/* The sum may round up to high. */
	return value < high ? value : low;
}

double random_normal(Random *random)
{
	double radius = sqrt(-2.0 * log(1.0 - random_unit(random)));

	return radius * cos(random_two_pi * random_unit(random));
}

void random_shuffle(Random *random, uint32_t *index, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = (size_t)random_below(random, i);
		uint32_t swap = index[i - 1];

		index[i - 1] = index[j];
		index[j] = swap;
	}
}
