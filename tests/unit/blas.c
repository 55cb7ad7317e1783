/* The way into OpenBLAS: operands, strides, preparation, what the receipt shows.
 * SPDX-License-Identifier: MIT */
#include "num/blas.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "unit.h"

#define SIDE 40

/* Element (row, col) of an operand that may be stored transposed. */
static double at(const float *a, bool transposed, size_t ld, size_t row, size_t col)
{
	return (double)(transposed ? a[col * ld + row] : a[row * ld + col]);
}

static void check_gemm(size_t m, bool a_transposed, bool b_transposed, float beta)
{
	enum { N = 7, K = 9, LD = 13 };
	float a[SIDE * SIDE], b[SIDE * SIDE], c[SIDE * SIDE], before[SIDE * SIDE];
	Random random;

	random_init(&random, 3, RANDOM_WEIGHTS);
	for (size_t i = 0; i < SIDE * SIDE; i++) {
		a[i] = random_uniform(&random, -1, 1);
		b[i] = random_uniform(&random, -1, 1);
		c[i] = before[i] = random_uniform(&random, -1, 1);
	}
	blas_gemm(a_transposed, b_transposed, m, N, K, a, LD, b, LD + 1, beta, c, LD + 2);
	for (size_t i = 0; i < SIDE * SIDE; i++) {
		size_t row = i / (LD + 2), col = i % (LD + 2);
		double want = (double)before[i];

		if (row < m && col < N) {
			want *= (double)beta;
			for (size_t k = 0; k < K; k++)
				want += at(a, a_transposed, LD, row, k) *
					at(b, b_transposed, LD + 1, k, col);
		}
		assert_true(fabs((double)c[i] - want) < 1e-5);
	}
}

static void test_gemm(void **state)
{
	(void)state;
	for (int i = 0; i < 8; i++) {
		check_gemm(5, i & 1, i & 2, i & 4 ? 1.0f : 0.0f);
		check_gemm(1, i & 1, i & 2, i & 4 ? 1.0f : 0.0f);
	}
}

static void sum_rows(void *user, unsigned part, unsigned parts)
{
	enum { N = 150 };
	float *a = user, *c = a + (part + 1) * N * N;

	(void)parts;
	blas_gemm(false, false, N, N, N, a, N, a, N, 0, c, N);
}

static void test_prepare(void **state)
{
	enum { N = 150 };
	Err err;
	Pool *pool = pool_new(3, &err);
	float *a = malloc(4 * N * N * sizeof *a);

	(void)state;
	assert_non_null(pool);
	assert_non_null(a);
	for (size_t i = 0; i < 4 * N * N; i++)
		a[i] = i < N * N ? 0.5f : 0;
	blas_prepare(NULL);
	blas_prepare(pool);
	pool_run(pool, sum_rows, a);
	for (size_t i = N * N; i < 4 * N * N; i++)
		assert_true(a[i] == 0.25f * N);
	pool_free(pool);
	free(a);
}

static void test_info(void **state)
{
	BlasInfo info;

	(void)state;
	unsetenv("OPENBLAS_CORETYPE");
	setenv("OPENBLAS_VERBOSE", "1", 1);
	setenv("OMP_DYNAMIC", "false", 1);
	blas_info(&info);
	assert_memory_equal(info.name, "OpenBLAS", 8);
	assert_true(strlen(info.core) > 0 && strlen(info.config) > 0);
	assert_true(strcmp(info.flavour, "pthread") == 0 || strcmp(info.flavour, "openmp") == 0 ||
		    strcmp(info.flavour, "serial") == 0);
	assert_non_null(strstr(info.overrides, "OPENBLAS_VERBOSE=1"));
	assert_non_null(strstr(info.overrides, "OMP_DYNAMIC=false"));
	assert_null(strstr(info.overrides, "OPENBLAS_CORETYPE"));
	unsetenv("OPENBLAS_VERBOSE");
	unsetenv("OMP_DYNAMIC");
	blas_info(&info);
	assert_null(strstr(info.overrides, "VERBOSE"));
}

/* More variables than fit: cut, ended, and nothing written past it. */
static void test_info_overlong(void **state)
{
	struct {
		BlasInfo info;
		char guard[8];
	} box;
	char value[400];

	(void)state;
	memset(value, 'v', sizeof value - 1);
	value[sizeof value - 1] = '\0';
	memset(box.guard, 'g', sizeof box.guard);
	setenv("OMP_LONG_A", value, 1);
	setenv("OMP_LONG_B", value, 1);
	blas_info(&box.info);
	assert_true(strlen(box.info.overrides) < sizeof box.info.overrides);
	assert_memory_equal(box.guard, "gggggggg", 8);
	unsetenv("OMP_LONG_A");
	unsetenv("OMP_LONG_B");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prepare),
		cmocka_unit_test(test_gemm),
		cmocka_unit_test(test_info),
		cmocka_unit_test(test_info_overlong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
