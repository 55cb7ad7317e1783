/* Moves between layouts: every level, odd shapes, exact results, nothing written outside.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "num/cpu.h"
#include "num/kernel.h"
#include "unit.h"
#include "guarded.h"

#define ROWS_MAX 130
#define N_MAX 67
#define LD \
	160 /* of every buffer: more than any shape needs, a multiple of both alignments but 64 */
#define U8_LD 192

static const uint32_t levels[] = { 0, CPU_AVX2, CPU_AVX2 | CPU_AVX512,
				   CPU_AVX2 | CPU_AVX512 | CPU_VNNI };

static Random source;

/* Calls check for each level and for shapes around the widths of vectors and blocks. */
static void each_shape(void (*check)(uint32_t features, size_t rows, size_t n))
{
	static const size_t rows[] = { 1,  2,  7,  8,  15, 16, 17,  31, 33,
				       48, 63, 64, 65, 80, 81, 128, 130 };
	static const size_t ns[] = { 1, 3, 8, 10, 15, 16, 17, 32, 63, 64, 67 };

	for (size_t l = 0; l < sizeof levels / sizeof *levels; l++) {
		if (levels[l] & ~cpu_features())
			continue;
		for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
			for (size_t i = 0; i < sizeof ns / sizeof *ns; i++)
				check(levels[l], rows[r], ns[i]);
	}
}

/* Exactly rows × n bytes: a read beyond them is a fault. */
static uint8_t *random_bytes(size_t rows, size_t n)
{
	uint8_t *x = guarded_new(rows * n);

	assert_non_null(x);
	for (size_t i = 0; i < rows * n; i++)
		x[i] = (uint8_t)random_below(&source, 256);
	return x;
}

static float *random_floats(size_t count)
{
	float *x = guarded_new(count * sizeof *x);

	assert_non_null(x);
	for (size_t i = 0; i < count; i++)
		x[i] = random_uniform(&source, -40, 40);
	return x;
}

static float *blank(void)
{
	float *y = malloc(LD * LD * sizeof *y);

	assert_non_null(y);
	for (size_t i = 0; i < LD * LD; i++)
		y[i] = -77;
	return y;
}

/* Nothing outside count rows of `width` was written. */
static void assert_blank_outside(const float *y, size_t count, size_t width)
{
	for (size_t i = 0; i < LD * LD; i++)
		if (i / LD >= count || i % LD >= width)
			assert_true(y[i] == -77.0f);
}

static void check_bytes_to_rows(uint32_t features, size_t rows, size_t n)
{
	uint8_t *x = random_bytes(rows, n);
	float *y = blank();

	convert_bytes_to_rows(features, x, n, y, LD, rows, n, 1.0f / 255);
	for (size_t r = 0; r < rows; r++)
		for (size_t i = 0; i < n; i++)
			assert_true(y[r * LD + i] == (float)x[r * n + i] * (1.0f / 255));
	assert_blank_outside(y, rows, n);
	guarded_free(x, rows * n);
	free(y);
}

static void check_bytes_to_cols(uint32_t features, size_t rows, size_t n)
{
	uint8_t *x = random_bytes(rows, n);
	float *y = blank();

	convert_bytes_to_cols(features, x, n, y, LD, rows, n, 1.0f / 255);
	for (size_t r = 0; r < rows; r++)
		for (size_t i = 0; i < n; i++)
			assert_true(y[i * LD + r] == (float)x[r * n + i] * (1.0f / 255));
	assert_blank_outside(
		y, n, (rows + KERNEL_COLS_ALIGN - 1) / KERNEL_COLS_ALIGN * KERNEL_COLS_ALIGN);
	guarded_free(x, rows * n);
	free(y);
}

static void check_transposes(uint32_t features, size_t rows, size_t n)
{
	float *x = random_floats(rows * n);
	float *y = blank(), *back = blank();

	convert_rows_to_cols(features, x, n, y, LD, rows, n);
	for (size_t r = 0; r < rows; r++)
		for (size_t i = 0; i < n; i++)
			assert_true(y[i * LD + r] == x[r * n + i]);
	assert_blank_outside(
		y, n, (rows + KERNEL_COLS_ALIGN - 1) / KERNEL_COLS_ALIGN * KERNEL_COLS_ALIGN);
	convert_cols_to_rows(features, y, LD, back, LD, rows, n);
	for (size_t r = 0; r < rows; r++)
		assert_memory_equal(back + r * LD, x + r * n, n * sizeof *x);
	assert_blank_outside(back, rows, n);
	guarded_free(x, rows * n * sizeof *x);
	free(y);
	free(back);
}

static int quantized(double x, double scale, int zero)
{
	double q = nearbyint(x / scale) + zero;

	return q < 0 ? 0 : q > 255 ? 255 : (int)q;
}

static void check_rows_to_u8(uint32_t features, size_t rows, size_t n)
{
	float *x = random_floats(rows * n);
	uint8_t *y = malloc(ROWS_MAX * U8_LD);

	assert_non_null(y);
	memset(y, 0x5a, ROWS_MAX * U8_LD);
	x[0] = 0.75f; /* ties go to even: 1.5 to 2, 2.5 to 2 */
	if (n > 2)
		x[1] = 1.25f, x[2] = -1.25f;
	convert_rows_to_u8(features, x, n, y, U8_LD, rows, n, 0.5f, 17);
	for (size_t r = 0; r < rows; r++)
		for (size_t i = 0; i < n; i++)
			assert_int_equal(y[r * U8_LD + i],
					 quantized((double)x[r * n + i], 0.5, 17));
	for (size_t i = rows * U8_LD; i < ROWS_MAX * U8_LD; i++)
		assert_int_equal(y[i], 0x5a);
	guarded_free(x, rows * n * sizeof *x);
	free(y);
}

static void check_bytes_to_u8(uint32_t features, size_t rows, size_t n)
{
	uint8_t *x = random_bytes(rows, n), *y = malloc(ROWS_MAX * U8_LD);
	uint8_t table[256];

	assert_non_null(y);
	for (int identity = 0; identity < 2; identity++) {
		for (int i = 0; i < 256; i++)
			table[i] = (uint8_t)(identity ? i : 255 - i / 2);
		memset(y, 0x5a, ROWS_MAX * U8_LD);
		convert_bytes_to_u8(features, x, n, y, U8_LD, rows, n, table);
		for (size_t r = 0; r < rows; r++)
			for (size_t i = 0; i < n; i++)
				assert_int_equal(y[r * U8_LD + i], table[x[r * n + i]]);
	}
	guarded_free(x, rows * n);
	free(y);
}

static void test_bytes_to_rows(void **state)
{
	(void)state;
	each_shape(check_bytes_to_rows);
}

static void test_bytes_to_cols(void **state)
{
	(void)state;
	each_shape(check_bytes_to_cols);
}

static void test_transposes(void **state)
{
	(void)state;
	each_shape(check_transposes);
}

static void test_rows_to_u8(void **state)
{
	(void)state;
	each_shape(check_rows_to_u8);
}

static void test_bytes_to_u8(void **state)
{
	(void)state;
	each_shape(check_bytes_to_u8);
}

/* Values that no scale was made for. */
static void test_u8_edges(void **state)
{
	const float x[] = { INFINITY, -INFINITY, NAN, 1e30f, -1e30f, 3e9f, -0.0f, 1e-40f };
	const uint8_t want[] = { 255, 0, 0, 255, 0, 255, 9, 9 };
	float many[40];
	uint8_t y[U8_LD];

	(void)state;
	for (size_t i = 0; i < 40; i++)
		many[i] = x[i % 8];
	for (size_t l = 0; l < sizeof levels / sizeof *levels; l++) {
		if (levels[l] & ~cpu_features())
			continue;
		convert_rows_to_u8(levels[l], many, 40, y, U8_LD, 1, 40, 0.01f, 9);
		for (size_t i = 0; i < 40; i++)
			assert_int_equal(y[i], want[i % 8]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes_to_rows),
		cmocka_unit_test(test_bytes_to_cols),
		cmocka_unit_test(test_transposes),
		cmocka_unit_test(test_rows_to_u8),
		cmocka_unit_test(test_bytes_to_u8),
		cmocka_unit_test(test_u8_edges),
	};

	random_init(&source, 5, RANDOM_WEIGHTS);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
