/* Dense f32 algebra by OpenBLAS: the only file that includes cblas. Row-major; one thread inside
 * each call.
 *
 * Never call from more than one thread before blas_prepare: OpenBLAS maps its buffers at each
 * thread's first call, and spins for ever if an address-space limit refuses the map.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_BLAS_H
#define WATTLE_NUM_BLAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "num/pool.h"

/* Sets one BLAS thread and lets every thread of the pool (NULL: the caller alone) run one small
 * sgemm at the same time, so that all buffers are mapped. */
void blas_prepare(Pool *pool);

/* c (m,n) = a (m,k) · b (k,n) + beta·c; transposed operands are stored (k,m) and (n,k). ld: row
 * strides in floats. Small products, for which OpenBLAS allocates, take gemm_run instead: no call
 * allocates. */
void blas_gemm(bool a_transposed, bool b_transposed, size_t m, size_t n, size_t k, const float *a,
	       size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc);

/* The same by whichever is faster here: gemm_run with AVX-512, else blas_gemm. */
void blas_gemm_fast(uint32_t features, bool a_transposed, bool b_transposed, size_t m, size_t n,
		    size_t k, const float *a, size_t lda, const float *b, size_t ldb, float beta,
		    float *c, size_t ldc);

/* What the receipt and doctor show. */
typedef struct BlasInfo {
	char name[64];    /* "OpenBLAS 0.3.21" */
	char core[32];    /* "Cooperlake": core type in use */
	char flavour[16]; /* "pthread", "openmp", "serial" */
	char config[256];
	char overrides[512]; /* OPENBLAS_* and OMP_* of the environment, "" when none */
} BlasInfo;
void blas_info(BlasInfo *out);

#endif
