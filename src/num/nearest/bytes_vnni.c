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
#define QUERIES 6

/* The sums of the lanes of four. */
SIMD_INLINE SIMD_VNNI __m128i vnni_sums(const __m512i *of)
{
	__m512i ab = _mm512_add_epi32(_mm512_unpacklo_epi32(of[0], of[1]),
				      _mm512_unpackhi_epi32(of[0], of[1]));
	__m512i cd = _mm512_add_epi32(_mm512_unpacklo_epi32(of[2], of[3]),
				      _mm512_unpackhi_epi32(of[2], of[3]));
	__m512i all =
		_mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
	__m256i half =
		_mm256_add_epi32(_mm512_castsi512_si256(all), _mm512_extracti64x4_epi64(all, 1));

	return _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

/* The next 64 features of DOTS rows with count q. */
SIMD_INLINE SIMD_VNNI void vnni_dots_add(__m512i sum[][DOTS], const uint8_t *const *x,
					 const int8_t *q, size_t q_ld, __mmask64 mask, size_t i,
					 size_t count)
{
	__m512i of[DOTS];

	SIMD_UNROLL
	for (size_t r = 0; r < DOTS; r++)
		of[r] = mask == UINT64_MAX ? _mm512_loadu_si512(x[r] + i)
					   : _mm512_maskz_loadu_epi8(mask, x[r] + i);
	SIMD_UNROLL
	for (size_t j = 0; j < count; j++) {
		__m512i with = _mm512_loadu_si512(q + j * q_ld + i);

		SIMD_UNROLL
		for (size_t r = 0; r < DOTS; r++)
			sum[j][r] = vnni_add(sum[j][r], of[r], with);
	}
}

/* DOTS rows with count (1 … QUERIES, a constant) q; c (count, …). */
SIMD_INLINE SIMD_VNNI void vnni_dots(const uint8_t *const *x, const int8_t *q, size_t q_ld,
				     size_t n, int32_t *c, size_t c_ld, size_t count)
{
	__m512i sum[QUERIES][DOTS];
	size_t i = 0;

	SIMD_UNROLL
	for (size_t j = 0; j < count; j++) {
		SIMD_UNROLL
		for (size_t r = 0; r < DOTS; r++)
			sum[j][r] = _mm512_setzero_si512();
	}
	for (; i + 64 <= n; i += 64)
		vnni_dots_add(sum, x, q, q_ld, UINT64_MAX, i, count);
	if (i < n)
		vnni_dots_add(sum, x, q, q_ld, (UINT64_C(1) << (n - i)) - 1, i, count);
	SIMD_UNROLL
	for (size_t j = 0; j < count; j++)
		_mm_storeu_si128((__m128i *)(void *)(c + j * c_ld), vnni_sums(sum[j]));
}

/* One row with one q. */
SIMD_INLINE SIMD_VNNI int32_t vnni_dot(const uint8_t *x, const int8_t *q, size_t n)
{
	__m512i sum = _mm512_setzero_si512();

	for (size_t i = 0; i < n; i += 64) {
		__mmask64 mask = n - i < 64 ? (UINT64_C(1) << (n - i)) - 1 : UINT64_MAX;

		sum = vnni_add(sum, _mm512_maskz_loadu_epi8(mask, x + i),
			       _mm512_loadu_si512(q + i));
	}
	return _mm512_reduce_add_epi32(sum);
}

SIMD_VNNI void bytes_dots_vnni(const uint8_t *x, size_t x_ld, size_t rows, const int8_t *q,
			       size_t q_ld, size_t count, size_t n, int32_t *c)
{
	size_t row = 0;

	for (; row + DOTS <= rows; row += DOTS, x += DOTS * x_ld) {
		const uint8_t *const of[DOTS] = { x, x + x_ld, x + 2 * x_ld, x + 3 * x_ld };
		size_t j = 0;

		for (; j + QUERIES <= count; j += QUERIES)
			vnni_dots(of, q + j * q_ld, q_ld, n, c + j * rows + row, rows, QUERIES);
		for (; j < count; j++)
			vnni_dots(of, q + j * q_ld, q_ld, n, c + j * rows + row, rows, 1);
	}
	for (; row < rows; row++, x += x_ld)
		for (size_t j = 0; j < count; j++)
			c[j * rows + row] = vnni_dot(x, q + j * q_ld, n);
}

SIMD_VNNI void bytes_dots_of_vnni(const int8_t *q, const uint8_t *x, size_t x_ld,
				  const uint32_t *row, size_t count, size_t n, int32_t *c)
{
	size_t i = 0;

	for (; i + DOTS <= count; i += DOTS) {
		const uint8_t *const of[DOTS] = { x + row[i] * x_ld, x + row[i + 1] * x_ld,
						  x + row[i + 2] * x_ld, x + row[i + 3] * x_ld };

		vnni_dots(of, q, 0, n, c + i, 0, 1);
	}
	for (; i < count; i++)
		c[i] = vnni_dot(x + row[i] * x_ld, q, n);
}

#endif
