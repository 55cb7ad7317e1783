/* Every f32 convolution kernel of the table against the textbook reference, over shapes, rows and
 * sparsities. A kernel whose instructions this processor lacks is reported and not counted as a
 * fault.
 * SPDX-License-Identifier: MIT */
#include "../unit/unit.h"
#include "../unit/conv_make.h"
#include "../unit/guarded.h"
#include "kernel_make.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "num/reference.h"

typedef struct Case {
	Conv conv;
	Linear layer;
	size_t rows;
	float *x, *want; /* (rows, features) */
} Case;

static bool ours(const Kernel *kernel)
{
	return kernel->op == KERNEL_CONV &&
	       (kernel->form == KERNEL_DENSE || kernel->form == KERNEL_CSR);
}

/* c->conv stays where it is: the layer points at it. */
static void case_init(Case *c, const Conv *shape, size_t rows, double zero_share, bool relu)
{
	float *w, *b;

	*c = (Case){ .conv = *shape, .rows = rows };
	assert_true(conv_shape(&c->conv, &err));
	c->layer = (Linear){
		.in = conv_taps(&c->conv), .out = c->conv.filters, .relu = relu, .conv = &c->conv
	};
	w = take(c->layer.in * c->layer.out, sizeof *w);
	b = take(c->layer.out, sizeof *b);
	conv_numbers(&source, w, c->layer.in * c->layer.out);
	conv_numbers(&source, b, c->layer.out);
	for (size_t i = 0; i < c->layer.in * c->layer.out; i++)
		if (random_unit(&source) < zero_share ||
		    (zero_share > 0 && i % c->layer.out % 5 == 2))
			w[i] = 0;
	c->layer.w = w;
	c->layer.b = b;
	c->x = take(rows * conv_in(&c->conv), sizeof *c->x);
	conv_numbers(&source, c->x, rows * conv_in(&c->conv));
	c->want = take(rows * conv_out(&c->conv), sizeof *c->want);
	reference_conv(&c->layer, c->x, conv_in(&c->conv), c->want, conv_out(&c->conv), rows);
}

/* Multiply-adds of an image, padding included; of weights that are not 0 only, if sparse. */
static uint64_t count_macs(const Case *c, bool sparse)
{
	uint64_t weights = 0;

	for (size_t i = 0; i < c->layer.in * c->layer.out; i++)
		weights += !sparse || c->layer.w[i] != 0;
	return weights * c->conv.out_height * c->conv.out_width;
}

/* Elements of a layout from one row or block to the next, and of all rows. */
static size_t ld_of(Layout layout, size_t n)
{
	return layout == LAYOUT_TILES_F32 ? n * KERNEL_TILE : n + 3;
}

static size_t count_of(Layout layout, size_t rows, size_t n)
{
	size_t units = layout == LAYOUT_TILES_F32 ? (rows + KERNEL_TILE - 1) / KERNEL_TILE : rows;

	/* Nothing is read or written between the last row and its ld. */
	return units * ld_of(layout, n) - (layout == LAYOUT_TILES_F32 ? 0 : 3);
}

static void compare(const Kernel *kernel, const Case *c, Layout layout, const float *y)
{
	size_t n = conv_out(&c->conv), ld = ld_of(layout, n);

	for (size_t r = 0; r < c->rows; r++) {
		for (size_t i = 0; i < n; i++) {
			double want = (double)c->want[r * n + i];
			double got = (double)(layout == LAYOUT_TILES_F32
						      ? y[r / 16 * ld + i * 16 + r % 16]
						      : y[r * ld + i]);

			if (!(fabs(got - want) <= 1e-5 + 4e-7 * (double)c->layer.in))
				fail_msg("%s: %zux%zux%zu to %zu, %zu rows: y[%zu][%zu] is %g, "
					 "expected %g",
					 kernel->info.name, c->conv.channels, c->conv.height,
					 c->conv.width, c->conv.filters, c->rows, r, i, got, want);
		}
		for (size_t i = n; layout == LAYOUT_ROWS_F32 && i < ld && r + 1 < c->rows; i++)
			assert_true(y[r * ld + i] == -77);
	}
}

/* Runs a kernel with memory that ends where it may. */
static void check(const Kernel *kernel, const Case *c)
{
	KernelPacked packed = { 0 };
	size_t in = conv_in(&c->conv), out = conv_out(&c->conv), calls;
	size_t x_bytes, y_bytes, scratch_bytes;
	uint64_t macs;
	float *x, *y;
	void *scratch;

	if (!kernel->pack(&packed, &c->layer, arena, &err))
		fail_msg("%s: pack: %s", kernel->info.name, err.text);
	macs = count_macs(c, kernel->form == KERNEL_CSR);
	/* Winograd's F(2x2, 3x3) executes 16 of 36. */
	if (kernel->form == KERNEL_DENSE && 9 * packed.macs == 4 * macs)
		assert_true(c->conv.kernel_h == 3 && c->conv.kernel_w == 3);
	else
		assert_int_equal(packed.macs, macs);
	assert_true(packed.weight_bytes >= c->layer.out * sizeof(float));
	x_bytes = count_of(packed.in, c->rows, in) * sizeof *x;
	y_bytes = count_of(packed.out, c->rows, out) * sizeof *y;
	scratch_bytes = packed.scratch_bytes;
	if (packed.in == LAYOUT_TILES_F32) { /* off the alignment that whole vectors give */
		x_bytes += sizeof *x;
		y_bytes += sizeof *y;
	}
	x = guarded_new(x_bytes);
	y = guarded_new(y_bytes);
	scratch = scratch_bytes ? guarded_new((scratch_bytes + 63) / 64 * 64) : NULL;
	assert_true(x && y && (scratch || !scratch_bytes));
	for (size_t i = 0; i < y_bytes / sizeof *y; i++)
		y[i] = -77;
	if (scratch)
		memset(scratch, 0xff, scratch_bytes); /* not numbers */
	if (packed.in == LAYOUT_TILES_F32)
		convert_rows_to_tiles(cpu_features(), c->x, in, x, ld_of(packed.in, in), c->rows,
				      in);
	else
		for (size_t r = 0; r < c->rows; r++)
			memcpy(x + r * ld_of(packed.in, in), c->x + r * in, in * sizeof *x);
	calls = alloc_calls;
	kernel->run(&packed, x, ld_of(packed.in, in), y, ld_of(packed.out, out), c->rows, scratch);
	assert_int_equal(alloc_calls, calls);
	compare(kernel, c, packed.out, y);
	guarded_free(x, x_bytes);
	guarded_free(y, y_bytes);
	if (scratch)
		guarded_free(scratch, (scratch_bytes + 63) / 64 * 64);
}

static void check_all(const Conv *shape, size_t rows, double zero_share, bool relu)
{
	ArenaMark mark = arena_mark(arena);
	Case c;

	case_init(&c, shape, rows, zero_share, relu);
	for (size_t i = 0; kernels[i]; i++)
		if (ours(kernels[i]) && runs_here(kernels[i]))
			check(kernels[i], &c);
	arena_rewind(arena, mark);
}

static void test_shapes(void **state)
{
	static const size_t rows[] = { 1, 3, 16, 18, 33 };

	(void)state;
	for (size_t i = 0; i < CONV_SHAPES; i++) {
		check_all(&conv_shapes[i], rows[i % 5], 0, i % 2);
		check_all(&conv_shapes[i], rows[(i + 2) % 5], 0.7, i % 2 == 0);
	}
}

/* Those that Winograd's products suit, beside those of conv_shapes: blocks of channels and filters
 * that are not full or have no pair, paddings, tiles of more than one band, bands of one row; and
 * rows of pixels that vectors fill, nearly fill, or run over. */
static void test_planes(void **state)
{
	static const Conv shapes[] = {
		SHAPE(8, 6, 6, 16, 3, 3, 1, 1, 1, 1, 1),
		SHAPE(17, 12, 8, 48, 3, 3, 1, 1, 0, 0, 1),
		SHAPE(33, 4, 6, 16, 3, 3, 1, 1, 2, 2, 1),
		SHAPE(9, 2, 20, 80, 3, 3, 1, 1, 1, 1, 1),
		SHAPE(8, 34, 64, 64, 3, 3, 1, 1, 1, 1, 1),
		SHAPE(8, 4, 1030, 32, 3, 3, 1, 1, 1, 0, 1),
		SHAPE(1, 5, 28, 9, 3, 3, 1, 1, 1, 1, 1),
		SHAPE(2, 4, 16, 17, 3, 3, 1, 1, 1, 1, 1),
		SHAPE(2, 1, 30, 3, 1, 1, 1, 1, 0, 0, 1),
		SHAPE(3, 9, 8, 4, 1, 1, 1, 1, 0, 0, 1),
		SHAPE(1, 9, 7, 5, 3, 12, 1, 1, 1, 5, 1),
		SHAPE(4, 6, 30, 6, 3, 3, 1, 2, 1, 1, 2),
	};

	(void)state;
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
		check_all(&shapes[i], 1 + i % 3, 0, i % 2);
}

static void test_rows(void **state)
{
	const Conv shape = SHAPE(2, 5, 6, 5, 3, 3, 1, 1, 1, 1, 1);

	(void)state;
	for (size_t rows = 1; rows <= 70; rows++)
		check_all(&shape, rows, 0.3, true);
}

static void test_sparsities(void **state)
{
	const Conv shape = SHAPE(6, 7, 7, 16, 5, 5, 1, 1, 2, 2, 1);

	(void)state;
	for (int i = 0; i <= 10; i++)
		check_all(&shape, 17, i / 10.0, false);
}

static void test_table(void **state)
{
	size_t count = 0;

	(void)state;
	for (size_t i = 0; kernels[i]; i++) {
		if (!ours(kernels[i]))
			continue;
		count++;
		runs_or_is_told(kernels[i]);
	}
	assert_int_equal(count, 8);
}

static void test_wishes(void **state)
{
	KernelWish wish;

	(void)state;
	assert_true(kernel_wish_parse(&wish, "auto", &err));
	if (cpu_features() & CPU_AVX2) {
		assert_non_null(strstr(kernel_pick(KERNEL_CONV, KERNEL_DENSE, 1, &wish)->info.name,
				       "conv-planes"));
		assert_non_null(strstr(kernel_pick(KERNEL_CONV, KERNEL_DENSE, 64, &wish)->info.name,
				       "conv-tiles"));
	}
	assert_non_null(kernel_pick(KERNEL_CONV, KERNEL_CSR, 1, &wish));
	assert_true(kernel_wish_parse(&wish, "scalar", &err));
	for (size_t batch = 1; batch < 100; batch += 9) {
		assert_string_equal(kernel_pick(KERNEL_CONV, KERNEL_DENSE, batch, &wish)->info.name,
				    "conv-scalar");
		assert_string_equal(kernel_pick(KERNEL_CONV, KERNEL_CSR, batch, &wish)->info.name,
				    "conv-csr-scalar");
	}
}

static void test_refusals(void **state)
{
	const float w[] = { 1 }, b[] = { 0 };
	const Linear layer = { .in = 1, .out = 1, .w = w, .b = b };
	KernelPacked packed;

	(void)state;
	for (size_t i = 0; kernels[i]; i++) {
		if (!ours(kernels[i]))
			continue;
		err.code = ERR_NONE;
		assert_false(kernels[i]->pack(&packed, &layer, arena, &err));
		assert_int_equal(err.code, ERR_ARGUMENT);
		assert_non_null(strstr(err.text, "convolution"));
	}
}

/* Every allocation that packing makes fails once. */
static void test_memory(void **state)
{
	ArenaMark mark = arena_mark(arena);
	Case c;

	(void)state;
	case_init(&c, &conv_shapes[1], 1, 0.5, true);
	for (size_t i = 0; kernels[i]; i++)
		if (ours(kernels[i]))
			packs_or_lacks_memory(kernels[i], &c.layer);
	arena_rewind(arena, mark);
}

static int setup(void **state)
{
	(void)state;
	return make_setup(11);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),      cmocka_unit_test(test_wishes),
		cmocka_unit_test(test_shapes),     cmocka_unit_test(test_rows),
		cmocka_unit_test(test_sparsities), cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_planes),
	};

	return cmocka_run_group_tests(tests, setup, make_teardown);
}
