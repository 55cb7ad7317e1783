/* What the benchmarks of kernels share: random numbers, and memory that ends the program when it is
 * short. main makes both.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_TAKE_H
#define WATTLE_TESTS_TAKE_H

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/random.h"

static Random source;
static Arena *arena;
static Err err;

static inline void *take(size_t count, size_t size)
{
	void *p = arena_take(arena, count, size, &err);

	if (!p) {
		fprintf(stderr, "%s\n", err.text);
		exit(5);
	}
	return p;
}

#endif
