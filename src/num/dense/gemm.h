/* Our own matrix products in f32: row-major, no memory but the stack, any thread.
 *
 * For what a library serves badly: small and narrow products, in which OpenBLAS allocates, and on
 * AVX-512 the products of a training step, one of them fused with the optimizer. Each element is
 * summed in the order of k whatever its neighbours: the same call gives the same bits, and so does
 * the product cut into ranges of the rows of c, as threads share it. AVX2 and AVX-512 agree to the
 * bit; the plain level, without fused multiply-add, does not.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_GEMM_H
#define WATTLE_NUM_GEMM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "num/train/train.h"

#define GEMM_DEPTH 256

/* c (m,n) = beta·c + a (m,k) · b (k,n); transposed operands are stored (k,m) and (n,k). ld: row
 * strides in floats. c is only written where beta is 0. features: cpu_features(), or fewer. */
void gemm_run(uint32_t features, bool a_transposed, bool b_transposed, size_t m, size_t n, size_t k,
	      const float *a, size_t lda, const float *b, size_t ldb, float beta, float *c,
	      size_t ldc);

/* One Adam step of w, m and v (in,out) without padding along grad_w = x'·grad, x (rows,in) with row
 * stride x_ld, grad (rows,out) without padding: the bits of gemm_run and train_adam, but the
 * gradient of a few rows of w is consumed while the next ones are computed, so that divisions and
 * memory wait for nobody. A range of the rows of w, from `row` on, is a step of its own (w, m and v
 * + row·out, x + row, the same x_ld): threads share a step so, with the same bits.
 * block: 16·out floats, or in·out if fewer. */
void gemm_adam(uint32_t features, size_t in, size_t out, size_t rows, const float *x, size_t x_ld,
	       const float *grad, float *w, float *m, float *v, const AdamStep *step, float *block);

#endif
