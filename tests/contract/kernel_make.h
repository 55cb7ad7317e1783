/* What the contract tests of kernels share: memory and random numbers of one program, and what any
 * kernel does when memory is short.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_KERNEL_MAKE_H
#define WATTLE_TESTS_KERNEL_MAKE_H

#include "../unit/unit.h"
#include "../unit/alloc_fail.h"

#include "base/arena.h"
#include "base/random.h"
#include "num/cpu.h"
#include "num/kernel.h"

static Random source;
static Arena *arena;
static Err err;

static inline int make_setup(uint64_t seed)
{
	random_init(&source, seed, RANDOM_WEIGHTS);
	arena = arena_new(16 << 20, &err);
	return arena ? 0 : -1;
}

static inline int make_teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

/* Of the arena. */
static inline void *take(size_t count, size_t size)
{
	void *p = arena_take(arena, count, size, &err);

	assert_non_null(p);
	return p;
}

static inline size_t padded(size_t n, size_t align)
{
	return (n + align - 1) / align * align;
}

static inline bool runs_here(const Kernel *kernel)
{
	return !(kernel->needs & ~cpu_features());
}

/* A kernel whose instructions this processor lacks is no fault. */
static inline void runs_or_is_told(const Kernel *kernel)
{
	if (runs_here(kernel))
		assert_non_null(kernel->run);
	else
		print_message("not tested, this processor lacks its instructions: %s\n",
			      kernel->info.name);
}

/* Whichever allocation fails, packing says so and nothing else. */
static inline void packs_or_lacks_memory(const Kernel *kernel, const Linear *layer)
{
	bool packed = false;

	for (size_t n = 0; !packed; n++) {
		KernelPacked out;
		Arena *small = arena_new(64, &err);

		assert_non_null(small);
		err.code = ERR_NONE;
		alloc_fail_after(n);
		packed = kernel->pack(&out, layer, small, &err);
		alloc_fail_never();
		assert_int_equal(err.code, packed ? ERR_NONE : ERR_MEMORY);
		assert_true(n > 0 || !packed);
		arena_free(small);
	}
}

#endif
