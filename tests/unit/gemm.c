/* Our own matrix products: every level, shape and operand against the textbook; the fused step
 * against its parts, to the bit.
 * SPDX-License-Identifier: MIT */
#include "num/dense/gemm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "num/blas.h"
#include "num/cpu.h"
#include "unit.h"

static const uint32_t levels[] = { 0, CPU_AVX2, CPU_AVX2 | CPU_AVX512 };
#define LEVELS (sizeof levels / sizeof *levels)

static bool runs(uint32_t features)
{
	return (features & ~cpu_features()) == 0;
}

static float *made(Random *random, size_t count)
{
	float *x = malloc((count ? count : 1) * sizeof *x);

	assert_non_null(x);
	for (size_t i = 0; i < count; i++)
		x[i] = random_uniform(random, -1, 1);
	return x;
}

typedef struct Shape {
	size_t m, n, k;
	bool a_transposed, b_transposed;
	float beta;
} Shape;

/* Operands end where their last element does, so that a sanitizer sees any read past it; c has a
 * margin on the right, which must stay. */
static void check(uint32_t features, const Shape *s)
{
	size_t lda = (s->a_transposed ? s->m : s->k) + 3, ldb = (s->b_transposed ? s->k : s->n) + 1;
	size_t ldc = s->n + 2;
	Random random;

	random_init(&random, 5, RANDOM_WEIGHTS);
	float *a = made(&random, (s->a_transposed ? s->k : s->m) * lda - 3);
	float *b = made(&random, (s->b_transposed ? s->n : s->k) * ldb - 1);
	float *c = made(&random, s->m * ldc), *before = malloc(s->m * ldc * sizeof *before);

	assert_non_null(before);
	memcpy(before, c, s->m * ldc * sizeof *c);
	gemm_run(features, s->a_transposed, s->b_transposed, s->m, s->n, s->k, a, lda, b, ldb,
		 s->beta, c, ldc);
	for (size_t i = 0; i < s->m * ldc; i++) {
		size_t row = i / ldc, col = i % ldc;
		double want = (double)before[i];

		if (col < s->n) {
			want *= (double)s->beta;
			for (size_t p = 0; p < s->k; p++)
				want += (double)a[s->a_transposed ? p * lda + row : row * lda + p] *
					(double)b[s->b_transposed ? col * ldb + p : p * ldb + col];
		}
		if (!(fabs((double)c[i] - want) <= 1e-6 * (double)(s->k + 1)))
			fail_msg("%zu x %zu x %zu, element %zu: %g, expected %g", s->m, s->n, s->k,
				 i, (double)c[i], want);
	}
	free(before);
	free(c);
	free(b);
	free(a);
}

static void test_shapes(void **state)
{
	static const size_t m[] = { 1, 2, 3, 4, 7, 8, 9, 17, 37 };
	static const size_t n[] = { 1, 8, 10, 16, 17, 24, 25, 31, 33, 47, 48, 49, 100 };
	static const size_t k[] = { 1, 5, 64 };

	(void)state;
	for (size_t l = 0; l < LEVELS; l++) {
		if (!runs(levels[l]))
			continue;
		for (size_t i = 0; i < sizeof m / sizeof *m; i++)
			for (size_t j = 0; j < sizeof n / sizeof *n; j++)
				for (size_t p = 0; p < 3 * 8; p++) {
					Shape shape = { m[i],  n[j],  k[p / 8],
							p & 1, p & 2, p & 4 ? 0.5f : 0 };

					check(levels[l], &shape);
				}
	}
}

/* A b that is copied or turned upright is taken in pieces of GEMM_DEPTH. */
static void test_deep(void **state)
{
	static const size_t k[] = { GEMM_DEPTH - 1, GEMM_DEPTH, GEMM_DEPTH + 1, 3 * GEMM_DEPTH };

	(void)state;
	for (size_t l = 0; l < LEVELS; l++)
		for (size_t i = 0; runs(levels[l]) && i < 32; i++) {
			Shape shape = { i & 4 ? 9 : 40, 50,	k[i / 8],
					false,		i & 1, i & 2 ? 2.0f : 0 };

			check(levels[l], &shape);
		}
}

/* What c held does not count without beta, not even what is not a number. */
static void test_overwrites(void **state)
{
	float a[6] = { 1, 2, 3, 4, 5, 6 }, b[6] = { 1, 0, 0, 1, 1, 1 };

	(void)state;
	for (size_t l = 0; l < LEVELS && runs(levels[l]); l++) {
		float c[4] = { NAN, NAN, NAN, NAN };

		gemm_run(levels[l], false, false, 2, 2, 3, a, 3, b, 2, 0, c, 2);
		assert_true(c[0] == 4 && c[1] == 5 && c[2] == 10 && c[3] == 11);
		gemm_run(levels[l], false, true, 2, 2, 3, a, 3, b, 3, 0, c, 2);
		assert_true(c[0] == 1 && c[1] == 6 && c[2] == 4 && c[3] == 15);
	}
}

/* An element does not depend on its neighbours, nor on which vector level computed it. */
static void test_levels_agree(void **state)
{
	enum { M = 61, N = 77, K = GEMM_DEPTH + 33 };
	Random random;

	(void)state;
	if (!runs(CPU_AVX2))
		return;
	random_init(&random, 6, RANDOM_WEIGHTS);
	float *a = made(&random, M * K), *b = made(&random, K * N);
	float *whole = made(&random, M * N), *part = made(&random, M * N);

	gemm_run(CPU_AVX2, false, false, M, N, K, a, K, b, N, 0, whole, N);
	for (size_t l = 1; l < LEVELS; l++) {
		if (!runs(levels[l]))
			continue;
		for (size_t row = 0; row < M; row += 5)
			for (size_t col = 0; col < N; col += 11)
				gemm_run(levels[l], false, false, M - row < 5 ? M - row : 5, 11, K,
					 a + row * K, K, b + col, N, 0, part + row * N + col, N);
		assert_memory_equal(part, whole, M * N * sizeof *part);
	}
	free(part);
	free(whole);
	free(b);
	free(a);
}

/* x has a margin; the second time in two ranges of the rows of w. */
static void check_adam(uint32_t features, size_t in, size_t out, size_t rows, bool ranges)
{
	AdamStep step = train_adam_step(1e-2f, 0.9f, 0.999f, 1e-8f, 7);
	size_t cut = ranges ? in / 3 * out : 0, begin = cut / out, x_ld = in + 3;
	size_t count = in * out, block_rows = in < 16 ? in : 16;
	Random random;

	random_init(&random, in * 1000 + out, RANDOM_WEIGHTS);
	float *x = made(&random, rows * x_ld - 3), *grad = made(&random, rows * out);
	float *w = made(&random, 3 * count), *want = malloc(3 * count * sizeof *want);
	float *g = malloc(count * sizeof *g), *block = malloc(block_rows * out * sizeof *block);

	assert_true(want && g && block);
	for (size_t i = 2 * count; i < 3 * count; i++)
		w[i] = fabsf(w[i]); /* mean squares */
	memcpy(want, w, 3 * count * sizeof *w);
	step.decay = out % 2 ? 0.01f : 0;
	gemm_run(features, true, false, in, out, rows, x, x_ld, grad, out, 0, g, out);
	train_adam(features, want, want + count, want + 2 * count, g, count, &step);
	if (begin > 0)
		gemm_adam(features, begin, out, rows, x, x_ld, grad, w, w + count, w + 2 * count,
			  &step, block);
	gemm_adam(features, in - begin, out, rows, x + begin, x_ld, grad, w + cut, w + count + cut,
		  w + 2 * count + cut, &step, block);
	if (memcmp(w, want, 3 * count * sizeof *w) != 0)
		fail_msg("%zu x %zu, %zu rows: not the bits of the parts", in, out, rows);
	free(block);
	free(g);
	free(want);
	free(w);
	free(grad);
	free(x);
}

static void test_adam(void **state)
{
	static const size_t in[] = { 1, 7, 8, 9, 15, 16, 17, 40 };
	static const size_t out[] = { 1, 3, 10, 16, 33, 48, 100 };
	static const size_t rows[] = { 1, 2, 32, 65 };

	(void)state;
	for (size_t l = 0; l < LEVELS; l++)
		for (size_t i = 0; runs(levels[l]) && i < 8 * 7 * 4 * 2; i++)
			check_adam(levels[l], in[i / 56], out[i / 8 % 7], rows[i / 2 % 4], i % 2);
}

/* blas_gemm_fast with any level's features; on both sides of what goes to OpenBLAS. */
static void test_fast(void **state)
{
	static const size_t sizes[][3] = {
		{ 1, 10, 100 }, { 1, 300, 40 }, { 64, 10, 100 }, { 64, 100, 150 }, { 64, 100, 160 }
	};
	Random random;

	(void)state;
	random_init(&random, 8, RANDOM_WEIGHTS);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		size_t m = sizes[i][0], n = sizes[i][1], k = sizes[i][2];
		float *a = made(&random, m * k), *b = made(&random, k * n);
		float *want = made(&random, m * n), *c = made(&random, m * n);

		gemm_run(0, false, false, m, n, k, a, k, b, n, 0, want, n);
		for (size_t l = 0; l < LEVELS; l++) {
			if (!runs(levels[l]))
				continue;
			blas_gemm_fast(levels[l], false, false, m, n, k, a, k, b, n, 0, c, n);
			for (size_t e = 0; e < m * n; e++)
				assert_true(fabsf(c[e] - want[e]) < 1e-4f);
		}
		free(c);
		free(want);
		free(b);
		free(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes),     cmocka_unit_test(test_deep),
		cmocka_unit_test(test_overwrites), cmocka_unit_test(test_levels_agree),
		cmocka_unit_test(test_adam),       cmocka_unit_test(test_fast),
	};

	return cmocka_run_group_tests_name("gemm", tests, NULL, NULL);
}
