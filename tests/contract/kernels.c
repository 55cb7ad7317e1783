/* Every kernel of the table against the textbook reference, over shapes, rows and sparsities.
 * A kernel whose instructions this processor lacks is reported and not counted as a fault.
 * SPDX-License-Identifier: MIT */
#include "../unit/unit.h"
#include "../unit/alloc_fail.h"
#include "../unit/guarded.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/random.h"
#include "num/blas.h"
#include "num/cpu.h"
#include "num/kernel.h"
#include "num/reference.h"

#define GUARD 64 /* elements behind a result that may not change */

/* A layer with its inputs and the reference's answers, for `rows` rows. */
typedef struct Case {
	Linear layer;
	LinearQuant quant;
	size_t rows;
	float *w, *b, *w_scale;
	int8_t *w_q;
	float *x;     /* (rows,in) */
	uint8_t *x_q; /* (rows,in) */
	uint64_t nonzero;
} Case;

static Random source;
static Arena *arena;
static Err err;

static void *take(size_t count, size_t size)
{
	void *p = arena_take(arena, count, size, &err);

	assert_non_null(p);
	return p;
}

static size_t padded(size_t n, size_t align)
{
	return (n + align - 1) / align * align;
}

/* zero_share: of the weights, exactly all of them at 1; every fifth output loses all its weights
 * from 0.5 on. */
static Case case_new(size_t in, size_t out, size_t rows, double zero_share, bool relu, bool last)
{
	Case c = { .rows = rows };

	c.w = take(in * out, sizeof *c.w);
	c.b = take(out, sizeof *c.b);
	c.w_scale = take(out, sizeof *c.w_scale);
	c.w_q = take(in * out, 1);
	c.x = take(rows * in, sizeof *c.x);
	c.x_q = take(rows * in, 1);
	for (size_t i = 0; i < in * out; i++) {
		bool empty = zero_share >= 0.5 && i % out % 5 == 2;

		if (!empty && random_unit(&source) >= zero_share) {
			c.w[i] = random_uniform(&source, -1, 1);
			c.w_q[i] = (int8_t)((int)random_below(&source, 255) - 127);
		}
		c.nonzero += c.w[i] != 0;
	}
	for (size_t o = 0; o < out; o++) {
		c.b[o] = random_uniform(&source, -1, 1);
		c.w_scale[o] = random_uniform(&source, 0.001f, 0.02f);
	}
	for (size_t i = 0; i < rows * in; i++) {
		c.x[i] = random_uniform(&source, -1, 1);
		c.x_q[i] = (uint8_t)random_below(&source, 256);
	}
	c.quant = (LinearQuant){ .w = c.w_q,
				 .w_scale = c.w_scale,
				 .x_scale = 0.01f,
				 .y_scale = 0.02f * (float)sqrt((double)in),
				 .x_zero = (uint8_t)random_below(&source, 256),
				 .y_zero = (uint8_t)random_below(&source, 256) };
	c.layer = (Linear){ .in = in, .out = out, .w = c.w, .b = c.b, .relu = relu, .last = last };
	return c;
}

static KernelPacked pack(const Kernel *kernel, const Linear *layer)
{
	KernelPacked packed = { 0 };

	if (!kernel->pack(&packed, layer, arena, &err))
		fail_msg("%s: pack: %s", kernel->info.name, err.text);
	return packed;
}

static void run(const Kernel *kernel, const KernelPacked *packed, const void *x, size_t x_ld,
		void *y, size_t y_ld, size_t rows)
{
	size_t calls = alloc_calls;

	kernel->run(packed, x, x_ld, y, y_ld, rows);
	assert_int_equal(alloc_calls, calls);
}

static void compare_f32(const Kernel *kernel, const Case *c, const float *y, size_t row_step,
			size_t col_step)
{
	const Linear *layer = &c->layer;
	float *want = take(c->rows * layer->out, sizeof *want);

	reference_linear(layer, c->x, layer->in, want, layer->out, c->rows);
	for (size_t r = 0; r < c->rows; r++) {
		for (size_t o = 0; o < layer->out; o++) {
			double got = (double)y[r * row_step + o * col_step];
			double expected = (double)want[r * layer->out + o];

			if (!(fabs(got - expected) <= 1e-5 + 4e-7 * (double)layer->in))
				fail_msg("%s %zu-%zu, %zu rows: y[%zu][%zu] is %g, expected %g",
					 kernel->info.name, layer->in, layer->out, c->rows, r, o,
					 got, expected);
		}
	}
}

static void check_dense(const Kernel *kernel, const Case *c)
{
	const Linear *layer = &c->layer;
	size_t ld = layer->out + 3;
	float *y = take(c->rows * ld + GUARD, sizeof *y);
	KernelPacked packed = pack(kernel, layer);

	for (size_t i = 0; i < c->rows * ld + GUARD; i++)
		y[i] = -77;
	assert_int_equal(packed.in, LAYOUT_ROWS_F32);
	assert_int_equal(packed.out, LAYOUT_ROWS_F32);
	assert_int_equal(packed.macs, layer->in * layer->out);
	run(kernel, &packed, c->x, layer->in, y, ld, c->rows);
	compare_f32(kernel, c, y, ld, 1);
	for (size_t r = 0; r < c->rows; r++)
		for (size_t o = layer->out; o < ld; o++)
			assert_true(y[r * ld + o] == -77.0f);
	for (size_t i = c->rows * ld; i < c->rows * ld + GUARD; i++)
		assert_true(y[i] == -77.0f);
}

/* A buffer of columns whose padding holds what would show: not a number. */
static float *columns(const Case *c, size_t ld)
{
	float *x = guarded_new(c->layer.in * ld * sizeof *x);

	assert_non_null(x);
	for (size_t i = 0; i < c->layer.in; i++)
		for (size_t r = 0; r < ld; r++)
			x[i * ld + r] = r < c->rows ? c->x[r * c->layer.in + i] : NAN;
	return x;
}

static void check_csr(const Kernel *kernel, const Case *c)
{
	const Linear *layer = &c->layer;
	size_t x_ld = padded(c->rows, KERNEL_COLS_ALIGN);
	size_t y_ld = x_ld + KERNEL_COLS_ALIGN;
	float *x = columns(c, x_ld);
	float *y = take(layer->out * y_ld + GUARD, sizeof *y);
	float *split = take(layer->out * y_ld + GUARD, sizeof *y);
	KernelPacked packed = pack(kernel, layer);

	for (size_t i = 0; i < layer->out * y_ld + GUARD; i++)
		y[i] = split[i] = -77;
	assert_int_equal(packed.in, LAYOUT_COLS_F32);
	assert_int_equal(packed.out, LAYOUT_COLS_F32);
	assert_int_equal(packed.macs, c->nonzero);
	run(kernel, &packed, x, x_ld, y, y_ld, c->rows);
	compare_f32(kernel, c, y, 1, y_ld);
	for (size_t i = 0; i < layer->out * y_ld + GUARD; i++)
		if (i >= layer->out * y_ld || i % y_ld >= x_ld)
			assert_true(y[i] == -77.0f);
	for (size_t r = 0; r < c->rows; r += KERNEL_COLS_ALIGN) {
		size_t count = c->rows - r < KERNEL_COLS_ALIGN ? c->rows - r : KERNEL_COLS_ALIGN;

		run(kernel, &packed, x + r, x_ld, split + r, y_ld, count);
	}
	for (size_t o = 0; o < layer->out; o++)
		assert_memory_equal(y + o * y_ld, split + o * y_ld, c->rows * sizeof *y);
	guarded_free(x, layer->in * x_ld * sizeof *x);
}

static uint8_t *quantized_rows(const Case *c, size_t ld)
{
	uint8_t *x = guarded_new(c->rows * ld);

	assert_non_null(x);
	memset(x, 0xa5, c->rows * ld);
	for (size_t r = 0; r < c->rows; r++)
		memcpy(x + r * ld, c->x_q + r * c->layer.in, c->layer.in);
	return x;
}

static void check_int8(const Kernel *kernel, const Case *c)
{
	Linear layer = c->layer;
	size_t size = layer.last ? sizeof(float) : 1;
	size_t x_ld = padded(layer.in, KERNEL_U8_ALIGN);
	size_t y_ld = layer.last ? layer.out + 1 : padded(layer.out, KERNEL_U8_ALIGN);
	size_t bytes = c->rows * y_ld * size;
	uint8_t *x = quantized_rows(c, x_ld);
	uint8_t *y = take(bytes + GUARD, 1), *want = take(bytes, 1);
	KernelPacked packed;

	layer.quant = &c->quant;
	packed = pack(kernel, &layer);
	memset(y, 0x5a, bytes + GUARD);
	assert_int_equal(packed.in, LAYOUT_ROWS_U8);
	assert_int_equal(packed.out, layer.last ? LAYOUT_ROWS_F32 : LAYOUT_ROWS_U8);
	assert_int_equal(packed.macs, layer.in * layer.out);
	run(kernel, &packed, x, x_ld, y, y_ld, c->rows);
	reference_linear_int8(&layer, x, x_ld, want, y_ld, c->rows);
	for (size_t r = 0; r < c->rows; r++)
		if (memcmp(y + r * y_ld * size, want + r * y_ld * size, layer.out * size) != 0)
			fail_msg("%s %zu-%zu, %zu rows: row %zu differs", kernel->info.name,
				 layer.in, layer.out, c->rows, r);
	for (size_t i = bytes; i < bytes + GUARD; i++)
		assert_int_equal(y[i], 0x5a);
	for (size_t r = 0; layer.last && r < c->rows; r++)
		assert_memory_equal(y + (r * y_ld + layer.out) * size, "ZZZZ", 4);
	guarded_free(x, c->rows * x_ld);
}

static void check(const Kernel *kernel, const Case *c)
{
	static void (*const checks[KERNEL_FORMS])(const Kernel *kernel, const Case *c) = {
		[KERNEL_DENSE] = check_dense, [KERNEL_CSR] = check_csr, [KERNEL_INT8] = check_int8
	};

	checks[kernel->form](kernel, c);
}

static bool runs_here(const Kernel *kernel)
{
	return !(kernel->needs & ~cpu_features());
}

/* One case through every kernel that runs here; the arena is given back. */
static void check_all(size_t in, size_t out, size_t rows, double zero_share, bool relu, bool last)
{
	ArenaMark mark = arena_mark(arena);
	Case c = case_new(in, out, rows, zero_share, relu, last);

	for (size_t i = 0; kernels[i]; i++)
		if (runs_here(kernels[i]))
			check(kernels[i], &c);
	arena_rewind(arena, mark);
}

static const size_t sizes[] = { 1, 3, 17, 64, 65, 100, 300, 784 };
static const size_t row_counts[] = { 1, 2, 5, 6, 7, 16, 63, 64, 65, 256 };

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void test_shapes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++)
		for (size_t o = 0; o < COUNT(sizes); o++)
			check_all(sizes[i], sizes[o], row_counts[(i + o) % COUNT(row_counts)], 0.3,
				  (i + o) & 1, (i ^ o) & 2);
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t r = 0; r < COUNT(row_counts); r++) {
		check_all(65, 100, row_counts[r], 0, true, false);
		check_all(100, 17, row_counts[r], 0.9, false, true);
		check_all(17, 36, row_counts[r], 0.5, false, false);
	}
	for (size_t rows = 1; rows <= 70; rows++)
		check_all(20, 33, rows, 0.5, rows & 1, rows & 2);
}

static void test_sparsities(void **state)
{
	static const double shares[] = { 0, 0.1, 0.5, 0.7, 0.9, 0.95, 0.99, 1 };

	(void)state;
	for (size_t s = 0; s < COUNT(shares); s++)
		check_all(300, 100, 64, shares[s], s & 1, false);
}

static void test_widths(void **state)
{
	(void)state;
	for (size_t out = 1; out <= 130; out++)
		check_all(13, out, 7, 0.2, out & 1, out & 2);
}

/* Sums at the edge of 32 bits: all inputs 255 or 0, all weights ±127, the longest row that int8
 * allows. */
static void extreme(size_t in, uint8_t x, int w, uint8_t x_zero, uint8_t y_zero, float y_scale)
{
	ArenaMark mark = arena_mark(arena);
	Case c = case_new(in, 3, 7, 0, false, false);

	c.quant.x_zero = x_zero;
	c.quant.y_zero = y_zero;
	c.quant.x_scale = 1;
	c.quant.y_scale = y_scale;
	memset(c.x_q, x, c.rows * in);
	for (size_t i = 0; i < in * 3; i++)
		c.w_q[i] = (int8_t)(i % 3 == 1 ? -w : w);
	for (size_t o = 0; o < 3; o++) {
		c.w_scale[o] = 1;
		c.b[o] = 0;
	}
	for (int variant = 0; variant < 4; variant++) {
		c.layer.relu = variant & 1;
		c.layer.last = variant & 2;
		for (size_t i = 0; kernels[i]; i++)
			if (kernels[i]->form == KERNEL_INT8 && runs_here(kernels[i]))
				check(kernels[i], &c);
	}
	arena_rewind(arena, mark);
}

static void test_extremes(void **state)
{
	static const float y_scales[] = { 1e7f, 65536, 100, 2.0f, 1.9999999f, 1e10f, 1e30f };

	(void)state;
	for (size_t s = 0; s < COUNT(y_scales); s++) {
		for (int zeros = 0; zeros < 4; zeros++) {
			uint8_t x_zero = zeros & 1 ? 255 : 0, y_zero = zeros & 2 ? 255 : 0;

			extreme(784, 255, 127, x_zero, y_zero, y_scales[s]);
			extreme(784, 0, 127, x_zero, y_zero, y_scales[s]);
			extreme(1, 255, 127, x_zero, y_zero, y_scales[s]);
		}
	}
	extreme(66311, 255, 127, 0, 128, 8e6f);
	extreme(66311, 255, 127, 255, 0, 8e6f);
	extreme(66311, 0, 127, 255, 3, 8e6f);
}

/* Requantization against exact arithmetic in quad precision, ties included: floor(acc·M + ½). */
static void test_requant(void **state)
{
	static const double scales[] = { 0.5,     0.25, 1.0 / 3, 0.999999,
					 1e-3,    7e-8, 0x1p-31, 0x1p-32,
					 0x1p-33, 1,    3.7,     0x1.fffffffffffffp-1 };

	(void)state;
	for (size_t s = 0; s < COUNT(scales); s++) {
		Requant q = requant_from_scale(scales[s]);
		double m = ldexp((double)q.multiplier, -31 - q.shift);

		assert_true(fabs(m - scales[s]) <= scales[s] * 0x1p-31 + 0x1p-33);
		for (int i = 0; i < 2000; i++) {
			int32_t acc = (int32_t)random_below(&source, 1u << 29) - (1 << 28);
			long double exact;

			acc = i < 100 ? i - 50 : acc;
			exact = floorl((long double)acc * (long double)m + 0.5L);
			assert_true((long double)requant_apply(acc, q) == exact);
		}
	}
	assert_int_equal(requant_from_scale(1e12).multiplier, INT32_MAX);
	assert_int_equal(requant_apply(INT32_MAX, requant_from_scale(0)), 0);
	assert_int_equal(requant_apply(INT32_MIN, requant_from_scale(1e-30)), 0);
}

static void refused(const char *form, const Linear *layer, const char *what)
{
	KernelForm wanted;

	assert_true(kernel_form_find(form, &wanted));
	for (size_t i = 0; kernels[i]; i++) {
		KernelPacked packed;

		if (kernels[i]->form != wanted)
			continue;
		err.code = ERR_NONE;
		assert_false(kernels[i]->pack(&packed, layer, arena, &err));
		assert_int_equal(err.code, ERR_ARGUMENT);
		if (!strstr(err.text, what))
			fail_msg("%s: \"%s\" says nothing of %s", kernels[i]->info.name, err.text,
				 what);
	}
}

static void test_refusals(void **state)
{
	ArenaMark mark = arena_mark(arena);
	Case c = case_new(70000, 1, 1, 0.5, false, false);
	Linear layer = c.layer;
	KernelPacked packed;

	(void)state;
	refused("csr", &layer, "70000 inputs");
	refused("int8", &layer, "not quantized");
	layer.quant = &c.quant;
	refused("int8", &layer, "70000 inputs");
	layer.in = 66311;
	c.quant.x_scale = 1e-20f;
	refused("int8", &layer, "32 bits");
	c.quant.x_scale = 0;
	refused("int8", &layer, "32 bits");
	c.quant.x_scale = c.w_scale[0] = 1;
	c.quant.x_zero = 0;
	memset(c.w_q, 127, layer.in);
	c.b[0] = (float)(INT32_MAX - 255 * 127 * 66311);
	assert_true(kernel_find("int8-scalar")->pack(&packed, &layer, arena, &err));
	c.b[0]++;
	refused("int8", &layer, "32 bits");
	c.b[0] = -1;
	memset(c.w_q, -127, layer.in);
	assert_true(kernel_find("int8-scalar")->pack(&packed, &layer, arena, &err));
	c.b[0] = (float)(INT32_MIN + 255 * 127 * 66311 - 1);
	refused("int8", &layer, "32 bits");
	c.b[0] = 0;
	c.quant.x_scale = 1;
	c.quant.y_scale = 1e-8f;
	refused("int8", &layer, "output scale");
	arena_rewind(arena, mark);
}

/* Every allocation that packing makes fails once: a refusal that says so, nothing else. */
static void test_memory(void **state)
{
	ArenaMark mark = arena_mark(arena);
	Case c = case_new(300, 100, 1, 0.5, true, false);

	(void)state;
	c.layer.quant = &c.quant;
	for (size_t i = 0; kernels[i]; i++) {
		bool packed = false;

		for (size_t n = 0; !packed; n++) {
			KernelPacked out;
			Arena *small = arena_new(64, &err);

			assert_non_null(small);
			err.code = ERR_NONE;
			alloc_fail_after(n);
			packed = kernels[i]->pack(&out, &c.layer, small, &err);
			alloc_fail_never();
			assert_int_equal(err.code, packed ? ERR_NONE : ERR_MEMORY);
			assert_true(n > 0 || !packed);
			arena_free(small);
		}
	}
	arena_rewind(arena, mark);
}

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; kernels[i]; i++) {
		KernelForm form;

		assert_ptr_equal(kernel_find(kernels[i]->info.name), kernels[i]);
		assert_true(strlen(kernels[i]->info.title) > 0 &&
			    strlen(kernels[i]->info.about) > 0);
		assert_non_null(kernels[i]->pack);
		assert_true(kernel_form_find(kernel_form_name(kernels[i]->form), &form));
		assert_int_equal(form, kernels[i]->form);
		if (runs_here(kernels[i]))
			assert_non_null(kernels[i]->run);
		else
			print_message("not tested, this processor lacks its instructions: %s\n",
				      kernels[i]->info.name);
	}
	assert_null(kernel_find("csr-avx1024"));
}

static void test_wishes(void **state)
{
	KernelWish wish;

	(void)state;
	assert_true(kernel_wish_parse(&wish, "auto", &err));
	for (int form = 0; form < KERNEL_FORMS; form++) {
		const Kernel *kernel = kernel_pick((KernelForm)form, &wish);

		assert_non_null(kernel);
		assert_true(runs_here(kernel));
	}
	assert_string_equal(kernel_pick(KERNEL_DENSE, &wish)->info.name, "dense-blas");
	assert_true(kernel_wish_parse(&wish, "scalar", &err));
	assert_string_equal(kernel_pick(KERNEL_CSR, &wish)->info.name, "csr-scalar");
	assert_string_equal(kernel_pick(KERNEL_INT8, &wish)->info.name, "int8-scalar");
	assert_true(kernel_wish_parse(&wish, "csr-scalar,dense-reference", &err));
	assert_string_equal(kernel_pick(KERNEL_CSR, &wish)->info.name, "csr-scalar");
	assert_string_equal(kernel_pick(KERNEL_DENSE, &wish)->info.name, "dense-reference");
	assert_false(kernel_wish_parse(&wish, "csr-scalr", &err));
	assert_int_equal(err.code, ERR_USAGE);
	assert_non_null(strstr(err.text, "did you mean 'csr-scalar'?"));
	assert_false(kernel_wish_parse(&wish, "csr-scalar,", &err));
	assert_false(kernel_wish_parse(&wish, "csr-scalar,csr-scalar", &err));
	assert_non_null(strstr(err.text, "both csr"));
	wish = (KernelWish){ .features = 0 };
	assert_string_equal(kernel_pick(KERNEL_INT8, &wish)->info.name, "int8-scalar");
}

static int setup(void **state)
{
	(void)state;
	random_init(&source, 7, RANDOM_WEIGHTS);
	blas_prepare(NULL);
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
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_wishes),
		cmocka_unit_test(test_requant),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_sparsities),
		cmocka_unit_test(test_widths),
		cmocka_unit_test(test_extremes),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
