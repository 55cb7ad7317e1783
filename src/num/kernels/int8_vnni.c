/* Integer weights and activations by VPDPBUSD: tiles of 6 rows and 64 outputs in 24
 * accumulators. The accumulators have names: arrays of vectors are kept in memory by the
 * compilers and run many times slower.
 * SPDX-License-Identifier: MIT */
#include "num/int8.h"
#include "num/simd.h"

#if SIMD_X86

#include <string.h>

/* Requantization of 16 outputs; numbers split into even and odd lanes for the 64-bit product. */
typedef struct VnniRequant {
	__m512i even, odd;             /* multiplier */
	__m512i shift_even, shift_odd; /* 31 + shift */
	__m512i half_even, half_odd;   /* 2^(30 + shift): round half up */
	__m512i zero, low;
} VnniRequant;

SIMD_INLINE SIMD_VNNI VnniRequant vnni_requant(const Int8 *layer, size_t o)
{
	__m512i total = _mm512_loadu_si512(layer->total + o);
	__m512i one = _mm512_set1_epi64(1);
	VnniRequant q;

	q.even = _mm512_loadu_si512(layer->multiplier + o);
	q.odd = _mm512_srli_epi64(q.even, 32);
	q.shift_even = _mm512_and_si512(total, _mm512_set1_epi64(0xffffffff));
	q.shift_odd = _mm512_srli_epi64(total, 32);
	q.half_even = _mm512_sllv_epi64(one, _mm512_sub_epi64(q.shift_even, one));
	q.half_odd = _mm512_sllv_epi64(one, _mm512_sub_epi64(q.shift_odd, one));
	q.zero = _mm512_set1_epi32(layer->y_zero);
	q.low = _mm512_set1_epi32(layer->y_low);
	return q;
}

SIMD_INLINE SIMD_VNNI void vnni_store_u8(const VnniRequant *q, __m512i acc, uint8_t *y)
{
	__m512i even = _mm512_mul_epi32(acc, q->even);
	__m512i odd = _mm512_mul_epi32(_mm512_srli_epi64(acc, 32), q->odd);

	even = _mm512_srav_epi64(_mm512_add_epi64(even, q->half_even), q->shift_even);
	odd = _mm512_srav_epi64(_mm512_add_epi64(odd, q->half_odd), q->shift_odd);
	acc = _mm512_mask_blend_epi32(0xaaaa, even, _mm512_slli_epi64(odd, 32));
	acc = _mm512_max_epi32(_mm512_add_epi32(acc, q->zero), q->low);
	_mm_storeu_si128((__m128i *)(void *)y, _mm512_cvtusepi32_epi8(acc));
}

SIMD_INLINE SIMD_VNNI void vnni_store_f32(const Int8 *layer, size_t o, __m512i acc, float *y)
{
	size_t left = layer->out - o;
	__mmask16 mask = (__mmask16)(left < 16 ? (1u << left) - 1 : 0xffff);
	__m512 scale = _mm512_loadu_ps(layer->scale + o);

	_mm512_mask_storeu_ps(y + o, mask, _mm512_mul_ps(_mm512_cvtepi32_ps(acc), scale));
}

/* The four bytes of activations at x in every lane. */
SIMD_INLINE SIMD_VNNI __m512i vnni_spread(const uint8_t *x)
{
	int32_t four;

	memcpy(&four, x, sizeof four);
	return _mm512_set1_epi32(four);
}

/* acc += four products of u8 a and s8 b in each lane. Not the intrinsic: gcc 12 copies each of
 * its results to another register and to memory when there are 24 of them. */
SIMD_INLINE SIMD_VNNI __m512i vnni_add(__m512i acc, __m512i a, __m512i b)
{
	__asm__("vpdpbusd %2, %1, %0" : "+v"(acc) : "v"(a), "v"(b));
	return acc;
}

/* Steps of a tile for one row, all with constant conditions. r: row, c: accumulator cRV of row
 * R, vector V. */
#define START(r) c##r##0 = b0, c##r##1 = b1, c##r##2 = b2, c##r##3 = b3
#define STEP(r)                                             \
	if (rows > r) {                                     \
		__m512i a = vnni_spread(x + r * x_ld + i);  \
		c##r##0 = vnni_add(c##r##0, a, b0);         \
		if (vectors > 1)                            \
			c##r##1 = vnni_add(c##r##1, a, b1); \
		if (vectors > 2)                            \
			c##r##2 = vnni_add(c##r##2, a, b2); \
		if (vectors > 3)                            \
			c##r##3 = vnni_add(c##r##3, a, b3); \
	}
#define STORE_F32(r, v)              \
	if (rows > r && vectors > v) \
		vnni_store_f32(layer, o + 16 * v, c##r##v, (float *)y + r * y_ld);
#define STORE_U8(r, v) \
	if (rows > r)  \
		vnni_store_u8(&q, c##r##v, (uint8_t *)y + r * y_ld + o + 16 * v);
#define COLUMN(store, v) store(0, v) store(1, v) store(2, v) store(3, v) store(4, v) store(5, v)
#define COLUMN_U8(v)                                             \
	if (vectors > v) {                                       \
		VnniRequant q = vnni_requant(layer, o + 16 * v); \
		COLUMN(STORE_U8, v)                              \
	}

/* rows (1 … 6) × 16·vectors (1 … 4) outputs from o on; both are constants. x and y point at the
 * tile's first row. */
SIMD_INLINE SIMD_VNNI void vnni_tile(const Int8 *layer, size_t o, const uint8_t *x, size_t x_ld,
				     void *y, size_t y_ld, int rows, int vectors)
{
	const int8_t *w = layer->w + o * layer->in_padded;
	const int32_t *bias = layer->bias + o;
	__m512i b0 = _mm512_loadu_si512(bias), b1 = b0, b2 = b0, b3 = b0;
	__m512i c00, c01, c02, c03, c10, c11, c12, c13, c20, c21, c22, c23;
	__m512i c30, c31, c32, c33, c40, c41, c42, c43, c50, c51, c52, c53;

	if (vectors > 1)
		b1 = _mm512_loadu_si512(bias + 16);
	if (vectors > 2)
		b2 = _mm512_loadu_si512(bias + 32);
	if (vectors > 3)
		b3 = _mm512_loadu_si512(bias + 48);
	START(0), START(1), START(2), START(3), START(4), START(5);
	for (size_t i = 0; i < layer->in_padded; i += 4, w += 64 * vectors) {
		b0 = _mm512_loadu_si512(w);
		if (vectors > 1)
			b1 = _mm512_loadu_si512(w + 64);
		if (vectors > 2)
			b2 = _mm512_loadu_si512(w + 128);
		if (vectors > 3)
			b3 = _mm512_loadu_si512(w + 192);
		STEP(0) STEP(1) STEP(2) STEP(3) STEP(4) STEP(5)
	}
	if (layer->last) {
		COLUMN(STORE_F32, 0) COLUMN(STORE_F32, 1) COLUMN(STORE_F32, 2) COLUMN(STORE_F32, 3)
	} else {
		COLUMN_U8(0) COLUMN_U8(1) COLUMN_U8(2) COLUMN_U8(3)
	}
}

#define TILE(rows, vectors)                                                                       \
	static SIMD_VNNI void vnni_tile_##rows##x##vectors(                                       \
		const Int8 *layer, size_t o, const uint8_t *x, size_t x_ld, void *y, size_t y_ld) \
	{                                                                                         \
		vnni_tile(layer, o, x, x_ld, y, y_ld, rows, vectors);                             \
	}
#define TILES(rows) TILE(rows, 1) TILE(rows, 2) TILE(rows, 3) TILE(rows, 4)
/* clang-format off */
TILES(1) TILES(2) TILES(3) TILES(4) TILES(5) TILES(6)

#define TILE_ROWS 6
#define NAMES(rows)                                                               \
	{                                                                         \
		vnni_tile_##rows##x1, vnni_tile_##rows##x2, vnni_tile_##rows##x3, \
			vnni_tile_##rows##x4                                      \
	}

static void (*const vnni_tiles[TILE_ROWS][4])(const Int8 *layer, size_t o, const uint8_t *x,
					      size_t x_ld, void *y, size_t y_ld) = {
	NAMES(1), NAMES(2), NAMES(3), NAMES(4), NAMES(5), NAMES(6)
};
/* clang-format on */

/* A panel of weights stays near while all rows pass over it. */
static void int8_vnni_run(const KernelPacked *packed, const void *x, size_t x_ld, void *y,
			  size_t y_ld, size_t rows)
{
	const Int8 *layer = packed->data;
	size_t y_size = layer->last ? sizeof(float) : 1;

	for (size_t o = 0; o < layer->out_padded; o += INT8_PANEL) {
		size_t vectors = int8_panel_width(layer, o) / 16;

		for (size_t r = 0; r < rows; r += TILE_ROWS) {
			size_t count = rows - r < TILE_ROWS ? rows - r : TILE_ROWS;

			vnni_tiles[count - 1][vectors - 1](layer, o, (const uint8_t *)x + r * x_ld,
							   x_ld, (char *)y + r * y_ld * y_size,
							   y_ld);
		}
	}
}

#else
#define int8_vnni_run NULL
#endif

const Kernel kernel_int8_vnni = {
	.info = {
		.name = "int8-vnni",
		.title = "int8, AVX-512 VNNI",
		.about = "Integer weights and activations, four products an instruction and lane.",
	},
	.form = KERNEL_INT8,
	.needs = SIMD_X86 ? CPU_AVX512 | CPU_VNNI : CPU_NEVER,
	.pack = int8_pack,
	.run = int8_vnni_run,
};
