/* Tiles of 4 x 24 in 12 registers of AVX2.
 * SPDX-License-Identifier: MIT */
#include "num/dense/gemm_tile.h"

#if SIMD_X86

#define ROWS GEMM_AVX2_ROWS
#define VECTORS (GEMM_AVX2_COLS / 8)

/* The first of eight lanes. */
SIMD_INLINE SIMD_AVX2 __m256i tile_mask(size_t lanes)
{
	return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)lanes),
				  _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

/* What the sums begin with. */
SIMD_INLINE SIMD_AVX2 void tile_begin(const GemmTile *tile, __m256 sum[ROWS][VECTORS], size_t rows,
				      size_t vectors, __m256i last)
{
	__m256 beta = _mm256_set1_ps(tile->beta);

	SIMD_UNROLL
	for (size_t i = 0; i < vectors; i++) {
		__m256i mask = i + 1 < vectors ? _mm256_set1_epi32(-1) : last;
		__m256 bias = tile->bias ? _mm256_maskload_ps(tile->bias + 8 * i, mask)
					 : _mm256_setzero_ps();

		SIMD_UNROLL
		for (size_t r = 0; r < rows; r++) {
			const float *c = tile->c + r * tile->c_ld + 8 * i;

			sum[r][i] = bias;
			if (tile->beta != 0)
				sum[r][i] =
					_mm256_fmadd_ps(beta, _mm256_maskload_ps(c, mask), bias);
		}
	}
}

SIMD_INLINE SIMD_AVX2 void tile_store(const GemmTile *tile, __m256 sum[ROWS][VECTORS], size_t rows,
				      size_t vectors, __m256i last)
{
	/* max(low, NaN) is NaN */
	__m256 low = _mm256_set1_ps(tile->relu ? 0.0f : -__builtin_inff());

	SIMD_UNROLL
	for (size_t r = 0; r < rows; r++) {
		SIMD_UNROLL
		for (size_t i = 0; i < vectors; i++) {
			float *c = tile->c + r * tile->c_ld + 8 * i;
			__m256 y = _mm256_max_ps(low, sum[r][i]);

			if (i + 1 < vectors)
				_mm256_storeu_ps(c, y);
			else
				_mm256_maskstore_ps(c, last, y);
		}
	}
}

/* rows and vectors are constants; only the last vector may be narrower than 8. */
SIMD_INLINE SIMD_AVX2 void tile_body(const GemmTile *tile, size_t rows, size_t vectors, size_t cols)
{
	__m256i last = tile_mask(cols - 8 * (vectors - 1));
	__m256 sum[ROWS][VECTORS], from[VECTORS];
	const float *a = tile->a, *b = tile->b;

	tile_begin(tile, sum, rows, vectors, last);
	for (size_t p = 0; p < tile->k; p++, a += tile->a_step, b += tile->b_ld) {
		SIMD_UNROLL
		for (size_t i = 0; i < vectors; i++)
			from[i] = i + 1 < vectors ? _mm256_loadu_ps(b + 8 * i)
						  : _mm256_maskload_ps(b + 8 * i, last);
		SIMD_UNROLL
		for (size_t r = 0; r < rows; r++) {
			__m256 x = _mm256_set1_ps(a[r * tile->a_row]);

			SIMD_UNROLL
			for (size_t i = 0; i < vectors; i++)
				sum[r][i] = _mm256_fmadd_ps(x, from[i], sum[r][i]);
		}
	}
	tile_store(tile, sum, rows, vectors, last);
}

#define TILE(rows)                                                           \
	static SIMD_AVX2 void tile_##rows(const GemmTile *tile, size_t cols) \
	{                                                                    \
		if (cols > 16)                                               \
			tile_body(tile, rows, 3, cols);                      \
		else if (cols > 8)                                           \
			tile_body(tile, rows, 2, cols);                      \
		else                                                         \
			tile_body(tile, rows, 1, cols);                      \
	}
TILE(4)
TILE(2)
TILE(1)

void gemm_avx2_tile(const GemmTile *tile, size_t rows, size_t cols)
{
	static void (*const runs[])(const GemmTile *, size_t) = { tile_1, tile_2, tile_4 };
	GemmTile part = *tile;

	for (int i = 2; i >= 0; i--) {
		size_t n = (size_t)1 << i;

		if (!(rows & n))
			continue;
		runs[i](&part, cols);
		part.a += n * part.a_row;
		part.c += n * part.c_ld;
	}
}

#endif
