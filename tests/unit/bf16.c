/* bfloat16: rounding, pairing and products at every level, against their definitions; the fused step
 * against its parts, to the bit.
 * SPDX-License-Identifier: MIT */
#include "num/dense/bf16.h"

#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "num/cpu.h"
#include "num/dense/gemm_bf16.h"
#include "unit.h"

static const uint32_t levels[] = { 0, CPU_AVX2, CPU_AVX2 | CPU_AVX512,
				   CPU_AVX2 | CPU_AVX512 | CPU_BF16 };
#define LEVELS (sizeof levels / sizeof *levels)

static bool runs(uint32_t features)
{
	return (features & ~cpu_features()) == 0;
}

static void *taken(size_t bytes)
{
	void *p = aligned_alloc(64, (bytes + 63) / 64 * 64 + 64);

	assert_non_null(p);
	memset(p, 0xee, bytes);
	return p;
}

/* Uniform numbers; with `odd` some that are not numbers, infinite, tiny, or ties. */
static float *made(Random *random, size_t count, bool odd)
{
	static const uint32_t specials[] = { 0x7f800001, 0xffc00000, 0x7f800000, 0xff800000,
					     0x00000001, 0x807fffff, 0x00800000, 0x7f7fffff,
					     0x3f808000, 0x3f818000, 0x80000000 };
	float *x = taken(count * sizeof *x);

	for (size_t i = 0; i < count; i++) {
		x[i] = random_uniform(random, -1, 1);
		if (odd && random_below(random, 4) == 0)
			memcpy(&x[i], &specials[random_below(random, 11)], sizeof *x);
	}
	return x;
}

static float from_bits(uint32_t bits)
{
	float x;

	memcpy(&x, &bits, sizeof x);
	return x;
}

static void test_rounding(void **state)
{
	Random random;

	(void)state;
	random_init(&random, 1, RANDOM_WEIGHTS);
	for (int i = 0; i < 200000; i++) {
		uint32_t bits = (uint32_t)random_below(&random, UINT32_MAX);
		float x = from_bits(bits), y = bf16_to_f32(bf16_from_f32(x));

		if (isnan(x)) {
			assert_true(isnan(y));
		} else if (fabsf(x) < 0x1p-126f) {
			assert_true(y == 0 && signbit(y) == signbit(x));
		} else if (fabsf(x) < 0x1.fep127f) {
			double below = (double)from_bits(bits & 0xffff0000);
			double above = (double)from_bits((bits & 0xffff0000) + 0x10000);
			double to_below = fabs((double)x - below), to_above = fabs(above - (double)x);
			bool even = !(bits & 0x10000);

			assert_true((double)y == (to_below < to_above || (to_below == to_above && even)
							  ? below
							  : above));
		}
	}
	assert_true(bf16_to_f32(bf16_from_f32(INFINITY)) == INFINITY);
	assert_true(bf16_to_f32(bf16_from_f32(-0x1.ffp127f)) == -INFINITY);
	assert_true(bf16_to_f32(bf16_from_f32(0x1.fefp127f)) == 0x1.fep127f);
}

static uint32_t pair(float even, float odd)
{
	return (uint32_t)bf16_from_f32(even) | (uint32_t)bf16_from_f32(odd) << 16;
}

static void check_pairs(Random *random, uint32_t features, size_t rows, size_t n)
{
	size_t ld = n + 3, half = (n + 1) / 2;
	float *x = made(random, rows * ld, true);
	uint32_t *columns = taken((rows * half + 1) * sizeof *columns);
	uint32_t *upright = taken(((rows + 1) / 2 * ld + 1) * sizeof *upright);

	bf16_pair_columns(features, x, ld, rows, n, columns);
	bf16_pair_rows(features, x, ld, rows, n, upright, ld);
	for (size_t r = 0; r < rows; r++)
		for (size_t i = 0; i < n; i += 2)
			assert_int_equal(columns[r * half + i / 2],
					 pair(x[r * ld + i], i + 1 < n ? x[r * ld + i + 1] : 0));
	for (size_t r = 0; r < rows; r += 2)
		for (size_t i = 0; i < ld; i++)
			assert_int_equal(upright[r / 2 * ld + i],
					 i >= n ? 0xeeeeeeee
						: pair(x[r * ld + i],
						       r + 1 < rows ? x[(r + 1) * ld + i] : 0));
	assert_int_equal(columns[rows * half], 0xeeeeeeee);
	free(upright);
	free(columns);
	free(x);
}

static void test_pairs(void **state)
{
	Random random;

	(void)state;
	random_init(&random, 2, RANDOM_WEIGHTS);
	for (size_t l = 0; l < LEVELS; l++)
		for (size_t n = 1; runs(levels[l]) && n < 70; n++)
			check_pairs(&random, levels[l], n % 7 + 1, n);
}

/* A product with its operands, and the answer from rounded operands in double. */
typedef struct Case {
	size_t m, n, k;
	bool a_transposed, b_transposed, relu;
	float beta;
	float *a, *b, *bias, *c, *want;
	size_t lda, ldb, ldc;
	uint32_t *a_words, *b_words;
} Case;

static double rounded(float x)
{
	return (double)bf16_to_f32(bf16_from_f32(x));
}

static void case_answer(Case *s)
{
	for (size_t i = 0; i < s->m * s->ldc; i++) {
		size_t row = i / s->ldc, col = i % s->ldc;
		double sum = (double)s->c[i] * (double)s->beta + (double)s->bias[col];

		s->want[i] = s->c[i];
		if (col >= s->n)
			continue;
		for (size_t p = 0; p < s->k; p++)
			sum += rounded(s->a[s->a_transposed ? p * s->lda + row : row * s->lda + p]) *
			       rounded(s->b[s->b_transposed ? col * s->ldb + p : p * s->ldb + col]);
		s->want[i] = (float)(s->relu && sum < 0 ? 0 : sum);
	}
}

static Case case_new(Random *random, size_t m, size_t n, size_t k, unsigned variant)
{
	Case s = { m, n, k, .a_transposed = variant & 1, .b_transposed = variant & 2,
		   .relu = variant & 4, .beta = variant & 8 ? 0.5f : 0 };

	s.lda = (s.a_transposed ? m : k) + 3;
	s.ldb = (s.b_transposed ? k : n) + 1;
	s.ldc = n + 2;
	s.a = made(random, (s.a_transposed ? k : m) * s.lda, false);
	s.b = made(random, (s.b_transposed ? n : k) * s.ldb, false);
	s.bias = made(random, s.ldc, false);
	s.c = made(random, m * s.ldc, false);
	s.want = made(random, m * s.ldc, false);
	s.a_words = taken(gemm_bf16_a_words(m, k) * sizeof *s.a_words);
	s.b_words = taken(gemm_bf16_b_words(n, k) * sizeof *s.b_words);
	case_answer(&s);
	return s;
}

static void case_free(Case *s)
{
	free(s->a);
	free(s->b);
	free(s->bias);
	free(s->c);
	free(s->want);
	free(s->a_words);
	free(s->b_words);
}

static void case_pack(uint32_t features, const Case *s)
{
	gemm_bf16_pack_a(features, s->m, s->k,
			 (GemmBf16Operand){ s->a, s->lda, s->a_transposed }, s->a_words);
	gemm_bf16_pack_b(features, s->n, s->k,
			 (GemmBf16Operand){ s->b, s->ldb, s->b_transposed }, s->b_words);
}

/* Rows [row, row + m) of the product into c. */
static void case_run(uint32_t features, const Case *s, size_t row, size_t m, float *c)
{
	GemmBf16 product = { .m = m,
			     .n = s->n,
			     .k = s->k,
			     .a = s->a_words,
			     .b = s->b_words,
			     .row = row,
			     .a_rows = s->m,
			     .a_transposed = s->a_transposed,
			     .beta = s->beta,
			     .bias = s->bias,
			     .relu = s->relu,
			     .c = c + row * s->ldc,
			     .ldc = s->ldc };

	gemm_bf16_run(features, &product);
}

static void check_product(Random *random, uint32_t features, size_t m, size_t n, size_t k,
			  unsigned variant)
{
	Case s = case_new(random, m, n, k, variant);
	size_t bytes = m * s.ldc * sizeof *s.c;
	float *part = taken(bytes);

	memcpy(part, s.c, bytes);
	case_pack(features, &s);
	case_run(features, &s, 0, m, s.c);
	for (size_t i = 0; i < m * s.ldc; i++)
		if (!(fabs((double)s.c[i] - (double)s.want[i]) <= 1e-6 * (double)(k + 1)))
			fail_msg("%zu x %zu x %zu, level %u, variant %u, element %zu: %g, not %g", m, n,
				 k, features, variant, i, (double)s.c[i], (double)s.want[i]);
	for (size_t row = 0; row < m; row += 5)
		case_run(features, &s, row, m - row < 5 ? m - row : 5, part);
	assert_memory_equal(part, s.c, bytes);
	free(part);
	case_free(&s);
}

static void test_products(void **state)
{
	static const size_t m[] = { 1, 2, 7, 8, 13, 40 }, k[] = { 1, 2, 5, 64, 129, 257 };
	static const size_t n[] = { 1, 10, 16, 17, 47, 48, 49, 65, 100, 113 };
	Random random;

	(void)state;
	random_init(&random, 3, RANDOM_WEIGHTS);
	for (size_t l = 0; l < LEVELS; l++)
		for (unsigned i = 0; runs(levels[l]) && i < 6 * 10 * 6; i++)
			check_product(&random, levels[l], m[i % 6], n[i / 6 % 10], k[i / 60], i % 16);
}

/* What c held does not count without beta. */
static void test_overwrites(void **state)
{
	Random random;

	(void)state;
	random_init(&random, 4, RANDOM_WEIGHTS);
	for (size_t l = 0; l < LEVELS; l++) {
		if (!runs(levels[l]))
			continue;
		Case s = case_new(&random, 9, 20, 6, 0);

		for (size_t i = 0; i < s.m * s.ldc; i++)
			s.c[i] = NAN;
		case_pack(levels[l], &s);
		case_run(levels[l], &s, 0, s.m, s.c);
		for (size_t i = 0; i < s.m * s.ldc; i++)
			assert_true(isnan(s.c[i]) == (i % s.ldc >= s.n));
		case_free(&s);
	}
}

static void check_adam(uint32_t features, size_t in, size_t out, size_t rows, size_t cut)
{
	AdamStep step = train_adam_step(1e-2f, 0.9f, 0.999f, 1e-8f, 7);
	size_t count = in * out;
	Random random;

	random_init(&random, in * 1000 + out, RANDOM_WEIGHTS);
	Case s = case_new(&random, in, out, rows, 1);
	float *w = made(&random, 3 * count, false), *want = taken(3 * count * sizeof *want);
	float *block = taken((in < 16 ? in : 16) * out * sizeof *block);
	float *g = taken(count * sizeof *g);

	step.decay = out % 2 ? 0.01f : 0;
	for (size_t i = 2 * count; i < 3 * count; i++)
		w[i] = fabsf(w[i]); /* mean squares */
	memcpy(want, w, 3 * count * sizeof *w);
	case_pack(features, &s);
	gemm_bf16_run(features, &(GemmBf16){ .m = in, .n = out, .k = rows, .a = s.a_words,
					     .b = s.b_words, .a_rows = in, .a_transposed = true,
					     .c = g, .ldc = out });
	train_adam(features, want, want + count, want + 2 * count, g, count, &step);
	for (size_t row = 0; row < in; row += cut) {
		size_t at = row * out;

		gemm_bf16_adam(features, row, in - row < cut ? in - row : cut, in, out, rows, s.a_words,
			       s.b_words, w + at, w + count + at, w + 2 * count + at, &step, block);
	}
	if (memcmp(w, want, 3 * count * sizeof *w) != 0)
		fail_msg("%zu x %zu, %zu rows: not the bits of the parts", in, out, rows);
	free(g);
	free(block);
	free(want);
	free(w);
	case_free(&s);
}

static void test_adam(void **state)
{
	static const size_t in[] = { 1, 7, 8, 9, 17, 40 }, out[] = { 1, 10, 16, 33, 100 };
	static const size_t rows[] = { 1, 32, 65 };

	(void)state;
	for (size_t l = 0; l < LEVELS; l++)
		for (size_t i = 0; runs(levels[l]) && i < 6 * 5 * 3; i++) {
			check_adam(levels[l], in[i / 15], out[i / 3 % 5], rows[i % 3], SIZE_MAX / 2);
			check_adam(levels[l], in[i / 15], out[i / 3 % 5], rows[i % 3], 13);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rounding), cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_products), cmocka_unit_test(test_overwrites),
		cmocka_unit_test(test_adam),
	};

	return cmocka_run_group_tests_name("bf16", tests, NULL, NULL);
}
