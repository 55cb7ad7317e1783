/* Arenas: alignment, zeroes, stability, rewinding without allocation, refused sizes.
 * SPDX-License-Identifier: MIT */
#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"
#include "alloc_fail.h"

static void blocks_are_aligned_and_zeroed(void **state)
{
	Err err = { 0 };
	Arena *arena = arena_new(1000, &err);

	(void)state;
	assert_non_null(arena);
	for (size_t n = 0; n < 300; n += 7) {
		unsigned char *block = arena_take(arena, n, 1, &err);

		assert_non_null(block);
		assert_int_equal((uintptr_t)block % ARENA_ALIGN, 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(block[i], 0);
		memset(block, 0xa5, n);
	}
	arena_free(arena);
	arena_free(NULL);
}

static void blocks_stay_where_they_are(void **state)
{
	enum { N = 200 };
	Err err = { 0 };
	Arena *arena = arena_new(256, &err);
	uint32_t *blocks[N];

	(void)state;
	for (uint32_t i = 0; i < N; i++) {
		blocks[i] = arena_take(arena, i + 1, sizeof *blocks[i], &err);
		assert_non_null(blocks[i]);
		for (uint32_t j = 0; j <= i; j++)
			blocks[i][j] = i * 1000 + j;
	}
	for (uint32_t i = 0; i < N; i++)
		for (uint32_t j = 0; j <= i; j++)
			assert_int_equal(blocks[i][j], i * 1000 + j);
	char *text = arena_dup_text(arena, "wattle", &err);

	assert_string_equal(text, "wattle");
	arena_free(arena);
}

/* One step of a loop: takes of mixed sizes, some larger than a chunk. */
static void step(Arena *arena, unsigned char *blocks[12])
{
	Err err = { 0 };

	for (size_t i = 0; i < 12; i++) {
		size_t n = i % 4 == 3 ? 5000 : 100 * (i + 1);

		blocks[i] = arena_take(arena, n, 1, &err);
		assert_non_null(blocks[i]);
		for (size_t j = 0; j < n; j++)
			assert_int_equal(blocks[i][j], 0);
		memset(blocks[i], 0xff, n);
	}
}

static void rewinding_allocates_nothing(void **state)
{
	Err err = { 0 };
	Arena *arena = arena_new(1024, &err);
	unsigned char *kept = arena_take(arena, 10, 1, &err), *first[12], *again[12];

	(void)state;
	memset(kept, 7, 10);
	ArenaMark mark = arena_mark(arena);

	step(arena, first);
	size_t calls = alloc_calls;

	for (int i = 0; i < 20; i++) {
		arena_rewind(arena, mark);
		step(arena, again);
		assert_memory_equal(first, again, sizeof first);
	}
	assert_int_equal(alloc_calls, calls);
	/* A different order of sizes may add chunks once, then settles too. */
	for (int i = 0; i < 20; i++) {
		arena_rewind(arena, mark);
		assert_non_null(arena_take(arena, 4000, 1, &err));
		step(arena, again);
		if (i == 0)
			calls = alloc_calls;
	}
	assert_int_equal(alloc_calls, calls);
	for (int i = 0; i < 10; i++)
		assert_int_equal(kept[i], 7);
	arena_free(arena);
}

static void impossible_sizes_are_refused(void **state)
{
	Err err = { 0 };
	Arena *arena = arena_new(0, &err);

	(void)state;
	assert_null(arena_take(arena, SIZE_MAX / 2, 3, &err));
	assert_int_equal(err.code, ERR_MEMORY);
	assert_null(arena_take(arena, SIZE_MAX, 1, &err));
	assert_null(arena_take(arena, SIZE_MAX - 100, 1, &err));
	assert_non_null(arena_take(arena, 0, SIZE_MAX, &err));
	assert_non_null(arena_take(arena, 1, 1, &err));
	arena_free(arena);
	assert_null(arena_new(SIZE_MAX, &err));
	assert_null(arena_new(SIZE_MAX - 127, &err));
}

static void sizes_are_checked(void **state)
{
	size_t out;

	(void)state;
	assert_true(size_mul(1u << 16, 1u << 16, &out));
	assert_false(size_mul(SIZE_MAX, 2, &out));
	assert_false(size_add(SIZE_MAX, 1, &out));
	assert_true(size_align(65, 64, &out));
	assert_int_equal(out, 128);
	assert_true(size_align(0, 64, &out));
	assert_int_equal(out, 0);
	assert_false(size_align(SIZE_MAX - 3, 64, &out));
}

/* Every allocation of a use of the arena is refused once; what was taken before stays usable. */
static void each_refusal_is_reported(void **state)
{
	(void)state;
	for (size_t nth = 0;; nth++) {
		Err err = { 0 };
		size_t taken = 0;

		alloc_fail_after(nth);
		Arena *arena = arena_new(256, &err);

		for (; arena && taken < 10; taken++)
			if (!arena_take(arena, 150, 1, &err))
				break;
		alloc_fail_never();
		if (taken < 10)
			assert_int_equal(err.code, ERR_MEMORY);
		if (arena)
			assert_non_null(arena_take(arena, 150, 1, &err));
		arena_free(arena);
		if (taken == 10) {
			assert_true(nth > 3);
			break;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_are_aligned_and_zeroed),
		cmocka_unit_test(blocks_stay_where_they_are),
		cmocka_unit_test(rewinding_allocates_nothing),
		cmocka_unit_test(impossible_sizes_are_refused),
		cmocka_unit_test(sizes_are_checked),
		cmocka_unit_test(each_refusal_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
