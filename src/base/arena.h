/* Arenas: memory for one experiment, or for one step, given back all at once.
 *
 * Every block is 64-byte aligned and zeroed. An arena grows by chunks; what it handed out never
 * moves. The arena owns all that is taken from it; arena_free gives everything back. Not for use by
 * two threads.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_BASE_ARENA_H
#define WATTLE_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define ARENA_ALIGN 64

typedef struct Arena Arena;

/* A point to rewind to. Plain data, valid until the arena is freed or rewound before it. */
typedef struct ArenaMark {
	void *chunk;
	size_t used;
} ArenaMark;

/* NULL and ERR_MEMORY when the first chunk of chunk_bytes (0: 1 MiB) cannot be had. */
Arena *arena_new(size_t chunk_bytes, Err *err);
void arena_free(Arena *arena);

/* count × size bytes, the product checked; NULL and ERR_MEMORY when refused. A count of 0 gives a
 * valid pointer. */
void *arena_take(Arena *arena, size_t count, size_t size, Err *err);
char *arena_dup_text(Arena *arena, const char *text, Err *err);

ArenaMark arena_mark(const Arena *arena);
/* Chunks after the mark are kept for reuse, so that a loop that rewinds allocates nothing. */
void arena_rewind(Arena *arena, ArenaMark mark);

/* Checked sizes, for everything that comes from a file or a script. False when the result does not
 * fit. */
static inline bool size_mul(size_t a, size_t b, size_t *out)
{
	return !__builtin_mul_overflow(a, b, out);
}

static inline bool size_add(size_t a, size_t b, size_t *out)
{
	return !__builtin_add_overflow(a, b, out);
}

/* Rounds up to a multiple of align, a power of two. */
static inline bool size_align(size_t a, size_t align, size_t *out)
{
	if (!size_add(a, align - 1, out))
		return false;
	*out &= ~(align - 1);
	return true;
}

#endif
