/* Moves between the layouts of a batch, and quantization of activations.
 *
 * Every level gives the same bits: each value is converted by itself.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "num/kernel.h"
#include "num/simd.h"

/* --- bytes to rows --------------------------------------------------------------------------- */

SIMD_INLINE void bytes_to_row_body(float *restrict y, const uint8_t *restrict x, size_t n,
				   float scale)
{
	SIMD_LOOP
	for (size_t i = 0; i < n; i++)
		y[i] = (float)x[i] * scale;
}
SIMD_LEVELS(bytes_to_row, (float *restrict y, const uint8_t *restrict x, size_t n, float scale),
	    (y, x, n, scale))

void convert_bytes_to_rows(uint32_t features, const uint8_t *x, size_t x_ld, float *y, size_t y_ld,
			   size_t rows, size_t n, float scale)
{
	for (size_t r = 0; r < rows; r++)
		SIMD_CALL(features, bytes_to_row, (y + r * y_ld, x + r * x_ld, n, scale));
}

/* --- bytes to columns: a transpose of 16 x 16 bytes, then widened ----------------------------- */

static void bytes_to_cols_scalar(const uint8_t *x, size_t x_ld, float *y, size_t y_ld, size_t rows,
				 size_t n, float scale)
{
	for (size_t i = 0; i < n; i++)
		for (size_t r = 0; r < rows; r++)
			y[i * y_ld + r] = (float)x[r * x_ld + i] * scale;
}

#if SIMD_X86

/* One of four equal rounds that transpose the 16 x 16 bytes in each 128-bit lane of a0 … a15 (1
 * row each): a round turns the 8 bits of a byte's address (4 of the row, 4 of the column) left
 * by one. */
#define INTERLEAVE(low, high, b, a)                                                    \
	b##0 = low(a##0, a##8), b##1 = high(a##0, a##8), b##2 = low(a##1, a##9);       \
	b##3 = high(a##1, a##9), b##4 = low(a##2, a##10), b##5 = high(a##2, a##10);    \
	b##6 = low(a##3, a##11), b##7 = high(a##3, a##11), b##8 = low(a##4, a##12);    \
	b##9 = high(a##4, a##12), b##10 = low(a##5, a##13), b##11 = high(a##5, a##13); \
	b##12 = low(a##6, a##14), b##13 = high(a##6, a##14), b##14 = low(a##7, a##15); \
	b##15 = high(a##7, a##15)
#define TRANSPOSE(low, high)         \
	INTERLEAVE(low, high, b, a); \
	INTERLEAVE(low, high, a, b); \
	INTERLEAVE(low, high, b, a); \
	INTERLEAVE(low, high, a, b)
#define EACH16(f) \
	f(0) f(1) f(2) f(3) f(4) f(5) f(6) f(7) f(8) f(9) f(10) f(11) f(12) f(13) f(14) f(15)

/* Rows row, row + 16, row + 32, row + 48 of the block, one a lane; past the last row the last
 * one is read again. */
SIMD_INLINE SIMD_AVX512 __m512i cols512_load(const uint8_t *x, size_t x_ld, size_t row, size_t last,
					     __mmask16 mask)
{
	size_t r0 = row, r1 = row + 16, r2 = row + 32, r3 = row + 48;
	__m128i l0 = _mm_maskz_loadu_epi8(mask, x + (r0 < last ? r0 : last) * x_ld);
	__m128i l1 = _mm_maskz_loadu_epi8(mask, x + (r1 < last ? r1 : last) * x_ld);
	__m128i l2 = _mm_maskz_loadu_epi8(mask, x + (r2 < last ? r2 : last) * x_ld);
	__m128i l3 = _mm_maskz_loadu_epi8(mask, x + (r3 < last ? r3 : last) * x_ld);
	__m512i all = _mm512_castsi128_si512(l0);

	all = _mm512_inserti32x4(all, l1, 1);
	all = _mm512_inserti32x4(all, l2, 2);
	return _mm512_inserti32x4(all, l3, 3);
}

#define STORE512(column, part)                                                        \
	if (vectors > part)                                                           \
		_mm512_storeu_ps(                                                     \
			y + 16 * part,                                                \
			_mm512_mul_ps(scale, _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32( \
						     _mm512_extracti32x4_epi32(column, part)))));

/* 64 values of one feature as f32; vectors: how many 16s of them the buffer has room for. */
SIMD_INLINE SIMD_AVX512 void cols512_store(__m512i column, float *y, size_t vectors, __m512 scale){
	STORE512(column, 0) STORE512(column, 1) STORE512(column, 2) STORE512(column, 3)
}

/* Up to 64 rows × up to 16 features. */
SIMD_INLINE SIMD_AVX512 void cols512_block(const uint8_t *x, size_t x_ld, float *y, size_t y_ld,
					   size_t rows, size_t n, float scale)
{
	__mmask16 mask = (__mmask16)(n < 16 ? (1u << n) - 1 : 0xffff);
	size_t vectors = (rows + 15) / 16, last = rows - 1;
	__m512 scales = _mm512_set1_ps(scale);
	__m512i b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15;
#define LOAD(i) __m512i a##i = cols512_load(x, x_ld, i, last, mask);
	EACH16(LOAD)
#undef LOAD

	TRANSPOSE(_mm512_unpacklo_epi8, _mm512_unpackhi_epi8);
#define STORE(i)   \
	if (n > i) \
		cols512_store(a##i, y + i * y_ld, vectors, scales);
	EACH16(STORE)
#undef STORE
}

SIMD_INLINE SIMD_AVX2 void cols256_store(__m128i column, float *y, __m256 scale)
{
	__m256i low = _mm256_cvtepu8_epi32(column),
		high = _mm256_cvtepu8_epi32(_mm_srli_si128(column, 8));

	_mm256_storeu_ps(y, _mm256_mul_ps(scale, _mm256_cvtepi32_ps(low)));
	_mm256_storeu_ps(y + 8, _mm256_mul_ps(scale, _mm256_cvtepi32_ps(high)));
}

/* Up to 16 rows × 16 features, all of which may be read. */
SIMD_INLINE SIMD_AVX2 void cols256_block(const uint8_t *x, size_t x_ld, float *y, size_t y_ld,
					 size_t rows, __m256 scale)
{
	size_t last = rows - 1;
	__m128i b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15;
#define LOAD(i)                         \
	__m128i a##i = _mm_loadu_si128( \
		(const __m128i *)(const void *)(x + (i < last ? i : last) * x_ld));
	EACH16(LOAD)
#undef LOAD

	TRANSPOSE(_mm_unpacklo_epi8, _mm_unpackhi_epi8);
#define STORE(i) cols256_store(a##i, y + i * y_ld, scale);
	EACH16(STORE)
#undef STORE
}

static SIMD_AVX2 void bytes_to_cols_avx2(const uint8_t *x, size_t x_ld, float *y, size_t y_ld,
					 size_t rows, size_t n, float scale)
{
	size_t whole = n - n % 16;

	for (size_t r = 0; r < rows; r += 16)
		for (size_t i = 0; i < whole; i += 16)
			cols256_block(x + r * x_ld + i, x_ld, y + i * y_ld + r, y_ld,
				      rows - r < 16 ? rows - r : 16, _mm256_set1_ps(scale));
	bytes_to_cols_scalar(x + whole, x_ld, y + whole * y_ld, y_ld, rows, n - whole, scale);
}

/* A few rows do not fill the wide block. */
static SIMD_AVX512 void bytes_to_cols_avx512(const uint8_t *x, size_t x_ld, float *y, size_t y_ld,
					     size_t rows, size_t n, float scale)
{
	size_t r = 0;

	for (; rows - r > 16; r += rows - r < 64 ? rows - r : 64) {
		size_t count = rows - r < 64 ? rows - r : 64;

		for (size_t i = 0; i < n; i += 16)
			cols512_block(x + r * x_ld + i, x_ld, y + i * y_ld + r, y_ld, count,
				      n - i < 16 ? n - i : 16, scale);
	}
	bytes_to_cols_avx2(x + r * x_ld, x_ld, y + r, y_ld, rows - r, n, scale);
}

#endif

void convert_bytes_to_cols(uint32_t features, const uint8_t *x, size_t x_ld, float *y, size_t y_ld,
			   size_t rows, size_t n, float scale)
{
#if SIMD_X86
	if (features & CPU_AVX512) {
		bytes_to_cols_avx512(x, x_ld, y, y_ld, rows, n, scale);
		return;
	}
	if (features & CPU_AVX2) {
		bytes_to_cols_avx2(x, x_ld, y, y_ld, rows, n, scale);
		return;
	}
#endif
	(void)features;
	bytes_to_cols_scalar(x, x_ld, y, y_ld, rows, n, scale);
}

/* --- f32 transposes --------------------------------------------------------------------------- */

static void transpose_scalar(const float *x, size_t x_ld, float *y, size_t y_ld, size_t rows,
			     size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t r = 0; r < rows; r++)
			y[i * y_ld + r] = x[r * x_ld + i];
}

#if SIMD_X86

/* As INTERLEAVE, for 4 x 4 floats in each lane; lane 0 holds columns 0–3, lane 1 columns 4–7. */
#define QUAD(a, b, c, d, to)                                                                   \
	do {                                                                                   \
		__m256 ab = _mm256_unpacklo_ps(a, b), cd = _mm256_unpacklo_ps(c, d);           \
		__m256 ab_high = _mm256_unpackhi_ps(a, b), cd_high = _mm256_unpackhi_ps(c, d); \
		to##0 = _mm256_shuffle_ps(ab, cd, 0x44);                                       \
		to##1 = _mm256_shuffle_ps(ab, cd, 0xee);                                       \
		to##2 = _mm256_shuffle_ps(ab_high, cd_high, 0x44);                             \
		to##3 = _mm256_shuffle_ps(ab_high, cd_high, 0xee);                             \
	} while (0)
#define ROWS_OUT(i)                                                                   \
	_mm256_storeu_ps(y + i * y_ld, _mm256_permute2f128_ps(top##i, low##i, 0x20)); \
	_mm256_storeu_ps(y + (i + 4) * y_ld, _mm256_permute2f128_ps(top##i, low##i, 0x31))

static SIMD_AVX2 void transpose_8x8(const float *x, size_t x_ld, float *y, size_t y_ld)
{
	__m256 top0, top1, top2, top3, low0, low1, low2, low3;

	QUAD(_mm256_loadu_ps(x), _mm256_loadu_ps(x + x_ld), _mm256_loadu_ps(x + 2 * x_ld),
	     _mm256_loadu_ps(x + 3 * x_ld), top);
	x += 4 * x_ld;
	QUAD(_mm256_loadu_ps(x), _mm256_loadu_ps(x + x_ld), _mm256_loadu_ps(x + 2 * x_ld),
	     _mm256_loadu_ps(x + 3 * x_ld), low);
	ROWS_OUT(0);
	ROWS_OUT(1);
	ROWS_OUT(2);
	ROWS_OUT(3);
}

static SIMD_AVX2 void transpose_avx2(const float *x, size_t x_ld, float *y, size_t y_ld,
				     size_t rows, size_t n)
{
	size_t whole_rows = rows - rows % 8, whole_n = n - n % 8;

	for (size_t i = 0; i < whole_n; i += 8)
		for (size_t r = 0; r < whole_rows; r += 8)
			transpose_8x8(x + r * x_ld + i, x_ld, y + i * y_ld + r, y_ld);
	transpose_scalar(x + whole_n, x_ld, y + whole_n * y_ld, y_ld, whole_rows, n - whole_n);
	transpose_scalar(x + whole_rows * x_ld, x_ld, y + whole_rows, y_ld, rows - whole_rows, n);
}

#endif

void convert_rows_to_cols(uint32_t features, const float *x, size_t x_ld, float *y, size_t y_ld,
			  size_t rows, size_t n)
{
#if SIMD_X86
	if (features & CPU_AVX2) {
		transpose_avx2(x, x_ld, y, y_ld, rows, n);
		return;
	}
#endif
	(void)features;
	transpose_scalar(x, x_ld, y, y_ld, rows, n);
}

void convert_cols_to_rows(uint32_t features, const float *x, size_t x_ld, float *y, size_t y_ld,
			  size_t rows, size_t n)
{
	convert_rows_to_cols(features, x, x_ld, y, y_ld, n, rows);
}

/* --- blocks of 16 rows ------------------------------------------------------------------------ */

/* Unused lanes of the last block. */
static void tiles_clear(float *y, size_t used, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t r = used; r < KERNEL_TILE; r++)
			y[i * KERNEL_TILE + r] = 0;
}

void convert_bytes_to_tiles(uint32_t features, const uint8_t *x, size_t x_ld, float *y, size_t y_ld,
			    size_t rows, size_t n, float scale)
{
	for (size_t r = 0; r < rows; r += KERNEL_TILE, x += KERNEL_TILE * x_ld, y += y_ld) {
		size_t used = rows - r < KERNEL_TILE ? rows - r : KERNEL_TILE;

		convert_bytes_to_cols(features, x, x_ld, y, KERNEL_TILE, used, n, scale);
		tiles_clear(y, used, n);
	}
}

void convert_rows_to_tiles(uint32_t features, const float *x, size_t x_ld, float *y, size_t y_ld,
			   size_t rows, size_t n)
{
	for (size_t r = 0; r < rows; r += KERNEL_TILE, x += KERNEL_TILE * x_ld, y += y_ld) {
		size_t used = rows - r < KERNEL_TILE ? rows - r : KERNEL_TILE;

		convert_rows_to_cols(features, x, x_ld, y, KERNEL_TILE, used, n);
		tiles_clear(y, used, n);
	}
}

void convert_tiles_to_rows(uint32_t features, const float *x, size_t x_ld, float *y, size_t y_ld,
			   size_t rows, size_t n)
{
	for (size_t r = 0; r < rows; r += KERNEL_TILE, x += x_ld, y += KERNEL_TILE * y_ld) {
		size_t used = rows - r < KERNEL_TILE ? rows - r : KERNEL_TILE;

		convert_cols_to_rows(features, x, KERNEL_TILE, y, y_ld, used, n);
	}
}

/* --- to quantized activations
 * ------------------------------------------------------------------ */

/* Clamped before the conversion, so that infinity is defined; what is not a number becomes 0.
 * Half to even by adding a number whose last bit is worth 1: values that large are clamped
 * first. */
SIMD_INLINE void row_to_u8_body(uint8_t *restrict y, const float *restrict x, size_t n, float scale,
				float zero)
{
	const float rounder = 0x1.8p23f;

	SIMD_LOOP
	for (size_t i = 0; i < n; i++) {
		float q = x[i] / scale;

		q = q > -1024.0f ? q : -1024.0f;
		q = q < 1024.0f ? q : 1024.0f;
		q = q + rounder - rounder + zero;
		q = q > 0.0f ? q : 0.0f;
		q = q < 255.0f ? q : 255.0f;
		y[i] = (uint8_t)(int32_t)q;
	}
}
SIMD_LEVELS(row_to_u8,
	    (uint8_t *restrict y, const float *restrict x, size_t n, float scale, float zero),
	    (y, x, n, scale, zero))

void convert_rows_to_u8(uint32_t features, const float *x, size_t x_ld, uint8_t *y, size_t y_ld,
			size_t rows, size_t n, float scale, uint8_t zero)
{
	for (size_t r = 0; r < rows; r++)
		SIMD_CALL(features, row_to_u8, (y + r * y_ld, x + r * x_ld, n, scale, zero));
}

static bool table_is_identity(const uint8_t table[256])
{
	for (int i = 0; i < 256; i++)
		if (table[i] != i)
			return false;
	return true;
}

void convert_bytes_to_u8(uint32_t features, const uint8_t *x, size_t x_ld, uint8_t *y, size_t y_ld,
			 size_t rows, size_t n, const uint8_t table[256])
{
	bool copy = table_is_identity(table);

	(void)features;
	for (size_t r = 0; r < rows; r++, x += x_ld, y += y_ld) {
		if (copy)
			memcpy(y, x, n);
		else
			for (size_t i = 0; i < n; i++)
				y[i] = table[x[i]];
	}
}
