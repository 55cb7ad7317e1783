/* Integer weights and activations by VPDPBUSD: tiles of 6 rows and 64 outputs in 24
 * accumulators. The accumulators have names: arrays of vectors are kept in memory by the
 * compilers and run many times slower.
 * SPDX-License-Identifier: MIT */
#include "num/int8/int8_vnni.h"

#if SIMD_X86

SIMD_INLINE SIMD_VNNI void vnni_store_f32(const Int8 *layer, size_t o, __m512i acc, float *y)
{
	size_t left = layer->out - o;
	__mmask16 mask = (__mmask16)(left < 16 ? (1u << left) - 1 : 0xffff);
	__m512 scale = _mm512_loadu_ps(layer->scale + o);

	acc = _mm512_max_epi32(acc, _mm512_set1_epi32(layer->y_low));
	_mm512_mask_storeu_ps(y + o, mask, _mm512_mul_ps(_mm512_cvtepi32_ps(acc), scale));
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
#define STORE_U8(r, v)                                                                      \
	if (rows > r)                                                                       \
		_mm_storeu_si128((__m128i *)(void *)((uint8_t *)y + r * y_ld + o + 16 * v), \
				 vnni_bytes(layer, &q, c##r##v));
#define COLUMN(store, v) store(0, v) store(1, v) store(2, v) store(3, v) store(4, v) store(5, v)
#define COLUMN_U8(v)                                                                            \
	if (vectors > v) {                                                                      \
		VnniRequant q =                                                                 \
			vnni_requant(layer, _mm512_loadu_si512(layer->multiplier + o + 16 * v), \
				     _mm512_loadu_si512(layer->total + o + 16 * v));            \
		COLUMN(STORE_U8, v)                                                             \
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
	if (layer->to_f32) {
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
			  size_t y_ld, size_t rows, void *scratch)
{
	const Int8 *layer = packed->data;
	size_t y_size = layer->to_f32 ? sizeof(float) : 1;

	(void)scratch;
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
