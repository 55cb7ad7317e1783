/* Convolution on blocks of images: shapes, forward and both gradients against the textbook and
 * against finite differences, at every instruction level; and moves to and from blocks.
 * SPDX-License-Identifier: MIT */
#include "unit.h"
#include "conv_make.h"
#include "fixture_levels.h"
#include "guarded.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "num/cpu.h"
#include "num/conv/pooling.h"
#include "num/reference.h"

#define PARTS_MAX 5
#define TILE KERNEL_TILE

/* A convolution with its operands by rows, and in blocks. */
typedef struct Case {
	Conv conv;
	Linear layer;
	size_t rows, blocks, in, out, weights;
	float *w, *b, *x, *grad_y; /* by rows */
	float *tiles_x, *tiles_grad_y;
	float *y, *grad_x, *grad_w, *grad_b; /* in blocks; of this level */
} Case;

static Random source;
static Arena *arena;
static Err err;

static float *numbers(size_t count)
{
	float *p = arena_take(arena, count, sizeof *p, &err);

	assert_non_null(p);
	conv_numbers(&source, p, count);
	return p;
}

static void case_init(Case *c, const Conv *shape, size_t rows)
{
	*c = (Case){ .conv = *shape, .rows = rows, .blocks = (rows + TILE - 1) / TILE };
	assert_true(conv_shape(&c->conv, &err));
	c->in = conv_in(&c->conv);
	c->out = conv_out(&c->conv);
	c->weights = conv_taps(&c->conv) * c->conv.filters;
	c->w = numbers(c->weights);
	c->b = numbers(c->conv.filters);
	c->x = numbers(rows * c->in);
	c->grad_y = numbers(rows * c->out);
	c->tiles_x = numbers(c->blocks * c->in * TILE);
	c->tiles_grad_y = numbers(c->blocks * c->out * TILE);
	c->y = numbers(c->blocks * c->out * TILE);
	c->grad_x = numbers(c->blocks * c->in * TILE);
	c->grad_w = numbers(c->weights);
	c->grad_b = numbers(c->conv.filters);
	c->layer = (Linear){ .in = conv_taps(&c->conv),
			     .out = c->conv.filters,
			     .w = c->w,
			     .b = c->b,
			     .conv = &c->conv };
	convert_rows_to_tiles(0, c->x, c->in, c->tiles_x, c->in * TILE, rows, c->in);
	convert_rows_to_tiles(0, c->grad_y, c->out, c->tiles_grad_y, c->out * TILE, rows, c->out);
}

static void same(const Case *c, uint32_t features, const char *what, const float *tiles,
		 const double *want, size_t rows, size_t n, double terms)
{
	for (size_t i = 0; i < rows * n; i++) {
		size_t r = i / n;
		double got = (double)tiles[r / TILE * n * TILE + i % n * TILE + r % TILE];

		if (!(fabs(got - want[i]) <= 1e-5 + 4e-7 * terms))
			fail_msg("%s, level %x: %zux%zux%zu to %zu: [%zu] is %g, expected %g", what,
				 (unsigned)features, c->conv.channels, c->conv.height,
				 c->conv.width, c->conv.filters, i, got, want[i]);
	}
}

static void flat(const Case *c, uint32_t features, const char *what, const float *got,
		 const double *want, size_t n, double terms)
{
	for (size_t i = 0; i < n; i++)
		if (!(fabs((double)got[i] - want[i]) <= 1e-5 + 4e-7 * terms))
			fail_msg("%s, level %x: %zux%zux%zu to %zu: [%zu] is %g, expected %g", what,
				 (unsigned)features, c->conv.channels, c->conv.height,
				 c->conv.width, c->conv.filters, i, (double)got[i], want[i]);
}

/* The textbook's three passes at once: each product of a weight, an input and an output. */
typedef struct Want {
	double *y, *grad_x, *grad_w, *grad_b; /* y by rows, without bias and ReLU */
} Want;

static Want want_new(const Case *c)
{
	const Conv *k = &c->conv;
	size_t pixels = k->out_height * k->out_width, taps = c->layer.in;
	size_t in = k->channels / k->groups, out = k->filters / k->groups;
	Want want = { calloc(c->rows * c->out, sizeof(double)),
		      calloc(c->rows * c->in, sizeof(double)), calloc(c->weights, sizeof(double)),
		      calloc(k->filters, sizeof(double)) };

	assert_true(want.y && want.grad_x && want.grad_w && want.grad_b);
	for (size_t r = 0; r < c->rows; r++)
		for (size_t o = 0; o < c->out; o++) {
			size_t f = o / pixels, p = o % pixels;
			double grad = (double)c->grad_y[r * c->out + o];

			want.grad_b[f] += grad;
			for (size_t t = 0; t < taps; t++) {
				size_t h = p / k->out_width * k->stride_h +
					   t / k->kernel_w % k->kernel_h - k->pad_h;
				size_t w =
					p % k->out_width * k->stride_w + t % k->kernel_w - k->pad_w;
				size_t channel = f / out * in + t / k->kernel_w / k->kernel_h;
				size_t i = (channel * k->height + h) * k->width + w;
				double weight = (double)c->w[t * k->filters + f];

				if (h >= k->height || w >= k->width)
					continue;
				want.y[r * c->out + o] += weight * (double)c->x[r * c->in + i];
				want.grad_x[r * c->in + i] += weight * grad;
				want.grad_w[t * k->filters + f] +=
					grad * (double)c->x[r * c->in + i];
			}
		}
	return want;
}

static void want_free(Want *want)
{
	free(want->y);
	free(want->grad_x);
	free(want->grad_w);
	free(want->grad_b);
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

static void grad_input(const Case *c, uint32_t features)
{
	size_t bytes = conv_grad_input_scratch(&c->conv);
	void *scratch = scratch_new(bytes);

	conv_grad_input(features, &c->conv, c->w, c->tiles_grad_y, c->grad_x, c->blocks, scratch);
	scratch_free(scratch, bytes);
}

static void grad_weights(const Case *c, uint32_t features, unsigned parts)
{
	size_t bytes = conv_grad_weights_scratch(&c->conv);

	for (unsigned part = 0; part < parts; part++) {
		void *scratch = scratch_new(bytes);

		conv_grad_weights(features, &c->conv, c->tiles_x, c->tiles_grad_y, c->grad_w,
				  c->blocks, part, parts, scratch);
		conv_grad_bias(features, &c->conv, c->tiles_grad_y, c->grad_b, c->blocks, part,
			       parts);
		scratch_free(scratch, bytes);
	}
}

static void check_level(const Case *c, const Want *want, uint32_t features)
{
	double pixels = (double)(c->rows * c->conv.out_height * c->conv.out_width);

	conv_forward(features, &c->conv, c->w, NULL, false, c->tiles_x, c->y, c->blocks);
	same(c, features, "forward", c->y, want->y, c->rows, c->out, (double)c->layer.in);
	grad_input(c, features);
	same(c, features, "grad_input", c->grad_x, want->grad_x, c->rows, c->in,
	     (double)c->weights / (double)c->conv.channels);
	grad_weights(c, features, 1);
	flat(c, features, "grad_weights", c->grad_w, want->grad_w, c->weights, pixels);
	flat(c, features, "grad_bias", c->grad_b, want->grad_b, c->conv.filters, pixels);
}

static void test_shapes_all(void **state)
{
	static const size_t rows[] = { 1, 16, 19, 32, 35 };

	(void)state;
	for (size_t i = 0; i < CONV_SHAPES; i++) {
		ArenaMark mark = arena_mark(arena);
		Want want;
		Case c;

		case_init(&c, &conv_shapes[i], rows[i % 5]);
		want = want_new(&c);
		for (size_t l = 0; l < LEVELS; l++)
			if (level_runs(levels[l]))
				check_level(&c, &want, levels[l]);
		want_free(&want);
		arena_rewind(arena, mark);
	}
}

/* The same bits in one call and block by block, in any number of parts, with AVX2 and AVX-512. */
static void test_bits(void **state)
{
	(void)state;
	for (size_t i = 0; i < CONV_SHAPES; i++) {
		ArenaMark mark = arena_mark(arena);
		float *y, *grad_x, *grad_w, *grad_b;
		Case c;

		case_init(&c, &conv_shapes[i], 40);
		y = numbers(c.blocks * c.out * TILE);
		grad_x = numbers(c.blocks * c.in * TILE);
		grad_w = numbers(c.weights);
		grad_b = numbers(c.conv.filters);
		for (size_t l = 0; l < LEVELS; l++) {
			uint32_t features = levels[l];

			if (!level_runs(features))
				continue;
			conv_forward(features, &c.conv, c.w, c.b, true, c.tiles_x, c.y, c.blocks);
			grad_input(&c, features);
			if (levels[l] & CPU_AVX512) { /* those of AVX2 */
				assert_memory_equal(y, c.y, c.blocks * c.out * TILE * sizeof *y);
				assert_memory_equal(grad_x, c.grad_x,
						    c.blocks * c.in * TILE * sizeof *y);
			}
			memcpy(y, c.y, c.blocks * c.out * TILE * sizeof *y);
			memcpy(grad_x, c.grad_x, c.blocks * c.in * TILE * sizeof *grad_x);
			for (size_t b = 0; b < c.blocks; b++) {
				float *one = c.y + b * c.out * TILE;

				conv_forward(features, &c.conv, c.w, c.b, true,
					     c.tiles_x + b * c.in * TILE, one, 1);
				assert_memory_equal(one, y + b * c.out * TILE,
						    c.out * TILE * sizeof *y);
			}
			grad_weights(&c, features, 1);
			memcpy(grad_w, c.grad_w, c.weights * sizeof *grad_w);
			memcpy(grad_b, c.grad_b, c.conv.filters * sizeof *grad_b);
			for (unsigned parts = 2; parts <= PARTS_MAX; parts++) {
				memset(c.grad_w, 0xff, c.weights * sizeof *grad_w);
				grad_weights(&c, features, parts);
				assert_memory_equal(grad_w, c.grad_w, c.weights * sizeof *grad_w);
				assert_memory_equal(grad_b, c.grad_b,
						    c.conv.filters * sizeof *grad_b);
			}
		}
		arena_rewind(arena, mark);
	}
}

/* L = sum of y·r: the gradients are those of L by central differences. */
static double loss(Case *c, const float *r)
{
	double sum = 0;

	convert_rows_to_tiles(0, c->x, c->in, c->tiles_x, c->in * TILE, c->rows, c->in);
	conv_forward(cpu_features(), &c->conv, c->w, c->b, false, c->tiles_x, c->y, c->blocks);
	for (size_t i = 0; i < c->blocks * c->out * TILE; i++)
		sum += (double)c->y[i] * (double)r[i];
	return sum;
}

static void difference(Case *c, float *value, double got)
{
	float old = *value, step = 0.125f;
	double up, down;

	*value = old + step;
	up = loss(c, c->tiles_grad_y);
	*value = old - step;
	down = loss(c, c->tiles_grad_y);
	*value = old;
	/* The loss is linear in each: a long step costs nothing. */
	assert_true(fabs((up - down) / (2 * (double)step) - got) < 2e-4);
}

static void test_differences(void **state)
{
	static const Conv shapes[] = { SHAPE(4, 5, 6, 6, 3, 2, 2, 1, 1, 1, 2),
				       SHAPE(2, 5, 5, 3, 3, 3, 1, 1, 1, 1, 1) };

	(void)state;
	for (size_t s = 0; s < 2; s++) {
		ArenaMark mark = arena_mark(arena);
		Case c;

		case_init(&c, &shapes[s], 2);
		grad_input(&c, cpu_features());
		grad_weights(&c, cpu_features(), 1);
		for (size_t i = 0; i < c.rows * c.in; i++)
			difference(&c, &c.x[i], (double)c.grad_x[i % c.in * TILE + i / c.in]);
		for (size_t i = 0; i < c.weights; i++)
			difference(&c, &c.w[i], (double)c.grad_w[i]);
		for (size_t i = 0; i < c.conv.filters; i++)
			difference(&c, &c.b[i], (double)c.grad_b[i]);
		arena_rewind(arena, mark);
	}
}

/* Bias, ReLU, and what is no number. */
static void test_relu(void **state)
{
	const Conv shape = SHAPE(1, 1, 2, 2, 1, 1, 1, 1, 0, 0, 1);
	Case c;

	(void)state;
	case_init(&c, &shape, 1);
	c.w[0] = c.w[1] = 1;
	c.b[0] = -1;
	c.b[1] = 1;
	c.tiles_x[0] = 0.5f;
	c.tiles_x[TILE] = NAN;
	for (size_t l = 0; l < LEVELS; l++) {
		if (!level_runs(levels[l]))
			continue;
		conv_forward(levels[l], &c.conv, c.w, c.b, true, c.tiles_x, c.y, 1);
		assert_true(c.y[0] == 0 && c.y[2 * TILE] == 1.5f);
		assert_true(isnan(c.y[TILE]) && isnan(c.y[3 * TILE]));
		conv_forward(levels[l], &c.conv, c.w, c.b, false, c.tiles_x, c.y, 1);
		assert_true(c.y[0] == -0.5f);
	}
}

static void refused(Conv conv, const char *what)
{
	err.code = ERR_NONE;
	assert_false(conv_shape(&conv, &err));
	assert_int_equal(err.code, ERR_ARGUMENT);
	if (!strstr(err.text, what))
		fail_msg("\"%s\" says nothing of %s", err.text, what);
}

static void test_shape(void **state)
{
	Conv c = SHAPE(6, 28, 20, 12, 5, 3, 2, 1, 2, 0, 2);

	(void)state;
	assert_true(conv_shape(&c, &err));
	assert_int_equal(c.out_height, 14);
	assert_int_equal(c.out_width, 18);
	assert_int_equal(conv_taps(&c), 45);
	assert_int_equal(conv_in(&c), 3360);
	assert_int_equal(conv_out(&c), 3024);
	refused((Conv)SHAPE(0, 4, 4, 1, 1, 1, 1, 1, 0, 0, 1), "at least 1");
	refused((Conv)SHAPE(1, 4, 4, 1, 1, 1, 0, 1, 0, 0, 1), "at least 1");
	refused((Conv)SHAPE(1, 4, 4, 1, 1, 1, 1, 1, 0, 0, 0), "at least 1");
	refused((Conv)SHAPE(3, 4, 4, 4, 1, 1, 1, 1, 0, 0, 2), "2 groups");
	refused((Conv)SHAPE(4, 4, 4, 3, 1, 1, 1, 1, 0, 0, 2), "2 groups");
	refused((Conv)SHAPE(1, 4, 4, 1, 5, 1, 1, 1, 0, 0, 1), "does not fit");
	refused((Conv)SHAPE(1, 4, 4, 1, 1, 7, 1, 1, 0, 1, 1), "does not fit");
	refused((Conv)SHAPE(1, 4, 4, 1, 1, 1, 1, 1, SIZE_MAX / 2, 0, 1), "too large");
	refused((Conv)SHAPE(SIZE_MAX / 8, 4, 4, 1, 1, 1, 1, 1, 0, 0, 1), "too large");
	refused((Conv)SHAPE(4, 4, 4, SIZE_MAX / 8, 1, 1, 1, 1, 0, 0, 1), "too large");
	refused((Conv)SHAPE(60000, 9, 9, 60000, 9, 9, 1, 1, 0, 0, 1), "too large");
	c = (Conv)SHAPE(1, 3, 3, 1, 1, 1, SIZE_MAX, SIZE_MAX, 1, 0, 1);
	assert_true(conv_shape(&c, &err));
	assert_true(c.stride_h == 5 && c.stride_w == 3 && c.out_height == 1 && c.out_width == 1);
}

static void test_macs(void **state)
{
	Conv c = SHAPE(1, 28, 28, 6, 5, 5, 1, 1, 0, 0, 1);

	(void)state;
	assert_true(conv_shape(&c, &err));
	assert_int_equal(conv_macs(&c), 24 * 24 * 25 * 6);
	c = (Conv)SHAPE(4, 3, 3, 8, 3, 3, 1, 1, 1, 1, 2);
	assert_true(conv_shape(&c, &err));
	assert_int_equal(conv_macs(&c), 3 * 3 * 9 * 2 * 8);
}

/* --- moves to and from blocks ----------------------------------------------------------------- */

static void check_moves(size_t rows, size_t n, uint32_t features)
{
	size_t blocks = (rows + TILE - 1) / TILE, count = blocks * n * TILE;
	float *x = calloc(rows * n, sizeof *x), *back = calloc(rows * (n + 2), sizeof *x);
	float *tiles = guarded_new(count * sizeof *x), *from_bytes = calloc(count, sizeof *x);
	uint8_t *bytes = guarded_new(rows * n);

	assert_true(x && back && tiles && from_bytes && bytes);
	for (size_t i = 0; i < rows * n; i++) {
		bytes[i] = (uint8_t)random_below(&source, 256);
		x[i] = (float)bytes[i] * 0.5f;
	}
	memset(tiles, 0xff, count * sizeof *x);
	memset(from_bytes, 0xff, count * sizeof *x);
	convert_rows_to_tiles(features, x, n, tiles, n * TILE, rows, n);
	convert_bytes_to_tiles(features, bytes, n, from_bytes, n * TILE, rows, n, 0.5f);
	for (size_t i = 0; i < count; i++) {
		size_t r = i / (n * TILE) * TILE + i % TILE, f = i / TILE % n;

		assert_true(tiles[i] == (r < rows ? x[r * n + f] : 0));
		assert_true(from_bytes[i] == tiles[i]);
	}
	for (size_t i = 0; i < rows * (n + 2); i++)
		back[i] = -77;
	convert_tiles_to_rows(features, tiles, n * TILE, back, n + 2, rows, n);
	for (size_t i = 0; i < rows * (n + 2); i++)
		assert_true(back[i] == (i % (n + 2) < n ? x[i / (n + 2) * n + i % (n + 2)] : -77));
	guarded_free(tiles, count * sizeof *x);
	guarded_free(bytes, rows * n);
	free(x);
	free(back);
	free(from_bytes);
}

static void test_moves(void **state)
{
	(void)state;
	for (size_t l = 0; l < LEVELS; l++)
		for (size_t rows = 1; rows <= 70 && level_runs(levels[l]); rows++)
			check_moves(rows, 1 + rows * 7 % 41, levels[l]);
}

/* --- PyTorch ---------------------------------------------------------------------------------- */

static void check_fixture(const json_t *fixture, uint32_t level)
{
	const json_t *g = json_object_get(fixture, "conv");
	const Conv shape = SHAPE(fixture_size(g, "channels"), fixture_size(g, "height"),
				 fixture_size(g, "width"), fixture_size(g, "filters"),
				 fixture_size(g, "kernel_h"), fixture_size(g, "kernel_w"),
				 fixture_size(g, "stride_h"), fixture_size(g, "stride_w"),
				 fixture_size(g, "pad_h"), fixture_size(g, "pad_w"),
				 fixture_size(g, "groups"));
	ArenaMark mark = arena_mark(arena);
	Case c;

	case_init(&c, &shape, fixture_size(fixture, "rows"));
	assert_int_equal(c.conv.out_height, fixture_size(g, "out_height"));
	assert_int_equal(c.conv.out_width, fixture_size(g, "out_width"));
	fixture_floats(fixture, "x", c.x, c.rows * c.in);
	fixture_floats(fixture, "dy", c.grad_y, c.rows * c.out);
	fixture_floats(fixture, "w", c.w, c.weights);
	fixture_floats(fixture, "b", c.b, c.conv.filters);
	convert_rows_to_tiles(level, c.x, c.in, c.tiles_x, c.in * TILE, c.rows, c.in);
	convert_rows_to_tiles(level, c.grad_y, c.out, c.tiles_grad_y, c.out * TILE, c.rows, c.out);
	conv_forward(level, &c.conv, c.w, c.b, false, c.tiles_x, c.y, c.blocks);
	grad_input(&c, level);
	grad_weights(&c, level, 1);
	convert_tiles_to_rows(level, c.y, c.out * TILE, c.grad_y, c.out, c.rows, c.out);
	convert_tiles_to_rows(level, c.grad_x, c.in * TILE, c.x, c.in, c.rows, c.in);
	fixture_near(fixture, "y", c.grad_y, c.rows * c.out, 1e-5, "conv");
	fixture_near(fixture, "dx", c.x, c.rows * c.in, 1e-5, "conv");
	fixture_near(fixture, "dw", c.grad_w, c.weights, 1e-5, "conv");
	fixture_near(fixture, "db", c.grad_b, c.conv.filters, 1e-5, "conv");
	arena_rewind(arena, mark);
}

static void test_pytorch(void **state)
{
	(void)state;
	fixture_at_levels("conv", check_fixture);
}

static int setup(void **state)
{
	(void)state;
	random_init(&source, 5, RANDOM_WEIGHTS);
	arena = arena_new(16 << 20, &err);
	return arena ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

/* A convolution with max pooling behind it is that of both, one after the other; its weights' gradient
 * has the same bits whatever the parts. */
static void check_pooled(const Conv *shape, bool relu, uint32_t features)
{
	size_t rows = 2 * TILE;
	Case c;

	case_init(&c, shape, rows);
	Conv *k = &c.conv, pool = { .channels = k->filters,
				    .height = k->out_height,
				    .width = k->out_width,
				    .kernel_h = 2,
				    .kernel_w = 2,
				    .stride_h = 2,
				    .stride_w = 2 };

	assert_true(pooling_shape(&pool, &err));
	size_t out = conv_out(&pool), floats = 2 * out * TILE;
	float *y = numbers(floats), *want = numbers(floats), *spread = numbers(c.out * TILE);
	float *got = numbers(c.weights), *full = numbers(2 * c.out * TILE);
	uint16_t *index = arena_take(arena, floats, sizeof *index, &err);
	uint16_t *numbered = arena_take(arena, floats, sizeof *numbered, &err);
	void *scratch = arena_take(
		arena, conv_grad_weights_scratch(k) + conv_spread_scratch(k), 1, &err);

	assert_true(index && numbered && scratch);
	conv_forward(features, k, c.w, c.b, relu, c.tiles_x, full, 2);
	pooling_max(features, &pool, LAYOUT_TILES_F32, full, c.out * TILE, want, out * TILE,
		    numbered, 2);
	for (size_t b = 0; b < 2; b++)
		conv_forward_pooled(features, k, &pool, c.w, c.b, relu, c.tiles_x + b * c.in * TILE,
				    y + b * out * TILE, index + b * out * TILE, spread, scratch);
	for (size_t i = 0; i < floats; i++)
		assert_true(y[i] == want[i] && index[i] == numbered[i]);

	const float *grad = numbers(floats);
	const ConvPooled pooled = { .pool = &pool, .grad = grad, .index = index };

	pooling_max_grad(features, &pool, LAYOUT_TILES_F32, index, grad, out * TILE, full,
			 c.out * TILE, 2);
	conv_grad_weights(features, k, c.tiles_x, full, got, 2, 0, 1, scratch);
	for (unsigned parts = 1; parts <= PARTS_MAX; parts++) {
		float *now = numbers(c.weights);

		for (unsigned part = 0; part < parts; part++)
			conv_grad_weights_pooled(features, k, c.tiles_x, &pooled, now, 2, part,
						 parts, scratch);
		if (parts == 1)
			memcpy(c.grad_w, now, c.weights * sizeof *now);
		assert_memory_equal(now, c.grad_w, c.weights * sizeof *now);
	}
	for (size_t i = 0; i < c.weights; i++)
		assert_true(fabsf(c.grad_w[i] - got[i]) <= 1e-3f * (1 + fabsf(got[i])));
}

static void test_pooled(void **state)
{
	static const size_t shapes[][5] = {
		/* channels, size, filters, kernel, pad */
		{ 1, 8, 7, 3, 1 }, { 1, 9, 3, 5, 2 },  { 1, 12, 16, 5, 0 },
		{ 1, 3, 2, 3, 1 }, { 3, 8, 11, 3, 1 }, { 2, 11, 13, 3, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
		for (size_t l = 0; l < LEVELS; l++) {
			const size_t *s = shapes[i];
			Conv shape = { .channels = s[0],
				       .height = s[1],
				       .width = s[1] + 1,
				       .filters = s[2],
				       .kernel_h = s[3],
				       .kernel_w = s[3],
				       .stride_h = 1,
				       .stride_w = 1,
				       .pad_h = s[4],
				       .pad_w = s[4],
				       .groups = 1 };

			if (level_runs(levels[l]))
				check_pooled(&shape, l % 2 == i % 2, levels[l]);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shape),       cmocka_unit_test(test_macs),
		cmocka_unit_test(test_shapes_all),  cmocka_unit_test(test_bits),
		cmocka_unit_test(test_differences), cmocka_unit_test(test_relu),
		cmocka_unit_test(test_moves),       cmocka_unit_test(test_pytorch),
		cmocka_unit_test(test_pooled),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
