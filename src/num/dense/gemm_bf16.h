/* Matrix products in bfloat16 with f32 sums: for mixed-precision training with f32 master weights,
 * and for inference. Row-major; memory from the caller; any thread.
 *
 * With CPU_BF16 by VDPBF16PS, twice the multiply-adds of f32; elsewhere the same rounding of the
 * operands (bf16.h) and sums in f32, which agree within rounding of the sums. As in gemm.h each
 * element is summed in the order of k whatever its neighbours: threads may share a product by
 * ranges of the rows of c, with the same bits.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_GEMM_BF16_H
#define WATTLE_NUM_GEMM_BF16_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "num/train/train.h"

/* An f32 operand: (rows,columns) of the product, or stored the other way round when transposed.
 * ld: row stride in floats of what is stored. */
typedef struct GemmBf16Operand {
	const float *at;
	size_t ld;
	bool transposed;
} GemmBf16Operand;

/* Words that the operands of a product take as bf16. */
size_t gemm_bf16_a_words(size_t m, size_t k);
size_t gemm_bf16_b_words(size_t n, size_t k);
/* Rounds an operand; words are 64-byte aligned. One packed operand may serve several products, and
 * one packed b all threads. */
void gemm_bf16_pack_a(uint32_t features, size_t m, size_t k, GemmBf16Operand a, uint32_t *words);
void gemm_bf16_pack_b(uint32_t features, size_t n, size_t k, GemmBf16Operand b, uint32_t *words);

/* c (m,n) = act(bias + beta·c + a · b) of packed operands, a_transposed as given to pack_a. c is
 * only written where beta is 0; bias may be NULL. Of an a packed whole, rows [row, row + m) of
 * `a_rows` are used. */
typedef struct GemmBf16 {
	size_t m, n, k;
	const uint32_t *a, *b;
	size_t row, a_rows;
	bool a_transposed;
	float beta;
	const float *bias; /* (n) */
	bool relu;
	float *c; /* its first row is row `row` of the product */
	size_t ldc;
} GemmBf16;
void gemm_bf16_run(uint32_t features, const GemmBf16 *product);

/* gemm_adam with the product in bf16: x' and grad as packed by pack_a (transposed: m = a_rows
 * inputs, k = rows) and pack_b (n = out). Parameters of the weight rows [row, row + in); w, m and v
 * point to the first of them. block: 16·out floats, or in·out if fewer. */
void gemm_bf16_adam(uint32_t features, size_t row, size_t in, size_t a_rows, size_t out,
		    size_t rows, const uint32_t *x, const uint32_t *grad, float *w, float *m,
		    float *v, const AdamStep *step, float *block);

#endif
