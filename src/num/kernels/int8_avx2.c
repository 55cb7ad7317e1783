/* Integer weights and activations, AVX2: both widened to 16 bits for VPMADDWD. VPMADDUBSW would
 * halve the work but saturates (2·255·127 > 32,767). Tiles of 3 rows and 16 outputs in 12 named
 * accumulators.
 * SPDX-License-Identifier: MIT */
#include "num/int8/int8_avx2.h"

#if SIMD_X86

#include <string.h>

/* 16 outputs of one row: c0 holds outputs 0–3 as pairs of part sums, c1 4–7, c2 8–11, c3 12–15. */
typedef struct Avx2Sums {
	__m256i c0, c1, c2, c3;
} Avx2Sums;

/* Adds the pairs: outputs in order, eight to a register. */
SIMD_INLINE SIMD_AVX2 __m256i avx2_join(__m256i a, __m256i b)
{
	return _mm256_permute4x64_epi64(_mm256_hadd_epi32(a, b), _MM_SHUFFLE(3, 1, 2, 0));
}

/* avx2_requant of outputs o … o + 7. */
SIMD_INLINE SIMD_AVX2 __m256i avx2_outputs(const Int8 *layer, size_t o, __m256i acc)
{
	return avx2_requant(layer, avx2_load(layer->multiplier + o), avx2_load(layer->total + o),
			    acc);
}

SIMD_INLINE SIMD_AVX2 void avx2_store_f32(const Int8 *layer, size_t o, __m256i acc, float *y)
{
	int left = o >= layer->out ? 0 : layer->out - o < 8 ? (int)(layer->out - o) : 8;
	__m256i mask = _mm256_cmpgt_epi32(_mm256_set1_epi32(left),
					  _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
	__m256 scale = _mm256_loadu_ps(layer->scale + o);

	acc = _mm256_max_epi32(acc, _mm256_set1_epi32(layer->y_low));
	_mm256_maskstore_ps(y + o, mask, _mm256_mul_ps(_mm256_cvtepi32_ps(acc), scale));
}

SIMD_INLINE SIMD_AVX2 void avx2_store(const Int8 *layer, size_t o, Avx2Sums sums, void *y,
				      size_t y_at)
{
	__m256i low = avx2_join(sums.c0, sums.c1), high = avx2_join(sums.c2, sums.c3);

	low = _mm256_add_epi32(low, avx2_load(layer->bias + o));
	high = _mm256_add_epi32(high, avx2_load(layer->bias + o + 8));
	if (layer->to_f32) {
		avx2_store_f32(layer, o, low, (float *)y + y_at);
		avx2_store_f32(layer, o + 8, high, (float *)y + y_at);
	} else {
		__m256i words = _mm256_packus_epi32(avx2_outputs(layer, o, low),
						    avx2_outputs(layer, o + 8, high));

		words = _mm256_permute4x64_epi64(words, _MM_SHUFFLE(3, 1, 2, 0));
		_mm_storeu_si128((__m128i *)(void *)((uint8_t *)y + y_at + o),
				 _mm_packus_epi16(_mm256_castsi256_si128(words),
						  _mm256_extracti128_si256(words, 1)));
	}
}

/* Four bytes of activations, widened, in each quarter. */
SIMD_INLINE SIMD_AVX2 __m256i avx2_spread(const uint8_t *x)
{
	int32_t four;

	memcpy(&four, x, sizeof four);
	return _mm256_cvtepu8_epi16(_mm_set1_epi32(four));
}

/* Weights of four outputs, widened. */
SIMD_INLINE SIMD_AVX2 __m256i avx2_weights(const int8_t *w)
{
	return _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(const void *)w));
}

#define ADD(row, part) \
	s##row.c##part = _mm256_add_epi32(s##row.c##part, _mm256_madd_epi16(a##row, b))
#define STEP(part)                       \
	b = avx2_weights(w + 16 * part); \
	ADD(0, part);                    \
	if (rows > 1)                    \
		ADD(1, part);            \
	if (rows > 2)                    \
		ADD(2, part);

/* rows (1 … 3, a constant) × 16 outputs from o on. */
SIMD_INLINE SIMD_AVX2 void avx2_tile(const Int8 *layer, size_t o, const uint8_t *x, size_t x_ld,
				     void *y, size_t y_at, size_t y_ld, int rows)
{
	size_t panel = o - o % INT8_PANEL;
	size_t step = int8_panel_width(layer, panel) * 4;
	const int8_t *w = layer->w + panel * layer->in_padded + (o - panel) * 4;
	__m256i none = _mm256_setzero_si256();
	Avx2Sums s0 = { none, none, none, none }, s1 = s0, s2 = s0;

	for (size_t i = 0; i < layer->in_padded; i += 4, w += step) {
		__m256i a0 = avx2_spread(x + i), a1, a2, b;

		if (rows > 1)
			a1 = avx2_spread(x + x_ld + i);
		if (rows > 2)
			a2 = avx2_spread(x + 2 * x_ld + i);
		STEP(0) STEP(1) STEP(2) STEP(3)
	}
	avx2_store(layer, o, s0, y, y_at);
	if (rows > 1)
		avx2_store(layer, o, s1, y, y_at + y_ld);
	if (rows > 2)
		avx2_store(layer, o, s2, y, y_at + 2 * y_ld);
}

static SIMD_AVX2 void int8_avx2_run(const KernelPacked *packed, const void *x, size_t x_ld, void *y,
				    size_t y_ld, size_t rows, void *scratch)
{
	const Int8 *layer = packed->data;

	(void)scratch;
	for (size_t o = 0; o < layer->out_padded; o += 16) {
		const uint8_t *from = x;
		size_t r = 0;

		for (; r + 3 <= rows; r += 3)
			avx2_tile(layer, o, from + r * x_ld, x_ld, y, r * y_ld, y_ld, 3);
		if (rows - r == 2)
			avx2_tile(layer, o, from + r * x_ld, x_ld, y, r * y_ld, y_ld, 2);
		else if (rows - r == 1)
			avx2_tile(layer, o, from + r * x_ld, x_ld, y, r * y_ld, y_ld, 1);
	}
}

#else
#define int8_avx2_run NULL
#endif

const Kernel kernel_int8_avx2 = {
	.info = {
		.name = "int8-avx2",
		.title = "int8, AVX2",
		.about = "Integer weights and activations, widened to 16 bits for the product.",
	},
	.form = KERNEL_INT8,
	.needs = SIMD_X86 ? CPU_AVX2 : CPU_NEVER,
	.pack = int8_pack,
	.run = int8_avx2_run,
};
