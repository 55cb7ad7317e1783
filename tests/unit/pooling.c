/* Pooling against the textbook in both layouts and at every instruction level, against finite
 * sums of its gradient, and against PyTorch.
 * SPDX-License-Identifier: MIT */
#include "unit.h"
#include "conv_make.h"
#include "fixture_levels.h"
#include "guarded.h"

#include <string.h>

#include "num/conv/pooling.h"

#define TILE KERNEL_TILE
#define ROWS_MAX 34

static const Conv shapes[] = {
	SHAPE(6, 28, 28, 0, 2, 2, 2, 2, 0, 0, 0),   SHAPE(3, 14, 14, 0, 2, 2, 2, 2, 0, 0, 0),
	SHAPE(2, 7, 9, 0, 2, 2, 2, 2, 0, 0, 0),     SHAPE(1, 5, 8, 0, 2, 2, 2, 2, 0, 0, 0),
	SHAPE(2, 4, 38, 0, 2, 2, 2, 2, 0, 0, 0),    SHAPE(1, 2, 6, 0, 2, 2, 2, 2, 0, 0, 0),
	SHAPE(1, 2, 2, 0, 2, 2, 2, 2, 0, 0, 0),     SHAPE(1, 1, 1, 0, 1, 1, 1, 1, 0, 0, 0),
	SHAPE(2, 6, 5, 0, 2, 2, 1, 1, 0, 0, 0),     SHAPE(2, 6, 6, 0, 2, 2, 2, 2, 1, 1, 0),
	SHAPE(3, 9, 9, 0, 3, 3, 2, 2, 1, 1, 0),     SHAPE(2, 8, 7, 0, 3, 3, 1, 1, 1, 1, 0),
	SHAPE(2, 8, 11, 0, 3, 2, 3, 2, 0, 1, 0),    SHAPE(1, 11, 13, 0, 5, 4, 3, 2, 2, 2, 0),
	SHAPE(2, 7, 7, 0, 2, 2, 3, 3, 0, 0, 0),     SHAPE(4, 5, 6, 0, 5, 6, 1, 1, 0, 0, 0),
	SHAPE(3, 1, 9, 0, 1, 3, 1, 2, 0, 1, 0),     SHAPE(3, 9, 1, 0, 4, 1, 4, 1, 2, 0, 0),
	SHAPE(1, 20, 20, 0, 17, 19, 1, 1, 8, 9, 0),
};
#define SHAPES (sizeof shapes / sizeof *shapes)

static Random source;
static Err err;

/* Values by rows; x holds few different ones, so that equals meet. */
typedef struct Case {
	Conv p;
	size_t rows, in, out;
	float *x, *grad_y;
	float *max, *max_grad, *average, *average_grad; /* wanted */
	uint16_t *index;
} Case;

static void *zeros(size_t count, size_t size)
{
	void *p = calloc(count, size);

	assert_non_null(p);
	return p;
}

static bool wins(float v, float best)
{
	return v > best || v != v;
}

/* One output by the textbook. */
static void textbook(Case *c, size_t r, size_t o)
{
	const Conv *p = &c->p;
	size_t w = o % p->out_width, h = o / p->out_width % p->out_height;
	size_t channel = o / p->out_width / p->out_height, best = SIZE_MAX, from = 0;
	float share = 1.0f / (float)(p->kernel_h * p->kernel_w), grad = c->grad_y[r * c->out + o];
	double sum = 0;

	for (size_t t = 0; t < p->kernel_h * p->kernel_w; t++) {
		size_t i = h * p->stride_h + t / p->kernel_w - p->pad_h;
		size_t j = w * p->stride_w + t % p->kernel_w - p->pad_w;
		size_t at = r * c->in + (channel * p->height + i) * p->width + j;

		if (i >= p->height || j >= p->width)
			continue;
		sum += (double)c->x[at];
		c->average_grad[at] += grad * share;
		if (best == SIZE_MAX || wins(c->x[at], c->x[best])) {
			best = at;
			from = t;
		}
	}
	assert_true(best != SIZE_MAX);
	c->average[r * c->out + o] = (float)(sum * (double)share);
	c->max[r * c->out + o] = c->x[best];
	c->index[r * c->out + o] = (uint16_t)from;
	c->max_grad[best] += grad;
}

static Case case_new(const Conv *shape, size_t rows)
{
	Case c = { .p = *shape, .rows = rows };

	assert_true(pooling_shape(&c.p, &err));
	assert_true(c.p.groups == c.p.channels && c.p.filters == c.p.channels);
	c.in = conv_in(&c.p);
	c.out = conv_out(&c.p);
	c.x = zeros(rows * c.in, sizeof *c.x);
	c.grad_y = zeros(rows * c.out, sizeof *c.x);
	c.max = zeros(rows * c.out, sizeof *c.x);
	c.max_grad = zeros(rows * c.in, sizeof *c.x);
	c.average = zeros(rows * c.out, sizeof *c.x);
	c.average_grad = zeros(rows * c.in, sizeof *c.x);
	c.index = zeros(rows * c.out, sizeof *c.index);
	conv_numbers(&source, c.grad_y, rows * c.out);
	for (size_t i = 0; i < rows * c.in; i++)
		c.x[i] = (float)random_below(&source, 9) - 5;
	for (size_t i = 0; i < rows * c.in / 16; i++)
		c.x[random_below(&source, (uint32_t)(rows * c.in))] = -INFINITY;
	for (size_t r = 0; r < rows; r++)
		for (size_t o = 0; o < c.out; o++)
			textbook(&c, r, o);
	return c;
}

static void case_free(Case *c)
{
	free(c->x);
	free(c->grad_y);
	free(c->max);
	free(c->max_grad);
	free(c->average);
	free(c->average_grad);
	free(c->index);
}

/* Values of a case in a layout; where value (row,i) is, and how many there are. */
static size_t place(Layout layout, size_t n, size_t row, size_t i)
{
	return layout == LAYOUT_TILES_F32 ? row / TILE * (n * TILE) + i * TILE + row % TILE
					  : row * n + i;
}

static size_t places(Layout layout, size_t n, size_t rows)
{
	return layout == LAYOUT_TILES_F32 ? (rows + TILE - 1) / TILE * TILE * n : rows * n;
}

static float *laid(Layout layout, const float *values, size_t rows, size_t n)
{
	float *p = guarded_new(places(layout, n, rows) * sizeof *p);

	assert_non_null(p);
	for (size_t i = 0; i < rows * n && values; i++)
		p[place(layout, n, i / n, i % n)] = values[i];
	for (size_t i = 0; i < places(layout, n, rows) && !values; i++)
		p[i] = NAN;
	return p;
}

static void same(const Case *c, Layout layout, uint32_t level, const char *what, const float *got,
		 const float *want, size_t n)
{
	for (size_t i = 0; i < c->rows * n; i++) {
		float value = got[place(layout, n, i / n, i % n)];

		if (!(value == want[i] || fabs((double)value - (double)want[i]) < 2e-5))
			fail_msg("%s, layout %d, level %x: kernel %zux%zu of %zux%zu: [%zu] is %g, "
				 "expected %g",
				 what, (int)layout, (unsigned)level, c->p.kernel_h, c->p.kernel_w,
				 c->p.height, c->p.width, i, (double)value, (double)want[i]);
	}
}

static void check(const Case *c, Layout layout, uint32_t level)
{
	size_t units = layout == LAYOUT_TILES_F32 ? (c->rows + TILE - 1) / TILE : c->rows;
	size_t lanes = layout == LAYOUT_TILES_F32 ? TILE : 1;
	size_t x_ld = c->in * lanes, y_ld = c->out * lanes;
	size_t in = places(layout, c->in, c->rows), out = places(layout, c->out, c->rows);
	float *x = laid(layout, c->x, c->rows, c->in), *y = laid(layout, NULL, c->rows, c->out);
	float *grad_y = laid(layout, c->grad_y, c->rows, c->out);
	float *grad_x = laid(layout, NULL, c->rows, c->in);
	uint16_t *index = guarded_new(out * sizeof *index);

	assert_non_null(index);
	pooling_max(level, &c->p, layout, x, x_ld, y, y_ld, NULL, units);
	same(c, layout, level, "max alone", y, c->max, c->out);
	memset(y, 0xff, out * sizeof *y);
	pooling_max(level, &c->p, layout, x, x_ld, y, y_ld, index, units);
	same(c, layout, level, "max", y, c->max, c->out);
	for (size_t i = 0; i < c->rows * c->out; i++)
		assert_int_equal(index[place(layout, c->out, i / c->out, i % c->out)], c->index[i]);
	pooling_max_grad(level, &c->p, layout, index, grad_y, y_ld, grad_x, x_ld, units);
	same(c, layout, level, "max_grad", grad_x, c->max_grad, c->in);
	pooling_average(level, &c->p, layout, x, x_ld, y, y_ld, units);
	same(c, layout, level, "average", y, c->average, c->out);
	memset(grad_x, 0xff, in * sizeof *grad_x);
	pooling_average_grad(level, &c->p, layout, grad_y, y_ld, grad_x, x_ld, units);
	same(c, layout, level, "average_grad", grad_x, c->average_grad, c->in);
	guarded_free(x, in * sizeof *x);
	guarded_free(grad_x, in * sizeof *x);
	guarded_free(y, out * sizeof *x);
	guarded_free(grad_y, out * sizeof *x);
	guarded_free(index, out * sizeof *index);
}

static void test_shapes(void **state)
{
	static const size_t rows[] = { 1, 16, 17, ROWS_MAX };

	(void)state;
	for (size_t i = 0; i < SHAPES; i++) {
		Case c = case_new(&shapes[i], rows[i % 4]);

		for (size_t l = 0; l < LEVELS; l++) {
			if (!level_runs(levels[l]))
				continue;
			check(&c, LAYOUT_TILES_F32, levels[l]);
			check(&c, LAYOUT_ROWS_F32, levels[l]);
		}
		case_free(&c);
	}
}

static void check_bytes(const Conv *shape, size_t rows)
{
	Case c = case_new(shape, rows);
	size_t x_ld = c.in + 5, y_ld = c.out + 3;
	size_t x_bytes = rows * x_ld - 5, y_bytes = rows * y_ld - 3;
	uint8_t *x = guarded_new(x_bytes), *y = guarded_new(y_bytes);

	assert_true(x && y);
	for (size_t i = 0; i < rows * c.in; i++)
		x[i / c.in * x_ld + i % c.in] =
			c.x[i] > -6 ? (uint8_t)(20 * (c.x[i] + 6)) : 0; /* 20 … 180 */
	for (size_t l = 0; l < LEVELS; l++) {
		if (!level_runs(levels[l]))
			continue;
		memset(y, 77, y_bytes);
		pooling_max_u8(levels[l], &c.p, x, x_ld, y, y_ld, rows);
		for (size_t i = 0; i < rows * c.out; i++)
			assert_int_equal(y[i / c.out * y_ld + i % c.out],
					 c.max[i] > -6 ? (uint8_t)(20 * (c.max[i] + 6)) : 0);
		for (size_t i = 0; i + 1 < rows; i++)
			assert_int_equal(y[i * y_ld + c.out], 77);
	}
	guarded_free(x, x_bytes);
	guarded_free(y, y_bytes);
	case_free(&c);
}

static void test_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < SHAPES; i++)
		check_bytes(&shapes[i], 1 + i % 4);
	for (size_t width = 2; width < 70; width++) {
		const Conv shape = SHAPE(2, 4, width, 0, 2, 2, 2, 2, 0, 0, 0);

		check_bytes(&shape, 2);
	}
}

/* What is not a number wins wherever it stands. */
static void test_nan(void **state)
{
	const Conv shapes_2[] = { SHAPE(1, 2, 16, 0, 2, 2, 2, 2, 0, 0, 0),
				  SHAPE(1, 3, 16, 0, 3, 3, 1, 1, 1, 1, 0) };

	(void)state;
	for (size_t s = 0; s < 2; s++)
		for (size_t l = 0; l < LEVELS; l++) {
			Conv p = shapes_2[s];

			assert_true(pooling_shape(&p, &err));
			for (size_t i = 0; i < 32 && level_runs(levels[l]); i++) {
				float x[48] = { 0 }, y[48];
				float tiles[48 * TILE] = { 0 }, to[48 * TILE];
				size_t h = s ? 1 : 0, w = s ? i % 16 : i % 16 / 2;
				size_t out = h * p.out_width + w;

				x[i] = tiles[i * TILE + 3] = NAN;
				pooling_max(levels[l], &p, LAYOUT_ROWS_F32, x, 48, y, 48, NULL, 1);
				pooling_max(levels[l], &p, LAYOUT_TILES_F32, tiles, 48 * TILE, to,
					    48 * TILE, NULL, 1);
				assert_true(isnan(y[out]) && isnan(to[out * TILE + 3]));
				assert_true(to[out * TILE + 2] == 0);
			}
		}
}

/* --- PyTorch ---------------------------------------------------------------------------------- */

static void check_fixture(const json_t *fixture, uint32_t level)
{
	const json_t *g = json_object_get(fixture, "conv");
	bool max = strcmp(fixture_text(fixture, "name"), "maxpool") == 0;
	Conv p = SHAPE(fixture_size(g, "channels"), fixture_size(g, "height"),
		       fixture_size(g, "width"), 0, fixture_size(g, "kernel_h"),
		       fixture_size(g, "kernel_w"), fixture_size(g, "stride_h"),
		       fixture_size(g, "stride_w"), fixture_size(g, "pad_h"),
		       fixture_size(g, "pad_w"), 0);
	size_t rows = fixture_size(fixture, "rows"), in, out;
	float *x, *y, *dy, *dx;
	uint16_t *index;

	assert_true(pooling_shape(&p, &err));
	assert_int_equal(p.out_height, fixture_size(g, "out_height"));
	assert_int_equal(p.out_width, fixture_size(g, "out_width"));
	in = conv_in(&p);
	out = conv_out(&p);
	x = zeros(rows * in, sizeof *x);
	dx = zeros(rows * in, sizeof *x);
	y = zeros(rows * out, sizeof *x);
	dy = zeros(rows * out, sizeof *x);
	index = zeros(rows * out, sizeof *index);
	fixture_floats(fixture, "x", x, rows * in);
	fixture_floats(fixture, "dy", dy, rows * out);
	if (max) {
		pooling_max(level, &p, LAYOUT_ROWS_F32, x, in, y, out, index, rows);
		pooling_max_grad(level, &p, LAYOUT_ROWS_F32, index, dy, out, dx, in, rows);
	} else {
		pooling_average(level, &p, LAYOUT_ROWS_F32, x, in, y, out, rows);
		pooling_average_grad(level, &p, LAYOUT_ROWS_F32, dy, out, dx, in, rows);
	}
	fixture_near(fixture, "y", y, rows * out, 1e-6, "pool");
	fixture_near(fixture, "dx", dx, rows * in, 1e-6, "pool");
	free(x);
	free(dx);
	free(y);
	free(dy);
	free(index);
}

static void test_pytorch(void **state)
{
	(void)state;
	fixture_at_levels("pool", check_fixture);
}

/* --- shapes ----------------------------------------------------------------------------------- */

static void refused(Conv p, const char *what)
{
	err.code = ERR_NONE;
	assert_false(pooling_shape(&p, &err));
	assert_int_equal(err.code, ERR_ARGUMENT);
	if (!strstr(err.text, what) || !strstr(err.text, "pooling"))
		fail_msg("\"%s\" says nothing of %s", err.text, what);
}

static void test_refusals(void **state)
{
	(void)state;
	refused((Conv)SHAPE(1, 4, 4, 0, 2, 2, 2, 2, 2, 0, 0), "half the kernel");
	refused((Conv)SHAPE(1, 4, 4, 0, 3, 3, 2, 2, 1, 2, 0), "half the kernel");
	refused((Conv)SHAPE(1, 4, 4, 0, 5, 2, 2, 2, 0, 0, 0), "does not fit");
	refused((Conv)SHAPE(1, 4, 4, 0, 0, 2, 2, 2, 0, 0, 0), "at least 1");
	refused((Conv)SHAPE(0, 4, 4, 0, 2, 2, 2, 2, 0, 0, 0), "at least 1");
	refused((Conv)SHAPE(1, 400, 400, 0, 300, 300, 1, 1, 0, 0, 0), "65,536");
	refused((Conv)SHAPE(1, 400, 400, 0, SIZE_MAX, SIZE_MAX, 1, 1, 0, 0, 0), "65,536");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes),   cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_nan),      cmocka_unit_test(test_pytorch),
		cmocka_unit_test(test_refusals),
	};

	random_init(&source, 9, RANDOM_WEIGHTS);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
