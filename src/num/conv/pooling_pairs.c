/* Max pooling by windows of 2 x 2 in vectors.
 * SPDX-License-Identifier: MIT */
#include "num/conv/pooling_pairs.h"

#include <string.h>

#include "num/conv/pooling_window.h"

#define TILE KERNEL_TILE

#if SIMD_X86

/* --- blocks of images ------------------------------------------------------------------------- */

/* A row of windows; x0, x1: its two rows of pixels. */
SIMD_INLINE SIMD_AVX512 void row_avx512(const float *x0, const float *x1, float *y, uint16_t *index,
					size_t count)
{
	for (size_t w = 0; w < count; w++, x0 += 2 * TILE, x1 += 2 * TILE, y += TILE)
		_mm512_storeu_ps(y, pooling_window(_mm512_loadu_ps(x0), _mm512_loadu_ps(x0 + TILE),
						   _mm512_loadu_ps(x1), _mm512_loadu_ps(x1 + TILE),
						   index ? index + w * TILE : NULL));
}

SIMD_INLINE SIMD_AVX2 __m256 wins_avx2(__m256 v, __m256 best)
{
	return _mm256_or_ps(_mm256_cmp_ps(v, best, _CMP_GT_OQ), _mm256_cmp_ps(v, v, _CMP_UNORD_Q));
}

/* Half of the images; which: 16-bit numbers in 32 bits. */
SIMD_INLINE SIMD_AVX2 __m256 four_avx2(__m256 a, __m256 b, __m256 c, __m256 d, __m256i *which)
{
	__m256 second = wins_avx2(b, a), fourth = wins_avx2(d, c);
	__m256 top = _mm256_blendv_ps(a, b, second), low = _mm256_blendv_ps(c, d, fourth);
	__m256 lower = wins_avx2(low, top);
	__m256i one = _mm256_set1_epi32(1);
	__m256i over = _mm256_and_si256(_mm256_castps_si256(second), one);
	__m256i under = _mm256_and_si256(_mm256_castps_si256(fourth), one);

	under = _mm256_or_si256(under, _mm256_set1_epi32(2));
	*which = _mm256_blendv_epi8(over, under, _mm256_castps_si256(lower));
	return _mm256_blendv_ps(top, low, lower);
}

SIMD_INLINE SIMD_AVX2 void row_avx2(const float *x0, const float *x1, float *y, uint16_t *index,
				    size_t count)
{
	for (size_t w = 0; w < count; w++, x0 += 2 * TILE, x1 += 2 * TILE, y += TILE) {
		__m256i which[2];

		SIMD_UNROLL
		for (size_t half = 0; half < TILE; half += TILE / 2) {
			__m256 a = _mm256_loadu_ps(x0 + half),
			       b = _mm256_loadu_ps(x0 + TILE + half);
			__m256 c = _mm256_loadu_ps(x1 + half),
			       d = _mm256_loadu_ps(x1 + TILE + half);

			_mm256_storeu_ps(y + half, four_avx2(a, b, c, d, &which[half / 8]));
		}
		if (index) {
			__m256i both = _mm256_packus_epi32(which[0], which[1]);

			_mm256_storeu_si256((__m256i *)(void *)(index + w * TILE),
					    _mm256_permute4x64_epi64(both, 0xd8));
		}
	}
}

/* --- rows ------------------------------------------------------------------------------------- */

/* The even ones, or the odd ones, of 16 floats. */
#define EVEN(low, high)   \
	_mm256_castpd_ps( \
		_mm256_permute4x64_pd(_mm256_castps_pd(_mm256_shuffle_ps(low, high, 0x88)), 0xd8))
#define ODD(low, high)    \
	_mm256_castpd_ps( \
		_mm256_permute4x64_pd(_mm256_castps_pd(_mm256_shuffle_ps(low, high, 0xdd)), 0xd8))

/* count ≥ 8; the last ones twice, so that nothing past the row is read. */
SIMD_INLINE SIMD_AVX2 void line_avx2(const float *x0, const float *x1, float *y, size_t count)
{
	for (size_t w = 0; w < count; w += 8) {
		size_t at = w + 8 < count ? w : count - 8;
		__m256 low0 = _mm256_loadu_ps(x0 + 2 * at),
		       high0 = _mm256_loadu_ps(x0 + 2 * at + 8);
		__m256 low1 = _mm256_loadu_ps(x1 + 2 * at),
		       high1 = _mm256_loadu_ps(x1 + 2 * at + 8);
		__m256i which;

		_mm256_storeu_ps(y + at, four_avx2(EVEN(low0, high0), ODD(low0, high0),
						   EVEN(low1, high1), ODD(low1, high1), &which));
	}
}

/* 4 ≤ count < 8. */
SIMD_INLINE SIMD_AVX2 void short_line_avx2(const float *x0, const float *x1, float *y, size_t count)
{
	for (size_t w = 0; w < count; w += 4) {
		size_t at = w + 4 < count ? w : count - 4;
		__m256 top = _mm256_loadu_ps(x0 + 2 * at), low = _mm256_loadu_ps(x1 + 2 * at);
		__m256i which;

		_mm_storeu_ps(y + at, _mm256_castps256_ps128(
					      four_avx2(EVEN(top, top), ODD(top, top),
							EVEN(low, low), ODD(low, low), &which)));
	}
}

/* --- units ------------------------------------------------------------------------------------ */

/* Calls row for each row of outputs; lanes: floats of a pixel. */
#define EACH_ROW(lanes, call)                                                                   \
	for (size_t k = 0; k < p->channels * p->out_height; k++) {                              \
		const float *x0 = x + (k / p->out_height * p->height + k % p->out_height * 2) * \
					      p->width * lanes;                                 \
		const float *x1 = x0 + p->width * lanes;                                        \
		float *to = y + k * p->out_width * lanes;                                       \
		uint16_t *from = index ? index + k * p->out_width * lanes : NULL;               \
                                                                                                \
		(void)from;                                                                     \
		call;                                                                           \
	}

static SIMD_AVX512 void tile_avx512(const Conv *p, const float *x, float *y, uint16_t *index)
{
	EACH_ROW(TILE, row_avx512(x0, x1, to, from, p->out_width))
}

static SIMD_AVX2 void tile_avx2(const Conv *p, const float *x, float *y, uint16_t *index)
{
	EACH_ROW(TILE, row_avx2(x0, x1, to, from, p->out_width))
}

static SIMD_AVX2 void image_avx2(const Conv *p, const float *x, float *y)
{
	uint16_t *index = NULL;

	if (p->out_width >= 8) {
		EACH_ROW(1, line_avx2(x0, x1, to, p->out_width))
	} else {
		EACH_ROW(1, short_line_avx2(x0, x1, to, p->out_width))
	}
}

bool pooling_max_pairs(uint32_t features, const Conv *p, bool tile, const float *x, float *y,
		       uint16_t *index)
{
	if (tile && features & CPU_AVX512)
		tile_avx512(p, x, y, index);
	else if (tile && features & CPU_AVX2)
		tile_avx2(p, x, y, index);
	else if (!tile && !index && p->out_width >= 4 && features & CPU_AVX2)
		image_avx2(p, x, y);
	else
		return false;
	return true;
}

/* --- backward --------------------------------------------------------------------------------- */

static SIMD_AVX512 void tile_grad_avx512(const Conv *p, const uint16_t *index, const float *grad_y,
					 float *grad_x)
{
	size_t line = p->width * TILE;

	for (size_t k = 0; k < p->channels * p->out_height; k++) {
		float *to = grad_x + (k / p->out_height * p->height + k % p->out_height * 2) * line;

		for (size_t w = 0; w < p->out_width; w++, to += 2 * TILE) {
			__m512 four[2][2];

			pooling_window_grad(four, grad_y, index);
			_mm512_storeu_ps(to, four[0][0]);
			_mm512_storeu_ps(to + TILE, four[0][1]);
			_mm512_storeu_ps(to + line, four[1][0]);
			_mm512_storeu_ps(to + line + TILE, four[1][1]);
			grad_y += TILE;
			index += TILE;
		}
	}
}

bool pooling_max_grad_pairs(uint32_t features, const Conv *p, const uint16_t *index,
			    const float *grad_y, float *grad_x)
{
	if (!(features & CPU_AVX512))
		return false;
	tile_grad_avx512(p, index, grad_y, grad_x);
	return true;
}

static SIMD_BF16 void words_grad_bf16(const Conv *p, const uint16_t *index, const float *grad_y,
				      size_t odd, uint32_t *words)
{
	size_t line = p->width * TILE;
	__m512i order = pooling_words_order();

	for (size_t k = 0; k < p->channels * p->out_height; k++) {
		uint32_t *to =
			words + (k / p->out_height * p->height + k % p->out_height * 2) * line;

		for (size_t w = 0; w < p->out_width; w++, to += 2 * TILE) {
			__m512i four[2][2];

			pooling_window_words(four, grad_y, index, odd, order);
			_mm512_storeu_si512(to, four[0][0]);
			_mm512_storeu_si512(to + TILE, four[0][1]);
			_mm512_storeu_si512(to + line, four[1][0]);
			_mm512_storeu_si512(to + line + TILE, four[1][1]);
			grad_y += TILE;
			index += TILE;
		}
	}
}

bool pooling_max_grad_words(uint32_t features, const Conv *p, const uint16_t *index,
			    const float *grad_y, size_t odd, uint32_t *words)
{
	if (!(features & CPU_BF16) || !pooling_pairs(p) || p->height % 2 || p->width % 2)
		return false;
	words_grad_bf16(p, index, grad_y, odd, words);
	return true;
}

/* --- bytes: SSE2, which all have -------------------------------------------------------------- */

/* The larger ones of neighbours, two by two, in the low half. */
SIMD_INLINE __m128i max_neighbours(__m128i x0, __m128i x1)
{
	__m128i max = _mm_max_epu8(x0, x1);

	max = _mm_and_si128(_mm_max_epu8(max, _mm_srli_epi16(max, 8)), _mm_set1_epi16(0xff));
	return _mm_packus_epi16(max, max);
}

/* A row of windows of 2 x 2; the last ones twice, so that nothing past the row is read. */
void pooling_max_u8_pairs(const uint8_t *x0, const uint8_t *x1, uint8_t *y, size_t count)
{
	for (size_t w = 0; count >= 8 && w < count; w += 8) {
		size_t at = w + 8 < count ? w : count - 8;
		const void *a = x0 + 2 * at, *b = x1 + 2 * at;

		_mm_storel_epi64((__m128i *)(void *)(y + at),
				 max_neighbours(_mm_loadu_si128(a), _mm_loadu_si128(b)));
	}
	for (size_t w = 0; count >= 4 && count < 8 && w < count; w += 4) {
		size_t at = w + 4 < count ? w : count - 4;
		const void *a = x0 + 2 * at, *b = x1 + 2 * at;
		int four =
			_mm_cvtsi128_si32(max_neighbours(_mm_loadl_epi64(a), _mm_loadl_epi64(b)));

		memcpy(y + at, &four, sizeof four);
	}
	for (size_t w = 0; count < 4 && w < count; w++) {
		uint8_t a = x0[2 * w] > x0[2 * w + 1] ? x0[2 * w] : x0[2 * w + 1];
		uint8_t b = x1[2 * w] > x1[2 * w + 1] ? x1[2 * w] : x1[2 * w + 1];

		y[w] = a > b ? a : b;
	}
}

/* --- images of bytes -------------------------------------------------------------------------- */

/* Rows of 4 … 8 outputs by whole stores, and of 9 … 16: what they write and read too much belongs to
 * the rows that follow, so the last row is left to the caller. */
static void short_rows_u8(const Conv *p, const uint8_t *x, uint8_t *y, size_t rows)
{
	for (size_t c = 0, k = 0; k < rows; c++) {
		const uint8_t *x0 = x + c * p->height * p->width;

		for (size_t h = 0; h < p->out_height && k < rows; h++, k++, x0 += 2 * p->width) {
			const void *a = x0, *b = x0 + p->width;

			_mm_storel_epi64((__m128i *)(void *)(y + k * p->out_width),
					 max_neighbours(_mm_loadu_si128(a), _mm_loadu_si128(b)));
		}
	}
}

static SIMD_AVX2 void rows_u8_avx2(const Conv *p, const uint8_t *x, uint8_t *y, size_t rows)
{
	const __m256i bytes = _mm256_set1_epi16(0xff);

	for (size_t c = 0, k = 0; k < rows; c++) {
		const uint8_t *x0 = x + c * p->height * p->width;

		for (size_t h = 0; h < p->out_height && k < rows; h++, k++, x0 += 2 * p->width) {
			const void *a = x0, *b = x0 + p->width;
			__m256i max = _mm256_max_epu8(_mm256_loadu_si256(a), _mm256_loadu_si256(b));

			max = _mm256_max_epu8(max, _mm256_srli_epi16(max, 8));
			max = _mm256_and_si256(max, bytes);
			max = _mm256_permute4x64_epi64(_mm256_packus_epi16(max, max), 0x08);
			_mm_storeu_si128((__m128i *)(void *)(y + k * p->out_width),
					 _mm256_castsi256_si128(max));
		}
	}
}

bool pooling_max_u8_image(uint32_t features, const Conv *p, const uint8_t *x, uint8_t *y)
{
	size_t width = p->out_width, last = p->channels * p->out_height - 1;
	const uint8_t *x0 =
		x + ((p->channels - 1) * p->height + 2 * (p->out_height - 1)) * p->width;

	if (width < 4 || width > 16 || (width > 8 && !(features & CPU_AVX2)))
		return false;
	if (width > 8)
		rows_u8_avx2(p, x, y, last);
	else
		short_rows_u8(p, x, y, last);
	pooling_max_u8_pairs(x0, x0 + p->width, y + last * width, width);
	return true;
}

#else

bool pooling_max_u8_image(uint32_t features, const Conv *p, const uint8_t *x, uint8_t *y)
{
	(void)features;
	(void)p;
	(void)x;
	(void)y;
	return false;
}

bool pooling_max_pairs(uint32_t features, const Conv *p, bool tile, const float *x, float *y,
		       uint16_t *index)
{
	(void)features;
	(void)p;
	(void)tile;
	(void)x;
	(void)y;
	(void)index;
	return false;
}

bool pooling_max_grad_pairs(uint32_t features, const Conv *p, const uint16_t *index,
			    const float *grad_y, float *grad_x)
{
	(void)features;
	(void)p;
	(void)index;
	(void)grad_y;
	(void)grad_x;
	return false;
}

bool pooling_max_grad_words(uint32_t features, const Conv *p, const uint16_t *index,
			    const float *grad_y, size_t odd, uint32_t *words)
{
	(void)features;
	(void)p;
	(void)index;
	(void)grad_y;
	(void)odd;
	(void)words;
	return false;
}

void pooling_max_u8_pairs(const uint8_t *x0, const uint8_t *x1, uint8_t *y, size_t count)
{
	for (size_t w = 0; w < count; w++) {
		uint8_t a = x0[2 * w] > x0[2 * w + 1] ? x0[2 * w] : x0[2 * w + 1];
		uint8_t b = x1[2 * w] > x1[2 * w + 1] ? x1[2 * w] : x1[2 * w + 1];

		y[w] = a > b ? a : b;
	}
}

#endif
