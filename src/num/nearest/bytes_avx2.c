/* Products of bytes by AVX2: widened to 16 bits for VPMADDWD, because VPMADDUBSW saturates
 * (2·255·128 > 32,767). Tiles of 3 rows and 16 of a panel.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "num/nearest/bytes_inside.h"

#if SIMD_X86

#define ROWS 3
#define VECTORS 4 /* of four rows of a panel, with two halves of a sum each */

/* Four features of a row, spread over all lanes of 64 bits. */
SIMD_INLINE SIMD_AVX2 __m256i avx2_four(const int8_t *q)
{
	int32_t four;

	memcpy(&four, q, sizeof four);
	return _mm256_broadcastq_epi64(_mm_cvtepi8_epi16(_mm_cvtsi32_si128(four)));
}

/* rows (1 … ROWS) is a constant; the 16 rows of the panel that at points to. */
SIMD_INLINE SIMD_AVX2 void avx2_products(const int8_t *q, size_t q_ld, const uint8_t *at, size_t n,
					 int32_t *c, size_t c_ld, bool add, size_t rows)
{
	__m256i sum[ROWS][VECTORS];

	SIMD_UNROLL
	for (size_t r = 0; r < rows; r++) {
		SIMD_UNROLL
		for (size_t v = 0; v < VECTORS; v++)
			sum[r][v] = _mm256_setzero_si256();
	}
	for (size_t i = 0; i < n; i += 4, at += 4 * BYTES_PANEL) {
		__m256i four[ROWS];

		SIMD_UNROLL
		for (size_t r = 0; r < rows; r++)
			four[r] = avx2_four(q + r * q_ld + i);
		SIMD_UNROLL
		for (size_t v = 0; v < VECTORS; v++) {
			__m256i of = _mm256_cvtepu8_epi16(
				_mm_loadu_si128((const __m128i *)(const void *)(at + 16 * v)));

			SIMD_UNROLL
			for (size_t r = 0; r < rows; r++)
				sum[r][v] =
					_mm256_add_epi32(sum[r][v], _mm256_madd_epi16(of, four[r]));
		}
	}
	SIMD_UNROLL
	for (size_t r = 0; r < rows; r++) {
		SIMD_UNROLL
		for (size_t v = 0; v < VECTORS; v += 2) {
			__m256i *to = (__m256i *)(void *)(c + r * c_ld + 4 * v);
			__m256i both = _mm256_hadd_epi32(sum[r][v], sum[r][v + 1]);

			/* hadd works within halves: 0 1 of v, 0 1 of v + 1, 2 3 of v, … */
			both = _mm256_permute4x64_epi64(both, 0xd8);
			if (add)
				both = _mm256_add_epi32(both, _mm256_loadu_si256(to));
			_mm256_storeu_si256(to, both);
		}
	}
}

SIMD_AVX2 void bytes_products_avx2(const int8_t *q, size_t q_ld, size_t rows, const uint8_t *panel,
				   size_t n, int32_t *c, size_t c_ld, bool add)
{
	for (; rows >= ROWS; rows -= ROWS, q += ROWS * q_ld, c += ROWS * c_ld)
		for (size_t v = 0; v < BYTES_PANEL; v += 4 * VECTORS)
			avx2_products(q, q_ld, panel + 4 * v, n, c + v, c_ld, add, ROWS);
	for (; rows > 0; rows--, q += q_ld, c += c_ld)
		for (size_t v = 0; v < BYTES_PANEL; v += 4 * VECTORS)
			avx2_products(q, q_ld, panel + 4 * v, n, c + v, c_ld, add, 1);
}

#endif
