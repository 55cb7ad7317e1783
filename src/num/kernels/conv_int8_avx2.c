/* Convolution in integers, AVX2: pixels and weights as 16-bit words in pairs for VPMADDWD (why not
 * bytes: int8_avx2.c). Lanes are 8 output pixels, tiles of up to 4 filters and 2 vectors in 8 named
 * accumulators.
 * SPDX-License-Identifier: MIT */
#include "num/int8/int8_avx2.h"
#include "num/int8/int8_conv.h"

#if SIMD_X86

#include <string.h>

#define LANES 8

/* --- image to planes -------------------------------------------------------------------------- */

static SIMD_AVX2 void conv_avx2_planes(const Int8Conv *c, const uint8_t *x, void *scratch)
{
	char *to = scratch;

	int8_conv_copy(c, 0, x, scratch);
	for (size_t p = 0; p < c->planes; p++, to += c->plane_bytes) {
		const uint8_t *s0 = int8_conv_source(c, &c->plane[p], 0, scratch);
		const uint8_t *s1 = int8_conv_source(c, &c->plane[p], 1, scratch);

		for (size_t i = 0; i < c->image; i += LANES) {
			__m128i a = _mm_loadl_epi64((const __m128i *)(const void *)(s0 + i));
			__m128i b = _mm_loadl_epi64((const __m128i *)(const void *)(s1 + i));

			_mm256_storeu_si256((__m256i *)(void *)(to + 4 * i),
					    _mm256_cvtepu8_epi16(_mm_unpacklo_epi8(a, b)));
		}
	}
}

/* --- sums ------------------------------------------------------------------------------------- */

/* Lanes from n on. */
SIMD_INLINE SIMD_AVX2 __m256i conv_avx2_from(int n)
{
	return _mm256_cmpgt_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7),
				  _mm256_set1_epi32(n - 1));
}

/* The first `left` of 8 pixels of a filter. */
SIMD_INLINE SIMD_AVX2 void conv_avx2_store(const Int8 *numbers, size_t f, void *y, size_t at,
					   size_t left, __m256i acc)
{
	if (numbers->to_f32) {
		__m256 scale = _mm256_set1_ps(numbers->scale[f]);
		int count = left < LANES ? (int)left : LANES;
		__m256i mask = _mm256_xor_si256(conv_avx2_from(count), _mm256_set1_epi32(-1));

		acc = _mm256_max_epi32(acc, _mm256_set1_epi32(numbers->y_low));
		_mm256_maskstore_ps((float *)y + at, mask,
				    _mm256_mul_ps(_mm256_cvtepi32_ps(acc), scale));
	} else {
		__m256i q = avx2_requant(numbers, _mm256_set1_epi32(numbers->multiplier[f]),
					 _mm256_set1_epi32(numbers->total[f]), acc);
		__m128i words =
			_mm_packus_epi32(_mm256_castsi256_si128(q), _mm256_extracti128_si256(q, 1));
		uint64_t bytes = (uint64_t)_mm_cvtsi128_si64(_mm_packus_epi16(words, words));
		uint8_t *to = (uint8_t *)y + at;

		if (left >= LANES)
			memcpy(to, &bytes, LANES);
		else
			for (; left; left--, bytes >>= 8)
				*to++ = (uint8_t)bytes;
	}
}

/* The elements at x, those of lanes in mask from `gap` bytes on. */
SIMD_INLINE SIMD_AVX2 __m256i conv_avx2_elements(const char *x, size_t gap, __m256i mask)
{
	return _mm256_or_si256(_mm256_andnot_si256(mask, avx2_load(x)),
			       _mm256_maskload_epi32((const int *)(const void *)(x + gap), mask));
}

#define START(f)         \
	if (filters > f) \
		c##f##0 = c##f##1 = _mm256_set1_epi32(bias[f]);
/* acc += two products of words in each lane. Not the intrinsics, for the reason given at
 * vnni_add. */
SIMD_INLINE SIMD_AVX2 __m256i conv_avx2_add(__m256i acc, __m256i a, __m256i b)
{
	__m256i products;

	__asm__("vpmaddwd %3, %2, %1\n\tvpaddd %1, %0, %0"
		: "+x"(acc), "=&x"(products)
		: "x"(a), "x"(b));
	return acc;
}

#define ADD(f, v) c##f##v = conv_avx2_add(c##f##v, a##v, b)
#define STEP(f)                                      \
	if (filters > f) {                           \
		__m256i b = _mm256_set1_epi32(w[f]); \
		ADD(f, 0);                           \
		if (vectors > 1)                     \
			ADD(f, 1);                   \
	}
#define STORE(f)                                                                         \
	if (filters > f) {                                                               \
		size_t at = t->at + f * c->pixels;                                       \
		conv_avx2_store(&c->numbers, t->filter + f, t->y, at, t->left, c##f##0); \
		if (vectors > 1)                                                         \
			conv_avx2_store(&c->numbers, t->filter + f, t->y, at + LANES,    \
					t->left - LANES, c##f##1);                       \
	}
#define EACH(step) step(0) step(1) step(2) step(3)

/* filters (1 … 4) × vectors (1, 2); both are constants. */
SIMD_INLINE SIMD_AVX2 void conv_avx2_tile(const Int8Conv *c, const Int8Tile *t, int filters,
					  int vectors)
{
	const Int8Vector *v0 = t->vector, *v1 = v0 + vectors - 1;
	const char *x0 = t->x + v0->start, *x1 = t->x + v1->start;
	bool whole = v0->left >= LANES && v1->left >= LANES;
	__m256i left0 = conv_avx2_from(v0->left), left1 = conv_avx2_from(v1->left);
	const int32_t *w = t->w, *bias = c->numbers.bias + t->filter;
	__m256i c00, c01, c10, c11, c20, c21, c30, c31;

	EACH(START)
	for (size_t u = 0; u < c->units; u++, w += filters) {
		size_t at = c->offset[u];
		__m256i a0, a1;

		if (whole) {
			a0 = a1 = avx2_load(x0 + at);
			if (vectors > 1)
				a1 = avx2_load(x1 + at);
		} else {
			a0 = a1 = conv_avx2_elements(x0 + at, c->gap, left0);
			if (vectors > 1)
				a1 = conv_avx2_elements(x1 + at, c->gap, left1);
		}
		EACH(STEP)
	}
	EACH(STORE)
}

#define TILE(filters, vectors)                                                        \
	static SIMD_AVX2 void conv_avx2_tile_##filters##x##vectors(const Int8Conv *c, \
								   const Int8Tile *t) \
	{                                                                             \
		conv_avx2_tile(c, t, filters, vectors);                               \
	}
/* clang-format off */
TILE(4, 1) TILE(4, 2) TILE(2, 1) TILE(2, 2) TILE(1, 1) TILE(1, 2)
/* clang-format on */

#define NAMES(filters) conv_avx2_tile_##filters##x1, conv_avx2_tile_##filters##x2

	static Int8TileRun *const conv_avx2_tiles[] = { NAMES(4), NAMES(2), NAMES(1) };

#define RUN int8_conv_run
#else
#define conv_avx2_planes NULL
#define conv_avx2_tiles NULL
#define RUN NULL
#endif

static const Int8ConvLevel conv_avx2_level = {
	.taps = 2,
	.lanes = 8,
	.vectors = 2,
	.widths = { 4, 2, 1 },
	.planes = conv_avx2_planes,
	.tile = conv_avx2_tiles,
};

static bool conv_int8_avx2_pack(KernelPacked *out, const Linear *layer, Arena *arena, Err *err)
{
	return int8_conv_pack(out, &conv_avx2_level, layer, arena, err);
}

const Kernel kernel_conv_int8_avx2 = {
	.info = {
		.name = "conv-int8-avx2",
		.title = "int8 convolution, AVX2",
		.about = "Integer weights and pixels, widened to 16 bits for the product.",
	},
	.op = KERNEL_CONV,
	.form = KERNEL_INT8,
	.needs = SIMD_X86 ? CPU_AVX2 : CPU_NEVER,
	.pack = conv_int8_avx2_pack,
	.run = RUN,
};
