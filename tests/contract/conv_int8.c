/* Every integer convolution of the table against the textbook, to the bit: shapes, strides,
 * groups, zero points, saturation, rows.
 * SPDX-License-Identifier: MIT */
#include "../unit/guarded.h"
#include "kernel_make.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "num/conv/conv.h"

#define GUARD 64 /* bytes behind a result that may not change */

/* A layer, and images for it. */
typedef struct Case {
	Conv conv;
	Linear layer;
	LinearQuant quant;
	size_t rows;
	float *b, *w_scale;
	int8_t *w;
	uint8_t *x; /* (rows, conv_in) */
} Case;

static Case *case_new(Conv conv, size_t rows)
{
	Case *c = take(1, sizeof *c);
	size_t in, out;

	assert_true(conv_shape(&conv, &err));
	in = conv_taps(&conv);
	out = conv.filters;
	*c = (Case){ .conv = conv, .rows = rows };
	c->b = take(out, sizeof *c->b);
	c->w_scale = take(out, sizeof *c->w_scale);
	c->w = take(in * out, 1);
	c->x = take(rows, conv_in(&conv));
	for (size_t i = 0; i < in * out; i++)
		c->w[i] = (int8_t)((int)random_below(&source, 255) - 127);
	for (size_t o = 0; o < out; o++) {
		c->b[o] = random_uniform(&source, -1, 1);
		c->w_scale[o] = random_uniform(&source, 0.001f, 0.02f);
	}
	for (size_t i = 0; i < rows * conv_in(&conv); i++)
		c->x[i] = (uint8_t)random_below(&source, 256);
	c->quant = (LinearQuant){ .w = c->w,
				  .w_scale = c->w_scale,
				  .x_scale = 0.01f,
				  .y_scale = 0.02f * (float)sqrt((double)in),
				  .x_zero = (uint8_t)random_below(&source, 256),
				  .y_zero = (uint8_t)random_below(&source, 256) };
	c->layer =
		(Linear){ .in = in, .out = out, .b = c->b, .conv = &c->conv, .quant = &c->quant };
	return c;
}

/* --- the textbook ----------------------------------------------------------------------------- */

/* The sum of one output pixel, without bias. Outside the image stands the zero point: nothing. */
static int64_t sum_at(const Case *c, const uint8_t *x, size_t f, size_t oh, size_t ow)
{
	const Conv *v = &c->conv;
	size_t channels = v->channels / v->groups, first = f / (v->filters / v->groups) * channels;
	int64_t sum = 0;

	for (size_t k = 0; k < channels; k++) {
		for (size_t i = 0; i < v->kernel_h; i++) {
			for (size_t j = 0; j < v->kernel_w; j++) {
				size_t h = oh * v->stride_h + i, w = ow * v->stride_w + j;
				size_t tap = (k * v->kernel_h + i) * v->kernel_w + j;

				if (h < v->pad_h || h - v->pad_h >= v->height || w < v->pad_w ||
				    w - v->pad_w >= v->width)
					continue;
				h -= v->pad_h;
				w -= v->pad_w;
				sum += (x[((first + k) * v->height + h) * v->width + w] -
					c->quant.x_zero) *
				       c->w[tap * v->filters + f];
			}
		}
	}
	return sum;
}

static void reference(const Case *c, void *y, size_t y_ld)
{
	const Conv *v = &c->conv;
	const LinearQuant *quant = &c->quant;
	size_t pixels = v->out_height * v->out_width;

	for (size_t at = 0; at < c->rows * conv_out(v); at++) {
		size_t r = at / conv_out(v), i = at % conv_out(v), f = i / pixels, p = i % pixels;
		double unit = (double)quant->x_scale * (double)quant->w_scale[f];
		int64_t acc =
			llround((double)c->b[f] / unit) +
			sum_at(c, c->x + r * conv_in(v), f, p / v->out_width, p % v->out_width);
		int32_t q;

		if (c->layer.to_f32) {
			int32_t sum = c->layer.relu && (int32_t)acc < 0 ? 0 : (int32_t)acc;

			((float *)y)[r * y_ld + i] =
				(float)sum * (quant->x_scale * quant->w_scale[f]);
			continue;
		}
		q = quant->y_zero +
		    requant_apply((int32_t)acc, requant_from_scale(unit / (double)quant->y_scale));
		if (c->layer.relu && q < quant->y_zero)
			q = quant->y_zero;
		((uint8_t *)y)[r * y_ld + i] = (uint8_t)(q < 0 ? 0 : q > 255 ? 255 : q);
	}
}

/* --- one kernel ------------------------------------------------------------------------------- */

static void fail_at(const Kernel *kernel, const Case *c, size_t row, size_t i)
{
	const Conv *v = &c->conv;

	fail_msg("%s %zux%zux%zu to %zu, kernel %zux%zu, stride %zu,%zu, pad %zu,%zu, %zu groups, "
		 "f32 %d: image %zu of %zu, value %zu of %zu differs",
		 kernel->info.name, v->channels, v->height, v->width, v->filters, v->kernel_h,
		 v->kernel_w, v->stride_h, v->stride_w, v->pad_h, v->pad_w, v->groups,
		 c->layer.to_f32, row, c->rows, i, conv_out(v));
}

static void compare(const Kernel *kernel, const Case *c, const uint8_t *y, const uint8_t *want,
		    size_t y_ld)
{
	size_t size = c->layer.to_f32 ? sizeof(float) : 1, n = conv_out(&c->conv);

	for (size_t r = 0; r < c->rows; r++) {
		for (size_t i = 0; i < n; i++)
			if (memcmp(y + (r * y_ld + i) * size, want + (r * y_ld + i) * size, size))
				fail_at(kernel, c, r, i);
		for (size_t i = n * size; c->layer.to_f32 && i < y_ld * size; i++)
			assert_int_equal(y[r * y_ld * size + i], 0x5a);
	}
	for (size_t i = 0; i < GUARD; i++)
		assert_int_equal(y[c->rows * y_ld * size + i], 0x5a);
}

/* Every buffer ends where memory ends; scratch is full of what would show. */
static void check(const Kernel *kernel, const Case *c, const uint8_t *want, size_t y_ld)
{
	size_t n = conv_in(&c->conv), x_ld = padded(n, KERNEL_U8_ALIGN);
	size_t size = c->layer.to_f32 ? sizeof(float) : 1, bytes = c->rows * y_ld * size;
	uint8_t *x = guarded_new(c->rows * x_ld), *y = take(bytes + GUARD, 1), *scratch;
	KernelPacked packed = { 0 };
	size_t calls, room;

	if (!kernel->pack(&packed, &c->layer, arena, &err))
		fail_msg("%s: pack: %s", kernel->info.name, err.text);
	assert_int_equal(packed.in, LAYOUT_ROWS_U8);
	assert_int_equal(packed.out, c->layer.to_f32 ? LAYOUT_ROWS_F32 : LAYOUT_ROWS_U8);
	assert_int_equal(packed.macs, conv_macs(&c->conv));
	room = padded(packed.scratch_bytes, 64);
	scratch = guarded_new(room);
	assert_non_null(x);
	assert_non_null(scratch);
	memset(x, 0xa5, c->rows * x_ld);
	memset(y, 0x5a, bytes + GUARD);
	memset(scratch, 0x77, room);
	for (size_t r = 0; r < c->rows; r++)
		memcpy(x + r * x_ld, c->x + r * n, n);
	calls = alloc_calls;
	kernel->run(&packed, x, x_ld, y, y_ld, c->rows, scratch);
	assert_int_equal(alloc_calls, calls);
	compare(kernel, c, y, want, y_ld);
	guarded_free(x, c->rows * x_ld);
	guarded_free(scratch, room);
}

static bool ours(const Kernel *kernel)
{
	return kernel->op == KERNEL_CONV && kernel->form == KERNEL_INT8;
}

static void check_all(Case *c, bool relu, bool to_f32)
{
	size_t n = conv_out(&c->conv), y_ld = to_f32 ? n + 1 : padded(n, KERNEL_U8_ALIGN);
	uint8_t *want = take(c->rows * y_ld, to_f32 ? sizeof(float) : 1);

	c->layer.relu = relu;
	c->layer.to_f32 = to_f32;
	reference(c, want, y_ld);
	for (size_t i = 0; kernels[i]; i++)
		if (ours(kernels[i]) && runs_here(kernels[i]))
			check(kernels[i], c, want, y_ld);
}

static void check_conv(Conv conv, size_t rows)
{
	ArenaMark mark = arena_mark(arena);
	Case *c = case_new(conv, rows);

	check_all(c, rows & 1, false);
	check_all(c, !(rows & 1), true);
	arena_rewind(arena, mark);
}

/* --- tests ------------------------------------------------------------------------------------ */

#define CONV(c, h, w, f, kh, kw, sh, sw, ph, pw, g)                                       \
	{                                                                                 \
		.channels = c, .height = h, .width = w, .filters = f, .kernel_h = kh,     \
		.kernel_w = kw, .stride_h = sh, .stride_w = sw, .pad_h = ph, .pad_w = pw, \
		.groups = g                                                               \
	}

static const Conv shapes[] = {
	CONV(1, 28, 28, 16, 3, 3, 1, 1, 1, 1, 1),  /* cnn */
	CONV(16, 14, 14, 32, 3, 3, 1, 1, 1, 1, 1), /* cnn */
	CONV(1, 28, 28, 6, 5, 5, 1, 1, 2, 2, 1),   /* lenet5 */
	CONV(6, 14, 14, 16, 5, 5, 1, 1, 0, 0, 1),  /* lenet5 */
	CONV(20, 12, 12, 50, 5, 5, 1, 1, 0, 0, 1), /* lenet5-caffe */
	CONV(3, 32, 32, 8, 3, 3, 1, 1, 1, 1, 1),   /* colour */
	CONV(3, 33, 31, 7, 7, 7, 2, 2, 3, 3, 1),   /* strides */
	CONV(8, 15, 17, 8, 3, 3, 2, 2, 1, 1, 1),   /* */
	CONV(5, 16, 16, 9, 3, 3, 1, 2, 1, 0, 1),   /* columns only */
	CONV(5, 16, 16, 9, 3, 3, 2, 1, 0, 1, 1),   /* rows only */
	CONV(2, 20, 9, 3, 4, 2, 3, 3, 2, 1, 1),    /* */
	CONV(8, 14, 14, 8, 3, 3, 1, 1, 1, 1, 8),   /* depthwise */
	CONV(9, 10, 11, 18, 5, 5, 2, 2, 2, 2, 9),  /* depthwise, two filters a channel */
	CONV(12, 9, 10, 20, 3, 3, 1, 1, 1, 1, 4),  /* groups of 3 */
	CONV(16, 8, 8, 16, 1, 1, 1, 1, 0, 0, 2),   /* 1×1 */
	CONV(7, 13, 13, 11, 1, 1, 1, 1, 0, 0, 1),  /* */
	CONV(16, 7, 7, 24, 3, 3, 1, 1, 1, 1, 1),   /* narrow outputs */
	CONV(10, 6, 6, 5, 3, 3, 1, 1, 1, 1, 1),    /* */
	CONV(4, 5, 5, 3, 5, 5, 1, 1, 0, 0, 1),     /* one pixel */
	CONV(1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1),     /* */
	CONV(1, 1, 40, 2, 1, 5, 1, 1, 0, 2, 1),    /* one row */
	CONV(2, 1, 5, 3, 1, 3, 1, 1, 0, 1, 1),     /* */
	CONV(3, 40, 1, 4, 5, 1, 1, 1, 2, 0, 1),    /* one column */
	CONV(6, 3, 3, 4, 3, 3, 1, 1, 2, 2, 1),     /* more padding than image */
	CONV(1, 4, 4, 2, 3, 3, 1, 1, 7, 9, 1),     /* */
	CONV(2, 10, 12, 8, 2, 2, 1, 1, 0, 0, 1),   /* even kernels */
	CONV(1, 10, 12, 8, 2, 2, 2, 2, 0, 0, 1),   /* */
	CONV(1, 12, 20, 12, 6, 6, 1, 1, 0, 0, 1),  /* two columns left over */
	CONV(2, 12, 21, 13, 5, 3, 1, 1, 1, 1, 1),  /* */
	CONV(1, 11, 11, 15, 7, 7, 1, 1, 3, 3, 1),  /* three left over */
	CONV(3, 64, 64, 4, 3, 3, 1, 1, 1, 1, 1),   /* many vectors */
	CONV(1, 3, 100, 4, 3, 3, 1, 1, 1, 1, 1),   /* long rows */
	CONV(64, 4, 9, 17, 3, 3, 1, 1, 1, 1, 1),   /* deep */
	CONV(5, 9, 8, 4, 1, 4, 1, 1, 0, 0, 1),     /* */
	CONV(5, 9, 8, 10, 9, 8, 1, 1, 0, 0, 1),    /* as wide as the image */
	CONV(1, 16, 16, 3, 1, 1, 4, 4, 0, 0, 1),   /* stride past the kernel */
	CONV(4, 17, 19, 6, 3, 3, 3, 5, 1, 1, 1),   /* */
	CONV(7, 8, 23, 14, 3, 3, 1, 1, 1, 1, 7),   /* depthwise, two filters a channel */
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void test_shapes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(shapes); i++)
		for (size_t rows = 1; rows <= 3; rows++)
			check_conv(shapes[i], rows);
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t rows = 1; rows <= 70; rows++) {
		check_conv((Conv)CONV(3, 6, 9, 5, 3, 3, 1, 1, 1, 1, 1), rows);
		check_conv((Conv)CONV(1, 9, 9, 4, 3, 3, 2, 2, 1, 1, 1), rows);
	}
}

/* Every width of output and number of filters there is a path for. */
static void test_widths(void **state)
{
	(void)state;
	for (size_t width = 1; width <= 50; width++)
		check_conv((Conv)CONV(5, 5, width, 1 + width % 17, 3, 1, 1, 1, 1, 0, 1),
			   1 + width % 2);
	for (size_t channels = 1; channels <= 18; channels++)
		for (size_t kernel = 1; kernel <= 9; kernel++)
			check_conv((Conv)CONV(channels, 9, 12, 3, 10 - kernel, kernel, 1, 1, 1, 2,
					      1),
				   1);
}

/* Sums at the edge of 32 bits and scales at the edges of the shorter requantization. */
static void extreme(Conv conv, uint8_t x, int zeros, float y_scale)
{
	ArenaMark mark = arena_mark(arena);
	Case *c = case_new(conv, 2);
	size_t filters = c->conv.filters;

	c->quant.x_zero = zeros & 1 ? 255 : 0;
	c->quant.y_zero = zeros & 2 ? 255 : 0;
	c->quant.x_scale = 1;
	c->quant.y_scale = y_scale;
	memset(c->x, x, c->rows * conv_in(&c->conv));
	for (size_t i = 0; i < conv_taps(&c->conv) * filters; i++)
		c->w[i] = i % 3 == 1 ? -127 : 127;
	for (size_t o = 0; o < filters; o++) {
		c->w_scale[o] = 1;
		c->b[o] = 0;
	}
	for (int variant = 0; variant < 4; variant++)
		check_all(c, variant & 1, variant & 2);
	arena_rewind(arena, mark);
}

static void test_extremes(void **state)
{
	static const float y_scales[] = { 0x1p26f, 0x1p23f,    0x1p22f, 1e7f,  65536, 100,
					  2.0f,    1.9999999f, 0.5f,    1e10f, 1e30f };

	(void)state;
	for (size_t s = 0; s < COUNT(y_scales); s++) {
		for (int zeros = 0; zeros < 4; zeros++) {
			extreme((Conv)CONV(16, 6, 9, 3, 3, 3, 1, 1, 1, 1, 1), 255, zeros,
				y_scales[s]);
			extreme((Conv)CONV(16, 6, 9, 3, 3, 3, 1, 1, 1, 1, 1), 0, zeros,
				y_scales[s]);
			extreme((Conv)CONV(1, 4, 4, 3, 1, 1, 1, 1, 0, 0, 1), 255, zeros,
				y_scales[s]);
		}
	}
	for (int zeros = 0; zeros < 4; zeros++) {
		extreme((Conv)CONV(66311, 1, 1, 3, 1, 1, 1, 1, 0, 0, 1), 255, zeros, 8e6f);
		extreme((Conv)CONV(9473, 7, 1, 3, 7, 1, 1, 1, 0, 0, 1), 0, zeros, 8e6f);
	}
}

static void refused(const Linear *layer, const char *what)
{
	refused_by(KERNEL_CONV, KERNEL_INT8, layer, what);
}

static void test_refusals(void **state)
{
	ArenaMark mark = arena_mark(arena);
	Case *c = case_new((Conv)CONV(70000, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1), 1);
	Linear layer = c->layer;

	(void)state;
	refused(&layer, "70000 inputs");
	layer.quant = NULL;
	refused(&layer, "not quantized");
	layer.conv = NULL;
	refused(&layer, "not a convolution");
	c = case_new((Conv)CONV(3, 9, 9, 4, 3, 3, 1, 1, 1, 1, 1), 1);
	c->layer.in--;
	refused(&c->layer, "do not fit");
	c->layer.in++;
	c->conv.out_width++;
	refused(&c->layer, "do not fit");
	c->conv.kernel_h = 12;
	refused(&c->layer, "12");
	c = case_new((Conv)CONV(3, 9, 9, 4, 3, 3, 1, 1, 1, 1, 1), 1);
	c->quant.x_scale = 1e-20f;
	refused(&c->layer, "32 bits");
	c->quant.x_scale = 1;
	c->quant.y_scale = 1e-8f;
	refused(&c->layer, "output scale");
	c = case_new((Conv)CONV(3, 9, 9, 2, 3, 3, 1, 1, 1, 1, 1), 1);
	c->conv.pad_h = c->conv.pad_w = 12000;
	refused(&c->layer, "too large");
	/* Columns of 57 units and 4,000×4,000 pixels pass 2^31 bytes. */
	c = case_new((Conv)CONV(1, 8, 8, 1, 15, 15, 2, 2, 4000, 4000, 1), 1);
	for (size_t i = 0; kernels[i]; i++) {
		KernelPacked packed;

		if (kernels[i]->op != KERNEL_CONV || kernels[i]->form != KERNEL_INT8 ||
		    !kernels[i]->needs)
			continue;
		err.code = ERR_NONE;
		assert_false(kernels[i]->pack(&packed, &c->layer, arena, &err));
		assert_int_equal(err.code, ERR_ARGUMENT);
		assert_non_null(strstr(err.text, "too large"));
	}
	arena_rewind(arena, mark);
}

/* Every allocation that packing makes fails once. */
static void test_memory(void **state)
{
	ArenaMark mark = arena_mark(arena);
	Case *c = case_new(shapes[1], 1);

	(void)state;
	for (size_t i = 0; kernels[i]; i++)
		if (ours(kernels[i]))
			packs_or_lacks_memory(kernels[i], &c->layer);
	arena_rewind(arena, mark);
}

static void test_choice(void **state)
{
	KernelWish wish;
	const Kernel *kernel;

	(void)state;
	assert_true(kernel_wish_parse(&wish, "auto", &err));
	kernel = kernel_pick(KERNEL_CONV, KERNEL_INT8, 1, &wish);
	assert_non_null(kernel);
	assert_true(ours(kernel) && runs_here(kernel));
	assert_true(kernel_wish_parse(&wish, "scalar", &err));
	assert_string_equal(kernel_pick(KERNEL_CONV, KERNEL_INT8, 64, &wish)->info.name,
			    "conv-int8-scalar");
	assert_true(kernel_wish_parse(&wish, "conv-int8-scalar,int8-scalar", &err));
	for (size_t i = 0; kernels[i]; i++)
		if (ours(kernels[i]))
			runs_or_is_told(kernels[i]);
}

static int setup(void **state)
{
	(void)state;
	return make_setup(11);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choice),   cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_rows),     cmocka_unit_test(test_widths),
		cmocka_unit_test(test_extremes), cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, setup, make_teardown);
}
