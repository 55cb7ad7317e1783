/* malloc and its kin, counted, for a program that is linked with this file.
 * SPDX-License-Identifier: MIT */
#include "alloc_process.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

static atomic_size_t calls;

size_t alloc_process_calls(void)
{
	return atomic_load(&calls);
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#endif

#if defined(WITH_ASAN)

void __sanitizer_malloc_hook(const volatile void *block, size_t size);
void __sanitizer_free_hook(const volatile void *block);

bool alloc_process_counts(void)
{
	return true;
}

void __sanitizer_malloc_hook(const volatile void *block, size_t size)
{
	(void)block;
	(void)size;
	atomic_fetch_add(&calls, 1);
}

/* Both hooks must be there, or neither is called. */
void __sanitizer_free_hook(const volatile void *block)
{
	(void)block;
}

#elif defined(__GLIBC__)

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t align, size_t size);
void *memalign(size_t align, size_t size);

bool alloc_process_counts(void)
{
	return true;
}

void *malloc(size_t size)
{
	atomic_fetch_add(&calls, 1);
	return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	atomic_fetch_add(&calls, 1);
	return __libc_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
	atomic_fetch_add(&calls, 1);
	return __libc_realloc(block, size);
}

void *memalign(size_t align, size_t size)
{
	atomic_fetch_add(&calls, 1);
	return __libc_memalign(align, size);
}

void *aligned_alloc(size_t align, size_t size)
{
	atomic_fetch_add(&calls, 1);
	return __libc_memalign(align, size);
}

int posix_memalign(void **out, size_t align, size_t size)
{
	atomic_fetch_add(&calls, 1);
	void *block = __libc_memalign(align, size);

	if (!block)
		return ENOMEM;
	*out = block;
	return 0;
}

#else

bool alloc_process_counts(void)
{
	return false;
}

#endif
