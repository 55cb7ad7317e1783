/* Arenas: a list of chunks, filled in order; a rewind keeps the chunks behind the mark.
 * SPDX-License-Identifier: MIT */
#include "base/arena.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_CHUNK_BYTES ((size_t)1 << 20)

/* The blocks follow the header, which takes ARENA_ALIGN bytes. */
typedef struct Chunk Chunk;
struct Chunk {
	Chunk *next;
	size_t size; /* of the blocks, a multiple of ARENA_ALIGN */
	size_t used;
};

struct Arena {
	Chunk *first, *current; /* chunks behind current are free for reuse */
	size_t chunk_bytes;
};

_Static_assert(sizeof(Chunk) <= ARENA_ALIGN, "the chunk header must fit its place");

static Chunk *chunk_new(size_t size)
{
	size_t bytes;

	if (!size_add(size, ARENA_ALIGN, &bytes))
		return NULL;
	Chunk *chunk = aligned_alloc(ARENA_ALIGN, bytes);
	if (chunk)
		*chunk = (Chunk){ .size = size };
	return chunk;
}

Arena *arena_new(size_t chunk_bytes, Err *err)
{
	size_t size;
	Arena *arena = calloc(1, sizeof *arena);

	if (!arena)
		goto fail;
	if (chunk_bytes == 0)
		chunk_bytes = ARENA_CHUNK_BYTES;
	if (!size_align(chunk_bytes, ARENA_ALIGN, &size))
		goto fail;
	arena->chunk_bytes = size;
	arena->first = arena->current = chunk_new(size);
	if (!arena->first)
		goto fail;
	return arena;
fail:
	free(arena);
	err_set(err, ERR_MEMORY, "no memory for an arena of %zu bytes", chunk_bytes);
	return NULL;
}

void arena_free(Arena *arena)
{
	if (!arena)
		return;
	for (Chunk *chunk = arena->first; chunk;) {
		Chunk *next = chunk->next;

		free(chunk);
		chunk = next;
	}
	free(arena);
}

/* Makes current the first chunk from here on that has room. A new one goes right behind current, so
 * that the same takes after a rewind walk the same chunks. */
static bool arena_room(Arena *arena, size_t bytes)
{
	if (arena->current->size - arena->current->used >= bytes)
		return true;
	for (Chunk *chunk = arena->current->next; chunk; chunk = chunk->next) {
		if (chunk->size < bytes)
			continue;
		chunk->used = 0;
		arena->current = chunk;
		return true;
	}
	Chunk *chunk = chunk_new(bytes > arena->chunk_bytes ? bytes : arena->chunk_bytes);

	if (!chunk)
		return false;
	chunk->next = arena->current->next;
	arena->current->next = chunk;
	arena->current = chunk;
	return true;
}

void *arena_take(Arena *arena, size_t count, size_t size, Err *err)
{
	size_t bytes;

	if (!size_mul(count, size, &bytes) || !size_align(bytes ? bytes : 1, ARENA_ALIGN, &bytes) ||
	    !arena_room(arena, bytes)) {
		err_set(err, ERR_MEMORY, "no memory for %zu items of %zu bytes", count, size);
		return NULL;
	}
	Chunk *chunk = arena->current;
	char *block = (char *)chunk + ARENA_ALIGN + chunk->used;

	chunk->used += bytes;
	return memset(block, 0, bytes);
}

char *arena_dup_text(Arena *arena, const char *text, Err *err)
{
	size_t bytes = strlen(text) + 1;
	char *copy = arena_take(arena, bytes, 1, err);

	return copy ? memcpy(copy, text, bytes) : NULL;
}

ArenaMark arena_mark(const Arena *arena)
{
	return (ArenaMark){ .chunk = arena->current, .used = arena->current->used };
}

void arena_rewind(Arena *arena, ArenaMark mark)
{
	Chunk *chunk = mark.chunk;

	assert(chunk && mark.used <= chunk->size);
	arena->current = chunk;
	chunk->used = mark.used;
}
