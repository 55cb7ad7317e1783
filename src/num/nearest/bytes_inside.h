/* Products of bytes at each instruction level. Private to src/num/nearest/.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_BYTES_INSIDE_H
#define WATTLE_NUM_BYTES_INSIDE_H

#include "num/nearest/bytes.h"
#include "num/simd.h"

#if SIMD_X86
/* bytes_products. */
void bytes_products_vnni(const int8_t *q, size_t q_ld, size_t rows, const uint8_t *panel, size_t n,
			 int32_t *c, size_t c_ld, bool add);
void bytes_products_avx2(const int8_t *q, size_t q_ld, size_t rows, const uint8_t *panel, size_t n,
			 int32_t *c, size_t c_ld, bool add);
/* bytes_dots. */
void bytes_dots_vnni(const uint8_t *x, size_t x_ld, size_t rows, const int8_t *q, size_t q_ld,
		     size_t count, size_t n, int32_t *c);
/* bytes_dots_of. */
void bytes_dots_of_vnni(const int8_t *q, const uint8_t *x, size_t x_ld, const uint32_t *row,
			size_t count, size_t n, int32_t *c);
#endif

#endif
