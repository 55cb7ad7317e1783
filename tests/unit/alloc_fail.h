/* An allocator that counts and can be made to fail, for one test program.
 *
 * Link the program with $(ALLOC_FAIL) (tests/tests.am) and include this file in its one C file. The
 * wraps see the calls of our own code; a library is reached through its own hook, as with
 * json_set_alloc_funcs.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_ALLOC_FAIL_H
#define WATTLE_TESTS_ALLOC_FAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static size_t alloc_calls;
static size_t alloc_left = SIZE_MAX;

/* The next n calls succeed, all later ones fail. */
static void alloc_fail_after(size_t n)
{
	alloc_left = n;
}

static void alloc_fail_never(void)
{
	alloc_left = SIZE_MAX;
}

static bool alloc_refused(void)
{
	alloc_calls++;
	if (alloc_left == SIZE_MAX)
		return false;
	if (alloc_left == 0)
		return true;
	alloc_left--;
	return false;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__real_aligned_alloc(size_t align, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t size);

/* Sizes beyond PTRDIFF_MAX are refused here, so that sanitizers need not be told. */
void *__wrap_malloc(size_t size)
{
	return alloc_refused() || size > PTRDIFF_MAX ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return alloc_refused() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size)
{
	return alloc_refused() || size > PTRDIFF_MAX ? NULL : __real_realloc(block, size);
}

void *__wrap_aligned_alloc(size_t align, size_t size)
{
	return alloc_refused() || size > PTRDIFF_MAX ? NULL : __real_aligned_alloc(align, size);
}

#endif
