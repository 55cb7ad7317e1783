/* Dense f32 algebra by OpenBLAS.
 * SPDX-License-Identifier: MIT */
#include "num/blas.h"

#include <assert.h>
#include <cblas.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "num/cpu.h"
#include "num/dense/gemm.h"

/* Large enough to leave OpenBLAS's small-matrix kernels, which need no buffer. */
#define PREPARE_N 128
#define PREPARE_ROUNDS 4

/* Up to so many multiply-adds OpenBLAS may take its small-matrix kernels, which allocate (0.3.21,
 * interface/gemm.c, sgemm_small_kernel_permit). */
#define SMALL (100.0 * 100.0 * 100.0)

/* Columns up to which the product of a vector is ours. */
#define NARROW 16

/* Holds every thread until all have come, so that their calls overlap. */
typedef struct Meeting {
	atomic_uint arrived;
} Meeting;

static void prepare_part(void *user, unsigned part, unsigned parts)
{
	Meeting *meeting = user;
	float a[PREPARE_N * PREPARE_N];
	float c[PREPARE_N * PREPARE_N];

	(void)part;
	memset(a, 0, sizeof a);
	for (unsigned round = 1; round <= PREPARE_ROUNDS; round++) {
		atomic_fetch_add(&meeting->arrived, 1);
		while (atomic_load(&meeting->arrived) < round * parts)
			;
		blas_gemm(false, false, PREPARE_N, PREPARE_N, PREPARE_N, a, PREPARE_N, a, PREPARE_N,
			  0, c, PREPARE_N);
	}
}

void blas_prepare(Pool *pool)
{
	Meeting meeting = { 0 };

	openblas_set_num_threads(1);
	pool_run(pool, prepare_part, &meeting);
}

void blas_gemm(bool a_transposed, bool b_transposed, size_t m, size_t n, size_t k, const float *a,
	       size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc)
{
	assert(m <= INT_MAX && n <= INT_MAX && k <= INT_MAX);
	assert(lda <= INT_MAX && ldb <= INT_MAX && ldc <= INT_MAX);
	/* For one row the product of a vector is faster. */
	if (m == 1 && n > NARROW && !a_transposed && !b_transposed) {
		cblas_sgemv(CblasRowMajor, CblasTrans, (int)k, (int)n, 1.0f, b, (int)ldb, a, 1,
			    beta, c, 1);
		return;
	}
	if ((double)m * (double)n * (double)k <= SMALL) {
		gemm_run(cpu_features(), a_transposed, b_transposed, m, n, k, a, lda, b, ldb, beta,
			 c, ldc);
		return;
	}
	cblas_sgemm(CblasRowMajor, a_transposed ? CblasTrans : CblasNoTrans,
		    b_transposed ? CblasTrans : CblasNoTrans, (int)m, (int)n, (int)k, 1.0f, a,
		    (int)lda, b, (int)ldb, beta, c, (int)ldc);
}

void blas_gemm_fast(uint32_t features, bool a_transposed, bool b_transposed, size_t m, size_t n,
		    size_t k, const float *a, size_t lda, const float *b, size_t ldb, float beta,
		    float *c, size_t ldc)
{
	if (features & CPU_AVX512 && m > 1)
		gemm_run(features, a_transposed, b_transposed, m, n, k, a, lda, b, ldb, beta, c,
			 ldc);
	else
		blas_gemm(a_transposed, b_transposed, m, n, k, a, lda, b, ldb, beta, c, ldc);
}

static void blas_overrides(char *out, size_t cap)
{
	size_t used = 0;

	out[0] = '\0';
	for (char **entry = environ; *entry; entry++) {
		int more;

		if (strncmp(*entry, "OPENBLAS_", 9) != 0 && strncmp(*entry, "OMP_", 4) != 0)
			continue;
		more = snprintf(out + used, cap - used, "%s%s", used ? " " : "", *entry);
		if (more < 0 || (size_t)more >= cap - used)
			break;
		used += (size_t)more;
	}
}

void blas_info(BlasInfo *out)
{
	static const char *const flavours[] = { "serial", "pthread", "openmp" };
	int parallel = openblas_get_parallel();
	const char *config = openblas_get_config();
	char version[32] = "";

	memset(out, 0, sizeof *out);
	snprintf(out->config, sizeof out->config, "%s", config);
	if (sscanf(config, "OpenBLAS %31s", version) == 1)
		snprintf(out->name, sizeof out->name, "OpenBLAS %s", version);
	else
		snprintf(out->name, sizeof out->name, "OpenBLAS");
	snprintf(out->core, sizeof out->core, "%s", openblas_get_corename());
	snprintf(out->flavour, sizeof out->flavour, "%s",
		 parallel >= 0 && parallel <= 2 ? flavours[parallel] : "unknown");
	blas_overrides(out->overrides, sizeof out->overrides);
}
