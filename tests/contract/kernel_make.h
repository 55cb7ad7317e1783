/* What the contract tests of kernels share: memory and random numbers of one program, and what any
 * kernel does when memory is short.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_KERNEL_MAKE_H
#define WATTLE_TESTS_KERNEL_MAKE_H

#include "../unit/unit.h"
#include "../unit/alloc_fail.h"
#include "../unit/guarded.h"

#include <string.h>

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

/* Compressed rows whose entries end at a guard. */
typedef struct SparseRows {
	SparseRow *row;
	uint32_t *column;
	float *value;
	size_t entries;
} SparseRows;

/* Of x (rows, in) without most of the small numbers, which become 0 there, too. */
static inline SparseRows sparse_rows(float *x, size_t rows, size_t in)
{
	size_t all = rows * in, at = 0;
	SparseRows z = { .row = take(rows, sizeof *z.row) };

	for (size_t i = 0; i < all; i++) {
		if (x[i] < 0.4f && i % 5)
			x[i] = 0;
		z.entries += x[i] != 0;
	}
	if (rows > 1) /* an empty row */
		for (size_t i = 0; i < in; i++) {
			z.entries -= x[i] != 0;
			x[i] = 0;
		}
	z.column = guarded_new(z.entries * sizeof *z.column + 4);
	z.value = guarded_new(z.entries * sizeof *z.value + 4);
	assert_true(z.column && z.value);
	z.column++;
	z.value++;
	for (size_t r = 0; r < rows; r++) {
		z.row[r] = (SparseRow){ .column = z.column + at, .value = z.value + at };
		for (size_t i = 0; i < in; i++) {
			if (x[r * in + i] == 0)
				continue;
			z.column[at] = (uint32_t)i;
			z.value[at++] = x[r * in + i];
			z.row[r].count++;
		}
	}
	return z;
}

/* No kernel of that form packs the layer; each says why. */
static inline void refused_by(KernelOp op, KernelForm form, const Linear *layer, const char *what)
{
	for (size_t i = 0; kernels[i]; i++) {
		KernelPacked packed;

		if (kernels[i]->op != op || kernels[i]->form != form)
			continue;
		err.code = ERR_NONE;
		assert_false(kernels[i]->pack(&packed, layer, arena, &err));
		assert_int_equal(err.code, ERR_ARGUMENT);
		if (!strstr(err.text, what))
			fail_msg("%s: \"%s\" says nothing of %s", kernels[i]->info.name, err.text,
				 what);
	}
}

#endif
