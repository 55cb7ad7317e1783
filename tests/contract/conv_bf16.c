/* Convolution in bfloat16: what it multiplies is rounded, and the sums are those of f32 over
 * rounded operands, over shapes, at every level; with max pooling behind it; whatever the blocks
 * and parts.
 * SPDX-License-Identifier: MIT */
#include "../unit/unit.h"
#include "../unit/conv_make.h"
#include "../unit/guarded.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "num/conv/conv_bf16.h"
#include "num/conv/pooling.h"
#include "num/cpu.h"
#include "num/dense/bf16.h"

#define PARTS_MAX 5
#define TILE KERNEL_TILE

/* A convolution in blocks; the operands rounded too. */
typedef struct Case {
	Conv conv;
	size_t blocks, in, out, weights; /* in, out: floats of a block */
	float *w, *b, *x, *grad_y, *round_w, *round_x, *round_grad_y;
	float *y, *grad_x, *grad_w; /* of this level */
} Case;

static const uint32_t bf16_levels[] = { 0, CPU_AVX2, CPU_AVX2 | CPU_AVX512,
					CPU_AVX2 | CPU_AVX512 | CPU_BF16 };
#define BF16_LEVELS (sizeof bf16_levels / sizeof *bf16_levels)

static Random source;
static Arena *arena;
static Err err;

static void *take(size_t count, size_t size)
{
	void *p = arena_take(arena, count, size, &err);

	assert_non_null(p);
	return p;
}

static float *numbers(size_t count)
{
	float *p = take(count, sizeof *p);

	conv_numbers(&source, p, count);
	return p;
}

static float *rounded(const float *x, size_t count)
{
	float *y = take(count, sizeof *y);

	for (size_t i = 0; i < count; i++)
		y[i] = bf16_to_f32(bf16_from_f32(x[i]));
	return y;
}

static bool runs_here(uint32_t features)
{
	return !(features & ~cpu_features());
}

static void case_init(Case *c, const Conv *shape, size_t blocks)
{
	*c = (Case){ .conv = *shape, .blocks = blocks };
	assert_true(conv_shape(&c->conv, &err));
	c->in = conv_in(&c->conv) * TILE;
	c->out = conv_out(&c->conv) * TILE;
	c->weights = conv_taps(&c->conv) * c->conv.filters;
	c->w = numbers(c->weights);
	c->b = numbers(c->conv.filters);
	c->x = numbers(blocks * c->in);
	c->grad_y = numbers(blocks * c->out);
	c->y = numbers(blocks * c->out);
	c->grad_x = numbers(blocks * c->in);
	c->grad_w = numbers(c->weights);
	c->round_w = rounded(c->w, c->weights);
	c->round_x = rounded(c->x, blocks * c->in);
	c->round_grad_y = rounded(c->grad_y, blocks * c->out);
}

/* Scratch that ends at a page which may not be touched, full of what are no numbers. */
static void *scratch_new(size_t bytes)
{
	void *p = guarded_new((bytes + 63) / 64 * 64);

	assert_non_null(p);
	memset(p, 0xff, (bytes + 63) / 64 * 64);
	return p;
}

static void scratch_free(void *p, size_t bytes)
{
	guarded_free(p, (bytes + 63) / 64 * 64);
}

/* --- the three passes ------------------------------------------------------------------------- */

static void forward(const Case *c, uint32_t features, const float *w, const float *x, bool relu,
		    size_t first, size_t blocks)
{
	size_t bytes = conv_bf16_scratch(&c->conv);
	void *scratch = scratch_new(bytes);

	conv_bf16_forward(features, &c->conv, w, c->b, relu, x + first * c->in,
			  c->y + first * c->out, blocks, scratch);
	scratch_free(scratch, bytes);
}

static void grad_input(const Case *c, uint32_t features, const float *w, const float *grad_y,
		       size_t first, size_t blocks)
{
	size_t bytes = conv_bf16_scratch(&c->conv);
	void *scratch = scratch_new(bytes);

	conv_bf16_grad_input(features, &c->conv, w, grad_y + first * c->out,
			     c->grad_x + first * c->in, blocks, scratch);
	scratch_free(scratch, bytes);
}

static void grad_weights(const Case *c, uint32_t features, const float *x, const float *grad_y,
			 unsigned parts)
{
	size_t bytes = conv_bf16_weights_scratch(&c->conv);

	for (unsigned part = 0; part < parts; part++) {
		void *scratch = scratch_new(bytes);

		conv_bf16_grad_weights(features, &c->conv, x, grad_y, c->grad_w, c->blocks, part,
				       parts, scratch);
		scratch_free(scratch, bytes);
	}
}

/* --- against f32 ------------------------------------------------------------------------------ */

static void near(const Case *c, uint32_t features, const char *what, const float *got,
		 const float *want, size_t n, double terms)
{
	for (size_t i = 0; i < n; i++)
		if (!(fabs((double)got[i] - (double)want[i]) <= 1e-5 + 1e-6 * terms))
			fail_msg("%s, level %x: %zux%zux%zu to %zu: [%zu] is %g, expected %g", what,
				 (unsigned)features, c->conv.channels, c->conv.height,
				 c->conv.width, c->conv.filters, i, (double)got[i],
				 (double)want[i]);
}

static void check_level(const Case *c, const Case *want, uint32_t features)
{
	size_t pixels = c->conv.out_height * c->conv.out_width;

	forward(c, features, c->w, c->x, true, 0, c->blocks);
	near(c, features, "forward", c->y, want->y, c->blocks * c->out,
	     (double)conv_taps(&c->conv));
	grad_input(c, features, c->w, c->grad_y, 0, c->blocks);
	near(c, features, "grad_input", c->grad_x, want->grad_x, c->blocks * c->in,
	     (double)c->weights / (double)c->conv.channels);
	grad_weights(c, features, c->x, c->grad_y, 1);
	near(c, features, "grad_weights", c->grad_w, want->grad_w, c->weights,
	     (double)(pixels * c->blocks * TILE));
}

static void test_shapes(void **state)
{
	(void)state;
	for (size_t i = 0; i < CONV_SHAPES; i++) {
		ArenaMark mark = arena_mark(arena);
		Case c, want;
		void *scratch;

		case_init(&c, &conv_shapes[i], 1 + i % 4);
		want = c;
		want.y = numbers(c.blocks * c.out);
		want.grad_x = numbers(c.blocks * c.in);
		want.grad_w = numbers(c.weights);
		scratch = take(1, conv_grad_input_scratch(&c.conv) +
					  conv_grad_weights_scratch(&c.conv));
		conv_forward(0, &c.conv, c.round_w, c.b, true, c.round_x, want.y, c.blocks);
		conv_grad_input(0, &c.conv, c.round_w, c.round_grad_y, want.grad_x, c.blocks,
				scratch);
		conv_grad_weights(0, &c.conv, c.round_x, c.round_grad_y, want.grad_w, c.blocks, 0,
				  1, scratch);
		for (size_t l = 0; l < BF16_LEVELS; l++)
			if (runs_here(bf16_levels[l]))
				check_level(&c, &want, bf16_levels[l]);
		arena_rewind(arena, mark);
	}
}

/* --- equal bits ------------------------------------------------------------------------------- */

/* Of rounded operands; block by block; in any number of parts. */
static void check_bits(const Case *c, uint32_t features)
{
	size_t y_bytes = c->blocks * c->out * sizeof *c->y;
	size_t x_bytes = c->blocks * c->in * sizeof *c->x;
	float *y = numbers(c->blocks * c->out), *grad_x = numbers(c->blocks * c->in);
	float *grad_w = numbers(c->weights);

	forward(c, features, c->w, c->x, false, 0, c->blocks);
	memcpy(y, c->y, y_bytes);
	memset(c->y, 0xff, y_bytes);
	for (size_t b = 0; b < c->blocks; b++)
		forward(c, features, c->round_w, c->round_x, false, b, 1);
	assert_memory_equal(y, c->y, y_bytes);
	grad_input(c, features, c->w, c->grad_y, 0, c->blocks);
	memcpy(grad_x, c->grad_x, x_bytes);
	memset(c->grad_x, 0xff, x_bytes);
	for (size_t b = 0; b < c->blocks; b++)
		grad_input(c, features, c->round_w, c->round_grad_y, b, 1);
	assert_memory_equal(grad_x, c->grad_x, x_bytes);
	grad_weights(c, features, c->x, c->grad_y, 1);
	memcpy(grad_w, c->grad_w, c->weights * sizeof *grad_w);
	for (unsigned parts = 1; parts <= PARTS_MAX; parts++) {
		memset(c->grad_w, 0xff, c->weights * sizeof *grad_w);
		grad_weights(c, features, c->round_x, c->round_grad_y, parts);
		assert_memory_equal(grad_w, c->grad_w, c->weights * sizeof *grad_w);
	}
}

static void test_bits(void **state)
{
	(void)state;
	for (size_t i = 0; i < CONV_SHAPES; i++) {
		ArenaMark mark = arena_mark(arena);
		Case c;

		case_init(&c, &conv_shapes[i], 3);
		for (size_t l = 0; l < BF16_LEVELS; l++)
			if (runs_here(bf16_levels[l]))
				check_bits(&c, bf16_levels[l]);
		arena_rewind(arena, mark);
	}
}

/* --- max pooling behind it -------------------------------------------------------------------- */

/* The bits of pooling_max_grad and the pass behind it. */
static void check_pooled(const Case *c, const Conv *pool, uint32_t features)
{
	const Conv *k = &c->conv;
	size_t pooled_out = conv_out(pool) * TILE, bytes = conv_bf16_weights_scratch(k);
	uint16_t *index = take(c->blocks * pooled_out, sizeof *index);
	float *y = numbers(c->blocks * pooled_out), *grad = numbers(c->blocks * pooled_out);
	float *spread = numbers(c->out), *grad_x = numbers(c->in), *now = numbers(c->weights);
	void *scratch = take(1, conv_bf16_scratch(k));

	pooling_max(0, pool, LAYOUT_TILES_F32, c->grad_y, c->out, y, pooled_out, index, c->blocks);
	pooling_max_grad(0, pool, LAYOUT_TILES_F32, index, grad, pooled_out, c->grad_y, c->out,
			 c->blocks);
	for (size_t b = 0; b < c->blocks; b++) {
		const ConvPooled one = { pool, grad + b * pooled_out, index + b * pooled_out };

		grad_input(c, features, c->w, c->grad_y, b, 1);
		conv_bf16_grad_input_pooled(features, k, c->w, &one, grad_x, spread, scratch);
		assert_memory_equal(grad_x, c->grad_x + b * c->in, c->in * sizeof *grad_x);
	}
	grad_weights(c, features, c->x, c->grad_y, 1);
	for (unsigned parts = 1; parts <= PARTS_MAX; parts++) {
		for (unsigned part = 0; part < parts; part++) {
			const ConvPooled all = { pool, grad, index };

			scratch = scratch_new(bytes);
			conv_bf16_grad_weights_pooled(features, k, c->x, &all, now, c->blocks, part,
						      parts, scratch);
			scratch_free(scratch, bytes);
		}
		near(c, features, "pooled", now, c->grad_w, c->weights,
		     (double)(c->out / k->filters * c->blocks));
		if (parts == 1)
			memcpy(c->round_w, now, c->weights * sizeof *now);
		assert_memory_equal(now, c->round_w, c->weights * sizeof *now);
	}
}

static void test_pooled(void **state)
{
	static const Conv shapes[] = {
		SHAPE(1, 8, 8, 7, 3, 3, 1, 1, 1, 1, 1),  SHAPE(1, 9, 10, 3, 5, 5, 1, 1, 2, 2, 1),
		SHAPE(1, 12, 12, 16, 5, 5, 1, 1, 0, 0, 1), SHAPE(1, 3, 4, 2, 3, 3, 1, 1, 1, 1, 1),
		SHAPE(3, 8, 8, 11, 3, 3, 1, 1, 1, 1, 1), SHAPE(2, 11, 12, 13, 3, 3, 1, 1, 0, 0, 1),
		SHAPE(4, 8, 6, 8, 3, 3, 1, 1, 1, 1, 2),  SHAPE(16, 6, 6, 32, 3, 3, 1, 1, 1, 1, 1),
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof shapes / sizeof *shapes; i++)
		for (size_t l = 0; l < BF16_LEVELS; l++) {
			ArenaMark mark = arena_mark(arena);
			Conv pool;
			Case c;

			case_init(&c, &shapes[i / 2], 1 + i % 4);
			pool = (Conv){ .channels = c.conv.filters,
				       .height = c.conv.out_height,
				       .width = c.conv.out_width,
				       .kernel_h = 2 + i % 2,
				       .kernel_w = 2,
				       .stride_h = 2,
				       .stride_w = 2 };
			assert_true(pooling_shape(&pool, &err));
			if (runs_here(bf16_levels[l]))
				check_pooled(&c, &pool, bf16_levels[l]);
			arena_rewind(arena, mark);
		}
}

static int setup(void **state)
{
	(void)state;
	random_init(&source, 7, RANDOM_WEIGHTS);
	arena = arena_new(16 << 20, &err);
	return arena ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_bits),
		cmocka_unit_test(test_pooled),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
