/* Products of bytes at every instruction level against plain sums, and lists of the nearest against
 * sorting.
 * SPDX-License-Identifier: MIT */
#include "unit.h"
#include "levels.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "num/nearest/bytes.h"
#include "num/nearest/nearest.h"

#define ROWS_MAX 13
#define FEATURES_MAX 800
#define LD_MAX 832

static Random source;
static uint8_t x[BYTES_PANEL * FEATURES_MAX], panel[BYTES_PANEL * FEATURES_MAX];
static uint8_t q_bytes[ROWS_MAX * FEATURES_MAX];
static int8_t q[ROWS_MAX * LD_MAX];
static int32_t c[ROWS_MAX * BYTES_PANEL], expected[ROWS_MAX * BYTES_PANEL];

/* extreme: 0 and 255 alone, the largest sums. */
static void fill(uint8_t *to, size_t n, bool extreme)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t byte = (uint8_t)random_below(&source, 256);

		to[i] = extreme ? (byte & 1 ? 255 : 0) : byte;
	}
}

static void operands(size_t n, size_t rows, size_t count, bool extreme)
{
	size_t ld = (n + BYTES_ALIGN - 1) / BYTES_ALIGN * BYTES_ALIGN;

	fill(x, count * n, extreme);
	fill(q_bytes, rows * n, extreme);
	bytes_to_panels(x, n, count, n, panel);
	for (size_t r = 0; r < rows; r++)
		bytes_to_signed(q_bytes + r * n, n, q + r * ld, ld);
	for (size_t r = 0; r < rows; r++) {
		for (size_t i = 0; i < BYTES_PANEL; i++) {
			int32_t sum = 0;

			for (size_t f = 0; i < count && f < n; f++)
				sum += (q_bytes[r * n + f] - 128) * x[i * n + f];
			expected[r * BYTES_PANEL + i] = sum;
		}
	}
}

static const size_t widths[] = { 1, 3, 4, 5, 16, 63, 64, 65, 200, 784 };
#define WIDTHS (sizeof widths / sizeof *widths)

static void test_products(void **state)
{
	(void)state;
	for (size_t w = 0; w < WIDTHS; w++) {
		for (size_t rows = 1; rows <= ROWS_MAX; rows++) {
			size_t n = widths[w],
			       ld = (n + BYTES_ALIGN - 1) / BYTES_ALIGN * BYTES_ALIGN;

			operands(n, rows, rows % 2 ? BYTES_PANEL : 17, rows % 3 == 0);
			for (size_t l = 0; l < LEVELS; l++) {
				if (!level_runs(levels[l]))
					continue;
				memset(c, 0x55, sizeof c);
				bytes_products(levels[l], q, ld, rows, panel, n, c, BYTES_PANEL,
					       false);
				assert_memory_equal(c, expected, rows * BYTES_PANEL * sizeof *c);
				bytes_products(levels[l], q, ld, rows, panel, n, c, BYTES_PANEL,
					       true);
				for (size_t i = 0; i < rows * BYTES_PANEL; i++)
					assert_int_equal(c[i], 2 * expected[i]);
			}
		}
	}
}

static void test_dots(void **state)
{
	(void)state;
	for (size_t w = 0; w < WIDTHS; w++) {
		size_t n = widths[w], ld = (n + BYTES_ALIGN - 1) / BYTES_ALIGN * BYTES_ALIGN;

		for (size_t count = 1; count <= ROWS_MAX; count++) {
			operands(n, count, 5, w % 2);
			for (size_t l = 0; l < LEVELS; l++) {
				if (!level_runs(levels[l]))
					continue;
				bytes_dots(levels[l], x, n, 5, q, ld, count, n, c);
				for (size_t i = 0; i < 5 * count; i++)
					assert_int_equal(c[i],
							 expected[i / 5 * BYTES_PANEL + i % 5]);
			}
		}
	}
}

/* Some rows, in any order, and more than once. */
static void test_dots_of(void **state)
{
	(void)state;
	for (size_t w = 0; w < WIDTHS; w++) {
		size_t n = widths[w];
		uint32_t row[11];

		operands(n, 1, BYTES_PANEL, w % 2);
		for (size_t count = 1; count <= 11; count++) {
			for (size_t i = 0; i < count; i++)
				row[i] = (uint32_t)random_below(&source, BYTES_PANEL);
			for (size_t l = 0; l < LEVELS; l++) {
				if (!level_runs(levels[l]))
					continue;
				memset(c, 0x55, sizeof c);
				bytes_dots_of(levels[l], q, x, n, row, count, n, c);
				for (size_t i = 0; i < count; i++)
					assert_int_equal(c[i], expected[row[i]]);
				assert_int_equal(c[count], 0x55555555);
			}
		}
	}
}

static void test_sums(void **state)
{
	(void)state;
	for (size_t w = 0; w < WIDTHS; w++) {
		int32_t sum = 0, squares = 0, a, b;

		fill(x, widths[w], w % 2);
		for (size_t i = 0; i < widths[w]; i++) {
			sum += x[i];
			squares += x[i] * x[i];
		}
		for (size_t l = 0; l < LEVELS; l++) {
			if (!level_runs(levels[l]))
				continue;
			bytes_sums(levels[l], x, widths[w], &a, &b);
			assert_int_equal(a, sum);
			assert_int_equal(b, squares);
		}
	}
}

static void test_panels(void **state)
{
	static uint8_t two[2 * BYTES_PANEL * 8], back[7];
	const size_t n = 7, count = BYTES_PANEL + 3;

	(void)state;
	fill(x, count * n, false);
	memset(two, 0xff, sizeof two);
	bytes_to_panels(x, n, count, n, two);
	for (size_t row = 0; row < count; row++) {
		bytes_panel_get(two, n, row, back);
		assert_memory_equal(back, x + row * n, n);
	}
	bytes_panel_get(two, n, count, back);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(back[i], 0);
	/* the eighth feature is padding */
	assert_int_equal(two[4 * BYTES_PANEL + 3], 0);
}

/* --- lists ------------------------------------------------------------------------------------ */

#define MANY 500

static int by_score(const void *a, const void *b)
{
	const Nearest *left = a, *right = b;

	if (left->score < right->score || left->score > right->score)
		return left->score < right->score ? -1 : 1;
	return left->row < right->row ? -1 : left->row > right->row;
}

/* Few values: many ties. */
static void lists(size_t k, unsigned values, uint32_t level)
{
	static int32_t product[MANY], norm[MANY];
	static float product_f32[MANY], norm_f32[MANY];
	Nearest all[MANY], list[20], list_f32[20];

	for (uint32_t i = 0; i < MANY; i++) {
		norm[i] = (int32_t)random_below(&source, values) - 3;
		product[i] = (int32_t)random_below(&source, values);
		norm_f32[i] = (float)norm[i];
		product_f32[i] = (float)(2 * product[i]);
		all[i] = (Nearest){ norm[i] - 2 * product[i], i };
	}
	/* no row */
	norm[3] = INT32_MAX;
	product[3] = 0;
	norm_f32[3] = FLT_MAX;
	product_f32[3] = 0;
	all[3].score = DBL_MAX;
	qsort(all, MANY, sizeof *all, by_score);
	nearest_clear(list, k);
	nearest_clear(list_f32, k);
	for (uint32_t at = 0; at < MANY; at += 50) {
		nearest_scan_s32(level, product + at, norm + at, 50, at, list, k);
		nearest_scan_f32(level, product_f32 + at, norm_f32 + at, 50, at, list_f32, k);
	}
	for (size_t i = 0; i < k; i++) {
		assert_int_equal(list[i].row, all[i].row);
		assert_int_equal(list_f32[i].row, all[i].row);
		assert_true(list[i].score <= all[i].score && list[i].score >= all[i].score);
	}
}

static void test_lists(void **state)
{
	(void)state;
	for (size_t l = 0; l < LEVELS; l++) {
		if (!level_runs(levels[l]))
			continue;
		for (size_t k = 1; k <= 20; k++) {
			lists(k, 5, levels[l]);
			lists(k, 1000000, levels[l]);
		}
	}
}

/* Fewer rows than places: the others stay free. */
static void test_free_places(void **state)
{
	const int32_t product[3] = { 0, 0, 0 }, norm[3] = { 5, INT32_MAX, 4 };
	Nearest list[4];

	(void)state;
	nearest_clear(list, 4);
	nearest_scan_s32(cpu_features(), product, norm, 3, 10, list, 4);
	assert_int_equal(list[0].row, 12);
	assert_int_equal(list[1].row, 10);
	assert_int_equal(list[2].row, NEAREST_NONE);
	assert_int_equal(list[3].row, NEAREST_NONE);
}

/* --- bounds ----------------------------------------------------------------------------------- */

static void test_masks(void **state)
{
	static int32_t product[3 * 64], norm[64];
	static const int32_t limit[3] = { INT32_MIN, 1000, INT32_MAX - 1 };
	uint64_t mask[3];

	(void)state;
	for (size_t i = 0; i < 64; i++)
		norm[i] = i == 63 ? INT32_MAX : (int32_t)random_below(&source, 2000);
	for (size_t i = 0; i < 3 * 64; i++)
		product[i] = i % 64 == 63 ? 0 : (int32_t)random_below(&source, 500);
	norm[7] = 1000;
	product[64 + 7] = 0;
	norm[8] = 1001;
	product[64 + 8] = 0;
	for (size_t l = 0; l < LEVELS; l++) {
		if (!level_runs(levels[l]))
			continue;
		nearest_masks_s32(levels[l], product, norm, limit, 3, mask);
		assert_true(mask[0] == 0);
		assert_true(mask[2] == UINT64_MAX >> 1);
		assert_true((mask[1] >> 7 & 3) == 1);
		for (size_t i = 0; i < 64; i++)
			assert_int_equal(mask[1] >> i & 1, norm[i] - 2 * product[64 + i] <= 1000);
	}
}

static void test_squares(void **state)
{
	static float a[40], b[7 * 48], wide[40 * 3], out[7];
	static const uint32_t row[7] = { 3, 0, 6, 6, 1, 5, 2 };
	const size_t n = 37, ld = 48;

	(void)state;
	for (size_t i = 0; i < 40; i++)
		a[i] = random_uniform(&source, -1, 1);
	for (size_t i = 0; i < 7 * 48; i++)
		b[i] = random_uniform(&source, -1, 1);
	for (size_t i = 0; i < n; i++)
		wide[3 * i] = b[i];
	double first = nearest_square_f64(0, a, b, 1, n);

	for (size_t l = 0; l < LEVELS; l++) {
		if (!level_runs(levels[l]))
			continue;
		double same = nearest_square_f64(levels[l], a, b, 1, n);
		double strided = nearest_square_f64(levels[l], a, wide, 3, n);

		assert_memory_equal(&same, &first, sizeof first);
		assert_memory_equal(&strided, &first, sizeof first);
		nearest_squares_f32(levels[l], a, b, ld, row, 7, n, out);
		for (size_t i = 0; i < 7; i++) {
			double sum = 0;

			for (size_t f = 0; f < n; f++)
				sum += pow((double)a[f] - (double)b[row[i] * ld + f], 2);
			assert_true(fabs(sum - (double)out[i]) <= 45 * 0x1p-24 * sum);
			if (row[i] == 0)
				assert_true(fabs(sum - first) <= 1e-12);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_products),    cmocka_unit_test(test_dots),
		cmocka_unit_test(test_dots_of),     cmocka_unit_test(test_sums),
		cmocka_unit_test(test_panels),      cmocka_unit_test(test_lists),
		cmocka_unit_test(test_free_places), cmocka_unit_test(test_masks),
		cmocka_unit_test(test_squares),
	};

	random_init(&source, 6, RANDOM_ROWS);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
