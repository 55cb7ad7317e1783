/* Convolution in integers by VPDPBUSD: lanes are 16 output pixels, tiles of up to 8 filters and 3
 * vectors in 24 accumulators, which have names for the reason given in int8_vnni.c.
 * SPDX-License-Identifier: MIT */
#include "num/int8/int8_conv.h"
#include "num/int8/int8_vnni.h"

#if SIMD_X86

#define LANES 16

/* --- image to planes -------------------------------------------------------------------------- */

/* Bytes 0 … 15 of a, b, c, d as 16 elements. */
SIMD_INLINE SIMD_VNNI __m512i conv_vnni_zip(__m128i a, __m128i b, __m128i c, __m128i d)
{
	const __m512i quarters =
		_mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
	const __m512i bytes = _mm512_broadcast_i32x4(
		_mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
	__m512i all = _mm512_castsi128_si512(a);

	all = _mm512_inserti32x4(all, b, 1);
	all = _mm512_inserti32x4(all, c, 2);
	all = _mm512_inserti32x4(all, d, 3);
	return _mm512_shuffle_epi8(_mm512_permutexvar_epi32(quarters, all), bytes);
}

/* A plane of four whole channels from x on. What a row has less than whole vectors becomes
 * padding: more of it than there is, which the rows that follow overwrite. */
static SIMD_VNNI void conv_vnni_direct(const Int8Conv *c, const uint8_t *x, char *plane)
{
	const Conv *conv = &c->conv;
	size_t channel = conv->height * conv->width;
	__m128i pad = _mm_set1_epi8((char)c->x_zero);
	char *to = plane + 4 * (conv->pad_h * c->pitch + conv->pad_w);

	for (size_t h = 0; h < conv->height; h++, to += 4 * c->pitch, x += conv->width) {
		for (size_t w = 0; w < conv->width; w += LANES) {
			size_t left = conv->width - w;
			__mmask16 mask = (__mmask16)(left < LANES ? (1u << left) - 1 : 0xffff);
			const uint8_t *from = x + w;

			_mm512_storeu_si512(
				to + 4 * w,
				conv_vnni_zip(_mm_mask_loadu_epi8(pad, mask, from),
					      _mm_mask_loadu_epi8(pad, mask, from + channel),
					      _mm_mask_loadu_epi8(pad, mask, from + 2 * channel),
					      _mm_mask_loadu_epi8(pad, mask, from + 3 * channel)));
		}
	}
}

SIMD_INLINE SIMD_VNNI __m128i conv_vnni_load(const uint8_t *x)
{
	return _mm_loadu_si128((const __m128i *)(const void *)x);
}

static SIMD_VNNI void conv_vnni_planes(const Int8Conv *c, const uint8_t *x, void *scratch)
{
	const Conv *conv = &c->conv;
	char *to = scratch;
	size_t p = 0;

	for (; p < c->planes_direct; p++, to += c->plane_bytes)
		conv_vnni_direct(c, x + 4 * p * conv->height * conv->width, to);
	int8_conv_copy(c, 4 * c->planes_direct, x, scratch);
	for (; p < c->planes; p++, to += c->plane_bytes) {
		const uint8_t *s0 = int8_conv_source(c, &c->plane[p], 0, scratch);
		const uint8_t *s1 = int8_conv_source(c, &c->plane[p], 1, scratch);
		const uint8_t *s2 = int8_conv_source(c, &c->plane[p], 2, scratch);
		const uint8_t *s3 = int8_conv_source(c, &c->plane[p], 3, scratch);

		for (size_t i = 0; i < c->image; i += LANES)
			_mm512_storeu_si512(to + 4 * i, conv_vnni_zip(conv_vnni_load(s0 + i),
								      conv_vnni_load(s1 + i),
								      conv_vnni_load(s2 + i),
								      conv_vnni_load(s3 + i)));
	}
}

/* --- sums ------------------------------------------------------------------------------------- */

/* Lanes from n on. */
SIMD_INLINE __mmask16 conv_vnni_from(uint32_t n)
{
	return (__mmask16)(0xffffu << n);
}

/* 16 bytes, the first `left` of them if that is fewer. */
SIMD_INLINE SIMD_VNNI void conv_vnni_bytes(uint8_t *y, __m128i bytes, size_t left)
{
	if (left >= LANES) {
		_mm_storeu_si128((__m128i *)(void *)y, bytes);
		return;
	}
	/* Masked stores are slow. */
	if (left & 8) {
		_mm_storel_epi64((__m128i *)(void *)y, bytes);
		bytes = _mm_bsrli_si128(bytes, 8);
		y += 8;
	}
	if (left & 4) {
		_mm_storeu_si32(y, bytes);
		bytes = _mm_bsrli_si128(bytes, 4);
		y += 4;
	}
	for (uint32_t last = (uint32_t)_mm_cvtsi128_si32(bytes); left & 3; left--, last >>= 8)
		*y++ = (uint8_t)last;
}

/* The sums of one filter, whatever is wanted of them. */
static SIMD_VNNI void conv_vnni_sums(const Int8 *numbers, size_t f, const int32_t *sums,
				     size_t count, void *y, size_t at)
{
	VnniRequant q = vnni_requant(numbers, _mm512_set1_epi32(numbers->multiplier[f]),
				     _mm512_set1_epi32(numbers->total[f]));
	__m512 scale = _mm512_set1_ps(numbers->scale[f]);

	for (size_t i = 0; i < count; i += LANES) {
		__m512i acc = _mm512_loadu_si512(sums + i);
		size_t left = count - i;

		if (!numbers->to_f32) {
			conv_vnni_bytes((uint8_t *)y + at + i, vnni_bytes(numbers, &q, acc), left);
			continue;
		}
		acc = _mm512_max_epi32(acc, _mm512_set1_epi32(numbers->y_low));
		if (left >= LANES) { /* masked stores are slow */
			_mm512_storeu_ps((float *)y + at + i,
					 _mm512_mul_ps(_mm512_cvtepi32_ps(acc), scale));
		} else {
			_mm512_mask_storeu_ps((float *)y + at + i,
					      (__mmask16)~conv_vnni_from((uint32_t)left),
					      _mm512_mul_ps(_mm512_cvtepi32_ps(acc), scale));
		}
	}
}

/* Whole vectors of one filter by the shorter requantization. */
SIMD_INLINE SIMD_VNNI void conv_vnni_store(const Int8 *numbers, size_t f, uint8_t *y, int vectors,
					   __m512i c0, __m512i c1, __m512i c2)
{
	const __m512i quarters =
		_mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
	VnniRequant q = vnni_requant_one(numbers, f);
	__m512i r0 = vnni_apply(&q, c0, true), r1 = r0, r2 = r0, bytes;

	if (vectors > 1)
		r1 = vnni_apply(&q, c1, true);
	if (vectors > 2)
		r2 = vnni_apply(&q, c2, true);
	bytes = _mm512_packus_epi16(_mm512_packs_epi32(r0, r1), _mm512_packs_epi32(r2, r2));
	bytes = _mm512_permutexvar_epi32(quarters, bytes);
	bytes = _mm512_max_epu8(bytes, _mm512_set1_epi8((char)numbers->y_low));
	if (vectors > 1)
		_mm256_storeu_si256((__m256i *)(void *)y, _mm512_castsi512_si256(bytes));
	else
		_mm_storeu_si128((__m128i *)(void *)y, _mm512_castsi512_si128(bytes));
	if (vectors > 2)
		_mm_storeu_si128((__m128i *)(void *)(y + 32), _mm512_extracti32x4_epi32(bytes, 2));
}

#define START(f)                                      \
	if (filters > f) {                            \
		c##f##0 = _mm512_set1_epi32(bias[f]); \
		c##f##1 = c##f##0, c##f##2 = c##f##0; \
	}
#define STEP(f)                                             \
	if (filters > f) {                                  \
		__m512i b = vnni_spread(w + f);             \
		c##f##0 = vnni_add(c##f##0, a0, b);         \
		if (vectors > 1)                            \
			c##f##1 = vnni_add(c##f##1, a1, b); \
		if (vectors > 2)                            \
			c##f##2 = vnni_add(c##f##2, a2, b); \
	}
#define STORE(f)                                                                                 \
	if (filters > f)                                                                         \
		conv_vnni_store(&c->numbers, t->filter + f, y + f * c->pixels, vectors, c##f##0, \
				c##f##1, c##f##2);
#define KEEP(f)                                                            \
	if (filters > f) {                                                 \
		_mm512_storeu_si512(sums[f], c##f##0);                     \
		if (vectors > 1)                                           \
			_mm512_storeu_si512(sums[f] + LANES, c##f##1);     \
		if (vectors > 2)                                           \
			_mm512_storeu_si512(sums[f] + 2 * LANES, c##f##2); \
	}
#define EACH(step) step(0) step(1) step(2) step(3) step(4) step(5) step(6) step(7)

/* filters (1 … 8) × vectors (1 … 3); both are constants. */
SIMD_INLINE SIMD_VNNI void conv_vnni_tile(const Int8Conv *c, const Int8Tile *t, int filters,
					  int vectors)
{
	const Int8Vector *last = t->vector + vectors - 1;
	const Int8Vector *v0 = t->vector, *v1 = vectors > 1 ? v0 + 1 : v0, *v2 = last;
	const char *x0 = t->x + v0->start, *x1 = t->x + v1->start, *x2 = t->x + v2->start;
	__mmask16 left0 = conv_vnni_from(v0->left), next0 = conv_vnni_from(v0->next);
	__mmask16 left1 = conv_vnni_from(v1->left), next1 = conv_vnni_from(v1->next);
	__mmask16 left2 = conv_vnni_from(v2->left), next2 = conv_vnni_from(v2->next);
	bool second = left0 | left1 | left2, third = next0 | next1 | next2;
	const int32_t *w = t->w, *bias = c->numbers.bias + t->filter;
	size_t gap = c->gap;
	__m512i c00, c01, c02, c10, c11, c12, c20, c21, c22, c30, c31, c32;
	__m512i c40, c41, c42, c50, c51, c52, c60, c61, c62, c70, c71, c72;

	EACH(START)
	for (size_t u = 0; u < c->units; u++, w += filters) {
		size_t at = c->offset[u];
		__m512i a0 = _mm512_loadu_si512(x0 + at), a1 = a0, a2 = a0;

		if (vectors > 1)
			a1 = _mm512_loadu_si512(x1 + at);
		if (vectors > 2)
			a2 = _mm512_loadu_si512(x2 + at);
		if (second) {
			a0 = _mm512_mask_loadu_epi32(a0, left0, x0 + at + gap);
			if (vectors > 1)
				a1 = _mm512_mask_loadu_epi32(a1, left1, x1 + at + gap);
			if (vectors > 2)
				a2 = _mm512_mask_loadu_epi32(a2, left2, x2 + at + gap);
		}
		if (third) {
			a0 = _mm512_mask_loadu_epi32(a0, next0, x0 + at + 2 * gap);
			if (vectors > 1)
				a1 = _mm512_mask_loadu_epi32(a1, next1, x1 + at + 2 * gap);
			if (vectors > 2)
				a2 = _mm512_mask_loadu_epi32(a2, next2, x2 + at + 2 * gap);
		}
		EACH(STEP)
	}
	if (c->numbers.plain && !c->numbers.to_f32 && t->left >= (size_t)vectors * LANES) {
		uint8_t *y = (uint8_t *)t->y + t->at;

		EACH(STORE)
	} else {
		int32_t sums[8][3 * LANES];
		size_t count =
			t->left < (size_t)vectors * LANES ? t->left : (size_t)vectors * LANES;

		EACH(KEEP)
		for (int f = 0; f < filters; f++)
			conv_vnni_sums(&c->numbers, t->filter + (size_t)f, sums[f], count, t->y,
				       t->at + (size_t)f * c->pixels);
	}
}

#define TILE(filters, vectors)                                                        \
	static SIMD_VNNI void conv_vnni_tile_##filters##x##vectors(const Int8Conv *c, \
								   const Int8Tile *t) \
	{                                                                             \
		conv_vnni_tile(c, t, filters, vectors);                               \
	}
#define TILES(filters) TILE(filters, 1) TILE(filters, 2) TILE(filters, 3)
/* clang-format off */
TILES(8) TILES(6) TILES(4) TILES(2) TILES(1)
#define NAMES(filters) \
	conv_vnni_tile_##filters##x1, conv_vnni_tile_##filters##x2, conv_vnni_tile_##filters##x3

static Int8TileRun *const conv_vnni_tiles[] = {
	NAMES(8), NAMES(6), NAMES(4), NAMES(2), NAMES(1)
};
/* clang-format on */

#define RUN int8_conv_run
#else
#define conv_vnni_planes NULL
#define conv_vnni_tiles NULL
#define RUN NULL
#endif

static const Int8ConvLevel conv_vnni_level = {
	.taps = 4,
	.lanes = 16,
	.vectors = 3,
	.widths = { 8, 6, 4, 2, 1 },
	.direct = true,
	.planes = conv_vnni_planes,
	.tile = conv_vnni_tiles,
};

static bool conv_int8_vnni_pack(KernelPacked *out, const Linear *layer, Arena *arena, Err *err)
{
	return int8_conv_pack(out, &conv_vnni_level, layer, arena, err);
}

const Kernel kernel_conv_int8_vnni = {
	.info = {
		.name = "conv-int8-vnni",
		.title = "int8 convolution, AVX-512 VNNI",
		.about = "Integer weights and pixels, four products an instruction and lane.",
	},
	.op = KERNEL_CONV,
	.form = KERNEL_INT8,
	.needs = SIMD_X86 ? CPU_AVX512 | CPU_VNNI : CPU_NEVER,
	.pack = conv_int8_vnni_pack,
	.run = RUN,
};
