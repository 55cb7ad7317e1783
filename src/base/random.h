/* Seeded random numbers: xoshiro256++ (Blackman and Vigna, arXiv 1805.01407), its state filled by
 * splitmix64.
 *
 * The same seed and stream give the same numbers on every machine: integers and floats are made
 * from the generator's bits by the rules below, with no call into libm but for random_normal.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_BASE_RANDOM_H
#define WATTLE_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

typedef struct Random {
	uint64_t state[4];
} Random;

/* What a stream is for. Streams of one seed are independent, so that drawing more weights does not
 * change the order of the rows. */
enum {
	RANDOM_WEIGHTS = 1,
	RANDOM_ROWS = 2,
	RANDOM_SPLIT = 3,
	RANDOM_ORDER = 4,  /* of arms in a block */
	RANDOM_SCRIPT = 5, /* math.random of a script */
	RANDOM_TECHNIQUE = 6,
	RANDOM_SAMPLE = 7,     /* rows drawn from a view */
	RANDOM_DATA = 8,       /* generated datasets */
	RANDOM_CONDITIONS = 9, /* their order in a block */
	RANDOM_LAYOUT = 10,    /* what is put into a program's environment */
	RANDOM_PROPERTY = 11,  /* cases of a check; the low byte, the case above it */
};

void random_init(Random *random, uint64_t seed, uint64_t stream);
uint64_t random_u64(Random *random);
/* Uniform in 0 … bound − 1 without bias (Lemire, arXiv 1805.10941); bound ≥ 1. */
uint64_t random_below(Random *random, uint64_t bound);
/* Uniform in [0, 1): the upper 53 bits. */
double random_unit(Random *random);
/* Uniform in [low, high): the upper 24 bits. */
float random_uniform(Random *random, float low, float high);
/* Standard normal, Box-Muller. */
double random_normal(Random *random);
/* Fisher-Yates over n indices, in place. */
void random_shuffle(Random *random, uint32_t *index, size_t n);

#endif
