/* Products of bytes by VPDPBUSD: tiles of 6 rows and a panel of 64 in 24 accumulators.
 * SPDX-License-Identifier: MIT */
#include "num/int8/int8_vnni.h"
#include "num/nearest/bytes_inside.h"

#if SIMD_X86

#define ROWS 6
#define VECTORS (BYTES_PANEL / 16)

/* rows (1 … ROWS) is a constant. */
SIMD_INLINE SIMD_VNNI void vnni_products(const int8_t *q, size_t q_ld, const uint8_t *panel,
					 size_t n, int32_t *c, size_t c_ld, bool add, size_t rows)
{
	__m512i sum[ROWS][VECTORS];

	SIMD_UNROLL
	for (size_t r = 0; r < rows; r++) {
		SIMD_UNROLL
		for (size_t v = 0; v < VECTORS; v++)
			sum[r][v] = add ? _mm512_loadu_si512(c + r * c_ld + 16 * v)
					: _mm512_setzero_si512();
	}
	for (size_t i = 0; i < n; i += 4, panel += 64 * VECTORS) {
		__m512i of[VECTORS];

		SIMD_UNROLL
		for (size_t v = 0; v < VECTORS; v++)
			of[v] = _mm512_loadu_si512(panel + 64 * v);
		SIMD_UNROLL
		for (size_t r = 0; r < rows; r++) {
			__m512i four = vnni_spread(q + r * q_ld + i);

			SIMD_UNROLL
			for (size_t v = 0; v < VECTORS; v++)
				sum[r][v] = vnni_add(sum[r][v], of[v], four);
		}
	}
	SIMD_UNROLL
	for (size_t r = 0; r < rows; r++) {
		SIMD_UNROLL
		for (size_t v = 0; v < VECTORS; v++)
			_mm512_storeu_si512(c + r * c_ld + 16 * v, sum[r][v]);
	}
}

SIMD_VNNI void bytes_products_vnni(const int8_t *q, size_t q_ld, size_t rows, const uint8_t *panel,
				   size_t n, int32_t *c, size_t c_ld, bool add)
{
	for (; rows >= ROWS; rows -= ROWS, q += ROWS * q_ld, c += ROWS * c_ld)
		vnni_products(q, q_ld, panel, n, c, c_ld, add, ROWS);
	if (rows >= 4) {
		vnni_products(q, q_ld, panel, n, c, c_ld, add, 4);
		rows -= 4;
		q += 4 * q_ld;
		c += 4 * c_ld;
	}
	for (; rows > 0; rows--, q += q_ld, c += c_ld)
		vnni_products(q, q_ld, panel, n, c, c_ld, add, 1);
}

/* --- dot products ----------------------------------------------------------------------------- */

#define DOTS 4

/* Of one row with count (1 … DOTS, a constant) others. */
SIMD_INLINE SIMD_VNNI void vnni_dots(const uint8_t *x, const int8_t *q, size_t q_ld, size_t n,
				     int32_t *c, size_t count)
{
	__m512i sum[DOTS];
	size_t i = 0;

	SIMD_UNROLL
	for (size_t r = 0; r < count; r++)
		sum[r] = _mm512_setzero_si512();
	for (; i + 64 <= n; i += 64) {
		__m512i of = _mm512_loadu_si512(x + i);

		SIMD_UNROLL
		for (size_t r = 0; r < count; r++)
			sum[r] = vnni_add(sum[r], of, _mm512_loadu_si512(q + r * q_ld + i));
	}
	if (i < n) {
		__m512i of = _mm512_maskz_loadu_epi8((UINT64_C(1) << (n - i)) - 1, x + i);

		SIMD_UNROLL
		for (size_t r = 0; r < count; r++)
			sum[r] = vnni_add(sum[r], of, _mm512_loadu_si512(q + r * q_ld + i));
	}
	SIMD_UNROLL
	for (size_t r = 0; r < count; r++)
		c[r] = _mm512_reduce_add_epi32(sum[r]);
}

SIMD_VNNI void bytes_dots_vnni(const uint8_t *x, size_t x_ld, size_t rows, const int8_t *q,
			       size_t q_ld, size_t count, size_t n, int32_t *c)
{
	for (size_t row = 0; row < rows; row++, x += x_ld, c += count) {
		size_t i = 0;

		for (; i + DOTS <= count; i += DOTS)
			vnni_dots(x, q + i * q_ld, q_ld, n, c + i, DOTS);
		for (; i < count; i++)
			vnni_dots(x, q + i * q_ld, q_ld, n, c + i, 1);
	}
}

#endif
