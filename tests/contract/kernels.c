/* Every kernel of the table against the textbook reference, over shapes, rows and sparsities.
 * A kernel whose instructions this processor lacks is reported and not counted as a fault.
 * SPDX-License-Identifier: MIT */
#include "../unit/guarded.h"
#include "kernel_make.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "num/dense/bf16.h"
#include "num/blas.h"
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
	c.layer =
		(Linear){ .in = in, .out = out, .w = c.w, .b = c.b, .relu = relu, .to_f32 = last };
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
	size_t bytes = padded(packed->scratch_bytes, 64), calls;
	void *scratch = bytes ? guarded_new(bytes) : NULL;

	assert_true(scratch || !bytes);
	calls = alloc_calls;
	kernel->run(packed, x, x_ld, y, y_ld, rows, scratch);
	assert_int_equal(alloc_calls, calls);
	if (scratch)
		guarded_free(scratch, bytes);
}

/* The operands as a bf16 kernel sees them: what is left are the sums, in f32. */
static float *bf16_rounded(const float *x, size_t count)
{
	float *y = take(count, sizeof *y);

	for (size_t i = 0; i < count; i++)
		y[i] = bf16_to_f32(bf16_from_f32(x[i]));
	return y;
}

static void compare_f32(const Kernel *kernel, const Case *c, const float *y, size_t row_step,
			size_t col_step)
{
	const Linear *layer = &c->layer;
	Linear seen = *layer;
	const float *x = c->x;
	float *want = take(c->rows * layer->out, sizeof *want);

	if (kernel->form == KERNEL_BF16) {
		seen.w = bf16_rounded(layer->w, layer->in * layer->out);
		x = bf16_rounded(x, c->rows * layer->in);
	}
	reference_linear(&seen, x, layer->in, want, layer->out, c->rows);
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

/* Weights in blocks of one input and 16 outputs that hold any. */
static uint64_t block_macs(const Linear *layer)
{
	uint64_t macs = 0;

	for (size_t i = 0; i < layer->in; i++) {
		for (size_t o = 0; o < layer->out; o += 16) {
			size_t width = layer->out - o < 16 ? layer->out - o : 16, held = 0;

			for (size_t l = 0; l < width; l++)
				held += layer->w[i * layer->out + o + l] != 0;
			macs += held ? width : 0;
		}
	}
	return macs;
}

static uint64_t expected_macs(const Kernel *kernel, const Case *c)
{
	if (kernel->form == KERNEL_CSR)
		return c->nonzero;
	return kernel->form == KERNEL_BLOCK ? block_macs(&c->layer) : c->layer.in * c->layer.out;
}

/* Rows that end at a guard; the padding between them holds what would show: not a number. */
static float *guarded_rows(const Case *c, size_t ld, size_t bytes)
{
	float *x = guarded_new(bytes);

	assert_non_null(x);
	for (size_t i = 0; i < bytes / sizeof *x; i++)
		x[i] = i % ld < c->layer.in ? c->x[i / ld * c->layer.in + i % ld] : NAN;
	return x;
}

/* A row's result may not depend on the others; OpenBLAS does not promise that. */
static void check_single_rows(const Kernel *kernel, const KernelPacked *packed, const Case *c,
			      const float *x, size_t x_ld, const float *y, size_t y_ld)
{
	float *single = take(c->layer.out, sizeof *single);

	if (strcmp(kernel->info.name, "dense-blas") == 0)
		return;
	for (size_t r = 0; r < c->rows; r++) {
		run(kernel, packed, x + r * x_ld, x_ld, single, y_ld, 1);
		assert_memory_equal(single, y + r * y_ld, c->layer.out * sizeof *y);
	}
}

static void check_rows(const Kernel *kernel, const Case *c)
{
	const Linear *layer = &c->layer;
	size_t ld = layer->out + 3, x_ld = layer->in + 3;
	size_t bytes = (c->rows * x_ld - 3) * sizeof(float);
	float *y = take(c->rows * ld + GUARD, sizeof *y), *x = guarded_rows(c, x_ld, bytes);
	KernelPacked packed = pack(kernel, layer);

	for (size_t i = 0; i < c->rows * ld + GUARD; i++)
		y[i] = -77;
	assert_int_equal(packed.in, LAYOUT_ROWS_F32);
	assert_int_equal(packed.out, LAYOUT_ROWS_F32);
	assert_int_equal(packed.macs, expected_macs(kernel, c));
	run(kernel, &packed, x, x_ld, y, ld, c->rows);
	compare_f32(kernel, c, y, ld, 1);
	for (size_t r = 0; r < c->rows; r++)
		for (size_t o = layer->out; o < ld; o++)
			assert_true(y[r * ld + o] == -77.0f);
	for (size_t i = c->rows * ld; i < c->rows * ld + GUARD; i++)
		assert_true(y[i] == -77.0f);
	check_single_rows(kernel, &packed, c, x, x_ld, y, ld);
	guarded_free(x, bytes);
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

static void check_cols(const Kernel *kernel, const Case *c)
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
	assert_int_equal(packed.out, LAYOUT_COLS_F32);
	assert_int_equal(packed.macs, expected_macs(kernel, c));
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
	size_t size = layer.to_f32 ? sizeof(float) : 1;
	size_t x_ld = padded(layer.in, KERNEL_U8_ALIGN);
	size_t y_ld = layer.to_f32 ? layer.out + 1 : padded(layer.out, KERNEL_U8_ALIGN);
	size_t bytes = c->rows * y_ld * size;
	uint8_t *x = quantized_rows(c, x_ld);
	uint8_t *y = take(bytes + GUARD, 1), *want = take(bytes, 1);
	KernelPacked packed;

	layer.quant = &c->quant;
	packed = pack(kernel, &layer);
	memset(y, 0x5a, bytes + GUARD);
	assert_int_equal(packed.in, LAYOUT_ROWS_U8);
	assert_int_equal(packed.out, layer.to_f32 ? LAYOUT_ROWS_F32 : LAYOUT_ROWS_U8);
	assert_int_equal(packed.macs, layer.in * layer.out);
	run(kernel, &packed, x, x_ld, y, y_ld, c->rows);
	reference_linear_int8(&layer, x, x_ld, want, y_ld, c->rows);
	for (size_t r = 0; r < c->rows; r++)
		if (memcmp(y + r * y_ld * size, want + r * y_ld * size, layer.out * size) != 0)
			fail_msg("%s %zu-%zu, %zu rows: row %zu differs", kernel->info.name,
				 layer.in, layer.out, c->rows, r);
	for (size_t i = bytes; i < bytes + GUARD; i++)
		assert_int_equal(y[i], 0x5a);
	for (size_t r = 0; layer.to_f32 && r < c->rows; r++)
		assert_memory_equal(y + (r * y_ld + layer.out) * size, "ZZZZ", 4);
	guarded_free(x, c->rows * x_ld);
}

static void check_compressed(const Kernel *kernel, const Case *c, bool binary)
{
	Linear layer = c->layer;
	Case own = *c;
	size_t ld = layer.out + 3, count = c->rows * ld;

	own.x = take(c->rows * layer.in, sizeof *own.x);
	memcpy(own.x, c->x, c->rows * layer.in * sizeof *own.x);
	SparseRows z = sparse_rows(own.x, own.rows, own.layer.in);
	float *y = take(count + GUARD, sizeof *y), *single = take(layer.out, sizeof *single);

	layer.entries = (double)z.entries / (double)c->rows;
	layer.binary = binary;
	layer.above = 0.6f;
	for (size_t i = 0; binary && i < c->rows * layer.in; i++)
		own.x[i] = own.x[i] > layer.above;
	KernelPacked packed = pack(kernel, &layer);

	for (size_t i = 0; i < count + GUARD; i++)
		y[i] = -77;
	assert_int_equal(packed.in, LAYOUT_ROWS_CSR);
	assert_int_equal(packed.out, LAYOUT_ROWS_F32);
	assert_int_equal(packed.macs, llrint(layer.entries * (double)layer.out));
	run(kernel, &packed, z.row, 1, y, ld, c->rows);
	compare_f32(kernel, &own, y, ld, 1);
	for (size_t i = 0; i < count + GUARD; i++)
		assert_true(i < count && i % ld < layer.out ? true : y[i] == -77.0f);
	for (size_t r = 0; r < c->rows; r++) {
		run(kernel, &packed, z.row + r, 1, single, ld, 1);
		assert_memory_equal(single, y + r * ld, layer.out * sizeof *y);
	}
	guarded_free(z.column - 1, z.entries * sizeof *z.column + 4);
	guarded_free(z.value - 1, z.entries * sizeof *z.value + 4);
}

static void check(const Kernel *kernel, const Case *c)
{
	if (kernel->op != KERNEL_LINEAR) /* convolutions: conv.c, conv_int8.c */
		return;
	if (kernel->form == KERNEL_INT8)
		check_int8(kernel, c);
	else if (kernel->form == KERNEL_ROWS_CSR) {
		check_compressed(kernel, c, false);
		check_compressed(kernel, c, true);
	} else if (pack(kernel, &c->layer).in == LAYOUT_COLS_F32)
		check_cols(kernel, c);
	else
		check_rows(kernel, c);
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
		c.layer.to_f32 = variant & 2;
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

static void refused(const char *form, const Linear *layer, const char *what)
{
	KernelForm wanted;

	assert_true(kernel_form_find(form, &wanted));
	refused_by(KERNEL_LINEAR, wanted, layer, what);
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
	for (size_t i = 0; kernels[i]; i++)
		if (kernels[i]->op == KERNEL_LINEAR)
			packs_or_lacks_memory(kernels[i], &c.layer);
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
		runs_or_is_told(kernels[i]);
	}
	assert_null(kernel_find("csr-avx1024"));
}

/* What is not a number stays so through ReLU; a row does not touch another. */
static void test_not_a_number(void **state)
{
	ArenaMark mark = arena_mark(arena);
	Case c = case_new(40, 40, 9, 0, true, false);
	float *y = take(c.rows * 40 * 2, sizeof *y);

	(void)state;
	c.x[3 * 40 + 7] = NAN;
	for (size_t i = 0; kernels[i]; i++) {
		KernelPacked packed;

		if (kernels[i]->op != KERNEL_LINEAR || kernels[i]->form == KERNEL_INT8 ||
		    !runs_here(kernels[i]))
			continue;
		packed = pack(kernels[i], &c.layer);
		if (packed.in != LAYOUT_ROWS_F32)
			continue;
		run(kernels[i], &packed, c.x, 40, y, 40, c.rows);
		for (size_t e = 0; e < c.rows * 40; e++)
			if (isnan(y[e]) != (e / 40 == 3))
				fail_msg("%s: row %zu is %g", kernels[i]->info.name, e / 40,
					 (double)y[e]);
	}
	arena_rewind(arena, mark);
}

static int setup(void **state)
{
	(void)state;
	blas_prepare(NULL);
	return make_setup(7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),      cmocka_unit_test(test_not_a_number),
		cmocka_unit_test(test_refusals),   cmocka_unit_test(test_memory),
		cmocka_unit_test(test_shapes),     cmocka_unit_test(test_rows),
		cmocka_unit_test(test_sparsities), cmocka_unit_test(test_widths),
		cmocka_unit_test(test_extremes),
	};

	return cmocka_run_group_tests(tests, setup, make_teardown);
}
